//===- sluice-lsp-server.cpp - editor support for every dialect -----------===//

#include "dialects/Registration.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "tools/lib/CommandLine.h"
#include "tools/lib/Main.h"
#include "tools/sluice-lsp-server/Input.h"
#include "tools/sluice-lsp-server/Server.h"

using namespace llvm;
using namespace sluice;

static constexpr StringLiteral kOverview =
    R"(Speaks the language server protocol on standard input and output.

An editor starts it and shows what it says: docs/editor.md has the settings of
VS Code, Neovim and Emacs.
)";

namespace {
struct Flags : tool::CommandLine {
  Flags() : CommandLine("sluice-lsp-server", kOverview) {}

  tool::Switch litTest{*this, "lit-test",
                       "Messages are divided by lines '// -----', and answers "
                       "are indented"};
};
} // namespace

static Expected<tool::Verdict> run(int argc, char **argv) {
  bool isLitTest;
  {
    Flags flags;
    if (Error error = flags.parse(argc, argv))
      return std::move(error);
    isLitTest = flags.litTest;
  }
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registerSluiceDialects(registry);
  auto style = isLitTest ? llvm::lsp::JSONStreamStyle::Delimited
                         : llvm::lsp::JSONStreamStyle::Standard;
  llvm::lsp::JSONTransport transport(sluice::lsp::makeInput(stdin, style),
                                     outs(),
                                     /*PrettyOutput=*/isLitTest);
  if (Error error = sluice::lsp::serve(transport, registry))
    return std::move(error);
  return tool::Verdict::Right;
}

int main(int argc, char **argv) {
  return tool::runTool(argc, argv, "sluice-lsp-server",
                       [&] { return run(argc, argv); });
}
