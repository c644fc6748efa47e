//===- KernelFunction.h - the signature of a CPU kernel ---------*- C++ -*-===//
//
// Step and chunk kernels have one signature, so that one runner calls both;
// delta-to-vector describes it.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_TARGET_CPU_KERNELFUNCTION_H
#define SLUICE_LIB_TARGET_CPU_KERNELFUNCTION_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace sluice {

/// What a kernel is made for: a recurrence's signature, in any level's terms,
/// with the sizes and the element types of its memrefs.
struct KernelSignature {
  llvm::StringRef name;
  delta::SignatureAttr signature;
  int64_t keyDim, valueDim;
  /// Of every argument.
  llvm::ArrayRef<mlir::Type> argElements;
  /// Of outputs that are not sums: terms of sums are float32.
  mlir::Type outputElement;
  /// The matrices that come from other kernels, then those that go to others,
  /// one for each chunk and head: memrefs like those of states.
  llvm::SmallVector<mlir::MemRefType, 1> channels{};
};

struct KernelFunction {
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> args, outputs, finals, hasInitial, channels;
  mlir::Value scratch, sequence, batch, begin, end, head, qkHead, firstPanel,
      endPanel, scale;

  /// Creates the function, with an empty entry block but for its arguments. It
  /// has the signature as an attribute.
  static KernelFunction create(mlir::OpBuilder &builder, mlir::Location loc,
                               const KernelSignature &signature);
  /// Says what a caller has to provide.
  void setSizes(int64_t scratchElements, int64_t panels);

  /// The place of one token's (or head's) scalar or vector in a memref.
  llvm::SmallVector<mlir::Value> argumentIndices(delta::ArgKind kind,
                                                 mlir::Value token) const;
};

/// f32, f16 or bf16; null for another name.
mlir::Type parseKernelType(llvm::StringRef name, mlir::MLIRContext *context);

} // namespace sluice

#endif // SLUICE_LIB_TARGET_CPU_KERNELFUNCTION_H
