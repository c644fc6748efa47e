//===- Decoder.h - instruction by instruction -------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_DECODER_H
#define SLUICE_LIB_SIMULATOR_MACHINE_DECODER_H

#include "lib/PTX/Form.h"
#include "lib/Simulator/Machine/Program.h"

namespace sluice::sim {

/// What an instruction's `decode` works with: one instruction, its match, and
/// the operation that it fills in. Rows are appended in the order of the calls:
/// destinations before sources.
class Decoder {
public:
  const ptx::Instruction &instruction() const { return *current; }
  const ptx::Match &match() const { return currentMatch; }
  Operation &operation() { return *op; }
  size_t numOperands() const { return current->operands.size(); }
  const ptx::Operand &operand(size_t i) const { return current->operands[i]; }

  /// Operand i as a register (or `_`) of the type's width that is written. A
  /// wider register than the type is fine where `mayBeWider` (ld, cvt). False
  /// after an error.
  bool addDestination(size_t i, ptx::Type type, bool mayBeWider = false);
  bool addDestination(const ptx::Operand &operand, ptx::Type type,
                      bool mayBeWider = false);
  /// Operand i as a value: a register, an immediate (converted to the type's
  /// bits), a special register, the address of a variable.
  bool addSource(size_t i, ptx::Type type, bool mayBeWider = false);
  bool addSource(const ptx::Operand &operand, ptx::Type type,
                 bool mayBeWider = false);
  /// Operand i as [base + offset]: the row of the base's 64-bit address (32-bit
  /// bases are widened by the handler: detail says so), the offset into
  /// `offset`. Spaces that have no generic address keep their offset.
  struct Address {
    Row base = kNoRow;
    /// 32 or 64.
    unsigned baseBits = 64;
    int64_t offset = 0;
  };
  bool addAddress(size_t i, Address &address);

  /// Bits of the register or constant behind a row that was added.
  unsigned getRegisterBits(const ptx::Operand &operand) const;
  /// The condition-code register of add.cc and its like: a row of words, 0
  /// or 1.
  Row getCarryRow();
  /// A constant as a source.
  Row addConstant(unsigned bits, uint64_t value);
  /// Code of a function that the program calls.
  const Code *getCode(const ptx::Function &function) const;
  const ptx::Module &module() const;
  const ptx::Function &function() const;
  /// Targets of brx: its index.
  uint32_t addJumpTable(std::vector<uint32_t> targets);

  /// The error that ends decoding; returns false.
  bool fail(const llvm::Twine &message);

private:
  friend class ProgramDecoder;
  const ptx::Instruction *current = nullptr;
  ptx::Match currentMatch;
  Operation *op = nullptr;
  class ProgramDecoder *owner = nullptr;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_DECODER_H
