//===- FormComparison.h - chunk forms before and after passes ---*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_PASSES_FORMCOMPARISON_H
#define SLUICE_TEST_UNIT_PASSES_FORMCOMPARISON_H

#include "lib/Compiler/ChunkForm.h"
#include "test/unit/Generator/StepData.h"
#include "test/unit/Passes/PassTest.h"

namespace sluice::test {

/// Rewrites a copy of a form; runs both in the float64 reference.
struct FormComparison {
  FormComparison(delta::RecurrenceOp op, compiler::ChunkForm &form,
                 llvm::function_ref<void(mlir::OpPassManager &)> addPasses)
      : op(op), form(form), rewritten(*form.module, addPasses) {}

  void run(const delta::StepShape &shape, uint64_t seed) {
    delta::StepData data(op, shape, seed);
    const runtime::Problem &problem = data.getProblem();
    expectClose(
        llvm::cantFail(
            reference::interpretChunksExact(rewritten.getScan(), problem)),
        llvm::cantFail(reference::interpretChunksExact(form.scan, problem)),
        1e-12);
  }

  delta::RecurrenceOp op;
  compiler::ChunkForm &form;
  Rewritten rewritten;
};

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_PASSES_FORMCOMPARISON_H
