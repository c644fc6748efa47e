//===- NearestName.h - The name that was meant ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SUPPORT_NEARESTNAME_H
#define SLUICE_LIB_SUPPORT_NEARESTNAME_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace sluice {

/// The one of `names` that a user may have meant by `name`: at the smallest
/// edit distance, letter case aside; empty if none is near.
llvm::StringRef findNearestName(llvm::StringRef name,
                                llvm::ArrayRef<llvm::StringRef> names);

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_NEARESTNAME_H
