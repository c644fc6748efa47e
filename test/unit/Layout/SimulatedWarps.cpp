//===- SimulatedWarps.cpp - plans are executed, element by element --------===//

#include "SimulatedWarps.h"
#include "lib/Layout/Fragments.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::test;

/// The images of all values of an axis, the others being 0.
static std::vector<uint64_t> listValues(const LinearLayout &layout,
                                        llvm::StringRef axis) {
  std::vector<uint64_t> images(1, 0);
  for (uint64_t value = 1; value < uint64_t(1) << layout.getInputBits(axis);
       ++value)
    images.push_back(layout.apply({{axis, value}}));
  return images;
}

RegisterFile test::fillRegisters(const LinearLayout &threads,
                                 llvm::ArrayRef<llvm::StringRef> names) {
  RegisterFile file(threads);
  LinearLayout places = threads.transposeOutputs(names);
  auto registers = listValues(places, kRegister);
  auto lanes = listValues(places, kLane), warps = listValues(places, kWarp);
  for (unsigned warp = 0; warp < file.numWarps; ++warp)
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned reg = 0; reg < file.numRegisters; ++reg)
        file.at(warp, lane, reg) = registers[reg] ^ lanes[lane] ^ warps[warp];
  return file;
}

uint64_t test::countBankPasses(const std::map<unsigned, uint64_t> &addresses,
                               unsigned bytes, bool isLoad) {
  unsigned group = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
  for (unsigned distance : {1u, 2u}) {
    bool arePairs = isLoad && bytes > 4;
    for (auto [lane, address] : addresses) {
      auto other = addresses.find(lane ^ distance);
      if (other != addresses.end() && other->second != address)
        arePairs = false;
    }
    if (arePairs) {
      group *= 2;
      break;
    }
  }
  uint64_t passes = 0;
  for (unsigned first = 0; first < 32; first += group) {
    std::array<llvm::SmallVector<uint64_t, 4>, 32> wordsOfBank;
    size_t most = 0;
    for (auto [lane, address] : addresses)
      if (lane / group == first / group)
        for (uint64_t word = address / 4; word * 4 < address + bytes; ++word) {
          auto &words = wordsOfBank[word % 32];
          if (!llvm::is_contained(words, word))
            words.push_back(word);
          most = std::max(most, words.size());
        }
    passes += most;
  }
  return passes;
}

/// Calls `move` for all lanes of all instructions.
template <class Move>
static void execute(const SharedAccess &access, SharedImage &image,
                    unsigned numWarps, unsigned numRegisters, Move move) {
  unsigned steps = 1u << access.registers.getInputBits("step");
  unsigned elements = access.getElementsPerStep();
  unsigned bytes = access.elementBytes;
  for (unsigned warp = 0; warp < numWarps; ++warp) {
    if (warp & access.inactiveWarps)
      continue;
    for (unsigned step = 0; step < steps; ++step) {
      std::vector<unsigned> registers;
      registers.reserve(elements);
      for (unsigned element = 0; element < elements; ++element)
        registers.push_back(
            access.registers.apply({{"element", element}, {"step", step}}));
      // Words whose elements are not those of a 32-bit register, in order.
      unsigned inWord = std::min(std::max(1u, 4 / bytes), numRegisters);
      for (unsigned first = 0; first < elements; first += inWord) {
        bool isWhole = registers[first] % inWord == 0;
        for (unsigned i = 0; i < inWord; ++i)
          isWhole &= first + i < elements &&
                     registers[first + i] == registers[first] + i;
        image.permutes += !isWhole;
      }
      std::map<unsigned, uint64_t> addresses;
      for (unsigned lane = 0; lane < 32; ++lane)
        if (!(lane & access.inactiveLanes) &&
            (access.kind == AccessKind::Vector ||
             lane < 8 * access.getNumMatrices()))
          addresses[lane] =
              bytes *
              access.offsets.apply(
                  {{"step", step}, {kLane, lane}, {kWarp, warp}}, kOffset);
      if (access.kind == AccessKind::Vector) {
        for (auto [lane, address] : addresses) {
          EXPECT_EQ(address % (elements * bytes), 0u);
          for (unsigned i = 0; i < elements; ++i)
            move(warp, lane, address / bytes + i, registers[i]);
        }
        image.wavefronts +=
            countBankPasses(addresses, elements * bytes, access.isLoad);
      } else {
        // Register by register, half by half: the ISA's tables.
        unsigned perRegister = 4 / bytes;
        for (unsigned lane = 0; lane < 32; ++lane)
          for (unsigned i = 0; i < elements; ++i) {
            unsigned matrix = i / perRegister;
            // In units of 16 bits, as the table has them.
            unsigned halves = i % perRegister * bytes / 2;
            MatrixPlace place = getMatrixRowPlace(
                lane, halves, access.kind == AccessKind::MatrixTransposed);
            uint64_t row = addresses.at(8 * matrix + place.row);
            EXPECT_EQ(row % 16, 0u);
            uint64_t byte =
                row + 2 * place.column + i % perRegister * bytes % 2;
            move(warp, lane, byte / bytes, registers[i]);
          }
        image.wavefronts += countBankPasses(addresses, 16, access.isLoad);
      }
      ++image.instructions;
    }
  }
}

/// Copies registers that `copies` sends elsewhere.
static void copyRegisters(const LinearLayout &copies, RegisterFile &file) {
  RegisterFile before = file;
  auto sources = listValues(copies, kRegister);
  for (unsigned warp = 0; warp < file.numWarps; ++warp)
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned reg = 0; reg < file.numRegisters; ++reg)
        file.at(warp, lane, reg) =
            before.at(warp, lane, copies.apply({{kRegister, reg}}, kRegister));
}

void SharedImage::store(const SharedAccess &access, RegisterFile &from) {
  execute(access, *this, from.numWarps, from.numRegisters,
          [&](unsigned warp, unsigned lane, uint64_t offset, unsigned reg) {
            ASSERT_LT(offset, values.size());
            EXPECT_EQ(values[offset], kNothing) << "written twice";
            values[offset] = from.at(warp, lane, reg);
            writers[offset] = warp;
          });
}

void SharedImage::load(const SharedAccess &access, RegisterFile &to,
                       bool isWithinWarps) {
  execute(access, *this, to.numWarps, to.numRegisters,
          [&](unsigned warp, unsigned lane, uint64_t offset, unsigned reg) {
            ASSERT_LT(offset, values.size());
            to.at(warp, lane, reg) = values[offset];
            if (isWithinWarps)
              EXPECT_EQ(writers[offset], warp);
          });
  copyRegisters(access.copies, to);
}

void test::shuffle(const ShufflePlan &plan, RegisterFile &from,
                   RegisterFile &to) {
  unsigned elements = 1u << plan.filled.getInputBits("element");
  for (unsigned warp = 0; warp < to.numWarps; ++warp)
    for (unsigned round = 0; round < plan.getNumRounds(); ++round) {
      std::optional<uint64_t> butterfly = plan.getButterfly(round);
      for (unsigned lane = 0; lane < 32; ++lane) {
        unsigned other =
            plan.from.apply({{"round", round}, {kLane, lane}}, kLane);
        if (butterfly)
          EXPECT_EQ(other, lane ^ *butterfly);
        if (plan.isOwn[round])
          EXPECT_EQ(other, lane);
        for (unsigned element = 0; element < elements; ++element) {
          // One register of each lane is on offer, whoever asks.
          unsigned offered = plan.offered.apply(
              {{"element", element}, {"round", round}, {kLane, other}},
              kRegister);
          unsigned filled = plan.filled.apply(
              {{"element", element}, {"round", round}, {kLane, lane}},
              kRegister);
          EXPECT_EQ(to.at(warp, lane, filled), kNothing) << "filled twice";
          to.at(warp, lane, filled) = from.at(warp, other, offered);
        }
      }
    }
  copyRegisters(plan.copies, to);
}

RegisterFile test::convert(const Conversion &conversion,
                           const LinearLayout &destination,
                           RegisterFile &from) {
  RegisterFile to(destination);
  switch (conversion.kind) {
  case ConversionKind::None:
  case ConversionKind::Registers: {
    auto held = listValues(conversion.registers, kRegister);
    for (unsigned warp = 0; warp < to.numWarps; ++warp)
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned reg = 0; reg < to.numRegisters; ++reg) {
          if (conversion.kind == ConversionKind::None)
            EXPECT_EQ(held[reg], reg);
          to.at(warp, lane, reg) = from.at(warp, lane, held[reg]);
        }
    break;
  }
  case ConversionKind::Shuffle:
    shuffle(*conversion.shuffle, from, to);
    break;
  case ConversionKind::Shared: {
    const SharedExchange &exchange = *conversion.exchange;
    SharedImage image(uint64_t(1) << exchange.memory.getNumInputBits());
    image.store(exchange.store, from);
    image.load(exchange.load, to, exchange.isWithinWarps);
    EXPECT_EQ(image.wavefronts, exchange.getWavefronts());
    EXPECT_EQ(image.instructions + image.permutes, exchange.getInstructions());
    break;
  }
  }
  return to;
}
