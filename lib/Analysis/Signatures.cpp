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

/// `typeOf` gives what one token has of an argument.
template <typename Op>
static Signature getSignature(Op op, mlir::Region &body,
                              llvm::function_ref<mlir::Type(unsigned)> typeOf) {
  Signature signature;
  signature.name = op.getSymName().str();
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    signature.arguments.push_back(
        {op.getArgName(i).str(), convert(op.getArgKind(i)), getAxes(typeOf(i)),
         convert(op.getArgRange(i))});
  for (auto [i, type] : llvm::enumerate(
           op.getOutputTypes().template getAsValueRange<mlir::TypeAttr>()))
    signature.outputs.push_back(
        {op.getOutputName(i).str(), ArgumentKind::VHeads, getAxes(type)});
  body.walk([&](delta::ScaleOp) { signature.takesScale = true; });
  return signature;
}

Signature sluice::getSignature(delta::RecurrenceOp op) {
  return ::getSignature(op, op.getBody(), [&](unsigned index) {
    return op.getStep().getArgument(index).getType();
  });
}

Signature sluice::getSignature(wy::ScanOp scan) {
  return ::getSignature(scan, scan.getBody(),
                        [&](unsigned index) { return scan.getArgType(index); });
}

Signature sluice::getSignature(wy::PlacedOp placed) {
  return ::getSignature(placed, placed.getBody(), [&](unsigned index) {
    return placed.getArgType(index);
  });
}
