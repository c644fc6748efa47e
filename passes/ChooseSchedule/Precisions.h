//===- Precisions.h - how exact products have to be -------------*- C++ -*-===//

#ifndef SLUICE_PASSES_CHOOSESCHEDULE_PRECISIONS_H
#define SLUICE_PASSES_CHOOSESCHEDULE_PRECISIONS_H

#include "dialects/WY/WYOps.h"

namespace sluice {

/// The precisions of a scan's products on a GPU. `goal` is the name of an
/// Exactness, or of a precision that all products have; outputs are held in
/// `outputType`. Says in remarks of `category` what each product has and why.
/// Fails, with an error, where there is no such goal.
mlir::FailureOr<wy::PrecisionsAttr> choosePrecisions(wy::ScanOp scan,
                                                     llvm::StringRef goal,
                                                     llvm::StringRef outputType,
                                                     llvm::StringRef category);

} // namespace sluice

#endif // SLUICE_PASSES_CHOOSESCHEDULE_PRECISIONS_H
