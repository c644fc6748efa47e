//===- sluice-opt.cpp - the MLIR driver with every dialect and pass -------===//

#include "dialects/Registration.h"
#include "lib/Support/Version.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Pipelines/Pipelines.h"
#include "tools/lib/CommandLine.h"
#include "tools/lib/Files.h"
#include "tools/lib/Main.h"
#include "tools/sluice-opt/Driver.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;
using namespace sluice;

static constexpr StringLiteral kOverview =
    R"(Runs passes over MLIR text: those of Sluice, listed below, and MLIR's own.

Without a file, or with -, standard input is read. What the passes make of it
goes to standard output, or to the file after -o. Passes run in the order of
their flags; a flag takes the pass's options as --PASS='name=value …'.

EXAMPLES
  sluice-opt mine.mlir
        parses and verifies a spec, prints it back
  sluice-opt mine.mlir --sluice-chunk='chunk=16 key-dim=64 value-dim=64'
        its chunk form
  sluice-opt mine.mlir --sluice-chunk --wy-decompose --mlir-print-ir-after-all
        after each pass
  sluice-opt lib/Variants/kda.mlir --sluice-cpu='chunk=4 target=x86-64-v3'
        what a processor with AVX2 runs

THE DRIVER
  -o OUT                       where the result goes
  --pass-pipeline=TEXT         passes as MLIR writes pipelines
  --split-input-file           each part between // ----- by itself
  --verify-diagnostics         compares errors with the expected-error comments
  --mlir-print-ir-after-all    prints what each pass leaves, on stderr
  --mlir-timing                prints the time of each pass, on stderr
  --help-hidden                everything that MLIR and LLVM bring
  --version                    the version of Sluice
)";

static bool asksForHelp(int argc, char **argv) {
  return any_of(ArrayRef(argv, argc).drop_front(), [](StringRef argument) {
    return argument == "--help" || argument == "-help" || argument == "-h";
  });
}

/// Of what is registered, which are the passes and pipelines of Sluice.
static Expected<tool::Verdict> printHelp(char **argv) {
  cl::ResetCommandLineParser();
  cl::opt<std::string> input(cl::Positional, cl::desc("[FILE.mlir]"));
  mlir::PassPipelineCLParser passes("", "Passes and pipelines of Sluice");
  cl::ParseCommandLineOptions(/*argc=*/1, argv, kOverview);
  // The reset has forgotten the categories.
  cl::PrintHelpMessage(/*Hidden=*/false, /*Categorized=*/false);
  return tool::Verdict::Right;
}

int main(int argc, char **argv) {
  registerSluicePasses();
  if (asksForHelp(argc, argv))
    return tool::runTool(argc, argv, "sluice-opt",
                         [&] { return printHelp(argv); });
  tool::watchOutput("sluice-opt");
  setVersionPrinter();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllPasses();
  registerSluiceDialects(registry);
  tool::hideOperationsOfDiagnostics();
  std::string overview =
      mlir::registerCLIOptions("Sluice optimizer driver\n", registry);
  cl::opt<std::string> input(cl::Positional, cl::desc("FILE.mlir"),
                             cl::init("-"));
  cl::opt<std::string> output("o", cl::desc("Where the result goes"),
                              cl::value_desc("OUT"), cl::init("-"));
  if (Error error = tool::checkArguments(argc, argv)) {
    tool::printError("sluice-opt", std::move(error));
    return tool::kBadInput;
  }
  cl::ParseCommandLineOptions(argc, argv, overview);
  // MLIR's driver opens, and so empties, what it writes before it has read.
  if (Error error = tool::checkFiles(
          {tool::reads("the input", input), tool::writes("-o", output)})) {
    tool::printError("sluice-opt", std::move(error));
    return tool::kBadInput;
  }
  return mlir::asMainReturnCode(
      tool::runOptDriver(argc, argv, input, output, registry));
}
