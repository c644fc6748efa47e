//===- StepTerms.cpp - values of a step with their bounds -----------------===//

#include "test/unit/Generator/StepTerms.h"
#include "test/unit/Generator/StepGenerator.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// |1|₂ of the longest vector.
static const double ones = std::sqrt(static_cast<double>(kMaxGeneratedDim));
/// States stay about this large (by experience, not by a proof): what a factor
/// that depends on a state multiplies.
static constexpr double stateSize = 4;

Reach delta::join(Reach a, Reach c) {
  if ((a == Reach::Columns && c == Reach::Rows) ||
      (a == Reach::Rows && c == Reach::Columns))
    return Reach::Mixed;
  return std::max(a, c);
}

std::optional<Axis> Term::getAxis() const {
  if (auto vec = dyn_cast<VecType>(value.getType()))
    return vec.getAxis();
  return std::nullopt;
}

/// A product of bounds: nothing of something unbounded is nothing.
static double times(double a, double c) { return a == 0 || c == 0 ? 0 : a * c; }

static Reach nonlinear(Reach reach) {
  return reach == Reach::None ? reach : Reach::Nonlinear;
}

/// A term of operands: its sources are theirs.
static Term finish(ArrayRef<Term> operands, Value value, double largest,
                   double norm, double gain, Reach reach) {
  bool isVector = isa<VecType>(value.getType());
  norm = isVector ? std::min(norm, times(ones, largest)) : largest;
  uint64_t sources = 0;
  for (const Term &operand : operands)
    sources |= operand.sources;
  return {value, std::min(largest, norm), norm, gain, reach, sources};
}

/// From the 64th on they share the last bit, which only makes sums rarer.
uint64_t TermBuilder::nextSource() {
  return uint64_t{1} << std::min(numSources++, 63u);
}

Term TermBuilder::argument(BlockArgument argument) {
  return {argument, 1, 1, 0, Reach::None, nextSource()};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Term TermBuilder::constant(double number) {
  Value value = ConstantOp::create(b, loc, b.getF64FloatAttr(number));
  return finish({}, value, std::fabs(number), infinity, 0, Reach::None);
}

Term TermBuilder::scale() {
  auto type = ScalarType::get(b.getContext());
  return finish({}, ScaleOp::create(b, loc, type), 1, infinity, 0, Reach::None);
}

Term TermBuilder::broadcast(Term a, Axis axis) {
  auto type = VecType::get(b.getContext(), axis);
  // Along an axis a scalar of reads has no side any more.
  return finish({a}, BroadcastOp::create(b, loc, type, a.value), a.largest,
                infinity, times(ones, a.gain), a.reach);
}

Term TermBuilder::unary(Unary kind, Term a) {
  Value x = a.value;
  switch (kind) {
  case Unary::Neg:
    return finish({a}, NegOp::create(b, loc, x.getType(), x), a.largest, a.norm,
                  a.gain, a.reach);
  case Unary::Abs:
    return finish({a}, AbsOp::create(b, loc, x.getType(), x), a.largest, a.norm,
                  a.gain, nonlinear(a.reach));
  case Unary::Expm1:
    return finish({a}, Expm1Op::create(b, loc, x.getType(), x),
                  std::expm1(a.largest), infinity,
                  times(std::exp(a.largest), a.gain), nonlinear(a.reach));
  case Unary::Tanh:
    return finish({a}, TanhOp::create(b, loc, x.getType(), x),
                  std::min(1.0, a.largest), a.norm, a.gain, nonlinear(a.reach));
  case Unary::Sigmoid:
    return finish({a}, SigmoidOp::create(b, loc, x.getType(), x), 1, infinity,
                  a.gain / 4, nonlinear(a.reach));
  case Unary::Silu:
    return finish({a}, SiluOp::create(b, loc, x.getType(), x), a.largest,
                  a.norm, times(1.1, a.gain), nonlinear(a.reach));
  case Unary::Softplus:
    return finish({a}, SoftplusOp::create(b, loc, x.getType(), x),
                  a.largest + std::log(2.0), infinity, a.gain,
                  nonlinear(a.reach));
  case Unary::SqrtSigmoid: {
    Value sigmoid = SigmoidOp::create(b, loc, x.getType(), x);
    return finish({a}, SqrtOp::create(b, loc, x.getType(), sigmoid), 1,
                  infinity, a.gain / 4, nonlinear(a.reach));
  }
  }
  llvm_unreachable("a function of the list");
}

Term TermBuilder::binary(Binary kind, Term a, Term c) {
  std::optional<Axis> axis = a.getAxis() ? a.getAxis() : c.getAxis();
  if (axis) // what the op broadcasts, for the bounds alone
    for (Term *term : {&a, &c})
      if (!term->getAxis()) {
        term->norm = times(ones, term->largest);
        term->gain = times(ones, term->gain);
      }
  Reach reach = join(a.reach, c.reach);
  double largest = a.largest + c.largest, norm = a.norm + c.norm,
         gain = a.gain + c.gain;
  switch (kind) {
  case Binary::Add:
    return finish({a, c}, AddOp::create(b, loc, a.value, c.value), largest,
                  norm, gain, reach);
  case Binary::Sub:
    return finish({a, c}, SubOp::create(b, loc, a.value, c.value), largest,
                  norm, gain, reach);
  case Binary::Mul:
    return finish({a, c}, MulOp::create(b, loc, a.value, c.value),
                  times(a.largest, c.largest),
                  std::min(times(a.norm, c.largest), times(a.largest, c.norm)),
                  times(a.gain, c.largest) + times(a.largest, c.gain),
                  a.isMadeOfReads() && c.isMadeOfReads() ? Reach::Nonlinear
                                                         : reach);
  case Binary::Div: {
    Value positive = SigmoidOp::create(b, loc, c.value.getType(), c.value);
    Value below = AddOp::create(b, loc, positive, constant(0.5).value);
    return finish({a, c}, DivOp::create(b, loc, a.value, below), 2 * a.largest,
                  2 * a.norm, 2 * a.gain + times(a.largest, c.gain),
                  c.isMadeOfReads() ? Reach::Nonlinear : reach);
  }
  case Binary::Max:
    return finish({a, c}, MaxOp::create(b, loc, a.value, c.value), largest,
                  norm, gain, nonlinear(reach));
  case Binary::Min:
    return finish({a, c}, MinOp::create(b, loc, a.value, c.value), largest,
                  norm, gain, nonlinear(reach));
  }
  llvm_unreachable("a function of the list");
}

/// Of a function that looks at all entries of a vector.
static Reach across(Term a) {
  bool isOwnAxis = (a.reach == Reach::Columns && a.getAxis() == Axis::Value) ||
                   (a.reach == Reach::Rows && a.getAxis() == Axis::Key);
  return isOwnAxis ? Reach::Mixed : a.reach;
}

Term TermBuilder::dot(Term a, Term c) {
  Reach reach = join(across(a), across(c));
  if (a.isMadeOfReads() && c.isMadeOfReads())
    reach = Reach::Nonlinear;
  auto type = ScalarType::get(b.getContext());
  return finish({a, c}, DotOp::create(b, loc, type, a.value, c.value),
                times(a.norm, c.norm), infinity,
                times(a.gain, c.norm) + times(a.norm, c.gain), reach);
}

Term TermBuilder::reduce(Reduction kind, Term a) {
  auto type = ScalarType::get(b.getContext());
  Value value = ReduceOp::create(b, loc, type, kind, a.value);
  if (kind == Reduction::Sum)
    return finish({a}, value, times(ones, a.norm), infinity,
                  times(ones, a.gain), across(a));
  return finish({a}, value, a.largest, infinity, a.gain, nonlinear(a.reach));
}

Term TermBuilder::l2norm(Term a, double epsilon) {
  Value value = L2NormOp::create(b, loc, a.value.getType(), a.value,
                                 b.getF64FloatAttr(epsilon));
  return finish({a}, value, 1, 1, times(1 / std::sqrt(epsilon), a.gain),
                nonlinear(a.reach));
}

Term TermBuilder::limitNorm(Term a, double bound) {
  if (a.norm <= bound)
    return a;
  // A round number, so that the text stays readable.
  double factor = std::exp2(std::floor(std::log2(bound / a.norm)));
  return binary(Binary::Mul, constant(factor), a);
}

Term TermBuilder::gateFunction(Term gate, reference::Random &random) {
  Value x = gate.value, made;
  switch (random.bits() % 3) {
  case 0:
    made = ExpOp::create(b, loc, x.getType(), x);
    break;
  case 1:
    made = SigmoidOp::create(b, loc, x.getType(), x);
    break;
  default:
    made = Expm1Op::create(b, loc, x.getType(), x);
  }
  return finish({gate}, made, 1, infinity, gate.gain, nonlinear(gate.reach));
}

//===----------------------------------------------------------------------===//
// Gates
//===----------------------------------------------------------------------===//

static Term gate(ArrayRef<Term> operands, Value value, double gain) {
  Reach reach = Reach::None;
  for (const Term &operand : operands)
    reach = join(reach, operand.reach);
  return finish(operands, value, TermBuilder::infinity, TermBuilder::infinity,
                gain, nonlinear(reach));
}

Term TermBuilder::negativeSoftplus(Term a) {
  Value soft = SoftplusOp::create(b, loc, a.value.getType(), a.value);
  return gate({a}, NegOp::create(b, loc, soft.getType(), soft), a.gain);
}

Term TermBuilder::logSigmoid(Term a) {
  return gate({a}, LogSigmoidOp::create(b, loc, a.value.getType(), a.value),
              a.gain);
}

Term TermBuilder::logOfSigmoid(Term a) {
  Value sigmoid = SigmoidOp::create(b, loc, a.value.getType(), a.value);
  return gate({a}, LogOp::create(b, loc, sigmoid.getType(), sigmoid), a.gain);
}

Term TermBuilder::addGates(Term a, Term c) {
  return gate({a, c}, AddOp::create(b, loc, a.value, c.value), a.gain + c.gain);
}

/// Softplus is positive, unlike what might be 0: 0 · −inf is not a gate.
Term TermBuilder::mulPositive(Term a, Term c) {
  Value soft = SoftplusOp::create(b, loc, c.value.getType(), c.value);
  bool isMadeOfReads = a.isMadeOfReads() || c.isMadeOfReads();
  return gate({a, c}, MulOp::create(b, loc, soft, a.value),
              isMadeOfReads ? infinity : 0);
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

StateTerm TermBuilder::decay(StateTerm state, Term gate) {
  Value value =
      DecayOp::create(b, loc, state.value.getType(), state.value, gate.value);
  return {value, state.gain + times(stateSize, gate.gain)};
}

StateTerm TermBuilder::scaleState(StateTerm state, Term factor) {
  Value value = ScaleStateOp::create(b, loc, state.value.getType(), state.value,
                                     factor.value);
  return {value,
          times(state.gain, factor.largest) + times(stateSize, factor.gain)};
}

Term TermBuilder::read(StateTerm state, Term vector) {
  bool isLeft = vector.getAxis() == Axis::Key;
  Reach reach = isLeft ? Reach::Columns : Reach::Rows;
  Term made = finish(
      {vector}, ReadOp::create(b, loc, state.value, vector.value), infinity,
      infinity, times(state.gain, vector.norm) + times(stateSize, vector.gain),
      vector.isMadeOfReads() ? Reach::Nonlinear : reach);
  made.sources = nextSource();
  return made;
}

StateTerm TermBuilder::write(StateTerm state, Term row, Term column) {
  Value value = WriteOp::create(b, loc, state.value.getType(), state.value,
                                row.value, column.value);
  return {value, state.gain + times(row.norm, column.gain) +
                     times(row.gain, column.norm)};
}

StateTerm TermBuilder::addStates(StateTerm a, StateTerm c) {
  Value value =
      AddStatesOp::create(b, loc, a.value.getType(), a.value, c.value);
  return {value, a.gain + c.gain};
}
