//===- ShufflePlan.cpp - elements move within warps -----------------------===//

#include "lib/Layout/ShufflePlan.h"
#include "lib/Layout/Words.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <cassert>

using namespace sluice;
using namespace sluice::layout;
using llvm::ArrayRef;

static constexpr unsigned kLaneBits = 5;

static uint64_t bit(unsigned i) { return uint64_t(1) << i; }

std::optional<uint64_t> ShufflePlan::getButterfly(unsigned round) const {
  for (unsigned i = 0; i < kLaneBits; ++i)
    if (from.getBases(kLane)[i] != bit(i))
      return std::nullopt;
  return from.apply({{"round", round}});
}

namespace {
/// A holder in the source: registers and a lane, by bits.
struct Holder {
  uint64_t reg = 0, lane = 0;
  Holder operator^(const Holder &other) const {
    return {reg ^ other.reg, lane ^ other.lane};
  }
};

class ShufflePlanner {
public:
  ShufflePlanner(const LinearLayout &source, const LinearLayout &destination,
                 unsigned elementBytes)
      : source(source), destination(destination), elementBytes(elementBytes),
        sourceRegisterBits(source.getInputBits(kRegister)),
        registerBits(destination.getInputBits(kRegister)) {}

  std::optional<ShufflePlan> plan();

private:
  bool findHolders();
  void packWords();
  bool spreadLanes();
  ShufflePlan emit() const;

  /// Sums of the holders of single bits.
  Holder sumRegisters(uint64_t bits) const {
    Holder sum;
    for (; bits; bits &= bits - 1)
      sum = sum ^ ofRegister[llvm::countr_zero(bits)];
    return sum;
  }

  const LinearLayout &source, &destination;
  unsigned elementBytes, sourceRegisterBits, registerBits;
  /// Where the elements of the destination's registers and lanes are.
  llvm::SmallVector<Holder> ofRegister, ofLane;
  /// For each register one with the same element: without bits that repeat.
  Vectors copies;
  /// Registers, as sums of bits: those of a word, and the rounds.
  Vectors packed, rounds;
  /// For each bit of the lane: Y, where the lane Y + lane is asked for, and
  /// what that one offers; by the bits of the lane that is asked.
  Vectors filledBy, askedBy, offeredBy;
};
} // namespace

/// Finds for each bit of the destination the source's holder.
bool ShufflePlanner::findHolders() {
  ArrayRef<uint64_t> warps = source.getBases(kWarp),
                     others = destination.getBases(kWarp);
  if (warps != others)
    return false;
  // Registers first: what a lane has itself isn't asked of others.
  Vectors places(source.getBases(kRegister));
  Span registers(places);
  places.append(source.getBases(kLane).begin(), source.getBases(kLane).end());
  Span all(places);
  auto find = [&](uint64_t place) -> std::optional<Holder> {
    std::optional<uint64_t> bits = all.solve(place);
    if (!bits)
      return std::nullopt;
    return Holder{*bits & (bit(sourceRegisterBits) - 1),
                  *bits >> sourceRegisterBits};
  };
  Span known;
  for (auto [i, place] : llvm::enumerate(destination.getBases(kRegister))) {
    std::optional<Holder> holder = find(place);
    if (!holder)
      return false;
    ofRegister.push_back(*holder);
    copies.push_back(known.solve(place).value_or(bit(i)));
    known.insert(place);
  }
  for (auto [i, place] : llvm::enumerate(destination.getBases(kLane))) {
    // The same lane, if one of its registers will do.
    uint64_t own = source.getBases(kLane)[i];
    if (std::optional<uint64_t> bits = registers.solve(place ^ own)) {
      ofLane.push_back({*bits, bit(i)});
      continue;
    }
    std::optional<Holder> holder = find(place);
    if (!holder)
      return false;
    ofLane.push_back(*holder);
  }
  return true;
}

/// Chooses the registers that share a word in the source and in the
/// destination; what is left numbers the rounds.
void ShufflePlanner::packWords() {
  Vectors distinct, lanes;
  for (unsigned i = 0; i < registerBits; ++i)
    if (copies[i] == bit(i)) {
      distinct.push_back(bit(i));
      lanes.push_back(ofRegister[i].lane);
    }
  // Of the same lane are those whose sum of lanes is 0.
  for (uint64_t together : getKernel(lanes)) {
    if (elementBytes << packed.size() >= kWordBytes)
      break;
    packed.push_back(sumColumns(distinct, together));
  }
  rounds = getExtension(packed, distinct);
}

/// Chooses Y so that in a round no two lanes ask one lane for different words.
bool ShufflePlanner::spreadLanes() {
  // Lanes that differ by one of these may ask for the same word: its holder is
  // that of register 0 of lane 0.
  Vectors columns;
  for (uint64_t round : rounds) {
    Holder holder = sumRegisters(round);
    columns.push_back(holder.reg << kLaneBits | holder.lane);
  }
  for (const Holder &holder : ofLane)
    columns.push_back(holder.reg << kLaneBits | holder.lane);
  // A basis of the lanes, with Y, the lane that is asked and what it offers.
  Vectors filled, asked, offered;
  Span basis;
  for (uint64_t zero : getKernel(columns)) {
    uint64_t lane = zero >> rounds.size();
    if (basis.contains(lane))
      continue;
    basis.insert(lane);
    filled.push_back(sumColumns(rounds, zero & (bit(rounds.size()) - 1)));
    asked.push_back(0);
    offered.push_back(0);
  }
  Span targets;
  auto add = [&](unsigned i, uint64_t reg) {
    Holder holder = ofLane[i] ^ sumRegisters(reg);
    if (targets.contains(holder.lane))
      return false;
    targets.insert(holder.lane);
    basis.insert(bit(i));
    filled.push_back(reg);
    asked.push_back(holder.lane);
    offered.push_back(holder.reg);
    return true;
  };
  // Lanes that fill the same register come first: that needs no select.
  for (unsigned i = 0; i < kLaneBits; ++i)
    if (!basis.contains(bit(i)))
      add(i, 0);
  for (unsigned i = 0; i < kLaneBits; ++i)
    if (!basis.contains(bit(i)) &&
        !llvm::any_of(rounds, [&](uint64_t round) { return add(i, round); }))
      return false;
  // By single bits of the lane that asks, and of the lane that is asked; those
  // that nobody asks may offer anything.
  size_t numTargets = targets.getDimension();
  Vectors offers(ArrayRef(offered).take_back(numTargets));
  for (unsigned i = 0; i < kLaneBits; ++i) {
    targets.insert(bit(i));
    offers.push_back(0);
  }
  for (unsigned i = 0; i < kLaneBits; ++i) {
    uint64_t used = *basis.solve(bit(i));
    filledBy.push_back(sumColumns(filled, used));
    askedBy.push_back(sumColumns(asked, used));
    offeredBy.push_back(sumColumns(offers, *targets.solve(bit(i))));
  }
  return true;
}

ShufflePlan ShufflePlanner::emit() const {
  ShufflePlan plan;
  Axis element("element", packed.size()), round("round", rounds.size()),
      lane(kLane, kLaneBits);
  Vectors from, offered, filled;
  for (uint64_t bits : packed) {
    offered.push_back(sumRegisters(bits).reg);
    filled.push_back(bits);
  }
  bool isOwnLane = true;
  for (unsigned i = 0; i < kLaneBits; ++i)
    isOwnLane &= askedBy[i] == bit(i);
  for (uint64_t bits : rounds) {
    Holder holder = sumRegisters(bits);
    from.push_back(holder.lane);
    // The lane that is asked in this round is further by holder.lane.
    offered.push_back(holder.reg ^ sumColumns(offeredBy, holder.lane));
    filled.push_back(bits);
  }
  unsigned wordsPerElement = std::max(1u, elementBytes / kWordBytes);
  for (uint64_t t = 0; t < bit(rounds.size()); ++t) {
    plan.isOwn.push_back(isOwnLane && sumColumns(from, t) == 0);
    plan.shuffles += plan.isOwn.back() ? 0 : wordsPerElement;
  }
  from.append(askedBy);
  offered.append(offeredBy);
  filled.append(filledBy);
  plan.from = {{round, lane}, lane, from};
  plan.offered = {
      {element, round, lane}, Axis(kRegister, sourceRegisterBits), offered};
  plan.filled = {{element, round, lane}, Axis(kRegister, registerBits), filled};
  plan.copies = {Axis(kRegister, registerBits), Axis(kRegister, registerBits),
                 copies};
  // A register that depends on d bits of the lane: d times all words are
  // exchanged in pairs, or not.
  plan.selects =
      (Span(offeredBy).getDimension() + Span(filledBy).getDimension()) *
      (wordsPerElement << rounds.size());
  // Words travel as they lie, or are put together and taken apart.
  for (auto [side, bits] : {std::pair(&plan.offered, sourceRegisterBits),
                            std::pair(&plan.filled, registerBits)})
    if (!keepsWords(side->getBases(), getWordBits(elementBytes, bits)))
      plan.permutes += 1u << rounds.size();
  return plan;
}

std::optional<ShufflePlan> ShufflePlanner::plan() {
  if (!findHolders())
    return std::nullopt;
  packWords();
  if (!spreadLanes())
    return std::nullopt;
  return emit();
}

std::optional<ShufflePlan> layout::planShuffles(const LinearLayout &source,
                                                const LinearLayout &destination,
                                                unsigned elementBytes) {
  assert(source.getInputBits(kLane) == kLaneBits &&
         destination.getInputBits(kLane) == kLaneBits && "lanes of a warp");
  llvm::SmallVector<llvm::StringRef, 3> names;
  for (const Axis &axis : source.getOutputs())
    names.push_back(axis.name);
  LinearLayout ordered = destination.transposeOutputs(names);
  return ShufflePlanner(source, ordered, elementBytes).plan();
}
