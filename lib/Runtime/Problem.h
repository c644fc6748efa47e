//===- Problem.h - A recurrence bound to tensors ----------------*- C++ -*-===//
//
// What every device is given: the signature of a recurrence, a tensor for each
// of its arguments, sizes and sequences, all checked against each other. And
// what every device gives back.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_PROBLEM_H
#define SLUICE_LIB_RUNTIME_PROBLEM_H

#include "lib/IO/SafeTensors.h"
#include "lib/Runtime/Signature.h"
#include "lib/Runtime/Tensor.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::runtime {

//===----------------------------------------------------------------------===//
// The problem
//===----------------------------------------------------------------------===//

/// Tokens [begin, end) of one row of the batch. Sequence n has state n.
struct Sequence {
  int64_t batch, begin, end;
};

/// False for a tensor that was not given (empty shape, null bytes), which is
/// zero.
inline bool hasData(const io::TensorView &tensor) {
  return tensor.bytes.data() != nullptr || !tensor.shape.empty();
}

struct Problem {
  Signature signature;
  Sizes sizes;
  /// N of them.
  std::vector<Sequence> sequences;
  /// One for each argument, of its shape and of a compute type. For a state:
  /// the initial one, or a view without data if it starts at zero. Not owned.
  std::vector<io::TensorView> args;
  /// Bound backwards: the gradients by the outputs, each of its shape, and by
  /// the final states. Views without data are zero; one has data at least.
  std::vector<io::TensorView> outputGradients, finalStateGradients;
  /// What delta.scale gives.
  double scale = 1;
  /// The type of every output, and of every final state.
  io::DType outputDType = io::DType::F32, stateDType = io::DType::F32;

  bool hasInitialState(unsigned argument) const {
    return hasData(args[argument]);
  }
};

struct BindOptions {
  /// Replaces K^(-1/2).
  std::optional<double> scale;
  /// The device computes in float64.
  bool allowF64 = false;
  /// Gradients are asked for: those by outputs and final states are inputs.
  bool backward = false;
  /// What is known without tensors: it is believed where none of them runs
  /// along an axis. A tensor of another size is an error.
  Sizes sizes;
};

/// Finds a tensor for every argument by name and unifies their shapes. The
/// tensors' bytes must outlive the problem. Errors name the tensor, what was
/// expected, with the sizes known so far and where they come from, and what was
/// found.
llvm::Expected<Problem> bind(const Signature &signature,
                             llvm::ArrayRef<io::NamedTensor> tensors,
                             const BindOptions &options = {});

//===----------------------------------------------------------------------===//
// The results
//===----------------------------------------------------------------------===//

/// The tensors that a run gives: outputs as declared, then final states.
struct Results {
  std::vector<OwnedTensor> tensors;

  /// All of the problem's results, zero. `dtype` replaces the problem's types.
  static llvm::Expected<Results> allocate(const Problem &problem,
                                          std::optional<io::DType> dtype = {});

  OwnedTensor &output(unsigned index) { return tensors[index]; }
  /// `index` counts the state arguments.
  OwnedTensor &finalState(unsigned index) {
    return tensors[numOutputs + index];
  }
  const OwnedTensor *find(llvm::StringRef name) const;
  std::vector<io::NamedTensor> views() const;

  unsigned numOutputs = 0;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_PROBLEM_H
