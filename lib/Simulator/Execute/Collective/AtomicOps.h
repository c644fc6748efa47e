//===- AtomicOps.h - what atomics make of two values ------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_ATOMICOPS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_ATOMICOPS_H

#include "lib/PTX/Type.h"

namespace sluice::sim {

/// The operations of atom and red (PTX ISA 9.0, 9.7.13.5 and 9.7.13.6).
enum class AtomicOp : uint8_t {
  And,
  Or,
  Xor,
  Exchange,
  CompareAndSwap,
  Add,
  Increment,
  Decrement,
  Min,
  Max,
};

/// Returns the operation of that name, nothing for another name.
std::optional<AtomicOp> parseAtomicOp(llvm::StringRef name);

/// The new value of memory that holds `old`, for all but CompareAndSwap and for
/// types of up to 64 bits: their bits, those above are ignored and come back
/// zero. `flushesSubnormals` is about adding f32: the ISA says that global
/// memory does and shared memory does not.
uint64_t applyAtomic(AtomicOp op, ptx::Type type, uint64_t old,
                     uint64_t operand, bool flushesSubnormals);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_ATOMICOPS_H
