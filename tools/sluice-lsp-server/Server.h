//===- Server.h - The language server's side of the protocol ----*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_LSP_SERVER_SERVER_H
#define SLUICE_TOOLS_SLUICE_LSP_SERVER_SERVER_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/LSP/Transport.h"

namespace sluice::lsp {

/// Answers an editor until it says goodbye; an error if it leaves without.
llvm::Error serve(llvm::lsp::JSONTransport &transport,
                  const mlir::DialectRegistry &registry);

} // namespace sluice::lsp

#endif // SLUICE_TOOLS_SLUICE_LSP_SERVER_SERVER_H
