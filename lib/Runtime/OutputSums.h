//===- OutputSums.h - Outputs that tokens or heads share --------*- C++ -*-===//
//
// A step gives a value for each token and value head. Of an output per
// query/key head the tensor holds their sum over the value heads that share
// it, of one per value head that over all tokens: in the order of heads and
// tokens, in float64, rounded once, so that every run gives the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_OUTPUTSUMS_H
#define SLUICE_LIB_RUNTIME_OUTPUTSUMS_H

#include "lib/Runtime/Problem.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sluice::runtime {

inline bool isShared(const Output &output) {
  return output.kind != ArgumentKind::VHeads;
}

/// The same signature with outputs as a step gives them, per token and value
/// head.
Signature getUnsummed(const Signature &signature);

/// Sums one output. `load` gives the values of one token of all rows, [HV,…];
/// `store` takes those of one token, [H,…], or, once, of the run, [HV,…].
/// Errors are theirs.
llvm::Error
sumOutput(const Output &output, const Sizes &sizes,
          llvm::function_ref<llvm::Error(int64_t token,
                                         llvm::MutableArrayRef<double>)>
              load,
          llvm::function_ref<llvm::Error(int64_t place, llvm::ArrayRef<double>)>
              store);

/// Sums the terms of one output, [B,T,HV,…], all of them in memory.
void sumTerms(const Output &output, const Sizes &sizes,
              const OwnedTensor &terms, OwnedTensor &sums);

/// The results of `problem` from those of the same problem with the unsummed
/// signature, of any types. `dtype` replaces the problem's types.
llvm::Expected<Results> sumResults(const Problem &problem,
                                   const Results &unsummed,
                                   std::optional<io::DType> dtype);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_OUTPUTSUMS_H
