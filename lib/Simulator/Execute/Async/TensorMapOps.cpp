//===- TensorMapOps.cpp - tensor maps made on the device ------------------===//
//
// PTX ISA 9.0, sections 9.7.9.28 (tensormap.replace), 9.7.13.16
// (tensormap.cp_fenceproxy) and 9.7.13.4 (fence.proxy.tensormap). The maps'
// bytes are ours: see TensorMap.h. Tensor copies read maps through a proxy of
// their own; what a CTA may take for granted of a map is what it had when the
// CTA last acquired it.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/Async/Bulk.h"
#include "lib/Simulator/Execute/Collective/Sync.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/TensorMap.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Class;
using ptx::Operand;
using ptx::Space;
using ptx::Type;

static constexpr uint64_t kAlignment = 64;

static Space parseSpace(llvm::StringRef name) {
  return name.empty()       ? Space::Generic
         : name == "global" ? Space::Global
                            : Space::Shared;
}

//===----------------------------------------------------------------------===//
// tensormap.replace
//===----------------------------------------------------------------------===//

namespace {
enum class Field : uint8_t {
  Address,
  Rank,
  BoxDim,
  GlobalDim,
  GlobalStride,
  ElementStride,
  Element,
  Interleave,
  Swizzle,
  SwizzleAtomicity,
  Fill,
};

/// rows: address, [value]; immediate: the address's offset; offsets[0]: the
/// value of fields that take a constant.
struct ReplaceDetail {
  Field field;
  Space space;
  uint8_t baseBits, ordinal, valueBits;
};
} // namespace

static void setField(TensorMap &map, const ReplaceDetail &detail,
                     uint64_t value) {
  unsigned i = detail.ordinal;
  switch (detail.field) {
  case Field::Address:
    map.address = value;
    break;
  case Field::Rank:
    map.rank = static_cast<unsigned>(value) + 1;
    break;
  case Field::BoxDim:
    map.box[i] = static_cast<uint32_t>(value);
    break;
  case Field::GlobalDim:
    map.dims[i] = value;
    break;
  case Field::GlobalStride:
    map.strides[i + 1] = value;
    break;
  case Field::ElementStride:
    map.elementStrides[i] = static_cast<uint32_t>(value);
    break;
  case Field::Element:
    map.element = TensorElement(value);
    break;
  case Field::Interleave:
    map.interleave = TensorInterleave(value);
    break;
  case Field::Swizzle:
    map.swizzle = TensorSwizzle(value);
    break;
  case Field::SwizzleAtomicity:
    break; // 16 bytes are the only one
  case Field::Fill:
    map.fill = TensorFill(value);
    break;
  }
}

/// Bytes that are all zero are a map that nothing has been put into.
static llvm::Expected<TensorMap> decodeOrEmpty(llvm::ArrayRef<uint8_t> bytes) {
  if (llvm::any_of(bytes, [](uint8_t byte) { return byte != 0; }))
    return decodeTensorMap(bytes);
  TensorMap map;
  map.elementStrides = {};
  return map;
}

static Flow runReplace(Warp &warp, const Operation &operation, Mask active) {
  auto detail = getDetail<ReplaceDetail>(operation);
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the tensor map depends on a value that nobody has written");
    active &= ~poisoned;
  }
  if (!active)
    return Flow::Next;
  Addresses addresses = getAddresses(
      warp, {operation.rows[0], detail.baseBits, operation.immediate},
      detail.space);
  // Weak, of all of the object.
  Access access;
  access.space = detail.space;
  access.bytes = kTensorMapBytes;
  access.alignment = kAlignment;
  access.isRead = access.isWrite = true;
  Places places = resolve(warp, active, addresses, access);
  Mask written = getWrittenLanes(warp, places, addresses, kTensorMapBytes);
  if (Mask unwritten = places.lanes & ~written)
    warp.find(FindingKind::Uninitialized, unwritten,
              "changes a tensor map that nobody has written");
  for (Mask rest = written; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    Mask self = Mask(1) << lane;
    uint64_t address = addresses.lane[lane];
    if (isLocalAddress(address) || isParameterAddress(address)) {
      warp.find(FindingKind::OutOfBounds, self,
                "a tensor map is in global or shared memory", detail.space,
                address);
      continue;
    }
    uint64_t value = operation.offsets[0];
    if (operation.rows.size() > 1)
      value = detail.valueBits == 64 ? warp.longs(operation.rows[1])[lane]
                                     : warp.words(operation.rows[1])[lane];
    llvm::MutableArrayRef<uint8_t> bytes(places.lane[lane], kTensorMapBytes);
    llvm::Expected<TensorMap> map = decodeOrEmpty(bytes);
    if (!map) {
      warp.find(FindingKind::AsyncUse, self, llvm::toString(map.takeError()),
                detail.space, address);
      continue;
    }
    if (detail.field == Field::Rank && value >= kMostTensorRank) {
      warp.find(FindingKind::AsyncUse, self,
                "the rank less one is 0 to 4, found " + llvm::Twine(value),
                detail.space, address);
      continue;
    }
    setField(*map, detail, value);
    llvm::copy(encodeTensorMap(*map), bytes.begin());
    if (!isSharedAddress(address))
      warp.getCta().getGrid().changedTensorMaps.insert(address);
    warp.getCta().getWorker().noteProgress();
  }
  return Flow::Next;
}

/// The numbers of table 33 that stand for something that is simulated.
static bool checkConstant(Decoder &decoder, llvm::StringRef field,
                          uint64_t value) {
  uint64_t known = llvm::StringSwitch<uint64_t>(field)
                       .Case("elemtype", 12)
                       .Case("interleave_layout", 2)
                       .Case("swizzle_mode", 3)
                       .Case("swizzle_atomicity", 0)
                       .Default(1);
  uint64_t defined = llvm::StringSwitch<uint64_t>(field)
                         .Case("elemtype", 15)
                         .Case("interleave_layout", 2)
                         .Case("swizzle_mode", 4)
                         .Case("swizzle_atomicity", 3)
                         .Default(1);
  if (value <= known)
    return true;
  return decoder.fail("'." + field + "' is 0 to " + llvm::Twine(defined) +
                      ", found " + llvm::Twine(value) +
                      (value <= defined ? ": it is not simulated" : ""));
}

static bool decodeReplace(Decoder &decoder) {
  Operation &operation = decoder.operation();
  const ptx::Match &match = decoder.match();
  llvm::StringRef field = match.get("field");
  ReplaceDetail detail{};
  detail.field = llvm::StringSwitch<Field>(field)
                     .Case("global_address", Field::Address)
                     .Case("rank", Field::Rank)
                     .Case("box_dim", Field::BoxDim)
                     .Case("global_dim", Field::GlobalDim)
                     .Case("global_stride", Field::GlobalStride)
                     .Case("element_stride", Field::ElementStride)
                     .Case("elemtype", Field::Element)
                     .Case("interleave_layout", Field::Interleave)
                     .Case("swizzle_mode", Field::Swizzle)
                     .Case("swizzle_atomicity", Field::SwizzleAtomicity)
                     .Default(Field::Fill);
  detail.space = parseSpace(match.get("space"));
  Type type = match.getType("t");
  detail.valueBits = ptx::getBitWidth(type);
  Decoder::Address address;
  if (!decoder.addAddress(0, address))
    return false;
  size_t value = decoder.numOperands() - 1;
  if (value == 2) {
    const Operand &ordinal = decoder.operand(1);
    uint64_t most = kMostTensorRank - (detail.field == Field::GlobalStride);
    if (ordinal.kind != Operand::Kind::Immediate || ordinal.bits >= most)
      return decoder.fail("expected 0 to " + llvm::Twine(most - 1) +
                          " as the ordinal of '." + field + "'");
    detail.ordinal = ordinal.bits;
  }
  if (detail.field < Field::Element) {
    if (!decoder.addSource(value, type))
      return false;
  } else if (decoder.operand(value).kind != Operand::Kind::Immediate) {
    return decoder.fail("expected a constant for '." + field + "'");
  } else {
    operation.offsets[0] = static_cast<int64_t>(decoder.operand(value).bits);
    if (!checkConstant(decoder, field, decoder.operand(value).bits))
      return false;
  }
  detail.baseBits = address.baseBits;
  operation.immediate = address.offset;
  operation.run = runReplace;
  setDetail(operation, detail);
  return true;
}

//===----------------------------------------------------------------------===//
// Fences
//===----------------------------------------------------------------------===//

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
  if ((map | from.lane[first]) % kAlignment) {
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

llvm::ArrayRef<ptx::Form> sim::getTensorMapForms() {
#define SPACE "[space=global|shared::cta] .b1024 "
  static const ptx::Form forms[] = {
      {"tensormap", ".replace .tile field=global_address " SPACE "t=b64",
       "[a], value", Class::Memory, decodeReplace},
      {"tensormap", ".replace .tile field=rank " SPACE "t=b32", "[a], value",
       Class::Memory, decodeReplace},
      {"tensormap",
       ".replace .tile field=box_dim|global_dim|element_stride " SPACE "t=b32",
       "[a], ordinal, value", Class::Memory, decodeReplace},
      {"tensormap", ".replace .tile field=global_stride " SPACE "t=b64",
       "[a], ordinal, value", Class::Memory, decodeReplace},
      {"tensormap",
       ".replace .tile field=elemtype|interleave_layout|swizzle_mode|"
       "swizzle_atomicity|fill_mode " SPACE "t=b32",
       "[a], value", Class::Memory, decodeReplace},
      {"tensormap",
       ".cp_fenceproxy .global .shared::cta .tensormap::generic .release "
       "scope=cta|cluster|gpu|sys .sync .aligned",
       "[to], [from], size", Class::Memory, decodeCopy},
      {"fence", ".proxy .tensormap::generic .release scope=cta|cluster|gpu|sys",
       "", Class::Barrier, decodeFence},
      {"fence", ".proxy .tensormap::generic .acquire scope=cta|cluster|gpu|sys",
       "[a], size", Class::Barrier, decodeFence},
  };
#undef SPACE
  return forms;
}
