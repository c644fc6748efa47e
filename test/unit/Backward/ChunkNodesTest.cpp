//===- ChunkNodesTest.cpp - the adjoint of each node of a chunk -----------===//
//
// Every operation of a chunk's graph that has an adjoint, in all its ways,
// against central differences.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/ChunkInterpreter.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Pipelines/Pipelines.h"
#include "test/unit/Backward/ChunkNodeCases.h"
#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Runtime/TestProblem.h"
#include <iostream>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

/// Two chunks and a part of a third one.
static constexpr int64_t kKeyDim = 3, kValueDim = 2, kChunks[] = {4, 5, 6};

static constexpr StringLiteral kArguments[] = {
    "ak", "bk", "xk", "yk", "uv", "wv", "ms", "ns", "gk", "gv", "gs",
    "fk", "fv", "fs", "ek", "hk", "jk", "es", "hs", "js", "pk", "ps"};
static constexpr StringLiteral kParams[] = {"ck", "cv", "cs"};

static StringRef getTokenType(char axis) {
  return axis == 'k'   ? "!delta.vec<key>"
         : axis == 'v' ? "!delta.vec<value>"
                       : "!delta.scalar";
}

/// The text of a scan.
static std::string makeScan(const ChunkNodeCase &node, int64_t chunk) {
  std::string text;
  raw_string_ostream os(text);
  auto tensor = [&](StringRef name, ArrayRef<int64_t> sizes) {
    os << '!' << name << " = tensor<";
    for (int64_t size : sizes)
      os << size << 'x';
    os << "f32>\n";
  };
  tensor("k", {chunk, kKeyDim});
  tensor("v", {chunk, kValueDim});
  tensor("s", {chunk});
  tensor("K", {kKeyDim});
  tensor("V", {kValueDim});
  tensor("n", {});
  tensor("p", {chunk, chunk});
  tensor("S", {kKeyDim, kValueDim});
  os << "wy.scan @r chunk(" << chunk << ") key(" << kKeyDim << ") value("
     << kValueDim << ") ";
  auto clause = [&](StringRef name, ArrayRef<StringLiteral> arguments) {
    ListSeparator comma;
    os << name << '(';
    for (StringRef argument : arguments)
      os << comma << '%' << argument << ": " << getTokenType(argument.back());
    os << ") ";
  };
  ArrayRef arguments(kArguments);
  clause("qk_heads", arguments.take_front(4)); // which several heads share
  clause("v_heads", arguments.drop_front(4));
  clause("params", kParams);
  os << "state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) "
        "-> (";
  ListSeparator comma;
  for (auto [i, axis] : enumerate(node.outputs))
    os << comma << 'o' << i << ": " << getTokenType(axis);
  os << ") {" << node.lines << "\n  wy.yield "
     << (node.lines.contains("%T =") ? "%T" : "%S") << ", "
     << (node.lines.contains("%N =") ? "%N" : "%M");
  for (unsigned i = 0; i < node.outputs.size(); ++i)
    os << ", %o" << i;
  os << " : !S, !S";
  for (char axis : node.outputs)
    os << ", !" << axis;
  os << "\n}\n";
  return text;
}

namespace {
struct ChunkNodesParam {
  ChunkNodeCase node;
  int64_t chunk;
};
void PrintTo(const ChunkNodesParam &param, std::ostream *os) {
  *os << param.node.node.str() << ' ' << param.node.what.str();
}

class ChunkNodesTest : public sluice::test::TestProblem,
                       public testing::WithParamInterface<ChunkNodesParam> {
protected:
  wy::ScanOp parse() {
    const auto &[node, chunk] = GetParam();
    context.loadAllAvailableDialects();
    module = mlir::parseSourceString<mlir::ModuleOp>(makeScan(node, chunk),
                                                     &context);
    return module ? *module->getOps<wy::ScanOp>().begin() : wy::ScanOp();
  }

  double draw(char kind, Random &random) {
    switch (kind) {
    case 'g':
      return random.uniform(-2, 0);
    case 'p':
      return random.uniform(0.2, 1);
    case 'f':
    case 'e':
    case 'h':
    case 'j':
      return random.bits() % 4 == 0 ? 0 : random.uniform(-1.5, 1.5);
    default:
      return random.uniform(-1, 1);
    }
  }

  Problem bindRandom(const Signature &signature, Random &random) {
    Sizes sizes{{"B", 1},        {"N", 1},  {"T", 2 * GetParam().chunk + 3},
                {"H", 1},        {"HV", 2}, {"K", kKeyDim},
                {"V", kValueDim}};
    unsigned states = 0;
    for (const Argument &argument : signature.arguments) {
      SmallVector<int64_t, 4> shape = evaluate(argument.getShape(), sizes);
      int64_t count = 1;
      for (int64_t size : shape)
        count *= size;
      std::vector<double> numbers(count);
      for (double &number : numbers)
        number = draw(argument.name.front(), random);
      set(argument.kind == ArgumentKind::State
              ? signature.getInitialStateName(states++)
              : argument.name,
          {shape.begin(), shape.end()}, numbers, io::DType::F64);
    }
    std::vector<io::NamedTensor> views;
    views.reserve(tensors.size());
    for (const OwnedTensor &tensor : tensors)
      views.push_back({tensor.name, tensor.view()});
    BindOptions options;
    options.allowF64 = true;
    return cantFail(runtime::bind(signature, views, options));
  }

  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

static std::vector<ChunkNodesParam> getParams() {
  std::vector<ChunkNodesParam> params;
  for (const ChunkNodeCase &node : getChunkNodeCases())
    for (int64_t chunk : kChunks)
      params.push_back({node, chunk});
  return params;
}

INSTANTIATE_TEST_SUITE_P(
    Nodes, ChunkNodesTest, testing::ValuesIn(getParams()),
    [](const testing::TestParamInfo<ChunkNodesParam> &info) {
      const ChunkNodeCase &node = info.param.node;
      return (node.node.drop_front(3) + node.what + Twine(info.param.chunk))
          .str();
    });

TEST_P(ChunkNodesTest, IsWhatCentralDifferencesAre) {
  wy::ScanOp scan = parse();
  ASSERT_TRUE(scan);
  bool hasNode = false;
  scan.walk([&](mlir::Operation *op) {
    hasNode |= op->getName().getStringRef() == GetParam().node.node;
  });
  EXPECT_TRUE(hasNode);
  mlir::OwningOpRef<mlir::ModuleOp> adjoint = module->clone();
  mlir::PassManager manager(&context);
  buildChunkAdjointPipeline(manager, {});
  ASSERT_TRUE(succeeded(manager.run(*adjoint)));

  Random random(11, GetParam().chunk);
  Problem problem = bindRandom(getSignature(scan), random);
  GivenGradients given(problem, random);
  Results gradients = cantFail(interpretBackwardExact(
      *adjoint->getOps<wy::PlacedOp>().begin(), problem));
  EXPECT_GT(gradients.tensors.size(), 2u);
  GradientCheckOptions options;
  options.bar = 1e-8;
  options.elements = 5;
  checkGradients(
      [&](const Problem &problem) {
        return cantFail(interpretChunksExact(scan, problem));
      },
      problem, gradients, random, options);
}

TEST(ChunkNodeCases, HaveEveryNodeWithAnAdjoint) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<wy::WYDialect>();
  unsigned count = 0;
  for (mlir::RegisteredOperationName name : context.getRegisteredOperations()) {
    if (!name.hasInterface<wy::DifferentiableOpInterface>())
      continue;
    ++count;
    EXPECT_TRUE(any_of(getChunkNodeCases(),
                       [&](const ChunkNodeCase &node) {
                         return node.node == name.getStringRef();
                       }))
        << "no case for " << name.getStringRef().str();
  }
  EXPECT_GE(count, 10u);
}
