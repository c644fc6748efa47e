//===- Derivation.cpp - passes over a copy of a spec ----------------------===//

#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/SpecLoader.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace sluice;

/// file:line:col: error: …
static std::string toLine(Diagnostic &diagnostic) {
  std::string line;
  llvm::raw_string_ostream os(line);
  if (auto loc = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    os << loc.getFilename().getValue() << ':' << loc.getLine() << ':'
       << loc.getColumn() << ": ";
  bool isNote = diagnostic.getSeverity() == DiagnosticSeverity::Note;
  os << (isNote ? "note: " : "error: ") << diagnostic << '\n';
  return line;
}

llvm::Expected<OwningOpRef<ModuleOp>>
compiler::derive(Operation *op,
                 llvm::function_ref<void(OpPassManager &)> addPasses,
                 StringRef name) {
  std::string lines;
  ScopedDiagnosticHandler handler(
      op->getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return;
        lines += toLine(diagnostic);
        for (Diagnostic &note : diagnostic.getNotes())
          lines += toLine(note);
      });
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  Operation *copy = OpBuilder::atBlockEnd(module->getBody()).clone(*op);
  if (!name.empty())
    SymbolTable::setSymbolName(copy, name);
  PassManager manager(op->getContext());
  addPasses(manager);
  if (failed(manager.run(*module)))
    return llvm::make_error<SpecError>(std::move(lines));
  return module;
}
