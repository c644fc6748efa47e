//===- RangeCheck.h - Whether numbers lie where they are promised -*- C++ -*-=//

#ifndef SLUICE_LIB_RUNTIME_RANGECHECK_H
#define SLUICE_LIB_RUNTIME_RANGECHECK_H

#include "lib/IO/SafeTensors.h"
#include "lib/Runtime/Signature.h"

namespace sluice::runtime {

/// An error that names the first number of a tensor outside the range, if there
/// is one: outside its ends as the tensor's type rounds them, that is, but
/// never beyond what a kernel clamps to.
llvm::Error checkRange(llvm::StringRef name, const io::TensorView &tensor,
                       const NumberRange &range);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_RANGECHECK_H
