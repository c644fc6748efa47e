//===- Problem.cpp - Sizes, shapes and results ----------------------------===//

#include "lib/Runtime/Problem.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

StringRef runtime::dimName(Dim dim) {
  static constexpr StringLiteral kNames[kNumDims] = {"B", "T", "H", "HV",
                                                     "K", "V", "N"};
  return kNames[static_cast<unsigned>(dim)];
}

int64_t &Dims::get(Dim dim) {
  switch (dim) {
  case Dim::B:
    return B;
  case Dim::T:
    return T;
  case Dim::H:
    return H;
  case Dim::HV:
    return HV;
  case Dim::K:
    return K;
  case Dim::V:
    return V;
  case Dim::N:
    return N;
  }
  llvm_unreachable("covered switch");
}

int64_t Dims::get(Dim dim) const { return const_cast<Dims *>(this)->get(dim); }

/// The axes of the value itself: none for a scalar.
static void appendAxes(mlir::Type type, SymbolicShape &shape) {
  auto append = [&](Axis axis) {
    shape.push_back(axis == Axis::Key ? Dim::K : Dim::V);
  };
  if (auto vector = dyn_cast<VecType>(type)) {
    append(vector.getAxis());
  } else if (auto state = dyn_cast<StateType>(type)) {
    append(state.getRows());
    append(state.getColumns());
  }
}

SymbolicShape runtime::argumentShape(RecurrenceOp op, unsigned index) {
  SymbolicShape shape;
  switch (op.getArgKind(index)) {
  case ArgKind::QKHeads:
    shape = {Dim::B, Dim::T, Dim::H};
    break;
  case ArgKind::VHeads:
    shape = {Dim::B, Dim::T, Dim::HV};
    break;
  case ArgKind::Params:
    shape = {Dim::HV};
    break;
  case ArgKind::State:
    shape = {Dim::N, Dim::HV};
    break;
  }
  appendAxes(op.getStep().getArgument(index).getType(), shape);
  return shape;
}

SymbolicShape runtime::outputShape(RecurrenceOp op, unsigned index) {
  SymbolicShape shape = {Dim::B, Dim::T, Dim::HV};
  appendAxes(cast<mlir::TypeAttr>(op.getOutputTypes()[index]).getValue(),
             shape);
  return shape;
}

std::string runtime::toString(ArrayRef<Dim> shape) {
  return "[" + join(map_range(shape, dimName), ",") + "]";
}

SmallVector<int64_t, 4> runtime::evaluate(ArrayRef<Dim> shape,
                                          const Dims &dims) {
  SmallVector<int64_t, 4> sizes;
  for (Dim dim : shape)
    sizes.push_back(dims.get(dim));
  return sizes;
}

static std::string stateName(RecurrenceOp op, unsigned index,
                             StringRef prefix) {
  SmallVector<mlir::BlockArgument> states = op.getStates();
  if (states.size() == 1)
    return prefix.str();
  return (prefix + "_" + op.getName(states[index])).str();
}

std::string runtime::initialStateName(RecurrenceOp op, unsigned index) {
  return stateName(op, index, "initial_state");
}

std::string runtime::finalStateName(RecurrenceOp op, unsigned index) {
  return stateName(op, index, "final_state");
}

bool runtime::takesScale(RecurrenceOp op) {
  return !op.getStep().getOps<ScaleOp>().empty();
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

Expected<Results> Results::allocate(const Problem &problem,
                                    std::optional<io::DType> dtype) {
  RecurrenceOp op = problem.op;
  Results results;
  auto add = [&](StringRef name, io::DType type,
                 ArrayRef<int64_t> shape) -> Error {
    Expected<OwnedTensor> tensor =
        OwnedTensor::create(name, dtype.value_or(type), shape);
    if (!tensor)
      return tensor.takeError();
    results.tensors.push_back(std::move(*tensor));
    return Error::success();
  };
  results.numOutputs = op.getOutputNames().size();
  for (unsigned i = 0; i < results.numOutputs; ++i)
    if (Error error = add(op.getOutputName(i), problem.outputDType,
                          evaluate(outputShape(op, i), problem.dims)))
      return error;
  for (auto [i, state] : enumerate(op.getStates()))
    if (Error error = add(
            finalStateName(op, i), problem.stateDType,
            evaluate(argumentShape(op, state.getArgNumber()), problem.dims)))
      return error;
  return results;
}

const OwnedTensor *Results::find(StringRef name) const {
  auto found = find_if(
      tensors, [&](const OwnedTensor &tensor) { return tensor.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

std::vector<io::NamedTensor> Results::views() const {
  std::vector<io::NamedTensor> views;
  views.reserve(tensors.size());
  for (const OwnedTensor &tensor : tensors)
    views.push_back({tensor.name, tensor.view()});
  return views;
}
