//===- RemarksTest.cpp - what passes say, where it is asked for -----------===//

#include "lib/Support/Remarks.h"
#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/WYOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/DeltaToWY/DeltaToWY.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace sluice;

/// The remarks about linear attention's chunk form that `filter` lets through.
static std::vector<std::string> derive(StringRef filter) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<delta::DeltaDialect, wy::WYDialect>();
  if (!filter.empty())
    EXPECT_FALSE(llvm::errorToBool(enableRemarks(context, filter)));
  std::vector<std::string> found;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    EXPECT_EQ(diagnostic.getSeverity(), DiagnosticSeverity::Remark);
    found.push_back(diagnostic.str());
    return success();
  });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      R"(delta.recurrence @linear_attention
            qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
            v_heads(%v: !delta.vec<value>)
            state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
          %S1 = delta.write %S, %k, %v
          %o = delta.read %S1, %q
          delta.yield states(%S1) outputs(%o)
        })",
      &context);
  PassManager manager(&context);
  manager.addPass(createDeltaToWY());
  EXPECT_TRUE(module && succeeded(manager.run(*module)));
  return found;
}

TEST(Remarks, AreDiagnosticsOfCategoriesThatMatch) {
  std::vector<std::string> found = derive("^delta-to");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found.front().find("'ungated'"), std::string::npos);
  EXPECT_NE(found.front().find("nothing decays"), std::string::npos);
}

TEST(Remarks, AreSilentUnlessAskedFor) {
  EXPECT_TRUE(derive("").empty());
  EXPECT_TRUE(derive("wy-decompose").empty());
}

TEST(Remarks, NeedARegularExpression) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  EXPECT_EQ(llvm::toString(enableRemarks(context, "(")),
            "'(' is not a regular expression: parentheses not balanced");
}
