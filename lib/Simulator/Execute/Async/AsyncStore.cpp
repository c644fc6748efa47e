//===- AsyncStore.cpp - st.async, red.async -------------------------------===//
//
// PTX ISA 9.0, sections 9.7.9.12 and 9.7.13.8: a store to, or a reduction in,
// shared memory of the cluster, which an mbarrier of the same CTA is told of.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Async/Bulk.h"
#include "lib/Simulator/Execute/Async/Mbarrier.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

namespace {
/// rows: address, mbarrier, values.
struct AsyncStoreDetail {
  uint8_t bytes, count, toBits, barrierBits;
  bool isReduction;
  AtomicOp op;
  Type type;
};
} // namespace

static Flow runAsyncStore(Warp &warp, const Operation &operation, Mask active) {
  auto detail = getDetail<AsyncStoreDetail>(operation);
  Cta &own = warp.getCta();
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "stores a value, or at an address, that nobody has written");
    active &= ~poisoned;
  }
  if (!active)
    return Flow::Next;
  Addresses to = getAddresses(
      warp, {operation.rows[0], detail.toBits, operation.offsets[0]},
      Space::Shared);
  Addresses barriers = getAddresses(
      warp, {operation.rows[1], detail.barrierBits, operation.offsets[1]},
      Space::Shared);
  Access access;
  access.space = Space::Shared;
  access.bytes = access.alignment = detail.bytes * detail.count;
  access.isWrite = true;
  access.isUnchecked = true;
  Places places = resolve(warp, active, to, access);
  for (Mask rest = places.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    auto [owner, offset] = findCompletion(warp, lane, barriers.lane[lane]);
    if (!owner)
      continue;
    if (warp.recorder)
      warp.recorder->noteTransfer({}, {}, access.bytes, barriers.lane[lane]);
    AsyncOp async;
    if (own.getGrid().getOptions().check) {
      async = warp.clocks.issue(Mask(1) << lane);
      checkCompletion(warp, lane, *owner, offset, async);
      checkRangeRaces(warp, RowRange{to.lane[lane], access.bytes},
                      /*isWrite=*/true, async, /*isAsyncProxy=*/false,
                      detail.isReduction);
    }
    std::array<uint8_t, 16> bytes{};
    for (unsigned e = 0; e < detail.count; ++e) {
      Row row = operation.rows[2 + e];
      uint64_t value =
          detail.bytes == 8 ? warp.longs(row)[lane] : warp.words(row)[lane];
      std::memcpy(bytes.data() + e * detail.bytes, &value, detail.bytes);
    }
    Region *region = places.region[lane];
    uint8_t *place = places.lane[lane];
    uint64_t at = region->address + (place - region->bytes.data());
    if (!detail.isReduction)
      region->setWritten(at, access.bytes, false);
    own.getWorker().defer(
        [=, owner = owner, offset = offset, size = access.bytes]() {
          if (detail.isReduction) {
            uint64_t old = 0, operand = 0;
            std::memcpy(&old, place, detail.bytes);
            std::memcpy(&operand, bytes.data(), detail.bytes);
            uint64_t made = applyAtomic(detail.op, detail.type, old, operand,
                                        /*flushesSubnormals=*/false);
            std::memcpy(place, &made, detail.bytes);
          } else {
            std::memcpy(place, bytes.data(), size);
            region->setWritten(at, size, true);
          }
          completeTransaction(*owner, offset, size, &async);
        });
  }
  return Flow::Next;
}

static bool decodeAsyncStore(Decoder &decoder) {
  Operation &operation = decoder.operation();
  const ptx::Match &match = decoder.match();
  AsyncStoreDetail detail{};
  detail.type = match.getType("t");
  detail.bytes = ptx::getByteSize(detail.type);
  llvm::StringRef vec = match.get("vec");
  detail.count = vec.empty() ? 1 : vec[1] - '0';
  detail.isReduction = decoder.instruction().mnemonic == "red";
  if (detail.isReduction) {
    std::optional<AtomicOp> op = parseAtomicOp(match.get("op"));
    if (!op)
      return decoder.fail("reduction '" + match.get("op") +
                          "' is not supported");
    detail.op = *op;
  }
  if (detail.bytes * detail.count > 16)
    return decoder.fail("expected at most 16 bytes");
  Decoder::Address to, barrier;
  if (!decoder.addAddress(0, to) || !decoder.addAddress(2, barrier))
    return false;
  llvm::ArrayRef<Operand> elements = decoder.operand(1);
  if (decoder.operand(1).kind == Operand::Kind::Vector)
    elements = decoder.operand(1).elements;
  if (elements.size() != detail.count)
    return decoder.fail("expected " + llvm::Twine(unsigned(detail.count)) +
                        " registers, found " + llvm::Twine(elements.size()));
  for (const Operand &element : elements)
    if (!decoder.addSource(element, detail.type))
      return false;
  detail.toBits = to.baseBits;
  detail.barrierBits = barrier.baseBits;
  operation.offsets = {to.offset, barrier.offset, 0};
  operation.run = runAsyncStore;
  setDetail(operation, detail);
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getAsyncStoreDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::AsyncStore, decodeAsyncStore},
  };
  return decoders;
}
