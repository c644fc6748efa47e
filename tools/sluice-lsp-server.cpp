//===- sluice-lsp-server.cpp - editor support for every dialect -----------===//

#include "dialects/Registration.h"
#include "lib/Support/Version.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  sluice::setVersionPrinter();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  sluice::registerSluiceDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
