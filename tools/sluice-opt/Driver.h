//===- Driver.h - MLIR's driver for text of any content ---------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_OPT_DRIVER_H
#define SLUICE_TOOLS_SLUICE_OPT_DRIVER_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"

namespace sluice::tool {

/// Makes --mlir-print-op-on-diagnostic a choice: the line and the place say
/// more than an operation in generic form. Before the command line is parsed.
void hideOperationsOfDiagnostics();

/// Does what mlir::MlirOptMain does with files, after a look at the text: what
/// would make MLIR's parser crash is an error with its place.
llvm::LogicalResult runOptDriver(int argc, char **argv, llvm::StringRef input,
                                 llvm::StringRef output,
                                 mlir::DialectRegistry &registry);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_OPT_DRIVER_H
