//===- Memory.cpp - ld, st (PTX ISA 9.0, section 9.7.9) -------------------===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

namespace {
/// What a load or store knows beside its rows.
struct Transfer {
  uint8_t bytes, count;
  Space space;
  Ordering::Semantics semantics;
  Ordering::Scope scope;
  uint8_t baseBits;
  bool isSigned;
  /// Elements whose register has 64 or 128 bits.
  uint8_t wide, widest;
  /// Only some of the bytes are used: the instruction says which.
  bool hasUnusedBytes;
  /// ld.global.nc, ldu.
  bool isReadOnly;
};
} // namespace

static Space parseSpace(llvm::StringRef name) {
  return llvm::StringSwitch<Space>(name)
      .Case("global", Space::Global)
      .Cases({"shared", "shared::cta", "shared::cluster"}, Space::Shared)
      .Case("local", Space::Local)
      .Case("const", Space::Const)
      .Cases({"param", "param::entry", "param::func"}, Space::Param)
      .Default(Space::Generic);
}

/// Absent semantics are weak; volatile is relaxed with the widest scope.
static Ordering parseOrdering(const ptx::Match &match) {
  Ordering ordering;
  ordering.semantics =
      llvm::StringSwitch<Ordering::Semantics>(match.get("sem"))
          .Cases({"relaxed", "volatile"}, Ordering::Semantics::Relaxed)
          .Case("acquire", Ordering::Semantics::Acquire)
          .Case("release", Ordering::Semantics::Release)
          .Default(Ordering::Semantics::Weak);
  ordering.scope = llvm::StringSwitch<Ordering::Scope>(match.get("scope"))
                       .Case("cta", Ordering::Scope::Cta)
                       .Case("cluster", Ordering::Scope::Cluster)
                       .Case("gpu", Ordering::Scope::Gpu)
                       .Default(Ordering::Scope::Sys);
  return ordering;
}

static Access getAccess(const Transfer &transfer, bool isWrite) {
  Access access;
  access.space = transfer.space;
  access.bytes = transfer.bytes * transfer.count;
  access.alignment = access.bytes;
  access.isRead = !isWrite;
  access.isWrite = isWrite;
  access.isReadOnly = transfer.isReadOnly;
  access.ordering = {transfer.semantics, transfer.scope};
  access.elementBytes = transfer.bytes;
  return access;
}

static Addresses getAddresses(Warp &warp, const Operation &operation,
                              const Transfer &transfer, Row base) {
  return getAddresses(warp, {base, transfer.baseBits, operation.immediate},
                      transfer.space);
}

/// Addresses that nobody has defined lead nowhere.
static Mask withoutPoisonedAddress(Warp &warp, Mask active, Row base) {
  Mask poisoned = warp.poison(base) & active;
  if (poisoned)
    warp.find(FindingKind::Uninitialized, poisoned,
              "the address depends on a value that nobody has written");
  return active & ~poisoned;
}

/// One element of each of `lanes`, widened as its type says.
template <typename Element, typename Register>
static void loadLanes(const Places &places, Mask lanes, unsigned offset,
                      Register *to) {
  auto load = [&](unsigned lane) {
    Element value;
    std::memcpy(&value, places.lane[lane] + offset, sizeof(value));
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): signed types are extended
    return static_cast<Register>(value);
  };
  if (places.isOne && lanes == kAllLanes) {
    std::fill_n(to, kLanes, load(0));
    return;
  }
  for (; lanes; lanes &= lanes - 1) {
    unsigned lane = llvm::countr_zero(lanes);
    to[lane] = load(lane);
  }
}

template <typename Register>
static void loadLanes(const Transfer &transfer, const Places &places,
                      unsigned offset, Register *to) {
  bool isRow = places.rowBytes == sizeof(Register);
  if (transfer.bytes == sizeof(Register) && isRow) {
    std::memcpy(to, places.lane[0] + offset, kLanes * sizeof(Register));
    return;
  }
  bool isSigned = transfer.isSigned;
  switch (transfer.bytes) {
  case 1:
    return isSigned ? loadLanes<int8_t>(places, places.lanes, offset, to)
                    : loadLanes<uint8_t>(places, places.lanes, offset, to);
  case 2:
    return isSigned ? loadLanes<int16_t>(places, places.lanes, offset, to)
                    : loadLanes<uint16_t>(places, places.lanes, offset, to);
  case 4:
    return isSigned ? loadLanes<int32_t>(places, places.lanes, offset, to)
                    : loadLanes<uint32_t>(places, places.lanes, offset, to);
  default:
    return loadLanes<uint64_t>(places, places.lanes, offset, to);
  }
}

/// Into 128 bits.
static void loadWidest(const Transfer &transfer, const Places &places,
                       Mask active, unsigned offset, uint64_t *to) {
  for (; active; active &= active - 1) {
    unsigned lane = llvm::countr_zero(active);
    uint64_t value[2] = {0, 0};
    if (places.lanes >> lane & 1)
      std::memcpy(value, places.lane[lane] + offset, transfer.bytes);
    if (transfer.isSigned && transfer.bytes < 8) {
      unsigned shift = 64 - 8 * transfer.bytes;
      value[0] = static_cast<int64_t>(value[0] << shift) >> shift;
    }
    to[lane] = value[0];
    to[kLanes + lane] = value[1];
  }
}

/// True if any byte has changed.
template <typename Element, typename Register>
static bool storeLanes(const Places &places, unsigned offset,
                       const Register *from) {
  Element changed = 0;
  for (Mask lanes = places.lanes; lanes; lanes &= lanes - 1) {
    unsigned lane = llvm::countr_zero(lanes);
    auto value = static_cast<Element>(from[lane]);
    Element old;
    std::memcpy(&old, places.lane[lane] + offset, sizeof(value));
    std::memcpy(places.lane[lane] + offset, &value, sizeof(value));
    changed |= old ^ value;
  }
  return changed != 0;
}

template <typename Register>
static bool storeLanes(const Transfer &transfer, const Places &places,
                       unsigned offset, const Register *from) {
  constexpr size_t kRowBytes = kLanes * sizeof(Register);
  if (transfer.bytes == sizeof(Register) &&
      places.rowBytes == sizeof(Register)) {
    bool hasChanged = std::memcmp(places.lane[0], from, kRowBytes) != 0;
    std::memcpy(places.lane[0], from, kRowBytes);
    return hasChanged;
  }
  switch (transfer.bytes) {
  case 1:
    return storeLanes<uint8_t>(places, offset, from);
  case 2:
    return storeLanes<uint16_t>(places, offset, from);
  case 4:
    return storeLanes<uint32_t>(places, offset, from);
  default:
    return storeLanes<uint64_t>(places, offset, from);
  }
}

/// So many bytes behind.
static std::pair<Places, Addresses> advance(Places places, Addresses addresses,
                                            unsigned bytes) {
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (places.lanes >> lane & 1)
      places.lane[lane] += bytes;
    addresses.lane[lane] += bytes;
  }
  return {places, addresses};
}

/// Bytes of half the register of element e.
static unsigned getHalfBytes(const Transfer &transfer, unsigned e) {
  if (transfer.widest >> e & 1)
    return 8;
  return transfer.wide >> e & 1 ? 4 : 2;
}

/// What nobody has written of element e, which lies at `places`.
static void setLoadedPoison(Warp &warp, Row row, const Transfer &transfer,
                            unsigned e, const Places &places,
                            const Addresses &addresses, Mask active) {
  auto getMissing = [&](unsigned first, unsigned bytes) {
    auto [part, at] = advance(places, addresses, first);
    return active & ~getWrittenLanes(warp, part, at, bytes);
  };
  Mask kept = warp.poison(row) & ~active;
  Mask missing = getMissing(0, transfer.bytes);
  warp.poison(row) = kept | missing;
  unsigned half = getHalfBytes(transfer, e);
  if (missing && transfer.bytes == 2 * half)
    warp.frame().setHalves(
        row, {kept | getMissing(0, half), kept | getMissing(half, half)});
}

/// Bytes that are loaded and not used may be anything, and what is made of them
/// is poison (PTX ISA 9.0, 11.3.3, .pragma "used_bytes_mask").
static void setUsedPoison(Warp &warp, const Operation &operation,
                          const Transfer &transfer, const Places &places,
                          const Addresses &addresses, Mask active) {
  uint64_t used = operation.source->usedBytes;
  for (unsigned e = 0; e < transfer.count; ++e) {
    bool isUsed = false;
    Mask written = places.lanes;
    for (unsigned i = e * transfer.bytes; i < (e + 1u) * transfer.bytes; ++i) {
      if (!(used >> i & 1) || !places.lanes)
        continue;
      isUsed = true;
      auto [byte, at] = advance(places, addresses, i);
      written &= getWrittenLanes(warp, byte, at, 1);
    }
    Mask &poison = warp.poison(operation.rows[e]);
    poison = (poison & ~active) | (active & ~(isUsed ? written : 0));
  }
}

static Flow runLoad(Warp &warp, const Operation &operation, Mask active) {
  auto transfer = getDetail<Transfer>(operation);
  Row base = operation.rows[transfer.count];
  Mask defined = withoutPoisonedAddress(warp, active, base);
  Addresses addresses = getAddresses(warp, operation, transfer, base);
  Places places = resolve(warp, defined, addresses, getAccess(transfer, false));
  Mask written =
      getWrittenLanes(warp, places, addresses, transfer.bytes * transfer.count);
  // Elements one by one where only some are written.
  bool isWhole = written == places.lanes;
  for (unsigned e = 0; e < transfer.count && !isWhole; ++e) {
    auto [part, at] = advance(places, addresses, e * transfer.bytes);
    setLoadedPoison(warp, operation.rows[e], transfer, e, part, at, active);
  }
  for (unsigned e = 0; e < transfer.count; ++e) {
    Row row = operation.rows[e];
    if (isWhole)
      warp.poison(row) = (warp.poison(row) & ~active) | (active & ~written);
    unsigned offset = e * transfer.bytes;
    Mask missing = active & ~places.lanes;
    if (transfer.widest >> e & 1) {
      loadWidest(transfer, places, active, offset, warp.longs(row));
    } else if (transfer.wide >> e & 1) {
      loadLanes(transfer, places, offset, warp.longs(row));
      for (; missing; missing &= missing - 1)
        warp.longs(row)[llvm::countr_zero(missing)] = 0;
    } else {
      loadLanes(transfer, places, offset, warp.words(row));
      for (; missing; missing &= missing - 1)
        warp.words(row)[llvm::countr_zero(missing)] = 0;
    }
  }
  if (transfer.hasUnusedBytes)
    setUsedPoison(warp, operation, transfer, places, addresses, active);
  return Flow::Next;
}

/// From 128 bits.
static bool storeWidest(const Transfer &transfer, const Places &places,
                        unsigned offset, const uint64_t *from) {
  bool hasChanged = false;
  for (Mask lanes = places.lanes; lanes; lanes &= lanes - 1) {
    unsigned lane = llvm::countr_zero(lanes);
    uint64_t value[2] = {from[lane], from[kLanes + lane]};
    uint8_t *to = places.lane[lane] + offset;
    hasChanged |= std::memcmp(to, value, transfer.bytes) != 0;
    std::memcpy(to, value, transfer.bytes);
  }
  return hasChanged;
}

/// Element e has been stored at `places`. The lanes of which nobody has written
/// all that is stored.
static Mask setStored(Warp &warp, Row row, const Transfer &transfer, unsigned e,
                      const Places &places, const Addresses &addresses) {
  HalfPoison halves = warp.frame().getHalves(row);
  Mask poisoned = (halves.low | halves.high) & places.lanes;
  // Of a wider register only the lowest bytes are stored.
  unsigned half = getHalfBytes(transfer, e);
  if (transfer.bytes <= half)
    poisoned = halves.low & places.lanes;
  setWritten(warp, places, addresses, transfer.bytes, ~poisoned);
  if (halves.low != halves.high && transfer.bytes == 2 * half) {
    auto [upper, at] = advance(places, addresses, half);
    setWritten(warp, places, addresses, half, ~halves.low);
    setWritten(warp, upper, at, half, ~halves.high);
  }
  return poisoned;
}

static Flow runStore(Warp &warp, const Operation &operation, Mask active) {
  auto transfer = getDetail<Transfer>(operation);
  Row base = operation.rows[0];
  active = withoutPoisonedAddress(warp, active, base);
  if (!active)
    return Flow::Next;
  Addresses addresses = getAddresses(warp, operation, transfer, base);
  Access access = getAccess(transfer, true);
  llvm::SmallVector<const void *, 8> pieces;
  for (unsigned e = 0; e < transfer.count; ++e)
    pieces.push_back(warp.words(operation.rows[1 + e]));
  // Registers of one width, whose values lie as memory has them.
  bool isWide = transfer.wide == (1u << transfer.count) - 1;
  if (!transfer.widest && (isWide || !transfer.wide)) {
    access.pieces = pieces;
    access.pieceBytes = transfer.bytes;
    access.pieceStride = isWide ? 8 : 4;
  }
  Places places = resolve(warp, active, addresses, access);
  bool hasChanged = false;
  Mask anyPoisoned = 0;
  for (unsigned e = 0; e < transfer.count; ++e) {
    Row row = operation.rows[1 + e];
    unsigned offset = e * transfer.bytes;
    anyPoisoned |= warp.poison(row) & places.lanes;
    if (transfer.widest >> e & 1)
      hasChanged |= storeWidest(transfer, places, offset, warp.longs(row));
    else if (transfer.wide >> e & 1)
      hasChanged |= storeLanes(transfer, places, offset, warp.longs(row));
    else
      hasChanged |= storeLanes(transfer, places, offset, warp.words(row));
  }
  if (!anyPoisoned)
    setWritten(warp, places, addresses, access.bytes, kAllLanes);
  for (unsigned e = 0; e < transfer.count && anyPoisoned; ++e) {
    auto [part, at] = advance(places, addresses, e * transfer.bytes);
    Mask poisoned =
        setStored(warp, operation.rows[1 + e], transfer, e, part, at);
    uint64_t first = at.lane[llvm::countr_zero(active)];
    if (poisoned && !isSharedAddress(first) && first >= kArenaBase)
      warp.find(FindingKind::Uninitialized, poisoned,
                "stores a value that nobody has written", Space::Global,
                at.lane[llvm::countr_zero(poisoned)]);
  }
  // Lanes' own memory is nobody else's business.
  uint64_t any = addresses.lane[llvm::countr_zero(active)];
  if (hasChanged && !isLocalAddress(any) && !isParameterAddress(any))
    warp.getCta().getWorker().noteProgress();
  return Flow::Next;
}

/// The registers of a vector or the one of a scalar.
static llvm::ArrayRef<Operand> getElements(const Operand &operand) {
  if (operand.kind == Operand::Kind::Vector)
    return operand.elements;
  return operand;
}

static bool decodeTransfer(Decoder &decoder, bool isStore) {
  const ptx::Match &match = decoder.match();
  Operation &operation = decoder.operation();
  Type type = match.getType("t");
  llvm::StringRef vec = match.get("vec");
  Transfer transfer{};
  transfer.bytes = ptx::getByteSize(type);
  transfer.count = vec.empty() ? 1 : vec[1] - '0';
  transfer.space = parseSpace(match.get("space"));
  Ordering ordering = parseOrdering(match);
  transfer.semantics = ordering.semantics;
  transfer.scope = ordering.scope;
  transfer.isSigned = ptx::getKind(type) == ptx::TypeKind::Signed;
  const Operand &values = decoder.operand(isStore ? 1 : 0);
  llvm::ArrayRef<Operand> elements = getElements(values);
  if (elements.size() != transfer.count)
    return decoder.fail("expected " + llvm::Twine(transfer.count) +
                        " registers, found " + llvm::Twine(elements.size()));
  if (transfer.bytes * transfer.count > 32)
    return decoder.fail("expected at most 32 bytes");
  auto noteWidths = [&] {
    for (auto [e, element] : llvm::enumerate(elements)) {
      unsigned bits =
          std::max(decoder.getRegisterBits(element), ptx::getBitWidth(type));
      transfer.wide |= (bits == 64) << e;
      transfer.widest |= (bits == 128) << e;
    }
  };
  Decoder::Address address;
  if (isStore && !decoder.addAddress(0, address))
    return false;
  for (const Operand &element : elements)
    if (!(isStore ? decoder.addSource(element, type, /*mayBeWider=*/true)
                  : decoder.addDestination(element, type, true)))
      return false;
  if (!isStore && !decoder.addAddress(1, address))
    return false;
  noteWidths();
  transfer.hasUnusedBytes = !isStore && decoder.instruction().usedBytes != 0;
  transfer.isReadOnly =
      match.has("nc") || decoder.instruction().mnemonic == "ldu";
  transfer.baseBits = address.baseBits;
  operation.immediate = address.offset;
  operation.run = isStore ? runStore : runLoad;
  setDetail(operation, transfer);
  return true;
}

static bool decodeLoad(Decoder &decoder) {
  return decodeTransfer(decoder, false);
}
static bool decodeStore(Decoder &decoder) {
  return decodeTransfer(decoder, true);
}

static Flow runNothing(Warp &, const Operation &, Mask) { return Flow::Next; }

static bool decodeHint(Decoder &decoder) {
  decoder.operation().run = runNothing;
  return true;
}

/// The policy is a number that only hints take.
static bool decodePolicy(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &operation,
                               Mask active) {
    warp.poison(operation.rows[0]) &= ~active;
    for (unsigned lane = 0; lane < kLanes; ++lane)
      if (active >> lane & 1)
        warp.longs(operation.rows[0])[lane] = 0;
    return Flow::Next;
  };
  return decoder.addDestination(0, Type::B64);
}

llvm::ArrayRef<InstructionDecoder> sim::getMemoryDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Load, decodeLoad},
      {Semantics::Store, decodeStore},
      {Semantics::CacheHint, decodeHint},
      {Semantics::CreatePolicy, decodePolicy},
  };
  return decoders;
}
