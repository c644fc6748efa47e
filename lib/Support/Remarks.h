//===- Remarks.h - what passes say of their choices -------------*- C++ -*-===//
//
// Passes say what they did, what they could not and why with MLIR's remarks
// (mlir/IR/Remarks.h): `passed`, `missed` and `analysis`, each with a name and
// the pass's argument as its category. Nobody hears them until asked to. They
// count in remarks, too: the statistics of passes are empty in an LLVM without
// assertions, such as Debian's, and classes of another layout than here.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SUPPORT_REMARKS_H
#define SLUICE_LIB_SUPPORT_REMARKS_H

#include "mlir/IR/Remarks.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/Error.h"

namespace sluice {

/// Makes diagnostics of the context of those remarks in whose category the
/// regular expression is found, at the place that they are about. Fails if
/// `filter` is not a regular expression.
llvm::Error enableRemarks(mlir::MLIRContext &context, llvm::StringRef filter);

/// Says how often a pass did `what` to an operation; nothing if never.
inline void remarkCount(mlir::Pass &pass, mlir::Operation *op,
                        llvm::StringRef what, uint64_t count) {
  if (count)
    mlir::remark::passed(
        op->getLoc(),
        mlir::remark::RemarkOpts::name(what).category(pass.getArgument()))
        << mlir::remark::metric("Count", count);
}

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_REMARKS_H
