//===- Error.h - How far results are from the reference ---------*- C++ -*-===//

#ifndef SLUICE_LIB_REFERENCE_ERROR_H
#define SLUICE_LIB_REFERENCE_ERROR_H

#include "lib/Runtime/Problem.h"

#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace sluice::reference {

/// The distance of one tensor from its reference.
///
/// Equal infinities, and NaN where the reference is NaN, agree and count in
/// neither sum. Where only one of them is a NaN, or an infinity differs, both
/// errors are NaN or infinite.
struct TensorError {
  std::string name;
  /// RMS(ours − reference) / RMS(reference); RMS(ours) where the reference is
  /// zero everywhere; 0 without elements.
  double relativeRMS = 0;
  /// max |ours − reference|
  double maxAbsolute = 0;
};

/// Compares two tensors of one shape.
TensorError compare(const runtime::OwnedTensor &ours,
                    const runtime::OwnedTensor &reference);

/// Of every tensor of `reference`; an error if `ours` has other tensors.
llvm::Expected<std::vector<TensorError>>
compare(const runtime::Results &ours, const runtime::Results &reference);

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_ERROR_H
