//===- MemoryRange.cpp - discard, st.bulk ---------------------------------===//
//
// PTX ISA 9.0, sections 9.7.9.13 (st.bulk) and 9.7.9.18 (discard).
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

static constexpr uint32_t kDiscardedBytes = 128;

static Mask withoutPoison(Warp &warp, const Operation &operation, Mask active) {
  Mask poisoned = warp.getPoison(operation) & active;
  if (poisoned)
    warp.find(FindingKind::Uninitialized, poisoned,
              "an operand is a value that nobody has written");
  return active & ~poisoned;
}

/// A weak write of nobody knows what. detail[0]: bits of the address;
/// detail[1]: it is of global memory, not generic.
static Flow runDiscard(Warp &warp, const Operation &operation, Mask active) {
  active = withoutPoison(warp, operation, active);
  if (!active)
    return Flow::Next;
  Access access;
  access.space = operation.detail[1] ? Space::Global : Space::Generic;
  access.bytes = access.alignment = kDiscardedBytes;
  access.isWrite = true;
  Addresses addresses = getAddresses(
      warp, {operation.rows[0], operation.detail[0], operation.immediate},
      access.space);
  Places places = resolve(warp, active, addresses, access);
  setWritten(warp, places, addresses, kDiscardedBytes, 0);
  return Flow::Next;
}

static bool decodeDiscard(Decoder &decoder) {
  Operation &operation = decoder.operation();
  Decoder::Address address;
  const Operand &size = decoder.operand(1);
  if (!decoder.addAddress(0, address))
    return false;
  if (size.kind != Operand::Kind::Immediate || size.bits != kDiscardedBytes)
    return decoder.fail("'discard' is of 128 bytes: expected 128 as the size");
  operation.detail[0] = address.baseBits;
  operation.detail[1] = !decoder.match().get("space").empty();
  operation.immediate = address.offset;
  operation.run = runDiscard;
  return true;
}

/// Zeros, lane after lane, piece after piece. rows: address, size; details as
/// above.
static Flow runFill(Warp &warp, const Operation &operation, Mask active) {
  active = withoutPoison(warp, operation, active);
  Space space = operation.detail[1] ? Space::Shared : Space::Generic;
  Addresses addresses = getAddresses(
      warp, {operation.rows[0], operation.detail[0], operation.immediate},
      space);
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    Mask self = Mask(1) << lane;
    uint64_t size = warp.longs(operation.rows[1])[lane];
    uint64_t address = addresses.lane[lane];
    if (size % 8 || !isSharedAddress(address)) {
      warp.find(size % 8 ? FindingKind::Misaligned : FindingKind::OutOfBounds,
                self,
                size % 8 ? "the size of 'st.bulk' is a multiple of 8"
                         : "'st.bulk' is of shared memory",
                Space::Shared, address);
      continue;
    }
    Access access;
    access.space = space;
    access.isWrite = true;
    access.alignment = 8;
    // As far as there is memory.
    for (; size; size -= access.bytes) {
      access.bytes = static_cast<unsigned>(std::min<uint64_t>(size, 128));
      Places places = resolve(warp, self, addresses, access);
      if (!places.lanes)
        break;
      std::memset(places.lane[lane], 0, access.bytes);
      setWritten(warp, places, addresses, access.bytes, self);
      addresses.lane[lane] += access.bytes;
    }
    warp.getCta().getWorker().noteProgress();
  }
  return Flow::Next;
}

static bool decodeFill(Decoder &decoder) {
  Operation &operation = decoder.operation();
  Decoder::Address address;
  const Operand &value = decoder.operand(2);
  if (!decoder.addAddress(0, address) || !decoder.addSource(1, Type::U64))
    return false;
  if (value.kind != Operand::Kind::Immediate || value.bits != 0)
    return decoder.fail("'st.bulk' stores zeros: expected 0 as the value");
  operation.detail[0] = address.baseBits;
  operation.detail[1] = !decoder.match().get("space").empty();
  operation.immediate = address.offset;
  operation.run = runFill;
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getMemoryRangeDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Discard, decodeDiscard},
      {Semantics::BulkFill, decodeFill},
  };
  return decoders;
}
