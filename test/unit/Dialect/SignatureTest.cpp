//===- SignatureTest.cpp - where signatures stand and what is in them -----===//

#include "dialects/WY/WYOps.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;

namespace {
class SignatureTest : public ::testing::Test {
protected:
  SignatureTest() {
    context.loadDialect<DeltaDialect, wy::WYDialect, mlir::func::FuncDialect>();
  }

  SignatureAttr parse(StringRef text) {
    return cast<SignatureAttr>(mlir::parseAttribute(
        ("#delta.signature<" + text + ">").str(), &context));
  }

  mlir::MLIRContext context;
};

TEST_F(SignatureTest, EqualSignaturesAreOneAttribute) {
  EXPECT_EQ(parse("-> v_heads(o: !delta.scalar) v_heads(p: !delta.scalar)"),
            parse("-> (o: !delta.scalar, p: !delta.scalar)"));
  EXPECT_NE(parse("-> (o: !delta.scalar, p: !delta.scalar)"),
            parse("-> (p: !delta.scalar, o: !delta.scalar)"));
}

TEST_F(SignatureTest, IsFoundAtEveryLevel) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    delta.recurrence @step
        v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
        -> params(o: !delta.scalar) {
      delta.yield states(%S) outputs(%b)
    }
    wy.scan @scan chunk(4) key(8) value(16)
        v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
        -> params(o: !delta.scalar) {
      wy.yield %S, %b : tensor<8x16xf32>, tensor<4xf32>
    }
    wy.placed @placed key(8) value(16)
        v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
        -> params(o: !delta.scalar) {
      wy.scan @scan chunk(4) key(8) value(16)
          v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
          -> params(o: !delta.scalar) {
        wy.yield %S, %b : tensor<8x16xf32>, tensor<4xf32>
      }
    }
    func.func private @kernel() attributes {
      delta.signature = #delta.signature<v_heads(b: !delta.scalar)
          state(S: !delta.state<key, value>) -> params(o: !delta.scalar)>}
  )",
                                                        &context);
  ASSERT_TRUE(module);
  SignatureAttr signature =
      parse("v_heads(b: !delta.scalar) state(S: !delta.state<key, value>) "
            "-> params(o: !delta.scalar)");
  unsigned count = 0;
  for (mlir::Operation &op : *module->getBody()) {
    ++count;
    EXPECT_EQ(findSignature(&op), signature)
        << op.getName().getStringRef().str();
    auto holder = dyn_cast<SignatureOpInterface>(op);
    if (!holder)
      continue;
    EXPECT_EQ(holder.getNumArgs(), 2u);
    EXPECT_EQ(holder.getArgName(1), "S");
    EXPECT_EQ(holder.getArgKind(1), ArgKind::State);
    EXPECT_EQ(holder.findArg("S"), 1u);
    EXPECT_EQ(holder.findArg("o"), std::nullopt);
    EXPECT_EQ(holder.getNumOutputs(), 1u);
    EXPECT_EQ(holder.getOutputKind(0), ArgKind::Params);
    EXPECT_EQ(holder.findOutput("o"), 0u);
  }
  EXPECT_EQ(count, 4u);
  EXPECT_EQ(findSignature(*module), nullptr);
}
} // namespace
