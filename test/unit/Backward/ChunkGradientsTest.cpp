//===- ChunkGradientsTest.cpp - the library's gradients by chunks ---------===//
//
// Every variant by chunks against the step: gates of each regime, ragged and
// packed sequences, grouped heads.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Error.h"
#include "lib/Variants/Variants.h"
#include "test/unit/Backward/ChunkProblem.h"
#include "llvm/Support/FormatVariadic.h"
#include <iostream>
#include <limits>
#include <set>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace {
/// Log gates: of a token and a channel whose numbers' sum is a multiple of
/// `period` `rare`, the others `usual`.
struct GateCase {
  const char *name;
  double usual, rare;
  int64_t period;
};
constexpr GateCase kGates[] = {
    {"zero", 0, 0, 1},           {"mild", -0.05, -0.02, 3},
    {"strong", -5, -3, 3},       {"−1e3", -0.1, -1e3, 3},
    {"alternating", 0, -1e3, 2}, {"−inf", -0.1, -kInfinity, 3}};

/// A gate that a variant computes of an argument.
struct ComputedGate {
  StringLiteral variant, argument;
  double (*getArgument)(double gate);
};
double getLogit(double gate) { // the inverse of logsigmoid
  return gate < -30 ? gate : std::min(50.0, -std::log(std::expm1(-gate)));
}
double getLogRate(double gate) { return std::max(-50.0, std::log(-gate)); }
constexpr ComputedGate kComputedGates[] = {
    {"mlstm", "fg", getLogit},
    {"mamba2", "A_log", getLogRate},
    {"gated_deltanet", "A_log", getLogRate}};

/// The largest relative RMS errors.
struct Worst {
  double exact = 0, vectors = 0, numbers = 0;
};

class ChunkGradientsTest : public ChunkProblem {
protected:
  /// The names of arguments that are gates, or factors, as they are.
  template <typename Op> std::set<std::string> findArguments() {
    std::set<std::string> names;
    for (auto op : spec.op.getStep().getOps<Op>())
      if (auto argument = dyn_cast<mlir::BlockArgument>(op->getOperand(1)))
        names.insert(spec.op.getName(argument).str());
    return names;
  }
  void setGates(StringRef name, const GateCase &gates,
                double (*getArgument)(double)) {
    OwnedTensor &changed = tensor(name);
    int64_t width = changed.shape.size() > 3 ? changed.shape.back() : 1;
    for (int64_t i = 0, e = changed.view().numElements(); i < e; ++i) {
      bool isRare = (i / width + i % width) % gates.period == 0;
      changed.store(i, getArgument(isRare ? gates.rare : gates.usual));
    }
  }
  void setGates(StringRef variant, const GateCase &gates) {
    for (const std::string &name : findArguments<delta::DecayOp>())
      setGates(name, gates, [](double gate) { return gate; });
    for (const ComputedGate &computed : kComputedGates)
      if (computed.variant == variant)
        setGates(computed.argument, gates, computed.getArgument);
    // Factors of 0 and negative ones.
    for (const std::string &name : findArguments<delta::ScaleStateOp>())
      for (int64_t i = 0; i < tensor(name).view().numElements(); i += 3)
        tensor(name).store(i, i % 2 ? 0 : -tensor(name).load(i));
  }
  /// Numbers and gates are sums of more than vectors are.
  bool isNumber(StringRef gradient) {
    std::optional<unsigned> index = spec.op.findArg(gradient.drop_front());
    return index &&
           (isa<delta::ScalarType>(
                spec.op.getStep().getArgument(*index).getType()) ||
            findArguments<delta::DecayOp>().count(gradient.drop_front().str()));
  }
  void check(wy::PlacedOp adjoint, const Problem &problem, Worst &worst) {
    Results expected = getGradients(spec.op, problem);
    Results exact = cantFail(interpretBackwardExact(adjoint, problem)),
            single = cantFail(interpretBackwardInFloat32(adjoint, problem));
    auto expectNear = [](const TensorError &error, double bar, double &worst) {
      // What is smaller is no number of float32.
      if (error.maxAbsolute < std::numeric_limits<float>::min())
        return;
      EXPECT_TRUE(error.relativeRMS <= bar) // also of a NaN
          << error.name << ": " << error.relativeRMS << ", at most "
          << error.maxAbsolute;
      worst = std::max(worst, error.relativeRMS);
    };
    for (const TensorError &error : cantFail(compare(exact, expected)))
      expectNear(error, 1e-9, worst.exact);
    for (const TensorError &error : cantFail(compare(single, expected)))
      if (isNumber(error.name))
        expectNear(error, 5e-5, worst.numbers);
      else
        expectNear(error, 1e-5, worst.vectors);
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// The step's gradients
//===----------------------------------------------------------------------===//

TEST_F(ChunkGradientsTest, AreTheStepsGradients) {
  Worst worst;
  unsigned count = 0;
  for (const Variant &variant : getVariants())
    for (int64_t chunk : {4, 16, 64}) {
      load(variant.name);
      compiler::ChunkAdjoint made = derive(chunk);
      int64_t several = chunk < 64 ? 2 * chunk + 3 : chunk + 1;
      std::string shapes[] = {
          "T=1,H=1,HV=4,initial",
          formatv("B=2,T={0},H=1,HV=4,initial", several),
          formatv("H=2,initial,seqlens={0}:0:5:0:{0}", chunk + 1)};
      for (auto [g, gates] : enumerate(kGates))
        for (auto [s, shape] : enumerate(shapes)) {
          // Of long chunks one of both.
          if (chunk == 64 && s > 0 && (g + s + variant.name.size()) % 2)
            continue;
          SCOPED_TRACE((variant.name + ", chunks of " + Twine(chunk) + ", " +
                        shape + ", gates " + gates.name)
                           .str());
          make(shape);
          setGates(variant.name, gates);
          check(made.adjoint, bindBackward(), worst);
          ++count;
        }
    }
  std::cout << count << " runs, worst error in float64 " << worst.exact
            << ", in float32 of vectors and states " << worst.vectors
            << ", of numbers and gates " << worst.numbers << '\n';
}
