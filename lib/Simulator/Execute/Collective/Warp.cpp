//===- Warp.cpp - shuffles, votes, match, redux ---------------------------===//
//
// PTX ISA 9.0, sections 9.7.9.5 and 9.7.9.6 (shfl), 9.7.13.2 (bar.warp.sync),
// 9.7.13.8 to 9.7.13.12 (vote, match, activemask, redux) and 9.7.13.14 (elect).
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Collective/Collective.h"
#include "lib/Simulator/Execute/Collective/Sync.h"
#include "lib/Simulator/Machine/Decoder.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Type;

/// Row of source i.
static Row getSource(const Operation &operation, unsigned i) {
  return operation.rows[operation.destinations + i];
}

static void writeWords(Warp &warp, Row row, const uint32_t *values, Mask lanes,
                       Mask poison) {
  uint32_t *to = warp.words(row);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    if (contains(lanes, lane))
      to[lane] = values[lane];
  assign(warp.poison(row), poison, lanes);
}

/// The same for all lanes.
static void writeWord(Warp &warp, Row row, uint32_t value, Mask lanes,
                      bool isPoison) {
  uint32_t values[kLanes];
  std::fill_n(values, kLanes, value);
  writeWords(warp, row, values, lanes, isPoison ? lanes : 0);
}

static void writePredicate(Warp &warp, Row row, Mask values, Mask lanes,
                           Mask poison) {
  assign(warp.predicate(row), values, lanes);
  assign(warp.poison(row), poison, lanes);
}

//===----------------------------------------------------------------------===//
// shfl (PTX ISA 9.0, 9.7.9.5 and 9.7.9.6)
//===----------------------------------------------------------------------===//

enum class Shuffle : uint8_t { Up, Down, Butterfly, Index };

/// Where lanes read from is decided by these operands; afterwards they count as
/// defined, so that nothing is said twice.
static void requireControl(Warp &warp, Row row, Mask lanes) {
  Mask poisoned = warp.poison(row) & lanes;
  if (!poisoned)
    return;
  warp.find(FindingKind::Uninitialized, poisoned,
            "the source lane depends on a value that nobody has written");
  warp.poison(row) &= ~poisoned;
}

/// The rows of a segment, clamp and offset to source lanes; the lanes whose
/// source is in range.
template <Shuffle mode>
static Mask findSources(const uint32_t *offsets, const uint32_t *controls,
                        int32_t (&sources)[kLanes]) {
  uint32_t inRange[kLanes];
  for (int32_t lane = 0; lane < int32_t(kLanes); ++lane) {
    int32_t offset = offsets[lane] & 31, clamp = controls[lane] & 31,
            segment = controls[lane] >> 8 & 31;
    int32_t least = lane & segment, most = least | (clamp & ~segment);
    int32_t source = mode == Shuffle::Up     ? lane - offset
                     : mode == Shuffle::Down ? lane + offset
                     : mode == Shuffle::Butterfly
                         ? (lane ^ offset)
                         : (least | (offset & ~segment));
    // .up clamps from below, with the same formula.
    bool isIn = mode == Shuffle::Up ? source >= most : source <= most;
    sources[lane] = isIn ? source : lane;
    inRange[lane] = isIn;
  }
  Mask result = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane)
    result |= inRange[lane] << lane;
  return result;
}

template <Shuffle mode>
static void shuffle(Warp &warp, const Operation &operation, Mask members) {
  Row value = getSource(operation, 0), offset = getSource(operation, 1),
      control = getSource(operation, 2);
  requireControl(warp, offset, members);
  requireControl(warp, control, members);
  int32_t sources[kLanes];
  Mask inRange =
      findSources<mode>(warp.words(offset), warp.words(control), sources);
  // Nobody knows what a lane holds that is not here.
  Mask undefined = warp.poison(value) | ~members, poison = 0;
  const uint32_t *from = warp.words(value);
  uint32_t values[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    values[lane] = from[sources[lane]];
    poison |= (undefined >> sources[lane] & 1) << lane;
  }
  writeWords(warp, operation.rows[0], values, members, poison);
  if (operation.destinations > 1)
    writePredicate(warp, operation.rows[1], inRange, members, 0);
}

/// Operand i as d or as d|p.
static bool addPair(Decoder &decoder, size_t i) {
  const Operand &operand = decoder.operand(i);
  if (operand.kind != Operand::Kind::Vector || !operand.isPair ||
      operand.elements.size() != 2)
    return decoder.addDestination(operand, Type::B32);
  return decoder.addDestination(operand.elements[0], Type::B32) &&
         decoder.addDestination(operand.elements[1], Type::Pred);
}

template <GroupBody body>
static void setHandler(Operation &operation, bool isSync) {
  operation.run = isSync ? runSync<body> : runAlone<body>;
}

template <bool isSync> static bool decodeShuffle(Decoder &decoder) {
  llvm::StringRef mode = decoder.match().get("mode");
  Operation &operation = decoder.operation();
  if (mode == "up")
    setHandler<shuffle<Shuffle::Up>>(operation, isSync);
  else if (mode == "down")
    setHandler<shuffle<Shuffle::Down>>(operation, isSync);
  else if (mode == "bfly")
    setHandler<shuffle<Shuffle::Butterfly>>(operation, isSync);
  else
    setHandler<shuffle<Shuffle::Index>>(operation, isSync);
  if (!addPair(decoder, 0))
    return false;
  for (size_t i = 1; i < decoder.numOperands(); ++i)
    if (!decoder.addSource(i, Type::B32))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// vote, activemask (PTX ISA 9.0, 9.7.13.8, 9.7.13.9 and 9.7.13.11)
//===----------------------------------------------------------------------===//

enum class Vote : uint8_t { All, Any, Uniform, Ballot };

template <Vote mode>
static void vote(Warp &warp, const Operation &operation, Mask members) {
  Row source = getSource(operation, 0);
  Mask holds = warp.predicate(source);
  holds = (operation.detail[3] & NegatedSource ? ~holds : holds) & members;
  // Who asks everybody asks those, too, who do not know.
  bool isPoison = warp.poison(source) & members;
  Row to = operation.rows[0];
  if (mode == Vote::Ballot) {
    writeWord(warp, to, holds, members, isPoison);
    return;
  }
  bool result = mode == Vote::All   ? holds == members
                : mode == Vote::Any ? holds != 0
                                    : holds == 0 || holds == members;
  writePredicate(warp, to, result ? kAllLanes : 0, members,
                 isPoison ? members : 0);
}

template <bool isSync> static bool decodeVote(Decoder &decoder) {
  llvm::StringRef mode = decoder.match().get("mode");
  Operation &operation = decoder.operation();
  if (mode == "all")
    setHandler<vote<Vote::All>>(operation, isSync);
  else if (mode == "any")
    setHandler<vote<Vote::Any>>(operation, isSync);
  else if (mode == "uni")
    setHandler<vote<Vote::Uniform>>(operation, isSync);
  else
    setHandler<vote<Vote::Ballot>>(operation, isSync);
  operation.detail[3] = PredicateSource |
                        (decoder.operand(1).isNegated ? NegatedSource : 0) |
                        (mode == "ballot" ? 0 : PredicateResult);
  return decoder.addDestination(0, mode == "ballot" ? Type::B32 : Type::Pred) &&
         decoder.addSource(1, Type::Pred) &&
         (!isSync || decoder.addSource(2, Type::B32));
}

static void writeActive(Warp &warp, const Operation &operation, Mask members) {
  writeWord(warp, operation.rows[0], members, members, false);
}

static bool decodeActiveMask(Decoder &decoder) {
  decoder.operation().run = runAlone<writeActive>;
  return decoder.addDestination(0, Type::B32);
}

//===----------------------------------------------------------------------===//
// match (PTX ISA 9.0, 9.7.13.10)
//===----------------------------------------------------------------------===//

template <bool isAll>
static void matchValues(Warp &warp, const Operation &operation, Mask members) {
  Row source = getSource(operation, 0);
  uint64_t values[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane)
    values[lane] = operation.detail[3] & LongSource ? warp.longs(source)[lane]
                                                    : warp.words(source)[lane];
  Mask poison = warp.poison(source) & members ? members : 0;
  uint32_t results[kLanes] = {};
  bool areEqual = false;
  for (Mask left = members; left;) {
    uint64_t value = values[llvm::countr_zero(left)];
    Mask equal = 0;
    for (unsigned lane = 0; lane < kLanes; ++lane)
      equal |= Mask(values[lane] == value) << lane;
    equal &= members;
    areEqual = equal == members;
    if (!isAll || areEqual)
      for (unsigned lane = 0; lane < kLanes; ++lane)
        if (contains(equal, lane))
          results[lane] = equal;
    left &= ~equal;
  }
  writeWords(warp, operation.rows[0], results, members, poison);
  if (operation.destinations > 1)
    writePredicate(warp, operation.rows[1], areEqual ? members : 0, members,
                   poison);
}

template <bool isAll> static bool decodeMatch(Decoder &decoder) {
  Type type = decoder.match().getType("type");
  Operation &operation = decoder.operation();
  operation.run = runSync<matchValues<isAll>>;
  operation.detail[3] = type == Type::B64 ? LongSource : 0;
  return (isAll ? addPair(decoder, 0) : decoder.addDestination(0, Type::B32)) &&
         decoder.addSource(1, type) && decoder.addSource(2, Type::B32);
}

//===----------------------------------------------------------------------===//
// redux (PTX ISA 9.0, 9.7.13.12)
//===----------------------------------------------------------------------===//

enum class Reduction : uint8_t {
  Add,
  And,
  Or,
  Xor,
  MinUnsigned,
  MaxUnsigned,
  MinSigned,
  MaxSigned,
};

template <Reduction op> static uint32_t combine(uint32_t a, uint32_t b) {
  int32_t x = static_cast<int32_t>(a), y = static_cast<int32_t>(b);
  switch (op) {
  case Reduction::Add:
    return a + b;
  case Reduction::And:
    return a & b;
  case Reduction::Or:
    return a | b;
  case Reduction::Xor:
    return a ^ b;
  case Reduction::MinUnsigned:
    return std::min(a, b);
  case Reduction::MaxUnsigned:
    return std::max(a, b);
  case Reduction::MinSigned:
    return static_cast<uint32_t>(std::min(x, y));
  case Reduction::MaxSigned:
    return static_cast<uint32_t>(std::max(x, y));
  }
  llvm_unreachable("a reduction");
}

template <Reduction op>
static void reduce(Warp &warp, const Operation &operation, Mask members) {
  Row source = getSource(operation, 0);
  const uint32_t *values = warp.words(source);
  uint32_t result = values[llvm::countr_zero(members)];
  for (Mask left = members & (members - 1); left; left &= left - 1)
    result = combine<op>(result, values[llvm::countr_zero(left)]);
  writeWord(warp, operation.rows[0], result, members,
            warp.poison(source) & members);
}

/// detail: .max, .abs, .NaN.
static void reduceFloat(Warp &warp, const Operation &operation, Mask members) {
  bool isMax = operation.detail[0], isAbsolute = operation.detail[1],
       keepsNaN = operation.detail[2];
  constexpr uint32_t kSign = 0x80000000, kCanonicalNaN = 0x7fffffff;
  // Integers in the order of the numbers that they are the bits of: that puts
  // +0 above -0, as redux does.
  auto toOrder = [](uint32_t bits) {
    return static_cast<int32_t>(bits & kSign ? ~bits | kSign : bits);
  };
  Row source = getSource(operation, 0);
  const uint32_t *values = warp.words(source);
  bool hasNumber = false, hasNaN = false;
  uint32_t result = 0;
  for (Mask left = members; left; left &= left - 1) {
    uint32_t bits = values[llvm::countr_zero(left)];
    if (isAbsolute)
      bits &= ~kSign;
    if (std::isnan(llvm::bit_cast<float>(bits))) {
      hasNaN = true;
      continue;
    }
    bool isBetter = isMax ? toOrder(bits) > toOrder(result)
                          : toOrder(bits) < toOrder(result);
    if (!hasNumber || isBetter)
      result = bits;
    hasNumber = true;
  }
  if (!hasNumber || (hasNaN && keepsNaN))
    result = kCanonicalNaN;
  writeWord(warp, operation.rows[0], result, members,
            warp.poison(source) & members);
}

static Handler getReduction(llvm::StringRef op, Type type) {
  bool isSigned = type == Type::S32;
  return llvm::StringSwitch<Handler>(op)
      .Case("add", runSync<reduce<Reduction::Add>>)
      .Case("and", runSync<reduce<Reduction::And>>)
      .Case("or", runSync<reduce<Reduction::Or>>)
      .Case("xor", runSync<reduce<Reduction::Xor>>)
      .Case("min", isSigned ? runSync<reduce<Reduction::MinSigned>>
                            : runSync<reduce<Reduction::MinUnsigned>>)
      .Case("max", isSigned ? runSync<reduce<Reduction::MaxSigned>>
                            : runSync<reduce<Reduction::MaxUnsigned>>);
}

static bool decodeReduction(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  Type type = match.getType("type");
  Operation &operation = decoder.operation();
  if (type == Type::F32) {
    operation.run = runSync<reduceFloat>;
    operation.detail[0] = match.get("op") == "max";
    operation.detail[1] = match.has("abs");
    operation.detail[2] = match.has("NaN");
  } else {
    operation.run = getReduction(match.get("op"), type);
  }
  return decoder.addDestination(0, type) && decoder.addSource(1, type) &&
         decoder.addSource(2, Type::B32);
}

//===----------------------------------------------------------------------===//
// elect, bar.warp.sync (PTX ISA 9.0, 9.7.13.14 and 9.7.13.2)
//===----------------------------------------------------------------------===//

/// The ISA leaves open who leads; the same lane each time.
static void elect(Warp &warp, const Operation &operation, Mask members) {
  unsigned leader = llvm::countr_zero(members);
  writeWord(warp, operation.rows[0], leader, members, false);
  writePredicate(warp, operation.rows[1], Mask(1) << leader, members, 0);
}

static bool decodeElect(Decoder &decoder) {
  decoder.operation().run = runSync<elect>;
  decoder.operation().detail[3] = OrdersNothing;
  if (!decoder.operand(0).isPair)
    return decoder.fail("expected a pair 'd|p' as the destination of 'elect'");
  return addPair(decoder, 0) && decoder.addSource(1, Type::B32);
}

static void doNothing(Warp &, const Operation &, Mask) {}

static bool decodeWarpBarrier(Decoder &decoder) {
  decoder.operation().run = runSync<doNothing>;
  return decoder.addSource(0, Type::B32);
}

llvm::ArrayRef<InstructionDecoder> sim::getWarpDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::ShuffleSync, decodeShuffle<true>},
      {Semantics::Shuffle, decodeShuffle<false>},
      {Semantics::VoteSync, decodeVote<true>},
      {Semantics::Vote, decodeVote<false>},
      {Semantics::ActiveMask, decodeActiveMask},
      {Semantics::MatchAny, decodeMatch<false>},
      {Semantics::MatchAll, decodeMatch<true>},
      {Semantics::Redux, decodeReduction},
      {Semantics::Elect, decodeElect},
      {Semantics::WarpBarrier, decodeWarpBarrier},
  };
  return decoders;
}
