//===- sluice-lsp-server.cpp - editor support for every dialect -----------===//

#include "dialects/Registration.h"
#include "lib/Support/Version.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "tools/sluice-lsp-server/Server.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Program.h"

using namespace llvm;

static constexpr StringLiteral kOverview =
    R"(Speaks the language server protocol on standard input and output.

An editor starts it and shows what it says: docs/editor.md has the settings of
VS Code, Neovim and Emacs.
)";

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  // LLVM's shared library brings hundreds of options.
  cl::ResetCommandLineParser();
  sluice::setVersionPrinter();
  cl::OptionCategory category("sluice-lsp-server options");
  cl::opt<bool> litTest(
      "lit-test",
      cl::desc("Messages are divided by lines '// -----', and answers are "
               "indented"),
      cl::cat(category));
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, kOverview);

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  sluice::registerSluiceDialects(registry);
  auto style = litTest ? llvm::lsp::JSONStreamStyle::Delimited
                       : llvm::lsp::JSONStreamStyle::Standard;
  llvm::lsp::JSONTransport transport(sluice::lsp::makeInput(stdin, style),
                                     outs(), /*PrettyOutput=*/litTest);
  if (Error error = sluice::lsp::serve(transport, registry)) {
    errs() << "sluice-lsp-server: error: " << toString(std::move(error))
           << '\n';
    return 1;
  }
  return 0;
}
