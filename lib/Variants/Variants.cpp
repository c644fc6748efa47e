//===- Variants.cpp - the recurrences of the library ----------------------===//

#include "lib/Variants/Variants.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;

static constexpr Variant variants[] = {
#include "lib/Variants/Variants.inc"
};

ArrayRef<Variant> sluice::getVariants() { return variants; }

const Variant *sluice::findVariant(StringRef name) {
  const Variant *found = find_if(
      variants, [&](const Variant &variant) { return variant.name == name; });
  return found == std::end(variants) ? nullptr : found;
}

StringRef sluice::nearestVariant(StringRef name) {
  StringRef nearest;
  // A third of the letters may be wrong; beyond that it is another word.
  unsigned limit = (name.size() + 2) / 3;
  for (const Variant &variant : variants) {
    unsigned distance = name.edit_distance_insensitive(
        variant.name, /*AllowReplacements=*/true, limit);
    if (distance <= limit && (nearest.empty() || distance < limit)) {
      nearest = variant.name;
      limit = distance;
    }
  }
  return nearest;
}
