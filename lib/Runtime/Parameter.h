//===- Parameter.h - What a kernel's code takes -----------------*- C++ -*-===//
//
// Code says what it takes at each place, and a plan what it gives there: both
// come from a file, and are compared before anything is launched.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_PARAMETER_H
#define SLUICE_LIB_RUNTIME_PARAMETER_H

#include "lib/Runtime/LaunchPlan.h"

namespace sluice::runtime {

struct Artifact;

/// What a kernel's code takes at one place.
struct Parameter {
  KernelArgument::Kind kind = KernelArgument::Kind::Tensor;
  /// Of a tensor: names of runtime::Sizes and numbers; N are segments where the
  /// launch is over segments.
  io::DType dtype = io::DType::F32;
  SymbolicShape shape;
  /// Of scratch: at least so many.
  int64_t elements = 0;
  /// Of Present: the place of the tensor that it speaks of. Of one that is not
  /// there a kernel looks at no element, however many sequences it is of.
  unsigned tensor = 0;

  bool operator==(const Parameter &) const = default;
};

llvm::json::Value toJSON(const Parameter &parameter);
/// Reads what toJSON() has written, of one kernel.
bool fromJSON(const llvm::json::Value &value,
              std::vector<Parameter> &parameters, llvm::json::Path path);

/// An error that names the first argument of a launch that is not what its code
/// takes.
llvm::Error checkLaunches(const Artifact &artifact);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_PARAMETER_H
