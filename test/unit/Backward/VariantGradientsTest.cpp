//===- VariantGradientsTest.cpp - gradients of the library ----------------===//
//
// Every variant against central differences: gates of each regime, factors of
// 0, one token, ragged and packed sequences, K ≠ V, grouped heads.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Generate.h"
#include "lib/Variants/Variants.h"
#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Runtime/TestProblem.h"
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
struct GateCase {
  const char *name;
  /// Every third number of a gate is `rare`, the others are `usual`.
  double usual, rare;
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr GateCase kGates[] = {{"zero", 0, 0},
                               {"mild", -0.05, -0.02},
                               {"strong", -5, -3},
                               {"−1e3", -0.1, -1e3},
                               {"−inf", -0.1, -kInfinity}};
constexpr const char *kShapes[] = {"B=1,T=1,H=1,K=3,V=2,dtype=f64,initial",
                                   "B=2,T=7,H=1,HV=4,K=2,V=4,dtype=f64,initial",
                                   "T=9,H=2,K=3,V=3,seqlens=4:0:5,dtype=f64"};

class VariantGradientsTest : public sluice::test::TestProblem {
protected:
  /// Arguments that are gates, or factors, as they are.
  template <typename Op> std::vector<std::string> findArguments() {
    std::vector<std::string> names;
    for (auto op : spec.op.getStep().getOps<Op>())
      if (auto argument = dyn_cast<mlir::BlockArgument>(op->getOperand(1)))
        names.push_back(spec.op.getName(argument).str());
    return names;
  }
  /// Of the tensor of that name every third number becomes `rare`, the others,
  /// if it is given, `usual`.
  void replace(StringRef name, double rare, std::optional<double> usual) {
    OwnedTensor &tensor = *find_if(tensors, [&](const OwnedTensor &tensor) {
      return tensor.name == name;
    });
    for (int64_t i = 0, e = tensor.view().numElements(); i < e; ++i) {
      if (i % 3 == 1)
        tensor.store(i, rare);
      else if (usual)
        tensor.store(i, *usual);
    }
  }

  void check(StringRef variant, const char *shape, const GateCase &gates) {
    SCOPED_TRACE((variant + ", " + shape + ", gates " + gates.name).str());
    load(variant);
    GenerateOptions options = cantFail(parseGenerateOptions(shape));
    tensors = cantFail(generate(spec.op, options));
    for (const std::string &name : findArguments<delta::DecayOp>())
      replace(name, gates.rare, gates.usual);
    for (const std::string &name : findArguments<delta::ScaleStateOp>())
      replace(name, 0, std::nullopt);
    BindOptions bindOptions;
    bindOptions.allowF64 = true;
    Problem problem = cantFail(bind(bindOptions));
    Random random(1, 2);
    GivenGradients given(problem, random);
    worst =
        std::max(worst, checkGradients(spec.op, problem,
                                       getGradients(spec.op, problem), random));
  }

  double worst = 0;
};
} // namespace

TEST_F(VariantGradientsTest, AreCentralDifferences) {
  for (const Variant &variant : getVariants())
    for (const char *shape : kShapes)
      for (const GateCase &gates : kGates)
        check(variant.name, shape, gates);
  std::cout << "worst difference " << worst << '\n';
}
