//===- Problem.h - A recurrence bound to tensors ----------------*- C++ -*-===//
//
// What every device is given: a recurrence, a tensor for each of its arguments,
// sizes and sequences, all checked against each other. And what every device
// gives back.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_PROBLEM_H
#define SLUICE_LIB_RUNTIME_PROBLEM_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/IO/SafeTensors.h"
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
// Sizes
//===----------------------------------------------------------------------===//

enum class Dim { B, T, H, HV, K, V, N };
inline constexpr unsigned kNumDims = 7;

/// "B", "T", "H", "HV", "K", "V", "N".
llvm::StringRef dimName(Dim dim);

/// The sizes of one run, in elements of each axis.
struct Dims {
  int64_t B = 0;  ///< rows of the batch
  int64_t T = 0;  ///< tokens in a row
  int64_t H = 0;  ///< query/key heads
  int64_t HV = 0; ///< value heads, a multiple of H
  int64_t K = 0;  ///< elements along `key`
  int64_t V = 0;  ///< elements along `value`
  int64_t N = 0;  ///< sequences, each with a state of its own

  int64_t get(Dim dim) const;
  int64_t &get(Dim dim);
  /// The query/key head that a value head uses.
  int64_t qkHead(int64_t valueHead) const { return valueHead / (HV / H); }
};

using SymbolicShape = llvm::SmallVector<Dim, 4>;

/// The shape of an argument's tensor (of a state argument's initial state):
/// [B,T,H,K], [B,T,HV], [HV], [N,HV,K,V], ...
SymbolicShape argumentShape(delta::RecurrenceOp op, unsigned index);
/// [B,T,HV], [B,T,HV,K] or [B,T,HV,V].
SymbolicShape outputShape(delta::RecurrenceOp op, unsigned index);
/// As it is printed: "[B,T,HV,V]".
std::string toString(llvm::ArrayRef<Dim> shape);
llvm::SmallVector<int64_t, 4> evaluate(llvm::ArrayRef<Dim> shape,
                                       const Dims &dims);

/// "initial_state", "final_state", or "initial_state_S", ... where there are
/// several states. `index` counts the state arguments.
std::string initialStateName(delta::RecurrenceOp op, unsigned index);
std::string finalStateName(delta::RecurrenceOp op, unsigned index);

/// True if the step asks for the scale of the run (delta.scale).
bool takesScale(delta::RecurrenceOp op);

//===----------------------------------------------------------------------===//
// The problem
//===----------------------------------------------------------------------===//

/// Tokens [begin, end) of one row of the batch. Sequence n has state n.
struct Sequence {
  int64_t batch, begin, end;
};

struct Problem {
  delta::RecurrenceOp op;
  Dims dims;
  /// dims.N of them.
  std::vector<Sequence> sequences;
  /// One per block argument, of the shape argumentShape() says and of a compute
  /// type. For a state argument: its initial state, or a view without data
  /// (empty shape, null bytes) if it starts at zero. Not owned.
  std::vector<io::TensorView> args;
  /// What delta.scale gives.
  double scale = 1;
  /// The type of every output, and of every final state.
  io::DType outputDType = io::DType::F32, stateDType = io::DType::F32;

  bool hasInitialState(unsigned argument) const {
    return args[argument].bytes.data() != nullptr ||
           !args[argument].shape.empty();
  }
};

struct BindOptions {
  /// Replaces K^(-1/2).
  std::optional<double> scale;
  /// The device computes in float64.
  bool allowF64 = false;
};

/// Finds a tensor for every argument of `op` by name and unifies their shapes.
/// `op` and the tensors' bytes must outlive the problem. Errors name the
/// tensor, what was expected, with the sizes known so far and where they come
/// from, and what was found.
llvm::Expected<Problem> bind(delta::RecurrenceOp op,
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
