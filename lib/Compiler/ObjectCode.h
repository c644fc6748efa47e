//===- ObjectCode.h - The llvm dialect as an object file --------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_OBJECTCODE_H
#define SLUICE_LIB_COMPILER_OBJECTCODE_H

#include "lib/Runtime/Artifact.h"
#include "mlir/IR/BuiltinOps.h"

namespace sluice::compiler {

/// How much is left to LLVM's passes.
enum class CodeEffort : uint8_t {
  Loops,   ///< a step's few loops: all of -O3 but the vectorisers
  Vectors, ///< a chunk form, which comes with vectors and straight lines
};

/// What an object for this processor asks for: LLVM's names of features,
/// separated by commas.
std::string getHostFeatures();

/// An object for this processor with one visible function, `entry`. It takes a
/// pointer to every argument of the C interface of `function`, which the module
/// has.
llvm::Expected<runtime::Code> emitObject(mlir::ModuleOp module,
                                         llvm::StringRef function,
                                         llvm::StringRef entry,
                                         CodeEffort effort);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_OBJECTCODE_H
