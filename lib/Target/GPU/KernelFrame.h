//===- KernelFrame.h - what stands around a kernel's maths ------*- C++ -*-===//

#ifndef SLUICE_LIB_TARGET_GPU_KERNELFRAME_H
#define SLUICE_LIB_TARGET_GPU_KERNELFRAME_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/Tile/TileOps.h"

namespace sluice {

/// Memory between the kernels of one plan: a tensor of float32, or a number
/// where it has no axes, for each piece of so many tokens and value head.
struct KernelWorkspace {
  llvm::StringRef name;
  mlir::RankedTensorType type;
  int64_t tokens;
  /// Its last axis is that of the states' columns.
  bool hasColumns = false;
};

/// What a kernel is made for: a recurrence at any level.
struct KernelSizes {
  int64_t keyDim, valueDim;
  /// Columns of the states that one CTA has.
  int64_t valueBlock;
  int64_t warps, ctas;
  /// Of every argument, and of outputs that are not sums.
  llvm::SmallVector<mlir::Type> argElements;
  mlir::Type outputElement;
  /// What a CTA has is a piece of a sequence, of so many tokens; 0: all of it.
  int64_t pieceTokens = 0;
  /// Whether the kernel takes the sequences' states before the first token, and
  /// gives those after the last one.
  bool takesInitial = true, givesFinal = true;
  llvm::SmallVector<KernelWorkspace> workspaces = {};

  int64_t getDim(delta::Axis axis) const {
    return axis == delta::Axis::Key ? keyDim : valueDim;
  }
};

/// Sets the element types of a kernel of `op`, which has so many arguments, by
/// their names: f32, f16 or bf16, and f32 where the list ends. Another name is
/// an error at `op`.
llvm::LogicalResult setElements(mlir::Operation *op, unsigned numArgs,
                                llvm::ArrayRef<std::string> argTypes,
                                llvm::StringRef outputType, KernelSizes &sizes);

/// A kernel, with its arguments, and the sequence, head and columns that its
/// CTA has; accesses of its arguments. CTAs that share a head come one after
/// another in the grid, which has one axis: N · HV · ⌈V ÷ valueBlock⌉, or as
/// many for each number that a piece may have.
class KernelFrame {
public:
  using Value = mlir::Value;

  /// Creates the kernel beside `op` and leaves the builder in it.
  KernelFrame(mlir::OpBuilder &builder, mlir::Operation *op,
              llvm::StringRef name, delta::SignatureAttr signature,
              const KernelSizes &sizes);

  tile::KernelOp getKernel() const { return kernel; }
  /// The argument that delta.scale stands for.
  Value getScale() const { return scale; }
  /// The first token of the sequence or piece, and the one after its last.
  Value getBegin() const { return begin; }
  Value getEnd() const { return end; }
  /// Whether the piece is the last of its sequence; null of whole sequences.
  Value getIsLast() const { return isLast; }

  /// What a token has, or `count` tokens from it on, or a head, of an argument,
  /// as float32: a number, or a tensor with a row for each token first.
  Value loadArgument(unsigned index, Value token = {}, int64_t tokens = 0,
                     Value count = {});
  /// An initial state: zero where there is none.
  Value loadInitial(unsigned index);
  void storeOutput(unsigned index, Value value, Value token, Value count = {});
  /// State number `index` after the last token.
  void storeFinal(unsigned index, Value value);
  /// A workspace's tensor for the piece that begins with `token`; if it has
  /// columns, the CTA's. Of a tensor `withoutUnits` the axes of one
  /// element are left out.
  Value loadWorkspace(unsigned index, Value token, bool withoutUnits = false);
  /// Stores nothing unless `exists`, where that is given.
  void storeWorkspace(unsigned index, Value value, Value token,
                      Value exists = {});

private:
  /// Where the elements of an argument are.
  struct Access {
    llvm::SmallVector<Value> indices;
    llvm::SmallVector<int64_t> along, shape;
  };

  mlir::MemRefType getMemoryType(delta::ArgKind kind, mlir::Type type,
                                 mlir::Type element);
  mlir::MemRefType getMemoryType(const KernelWorkspace &workspace);
  void createKernel(mlir::Operation *op, llvm::StringRef name);
  void findPlace();
  Access getAccess(const KernelWorkspace &workspace, Value token);
  Access getAccess(delta::ArgKind kind, mlir::Type type, Value token,
                   int64_t tokens);
  bool isInBounds() const { return sizes.valueDim % sizes.valueBlock == 0; }
  Value load(Value memory, const Access &access, Value count);
  void store(Value value, Value memory, const Access &access, Value count);

  mlir::OpBuilder &b;
  mlir::Location loc;
  delta::SignatureAttr signature;
  const KernelSizes &sizes;
  tile::KernelOp kernel;
  /// Null where the kernel does not take it.
  llvm::SmallVector<Value> args, outputs, finals, workspaces;
  Value starts, tokenCount, sequenceCount, qkHeads, vHeads, scale;
  Value zero, sequence, row, begin, end, isLast, head, qkHead, firstColumn;
};

} // namespace sluice

#endif // SLUICE_LIB_TARGET_GPU_KERNELFRAME_H
