//===- Gradients.cpp - Backwards ------------------------------------------===//

#include "tools/sluice-run/Gradients.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Compile.h"
#include "lib/Reference/Backward.h"
#include "lib/Runtime/BackwardProblem.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"
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
  GradientRun made;
  std::vector<std::string> &arguments = made.arguments;
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
  made.inputs = inputs;
  if (Error error =
          compiler::deriveAdjoint(op, arguments).moveInto(made.adjoint))
    return std::move(error);
  return made;
}

Error GradientRun::useChunks(const Problem &problem, int64_t chunk) {
  return compiler::deriveChunkAdjoint(adjoint.op, problem.sizes["K"],
                                      problem.sizes["V"], chunk, arguments)
      .moveInto(chunks.emplace());
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

Expected<Results> GradientRun::runOnCPU(const Problem &problem,
                                        const target::Cpu *target,
                                        unsigned threads,
                                        StageTimes &times) const {
  wy::PlacedOp placed = chunks->adjoint;
  Expected<BackwardProblem> bound =
      BackwardProblem::create(problem, getSignature(placed));
  if (!bound)
    return bound.takeError();
  compiler::CompileOptions options = compiler::getCompileOptions(bound->get());
  options.target = target;
  Expected<Artifact> artifact = times.measure(
      "compile", [&] { return compiler::compile(placed, options); });
  if (!artifact)
    return artifact.takeError();
  CPUDevice device(threads);
  auto loaded = times.measure("load", [&] {
    return LoadedArtifact::load(device, std::move(*artifact));
  });
  if (!loaded)
    return loaded.takeError();
  ProgressLine line("running");
  Expected<Results> results = times.measure("run", [&] {
    return runArtifact(**loaded, bound->get(),
                       [&](double fraction) { line.update(fraction); });
  });
  if (!results)
    return results;
  return select(bound->takeGradients(*results), inputs);
}

Expected<Results> GradientRun::run(const Problem &problem,
                                   const reference::Progress &progress) const {
  if (chunks)
    return select(
        reference::interpretBackward(chunks->adjoint, problem, progress),
        inputs);
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
