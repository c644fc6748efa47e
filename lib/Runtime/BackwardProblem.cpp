//===- BackwardProblem.cpp - An adjoint bound to tensors ------------------===//

#include "lib/Runtime/BackwardProblem.h"
#include "lib/Runtime/RunMemory.h"
#include "lib/Support/GradientName.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

/// The place of an entry by its name, if there is one.
template <typename Entry>
static std::optional<unsigned> find(const std::vector<Entry> &entries,
                                    StringRef name) {
  for (auto [i, entry] : enumerate(entries))
    if (entry.name == name)
      return i;
  return std::nullopt;
}

io::DType runtime::getGradientType(const Problem &forward,
                                   const Output &gradient) {
  if (gradient.kind == ArgumentKind::Params)
    return forward.stateDType;
  std::optional<unsigned> argument = ::find(
      forward.signature.arguments, StringRef(gradient.name).drop_front());
  return forward.args[*argument].dtype;
}

Expected<BackwardProblem> BackwardProblem::create(const Problem &forward,
                                                  const Signature &adjoint) {
  BackwardProblem made;
  made.forward = &forward;
  made.bound = forward;
  made.bound.signature = adjoint;
  made.bound.args.clear();
  made.bound.outputGradients.clear();
  made.bound.finalStateGradients.clear();
  const Signature &of = forward.signature;
  SmallVector<unsigned, 2> states = of.getStates();
  for (const Argument &argument : adjoint.arguments) {
    io::TensorView &tensor = made.bound.args.emplace_back();
    if (std::optional<unsigned> index = ::find(of.arguments, argument.name)) {
      tensor = forward.args[*index];
      continue;
    }
    StringRef name = StringRef(argument.name).drop_front();
    if (argument.kind == ArgumentKind::State) {
      auto state = llvm::find(states, *::find(of.arguments, name));
      tensor =
          forward.finalStateGradients[std::distance(states.begin(), state)];
      continue;
    }
    tensor = forward.outputGradients[*::find(of.outputs, name)];
    if (hasData(tensor))
      continue;
    Expected<OwnedTensor> zeros =
        OwnedTensor::create(argument.name, forward.outputDType,
                            evaluate(argument.getShape(), forward.sizes));
    if (!zeros)
      return zeros.takeError();
    tensor = made.zeros.emplace_back(std::move(*zeros)).view();
  }
  return made;
}

/// A gradient is no −0: which of the zeros one is must not depend on tokens
/// behind the loss, whose negative factors it was multiplied by.
static void copyGradient(const OwnedTensor &from, OwnedTensor &to) {
  copyElements(from, to, [](MutableArrayRef<double> numbers) {
    for (double &x : numbers)
      x += 0.0;
  });
}

Expected<Results>
BackwardProblem::takeGradients(const Results &ran,
                               std::optional<io::DType> dtype) const {
  MemoryNeed need;
  addGradients(need, "the gradients", forward->signature, forward->sizes,
               dtype.value_or(forward->outputDType),
               dtype.value_or(forward->stateDType));
  if (Error error = need.check())
    return std::move(error);
  Results gradients;
  auto add = [&](StringRef name, io::DType type,
                 const OwnedTensor &from) -> Error {
    Expected<OwnedTensor> tensor =
        OwnedTensor::create(name, dtype.value_or(type), from.shape);
    if (!tensor)
      return tensor.takeError();
    copyGradient(from, *tensor);
    gradients.tensors.push_back(std::move(*tensor));
    return Error::success();
  };
  const Signature &signature = bound.signature;
  for (auto [i, output] : enumerate(signature.outputs))
    if (Error error =
            add(output.name, getGradientType(*forward, output), ran.tensors[i]))
      return std::move(error);
  gradients.numOutputs = gradients.tensors.size();
  SmallVector<unsigned, 2> states = forward->signature.getStates();
  for (auto [i, argument] : enumerate(signature.getStates())) {
    StringRef name = signature.arguments[argument].name;
    for (auto [state, of] : enumerate(states))
      if (name == getGradientName(forward->signature.arguments[of].name))
        if (Error error = add(
                getGradientName(forward->signature.getInitialStateName(state)),
                forward->stateDType, ran.tensors[ran.numOutputs + i]))
          return std::move(error);
  }
  return gradients;
}
