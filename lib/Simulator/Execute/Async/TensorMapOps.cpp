//===- TensorMapOps.cpp - tensormap.replace -------------------------------===//
//
// PTX ISA 9.0, section 9.7.9.28. The maps' bytes are ours: see TensorMap.h.
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
using ptx::Type;

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
  access.alignment = kTensorMapAlignment;
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

llvm::ArrayRef<InstructionDecoder> sim::getTensorMapDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::TensorMapReplace, decodeReplace},
  };
  return decoders;
}
