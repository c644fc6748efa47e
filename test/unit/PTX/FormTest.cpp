//===- FormTest.cpp - matching instructions to forms ----------------------===//

#include "lib/PTX/Form.h"
#include "Parse.h"

using namespace sluice::ptx;
using namespace sluice::ptx::test;

namespace {

const Form kForms[] = {
    {Semantics::Nothing, "add", "[.ftz] [.sat] [rnd=rn|rz|rm|rp] type=f32",
     "d, a, b", Class::Float32, Cost::Free},
    {Semantics::Nothing, "add", "type=u32|s32|u64|s64", "d, a, b",
     Class::Integer, Cost::Free},
    {Semantics::Nothing, "add", "[.sat] .s32", "d, a, b", Class::Integer,
     Cost::Free},
    {Semantics::Nothing, "cvt",
     "[rnd=rn|rz|rni|rzi] [.ftz] [.sat] to=f32|f64|s32|u8 "
     "from=f32|f64|s32|u8",
     "d, a", Class::Convert, Cost::Free},
    {Semantics::Nothing, "ld",
     "[.volatile] [space=global|shared|shared::cta] [vec=v2|v4] "
     "type=b32|f32",
     "d, [a] {, policy}", Class::Memory, Cost::Free},
    {Semantics::Nothing, "setp", "cmp=eq|ne type=s32", "p{|q}, a, b {, {!}c}",
     Class::Integer, Cost::Free},
    {Semantics::Nothing, "bar", ".sync", "a {, b, c}", Class::Barrier,
     Cost::Free},
    {Semantics::Nothing, "ret", "[.uni]", "", Class::Control, Cost::Free},
    {Semantics::Nothing, "tensor", ".x", "[a, {c0, c1}], [b] {, {o0, o1}}",
     Class::Async, Cost::Free},
};

/// One instruction, with registers as operands, and what it matches.
class PTXForm : public ::testing::Test {
protected:
  const Form *find(const std::string &text) {
    module = parseEntry(text + ";");
    if (!module)
      return nullptr;
    llvm::Expected<const Form *> form = FormTable(kForms).find(
        module->findFunction("f")->instructions[0], match);
    if (form)
      return *form;
    error = llvm::toString(form.takeError());
    return nullptr;
  }
  std::string findError(const std::string &text) {
    EXPECT_EQ(find(text), nullptr);
    return error;
  }

  std::unique_ptr<Module> module;
  Match match;
  std::string error;
};

TEST_F(PTXForm, TakesTheFirstThatFits) {
  EXPECT_EQ(find("add.s32 %r1, %r2, %r3"), &kForms[1]);
  EXPECT_EQ(find("add.sat.s32 %r1, %r2, %r3"), &kForms[2]);
  EXPECT_TRUE(match.has("sat"));
  EXPECT_TRUE(match.has("s32"));
}

TEST_F(PTXForm, NamesWhatItemsTook) {
  ASSERT_EQ(find("add.rz.f32 %f1, %f2, %f3"), &kForms[0]);
  EXPECT_EQ(match.get("rnd"), "rz");
  EXPECT_EQ(match.getType("type"), Type::F32);
  EXPECT_FALSE(match.has("ftz"));
  EXPECT_EQ(match.get("ftz"), "");
  EXPECT_EQ(match.get("nothing"), "");
}

TEST_F(PTXForm, TakesFlagsInAnyOrder) {
  for (const char *text :
       {"add.rn.ftz.sat.f32", "add.sat.ftz.rn.f32", "add.ftz.rn.sat.f32"}) {
    ASSERT_EQ(find(std::string(text) + " %f1, %f2, %f3"), &kForms[0]) << text;
    EXPECT_TRUE(match.has("ftz"));
    EXPECT_TRUE(match.has("sat"));
    EXPECT_EQ(match.get("rnd"), "rn");
  }
}

TEST_F(PTXForm, KeepsTheOrderOfTypes) {
  ASSERT_EQ(find("cvt.rn.f32.s32 %f1, %r1"), &kForms[3]);
  EXPECT_EQ(match.getType("to"), Type::F32);
  EXPECT_EQ(match.getType("from"), Type::S32);
  ASSERT_EQ(find("cvt.rzi.s32.f32 %r1, %f1"), &kForms[3]);
  EXPECT_EQ(match.getType("to"), Type::S32);
  EXPECT_EQ(match.getType("from"), Type::F32);
  ASSERT_EQ(find("cvt.f32.f32 %f1, %f1"), &kForms[3]);
}

TEST_F(PTXForm, TellsQualifiersWithColonsApart) {
  ASSERT_TRUE(find("ld.shared::cta.b32 %r1, [%rd1]"));
  EXPECT_EQ(match.get("space"), "shared::cta");
}

TEST_F(PTXForm, ForgetsThePreviousMatch) {
  ASSERT_TRUE(find("add.sat.f32 %f1, %f2, %f3"));
  ASSERT_TRUE(find("add.f32 %f1, %f2, %f3"));
  EXPECT_FALSE(match.has("sat"));
}

TEST_F(PTXForm, CountsOperands) {
  EXPECT_TRUE(find("ld.b32 %r1, [%rd1]"));
  EXPECT_TRUE(find("ld.b32 %r1, [%rd1], %rd2"));
  EXPECT_TRUE(find("bar.sync 0"));
  EXPECT_TRUE(find("bar.sync 0, 1, 2"));
  EXPECT_TRUE(find("ret"));
  EXPECT_TRUE(find("setp.eq.s32 %p1|%p2, %r1, %r2"));
  EXPECT_TRUE(find("setp.eq.s32 %p1, %r1, %r2, !%p2"));
  EXPECT_TRUE(find("tensor.x [%rd1, {%r1, %r2}], [%rd2]"));
}

TEST_F(PTXForm, ErrorNamesAnUnknownMnemonic) {
  EXPECT_EQ(findError("multimem.red.add.f32 [%rd1], %f1"),
            "unknown instruction 'multimem.red.add.f32'");
}

TEST_F(PTXForm, ErrorNamesAnUnknownQualifier) {
  EXPECT_EQ(findError("add.frob.f32 %f1, %f2, %f3"),
            "unknown instruction 'add.frob.f32': no 'add' takes '.frob'");
}

TEST_F(PTXForm, ErrorNamesTheNearestForm) {
  EXPECT_EQ(findError("add.rz.s32 %r1, %r2, %r3"),
            "unknown instruction 'add.rz.s32': the nearest is 'add "
            "type=u32|s32|u64|s64 d, a, b'");
  EXPECT_EQ(findError("cvt.f32 %f1, %f2"),
            "unknown instruction 'cvt.f32': the nearest is 'cvt "
            "[rnd=rn|rz|rni|rzi] [.ftz] [.sat] to=f32|f64|s32|u8 "
            "from=f32|f64|s32|u8 d, a'");
}

TEST_F(PTXForm, ErrorCountsOperands) {
  EXPECT_EQ(findError("add.f32 %f1, %f2"),
            "'add.f32' with 2 operands: expected 'd, a, b'");
  EXPECT_EQ(findError("bar.sync 0, 1"),
            "'bar.sync' with 2 operands: expected 'a {, b, c}'");
  EXPECT_EQ(findError("ret 0"), "'ret' with 1 operands: expected none");
}

TEST(PTXClass, HasAName) { EXPECT_EQ(getName(Class::Special), "special"); }

TEST(PTXType, IsFoundByName) {
  EXPECT_EQ(parseType("bf16x2"), Type::BF16x2);
  EXPECT_EQ(parseType("f99"), std::nullopt);
  EXPECT_EQ(getName(Type::E4M3x2), "e4m3x2");
  EXPECT_EQ(getBitWidth(Type::B128), 128u);
  EXPECT_EQ(getKind(Type::S16), TypeKind::Signed);
  EXPECT_EQ(getByteSize(Type::Pred), 1u);
}

TEST(PTXSpace, HasAName) { EXPECT_EQ(getName(Space::Const), "const"); }

} // namespace
