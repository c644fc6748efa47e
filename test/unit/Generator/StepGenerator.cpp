//===- StepGenerator.cpp - random valid recurrences -----------------------===//

#include "test/unit/Generator/StepGenerator.h"
#include "test/unit/Generator/StepTerms.h"
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

/// A single micro-step adds at most this to a token's gain.
static constexpr double correctionGain = 0.3;

namespace {
class Generator {
public:
  Generator(OpBuilder &builder, const StepGeneratorOptions &options)
      : b(builder), t(builder), options(options),
        random(options.seed, static_cast<uint64_t>(options.kind) + 1) {}

  void run();

private:
  // Chance.
  unsigned below(size_t bound) { return random.bits() % bound; }
  bool chance(double probability) { return random.unit() < probability; }
  template <typename T> const T &oneOf(ArrayRef<T> list) {
    return list[below(list.size())];
  }
  Axis anyAxis() { return chance(0.5) ? Axis::Key : Axis::Value; }

  // The frame of the op.
  void declareArguments();
  void finishOp();

  // Values. Those "of arguments" do not depend on a state.
  std::optional<Term> pick(std::optional<Axis> axis,
                           function_ref<bool(const Term &)> accept);
  Term ofArguments(std::optional<Axis> axis);
  Term unitVector(Axis axis);
  Term gate(std::optional<Axis> axis);
  Term gateOf(Term term);
  Term factor(std::optional<Axis> axis);
  void derive();
  void deriveUnary();
  void deriveBinary();
  void deriveScalar();

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
  Term read(Axis axis);
  void writePlain(size_t state);
  void couple(size_t state);
  void limitGain(size_t state);

  // Corrections: reads along `axis` that come back in vectors along the other.
  Axis correctionAxis();
  bool feeds(const Term &term) const;
  void deltaRule(size_t state, Axis axis);
  void correct(size_t state);
  void writeBack(size_t state, Term term);

  void makeClass();
  void makeAffine();
  void makeNonlinear();
  void act();

  OpBuilder &b;
  TermBuilder t;
  const StepGeneratorOptions &options;
  runtime::Random random;
  RecurrenceOp op;
  SmallVector<Term> values, gates;
  /// Every value of every state so far, the current one last.
  SmallVector<SmallVector<StateTerm>> versions;
  bool isCoupled = false;
  /// The axis of gates and factors where they must not run along both.
  std::optional<Axis> onlyAxis;
};
} // namespace

static Axis other(Axis axis) {
  return axis == Axis::Key ? Axis::Value : Axis::Key;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::optional<Term> Generator::pick(std::optional<Axis> axis,
                                    function_ref<bool(const Term &)> accept) {
  SmallVector<Term> found;
  for (const Term &term : values)
    if (term.getAxis() == axis && accept(term))
      found.push_back(term);
  if (found.empty())
    return std::nullopt;
  return oneOf<Term>(found);
}

Term Generator::ofArguments(std::optional<Axis> axis) {
  // There is an argument of every type.
  return *pick(axis, [](const Term &term) {
    return !term.isMadeOfReads() && term.largest <= 4;
  });
}

Term Generator::unitVector(Axis axis) {
  Term term = ofArguments(axis);
  if (term.norm > 1 || chance(0.4))
    term = t.l2norm(term, chance(0.7) ? 1e-6 : 1e-4);
  if (chance(0.15))
    term = t.binary(Binary::Mul, t.scale(), term);
  if (chance(0.15))
    term =
        t.binary(Binary::Mul, term, t.unary(Unary::Sigmoid, ofArguments(axis)));
  return term;
}

/// A gate that is made of a value.
Term Generator::gateOf(Term term) {
  switch (below(4)) {
  case 0:
    return t.negativeSoftplus(term);
  case 1:
    return t.logSigmoid(term);
  case 2:
    return t.unary(Unary::Neg, t.unary(Unary::Abs, term));
  default:
    return t.logOfSigmoid(term);
  }
}

Term Generator::gate(std::optional<Axis> axis) {
  SmallVector<Term> fitting;
  for (const Term &term : gates)
    if (term.getAxis() == axis)
      fitting.push_back(term);
  if (!fitting.empty() && chance(0.6)) {
    Term term = oneOf<Term>(fitting);
    if (chance(0.25))
      return t.mulPositive(term, ofArguments(std::nullopt));
    return term;
  }
  Term term =
      !axis && chance(0.15) ? t.constant(-0.25) : gateOf(ofArguments(axis));
  if (!fitting.empty() && chance(0.3))
    term = t.addGates(oneOf<Term>(fitting), term);
  gates.push_back(term);
  return term;
}

Term Generator::factor(std::optional<Axis> axis) {
  switch (below(6)) {
  case 0: {
    constexpr double numbers[] = {0, -1, -0.5, 0.5, 0.875, 1};
    Term number = t.constant(oneOf<double>(numbers));
    return axis ? t.broadcast(number, *axis) : number;
  }
  case 1:
    for (const Term &term : gates)
      if (term.getAxis() == axis)
        return t.gateFunction(term, random);
    [[fallthrough]];
  case 2:
  case 3:
    return t.unary(Unary::Sigmoid, ofArguments(axis));
  case 4:
    return t.unary(Unary::Tanh, ofArguments(axis));
  default: {
    Term term = ofArguments(axis);
    return term.largest <= 1 ? term : t.unary(Unary::Tanh, term);
  }
  }
}

void Generator::deriveUnary() {
  Term a = oneOf<Term>(values);
  auto kind = static_cast<Unary>(below(kNumUnaries));
  if (kind == Unary::Expm1 && a.largest > 2)
    kind = Unary::Tanh;
  if (kind == Unary::SqrtSigmoid && a.largest > 4)
    kind = Unary::Sigmoid;
  values.push_back(t.unary(kind, a));
}

void Generator::deriveBinary() {
  Term a = oneOf<Term>(values);
  std::optional<Term> c = pick(chance(0.7) ? a.getAxis() : std::nullopt,
                               [](const Term &) { return true; });
  if (!c)
    return;
  auto kind = static_cast<Binary>(below(kNumBinaries));
  bool isSum = kind == Binary::Add || kind == Binary::Sub;
  if (isSum && (a.sources & c->sources))
    kind = Binary::Max;
  bool bothUnbounded = a.largest > 100 && c->largest > 100;
  if (kind == Binary::Mul && bothUnbounded)
    kind = Binary::Min;
  // The divisor is a sigmoid of c.
  values.push_back(chance(0.5) || kind == Binary::Div ? t.binary(kind, a, *c)
                                                      : t.binary(kind, *c, a));
}

void Generator::deriveScalar() {
  Axis axis = anyAxis();
  auto any = [](const Term &) { return true; };
  Term a = *pick(axis, any);
  if (chance(0.6)) {
    values.push_back(t.dot(a, chance(0.2) ? a : unitVector(axis)));
    // The square of a read grows as no other value does.
    if (a.largest > 100 && values.back().norm > 1e6 &&
        values.back().reach == Reach::Nonlinear)
      values.pop_back();
    return;
  }
  constexpr Reduction kinds[] = {Reduction::Sum, Reduction::Max,
                                 Reduction::Min};
  values.push_back(t.reduce(oneOf<Reduction>(kinds), a));
}

void Generator::derive() {
  switch (below(8)) {
  case 0:
  case 1:
    return deriveUnary();
  case 2:
  case 3:
    return deriveBinary();
  case 4:
    return deriveScalar();
  case 5:
    values.push_back(t.broadcast(ofArguments(std::nullopt), anyAxis()));
    return;
  case 6:
    if (!gates.empty())
      values.push_back(t.gateFunction(oneOf<Term>(gates), random));
    return;
  default: {
    Term term = *pick(anyAxis(), [](const Term &) { return true; });
    values.push_back(t.l2norm(term, term.isMadeOfReads() ? 1e-2 : 1e-6));
  }
  }
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

std::optional<Axis> Generator::gateAxis() {
  if (chance(0.35))
    return std::nullopt;
  return onlyAxis ? *onlyAxis : anyAxis();
}

Axis Generator::readAxis() {
  switch (options.kind) {
  case StepClass::Linear:
  case StepClass::Delta:
    return options.otherSide && chance(0.15) ? Axis::Value : Axis::Key;
  case StepClass::RightSided:
    return options.otherSide && chance(0.15) ? Axis::Key : Axis::Value;
  case StepClass::Affine:
  case StepClass::Nonlinear:
    return anyAxis();
  }
  llvm_unreachable("a class of the list");
}

Term Generator::read(Axis axis) {
  Term vector = unitVector(axis);
  std::optional<Term> earlier =
      pick(std::nullopt, [](const Term &term) { return term.isMadeOfReads(); });
  if (earlier && chance(0.3))
    vector = t.binary(Binary::Mul, t.unary(Unary::Sigmoid, *earlier), vector);
  values.push_back(t.read(anyVersion(anyState()), vector));
  return values.back();
}

void Generator::writePlain(size_t state) {
  Term row = chance(0.7) ? unitVector(Axis::Key) : ofArguments(Axis::Key);
  Term column =
      chance(0.3) ? unitVector(Axis::Value) : ofArguments(Axis::Value);
  if (chance(0.3))
    column = t.binary(Binary::Mul, factor(std::nullopt), column);
  push(state, t.write(current(state), t.limitNorm(row, 1), column));
}

void Generator::couple(size_t state) {
  StateTerm from = anyVersion(anyState()), to = current(state);
  if (chance(0.7))
    from = chance(0.5) ? t.scaleState(from, factor(gateAxis()))
                       : t.decay(from, gate(gateAxis()));
  if (chance(0.5))
    to = t.scaleState(to, factor(gateAxis()));
  push(state, t.addStates(to, from));
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
    term = t.read(anyVersion(anyState()), unitVector(other(axis)));
    values.push_back(*term);
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

void Generator::makeAffine() {
  size_t state = anyState();
  switch (below(3)) {
  case 0: // corrections from both sides
    deltaRule(state, Axis::Key);
    return deltaRule(state, Axis::Value);
  case 1: { // entries of a read meet in a sum
    Axis axis = anyAxis();
    Term seen = t.read(anyVersion(state), unitVector(other(axis)));
    Term sum = chance(0.6) ? t.dot(seen, unitVector(axis))
                           : t.reduce(Reduction::Sum, seen);
    values.push_back(sum);
    return writeBack(state, t.binary(Binary::Mul, sum, unitVector(anyAxis())));
  }
  default: { // factors along both axes, added
    StateTerm from = anyVersion(anyState());
    push(state,
         t.addStates(t.decay(current(state), gate(Axis::Key)),
                     t.scaleState(from, t.unary(Unary::Sigmoid,
                                                ofArguments(Axis::Value)))));
  }
  }
}

void Generator::makeNonlinear() {
  size_t state = anyState();
  Axis axis = anyAxis();
  Term seen = t.read(anyVersion(anyState()), unitVector(other(axis)));
  values.push_back(seen);
  switch (below(6)) {
  case 0:
    return writeBack(state, t.unary(Unary::Tanh, seen));
  case 1:
    return writeBack(state, t.unary(Unary::Silu, seen));
  case 2: // a gate that looks at the state
    seen = t.binary(Binary::Mul, t.constant(0.125), seen);
    if (chance(0.5))
      seen = t.dot(seen, unitVector(axis));
    return push(state, t.decay(current(state), gateOf(seen)));
  case 3:
    return writeBack(state, t.binary(Binary::Max, seen, ofArguments(axis)));
  case 4:
    return writeBack(state, t.l2norm(seen, 1e-2));
  default: {
    Term again = t.read(anyVersion(anyState()), unitVector(other(axis)));
    Term bounded = t.unary(Unary::Tanh, seen);
    // |seen| is bounded by no proof; the gain of the product is that of tanh.
    Term product = t.binary(Binary::Mul, bounded, t.unary(Unary::Tanh, again));
    return writeBack(state, product);
  }
  }
}

void Generator::makeClass() {
  switch (options.kind) {
  case StepClass::Linear:
    return writePlain(anyState());
  case StepClass::Delta:
  case StepClass::RightSided:
    return chance(0.6) ? deltaRule(anyState(), correctionAxis())
                       : correct(anyState());
  case StepClass::Affine:
    return makeAffine();
  case StepClass::Nonlinear:
    return makeNonlinear();
  }
}

void Generator::act() {
  size_t state = anyState();
  double which = random.unit();
  if (which < 0.2)
    return decay(state);
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
  return isCoupled ? couple(state) : decay(state);
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
  for (unsigned i = 1 + below(options.maxStates); i > 0; --i)
    list.push_back({ArgKind::State, state, "S"});
  for (size_t i = list.size(); i > 1; --i)
    std::swap(list[i - 1], list[below(i)]);

  SmallVector<Attribute> names, argKinds;
  Location loc = b.getUnknownLoc();
  Block *step = new Block();
  for (auto [i, argument] : llvm::enumerate(list)) {
    names.push_back(b.getStringAttr(argument.prefix + Twine(i)));
    argKinds.push_back(ArgKindAttr::get(context, argument.kind));
    BlockArgument made = step->addArgument(argument.type, loc);
    if (argument.kind == ArgKind::State) {
      versions.push_back({StateTerm{made, 1}});
      continue;
    }
    Term term = t.argument(made);
    (argument.prefix == "g" ? gates : values).push_back(term);
  }
  ArrayAttr none = b.getArrayAttr({});
  op = RecurrenceOp::create(b, loc, b.getStringAttr("step"),
                            b.getArrayAttr(names), b.getArrayAttr(argKinds),
                            none, none);
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
  SmallVector<Attribute> names, types;
  for (unsigned i = 0, e = 1 + below(3); i < e; ++i) {
    SmallVector<Term> fitting;
    bool wantsRead = chance(0.75);
    for (const Term &term : values)
      if (term.isMadeOfReads() || !wantsRead)
        fitting.push_back(term);
    if (fitting.empty())
      fitting = values;
    outputs.push_back(oneOf<Term>(fitting).value);
    names.push_back(b.getStringAttr("o" + Twine(i)));
    types.push_back(TypeAttr::get(outputs.back().getType()));
  }
  for (size_t state = 0; state < versions.size(); ++state)
    states.push_back(current(state).value);
  if (isCoupled && chance(0.15))
    std::swap(states.front(), states.back());
  YieldOp::create(b, b.getUnknownLoc(), states, outputs);
  op.setOutputNamesAttr(b.getArrayAttr(names));
  op.setOutputTypesAttr(b.getArrayAttr(types));
}

void Generator::run() {
  declareArguments();
  isCoupled = chance(versions.size() > 1 ? 0.7 : 0.2);
  bool oneSided =
      options.kind != StepClass::Affine && options.kind != StepClass::Nonlinear;
  if (isCoupled && oneSided)
    onlyAxis = anyAxis();

  unsigned count = 1 + below(options.maxStateOps), at = below(count);
  for (unsigned i = 0; i < count; ++i) {
    if (i == at)
      makeClass();
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
