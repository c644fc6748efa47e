//===- NearestName.cpp - The name that was meant --------------------------===//

#include "lib/Support/NearestName.h"

using namespace llvm;

StringRef sluice::findNearestName(StringRef name, ArrayRef<StringRef> names) {
  StringRef nearest;
  // A third of the letters may be wrong; beyond that it is another word.
  unsigned limit = (name.size() + 2) / 3;
  for (StringRef candidate : names) {
    unsigned distance = name.edit_distance_insensitive(
        candidate, /*AllowReplacements=*/true, limit);
    if (distance <= limit && (nearest.empty() || distance < limit)) {
      nearest = candidate;
      limit = distance;
    }
  }
  return nearest;
}
