//===- StepGenerator.cpp - random valid recurrences -----------------------===//

#include "test/unit/Generator/StepGenerator.h"
#include "test/unit/Generator/StepValues.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

StringRef delta::stringifyStepClass(StepClass value) {
  constexpr StringRef names[] = {"linear", "delta", "right-sided", "affine",
                                 "nonlinear"};
  return names[static_cast<unsigned>(value)];
}

/// A correction that is not a delta rule adds at most this to a token's gain.
static constexpr double correctionGain = 0.3;

namespace {
class Generator : StepValues {
public:
  Generator(OpBuilder &builder, const StepGeneratorOptions &options)
      : StepValues(builder,
                   reference::Random(options.seed,
                                     static_cast<uint64_t>(options.kind) + 1)),
        options(options) {
    numbers = options.numbers;
  }

  // Every random choice has a statement of its own, or is nested in another:
  // the order of a call's arguments is the compiler's.
  void run();

private:
  // The frame of the op.
  void declareArguments();
  void finishOp();

  // States.
  size_t anyState() { return below(versions.size()); }
  StateTerm &current(size_t state) { return versions[state].back(); }
  StateTerm anyVersion(size_t state) {
    return chance(0.5) ? current(state) : oneOf<StateTerm>(versions[state]);
  }
  void push(size_t state, StateTerm value) { versions[state].push_back(value); }
  std::optional<Axis> gateAxis();
  Axis readAxis();
  void decay(size_t state) {
    push(state, t.decay(current(state), gate(gateAxis())));
  }
  void scale(size_t state) {
    push(state, t.scaleState(current(state), factor(gateAxis())));
  }
  void decayByRead(size_t state, Term seen);
  Term read(Axis axis);
  Term readAnywhere(Axis axis);
  void writePlain(size_t state);
  void couple(size_t state, size_t source);
  void coupleAny();
  void coupleAll();
  void limitGain(size_t state);

  // Corrections: reads along `axis` that come back in vectors along the other.
  Axis correctionAxis();
  bool feeds(const Term &term) const;
  void deltaRule(size_t state, Axis axis);
  void correct(size_t state);
  void writeBack(size_t state, Term term);

  void makeClass();
  void makeAffine(size_t state);
  void makeNonlinear(size_t state);
  void act();

  const StepGeneratorOptions &options;
  RecurrenceOp op;
  /// Every value of every state so far, the current one last.
  SmallVector<SmallVector<StateTerm>> versions;
  bool isCoupled = false;
  /// The axis of gates and factors where they must not run along both.
  std::optional<Axis> onlyAxis;
  bool onlyScalarGates = false;
};
} // namespace

static Axis other(Axis axis) {
  return axis == Axis::Key ? Axis::Value : Axis::Key;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

std::optional<Axis> Generator::gateAxis() {
  if (onlyScalarGates || chance(0.35))
    return std::nullopt;
  return onlyAxis ? *onlyAxis : anyAxis();
}

Axis Generator::readAxis() {
  double otherSide = options.chunkable && isCoupled ? 0 : options.otherSide;
  switch (options.kind) {
  case StepClass::Linear:
  case StepClass::Delta:
    return otherSide > 0 && chance(otherSide) ? Axis::Value : Axis::Key;
  case StepClass::RightSided:
    return otherSide > 0 && chance(otherSide) ? Axis::Key : Axis::Value;
  case StepClass::Affine:
  case StepClass::Nonlinear:
    return anyAxis();
  }
  llvm_unreachable("a class of the list");
}

Term Generator::read(Axis axis) {
  Term vector = unitVector(axis);
  std::optional<Term> earlier = pickOfReads(std::nullopt);
  if (Axis of = anyAxis(); !earlier && chance(0.25))
    if (std::optional<Term> seen = pickOfReads(of))
      earlier = t.dot(*seen, unitVector(of));
  if (earlier && chance(0.4))
    vector = t.binary(Binary::Mul, t.unary(Unary::Sigmoid, *earlier), vector);
  values.push_back(t.read(anyVersion(anyState()), vector));
  return values.back();
}

Term Generator::readAnywhere(Axis axis) {
  Term vector = unitVector(axis);
  values.push_back(t.read(anyVersion(anyState()), vector));
  return values.back();
}

void Generator::writePlain(size_t state) {
  Term row = chance(0.7) ? unitVector(Axis::Key) : ofArguments(Axis::Key);
  Term column =
      chance(0.3) ? unitVector(Axis::Value) : ofArguments(Axis::Value);
  if (chance(0.3)) {
    // Not a number: -1 may take back an earlier write, but for rounding.
    Term by = factor(std::nullopt);
    if (!by.value.getDefiningOp<ConstantOp>())
      column = t.binary(Binary::Mul, by, column);
  }
  push(state, t.write(current(state), t.limitNorm(row, 1), column));
}

/// Of states of one origin no factor is negative: they could cancel out but
/// for rounding.
void Generator::couple(size_t state, size_t source) {
  StateTerm from = anyVersion(source), to = current(state);
  auto scaled = [&](StateTerm term) {
    std::optional<Axis> axis = gateAxis();
    if (chance(0.4))
      return t.decay(term, gate(axis));
    return t.scaleState(term, source == state
                                  ? t.unary(Unary::Sigmoid, ofArguments(axis))
                                  : factor(axis));
  };
  if (chance(0.7))
    from = scaled(from);
  if (chance(0.5))
    to = scaled(to);
  push(state, t.addStates(to, from));
}

void Generator::coupleAny() {
  size_t state = anyState();
  couple(state, anyState());
}

void Generator::coupleAll() {
  for (size_t state = 1; state < versions.size(); ++state) {
    size_t earlier = below(state);
    if (chance(0.5))
      couple(state, earlier);
    else
      couple(earlier, state);
  }
}

/// A gate that looks at a state, gently.
void Generator::decayByRead(size_t state, Term seen) {
  seen = t.binary(Binary::Mul, t.constant(0.125), seen);
  push(state, t.decay(current(state), gateOf(seen)));
}

/// The token's transition ends with a norm of about 1.
void Generator::limitGain(size_t state) {
  double gain = current(state).gain;
  if (gain <= 1.02)
    return;
  // Rounded down, for a text that can be read.
  double factor = std::floor(256 / gain) / 256;
  if (chance(0.5))
    push(state, t.scaleState(current(state), t.constant(factor)));
  else
    push(state, t.decay(current(state),
                        t.constant(std::floor(-std::log(gain) * 64) / 64)));
}

//===----------------------------------------------------------------------===//
// Corrections
//===----------------------------------------------------------------------===//

Axis Generator::correctionAxis() {
  switch (options.kind) {
  case StepClass::Linear:
  case StepClass::Delta:
    return Axis::Key;
  case StepClass::RightSided:
    return Axis::Value;
  case StepClass::Affine:
  case StepClass::Nonlinear:
    return anyAxis();
  }
  llvm_unreachable("a class of the list");
}

/// True if a term may reach a state in this class.
bool Generator::feeds(const Term &term) const {
  if (!term.isMadeOfReads() || term.gain > 1e4)
    return false;
  switch (options.kind) {
  case StepClass::Linear:
    return false;
  case StepClass::Delta:
    return term.reach == Reach::Columns;
  case StepClass::RightSided:
    return term.reach == Reach::Rows;
  case StepClass::Affine:
    return term.reach != Reach::Nonlinear;
  case StepClass::Nonlinear:
    return true;
  }
  llvm_unreachable("a class of the list");
}

/// S − k (β (kᵀS − v)): no step of its own makes a state larger.
void Generator::deltaRule(size_t state, Axis axis) {
  Term vector = unitVector(axis),
       strength =
           t.unary(Unary::Sigmoid,
                   ofArguments(chance(0.7) ? std::nullopt
                                           : std::optional(other(axis))));
  StateTerm before = current(state);
  Term found = t.read(before, vector);
  values.push_back(found);
  Term error = t.binary(Binary::Sub, ofArguments(other(axis)), found);
  Term update = t.binary(Binary::Mul, strength, error);
  StateTerm after = axis == Axis::Key ? t.write(before, vector, update)
                                      : t.write(before, update, vector);
  after.gain = before.gain;
  push(state, after);
}

/// Writes a term that depends on states, made small enough.
void Generator::writeBack(size_t state, Term term) {
  Axis axis = *term.getAxis();
  if (term.gain > correctionGain) {
    double factor =
        std::exp2(std::floor(std::log2(correctionGain / term.gain)));
    term = t.binary(Binary::Mul, t.constant(factor), term);
  }
  Term vector = unitVector(other(axis));
  push(state, axis == Axis::Value ? t.write(current(state), vector, term)
                                  : t.write(current(state), term, vector));
}

/// A correction by any read at any position, not only by the written vector's.
void Generator::correct(size_t state) {
  Axis axis = other(correctionAxis());
  std::optional<Term> term;
  if (chance(0.6))
    term = pick(axis, [&](const Term &found) { return feeds(found); });
  if (!term) {
    term = readAnywhere(other(axis));
  }
  if (std::optional<Term> second =
          pick(axis,
               [&](const Term &found) {
                 return feeds(found) && !(found.sources & term->sources);
               });
      second && chance(0.3))
    term = t.binary(Binary::Add, *term, *second);
  Term plain = ofArguments(axis);
  if (chance(0.5) && !(plain.sources & term->sources))
    term = t.binary(Binary::Sub, plain, *term);
  if (chance(0.6))
    term = t.binary(Binary::Mul,
                    factor(chance(0.6) ? std::nullopt : std::optional(axis)),
                    *term);
  values.push_back(*term);
  writeBack(state, *term);
}

//===----------------------------------------------------------------------===//
// What makes a step one of its class
//===----------------------------------------------------------------------===//

void Generator::makeAffine(size_t state) {
  switch (below(3)) {
  case 0: // corrections from both sides
    deltaRule(state, Axis::Key);
    return deltaRule(state, Axis::Value);
  case 1: { // entries of a read meet in a sum
    Axis axis = anyAxis();
    Term seen = readAnywhere(other(axis));
    Term sum = chance(0.6) ? t.dot(seen, unitVector(axis))
                           : t.reduce(Reduction::Sum, seen);
    values.push_back(sum);
    return writeBack(state, t.binary(Binary::Mul, sum, unitVector(anyAxis())));
  }
  default: { // factors along both axes, added
    StateTerm rows = t.decay(current(state), gateOf(argument(Axis::Key)));
    Term factor = t.unary(Unary::Sigmoid, argument(Axis::Value));
    StateTerm columns = t.scaleState(anyVersion(anyState()), factor);
    push(state, t.addStates(rows, columns));
  }
  }
}

void Generator::makeNonlinear(size_t state) {
  Axis axis = anyAxis();
  Term seen = readAnywhere(other(axis));
  switch (below(6)) {
  case 0:
    return writeBack(state, t.unary(Unary::Tanh, seen));
  case 1:
    return writeBack(state, t.unary(Unary::Silu, seen));
  case 2:
    return decayByRead(state,
                       chance(0.5) ? t.dot(seen, unitVector(axis)) : seen);
  case 3:
    return writeBack(state, t.binary(Binary::Max, seen, ofArguments(axis)));
  case 4:
    return writeBack(state, t.l2norm(seen, 1e-2));
  default: {
    Term again = readAnywhere(other(axis));
    Term bounded = t.unary(Unary::Tanh, seen);
    // |seen| is bounded by no proof; the gain of the product is that of tanh.
    Term product = t.binary(Binary::Mul, bounded, t.unary(Unary::Tanh, again));
    return writeBack(state, product);
  }
  }
}

void Generator::makeClass() {
  size_t state = anyState();
  switch (options.kind) {
  case StepClass::Linear:
    return writePlain(state);
  case StepClass::Delta:
  case StepClass::RightSided:
    return chance(0.6) ? deltaRule(state, correctionAxis()) : correct(state);
  case StepClass::Affine:
    return makeAffine(state);
  case StepClass::Nonlinear:
    return makeNonlinear(state);
  }
}

void Generator::act() {
  size_t state = anyState();
  double which = random.unit();
  if (which < 0.2) {
    std::optional<Term> seen = pickOfReads(gateAxis());
    if (options.kind == StepClass::Nonlinear && seen && chance(0.4))
      return decayByRead(state, *seen);
    return decay(state);
  }
  if (which < 0.3)
    return scale(state);
  if (which < 0.5) {
    read(readAxis());
    return;
  }
  if (which < 0.65)
    return writePlain(state);
  if (which < 0.8) {
    if (options.kind == StepClass::Linear)
      return writePlain(state);
    return chance(0.5) ? deltaRule(state, correctionAxis()) : correct(state);
  }
  return isCoupled ? couple(state, anyState()) : decay(state);
}

//===----------------------------------------------------------------------===//
// The frame of the op
//===----------------------------------------------------------------------===//

void Generator::declareArguments() {
  struct Argument {
    ArgKind kind;
    Type type;
    StringRef prefix;
  };
  MLIRContext *context = b.getContext();
  Type scalar = ScalarType::get(context);
  Type key = VecType::get(context, Axis::Key);
  Type value = VecType::get(context, Axis::Value);
  Type state = StateType::get(context, Axis::Key, Axis::Value);
  auto name = [&](Type type) {
    return type == scalar ? "s" : type == key ? "k" : "v";
  };
  constexpr ArgKind kinds[] = {ArgKind::QKHeads, ArgKind::VHeads,
                               ArgKind::Params};
  const Type types[] = {scalar, key, value};

  // One of every type, two of them per token.
  SmallVector<Argument> list = {
      {chance(0.7) ? ArgKind::QKHeads : ArgKind::VHeads, key, "k"},
      {chance(0.2) ? ArgKind::QKHeads : ArgKind::VHeads, value, "v"},
      {oneOf<ArgKind>(kinds), scalar, "s"}};
  for (unsigned i = below(5); i > 0; --i) {
    Type type = oneOf<Type>(types);
    list.push_back({oneOf<ArgKind>(kinds), type, name(type)});
  }
  for (unsigned i = 1 + below(3); i > 0; --i)
    list.push_back({oneOf<ArgKind>(kinds), oneOf<Type>(types), "g"});
  unsigned more = below(options.maxStates - options.minStates + 1);
  for (unsigned i = options.minStates + more; i > 0; --i)
    list.push_back({ArgKind::State, state, "S"});
  for (size_t i = list.size(); i > 1; --i)
    std::swap(list[i - 1], list[below(i)]);

  SmallVector<ArgumentAttr> arguments;
  Location loc = b.getUnknownLoc();
  Block *step = new Block();
  for (auto [i, argument] : llvm::enumerate(list)) {
    arguments.push_back(
        ArgumentAttr::get(context, b.getStringAttr(argument.prefix + Twine(i)),
                          argument.kind, argument.type, /*range=*/RangeAttr()));
    BlockArgument made = step->addArgument(argument.type, loc);
    if (argument.kind == ArgKind::State) {
      versions.push_back({StateTerm{made, 1}});
      continue;
    }
    Term term = t.argument(made);
    (argument.prefix == "g" ? gates : values).push_back(term);
  }
  op = RecurrenceOp::create(
      b, loc, b.getStringAttr("step"),
      SignatureAttr::get(context, arguments, /*outputs=*/{}));
  op.getBody().push_back(step);
  b.setInsertionPointToStart(step);
}

void Generator::finishOp() {
  for (size_t state = 0; state < versions.size(); ++state)
    limitGain(state);
  if (chance(0.6))
    read(readAxis());
  if (chance(0.1))
    values.push_back(t.scale());

  SmallVector<Value> outputs, states;
  SmallVector<OutputAttr> declared;
  for (unsigned i = 0, e = 1 + below(3); i < e; ++i) {
    SmallVector<Term> fitting;
    bool wantsRead = chance(0.75);
    for (const Term &term : values)
      if (term.isMadeOfReads() || !wantsRead)
        fitting.push_back(term);
    if (fitting.empty())
      fitting = values;
    outputs.push_back(oneOf<Term>(fitting).value);
    declared.push_back(
        OutputAttr::get(b.getContext(), b.getStringAttr("o" + Twine(i)),
                        ArgKind::VHeads, outputs.back().getType()));
  }
  for (size_t state = 0; state < versions.size(); ++state)
    states.push_back(current(state).value);
  if (isCoupled && chance(0.15))
    std::swap(states.front(), states.back());
  YieldOp::create(b, b.getUnknownLoc(), states, outputs);
  op.setSignatureAttr(SignatureAttr::get(
      b.getContext(), op.getSignature().getArguments(), declared));
}

void Generator::run() {
  declareArguments();
  isCoupled = chance(versions.size() > 1 ? 0.7 : 0.2);
  isCoupled = options.coupled.value_or(isCoupled);
  bool oneSided =
      options.kind != StepClass::Affine && options.kind != StepClass::Nonlinear;
  if (isCoupled && oneSided)
    onlyAxis = options.chunkable ? Axis::Key : anyAxis();
  onlyScalarGates =
      isCoupled && options.chunkable && options.kind == StepClass::RightSided;

  unsigned count = 1 + below(options.maxStateOps), at = below(count);
  for (unsigned i = 0; i < count; ++i) {
    if (i == at)
      makeClass();
    if (i == at && isCoupled && options.coupled)
      coupleAll();
    else if (i == at && isCoupled)
      coupleAny();
    act();
    for (unsigned more = below(3); more > 0; --more)
      derive();
  }
  finishOp();
}

OwningOpRef<ModuleOp> delta::generateStep(MLIRContext &context,
                                          const StepGeneratorOptions &options) {
  context.loadDialect<DeltaDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  Generator(builder, options).run();
  return module;
}
