//===- Gradients.cpp - Backwards, by the reference ------------------------===//

#include "tools/sluice-run/Gradients.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Reference/Backward.h"
#include "lib/Support/GradientName.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::tool;

/// An input and the argument that it is bound to.
static std::vector<std::pair<std::string, std::string>>
getInputs(const Signature &signature) {
  std::vector<std::pair<std::string, std::string>> inputs;
  for (const Argument &argument : signature.arguments)
    if (argument.kind != ArgumentKind::State)
      inputs.emplace_back(argument.name, argument.name);
  for (auto [i, state] : enumerate(signature.getStates()))
    inputs.emplace_back(signature.getInitialStateName(i),
                        signature.arguments[state].name);
  return inputs;
}

Expected<GradientRun>
GradientRun::create(delta::RecurrenceOp op,
                    const std::vector<std::string> &inputs) {
  auto known = getInputs(getSignature(op));
  std::vector<std::string> arguments;
  for (const std::string &name : inputs) {
    auto found =
        find_if(known, [&](const auto &input) { return input.first == name; });
    if (found != known.end()) {
      arguments.push_back(found->second);
      continue;
    }
    std::string text;
    raw_string_ostream os(text);
    os << "--gradients: " << quote(name) << " is no input of "
       << quote(op.getSymName()) << ", which has ";
    interleaveComma(known, os, [&](const auto &input) { os << input.first; });
    return createStringError(inconvertibleErrorCode(), text);
  }
  GradientRun made;
  made.inputs = inputs;
  if (Error error =
          compiler::deriveAdjoint(op, arguments).moveInto(made.adjoint))
    return std::move(error);
  return made;
}

/// Without gradients by initial states that others only lead through.
static Expected<Results> select(Expected<Results> results,
                                ArrayRef<std::string> inputs) {
  if (!results || inputs.empty())
    return results;
  erase_if(results->tensors, [&](const OwnedTensor &tensor) {
    return none_of(inputs, [&](StringRef input) {
      return tensor.name == getGradientName(input);
    });
  });
  return results;
}

Expected<Results> GradientRun::run(const Problem &problem,
                                   const reference::Progress &progress) const {
  return select(reference::interpretBackward(adjoint.op, adjoint.adjoint,
                                             problem, progress),
                inputs);
}

Expected<Results>
GradientRun::runExactly(const Problem &problem,
                        const reference::Progress &progress) const {
  return select(reference::interpretBackwardExact(adjoint.op, adjoint.adjoint,
                                                  problem, progress),
                inputs);
}
