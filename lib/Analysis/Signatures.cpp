//===- Signatures.cpp - The signature of an op as plain data --------------===//

#include "lib/Analysis/Signatures.h"

using namespace sluice;
using namespace sluice::runtime;
using delta::ArgKind;

static ArgumentKind convert(ArgKind kind) {
  switch (kind) {
  case ArgKind::QKHeads:
    return ArgumentKind::QKHeads;
  case ArgKind::VHeads:
    return ArgumentKind::VHeads;
  case ArgKind::Params:
    return ArgumentKind::Params;
  case ArgKind::State:
    return ArgumentKind::State;
  }
  llvm_unreachable("covered switch");
}

/// The axes of the value itself: none for a scalar.
static SymbolicShape getAxes(mlir::Type type) {
  auto name = [](delta::Axis axis) {
    return axis == delta::Axis::Key ? "K" : "V";
  };
  if (auto vector = dyn_cast<delta::VecType>(type))
    return {name(vector.getAxis())};
  if (auto state = dyn_cast<delta::StateType>(type))
    return {name(state.getRows()), name(state.getColumns())};
  return {};
}

static std::optional<NumberRange> convert(delta::RangeAttr range) {
  if (!range)
    return std::nullopt;
  return NumberRange{range.getLower().convertToDouble(),
                     range.getUpper().convertToDouble()};
}

Signature sluice::getSignature(delta::SignatureOpInterface op) {
  Signature signature;
  signature.name = mlir::SymbolTable::getSymbolName(op).str();
  for (delta::ArgumentAttr argument : op.getSignature().getArguments())
    signature.arguments.push_back(
        {argument.getName().str(), convert(argument.getKind()),
         getAxes(argument.getType()), convert(argument.getRange())});
  for (delta::OutputAttr output : op.getSignature().getOutputs())
    signature.outputs.push_back({output.getName().str(),
                                 convert(output.getKind()),
                                 getAxes(output.getType())});
  op->walk([&](delta::ScaleOp) { signature.takesScale = true; });
  return signature;
}
