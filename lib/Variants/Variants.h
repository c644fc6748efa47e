//===- Variants.h - the recurrences of the library --------------*- C++ -*-===//
//
// The .mlir files of this folder, embedded. A variant is text like any spec a
// user writes: nothing behind this header knows what it means.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_VARIANTS_VARIANTS_H
#define SLUICE_LIB_VARIANTS_VARIANTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace sluice {

struct Variant {
  /// The file's name without `.mlir`, and the symbol it defines.
  llvm::StringLiteral name;
  /// The whole file, comments included.
  llvm::StringLiteral source;
};

/// All variants, in the order of their names.
llvm::ArrayRef<Variant> getVariants();

/// The variant called `name`, null if there is none.
const Variant *findVariant(llvm::StringRef name);

/// The name a user may have meant by `name`: the variant's at the smallest edit
/// distance, letter case aside; empty if none is near.
llvm::StringRef nearestVariant(llvm::StringRef name);

} // namespace sluice

#endif // SLUICE_LIB_VARIANTS_VARIANTS_H
