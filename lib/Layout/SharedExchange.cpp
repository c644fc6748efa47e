//===- SharedExchange.cpp - elements move through shared memory -----------===//

#include "lib/Layout/SharedExchange.h"
#include "lib/Layout/Words.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <cassert>

using namespace sluice;
using namespace sluice::layout;
using llvm::ArrayRef;

static constexpr unsigned kLineBytes = kBanks * kBankBytes;

static unsigned log2(unsigned size) { return llvm::countr_zero(size); }

namespace {
/// One side's bases, those that hold different elements.
struct Side {
  Vectors registers, lanes, warps;
  bool isLoad;

  Side(const LinearLayout &threads, bool isLoad)
      : registers(getExtension({}, threads.getBases(kRegister))),
        lanes(threads.getBases(kLane)), warps(threads.getBases(kWarp)),
        isLoad(isLoad) {}

  /// The lanes, then the warps.
  Vectors getThreads() const {
    Vectors threads = lanes;
    threads.append(warps);
    return threads;
  }
};

class ExchangePlanner {
public:
  ExchangePlanner(const LinearLayout &source, const LinearLayout &destination,
                  unsigned elementBytes, AccessOptions options)
      : source(source), destination(destination), elementBytes(elementBytes),
        options(options), store(source, false), load(destination, true),
        all(getExtension({}, source.getBases())) {}

  SharedExchange plan();

private:
  /// Tries images whose lowest bits are these, made for vectors or, with
  /// `options`, for rows of matrices.
  void tryLow(ArrayRef<uint64_t> low, AccessOptions made);
  /// The same, with `preferred` next to them if that can be.
  void tryImage(ArrayRef<uint64_t> low, ArrayRef<uint64_t> preferred,
                AccessOptions made);
  SharedExchange evaluate(const Vectors &image, AccessOptions allowed) const;
  /// The lowest offset bits, which each of the side's lanes moves at once, or
  /// which are a row.
  unsigned getLowBits(const SharedAccess &access) const;
  /// What the lanes of one phase reach, their vectors and whole words.
  Vectors getPhase(const Side &side, const SharedAccess &access,
                   ArrayRef<uint64_t> image) const;
  void tryVectors();
  void tryMatrices();

  const LinearLayout &source, &destination;
  unsigned elementBytes;
  AccessOptions options;
  Side store, load;
  /// A basis of all elements.
  Vectors all;
  std::optional<SharedExchange> best;
};
} // namespace

SharedExchange ExchangePlanner::evaluate(const Vectors &image,
                                         AccessOptions allowed) const {
  SharedExchange exchange;
  exchange.memory = {Axis(kOffset, image.size()), source.getOutputs(), image};
  exchange.store =
      planAccess(source, exchange.memory, elementBytes, false, allowed);
  exchange.load =
      planAccess(destination, exchange.memory, elementBytes, true, allowed);
  return exchange;
}

unsigned ExchangePlanner::getLowBits(const SharedAccess &access) const {
  if (access.kind == AccessKind::Vector)
    return access.registers.getInputBits("element");
  return log2(kMaxVectorBytes / elementBytes);
}

Vectors ExchangePlanner::getPhase(const Side &side, const SharedAccess &access,
                                  ArrayRef<uint64_t> image) const {
  // Whole words, whatever of them is asked for.
  Vectors phase(image.take_front(
      std::max(getWordBits(elementBytes), getLowBits(access))));
  if (access.kind == AccessKind::Vector) {
    unsigned bytes = elementBytes << getLowBits(access);
    unsigned phaseBits = log2(kLineBytes / std::max(bytes, kBankBytes));
    for (auto [i, lane] : llvm::enumerate(side.lanes))
      if (i < phaseBits && !(access.inactiveLanes >> i & 1))
        phase.push_back(lane);
  } else if (access.kind == AccessKind::Matrix) {
    // Eight rows: the lanes that have none of a row.
    phase.append(side.lanes.begin() + 2, side.lanes.end());
  } else {
    // And here the halves of a register, too.
    phase.append(side.lanes.begin(), side.lanes.begin() + 2);
    phase.push_back(
        sumColumns((side.isLoad ? destination : source).getBases(kRegister),
                   access.registers.apply({{"element", 1}})));
  }
  return phase;
}

void ExchangePlanner::tryImage(ArrayRef<uint64_t> low,
                               ArrayRef<uint64_t> preferred,
                               AccessOptions made) {
  // What lies above the lowest bits: lanes and warps, so that they do not move
  // within vectors, then all else.
  Vectors candidates(preferred);
  candidates.append(all);
  Vectors image(low);
  image.append(getExtension(low, candidates));
  SharedExchange trial = evaluate(image, made);

  unsigned lineBits = log2(kLineBytes / elementBytes);
  if (image.size() > lineBits) {
    size_t size = std::max<size_t>(
        {low.size(), getLowBits(trial.store), getLowBits(trial.load)});
    Vectors above(ArrayRef(image).drop_front(size));
    Vectors lines = getCommonComplement(
        above, intersect(getPhase(store, trial.store, image), above),
        intersect(getPhase(load, trial.load, image), above));
    // Where that cannot be, some banks are asked twice.
    lines.append(getExtension(lines, above));
    lines.truncate(image.size() - lineBits);
    image.truncate(size);
    Vectors lower = image;
    lower.append(lines);
    image.append(getExtension(lower, above));
    image.append(lines);
    trial = evaluate(image, options);
  }
  if (!best || std::pair(trial.getWavefronts(), trial.getInstructions()) <
                   std::pair(best->getWavefronts(), best->getInstructions()))
    best = std::move(trial);
}

void ExchangePlanner::tryLow(ArrayRef<uint64_t> low, AccessOptions made) {
  // Words are filled, whoever does it.
  Vectors filled(low);
  size_t word = getWordBits(elementBytes);
  if (filled.size() < word) {
    Vectors candidates = store.registers;
    candidates.append(load.registers);
    candidates.append(all);
    for (uint64_t vector : getExtension(low, candidates))
      if (filled.size() < word)
        filled.push_back(vector);
    if (filled.size() < word)
      // Fewer elements than a word has.
      return tryImage(filled, {}, made);
  }
  Vectors stores = store.getThreads(), loads = load.getThreads();
  Vectors storesFirst = stores, loadsFirst = loads;
  storesFirst.append(loads);
  loadsFirst.append(stores);
  tryImage(filled, storesFirst, made);
  tryImage(filled, loadsFirst, made);
}

/// Vectors of 16 bytes and fewer, of registers that both sides have and then of
/// one side.
void ExchangePlanner::tryVectors() {
  // Single registers of the destination, where they will do.
  Span stored(store.registers);
  Vectors shared;
  for (uint64_t reg : load.registers)
    if (stored.contains(reg))
      shared.push_back(reg);
  shared.append(
      getExtension(shared, intersect(store.registers, load.registers)));
  for (const Side *side : {&store, &load}) {
    Vectors low = shared;
    low.append(getExtension(shared, side->registers));
    size_t most = log2(kMaxVectorBytes / elementBytes);
    for (size_t size = std::min(most, low.size());; --size) {
      tryLow(ArrayRef(low).take_front(size),
             {.hasMatrixLoad = false, .hasMatrixStore = false});
      if (size == 0)
        break;
    }
  }
}

/// Rows of 16 bytes as ldmatrix and stmatrix have them.
void ExchangePlanner::tryMatrices() {
  for (const Side *side : {&store, &load}) {
    if (side->isLoad ? !options.hasMatrixLoad : !options.hasMatrixStore)
      continue;
    ArrayRef<uint64_t> lanes = side->lanes;
    // Registers of the other side, too, come first.
    const Side &other = side->isLoad ? store : load;
    Vectors registers = intersect(side->registers, other.registers);
    registers.append(getExtension(registers, side->registers));
    for (bool isTransposed : {false, true}) {
      Vectors low;
      if (isTransposed) {
        if (elementBytes != 2)
          continue;
        low.append(lanes.begin() + 2, lanes.end());
      } else {
        unsigned perRegister = getWordBits(elementBytes);
        if (elementBytes > 4 || registers.size() < perRegister)
          continue;
        low.append(registers.begin(), registers.begin() + perRegister);
        low.append(lanes.begin(), lanes.begin() + 2);
      }
      if (Span(low).getDimension() == low.size())
        tryLow(low, options);
    }
  }
}

SharedExchange ExchangePlanner::plan() {
  tryVectors();
  tryMatrices();
  // What a warp loads is what it has stored, if the destination's warps and
  // the source's differ by what each warp has in any case.
  Vectors own = store.registers;
  own.append(store.lanes);
  Span ofWarp(own);
  bool isWithin = store.warps.size() == load.warps.size();
  for (ArrayRef<uint64_t> list :
       {ArrayRef(load.registers), ArrayRef(load.lanes)})
    for (uint64_t place : list)
      isWithin &= ofWarp.contains(place);
  for (auto [a, b] : llvm::zip(store.warps, load.warps))
    isWithin &= ofWarp.contains(a ^ b);
  // A warp whose elements another one stores waits for that one.
  best->isWithinWarps = isWithin && !best->store.inactiveWarps;
  return std::move(*best);
}

SharedExchange layout::planExchange(const LinearLayout &source,
                                    const LinearLayout &destination,
                                    unsigned elementBytes,
                                    AccessOptions options) {
  llvm::SmallVector<llvm::StringRef, 3> names;
  for (const Axis &axis : source.getOutputs())
    names.push_back(axis.name);
  LinearLayout ordered = destination.transposeOutputs(names);
  return ExchangePlanner(source, ordered, elementBytes, options).plan();
}
