//===- OperandsTest.cpp - operands of PTX instructions --------------------===//

#include "Parse.h"

using namespace sluice::ptx;
using namespace sluice::ptx::test;

namespace {

using Kind = Operand::Kind;

/// The operands of one instruction in an entry.
class PTXOperand : public ::testing::Test {
protected:
  llvm::ArrayRef<Operand> parseOperands(const std::string &text) {
    module = parseEntry(text + ";");
    if (!module)
      return {};
    function = module->findFunction("f");
    return function->instructions.back().operands;
  }
  Operand parseOne(const std::string &text) {
    llvm::ArrayRef<Operand> operands = parseOperands("test " + text);
    EXPECT_EQ(operands.size(), 1u);
    return operands.empty() ? Operand() : operands[0];
  }
  std::string registerOf(const Operand &operand) {
    EXPECT_EQ(operand.kind, Kind::Register);
    const Register &reg = function->registers[operand.reg];
    return reg.name.str() + (reg.isNumbered ? std::to_string(reg.number) : "");
  }

  std::unique_ptr<Module> module;
  const Function *function = nullptr;
};

TEST_F(PTXOperand, MayBeARegister) {
  EXPECT_EQ(registerOf(parseOne("%r7")), "%r7");
  EXPECT_FALSE(parseOne("%p1").isNegated);
}

TEST_F(PTXOperand, FindsRegistersWhoseNamesEndInDigits) {
  llvm::ArrayRef<Operand> operands =
      parseOperands(".reg .b32 %a1<3>, %a<11>, %a12; test %a11, %a10, %a12");
  ASSERT_EQ(operands.size(), 3u);
  EXPECT_EQ(registerOf(operands[0]), "%a11");
  EXPECT_EQ(function->registers[operands[0].reg].number, 1u);
  EXPECT_EQ(registerOf(operands[2]), "%a12");
  EXPECT_FALSE(function->registers[operands[2].reg].isNumbered);
}

TEST_F(PTXOperand, MayBeANegatedPredicate) {
  Operand operand = parseOne("!%p3");
  EXPECT_EQ(registerOf(operand), "%p3");
  EXPECT_TRUE(operand.isNegated);
}

TEST_F(PTXOperand, MayBeAPartOfARegister) {
  Operand operand = parseOne("-%r3.b210");
  EXPECT_EQ(registerOf(operand), "%r3");
  EXPECT_TRUE(operand.isNegated);
  EXPECT_EQ(operand.selector, "b210");
  EXPECT_EQ(parseOne("%r3.h1").selector, "h1");
  EXPECT_EQ(parseOne("%r3").selector, "");
}

TEST_F(PTXOperand, MayBeASpecialRegister) {
  for (const char *name :
       {"%tid.x", "%ctaid.y", "%nctaid.w", "%laneid", "%clock64", "%envreg3",
        "%dynamic_smem_size", "%cluster_ctaid.z", "%lanemask_lt", "WARP_SZ",
        "%pm3", "%pm7_64", "%globaltimer_hi", "%tid"}) {
    Operand operand = parseOne(name);
    EXPECT_EQ(operand.kind, Kind::Special) << name;
    EXPECT_EQ(operand.name, name);
  }
}

TEST_F(PTXOperand, MayBeThrownAway) {
  EXPECT_EQ(parseOne("_").kind, Kind::Sink);
}

TEST_F(PTXOperand, MayBeAVariable) {
  Operand operand = parseOne("v");
  EXPECT_EQ(operand.kind, Kind::Symbol);
  EXPECT_EQ(operand.variable, module->findVariable("v"));
  EXPECT_EQ(operand.bits, 0u);
  EXPECT_EQ(parseOne("v+8").bits, 8u);
  EXPECT_EQ(parseOne("v-8").bits, uint64_t(-8));
}

TEST_F(PTXOperand, MayBeAParameter) {
  EXPECT_EQ(parseOne("a").variable, function->parameters[0].get());
}

TEST_F(PTXOperand, MayBeAFunction) {
  Operand operand = parseOne("callee");
  EXPECT_EQ(operand.kind, Kind::Function);
  EXPECT_EQ(operand.name, "callee");
}

TEST_F(PTXOperand, MayBeAFunctionThatComesLater) {
  auto parsed = parse(".func f { .reg .b64 %a; mov.b64 %a, g; call g; } "
                      ".func g { ret; }");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->functions[0]->instructions[0].operands[1].kind,
            Kind::Function);
}

TEST_F(PTXOperand, MayBeAVector) {
  Operand operand = parseOne("{%r1, _, 5, %r2}");
  EXPECT_EQ(operand.kind, Kind::Vector);
  EXPECT_FALSE(operand.isPair);
  ASSERT_EQ(operand.elements.size(), 4u);
  EXPECT_EQ(registerOf(operand.elements[0]), "%r1");
  EXPECT_EQ(operand.elements[1].kind, Kind::Sink);
  EXPECT_EQ(operand.elements[2].bits, 5u);
  EXPECT_EQ(parseOne("{%r1}").elements.size(), 1u);
}

TEST_F(PTXOperand, MayBeAPair) {
  Operand operand = parseOne("%p1|%p2");
  EXPECT_EQ(operand.kind, Kind::Vector);
  EXPECT_TRUE(operand.isPair);
  ASSERT_EQ(operand.elements.size(), 2u);
  EXPECT_EQ(registerOf(operand.elements[1]), "%p2");
  EXPECT_EQ(parseOne("_|%p2").elements[0].kind, Kind::Sink);
  EXPECT_EQ(parseOne("%r1|_").elements[1].kind, Kind::Sink);
}

TEST_F(PTXOperand, OfAVectorRegisterIsItsElements) {
  llvm::ArrayRef<Operand> operands =
      parseOperands(".reg .v4 .f32 %v; test %v, %v.x, %v.w, %v.g");
  ASSERT_EQ(operands.size(), 4u);
  EXPECT_EQ(operands[0].kind, Kind::Vector);
  ASSERT_EQ(operands[0].elements.size(), 4u);
  unsigned first = operands[1].reg;
  EXPECT_EQ(operands[0].elements[3].reg, first + 3);
  EXPECT_EQ(operands[2].reg, first + 3);
  EXPECT_EQ(operands[3].reg, first + 1);
}

TEST_F(PTXOperand, MayBeAnAddressInARegister) {
  Operand operand = parseOne("[%rd1]");
  EXPECT_EQ(operand.kind, Kind::Address);
  ASSERT_EQ(operand.elements.size(), 1u);
  EXPECT_EQ(registerOf(operand.elements[0]), "%rd1");
  EXPECT_EQ(operand.bits, 0u);
  EXPECT_EQ(parseOne("[%rd1+16]").bits, 16u);
  EXPECT_EQ(parseOne("[%rd1+-16]").bits, uint64_t(-16));
  EXPECT_EQ(parseOne("[%rd1-16]").bits, uint64_t(-16));
}

TEST_F(PTXOperand, MayBeAnAddressInAVariable) {
  Operand operand = parseOne("[v+4]");
  ASSERT_EQ(operand.elements.size(), 1u);
  EXPECT_EQ(operand.elements[0].kind, Kind::Symbol);
  EXPECT_EQ(operand.elements[0].variable, module->findVariable("v"));
  EXPECT_EQ(operand.elements[0].bits, 0u);
  EXPECT_EQ(operand.bits, 4u);
}

TEST_F(PTXOperand, MayBeAConstantAddress) {
  Operand operand = parseOne("[0x10]");
  EXPECT_EQ(operand.elements[0].kind, Kind::Immediate);
  EXPECT_EQ(operand.elements[0].bits, 16u);
}

TEST_F(PTXOperand, MayBeATensorAddress) {
  Operand operand = parseOne("[%rd1, {%r1, %r2, 0}]");
  ASSERT_EQ(operand.elements.size(), 2u);
  EXPECT_EQ(operand.elements[1].kind, Kind::Vector);
  EXPECT_EQ(operand.elements[1].elements.size(), 3u);
}

TEST_F(PTXOperand, OfATensorCopyHasOffsetsBehind) {
  llvm::ArrayRef<Operand> operands =
      parseOperands("test [%rd1], [%rd2, {%r1}], [%rd3], {%r4, %r5}");
  ASSERT_EQ(operands.size(), 4u);
  EXPECT_EQ(operands[3].kind, Kind::Vector);
}

TEST_F(PTXOperand, OfACallIsOneOfThree) {
  llvm::ArrayRef<Operand> operands = parseOperands(
      ".param .b32 p; .param .b32 r; call.uni (r), callee, (p, 3, %r1)");
  ASSERT_EQ(operands.size(), 3u);
  EXPECT_EQ(operands[0].kind, Kind::Vector);
  EXPECT_EQ(operands[0].elements[0].variable, function->variables[1].get());
  EXPECT_EQ(operands[1].kind, Kind::Function);
  EXPECT_EQ(operands[1].name, "callee");
  ASSERT_EQ(operands[2].elements.size(), 3u);
  EXPECT_EQ(operands[2].elements[1].bits, 3u);
}

TEST_F(PTXOperand, OfACallMayBeLeftOut) {
  for (const char *text : {"call callee", "call callee, ()",
                           "call.uni callee, (%r1)", "call (%r1), callee"}) {
    llvm::ArrayRef<Operand> operands = parseOperands(text);
    ASSERT_EQ(operands.size(), 3u) << text;
    EXPECT_EQ(operands[0].kind, Kind::Vector);
    EXPECT_EQ(operands[1].kind, Kind::Function);
    EXPECT_EQ(operands[2].kind, Kind::Vector);
  }
}

TEST_F(PTXOperand, OfACallMayBeAPointerWithAPrototype) {
  llvm::ArrayRef<Operand> operands = parseOperands(
      "proto : .callprototype (.param .b32 _) _ (.param .b32 _, .param .align "
      "16 .b8 _[16]) .noreturn;\ncall (%r1), %rd1, (%r2), proto");
  ASSERT_EQ(operands.size(), 4u);
  EXPECT_EQ(registerOf(operands[1]), "%rd1");
  EXPECT_EQ(operands[3].kind, Kind::Table);
  EXPECT_EQ(operands[3].name, "proto");
}

} // namespace
