//===- Generate.h - Random inputs for a recurrence --------------*- C++ -*-===//
//
// Inputs as models have them, for trying and timing any spec. What an argument
// is for is read off its uses, never off its name:
// - what reaches a gate of delta.decay or a factor of delta.scale_state through
//   elementwise ops takes the first of a few ranges for which all gates come
//   out at or below 0 and all factors within [-1, 1] (tried on samples):
//   log gates in [-0.5, -0.001], factors in (0, 1), normal numbers;
// - other scalars are in (0, 1): write strengths, forget factors;
// - other vectors along `key` are normal and of length 1: queries and keys. So
//   are those along `value` that a state is multiplied by on its way to the
//   next: what a correction reads with, or writes beside what it has read;
// - other vectors along `value`, and initial states, are normal.
// What a state is multiplied by has length 1 also where it reaches a gate.
// Numbers outside a range that the spec declares are drawn anew inside it.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_GENERATE_H
#define SLUICE_LIB_REFERENCE_GENERATE_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/Runtime/Problem.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace sluice::reference {

class Random;

struct GenerateOptions {
  runtime::Sizes sizes;
  /// Of all arguments; initial states are f32, or f64 with this one.
  io::DType dtype = io::DType::F32;
  bool initialStates = false;
  /// Lengths of the sequences packed into the row; empty for none.
  std::vector<int64_t> sequenceLengths;
  uint64_t seed = 0;
  /// Also gradients by the outputs and, with initial states, by the final ones:
  /// normal numbers.
  bool gradients = false;
};

/// The text of --generate: `B=1,T=1024,H=4,HV=4,K=128,V=128,dtype=f32,initial,
/// seqlens=5:0:3`, in any order; what is absent has these sizes, HV that of H,
/// T the sum of seqlens.
llvm::Expected<GenerateOptions> parseGenerateOptions(llvm::StringRef text);

/// A tensor for every argument; also cu_seqlens, the initial states and
/// gradients if asked for. Depends on the seed, the sizes and the spec only.
llvm::Expected<std::vector<runtime::OwnedTensor>>
generate(delta::RecurrenceOp op, const GenerateOptions &options);

/// Where the numbers of an argument come from.
enum class NumberSource { LogGate, Unit, Normal };

struct Distribution {
  NumberSource source;
  /// Vectors are scaled to length 1.
  bool hasUnitLength = false;
};

/// Draws one number; the caller scales vectors.
double draw(NumberSource source, Random &random);

/// `number` where it is in the range (null: all there are); else another one,
/// which is.
double moveInto(delta::RangeAttr range, double number, Random &random);

/// Chooses one distribution for each argument, by the rules above.
std::vector<Distribution> chooseDistributions(delta::RecurrenceOp op);

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_GENERATE_H
