//===- GrowthTest.cpp - how large what is derived becomes -----------------===//
//
// Operations of the chunk form, before and after the rewrites of per-token
// maths, for specs that grow in one way each: linear in the spec's operations,
// quadratic in its writes. Operations are counted, not seconds.
//
//===----------------------------------------------------------------------===//

#include "lib/Compiler/ChunkForm.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/ExpandL2Norm/ExpandL2Norm.h"
#include "passes/MergeTokens/MergeTokens.h"
#include "passes/ShareExponentials/ShareExponentials.h"
#include "passes/SplitTokens/SplitTokens.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

namespace {
/// A spec that is written line by line.
class Spec {
public:
  explicit Spec(unsigned states = 1) {
    for (unsigned i = 0; i < states; ++i)
      addArgument("S{0}: !delta.state<key, value>", i, stateArguments);
    for (StringRef vector : {"q", "k"})
      vectorArguments.push_back(("%" + vector + ": !delta.vec<key>").str());
    for (StringRef vector : {"v", "w"})
      vectorArguments.push_back(("%" + vector + ": !delta.vec<value>").str());
    for (StringRef scalar : {"g", "b"})
      vectorArguments.push_back(("%" + scalar + ": !delta.scalar").str());
  }

  void argument(const char *format, unsigned i) {
    addArgument(format, i, vectorArguments);
  }
  template <typename... Numbers>
  void line(const char *format, Numbers... numbers) {
    lines += llvm::formatv(format, numbers...).str() + "\n";
  }
  void output(std::string name) { outputs.push_back(std::move(name)); }
  void state(std::string name) { states.push_back(std::move(name)); }

  std::string print() const {
    std::string types;
    for (size_t i = 0; i < outputs.size(); ++i)
      types += llvm::formatv("{0}o{1}: !delta.vec<value>", i ? ", " : "", i);
    return llvm::formatv("delta.recurrence @grown v_heads({0}) state({1}) -> "
                         "({2}) {{\n{3}delta.yield states({4}) "
                         "outputs({5})\n}",
                         llvm::join(vectorArguments, ", "),
                         llvm::join(stateArguments, ", "), types, lines,
                         llvm::join(states, ", "), llvm::join(outputs, ", "));
  }

private:
  static void addArgument(const char *format, unsigned i,
                          std::vector<std::string> &arguments) {
    arguments.push_back("%" + llvm::formatv(format, i).str());
  }

  std::vector<std::string> vectorArguments, stateArguments, states, outputs;
  std::string lines;
};
} // namespace

/// A delta rule with one write; `key` and `beta` are values.
static void addDeltaRule(Spec &spec, StringRef key, StringRef beta) {
  spec.line("%D = delta.decay %S0, %g");
  spec.line("%r = delta.read %D, {0}", key);
  spec.line("%e = delta.sub %v, %r");
  spec.line("%y = delta.mul {0}, %e", beta);
  spec.line("%W = delta.write %D, {0}, %y", key);
  spec.line("%o = delta.read %W, %q");
  spec.output("%o");
  spec.state("%W");
}

/// Writes that correct each other, each behind a gate of its own.
static Spec growWrites(unsigned n) {
  Spec spec;
  spec.line("%W0 = delta.decay %S0, %g");
  for (unsigned i = 1; i <= n; ++i) {
    spec.argument("k{0}: !delta.vec<key>", i);
    spec.argument("v{0}: !delta.vec<value>", i);
    spec.argument("b{0}: !delta.scalar", i);
    spec.argument("g{0}: !delta.vec<key>", i);
    spec.line("%D{0} = delta.decay %W{1}, %g{0}", i, i - 1);
    spec.line("%r{0} = delta.read %D{0}, %k{0}", i);
    spec.line("%e{0} = delta.sub %v{0}, %r{0}", i);
    spec.line("%y{0} = delta.mul %b{0}, %e{0}", i);
    spec.line("%W{0} = delta.write %D{0}, %k{0}, %y{0}", i);
  }
  spec.line("%o = delta.read %W{0}, %q", n);
  spec.output("%o");
  spec.state(llvm::formatv("%W{0}", n));
  return spec;
}

/// A scalar used twice by the next one.
static Spec growScalars(unsigned n) {
  Spec spec;
  spec.line("%x0 = delta.sigmoid %b");
  for (unsigned i = 1; i <= n; ++i)
    spec.line("%x{0} = delta.mul %x{1}, %x{1}", i, i - 1);
  addDeltaRule(spec, "%k", llvm::formatv("%x{0}", n).str());
  return spec;
}

/// The same of a vector.
static Spec growVectors(unsigned n) {
  Spec spec;
  spec.line("%x0 = delta.tanh %k");
  for (unsigned i = 1; i <= n; ++i)
    spec.line("%x{0} = delta.mul %x{1}, %x{1}", i, i - 1);
  addDeltaRule(spec, llvm::formatv("%x{0}", n).str(), "%b");
  return spec;
}

/// The same behind a read, in a correction, with a weight along value.
static Spec growCorrections(unsigned n) {
  Spec spec;
  spec.line("%D = delta.decay %S0, %g");
  spec.line("%r = delta.read %D, %k");
  spec.line("%x0 = delta.sub %v, %r");
  for (unsigned i = 1; i <= n; ++i) {
    spec.line("%t{0} = delta.mul %x{1}, %w", i, i - 1);
    spec.line("%x{0} = delta.add %x{1}, %t{0}", i, i - 1);
  }
  spec.line("%W = delta.write %D, %k, %x{0}", n);
  spec.line("%o = delta.read %W, %q");
  spec.output("%o");
  spec.state("%W");
  return spec;
}

/// Outputs that share a chain of functions, `step` being one of them.
static Spec growOutputs(unsigned n, const char *step) {
  Spec spec;
  spec.line("%D = delta.decay %S0, %g");
  spec.line("%W = delta.write %D, %k, %v");
  spec.line("%x0 = delta.read %W, %q");
  for (unsigned i = 1; i <= n; ++i) {
    spec.line(step, i, i - 1);
    spec.output(llvm::formatv("%x{0}", i));
  }
  spec.state("%W");
  return spec;
}

/// Horner's rule over reads.
static Spec growReads(unsigned n) {
  Spec spec;
  spec.line("%D = delta.decay %S0, %g");
  spec.line("%W = delta.write %D, %k, %v");
  spec.line("%x0 = delta.read %W, %q");
  for (unsigned i = 1; i <= n; ++i) {
    spec.argument("q{0}: !delta.vec<key>", i);
    spec.argument("b{0}: !delta.scalar", i);
    spec.line("%r{0} = delta.read %W, %q{0}", i);
    spec.line("%a{0} = delta.add %x{1}, %r{0}", i, i - 1);
    spec.line("%x{0} = delta.mul %b{0}, %a{0}", i);
  }
  spec.output(llvm::formatv("%x{0}", n));
  spec.state("%W");
  return spec;
}

/// Factors of a state, one after the other, behind a write.
static Spec growFactors(unsigned n) {
  Spec spec;
  spec.line("%W0 = delta.write %S0, %k, %v");
  for (unsigned i = 1; i <= n; ++i) {
    spec.argument("f{0}: !delta.vec<key>", i);
    spec.line("%W{0} = delta.scale_state %W{1}, %f{0}", i, i - 1);
  }
  spec.line("%o = delta.read %W{0}, %q", n);
  spec.output("%o");
  spec.state(llvm::formatv("%W{0}", n));
  return spec;
}

/// A ring of states that feed each other: gates are n × n.
static Spec growCoupledStates(unsigned n) {
  Spec spec(n);
  for (unsigned i = 0; i < n; ++i) {
    spec.argument("f{0}: !delta.scalar", i);
    spec.line("%F{0} = delta.scale_state %S{1}, %f{0}", i, (i + 1) % n);
    spec.line("%A{0} = delta.add_states %S{0}, %F{0}", i);
  }
  spec.line("%r = delta.read %A0, %k");
  spec.line("%e = delta.sub %v, %r");
  spec.line("%W = delta.write %A0, %k, %e");
  spec.line("%o = delta.read %W, %q");
  spec.output("%o");
  spec.state("%W");
  for (unsigned i = 1; i < n; ++i)
    spec.state(llvm::formatv("%A{0}", i));
  return spec;
}

/// Delta rules side by side.
static Spec growSeparateStates(unsigned n) {
  Spec spec(n);
  for (unsigned i = 0; i < n; ++i) {
    spec.argument("k{0}: !delta.vec<key>", i);
    spec.line("%D{0} = delta.decay %S{0}, %g", i);
    spec.line("%r{0} = delta.read %D{0}, %k{0}", i);
    spec.line("%e{0} = delta.sub %v, %r{0}", i);
    spec.line("%W{0} = delta.write %D{0}, %k{0}, %e{0}", i);
    spec.line("%o{0} = delta.read %W{0}, %q", i);
    spec.output(llvm::formatv("%o{0}", i));
    spec.state(llvm::formatv("%W{0}", i));
  }
  return spec;
}

static unsigned countOperations(ModuleOp module) {
  unsigned count = 0;
  module.walk([&](Operation *) { ++count; });
  return count;
}

/// Operations of the form and of the form with its maths rewritten.
static std::pair<unsigned, unsigned> derive(const Spec &spec) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<DeltaDialect>();
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(spec.print(), &context);
  if (!module) {
    ADD_FAILURE() << spec.print();
    return {};
  }
  RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
  compiler::ChunkForm form =
      llvm::cantFail(compiler::deriveChunkForm(op, 8, 8, /*chunk=*/16));
  unsigned derived = countOperations(*form.module);
  PassManager manager(&context);
  manager.addPass(createExpandL2Norm());
  manager.addPass(createShareExponentials());
  manager.addPass(createSplitTokens());
  manager.addPass(createMergeTokens());
  manager.addPass(createCSEPass());
  EXPECT_TRUE(succeeded(manager.run(*form.module)));
  return {derived, countOperations(*form.module)};
}

/// When n doubles, an increase doubles if the growth is linear and is four
/// times itself if it is quadratic.
static void expectGrowth(unsigned degree,
                         llvm::function_ref<Spec(unsigned)> grow) {
  SmallVector<std::pair<unsigned, unsigned>> counts;
  for (unsigned n : {4, 8, 16, 32})
    counts.push_back(derive(grow(n)));
  double most = 1.1 * (1u << degree);
  for (size_t i = 2; i < counts.size(); ++i) {
    auto increase = [&](auto member, size_t at) {
      return static_cast<double>(counts[at].*member) -
             static_cast<double>(counts[at - 1].*member);
    };
    for (auto member : {&std::pair<unsigned, unsigned>::first,
                        &std::pair<unsigned, unsigned>::second})
      EXPECT_LE(increase(member, i), most * increase(member, i - 1))
          << counts[i - 2].*member << ", " << counts[i - 1].*member << ", "
          << counts[i].*member;
  }
}

TEST(Growth, OfWritesIsQuadratic) { expectGrowth(2, growWrites); }
TEST(Growth, OfSharedScalarsIsLinear) { expectGrowth(1, growScalars); }
TEST(Growth, OfSharedVectorsIsLinear) { expectGrowth(1, growVectors); }
TEST(Growth, OfSharedCorrectionsIsLinear) { expectGrowth(1, growCorrections); }
TEST(Growth, OfReadsIsLinear) { expectGrowth(1, growReads); }
TEST(Growth, OfFactorsIsLinear) { expectGrowth(1, growFactors); }
TEST(Growth, OfSeparateStatesIsLinear) { expectGrowth(1, growSeparateStates); }
TEST(Growth, OfCoupledStatesIsAtMostQuadratic) {
  expectGrowth(2, growCoupledStates);
}
TEST(Growth, OfOutputsThatShareAChainIsLinear) {
  for (const char *step :
       {"%x{0} = delta.tanh %x{1}", "%x{0} = delta.mul %b, %x{1}",
        "%x{0} = delta.mul %w, %x{1}"}) {
    SCOPED_TRACE(step);
    expectGrowth(1, [&](unsigned n) { return growOutputs(n, step); });
  }
}
