//===- Server.h - The language server's side of the protocol ----*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_LSP_SERVER_SERVER_H
#define SLUICE_TOOLS_SLUICE_LSP_SERVER_SERVER_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/LSP/Transport.h"
#include <cstdio>
#include <memory>

namespace sluice::lsp {

/// Reads an editor's messages. One that nests too deeply for a parser that
/// calls itself is read as an empty one, which is not a message.
std::unique_ptr<llvm::lsp::JSONTransportInput>
makeInput(std::FILE *file, llvm::lsp::JSONStreamStyle style);

/// Answers an editor until it says goodbye; an error if it leaves without.
llvm::Error serve(llvm::lsp::JSONTransport &transport,
                  const mlir::DialectRegistry &registry);

} // namespace sluice::lsp

#endif // SLUICE_TOOLS_SLUICE_LSP_SERVER_SERVER_H
