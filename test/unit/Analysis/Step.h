//===- Step.h - a parsed step and its analysis, for tests -------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_ANALYSIS_STEP_H
#define SLUICE_TEST_UNIT_ANALYSIS_STEP_H

#include "lib/Analysis/Transition.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <optional>

namespace sluice::delta {

/// A recurrence with the arguments below and its analysis.
class Step {
public:
  Step(llvm::StringRef states, llvm::StringRef body,
       llvm::StringRef outputs = "") {
    context.loadDialect<DeltaDialect>();
    std::string text = R"(delta.recurrence @step
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %s: !delta.scalar, %t: !delta.scalar,
                %gk: !delta.vec<key>, %gv: !delta.vec<value>)
        params(%ps: !delta.scalar, %pk: !delta.vec<key>)
        state()";
    text += states.str() + ") -> (" + outputs.str() + ") {" + body.str() + "}";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (module)
      analysis.emplace(*module->getOps<RecurrenceOp>().begin());
  }

  const TransitionAnalysis &operator*() { return *analysis; }
  const TransitionAnalysis *operator->() { return &*analysis; }

  /// The n-th op of its kind.
  template <typename Op> Op get(unsigned n = 0) {
    auto range = analysis->getRecurrence().getStep().getOps<Op>();
    return *std::next(range.begin(), n);
  }
  mlir::Value state(unsigned n = 0) { return analysis->getStates()[n]; }
  std::string print() {
    std::string text;
    llvm::raw_string_ostream os(text);
    analysis->print(os);
    return text;
  }

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<TransitionAnalysis> analysis;
};

inline constexpr llvm::StringRef one = "%S: !delta.state<key, value>";
inline constexpr llvm::StringRef two =
    "%S: !delta.state<key, value>, %M: !delta.state<key, value>";

inline void expectClass(Step &step, TransitionClass expected,
                        mlir::Operation *op, llvm::StringRef reason) {
  EXPECT_EQ(step->getClass(), expected);
  EXPECT_EQ(step->getReason(), reason);
  EXPECT_EQ(step->getReasonOp(), op);
}

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_ANALYSIS_STEP_H
