//===- SpanTest.cpp - subspaces, by listing all their sums ----------------===//

#include "lib/Layout/Span.h"
#include "RandomLayout.h"
#include "gtest/gtest.h"
#include <set>

using namespace sluice;
using namespace sluice::layout;
using test::draw;

static std::set<uint64_t> listSums(const Vectors &vectors) {
  std::set<uint64_t> sums;
  for (uint64_t bits = 0; bits < uint64_t(1) << vectors.size(); ++bits)
    sums.insert(sumColumns(vectors, bits));
  return sums;
}

static Vectors drawAny(test::Engine &engine, unsigned bits) {
  unsigned count = draw(engine, bits + 2);
  return test::drawVectors(engine, count, bits,
                           draw(engine, std::min(count, bits) + 1));
}

TEST(Span, ContainsAndSolvesWhatSumsUp) {
  test::Engine engine(1);
  for (unsigned round = 0; round < 200; ++round) {
    Vectors vectors = drawAny(engine, 6);
    Span span(vectors);
    std::set<uint64_t> sums = listSums(vectors);
    EXPECT_EQ(uint64_t(1) << span.getDimension(), sums.size());
    for (uint64_t vector = 0; vector < 64; ++vector) {
      EXPECT_EQ(span.contains(vector), sums.contains(vector));
      std::optional<uint64_t> used = span.solve(vector);
      EXPECT_EQ(used.has_value(), sums.contains(vector));
      if (used)
        EXPECT_EQ(sumColumns(vectors, *used), vector);
      uint64_t smallest = vector, largest = vector;
      for (uint64_t sum : sums) {
        smallest = std::min(smallest, vector ^ sum);
        largest = std::max(largest, vector ^ sum);
      }
      EXPECT_EQ(span.getRemainder(vector), smallest);
      EXPECT_EQ(span.getLargest(vector), largest);
    }
  }
}

TEST(Span, KernelIsAllThatSumsToZero) {
  test::Engine engine(2);
  for (unsigned round = 0; round < 200; ++round) {
    Vectors vectors = drawAny(engine, 6);
    std::set<uint64_t> zeros;
    for (uint64_t bits = 0; bits < uint64_t(1) << vectors.size(); ++bits)
      if (sumColumns(vectors, bits) == 0)
        zeros.insert(bits);
    EXPECT_EQ(listSums(getKernel(vectors)), zeros);
  }
}

TEST(Span, IntersectionIsWhatBothContain) {
  test::Engine engine(3);
  for (unsigned round = 0; round < 200; ++round) {
    Vectors a = drawAny(engine, 6), b = drawAny(engine, 6);
    std::set<uint64_t> ofA = listSums(a), both;
    for (uint64_t sum : listSums(b))
      if (ofA.contains(sum))
        both.insert(sum);
    EXPECT_EQ(listSums(intersect(a, b)), both);
  }
}

TEST(Span, ExtensionCompletes) {
  test::Engine engine(4);
  for (unsigned round = 0; round < 200; ++round) {
    Vectors a = drawAny(engine, 6), b = drawAny(engine, 6), all = a, both = a;
    Vectors extension = getExtension(a, b);
    all.append(b);
    both.append(extension);
    EXPECT_EQ(listSums(both), listSums(all));
    EXPECT_EQ(extension.size(),
              Span(all).getDimension() - Span(a).getDimension());
  }
}

TEST(Span, CommonComplementAvoidsBoth) {
  test::Engine engine(5);
  for (unsigned round = 0; round < 200; ++round) {
    Vectors within = test::drawVectors(engine, 6, 8, 6), a, b;
    for (Vectors *side : {&a, &b})
      for (uint64_t bits : drawAny(engine, 6))
        side->push_back(sumColumns(within, bits));
    Vectors complement = getCommonComplement(within, a, b);
    EXPECT_EQ(complement.size(),
              6 - std::max(Span(a).getDimension(), Span(b).getDimension()));
    EXPECT_EQ(Span(complement).getDimension(), complement.size());
    EXPECT_TRUE(intersect(complement, a).empty());
    EXPECT_TRUE(intersect(complement, b).empty());
    EXPECT_EQ(intersect(complement, within).size(), complement.size());
  }
}
