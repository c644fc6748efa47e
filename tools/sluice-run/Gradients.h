//===- Gradients.h - Backwards ----------------------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_GRADIENTS_H
#define SLUICE_TOOLS_SLUICE_RUN_GRADIENTS_H

#include "lib/Compiler/Adjoint.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Runtime/Problem.h"
#include "lib/Target/Cpu.h"
#include "tools/lib/Console.h"

#include "llvm/Support/Error.h"
#include <optional>
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

  /// From here on `run` goes by chunks of so many tokens, of a problem's sizes.
  llvm::Error useChunks(const runtime::Problem &problem, int64_t chunk);

  /// Compiles the chunks for this processor, or for `target`, which runs here,
  /// and runs them. Adds the stages `compile`, `load` and `run`.
  llvm::Expected<runtime::Results> runOnCPU(const runtime::Problem &problem,
                                            const target::Cpu *target,
                                            unsigned threads,
                                            StageTimes &times) const;

  /// The gradients that were asked for, each rounded to its type.
  llvm::Expected<runtime::Results>
  run(const runtime::Problem &problem,
      const reference::Progress &progress) const;
  /// The same in float64, token by token.
  llvm::Expected<runtime::Results>
  runExactly(const runtime::Problem &problem,
             const reference::Progress &progress) const;

private:
  compiler::Adjoint adjoint;
  std::optional<compiler::ChunkAdjoint> chunks;
  /// The inputs named, and the arguments that these are bound to; empty: all.
  std::vector<std::string> inputs, arguments;
};

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_GRADIENTS_H
