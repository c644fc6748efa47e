//===- NestingScan.h - Bound the nesting of text before parsing -*- C++ -*-===//
//
// llvm::json::parse and MLIR's parser recurse once per level of nesting, so a
// file of 100,000 open brackets overflows the stack. These scans run first, in
// linear time and without recursion, and say where a text nests too deeply.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_IO_NESTINGSCAN_H
#define SLUICE_LIB_IO_NESTINGSCAN_H

#include "llvm/ADT/StringRef.h"
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::io {

/// Enough for every well-formed safetensors header, which nests three deep.
inline constexpr unsigned kJSONNestingLimit = 64;
/// Far above what people write. MLIR's parser overflows an 8 MiB stack between
/// 2,000 and 5,000 levels of regions, its most expensive construct.
inline constexpr unsigned kMLIRNestingLimit = 256;
/// Uses of aliases that one definition may expand to.
inline constexpr uint64_t kMLIRAliasLimit = 1 << 16;
/// Characters of one number: MLIR's parser takes time with their square, and
/// no type has so many digits.
inline constexpr size_t kMLIRNumberLimit = 1000;

/// Returns the byte offset at which the JSON text nests deeper than `limit`
/// brackets, `[` and `{`, outside strings; nothing if it never does. The text
/// need not be valid JSON.
std::optional<size_t> findJSONNestingDeeperThan(llvm::StringRef text,
                                                unsigned limit);

/// Returns the byte offset of the token (or, in such a comment as below, of the
/// comment) at which the MLIR text nests deeper than `limit`; nothing if it
/// never does. The text need not be valid MLIR, and the scan errs
/// on the deep side: for any prefix that MLIR's parser accepts, the depth
/// counted here is at least the depth of the parser's recursion.
///
/// One level is each of these, all of which overflowed mlir-opt 22 when nested
/// 100,000 deep:
/// - an open bracket `(`, `[`, `{` or `<` outside strings and comments:
///   regions and nested modules, array and dictionary attributes, properties,
///   types (`tuple<`, `memref<`, `complex<`, `!llvm.array<`), function types,
///   `dense<[[` and `sparse<[[`, locations (`callsite(`, `fused[`, `"x"(`),
///   parenthesised affine expressions. The `>` of `->` and of `>=` closes
///   nothing;
/// - an operator of an affine expression: `- - - x`, `a + b + c` and
///   `a * b * c` recurse to the right without a bracket. Operators count while
///   they join a chain `x op y op z`, and the level ends with the chain;
/// - a link of a chain of aliases: `!a1 = tuple<!a0>`, `!a2 = tuple<!a1>`, ...
///   nests without a bracket of its own and overflows when it is printed. The
///   use of an alias counts as many levels as the alias' definition nests.
///
/// In the body of a dialect's attribute or type (`!d.t<...>`) MLIR looks for
/// the end without heeding comments and then lets the dialect parse it heeding
/// them; there a comment's brackets, operators and aliases count too.
///
/// An alias that is made of more than kMLIRAliasLimit others, each counted as
/// often as it is used, counts as too deep: `!a1 = tuple<!a0, !a0>` and so on
/// is small and shallow, and prints without end in an error.
///
/// Not covered: chains that the parser walks in a loop (SSA values, symbol
/// references, lists).
std::optional<size_t> findMLIRNestingDeeperThan(llvm::StringRef text,
                                                unsigned limit);

/// What makes MLIR's parser crash, or run without end.
enum class MLIRHazard {
  /// Deeper than kMLIRNestingLimit, in the sense above.
  Nesting,
  /// A number longer than kMLIRNumberLimit.
  Number,
  /// `{-# … #-}`, the file's metadata: its binary data is aligned as it says
  /// itself, which nothing checks.
  Metadata,
};

struct MLIRHazardPlace {
  MLIRHazard hazard;
  size_t offset;
};

/// Returns the first hazard of the MLIR text; nothing if it has none. In linear
/// time and without recursion.
std::optional<MLIRHazardPlace> findMLIRHazard(llvm::StringRef text);

} // namespace sluice::io

#endif // SLUICE_LIB_IO_NESTINGSCAN_H
