//===- Derivation.cpp - passes over a copy of a spec ----------------------===//

#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Diagnostics/SourceDiagnostics.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sluice;

/// Errors of passes over a copy call it as it is called there.
static std::string renameBack(std::string text, const llvm::Twine &copy,
                              const llvm::Twine &original) {
  std::string from = ("@" + copy).str(), to = ("@" + original).str();
  for (size_t pos = 0; (pos = text.find(from, pos)) != std::string::npos;
       pos += to.size())
    text.replace(pos, from.size(), to);
  return text;
}

llvm::Expected<OwningOpRef<ModuleOp>>
compiler::derive(Operation *op,
                 llvm::function_ref<void(OpPassManager &)> addPasses,
                 StringRef name, std::string *remarks) {
  SourceDiagnostics diagnostics(*op->getContext(), findSource(op->getLoc()));
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  Operation *copy = OpBuilder::atBlockEnd(module->getBody()).clone(*op);
  if (!name.empty())
    SymbolTable::setSymbolName(copy, name);
  PassManager manager(op->getContext());
  addPasses(manager);
  if (failed(manager.run(*module))) {
    std::string errors = diagnostics.takeErrors();
    if (!name.empty())
      errors = renameBack(std::move(errors), name,
                          SymbolTable::getSymbolName(op).getValue());
    return llvm::make_error<SpecError>(std::move(errors));
  }
  if (remarks)
    *remarks = diagnostics.getWarnings();
  return module;
}
