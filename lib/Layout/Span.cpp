//===- Span.cpp - subspaces over GF(2) ------------------------------------===//

#include "lib/Layout/Span.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <cassert>

using namespace sluice;
using namespace sluice::layout;

bool Span::insert(uint64_t vector) {
  assert(numInserted < 64 && "a span of at most 64 vectors");
  Reduced reduced = reduce(vector);
  uint64_t self = uint64_t(1) << numInserted++;
  if (!reduced.rest)
    return false;
  unsigned top = 63 - llvm::countl_zero(reduced.rest);
  basis[top] = reduced.rest;
  combination[top] = reduced.used ^ self;
  pivots |= uint64_t(1) << top;
  return true;
}

unsigned Span::getDimension() const { return llvm::popcount(pivots); }

Span::Reduced Span::reduce(uint64_t vector) const {
  Reduced reduced{vector, 0};
  // From the highest pivot down: what a step adds lies below its own.
  uint64_t left = pivots;
  while (true) {
    uint64_t hit = reduced.rest & left;
    if (!hit)
      return reduced;
    unsigned top = 63 - llvm::countl_zero(hit);
    reduced.rest ^= basis[top];
    reduced.used ^= combination[top];
    left &= (uint64_t(1) << top) - 1;
  }
}

uint64_t Span::getLargest(uint64_t vector) const {
  uint64_t left = pivots;
  while (true) {
    uint64_t missing = ~vector & left;
    if (!missing)
      return vector;
    unsigned top = 63 - llvm::countl_zero(missing);
    vector ^= basis[top];
    left &= (uint64_t(1) << top) - 1;
  }
}

std::optional<uint64_t> Span::solve(uint64_t vector) const {
  Reduced reduced = reduce(vector);
  if (reduced.rest)
    return std::nullopt;
  return reduced.used;
}

uint64_t layout::sumColumns(llvm::ArrayRef<uint64_t> columns, uint64_t bits) {
  uint64_t sum = 0;
  for (; bits; bits &= bits - 1)
    sum ^= columns[llvm::countr_zero(bits)];
  return sum;
}

Vectors layout::getKernel(llvm::ArrayRef<uint64_t> columns) {
  Vectors kernel;
  Span span;
  for (auto [i, column] : llvm::enumerate(columns)) {
    if (std::optional<uint64_t> sum = span.solve(column))
      kernel.push_back(*sum | uint64_t(1) << i);
    span.insert(column);
  }
  return kernel;
}

Vectors layout::intersect(llvm::ArrayRef<uint64_t> a,
                          llvm::ArrayRef<uint64_t> b) {
  // A sum of one side that is a sum of the other: the kernel of both side by
  // side, once neither has a kernel of its own.
  Vectors columns = getExtension({}, a);
  uint64_t left = (uint64_t(1) << columns.size()) - 1;
  columns.append(getExtension({}, b));
  Vectors shared;
  for (uint64_t zero : getKernel(columns))
    shared.push_back(sumColumns(columns, zero & left));
  return shared;
}

Vectors layout::getExtension(llvm::ArrayRef<uint64_t> vectors,
                             llvm::ArrayRef<uint64_t> candidates) {
  Span span;
  for (uint64_t vector : vectors)
    if (!span.contains(vector))
      span.insert(vector);
  Vectors taken;
  for (uint64_t candidate : candidates)
    if (!span.contains(candidate)) {
      span.insert(candidate);
      taken.push_back(candidate);
    }
  return taken;
}

Vectors layout::getCommonComplement(llvm::ArrayRef<uint64_t> within,
                                    llvm::ArrayRef<uint64_t> a,
                                    llvm::ArrayRef<uint64_t> b) {
  // With a = shared + ownA and b = shared + ownB, the sums of one vector of
  // ownA and another one of ownB are in neither, and what completes a + b to
  // the whole isn't either.
  Vectors shared = intersect(a, b);
  Vectors ownA = getExtension(shared, a), ownB = getExtension(shared, b);
  Vectors both = shared;
  both.append(ownA);
  both.append(ownB);
  Vectors complement = getExtension(both, within);
  for (size_t i = 0, e = std::min(ownA.size(), ownB.size()); i < e; ++i)
    complement.push_back(ownA[i] ^ ownB[i]);
  return complement;
}
