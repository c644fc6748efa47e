//===- ChunkForm.cpp - the chunk form of a spec ---------------------------===//

#include "lib/Runtime/ChunkForm.h"
#include "lib/Runtime/SpecLoader.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Pipelines/Pipelines.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::runtime;

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

llvm::Expected<ChunkForm> runtime::deriveChunkForm(delta::RecurrenceOp op,
                                                   int64_t keyDim,
                                                   int64_t valueDim,
                                                   int64_t chunk) {
  std::string lines;
  ScopedDiagnosticHandler handler(op.getContext(), [&](Diagnostic &diagnostic) {
    lines += toLine(diagnostic);
    for (Diagnostic &note : diagnostic.getNotes())
      lines += toLine(note);
  });
  ChunkForm form;
  form.module = ModuleOp::create(op.getLoc());
  OpBuilder::atBlockEnd(form.module->getBody()).clone(*op);
  DeltaToWYOptions options;
  options.keyDim = keyDim;
  options.valueDim = valueDim;
  options.chunk = chunk;
  PassManager manager(op.getContext());
  buildChunkPipeline(manager, options);
  if (failed(manager.run(*form.module)))
    return llvm::make_error<SpecError>(std::move(lines));
  form.scan = *form.module->getOps<wy::ScanOp>().begin();
  return form;
}
