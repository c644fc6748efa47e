//===- Variants.cpp - the recurrences of the library ----------------------===//

#include "lib/Variants/Variants.h"

#include "lib/Support/NearestName.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

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
  return findNearestName(
      name, map_to_vector(variants, [](const Variant &variant) -> StringRef {
        return variant.name;
      }));
}
