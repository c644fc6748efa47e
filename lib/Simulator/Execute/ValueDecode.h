//===- ValueDecode.h - decoding of value instructions -----------*- C++ -*-===//
//
// What most forms from rows to rows have in common: a table from types to
// loops, and modifiers that become flags.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_VALUEDECODE_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_VALUEDECODE_H

#include "lib/Simulator/Execute/ValueFlags.h"
#include "lib/Simulator/Execute/ValueForms.h"
#include "lib/Simulator/Execute/ValueHandlers.h"
#include "lib/Simulator/Machine/Decoder.h"

namespace sluice::sim {

/// The loop of one type of an instruction.
struct TypedOp {
  ptx::Type type;
  ValueOp op;
};

/// The rows U16 … S64 of a table of TypedOp, for loops that know the sign
/// (Signed) or only the size (Sized).
#define SLUICE_TYPED_OPS_SIGNED(Name)                                          \
  {ptx::Type::U16, ValueOp::Name##U16}, {ptx::Type::S16, ValueOp::Name##S16},  \
      {ptx::Type::U32, ValueOp::Name##U32},                                    \
      {ptx::Type::S32, ValueOp::Name##S32},                                    \
      {ptx::Type::U64, ValueOp::Name##U64}, {                                  \
    ptx::Type::S64, ValueOp::Name##S64                                         \
  }
#define SLUICE_TYPED_OPS_SIZED(Name)                                           \
  {ptx::Type::U16, ValueOp::Name##16}, {ptx::Type::S16, ValueOp::Name##16},    \
      {ptx::Type::U32, ValueOp::Name##32},                                     \
      {ptx::Type::S32, ValueOp::Name##32},                                     \
      {ptx::Type::U64, ValueOp::Name##64}, {ptx::Type::S64, ValueOp::Name##64}

inline void setCompute(Decoder &decoder, ValueOp op) {
  decoder.operation().compute = getValueHandler(op);
}

/// Sets the loop for `type`; false, with an error, if there is none: the form
/// took a type that its table does not have.
bool setCompute(Decoder &decoder, llvm::ArrayRef<TypedOp> ops, ptx::Type type);

/// Operand 0 as the destination and the others as sources, all of one type.
bool addOperands(Decoder &decoder, ptx::Type type);

/// Operand i as a predicate; flag `negation` if it is !p.
bool addPredicate(Decoder &decoder, size_t i, value::Flag negation);

/// `.ftz`, `.sat`, `.relu`, `.satfinite`, `.NaN`, `.oob` as flags.
void addModifiers(Decoder &decoder);

/// detail[1] from .rn, .rz, .rm, .rp, .rna or .rni, .rzi, .rmi, .rpi; nearest
/// from nothing.
value::Rounding getRounding(llvm::StringRef name);

/// Forms that choose by the item "type" and have one type for all operands.
template <const auto &ops> bool decodeTyped(Decoder &decoder) {
  ptx::Type type = decoder.match().getType("type");
  addModifiers(decoder);
  return setCompute(decoder, ops, type) && addOperands(decoder, type);
}

/// Forms of one loop and one type.
template <ValueOp op, ptx::Type type> bool decodeAs(Decoder &decoder) {
  setCompute(decoder, op);
  addModifiers(decoder);
  return addOperands(decoder, type);
}

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_VALUEDECODE_H
