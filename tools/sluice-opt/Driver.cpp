//===- Driver.cpp - MLIR's driver for text of any content -----------------===//

#include "tools/sluice-opt/Driver.h"

#include "lib/Analysis/UnusedValues.h"
#include "lib/Diagnostics/SourceDiagnostics.h"
#include "lib/IO/MLIRText.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace llvm;
using namespace sluice;

void tool::hideOperationsOfDiagnostics() {
  mlir::registerMLIRContextCLOptions();
  cl::Option *option =
      cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  static_cast<cl::opt<bool> *>(option)->setInitialValue(false);
}

namespace {
/// Warns of what a spec computes for nothing, before the passes.
struct WarnOfUnusedValues
    : mlir::PassWrapper<WarnOfUnusedValues, mlir::OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WarnOfUnusedValues)
  StringRef getName() const override { return "WarnOfUnusedValues"; }
  void runOnOperation() override {
    warnOfUnusedValues(getOperation());
    markAllAnalysesPreserved();
  }
};
} // namespace

/// The hazards of each part that is parsed by itself.
static LogicalResult checkText(const MemoryBuffer &buffer, StringRef marker) {
  StringRef text = buffer.getBuffer();
  size_t begin = 0;
  while (true) {
    size_t end = marker.empty() ? StringRef::npos : text.find(marker, begin);
    if (std::optional<io::TextFault> fault =
            io::findMLIRTextFault(text.slice(begin, end), "a text")) {
      errs() << formatError({buffer.getBufferIdentifier(), text},
                            begin + fault->offset, fault->message);
      return failure();
    }
    if (end == StringRef::npos)
      return success();
    begin = end + marker.size();
  }
}

LogicalResult tool::runOptDriver(int argc, char **argv, StringRef input,
                                 StringRef output,
                                 mlir::DialectRegistry &registry) {
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  config.setPassPipelineSetupFn([asked = config](mlir::PassManager &passes) {
    passes.addPass(std::make_unique<WarnOfUnusedValues>());
    return asked.setupPassPipeline(passes);
  });
  if (config.shouldShowDialects() || config.shouldListPasses())
    return mlir::MlirOptMain(argc, argv, input, output, registry);
  std::string message;
  std::unique_ptr<MemoryBuffer> text = mlir::openInputFile(input, &message);
  if (!text) {
    errs() << "sluice-opt: error: " << message << '\n';
    return failure();
  }
  if (failed(checkText(*text, config.inputSplitMarker())))
    return failure();
  std::unique_ptr<ToolOutputFile> file = mlir::openOutputFile(output, &message);
  if (!file) {
    errs() << "sluice-opt: error: " << message << '\n';
    return failure();
  }
  LogicalResult result =
      mlir::MlirOptMain(file->os(), std::move(text), registry, config);
  // What goes to standard output is looked at when the process ends.
  if (&file->os() == &outs())
    return result;
  file->os().flush();
  std::error_code code = file->os().error();
  // Else LLVM ends the process when the stream dies.
  file->os().clear_error();
  if (code)
    errs() << "sluice-opt: error: cannot write '" << output
           << "': " << code.message() << '\n';
  if (code || failed(result))
    return failure();
  file->keep();
  return success();
}
