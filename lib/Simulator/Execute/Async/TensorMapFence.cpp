//===- TensorMapFence.cpp - fences of tensor maps -------------------------===//
//
// PTX ISA 9.0, sections 9.7.13.4 (fence.proxy.tensormap) and 9.7.13.16
// (tensormap.cp_fenceproxy). Tensor copies read maps through a proxy of their
// own; what a CTA may take for granted of a map is what it was when the CTA
// last acquired it.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/Async/Bulk.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/TensorMap.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Space;

static SyncScope parseScope(llvm::StringRef name) {
  return llvm::StringSwitch<SyncScope>(name)
      .Case("cta", SyncScope::Cta)
      .Case("cluster", SyncScope::Cluster)
      .Case("gpu", SyncScope::Gpu)
      .Default(SyncScope::Sys);
}

static bool checkSize(Decoder &decoder, size_t i) {
  const Operand &size = decoder.operand(i);
  return (size.kind == Operand::Kind::Immediate &&
          size.bits == kTensorMapBytes) ||
         decoder.fail("a tensor map has 128 bytes: expected 128 as the size");
}

/// detail[0]: the scope; detail[1]: bits of the address, if it acquires one.
static Flow runFence(Warp &warp, const Operation &operation, Mask active) {
  Cta &cta = warp.getCta();
  Grid &grid = cta.getGrid();
  if (grid.getOptions().check)
    warp.clocks.fence(active, static_cast<SyncScope>(operation.detail[0]));
  if (!operation.detail[1])
    return Flow::Next;
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the address depends on a value that nobody has written");
    active &= ~poisoned;
  }
  Addresses addresses = getAddresses(
      warp, {operation.rows[0], operation.detail[1], operation.immediate},
      Space::Generic);
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    uint64_t address = addresses.lane[lane];
    Region *region = grid.getArena().find(address, kTensorMapBytes);
    if (!region) {
      warp.find(FindingKind::OutOfBounds, Mask(1) << lane,
                "there is no tensor map at the address", Space::Generic,
                address);
      continue;
    }
    cta.getWorker().want(address, kTensorMapBytes);
    cta.getWorker().hold();
    cta.tensorMaps.acquire(address, region->at(address));
  }
  return Flow::Next;
}

static bool decodeFence(Decoder &decoder) {
  Operation &operation = decoder.operation();
  operation.run = runFence;
  operation.detail[0] =
      static_cast<uint32_t>(parseScope(decoder.match().get("scope")));
  if (!decoder.match().has("acquire"))
    return true;
  Decoder::Address address;
  if (!decoder.addAddress(0, address))
    return false;
  operation.detail[1] = address.baseBits;
  operation.immediate = address.offset;
  return checkSize(decoder, 1);
}

namespace {
struct CopyDetail {
  SyncScope scope;
  uint8_t toBits, fromBits;
};
} // namespace

/// Each lane copies four bytes.
static Flow runCopy(Warp &warp, const Operation &operation, Mask active) {
  if (!requireAllLanes(warp, active))
    return Flow::Next;
  auto detail = getDetail<CopyDetail>(operation);
  Grid &grid = warp.getCta().getGrid();
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the copy depends on a value that nobody has written");
    return Flow::Next;
  }
  Addresses to = getAddresses(
                warp, {operation.rows[0], detail.toBits, operation.offsets[0]},
                Space::Global),
            from = getAddresses(
                warp,
                {operation.rows[1], detail.fromBits, operation.offsets[1]},
                Space::Shared);
  unsigned first = llvm::countr_zero(active);
  uint64_t map = to.lane[first];
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    if (to.lane[lane] != map || from.lane[lane] != from.lane[first]) {
      warp.find(FindingKind::DivergentBarrier, active,
                "lanes of one warp name different addresses");
      return Flow::Next;
    }
  }
  if ((map | from.lane[first]) % kTensorMapAlignment) {
    warp.find(FindingKind::Misaligned, active,
              "a tensor map is aligned to 64 bytes", Space::Global, map);
    return Flow::Next;
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    to.lane[lane] = map + uint64_t(4) * lane;
    from.lane[lane] = from.lane[first] + uint64_t(4) * (lane - first);
  }
  if (grid.getOptions().check)
    warp.clocks.warpSync(active);
  Access read, write;
  read.space = Space::Shared;
  read.isRead = true;
  write.space = Space::Global;
  write.isWrite = true;
  Places source = resolve(warp, active, from, read);
  Places target = resolve(warp, source.lanes, to, write);
  Mask written = getWrittenLanes(warp, source, from, 4);
  if (Mask unwritten = target.lanes & ~written)
    warp.find(FindingKind::Uninitialized, unwritten,
              "copies a tensor map that nobody has written", Space::Shared);
  for (Mask rest = target.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    std::memcpy(target.lane[lane], source.lane[lane], 4);
  }
  setWritten(warp, target, to, 4, written);
  grid.changedTensorMaps.insert(map);
  warp.getCta().getWorker().noteProgress();
  if (grid.getOptions().check) {
    warp.clocks.warpSync(active);
    warp.clocks.fence(active, detail.scope);
  }
  return Flow::Next;
}

static bool decodeCopy(Decoder &decoder) {
  Operation &operation = decoder.operation();
  CopyDetail detail{};
  detail.scope = parseScope(decoder.match().get("scope"));
  Decoder::Address to, from;
  if (!decoder.addAddress(0, to) || !decoder.addAddress(1, from) ||
      !checkSize(decoder, 2))
    return false;
  detail.toBits = to.baseBits;
  detail.fromBits = from.baseBits;
  operation.offsets = {to.offset, from.offset, 0};
  operation.run = runCopy;
  setDetail(operation, detail);
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getTensorMapFenceDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::TensorMapCopyFence, decodeCopy},
      {Semantics::TensorMapFence, decodeFence},
  };
  return decoders;
}
