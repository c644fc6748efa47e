//===- Distributions.cpp - What an argument's numbers look like -----------===//

#include "lib/Reference/Generate.h"
#include "lib/Reference/Random.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;
using namespace sluice::runtime;
using mlir::BlockArgument;
using mlir::Operation;
using mlir::Value;

double reference::draw(NumberSource source, Random &random) {
  switch (source) {
  case NumberSource::LogGate:
    return random.uniform(-0.5, -0.001);
  case NumberSource::Unit:
    return random.unit();
  case NumberSource::Normal:
    return random.normal();
  }
  llvm_unreachable("covered switch");
}

double reference::moveInto(RangeAttr range, double number, Random &random) {
  if (!range)
    return number;
  double lower = range.getLower().convertToDouble();
  double upper = range.getUpper().convertToDouble();
  if (lower <= number && number <= upper)
    return number;
  if (std::isinf(lower))
    return upper - std::fabs(random.normal());
  if (std::isinf(upper))
    return lower + std::fabs(random.normal());
  return random.uniform(lower, upper);
}

/// The arguments that reach `value` through elementwise ops and broadcasts, or
/// also through reductions.
static void collectSources(Value value, SetVector<BlockArgument> &sources,
                           bool throughReductions = false) {
  SetVector<Value> values;
  values.insert(value);
  for (unsigned i = 0; i < values.size(); ++i) { // grows
    if (auto argument = dyn_cast<BlockArgument>(values[i])) {
      sources.insert(argument);
      continue;
    }
    Operation *op = values[i].getDefiningOp();
    if (isa<ElementwiseOpInterface, BroadcastOp>(op) ||
        (throughReductions && isa<DotOp, ReduceOp>(op)))
      values.insert_range(op->getOperands());
  }
}

/// The vectors that a state is multiplied by on its way to the next: what is
/// read with, what is written beside something that was read, factors of that.
/// If these were long the state would grow from token to token.
static SetVector<BlockArgument> collectMultipliers(RecurrenceOp op) {
  auto isState = [](Value value) { return isa<StateType>(value.getType()); };
  mlir::Block &step = op.getStep();
  DenseSet<Value> ofState, toState;
  for (Operation &made : step.without_terminator())
    if (!isState(made.getResult(0)) &&
        any_of(made.getOperands(), [&](Value operand) {
          return isState(operand) || ofState.contains(operand);
        }))
      ofState.insert(made.getResult(0));
  for (Operation &made : reverse(step.without_terminator()))
    if (isState(made.getResult(0)) || toState.contains(made.getResult(0)))
      toState.insert_range(made.getOperands());

  SetVector<BlockArgument> multipliers;
  auto addFactors = [&](Value a, Value b) {
    for (auto [value, other] : {std::pair(a, b), std::pair(b, a)})
      if (ofState.contains(value) && !ofState.contains(other))
        collectSources(other, multipliers, /*throughReductions=*/true);
  };
  for (Operation &made : step.without_terminator()) {
    if (auto write = dyn_cast<WriteOp>(made))
      addFactors(write.getRow(), write.getColumn());
    else if (!toState.contains(made.getResult(0)))
      continue;
    else if (auto read = dyn_cast<ReadOp>(made))
      collectSources(read.getVector(), multipliers,
                     /*throughReductions=*/true);
    else if (isa<MulOp, DivOp, DotOp>(made))
      addFactors(made.getOperand(0), made.getOperand(1));
  }
  return multipliers;
}

namespace {
/// What the gates and factors of a step come out at, entry by entry.
class Sampler {
public:
  Sampler(RecurrenceOp op, ArrayRef<Distribution> distributions)
      : op(op), distributions(distributions) {}

  /// True if on some samples no gate is above 0 and no factor beyond 1.
  bool keepsStatesBounded() {
    constexpr unsigned kSamples = 64;
    for (unsigned i = 0; i < kSamples; ++i)
      if (!sample())
        return false;
    return true;
  }

private:
  bool sample();
  double evaluate(Operation &step);

  RecurrenceOp op;
  ArrayRef<Distribution> distributions;
  Random random{0};
  DenseMap<Value, double> numbers;
};
} // namespace

double Sampler::evaluate(Operation &step) {
  if (auto constant = dyn_cast<ConstantOp>(step))
    return constant.getValue().convertToDouble();
  if (isa<ScaleOp>(step))
    return 1;
  if (isa<BroadcastOp>(step))
    return numbers.lookup(step.getOperand(0));
  auto function = dyn_cast<ElementwiseOpInterface>(step);
  if (!function)
    return random.uniform(-1, 1); // a read, a dot product, a norm
  SmallVector<double> operands;
  for (Value operand : step.getOperands())
    operands.push_back(numbers.lookup(operand));
  return function.evaluate(operands);
}

bool Sampler::sample() {
  for (BlockArgument argument : op.getStep().getArguments()) {
    unsigned index = argument.getArgNumber();
    auto [source, hasUnitLength] = distributions[index];
    double number = draw(source, random);
    if (hasUnitLength) // whatever the others are
      number *= random.unit();
    numbers[argument] = moveInto(op.getArgRange(index), number, random);
  }
  for (Operation &step : op.getStep().without_terminator()) {
    if (auto decay = dyn_cast<DecayOp>(step)) {
      if (!(numbers.lookup(decay.getGate()) <= 0))
        return false;
    } else if (auto scale = dyn_cast<ScaleStateOp>(step)) {
      if (!(std::fabs(numbers.lookup(scale.getFactor())) <= 1))
        return false;
    } else if (!isa<StateType>(step.getResult(0).getType())) {
      numbers[step.getResult(0)] = evaluate(step);
    }
  }
  return true;
}

std::vector<Distribution> reference::chooseDistributions(RecurrenceOp op) {
  SetVector<BlockArgument> gates, factors;
  for (DecayOp decay : op.getStep().getOps<DecayOp>())
    collectSources(decay.getGate(), gates);
  for (ScaleStateOp scale : op.getStep().getOps<ScaleStateOp>())
    collectSources(scale.getFactor(), factors);

  SetVector<BlockArgument> multipliers = collectMultipliers(op);
  std::vector<Distribution> chosen;
  for (BlockArgument argument : op.getStep().getArguments()) {
    auto vector = dyn_cast<VecType>(argument.getType());
    bool isFactor = gates.contains(argument) || factors.contains(argument);
    Distribution &distribution = chosen.emplace_back();
    distribution.source = gates.contains(argument) ? NumberSource::LogGate
                          : !vector || isFactor    ? NumberSource::Unit
                                                   : NumberSource::Normal;
    distribution.hasUnitLength =
        vector && (multipliers.contains(argument) ||
                   (!isFactor && vector.getAxis() == Axis::Key));
  }

  // The first choice that fits, in the order of an odometer; of very many
  // arguments the last ones stay as they are.
  constexpr size_t kMaxFree = 6;
  constexpr NumberSource kWheel[] = {NumberSource::LogGate, NumberSource::Unit,
                                     NumberSource::Normal};
  SmallVector<BlockArgument> free(gates.begin(), gates.end());
  for (BlockArgument argument : factors)
    if (!gates.contains(argument))
      free.push_back(argument);
  free.resize(std::min(free.size(), kMaxFree));
  std::vector<Distribution> first = chosen;
  while (!Sampler(op, chosen).keepsStatesBounded()) {
    bool carry = true;
    for (BlockArgument argument : free) {
      NumberSource &place = chosen[argument.getArgNumber()].source;
      NumberSource start = first[argument.getArgNumber()].source;
      size_t next =
          (find(kWheel, place) - std::begin(kWheel) + 1) % std::size(kWheel);
      place = kWheel[next];
      carry = place == start;
      if (!carry)
        break;
    }
    if (carry)
      return first; // nothing fits
  }
  return chosen;
}
