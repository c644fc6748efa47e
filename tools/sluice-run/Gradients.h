//===- Gradients.h - Backwards, by the reference ----------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_GRADIENTS_H
#define SLUICE_TOOLS_SLUICE_RUN_GRADIENTS_H

#include "lib/Compiler/Adjoint.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Runtime/Problem.h"

#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace sluice::tool {

/// The adjoint of a spec that gives the gradients by some inputs.
class GradientRun {
public:
  /// `inputs` are names of tensors, initial states among them; where there are
  /// none, gradients are those by all inputs that have influence, and by
  /// initial states always.
  static llvm::Expected<GradientRun>
  create(delta::RecurrenceOp op, const std::vector<std::string> &inputs);

  /// The gradients that were asked for, each rounded to its type.
  llvm::Expected<runtime::Results>
  run(const runtime::Problem &problem,
      const reference::Progress &progress) const;
  /// The same in float64.
  llvm::Expected<runtime::Results>
  runExactly(const runtime::Problem &problem,
             const reference::Progress &progress) const;

private:
  compiler::Adjoint adjoint;
  /// The inputs named; empty: all.
  std::vector<std::string> inputs;
};

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_GRADIENTS_H
