//===- Input.h - Messages of an editor --------------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_LSP_SERVER_INPUT_H
#define SLUICE_TOOLS_SLUICE_LSP_SERVER_INPUT_H

#include "llvm/Support/LSP/Transport.h"
#include <cstdio>
#include <memory>

namespace sluice::lsp {

/// Reads an editor's messages. What LLVM's transport would crash on, or take
/// for the end, is skipped, and one line on stderr says what was found: headers
/// without a length, a body that is not JSON, nests too deeply, or is something
/// else than a message.
std::unique_ptr<llvm::lsp::JSONTransportInput>
makeInput(std::FILE *file, llvm::lsp::JSONStreamStyle style);

} // namespace sluice::lsp

#endif // SLUICE_TOOLS_SLUICE_LSP_SERVER_INPUT_H
