//===- MatrixPoisonTest.cpp - rows and columns that nobody has defined ----===//

#include "lib/Simulator/Execute/Matrix/MatrixPoison.h"
#include "MatrixTestSupport.h"
#include "lib/Simulator/Machine/Frame.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Type;

namespace {

/// An operand's registers, from `first` on, and where its elements are.
struct Registers {
  Registers(unsigned first, unsigned bits, unsigned elements,
            test::PlaceFunction documented)
      : bits(bits), perRegister(bits < 32 ? 32 / bits : 1),
        documented(documented) {
    for (unsigned i = 0; i < elements / 32 / perRegister; ++i)
      rows.push_back(first + 2 * i);
  }
  auto getPlaces() const {
    return [this](unsigned lane, unsigned reg, unsigned element) {
      test::Place place = documented(lane, reg * perRegister + element);
      return MatrixPlace{place.row, place.column};
    };
  }
  /// The element has bits of the register's lower or upper half.
  bool isIn(bool isUpper, unsigned element) const {
    return perRegister == 1 || isUpper == (element * bits >= 16);
  }

  llvm::SmallVector<Row> rows;
  unsigned bits, perRegister;
  test::PlaceFunction documented;
};

/// One mma in registers of which a few are undefined in a few lanes.
void check(const test::DocumentedMma &mma, unsigned bitsC, unsigned bitsD,
           std::mt19937 &random) {
  Registers operands[] = {
      {0, mma.bits, mma.m * mma.k, mma.a},
      {100, mma.bits, mma.k * mma.n, mma.b},
      {200, bitsC, mma.m * mma.n, mma.c},
  };
  Registers d(300, bitsD, mma.m * mma.n, mma.c);
  Frame frame;
  frame.poison.resize(400);
  std::vector<bool> isSpoiled(mma.m * mma.n);
  auto spoil = [&](unsigned operand, test::Place place) {
    for (unsigned row = 0; row < mma.m; ++row)
      for (unsigned column = 0; column < mma.n; ++column)
        if ((operand == 1 || row == place.row) &&
            (operand == 0 || column == place.column))
          isSpoiled[row * mma.n + column] = true;
  };
  for (unsigned count = random() % 3 + 1; count > 0; --count) {
    unsigned which = random() % 3;
    const Registers &operand = operands[which];
    unsigned reg = random() % operand.rows.size(), lane = random() % 32;
    // The lower half, the upper one, or both.
    unsigned halves = operand.bits <= 16 ? random() % 3 + 1 : 3;
    HalfPoison poison = frame.getHalves(operand.rows[reg]);
    poison.low |= Mask(halves & 1) << lane;
    poison.high |= Mask(halves >> 1) << lane;
    frame.setHalves(operand.rows[reg], poison);
    for (unsigned i = 0; i < operand.perRegister; ++i)
      if (((halves & 1) && operand.isIn(false, i)) ||
          ((halves & 2) && operand.isIn(true, i)))
        spoil(which, operand.documented(lane, reg * operand.perRegister + i));
  }
  MatrixPoison poison;
  auto a = operands[0].getPlaces(), b = operands[1].getPlaces(),
       c = operands[2].getPlaces(), places = d.getPlaces();
  poison.addA(frame, {operands[0].rows, mma.bits, a});
  poison.addB(frame, {operands[1].rows, mma.bits, b});
  poison.addC(frame, {operands[2].rows, bitsC, c});
  poison.writeD(frame, {d.rows, bitsD, places});
  for (unsigned reg = 0; reg < d.rows.size(); ++reg) {
    HalfPoison found = frame.getHalves(d.rows[reg]), expected;
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < d.perRegister; ++i) {
        test::Place place = mma.c(lane, reg * d.perRegister + i);
        Mask bit = Mask(isSpoiled[place.row * mma.n + place.column]) << lane;
        expected.low |= d.isIn(false, i) ? bit : 0;
        expected.high |= d.isIn(true, i) ? bit : 0;
      }
    EXPECT_EQ(found.low, expected.low) << "register " << reg;
    EXPECT_EQ(found.high, expected.high) << "register " << reg;
  }
}

} // namespace

TEST(MatrixPoison, RowsOfAColumnsOfBElementsOfC) {
  std::mt19937 random(79);
  for (const test::DocumentedMma &mma : test::getDocumentedMmas()) {
    SCOPED_TRACE(mma.name);
    for (unsigned i = 0; i < 100; ++i)
      for (unsigned bitsC : {16, 32})
        for (unsigned bitsD : {16, 32})
          check(mma, mma.bits == 64 ? 64 : bitsC, mma.bits == 64 ? 64 : bitsD,
                random);
  }
}

/// Whatever the layout, bytes that nobody has written are those of elements,
/// and those are of a row of A or of a column of B.
TEST(MatrixPoison, OperandsInSharedMemory) {
  std::mt19937 random(83);
  constexpr unsigned kRows = 16, kColumns = 64;
  for (unsigned granuleElements : {4u, 8u, 16u})
    for (MatrixMajor major : {MatrixMajor::K, MatrixMajor::MN})
      for (unsigned swizzle = 0; swizzle < 4; ++swizzle)
        for (bool isA : {true, false}) {
          // Only 16-bit elements may lie along M or N.
          if (major == MatrixMajor::MN && granuleElements != 8)
            continue;
          unsigned bytes = 16 / granuleElements;
          MatrixPart part;
          part.descriptor.start = 4096;
          part.descriptor.swizzle = static_cast<MatrixSwizzle>(swizzle);
          part.descriptor.leading = 16384;
          part.descriptor.stride = 1024;
          part.major = major;
          part.granuleElements = granuleElements;
          part.firstMN = isA ? kRows : 0;
          part.numMN = isA ? kRows : kColumns;
          part.depth = 2 * granuleElements;
          MatrixOperand operand(part);
          Region shared(1024, 1 << 17, /*isWritten=*/true);
          std::vector<bool> isSpoiled(part.numMN);
          for (unsigned i = 0; i < 3; ++i) {
            unsigned mn = random() % part.numMN, k = random() % part.depth;
            uint32_t offset = getElementOffset(part.descriptor, major,
                                               part.firstMN + mn, k, bytes) +
                              random() % bytes;
            shared.setWritten(offset, 1, false);
            isSpoiled[mn] = true;
          }
          MatrixPoison poison;
          poison.addShared(shared, operand, isA);
          // D as registers of one element each, by rows.
          Frame frame;
          frame.poison.resize(kRows * kColumns / 32);
          llvm::SmallVector<Row> rows;
          for (unsigned i = 0; i < frame.poison.size(); ++i)
            rows.push_back(i);
          auto getPlace = [](unsigned lane, unsigned reg, unsigned) {
            unsigned i = 32 * reg + lane;
            return MatrixPlace{i / kColumns, i % kColumns};
          };
          poison.writeD(frame, {rows, 32, getPlace});
          for (unsigned row = 0; row < kRows; ++row)
            for (unsigned column = 0; column < kColumns; ++column) {
              unsigned i = row * kColumns + column;
              EXPECT_EQ(frame.poison[i / 32] >> i % 32 & 1,
                        isSpoiled[isA ? row : column])
                  << row << ", " << column << ", swizzle " << swizzle;
            }
        }
}
