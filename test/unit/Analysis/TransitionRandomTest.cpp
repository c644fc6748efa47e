//===- TransitionRandomTest.cpp - the analysis against numbers ------------===//
//
// Random steps are run on small matrices, and every claim of the analysis is
// checked by changing the incoming states and seeing what moves.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Analysis/Step.h"
#include "gtest/gtest.h"
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace mlir;
using namespace sluice::delta;

namespace {

constexpr unsigned K = 2, V = 3;
using Numbers = std::vector<double>;
using Environment = llvm::DenseMap<Value, Numbers>;
using Random = std::mt19937;

unsigned pick(Random &random, unsigned n) { return random() % n; }

unsigned sizeOf(Type type) {
  if (isa<StateType>(type))
    return K * V;
  if (auto vec = dyn_cast<VecType>(type))
    return vec.getAxis() == Axis::Key ? K : V;
  return 1;
}

Numbers randomNumbers(Random &random, unsigned n) {
  std::uniform_real_distribution<double> distribution(0.2, 1.0);
  Numbers numbers(n);
  for (double &x : numbers)
    x = (random() & 1 ? 1 : -1) * distribution(random);
  return numbers;
}

//===----------------------------------------------------------------------===//
// Running a step
//===----------------------------------------------------------------------===//

/// With `writes` off, what is left of a state value is D(V, ·) ∘ S.
void run(RecurrenceOp recurrence, Environment &env, bool writes = true) {
  for (Operation &op : recurrence.getStep().without_terminator()) {
    auto in = [&](unsigned i) -> const Numbers & {
      return env[op.getOperand(i)];
    };
    Value result = op.getResult(0);
    Numbers out(sizeOf(result.getType()));
    auto at = [](const Numbers &x, unsigned i) {
      return x.size() == 1 ? x[0] : x[i];
    };
    auto alongState = [](const Numbers &x, Type type, unsigned i) {
      auto vec = dyn_cast<VecType>(type);
      return !vec ? x[0] : vec.getAxis() == Axis::Key ? x[i / V] : x[i % V];
    };
    if (auto elementwise = dyn_cast<ElementwiseOpInterface>(&op)) {
      for (unsigned i = 0; i < out.size(); ++i) {
        Numbers operands;
        for (unsigned n = 0; n < op.getNumOperands(); ++n)
          operands.push_back(at(in(n), i));
        out[i] = elementwise.evaluate(operands);
      }
    } else if (isa<DecayOp, ScaleStateOp>(op)) {
      for (unsigned i = 0; i < out.size(); ++i) {
        double f = alongState(in(1), op.getOperand(1).getType(), i);
        out[i] = in(0)[i] * (isa<DecayOp>(op) ? std::exp(f) : f);
      }
    } else if (auto read = dyn_cast<ReadOp>(op)) {
      for (unsigned i = 0; i < K * V; ++i)
        out[read.isLeft() ? i % V : i / V] +=
            in(0)[i] * in(1)[read.isLeft() ? i / V : i % V];
    } else if (isa<WriteOp>(op)) {
      for (unsigned i = 0; i < out.size(); ++i)
        out[i] = in(0)[i] + (writes ? in(1)[i / V] * in(2)[i % V] : 0);
    } else if (isa<AddStatesOp>(op)) {
      for (unsigned i = 0; i < out.size(); ++i)
        out[i] = in(0)[i] + in(1)[i];
    } else if (isa<DotOp>(op)) {
      for (unsigned i = 0; i < in(0).size(); ++i)
        out[0] += in(0)[i] * in(1)[i];
    } else if (isa<ReduceOp>(op)) {
      for (double x : in(0))
        out[0] += x;
    } else {
      assert(isa<BroadcastOp>(op));
      out.assign(out.size(), in(0)[0]);
    }
    env[result] = std::move(out);
  }
}

/// Several tokens with the arguments of `tokens`, from the states of `env`.
std::vector<Numbers> runTokens(RecurrenceOp recurrence, Environment env,
                               ArrayRef<Environment> tokens) {
  SmallVector<BlockArgument> states = recurrence.getStates();
  std::vector<Numbers> carried;
  for (BlockArgument state : states)
    carried.push_back(env[state]);
  for (const Environment &token : tokens) {
    Environment now = token;
    for (auto [state, numbers] : llvm::zip(states, carried))
      now[state] = numbers;
    run(recurrence, now);
    for (auto [next, numbers] :
         llvm::zip(recurrence.getYield().getStates(), carried))
      numbers = now[next];
  }
  return carried;
}

//===----------------------------------------------------------------------===//
// Random steps
//===----------------------------------------------------------------------===//

std::string randomBody(Random &random) {
  std::vector<std::string> scalars = {"%s", "%ps"}, keys = {"%k", "%gk", "%pk"},
                           values = {"%v", "%gv"}, states = {"%S", "%M"};
  std::string text;
  unsigned count = 0;
  // Prefer what was made last, so that chains grow.
  auto from = [&](std::vector<std::string> &names) {
    unsigned back =
        std::min(pick(random, names.size()), pick(random, names.size()));
    return names[names.size() - 1 - back];
  };
  auto anyOf = [&](std::vector<std::string> &names) {
    return names[pick(random, names.size())];
  };
  auto define = [&](std::vector<std::string> &into, const std::string &op) {
    std::string name = "%x" + std::to_string(count++);
    text += name + " = delta." + op + "\n";
    into.push_back(name);
  };
  unsigned length = 4 + pick(random, 10);
  for (unsigned i = 0; i < length; ++i) {
    std::vector<std::string> *vectors[] = {&scalars, &keys, &values};
    std::vector<std::string> &any = *vectors[pick(random, 3)];
    switch (pick(random, 18)) {
    case 0:
    case 17:
      define(states, "decay " + from(states) + ", " + from(any));
      break;
    case 1:
      define(states, "scale_state " + from(states) + ", " + from(any));
      break;
    case 2:
    case 3:
    case 4:
      define(states,
             "write " + from(states) + ", " + from(keys) + ", " + from(values));
      break;
    case 5:
    case 16:
      define(states, "add_states " + from(states) + ", " + anyOf(states));
      break;
    case 6:
    case 7:
    case 8:
      define(values, "read " + from(states) + ", " + from(keys));
      break;
    case 9:
    case 14:
      define(keys, "read " + from(states) + ", " + from(values));
      break;
    case 10:
      define(any, "mul " + from(scalars) + ", " + from(any));
      break;
    case 11:
      define(any, "sub " + from(any) + ", " + from(any));
      break;
    case 12:
    case 15:
      if (pick(random, 2))
        define(scalars, "dot " + from(values) + ", " + from(values));
      else
        define(keys, "broadcast " + from(scalars) + " : !delta.vec<key>");
      break;
    case 13:
      define(any, (pick(random, 6) ? "neg " : "tanh ") + from(any));
      break;
    default:
      llvm_unreachable("all numbers below 18 are above");
    }
  }
  return text + "delta.yield states(" + from(states) + ", " + anyOf(states) +
         ") outputs()";
}

//===----------------------------------------------------------------------===//
// The checks
//===----------------------------------------------------------------------===//

class RandomStep {
public:
  RandomStep(Random &random, const std::string &body)
      : random(random), step(two, body), recurrence(step->getRecurrence()) {}

  void check(std::map<TransitionClass, unsigned> &seen) {
    base = arguments();
    for (Operation &op : recurrence.getStep().without_terminator())
      checkDependence(op.getResult(0));
    checkFactors();
    if (step->getClass() < TransitionClass::Affine)
      checkTokens();
    ++seen[step->getClass()];
  }

private:
  Environment arguments() {
    Environment env;
    for (BlockArgument arg : recurrence.getStep().getArguments())
      env[arg] = randomNumbers(random, sizeOf(arg.getType()));
    return env;
  }

  /// The value when the incoming states are `scale` · base + `change`.
  Numbers valueAt(Value value, double scale, const Environment &change) {
    Environment env = base;
    for (BlockArgument state : step->getStates())
      for (unsigned i = 0; i < K * V; ++i)
        env[state][i] = scale * env[state][i] + change.lookup(state)[i];
    run(recurrence, env);
    return env[value];
  }

  /// A change of the states' entries that `moved` accepts.
  Environment change(llvm::function_ref<bool(unsigned)> moved) {
    Environment env;
    for (BlockArgument state : step->getStates()) {
      env[state] = randomNumbers(random, K * V);
      for (unsigned i = 0; i < K * V; ++i)
        env[state][i] *= moved(i);
    }
    return env;
  }

  static void expectNear(double a, double b, double size) {
    EXPECT_NEAR(a, b, 1e-9 * (1 + std::fabs(size)));
  }

  void checkDependence(Value value) {
    Dependence claim = step->getDependence(value);
    if (claim.getKind() == DependenceKind::Nonlinear)
      return;
    Environment all = change([](unsigned) { return true; });
    Environment none = change([](unsigned) { return false; });
    Numbers atBase = valueAt(value, 1, none), atZero = valueAt(value, 0, none);
    Numbers atChange = valueAt(value, 0, all), atBoth = valueAt(value, 1, all);
    for (unsigned i = 0; i < atBase.size(); ++i) {
      expectNear(atBoth[i] - atChange[i], atBase[i] - atZero[i], atBoth[i]);
      if (!claim.dependent)
        expectNear(atBase[i], atBoth[i], atBase[i]);
    }
    Type type = value.getType();
    auto vec = dyn_cast<VecType>(type);
    bool hasColumns = isa<StateType>(type) || (vec && sizeOf(type) == V);
    bool hasRows = isa<StateType>(type) || (vec && sizeOf(type) == K);
    if (claim.byColumns && hasColumns) {
      Numbers moved =
          valueAt(value, 1, change([](unsigned i) { return i % V == 1; }));
      for (unsigned i = 0; i < moved.size(); ++i)
        if (i % V != 1)
          expectNear(moved[i], atBase[i], atBase[i]);
    }
    if (claim.byRows && hasRows) {
      Numbers moved =
          valueAt(value, 1, change([](unsigned i) { return i / V == 1; }));
      for (unsigned i = 0; i < moved.size(); ++i)
        if ((vec ? i : i / V) != 1)
          expectNear(moved[i], atBase[i], atBase[i]);
    }
  }

  /// D(V, j), entry by entry, from incoming state j all ones.
  Numbers factor(Value value, BlockArgument from, Environment env) {
    for (BlockArgument state : step->getStates())
      env[state] = Numbers(K * V, state == from);
    run(recurrence, env, /*writes=*/false);
    return env[value];
  }

  void checkFactors() {
    // Gates that depend on states make D a function of them.
    if (step->getClass() == TransitionClass::Nonlinear)
      return;
    Environment later = arguments();
    for (BlockArgument arg : recurrence.getStep().getArguments())
      if (recurrence.getArgKind(arg.getArgNumber()) == ArgKind::Params)
        later[arg] = base[arg];
    for (BlockArgument from : step->getStates())
      for (Operation &op : recurrence.getStep().without_terminator()) {
        Value value = op.getResult(0);
        if (!isa<StateType>(value.getType()) || !step->isLive(&op))
          continue;
        DecayFactor claim = step->getFactor(from, value);
        Numbers f = factor(value, from, base), g = factor(value, from, later);
        for (unsigned i = 0; i < K * V; ++i) {
          if (!claim.isPresent())
            EXPECT_EQ(f[i], 0);
          if (claim.isIdentity())
            EXPECT_EQ(f[i], 1);
          if (claim.isTimeInvariant())
            expectNear(f[i], g[i], f[i]);
          if (!claim.varies(Axis::Key))
            expectNear(f[i], f[i % V], f[i]);
          if (!claim.varies(Axis::Value))
            expectNear(f[i], f[i / V * V], f[i]);
          if (claim.isSeparable()) {
            double cross = f[i / V * V] * f[i % V];
            expectNear(f[i] * f[0], cross, cross);
          }
        }
      }
  }

  /// What makes a chunk form: over tokens, columns stay apart where all
  /// corrections are from the left, rows where all are from the right; each
  /// state is one or the other where independent states differ.
  void checkTokens() {
    bool left = false, right = false;
    for (WriteOp op : recurrence.getStep().getOps<WriteOp>()) {
      if (!step->isLive(op))
        continue;
      left |= step->getWriteKind(op) == WriteKind::Left;
      right |= step->getWriteKind(op) == WriteKind::Right;
    }
    EXPECT_EQ(step->getRank() > 0, left || right);
    EXPECT_EQ(step->getClass() == TransitionClass::Delta, left || right);
    SmallVector<Environment> tokens = {arguments(), arguments(), arguments()};
    // For every state: do the entries that were not moved stay in place?
    auto stay = [&](llvm::function_ref<bool(unsigned)> moved) {
      Environment env = base;
      Environment by = change(moved);
      for (BlockArgument state : step->getStates())
        for (unsigned i = 0; i < K * V; ++i)
          env[state][i] += by[state][i];
      std::vector<bool> result;
      for (auto [x, y] : llvm::zip(runTokens(recurrence, base, tokens),
                                   runTokens(recurrence, env, tokens))) {
        bool all = true;
        for (unsigned i = 0; i < K * V; ++i)
          all &= moved(i) ||
                 std::fabs(x[i] - y[i]) <= 1e-9 * (1 + std::fabs(x[i]));
        result.push_back(all);
      }
      return result;
    };
    std::vector<bool> columns = stay([](unsigned i) { return i % V == 1; });
    std::vector<bool> rows = stay([](unsigned i) { return i / V == 1; });
    for (unsigned i = 0; i < columns.size(); ++i) {
      EXPECT_TRUE(right || columns[i]);
      EXPECT_TRUE(left || rows[i]);
      EXPECT_TRUE(columns[i] || rows[i]);
    }
  }

  Random &random;
  Step step;
  RecurrenceOp recurrence;
  Environment base;
};

TEST(TransitionRandomTest, ClaimsHoldOnNumbers) {
  std::map<TransitionClass, unsigned> seen;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    Random random(seed);
    std::string body = randomBody(random);
    SCOPED_TRACE(std::to_string(seed) + "\n" + body);
    RandomStep(random, body).check(seen);
    if (testing::Test::HasFailure())
      return;
  }
  // The steps are a mixture worth the name.
  for (auto expected : {TransitionClass::Linear, TransitionClass::Delta,
                        TransitionClass::Affine, TransitionClass::Nonlinear})
    EXPECT_GT(seen[expected], 20u) << stringifyTransitionClass(expected).str();
}

} // namespace
