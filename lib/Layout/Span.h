//===- Span.h - subspaces over GF(2) ----------------------------*- C++ -*-===//
//
// Vectors are the bits of a word, and their sum is XOR. What the layouts need
// of linear algebra is here: is a vector a sum of others, and of which; what
// two subspaces share; what completes one.
//
// Span span({0b001, 0b011}) contains 0b010 = 0b001 + 0b011: solve(0b010) is
// 0b11, the vectors number 0 and 1; solve(0b100) is nothing.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_SPAN_H
#define SLUICE_LIB_LAYOUT_SPAN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <array>
#include <cstdint>
#include <optional>

namespace sluice::layout {

using Vectors = llvm::SmallVector<uint64_t, 16>;

/// All sums of some vectors. At most 64 may be inserted, those that are sums of
/// earlier ones counted.
class Span {
public:
  Span() = default;
  explicit Span(llvm::ArrayRef<uint64_t> vectors) {
    for (uint64_t vector : vectors)
      insert(vector);
  }

  /// The vector becomes one of the sum; false if it already was.
  bool insert(uint64_t vector);
  unsigned getDimension() const;
  bool contains(uint64_t vector) const { return reduce(vector).rest == 0; }
  /// The smallest number among the vector plus any of the span: 0 if it is one.
  uint64_t getRemainder(uint64_t vector) const { return reduce(vector).rest; }
  /// The largest number among the vector plus any of the span.
  uint64_t getLargest(uint64_t vector) const;
  /// The vectors that sum up to this one: bit i is the i-th inserted. Only such
  /// are used as were no sum of earlier ones.
  std::optional<uint64_t> solve(uint64_t vector) const;

private:
  struct Reduced {
    uint64_t rest, used;
  };
  Reduced reduce(uint64_t vector) const;

  /// An echelon basis: the vector whose highest bit is i at i, and of which
  /// inserted ones it is the sum. Bit i of `pivots`: there is one.
  std::array<uint64_t, 64> basis = {}, combination = {};
  uint64_t pivots = 0;
  unsigned numInserted = 0;
};

/// The sum of those columns whose bit is set.
uint64_t sumColumns(llvm::ArrayRef<uint64_t> columns, uint64_t bits);

/// A basis of what sums to zero: bit i stands for column i.
Vectors getKernel(llvm::ArrayRef<uint64_t> columns);

/// A basis of what is in both spans.
Vectors intersect(llvm::ArrayRef<uint64_t> a, llvm::ArrayRef<uint64_t> b);

/// Those of `candidates`, in their order, that are no sum of `vectors` and
/// earlier ones taken.
Vectors getExtension(llvm::ArrayRef<uint64_t> vectors,
                     llvm::ArrayRef<uint64_t> candidates);

/// As many vectors as there can be, out of the span of `within`, none of whose
/// sums is in span(a) or in span(b) (but 0): a complement of the larger of the
/// two, and of the smaller, too. It has dimension dim(within) - max(dim(a),
/// dim(b)); a and b lie in the span of `within`. Vectors of `within` itself
/// come first.
Vectors getCommonComplement(llvm::ArrayRef<uint64_t> within,
                            llvm::ArrayRef<uint64_t> a,
                            llvm::ArrayRef<uint64_t> b);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_SPAN_H
