//===- sluice-opt.cpp - the MLIR driver with every dialect and pass -------===//

#include "dialects/Registration.h"
#include "lib/Support/Version.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Pipelines/Pipelines.h"
#include "tools/sluice-opt/Driver.h"

int main(int argc, char **argv) {
  sluice::setVersionPrinter();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllPasses();
  sluice::registerSluicePasses();
  sluice::registerSluiceDialects(registry);
  sluice::tool::hideOperationsOfDiagnostics();
  auto [input, output] = mlir::registerAndParseCLIOptions(
      argc, argv, "Sluice optimizer driver\n", registry);
  return mlir::asMainReturnCode(
      sluice::tool::runOptDriver(argc, argv, input, output, registry));
}
