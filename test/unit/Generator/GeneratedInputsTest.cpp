//===- GeneratedInputsTest.cpp - states stay small over many tokens -------===//
//
// --generate's inputs for the library's variants, steps written by hand and
// generated ones: over a thousand tokens no state comes near to overflow.
//
//===----------------------------------------------------------------------===//

#include "dialects/Registration.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Reference/Generate.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Variants/Variants.h"
#include "test/unit/Generator/GuardedRun.h"
#include "test/unit/Generator/StepGenerator.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// The largest number among the states after a thousand tokens; NaN if one is.
static double getLargest(RecurrenceOp op, uint64_t seed) {
  reference::GenerateOptions options = llvm::cantFail(
      reference::parseGenerateOptions("T=1000,H=1,HV=2,K=7,V=11"));
  options.seed = seed;
  std::vector<runtime::OwnedTensor> tensors =
      llvm::cantFail(reference::generate(op, options));
  std::vector<io::NamedTensor> views;
  views.reserve(tensors.size());
  for (const runtime::OwnedTensor &tensor : tensors)
    views.push_back({tensor.name, tensor.view()});
  runtime::Problem problem =
      llvm::cantFail(runtime::bind(getSignature(op), views));
  runtime::Results results =
      llvm::cantFail(reference::interpretExact(op, problem));
  double largest = 0;
  for (const runtime::OwnedTensor &tensor :
       llvm::ArrayRef(results.tensors).drop_front(results.numOutputs))
    for (int64_t i = 0, e = tensor.view().numElements(); i < e; ++i) {
      double magnitude = std::fabs(tensor.load(i));
      largest = magnitude <= largest ? largest : magnitude;
    }
  return largest;
}

/// What a token adds is about 1. Corrections with weights of both signs let a
/// state grow now and then, not without end.
static constexpr double kMost = 1e9;

TEST(GeneratedInputs, KeepStatesOfVariantsSmall) {
  DialectRegistry registry;
  registerSluiceDialects(registry);
  for (const Variant &variant : getVariants()) {
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    compiler::Spec spec =
        llvm::cantFail(compiler::loadSpec(context, variant.name));
    EXPECT_LE(getLargest(spec.op, /*seed=*/1), kMost) << variant.name.str();
  }
}

/// Corrections of every kind by vectors along value, which are not short by
/// themselves.
TEST(GeneratedInputs, KeepStatesSmallThatAreCorrectedFromTheRight) {
  constexpr const char *kCorrections[] = {
      // What is read with is what is written.
      R"(%p = delta.read %S, %v
         %e = delta.sub %k, %p
         %w = delta.mul %b, %e
         %T = delta.write %S, %w, %v)",
      // Something else than what is read with.
      R"(%p = delta.read %S, %v
         %e = delta.sub %k, %p
         %w = delta.mul %b, %e
         %x = delta.add %v, %z
         %h = delta.constant 0.5
         %y = delta.mul %h, %x
         %T = delta.write %S, %w, %y)",
      // A weight of what was read.
      R"(%p = delta.read %S, %k
         %r = delta.mul %p, %z
         %e = delta.sub %v, %r
         %T = delta.write %S, %k, %e)",
      // A weight that is a product of other vectors.
      R"(%p = delta.read %S, %k
         %d = delta.dot %v, %z
         %r = delta.mul %d, %p
         %e = delta.sub %v, %r
         %T = delta.write %S, %k, %e)",
  };
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<DeltaDialect>();
  for (llvm::StringRef correction : kCorrections) {
    std::string text =
        ("delta.recurrence @corrected\n"
         "    qk_heads(%k: !delta.vec<key>)\n"
         "    v_heads(%v: !delta.vec<value>, %z: !delta.vec<value>,\n"
         "            %b: !delta.scalar)\n"
         "    state(%S: !delta.state<key, value>) -> () {\n" +
         correction + "\ndelta.yield states(%T) outputs()\n}")
            .str();
    compiler::Spec spec =
        llvm::cantFail(compiler::parseSpec(context, text, "test.mlir"));
    for (uint64_t seed = 0; seed < 5; ++seed)
      EXPECT_LE(getLargest(spec.op, seed), kMost) << text;
  }
}

TEST(GeneratedInputs, KeepStatesOfGeneratedStepsSmall) {
  constexpr StepClass kinds[] = {StepClass::Linear, StepClass::Delta,
                                 StepClass::RightSided, StepClass::Affine,
                                 StepClass::Nonlinear};
  forEachByTwo(400, [&](unsigned seed) {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    StepGeneratorOptions options;
    options.seed = 70'000 + seed;
    options.kind = kinds[seed % std::size(kinds)];
    OwningOpRef<ModuleOp> module = generateStep(context, options);
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    double largest = getLargest(op, seed);
    if (largest <= kMost) // not of NaN
      return;
    std::string text;
    llvm::raw_string_ostream os(text);
    op.print(os);
    ADD_FAILURE() << largest << " in\n" << text;
  });
}
