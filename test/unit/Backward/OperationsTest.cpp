//===- OperationsTest.cpp - the adjoint of each operation -----------------===//
//
// Every operation of a step against central differences, with operands of all
// types that it takes; and the subgradients that its description states.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Runtime/TestProblem.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;
using io::DType;

namespace {
/// A step's lines, and the types of the outputs %o0, %o1, … that they define.
/// %T is the next state of S.
struct OperationCase {
  std::string name, lines;
  std::vector<std::string> types;
};
} // namespace

static constexpr const char *kKey = "!delta.vec<key>",
                            *kValue = "!delta.vec<value>",
                            *kScalar = "!delta.scalar";

/// What is not elementwise.
static const OperationCase kCases[] = {
    {"delta.decay",
     R"(%A = delta.decay %S, %x
        %B = delta.decay %A, %a
        %T = delta.decay %B, %u
        %o0 = delta.read %B, %b)",
     {kValue}},
    {"delta.scale_state",
     R"(%A = delta.scale_state %S, %x
        %B = delta.scale_state %A, %a
        %T = delta.scale_state %B, %u
        %o0 = delta.read %B, %b)",
     {kValue}},
    {"delta.read",
     R"(%T = delta.write %S, %a, %u
        %o0 = delta.read %S, %b
        %o1 = delta.read %T, %w)",
     {kValue, kKey}},
    {"delta.write",
     R"(%p = delta.read %S, %a
        %A = delta.write %S, %b, %p
        %T = delta.write %A, %a, %u
        %o0 = delta.read %A, %b)",
     {kValue}},
    {"delta.add_states",
     R"(%A = delta.write %S, %a, %u
        %B = delta.add_states %A, %S
        %T = delta.add_states %B, %B
        %o0 = delta.read %S, %b)",
     {kValue}},
    {"delta.scale",
     R"(%T = delta.write %S, %a, %u
        %c = delta.scale
        %o0 = delta.mul %c, %b)",
     {kKey}},
    {"delta.constant",
     R"(%T = delta.write %S, %a, %u
        %c = delta.constant 0.75
        %o0 = delta.mul %c, %b)",
     {kKey}},
    {"delta.broadcast",
     R"(%o0 = delta.broadcast %x : !delta.vec<key>
        %o1 = delta.broadcast %y : !delta.vec<value>
        %T = delta.write %S, %o0, %o1)",
     {kKey, kValue}},
    {"delta.dot",
     R"(%o0 = delta.dot %a, %b
        %o1 = delta.dot %u, %u
        %T = delta.decay %S, %o0)",
     {kScalar, kScalar}},
    {"delta.reduce",
     R"(%o0 = delta.reduce sum %a
        %o1 = delta.reduce max %b
        %o2 = delta.reduce min %u
        %T = delta.decay %S, %o1)",
     {kScalar, kScalar, kScalar}},
    {"delta.l2norm",
     R"(%o0 = delta.l2norm %a
        %o1 = delta.l2norm %u {epsilon = 0.5 : f64}
        %T = delta.write %S, %o0, %o1)",
     {kKey, kValue}},
};

/// An elementwise operation of vectors, of scalars, and of both.
static OperationCase makeElementwise(StringRef name, unsigned numOperands) {
  OperationCase made{name.str(), "", {}};
  raw_string_ostream os(made.lines);
  // Where the function is defined.
  if (name == "delta.log" || name == "delta.sqrt")
    os << "%va = delta.sigmoid %a\n%vx = delta.sigmoid %x\n";
  else
    os << "%va = delta.neg %a\n%vx = delta.neg %x\n";
  auto add = [&](ArrayRef<StringRef> operands, const char *type) {
    os << "%o" << made.types.size() << " = " << name << ' ';
    interleaveComma(operands.take_front(numOperands), os);
    os << '\n';
    made.types.push_back(type);
  };
  add({"%va", "%b", "%a", "%b"}, kKey);
  add({"%vx", "%y", "%y", "%x"}, kScalar);
  if (numOperands > 1) {
    add({"%va", "%y", "%x", "%b"}, kKey);
    add({"%vx", "%b", "%a", "%y"}, kKey);
  }
  os << "%T = delta.write %S, %o0, %u";
  return made;
}

static unsigned getNumOperands(mlir::RegisteredOperationName name) {
  using namespace mlir::OpTrait;
  return name.hasTrait<OneOperand>()           ? 1
         : name.hasTrait<NOperands<4>::Impl>() ? 4
                                               : 2;
}

namespace {
class OperationsTest : public sluice::test::TestProblem {
protected:
  /// Those that can stand in a recurrence.
  std::vector<mlir::RegisteredOperationName> getStepOperations() {
    std::vector<mlir::RegisteredOperationName> names;
    for (mlir::RegisteredOperationName name :
         context.getRegisteredOperationsByDialect("delta"))
      if (name.hasTrait<delta::InStep>() && !name.hasTrait<delta::InAdjoint>())
        names.push_back(name);
    return names;
  }

  void loadCase(const OperationCase &operation) {
    std::string text, outputs;
    raw_string_ostream os(text), yielded(outputs);
    os << "delta.recurrence @r v_heads(%a: !delta.vec<key>, "
          "%b: !delta.vec<key>, %u: !delta.vec<value>, %w: !delta.vec<value>, "
          "%x: !delta.scalar, %y: !delta.scalar) "
          "state(%S: !delta.state<key, value>) -> (";
    ListSeparator types, names;
    for (auto [i, type] : enumerate(operation.types)) {
      os << types << 'o' << i << ": " << type;
      yielded << names << "%o" << i;
    }
    os << ") {\n"
       << operation.lines << "\ndelta.yield states(%T) outputs(" << outputs
       << ")\n}\n";
    load(text);
  }

  Problem bindRandom(Random &random) {
    auto fill = [&](StringRef name, const std::vector<int64_t> &shape) {
      int64_t count = 1;
      for (int64_t size : shape)
        count *= size;
      std::vector<double> numbers(count);
      for (double &number : numbers)
        number = random.uniform(-1, 1);
      set(name, shape, numbers, DType::F64);
    };
    for (StringRef name : {"a", "b"})
      fill(name, {2, 3, 2, 5});
    for (StringRef name : {"u", "w"})
      fill(name, {2, 3, 2, 4});
    for (StringRef name : {"x", "y"})
      fill(name, {2, 3, 2});
    fill("initial_state", {2, 2, 5, 4});
    BindOptions options;
    options.allowF64 = true;
    return cantFail(bind(options));
  }

  void expectRight(const OperationCase &operation) {
    SCOPED_TRACE(operation.name);
    loadCase(operation);
    Random random(7, operation.name.size());
    Problem problem = bindRandom(random);
    GivenGradients given(problem, random);
    GradientCheckOptions options;
    options.bar = 1e-8;
    options.elements = 5;
    checkGradients(spec.op, problem, getGradients(spec.op, problem), random,
                   options);
  }

  /// The gradients of one token with K = V = 2, given ones by the outputs.
  Results differentiate(StringRef outputs, StringRef body) {
    load(("delta.recurrence @r v_heads(%a: !delta.vec<key>, "
          "%b: !delta.vec<key>, %x: !delta.scalar, %v: !delta.vec<value>) "
          "state(%S: !delta.state<key, value>) -> (" +
          outputs + ") {\n" + body + "\n}")
             .str());
    set("v", {1, 1, 1, 2}, {1, 1});
    Problem problem = cantFail(bind());
    std::deque<OwnedTensor> ones;
    for (const Output &output : problem.signature.outputs) {
      OwnedTensor &tensor = ones.emplace_back(cantFail(
          OwnedTensor::create(output.name, DType::F32,
                              evaluate(output.getShape(), problem.sizes))));
      tensor.store(0, std::vector<double>(tensor.view().numElements(), 1));
      problem.outputGradients.push_back(tensor.view());
    }
    problem.finalStateGradients.emplace_back();
    return getGradients(spec.op, problem);
  }
};

void expectNumbers(const Results &results, StringRef name,
                   ArrayRef<double> expected) {
  const OwnedTensor *tensor = results.find(name);
  ASSERT_NE(tensor, nullptr) << name.str();
  for (auto [i, number] : enumerate(expected))
    EXPECT_EQ(tensor->load(static_cast<int64_t>(i)), number)
        << name.str() << ' ' << i;
}
} // namespace

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

TEST_F(OperationsTest, EveryOperationIsDifferentiable) {
  context.loadDialect<delta::DeltaDialect>();
  std::vector<mlir::RegisteredOperationName> names = getStepOperations();
  EXPECT_GE(names.size(), 30u);
  for (mlir::RegisteredOperationName name : names)
    EXPECT_TRUE(name.hasInterface<delta::DifferentiableOpInterface>())
        << name.getStringRef().str();
}

TEST_F(OperationsTest, IsWhatCentralDifferencesAre) {
  context.loadDialect<delta::DeltaDialect>();
  for (mlir::RegisteredOperationName name : getStepOperations()) {
    if (name.hasInterface<delta::ElementwiseOpInterface>()) {
      expectRight(makeElementwise(name.getStringRef(), getNumOperands(name)));
      continue;
    }
    const auto *found = find_if(kCases, [&](const OperationCase &operation) {
      return operation.name == name.getStringRef();
    });
    ASSERT_NE(found, std::end(kCases))
        << "no case for " << name.getStringRef().str();
    expectRight(*found);
  }
}

//===----------------------------------------------------------------------===//
// Where there is no derivative
//===----------------------------------------------------------------------===//

TEST_F(OperationsTest, EqualOperandsOfMaxAndMin) {
  set("a", {1, 1, 1, 2}, {3, 1});
  set("b", {1, 1, 1, 2}, {3, 2});
  set("x", {1, 1, 1}, {0});
  Results max = differentiate("o: !delta.vec<key>",
                              R"(%o = delta.max %a, %b
                                 delta.yield states(%S) outputs(%o))");
  expectNumbers(max, "da", {1, 0});
  expectNumbers(max, "db", {0, 1});
  Results min = differentiate("o: !delta.vec<key>",
                              R"(%o = delta.min %a, %b
                                 delta.yield states(%S) outputs(%o))");
  expectNumbers(min, "da", {1, 1});
  expectNumbers(min, "db", {0, 0});
}

TEST_F(OperationsTest, EqualElementsOfAMaximumShareIt) {
  set("a", {1, 1, 1, 4}, {2, 1, 2, 2});
  set("b", {1, 1, 1, 4}, {5, 4, 4, 6});
  set("x", {1, 1, 1}, {0});
  Results results = differentiate("o: !delta.scalar, p: !delta.scalar",
                                  R"(%o = delta.reduce max %a
                       %p = delta.reduce min %b
                       delta.yield states(%S) outputs(%o, %p))");
  expectNumbers(results, "da", {1.0 / 3, 0, 1.0 / 3, 1.0 / 3});
  expectNumbers(results, "db", {0, 0.5, 0.5, 0});
}

TEST_F(OperationsTest, MagnitudeOfZero) {
  set("a", {1, 1, 1, 3}, {-2, 0, 2});
  set("b", {1, 1, 1, 3}, {0, 0, 0});
  set("x", {1, 1, 1}, {0});
  expectNumbers(differentiate("o: !delta.vec<key>",
                              R"(%o = delta.abs %a
                                 delta.yield states(%S) outputs(%o))"),
                "da", {-1, 0, 1});
}

//===----------------------------------------------------------------------===//
// What does not count
//===----------------------------------------------------------------------===//

TEST_F(OperationsTest, FactorsOfAnInfiniteLogCountForNothing) {
  // e^(x a) with x = 2 and a = (−inf, −1): ∂/∂x = a e^(x a).
  set("a", {1, 1, 1, 2}, {-HUGE_VAL, -1});
  set("b", {1, 1, 1, 2}, {1, 1});
  set("x", {1, 1, 1}, {2});
  set("initial_state", {1, 1, 2, 2}, {1, 1, 1, 1});
  Results results = differentiate("o: !delta.vec<value>",
                                  R"(%g = delta.mul %x, %a
                                     %S1 = delta.decay %S, %g
                                     %o = delta.read %S1, %b
                                     delta.yield states(%S1) outputs(%o))");
  double decay = std::exp(-2);
  expectNumbers(results, "dx", {-2 * decay});
  expectNumbers(results, "da", {0, 4 * decay});
  expectNumbers(results, "dinitial_state", {0, 0, decay, decay});
}

TEST_F(OperationsTest, TheLogOfNothingCountsForNothing) {
  set("a", {1, 1, 1, 2}, {-1000, 0});
  set("b", {1, 1, 1, 2}, {1, 1});
  set("x", {1, 1, 1}, {0});
  set("initial_state", {1, 1, 2, 2}, {1, 1, 1, 1});
  Results results = differentiate("o: !delta.vec<value>",
                                  R"(%f = delta.sigmoid %a
                                     %g = delta.log %f
                                     %S1 = delta.decay %S, %g
                                     %o = delta.read %S1, %b
                                     delta.yield states(%S1) outputs(%o))");
  // σ' = ¼ at 0, for each of two columns.
  expectNumbers(results, "da", {0, 0.5});
}

TEST_F(OperationsTest, AFactorOfZeroHasItsDerivative) {
  set("a", {1, 1, 1, 2}, {0, 2});
  set("b", {1, 1, 1, 2}, {1, 1});
  set("x", {1, 1, 1}, {0});
  set("initial_state", {1, 1, 2, 2}, {1, 2, 3, 4});
  Results results = differentiate("o: !delta.vec<value>",
                                  R"(%S1 = delta.scale_state %S, %a
                                     %o = delta.read %S1, %b
                                     delta.yield states(%S1) outputs(%o))");
  expectNumbers(results, "da", {3, 7});
  expectNumbers(results, "dinitial_state", {0, 0, 2, 2});
}
