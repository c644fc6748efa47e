//===- StepTerms.h - values of a step with their bounds ---------*- C++ -*-===//
//
// What StepGenerator builds with: operations that also say how large their
// result can be, how far it moves when the states move, and which of the
// states' entries it depends on.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_STEPTERMS_H
#define SLUICE_TEST_UNIT_GENERATOR_STEPTERMS_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/Reference/Random.h"
#include "mlir/IR/Builders.h"
#include <cstdint>
#include <limits>
#include <optional>

namespace sluice::delta {

/// How a value depends on the incoming states, worst last.
enum class Reach { None, Columns, Rows, Mixed, Nonlinear };
Reach join(Reach a, Reach b);

/// A scalar or vector and what is known of it. A bound may be infinite.
struct Term {
  mlir::Value value;
  /// |x_i| and √(Σ x_i²).
  double largest = 1, norm = 1;
  /// |x(S) − x(S')| / |S − S'| in euclidean and Frobenius norms.
  double gain = 0;
  Reach reach = Reach::None;
  /// The arguments and reads it is made of, as bits. Sums are of terms that
  /// share none: x − tanh(x) would be all rounding.
  uint64_t sources = 0;
  bool isMadeOfReads() const { return reach != Reach::None; }
  std::optional<Axis> getAxis() const;
};

/// A state value and the same of it; its size is not bounded.
struct StateTerm {
  mlir::Value value;
  double gain = 1;
};

enum class Unary {
  Neg,
  Abs,
  Expm1,
  Tanh,
  Sigmoid,
  Silu,
  Softplus,
  SqrtSigmoid
};
inline constexpr unsigned kNumUnaries = 8;
enum class Binary { Add, Sub, Mul, Div, Max, Min };
inline constexpr unsigned kNumBinaries = 6;

class TermBuilder {
public:
  static constexpr double infinity = std::numeric_limits<double>::infinity();

  explicit TermBuilder(mlir::OpBuilder &builder)
      : b(builder), loc(builder.getUnknownLoc()) {}

  // Values.
  Term argument(mlir::BlockArgument argument);
  Term constant(double number);
  Term scale();
  Term broadcast(Term scalar, Axis axis);
  Term unary(Unary kind, Term a);
  /// Div divides by sigmoid(c) + 0.5.
  Term binary(Binary kind, Term a, Term c);
  Term dot(Term a, Term c);
  Term reduce(Reduction kind, Term a);
  Term l2norm(Term a, double epsilon);
  /// At most `bound` long: multiplied by a constant if it has to be.
  Term limitNorm(Term a, double bound);
  /// e^g, sigmoid(g) or expm1(g) of a gate.
  Term gateFunction(Term gate, reference::Random &random);

  // Gates, which may be −inf: at most 0.
  Term negativeSoftplus(Term a);
  Term logSigmoid(Term a);
  Term logOfSigmoid(Term a);
  Term addGates(Term a, Term c);
  Term mulPositive(Term gate, Term positive);

  // States.
  StateTerm decay(StateTerm state, Term gate);
  StateTerm scaleState(StateTerm state, Term factor);
  /// One more source.
  Term read(StateTerm state, Term vector);
  StateTerm write(StateTerm state, Term row, Term column);
  StateTerm addStates(StateTerm a, StateTerm c);

private:
  uint64_t nextSource();

  mlir::OpBuilder &b;
  mlir::Location loc;
  unsigned numSources = 0;
};

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_STEPTERMS_H
