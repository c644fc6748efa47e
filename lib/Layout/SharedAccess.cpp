//===- SharedAccess.cpp - how warps reach a shared image ------------------===//

#include "lib/Layout/SharedAccess.h"
#include "lib/Layout/Words.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <cassert>

using namespace sluice;
using namespace sluice::layout;
using llvm::ArrayRef;

static constexpr unsigned kLaneBits = 5;

static unsigned log2(unsigned size) { return llvm::countr_zero(size); }
static uint64_t bit(unsigned i) { return uint64_t(1) << i; }
static uint64_t lowBits(unsigned count) { return bit(count) - 1; }

uint64_t layout::countWavefronts(const LinearLayout &addresses, unsigned bytes,
                                 bool isLoad, uint64_t inactive) {
  ArrayRef<uint64_t> lanes = addresses.getBases();
  assert(lanes.size() == kLaneBits && bytes <= kMaxVectorBytes &&
         "lanes of a warp and a vector");
  assert(
      llvm::all_of(lanes, [&](uint64_t lane) { return lane % bytes == 0; }) &&
      "aligned addresses");
  unsigned groupBits = bytes <= 4 ? 5 : bytes <= 8 ? 4 : 3;
  auto isPair = [&](unsigned lane) {
    return inactive >> lane & 1 || !lanes[lane];
  };
  if (isLoad && bytes > 4 && (isPair(0) || isPair(1)))
    ++groupBits;
  // The words of a group are a subspace, moved: how many there are, and in how
  // many banks they lie, is a matter of rank.
  Vectors words;
  uint64_t groups = 1;
  for (auto [i, lane] : llvm::enumerate(lanes)) {
    if (inactive >> i & 1)
      continue;
    if (i < groupBits)
      words.push_back(lane / kBankBytes);
    else
      groups *= 2;
  }
  for (unsigned word = 1; word < bytes / kBankBytes; word *= 2)
    words.push_back(word);
  Span all(words), banks;
  for (uint64_t word : words)
    banks.insert(word % kBanks);
  return groups << (all.getDimension() - banks.getDimension());
}

uint64_t SharedAccess::getElementsPerStep() const {
  return bit(registers.getInputBits("element"));
}

unsigned SharedAccess::getNumMatrices() const {
  assert(kind != AccessKind::Vector && "matrices");
  return getElementsPerStep() * elementBytes / 4;
}

namespace {
/// One thread layout against one image: everything in offsets.
class AccessPlanner {
public:
  AccessPlanner(const LinearLayout &threads, const LinearLayout &memory,
                unsigned elementBytes, bool isLoad);

  SharedAccess planVectors() const;
  /// Nothing if lanes do not lie as the instruction has them.
  std::optional<SharedAccess> planMatrices(bool isTransposed) const;

private:
  /// A combination of register bits, and the offset of that register.
  struct Register {
    uint64_t bits, offset;
  };

  SharedAccess start(AccessKind kind) const;
  /// The register whose offset is this, if there is one.
  std::optional<Register> findRegister(uint64_t offset) const;
  /// Registers that number the instructions: with those in `elements`, at
  /// single bits of the offset, all that hold different elements, at offsets
  /// whose `low` bits are 0. Nothing if such do not exist.
  std::optional<llvm::SmallVector<Register>>
  getSteps(ArrayRef<Register> elements, unsigned low) const;
  /// Lanes and warps that take part are at offsets whose low bits are 0.
  bool areAligned(unsigned low, uint64_t exceptLanes = 0) const;
  void finish(SharedAccess &access, ArrayRef<Register> elements,
              ArrayRef<Register> steps, ArrayRef<uint64_t> addresses,
              unsigned bytes) const;

  unsigned elementBytes;
  bool isLoad;
  unsigned registerBits, offsetBits;
  /// Offsets of lanes and warps.
  Vectors lanes, warps;
  /// Registers by single bits that hold different elements.
  llvm::SmallVector<Register> registers;
  Span registerSpan;
  uint64_t inactiveLanes = 0, inactiveWarps = 0;
  LinearLayout copies;
};
} // namespace

AccessPlanner::AccessPlanner(const LinearLayout &threads,
                             const LinearLayout &memory, unsigned elementBytes,
                             bool isLoad)
    : elementBytes(elementBytes), isLoad(isLoad),
      registerBits(threads.getInputBits(kRegister)),
      offsetBits(memory.getNumInputBits()) {
  assert(memory.isInjective() && "an image has each element once");
  assert(threads.getInputBits(kLane) == kLaneBits && "the lanes of a warp");
  llvm::SmallVector<llvm::StringRef, 3> names;
  for (const Axis &axis : threads.getOutputs())
    names.push_back(axis.name);
  LinearLayout image = memory.transposeOutputs(names);
  Span offsets(image.getBases());
  auto getOffset = [&](uint64_t place) {
    std::optional<uint64_t> offset = offsets.solve(place);
    assert(offset && "the image holds what the threads hold");
    return *offset;
  };
  // What earlier bits have is a copy: registers first, then lanes, then warps.
  Span known;
  Vectors sources;
  for (auto [i, place] : llvm::enumerate(threads.getBases(kRegister))) {
    uint64_t offset = getOffset(place);
    std::optional<uint64_t> copy = known.solve(offset);
    known.insert(offset);
    sources.push_back(copy ? *copy : bit(i));
    if (!copy)
      registers.push_back({bit(i), offset});
  }
  copies = {Axis(kRegister, registerBits), Axis(kRegister, registerBits),
            sources};
  registerSpan = known;
  for (auto [name, list, inactive] :
       {std::tuple(kLane, &lanes, &inactiveLanes),
        std::tuple(kWarp, &warps, &inactiveWarps)})
    for (auto [i, place] : llvm::enumerate(threads.getBases(name))) {
      list->push_back(getOffset(place));
      if (!known.insert(list->back()) && !isLoad)
        *inactive |= bit(i);
    }
}

SharedAccess AccessPlanner::start(AccessKind kind) const {
  SharedAccess access;
  access.kind = kind;
  access.isLoad = isLoad;
  access.elementBytes = elementBytes;
  access.copies = copies;
  access.inactiveLanes = inactiveLanes;
  access.inactiveWarps = inactiveWarps;
  return access;
}

std::optional<AccessPlanner::Register>
AccessPlanner::findRegister(uint64_t offset) const {
  if (std::optional<uint64_t> bits = registerSpan.solve(offset))
    return Register{*bits, offset};
  return std::nullopt;
}

bool AccessPlanner::areAligned(unsigned low, uint64_t exceptLanes) const {
  for (auto [i, lane] : llvm::enumerate(lanes))
    if (!((inactiveLanes | exceptLanes) >> i & 1) && lane & lowBits(low))
      return false;
  for (auto [i, warp] : llvm::enumerate(warps))
    if (!(inactiveWarps >> i & 1) && warp & lowBits(low))
      return false;
  return true;
}

std::optional<llvm::SmallVector<AccessPlanner::Register>>
AccessPlanner::getSteps(ArrayRef<Register> elements, unsigned low) const {
  Span taken;
  for (const Register &element : elements)
    taken.insert(element.offset);
  llvm::SmallVector<Register> steps;
  for (Register reg : registers) {
    if (!taken.insert(reg.offset))
      continue;
    // Another register of the same vector, which is the aligned one.
    for (const Register &element : elements)
      if (reg.offset & element.offset) {
        reg.bits ^= element.bits;
        reg.offset ^= element.offset;
      }
    if (reg.offset & lowBits(low))
      return std::nullopt;
    steps.push_back(reg);
  }
  return steps;
}

/// Fills in the maps and counts; `addresses` are the offsets that lanes give.
void AccessPlanner::finish(SharedAccess &access, ArrayRef<Register> elements,
                           ArrayRef<Register> steps,
                           ArrayRef<uint64_t> addresses, unsigned bytes) const {
  Vectors bits, offsets, byteAddresses;
  for (const Register &reg : elements)
    bits.push_back(reg.bits);
  for (const Register &reg : steps) {
    bits.push_back(reg.bits);
    offsets.push_back(reg.offset);
  }
  access.registers = {{{"element", unsigned(elements.size())},
                       {"step", unsigned(steps.size())}},
                      Axis(kRegister, registerBits),
                      bits};
  offsets.append(addresses.begin(), addresses.end());
  offsets.append(warps);
  access.offsets = {{{"step", unsigned(steps.size())},
                     {kLane, kLaneBits},
                     {kWarp, unsigned(warps.size())}},
                    Axis(kOffset, offsetBits),
                    offsets};
  for (uint64_t address : addresses)
    byteAddresses.push_back(address * elementBytes);
  // Of fewer than four matrices the upper lanes' addresses do not count.
  uint64_t unused = access.inactiveLanes;
  if (access.kind != AccessKind::Vector)
    unused |= lowBits(kLaneBits) & ~lowBits(3 + log2(access.getNumMatrices()));
  LinearLayout lanesToBytes(Axis(kLane, kLaneBits),
                            Axis("byte", offsetBits + log2(elementBytes)),
                            byteAddresses);
  access.instructions = bit(steps.size())
                        << (warps.size() - llvm::popcount(inactiveWarps));
  // Words are moved as they lie in registers where the lowest bits of the
  // elements are those of a word, and nothing else moves within it.
  unsigned wordBits = getWordBits(elementBytes, registerBits);
  bool isWhole = elements.size() >= wordBits;
  Span within;
  for (auto [i, reg] : llvm::enumerate(bits))
    if (i >= wordBits)
      within.insert(reg & lowBits(wordBits));
    else
      isWhole &= reg == bit(i);
  uint64_t words = access.instructions
                   << (elements.size() -
                       std::min<size_t>(wordBits, elements.size()));
  access.permutes = isWhole ? words - (words >> within.getDimension()) : words;
  access.wavefronts = access.instructions *
                      countWavefronts(lanesToBytes, bytes, isLoad, unused);
}

SharedAccess AccessPlanner::planVectors() const {
  SharedAccess access = start(AccessKind::Vector);
  llvm::SmallVector<Register> elements;
  unsigned most = log2(kMaxVectorBytes / elementBytes);
  while (elements.size() < most && areAligned(elements.size() + 1)) {
    std::optional<Register> next = findRegister(bit(elements.size()));
    if (!next)
      break;
    elements.push_back(*next);
  }
  auto steps = getSteps(elements, elements.size());
  assert(steps && "registers of a vector that is aligned");
  Vectors addresses = lanes;
  for (auto [i, lane] : llvm::enumerate(addresses))
    if (inactiveLanes >> i & 1)
      lane = 0;
  finish(access, elements, *steps, addresses, elementBytes << elements.size());
  return access;
}

std::optional<SharedAccess>
AccessPlanner::planMatrices(bool isTransposed) const {
  // A lane that must not store cannot be left out.
  if (inactiveLanes || (isTransposed ? elementBytes != 2 : elementBytes > 4))
    return std::nullopt;
  SharedAccess access =
      start(isTransposed ? AccessKind::MatrixTransposed : AccessKind::Matrix);
  unsigned low = log2(kMaxVectorBytes / elementBytes);
  unsigned perRegister = getWordBits(elementBytes);
  llvm::SmallVector<Register> elements;
  // Of a row (16 bytes) four lanes have a register each; with .trans eight
  // lanes, the upper three bits, have an element each.
  unsigned firstLane = isTransposed ? 2 : 0;
  unsigned inLane = isTransposed ? 0 : perRegister;
  for (unsigned i = 0; i < inLane; ++i) {
    std::optional<Register> reg = findRegister(bit(i));
    if (!reg)
      return std::nullopt;
    elements.push_back(*reg);
  }
  for (unsigned i = inLane; i < low; ++i)
    if (lanes[firstLane + i - inLane] != bit(i))
      return std::nullopt;
  if (!areAligned(low, lowBits(low - inLane) << firstLane))
    return std::nullopt;
  auto steps = getSteps(elements, low);
  if (!steps)
    return std::nullopt;
  // The lanes' addresses are those of the rows.
  Vectors addresses;
  if (isTransposed) {
    if (steps->empty())
      return std::nullopt;
    elements.push_back(steps->front());
    addresses = {steps->front().offset, lanes[0], lanes[1]};
    steps->erase(steps->begin());
  } else {
    addresses = {lanes[2], lanes[3], lanes[4]};
  }
  while (!steps->empty() && addresses.size() < kLaneBits) {
    elements.push_back(steps->front());
    addresses.push_back(steps->front().offset);
    steps->erase(steps->begin());
  }
  addresses.resize(kLaneBits, 0);
  finish(access, elements, *steps, addresses, kMaxVectorBytes);
  return access;
}

std::optional<SharedAccess>
layout::planMatrixAccess(const LinearLayout &threads,
                         const LinearLayout &memory, unsigned elementBytes,
                         bool isLoad, bool isTransposed) {
  return AccessPlanner(threads, memory, elementBytes, isLoad)
      .planMatrices(isTransposed);
}

/// Less is better.
static std::pair<uint64_t, uint64_t> getRank(const SharedAccess &access) {
  return {access.wavefronts, access.instructions + access.permutes};
}

SharedAccess layout::planAccess(const LinearLayout &threads,
                                const LinearLayout &memory,
                                unsigned elementBytes, bool isLoad,
                                AccessOptions options) {
  assert(llvm::has_single_bit(elementBytes) && elementBytes <= 8 &&
         "elements of 1, 2, 4 or 8 bytes");
  AccessPlanner planner(threads, memory, elementBytes, isLoad);
  SharedAccess best = planner.planVectors();
  if (isLoad ? options.hasMatrixLoad : options.hasMatrixStore)
    for (bool isTransposed : {false, true}) {
      std::optional<SharedAccess> matrices = planner.planMatrices(isTransposed);
      if (matrices && getRank(*matrices) < getRank(best))
        best = std::move(*matrices);
    }
  return best;
}
