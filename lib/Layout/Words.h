//===- Words.h - elements of fewer than 32 bits in registers ----*- C++ -*-===//
//
// A layout's registers are elements. Those of fewer than 32 bits are taken to
// be packed in 32-bit registers as their numbers follow each other, so that the
// lowest register bits are those within a word. What keeps words whole moves
// them by one instruction; anything else puts them together from two (prmt).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_WORDS_H
#define SLUICE_LIB_LAYOUT_WORDS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstdint>

namespace sluice::layout {

inline constexpr unsigned kWordBytes = 4;

/// The register bits within a word, of 2^registerBits elements.
inline unsigned getWordBits(unsigned elementBytes, unsigned registerBits = 32) {
  unsigned bits = 0;
  while (elementBytes << bits < kWordBytes)
    ++bits;
  return std::min(bits, registerBits);
}

/// The registers of elements that are moved together, by the bits of their
/// number, are words: the lowest bits are those of a word, and nothing else
/// moves within it.
inline bool keepsWords(llvm::ArrayRef<uint64_t> registers, unsigned wordBits) {
  if (registers.size() < wordBits)
    return false;
  return llvm::all_of(llvm::enumerate(registers), [&](auto pair) {
    auto [i, bits] = pair;
    return i < wordBits ? bits == uint64_t(1) << i
                        : !(bits & ((1u << wordBits) - 1));
  });
}

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_WORDS_H
