//===- Decoder.cpp - instructions to operations ---------------------------===//

#include "lib/Simulator/Machine/Memory.h"
#include "lib/Simulator/Machine/ProgramDecoder.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/Twine.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Type;

bool Decoder::fail(const llvm::Twine &message) {
  owner->setError(current->place, message);
  return false;
}

const ptx::Module &Decoder::module() const { return owner->getModule(); }

const ptx::Function &Decoder::function() const { return owner->getFunction(); }

uint32_t Decoder::addJumpTable(std::vector<uint32_t> targets) {
  return owner->addJumpTable(std::move(targets));
}

const Code *Decoder::getCode(const ptx::Function &function) const {
  return owner->getCode(function);
}

unsigned Decoder::getRegisterBits(const Operand &operand) const {
  if (operand.kind == Operand::Kind::Register)
    return ptx::getBitWidth(owner->getFunction().registers[operand.reg].type);
  return 0;
}

Row Decoder::addConstant(unsigned bits, uint64_t value) {
  Row row = owner->getConstant(bits, value, Code::Base::None);
  op->rows.push_back(row);
  return row;
}

Row Decoder::getCarryRow() { return owner->getCarryRow(); }

/// True if a register of `have` bits can stand for a type of `want`.
static bool fits(unsigned have, unsigned want, bool mayBeWider) {
  return have == want || (mayBeWider && have > want && want > 1);
}

bool Decoder::addDestination(size_t i, Type type, bool mayBeWider) {
  if (i >= numOperands())
    return fail("expected operand " + llvm::Twine(i + 1) + " of " +
                quote(current->mnemonic));
  return addDestination(operand(i), type, mayBeWider);
}

bool Decoder::addDestination(const Operand &operand, Type type,
                             bool mayBeWider) {
  unsigned bits = ptx::getBitWidth(type);
  ++op->destinations;
  if (operand.kind == Operand::Kind::Sink) {
    op->rows.push_back(owner->makeRows(bits));
    return true;
  }
  if (operand.kind != Operand::Kind::Register || operand.isNegated ||
      !operand.selector.empty())
    return fail("expected a register as the destination of " +
                quote(current->mnemonic));
  const ptx::Register &reg = owner->getFunction().registers[operand.reg];
  if (!fits(ptx::getBitWidth(reg.type), bits, mayBeWider))
    return fail("register " + quote(reg.name) + " has type ." +
                ptx::getName(reg.type) + ", expected the size of ." +
                ptx::getName(type));
  op->rows.push_back(owner->getRow(operand.reg));
  return true;
}

bool Decoder::addSource(size_t i, Type type, bool mayBeWider) {
  if (i >= numOperands())
    return fail("expected operand " + llvm::Twine(i + 1) + " of " +
                quote(current->mnemonic));
  return addSource(operand(i), type, mayBeWider);
}

/// The bits of an immediate read as `type`.
static uint64_t convertImmediate(const Operand &operand, Type type) {
  unsigned bits = ptx::getBitWidth(type);
  bool isFloat = ptx::getKind(type) == ptx::TypeKind::Float ||
                 (ptx::getKind(type) == ptx::TypeKind::Other && bits == 32);
  auto asDouble = [&]() -> double {
    if (operand.floatBits == 32)
      return llvm::bit_cast<float>(static_cast<uint32_t>(operand.bits));
    if (operand.floatBits == 64)
      return llvm::bit_cast<double>(operand.bits);
    return static_cast<double>(static_cast<int64_t>(operand.bits));
  };
  bool mustConvert = (isFloat && operand.floatBits != bits) ||
                     // A decimal literal in a .b32 operand is a float.
                     (operand.floatBits == 64 && bits == 32);
  if (!mustConvert)
    return operand.bits;
  if (bits == 32)
    return llvm::bit_cast<uint32_t>(static_cast<float>(asDouble()));
  if (bits == 64)
    return llvm::bit_cast<uint64_t>(asDouble());
  llvm::APFloat value(asDouble());
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.bitcastToAPInt().getZExtValue();
}

bool Decoder::addSource(const Operand &operand, Type type, bool mayBeWider) {
  unsigned bits = ptx::getBitWidth(type);
  switch (operand.kind) {
  case Operand::Kind::Register: {
    if ((operand.isNegated && type != Type::Pred) || !operand.selector.empty())
      return fail(quote(current->mnemonic) +
                  " takes no negated register and no part of one here");
    const ptx::Register &reg = owner->getFunction().registers[operand.reg];
    if (!fits(ptx::getBitWidth(reg.type), bits, mayBeWider))
      return fail("register " + quote(reg.name) + " has type ." +
                  ptx::getName(reg.type) + ", expected the size of ." +
                  ptx::getName(type));
    op->rows.push_back(owner->getRow(operand.reg));
    return true;
  }
  case Operand::Kind::Immediate: {
    uint64_t value = type == Type::Pred ? operand.bits != 0
                                        : convertImmediate(operand, type);
    op->rows.push_back(owner->getConstant(bits, value, Code::Base::None));
    return true;
  }
  case Operand::Kind::Special: {
    Row row = owner->getSpecialRow(operand.name, bits);
    if (row == kNoRow)
      return fail("special register " + quote(operand.name) +
                  " is not supported");
    op->rows.push_back(row);
    return true;
  }
  case Operand::Kind::Symbol: {
    if (bits != 32 && bits != 64)
      return fail("expected 32 or 64 bits for the address of " +
                  quote(operand.variable->name));
    op->rows.push_back(
        owner->getSymbolRow(*operand.variable, operand.bits, bits));
    return true;
  }
  default:
    return fail("expected a register or a constant as an operand of " +
                quote(current->mnemonic));
  }
}

bool Decoder::addAddress(size_t i, Address &address) {
  if (i >= numOperands() || operand(i).kind != Operand::Kind::Address ||
      operand(i).elements.empty())
    return fail("expected an address as operand " + llvm::Twine(i + 1) +
                " of " + quote(current->mnemonic));
  const Operand &base = operand(i).elements[0];
  address.offset = static_cast<int64_t>(operand(i).bits);
  address.baseBits = 64;
  switch (base.kind) {
  case Operand::Kind::Register: {
    address.baseBits = getRegisterBits(base);
    if (address.baseBits != 32 && address.baseBits != 64)
      return fail("expected a register of 32 or 64 bits as an address");
    address.base = owner->getRow(base.reg);
    break;
  }
  case Operand::Kind::Symbol:
    address.base = owner->getSymbolRow(*base.variable, base.bits, 64);
    break;
  case Operand::Kind::Immediate:
    address.base = owner->getConstant(64, base.bits, Code::Base::None);
    break;
  default:
    return fail("expected a register, a variable or a number as an address");
  }
  op->rows.push_back(address.base);
  return true;
}
