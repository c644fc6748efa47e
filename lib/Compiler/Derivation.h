//===- Derivation.h - passes over a copy of a spec --------------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_DERIVATION_H
#define SLUICE_LIB_COMPILER_DERIVATION_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace sluice::compiler {

/// A module with a copy of `op` and nothing else, after the passes that
/// `addPasses` adds. Their errors become a SpecError, with places in the spec.
/// The copy is called `name`, if one is given. `remarks` gets what passes that
/// succeed say, as whole lines.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
derive(mlir::Operation *op,
       llvm::function_ref<void(mlir::OpPassManager &)> addPasses,
       llvm::StringRef name = "", std::string *remarks = nullptr);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_DERIVATION_H
