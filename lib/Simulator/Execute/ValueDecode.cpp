//===- ValueDecode.cpp - decoding of value instructions -------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/Twine.h"

using namespace sluice;
using namespace sluice::sim;
using value::Rounding;

bool sim::setCompute(Decoder &decoder, llvm::ArrayRef<TypedOp> ops,
                     ptx::Type type) {
  for (const TypedOp &op : ops) {
    if (op.type != type)
      continue;
    setCompute(decoder, op.op);
    return true;
  }
  return decoder.fail(quote(decoder.instruction().mnemonic) +
                      " does not take type ." + ptx::getName(type));
}

bool sim::addOperands(Decoder &decoder, ptx::Type type) {
  if (type == ptx::Type::F16x2 || type == ptx::Type::BF16x2)
    decoder.operation().halves = Halves::Apart;
  if (!decoder.addDestination(0, type))
    return false;
  for (size_t i = 1; i < decoder.numOperands(); ++i)
    if (!decoder.addSource(i, type))
      return false;
  return true;
}

bool sim::addPredicate(Decoder &decoder, size_t i, value::Flag negation) {
  if (decoder.operand(i).isNegated)
    decoder.operation().detail[0] |= negation;
  return decoder.addSource(i, ptx::Type::Pred);
}

void sim::addModifiers(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  const std::pair<llvm::StringRef, value::Flag> flags[] = {
      {"ftz", value::Ftz},          {"sat", value::Sat},
      {"relu", value::Relu},        {"satfinite", value::Satfinite},
      {"NaN", value::PropagateNaN}, {"oob", value::Oob}};
  for (auto [name, flag] : flags)
    if (match.has(name))
      decoder.operation().detail[0] |= flag;
}

Rounding sim::getRounding(llvm::StringRef name) {
  return llvm::StringSwitch<Rounding>(name)
      .Cases({"rz", "rzi"}, Rounding::Zero)
      .Cases({"rm", "rmi"}, Rounding::Down)
      .Cases({"rp", "rpi"}, Rounding::Up)
      .Case("rna", Rounding::Away)
      .Default(Rounding::Nearest);
}
