//===- StepValues.h - random values of a step -------------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_STEPVALUES_H
#define SLUICE_TEST_UNIT_GENERATOR_STEPVALUES_H

#include "test/unit/Generator/StepTerms.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sluice::delta {

/// The values of a step so far, and random new ones.
class StepValues {
protected:
  StepValues(mlir::OpBuilder &builder, reference::Random random)
      : b(builder), t(builder), random(random) {}

  // Chance.
  unsigned below(size_t bound) { return random.bits() % bound; }
  bool chance(double probability) { return random.unit() < probability; }
  template <typename T> const T &oneOf(llvm::ArrayRef<T> list) {
    return list[below(list.size())];
  }
  Axis anyAxis() { return chance(0.5) ? Axis::Key : Axis::Value; }

  /// One of the values along an axis (scalars without one).
  std::optional<Term> pick(std::optional<Axis> axis,
                           llvm::function_ref<bool(const Term &)> accept);
  std::optional<Term> pickOfReads(std::optional<Axis> axis) {
    return pick(axis, [](const Term &term) { return term.isMadeOfReads(); });
  }
  /// An argument along an axis; its elements differ, unlike a broadcast's.
  Term argument(Axis axis) {
    return *pick(axis, [](const Term &term) {
      return llvm::isa<mlir::BlockArgument>(term.value);
    });
  }
  /// One that does not depend on a state.
  Term ofArguments(std::optional<Axis> axis);
  /// The same, at most 1 long.
  Term unitVector(Axis axis);
  /// A gate made of arguments; or of one value.
  Term gate(std::optional<Axis> axis);
  Term gateOf(Term term);
  /// At most 1 in size, 0 and negative ones included.
  Term factor(std::optional<Axis> axis);
  /// One more value, an odd one too.
  void derive();

  mlir::OpBuilder &b;
  TermBuilder t;
  reference::Random random;
  llvm::SmallVector<Term> values, gates;
  /// How many more factors are numbers than chance has it.
  double numbers = 0;

private:
  void deriveUnary();
  void deriveBinary();
  void deriveScalar();
};

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_STEPVALUES_H
