//===- Conversion.cpp - from one layout of threads to another -------------===//

#include "lib/Layout/Conversion.h"
#include "lib/Layout/Words.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

using namespace sluice;
using namespace sluice::layout;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr unsigned kLaneBits = 5;

// In quarters of a cycle. A barrier of the CTA costs a round trip of its
// slowest warp, about 30 cycles; one of a warp is an instruction.
static constexpr uint64_t kPassCost = 4, kInstructionCost = 1,
                          kBarrierCost = 120, kWarpBarrierCost = 1;

/// "(row 16, column 8)", with values or with sizes.
static std::string describe(ArrayRef<Axis> axes,
                            llvm::function_ref<uint64_t(const Axis &)> value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::ListSeparator comma;
  os << '(';
  for (const Axis &axis : axes)
    os << comma << axis.name << ' ' << value(axis);
  os << ')';
  return text;
}

static std::string describeSizes(ArrayRef<Axis> axes) {
  return describe(axes, [](const Axis &axis) { return axis.getSize(); });
}

/// The layout is one of threads.
static Error checkThreads(const LinearLayout &layout, StringRef which) {
  for (const Axis &axis : layout.getInputs())
    if (!llvm::is_contained({kRegister, kLane, kWarp, kBlock},
                            StringRef(axis.name)))
      return llvm::createStringError(
          "the inputs of a layout of threads are register, lane, warp and "
          "block; the " +
          which + " has '" + axis.name + "'");
  if (layout.getInputBits(kLane) != kLaneBits)
    return llvm::createStringError(
        "a layout of threads has 32 lanes; the " + which + " has " +
        Twine(uint64_t(1) << layout.getInputBits(kLane)));
  return Error::success();
}

LinearLayout layout::getThreads(const LinearLayout &layout) {
  Axes inputs;
  Vectors bases;
  for (StringRef name : {kRegister, kLane, kWarp}) {
    inputs.emplace_back(name, layout.getInputBits(name));
    ArrayRef<uint64_t> own = layout.getBases(name);
    bases.append(own.begin(), own.end());
  }
  return {inputs, layout.getOutputs(), bases};
}

static Error checkPair(const LinearLayout &source,
                       const LinearLayout &destination) {
  if (source.getOutputs() != destination.getOutputs())
    return llvm::createStringError(
        "a conversion keeps the axes of a tensor; the source has " +
        describeSizes(source.getOutputs()) + " and the destination " +
        describeSizes(destination.getOutputs()));
  if (source.getInputBits(kWarp) != destination.getInputBits(kWarp))
    return llvm::createStringError(
        "a conversion keeps the warps; the source has " +
        Twine(uint64_t(1) << source.getInputBits(kWarp)) +
        " and the destination " +
        Twine(uint64_t(1) << destination.getInputBits(kWarp)));
  if (source.getBases(kBlock) != destination.getBases(kBlock))
    return llvm::createStringError(
        "a conversion stays within each CTA; source and destination differ in "
        "the axis 'block'");
  Span held(getThreads(source).getBases());
  for (uint64_t place : getThreads(destination).getBases())
    if (!held.contains(place))
      return llvm::createStringError(
          "the source of a conversion holds all that the destination does; "
          "nobody holds " +
          describe(source.getOutputs(), [&](const Axis &axis) {
            return source.getOutputValue(place, axis.name);
          }));
  return Error::success();
}

std::optional<LinearLayout>
layout::findRegisters(const LinearLayout &source,
                      const LinearLayout &destination) {
  if (source.getBases(kLane) != destination.getBases(kLane) ||
      source.getBases(kWarp) != destination.getBases(kWarp))
    return std::nullopt;
  ArrayRef<uint64_t> held = source.getBases(kRegister),
                     wanted = destination.getBases(kRegister);
  Span span(held);
  Vectors bases;
  for (auto [i, place] : llvm::enumerate(wanted)) {
    // The same register if it will do: copies need not move.
    if (i < held.size() && held[i] == place) {
      bases.push_back(uint64_t(1) << i);
      continue;
    }
    std::optional<uint64_t> bits = span.solve(place);
    if (!bits)
      return std::nullopt;
    bases.push_back(*bits);
  }
  return LinearLayout(Axis(kRegister, wanted.size()),
                      Axis(kRegister, held.size()), bases);
}

static bool isIdentity(const LinearLayout &registers) {
  return registers == LinearLayout::getIdentity(kRegister, kRegister,
                                                registers.getNumInputBits());
}

Expected<Conversion> layout::planConversion(const LinearLayout &source,
                                            const LinearLayout &destination,
                                            unsigned elementBytes,
                                            AccessOptions options) {
  if (Error error = checkThreads(source, "source"))
    return error;
  if (Error error = checkThreads(destination, "destination"))
    return error;
  // The destination's axes as the source has them, if they are the same.
  LinearLayout to = destination;
  llvm::SmallVector<StringRef, 3> names;
  for (const Axis &axis : source.getOutputs())
    names.push_back(axis.name);
  if (std::is_permutation(
          source.getOutputs().begin(), source.getOutputs().end(),
          destination.getOutputs().begin(), destination.getOutputs().end()))
    to = destination.transposeOutputs(names);
  if (Error error = checkPair(source, to))
    return error;
  LinearLayout from = getThreads(source);
  to = getThreads(to);

  uint64_t warps = uint64_t(1) << from.getInputBits(kWarp);
  Conversion conversion;
  if (std::optional<LinearLayout> registers = findRegisters(from, to)) {
    conversion.kind = isIdentity(*registers) ? ConversionKind::None
                                             : ConversionKind::Registers;
    unsigned bits = registers->getNumInputBits();
    unsigned wordBits = getWordBits(elementBytes, bits);
    if (!keepsWords(registers->getBases(), wordBits))
      conversion.cost = kInstructionCost * warps << (bits - wordBits);
    conversion.registers = std::move(*registers);
    return conversion;
  }
  conversion.kind = ConversionKind::Shared;
  conversion.exchange = planExchange(from, to, elementBytes, options);
  conversion.cost =
      kPassCost * conversion.exchange->getWavefronts() +
      kInstructionCost * conversion.exchange->getInstructions() +
      (conversion.exchange->isWithinWarps ? kWarpBarrierCost * warps
                                          : kBarrierCost);
  if (std::optional<ShufflePlan> shuffle =
          planShuffles(from, to, elementBytes)) {
    uint64_t cost =
        warps * ((kPassCost + kInstructionCost) * shuffle->shuffles +
                 kInstructionCost * (shuffle->selects + shuffle->permutes));
    if (cost <= conversion.cost) {
      conversion.kind = ConversionKind::Shuffle;
      conversion.shuffle = std::move(*shuffle);
      conversion.exchange.reset();
      conversion.cost = cost;
    }
  }
  return conversion;
}
