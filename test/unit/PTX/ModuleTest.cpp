//===- ModuleTest.cpp - what stands outside of PTX functions --------------===//

#include "Parse.h"

using namespace sluice::ptx;
using namespace sluice::ptx::test;

namespace {

TEST(PTXModule, HasVersionAndTarget) {
  auto module = parseText(".version 9.5 .target sm_100a, debug,"
                          "texmode_independent .address_size 64");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->versionMajor, 9u);
  EXPECT_EQ(module->versionMinor, 5u);
  EXPECT_EQ(module->target, "sm_100a");
}

TEST(PTXModule, KeepsItsText) {
  std::string text = kHeader.str() + ".global .b32 name;";
  auto module = parseText(text);
  ASSERT_TRUE(module);
  text.assign(text.size(), 'x');
  EXPECT_EQ(module->variables[0]->name, "name");
}

TEST(PTXModule, PassesOverComments) {
  auto module = parse("// a { b\n/* c\n * } */ .global .b32 /**/ x; //\n//");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->variables[0]->place.line, 6u);
  EXPECT_EQ(module->variables[0]->place.column, 27u);
}

TEST(PTXModule, ListsFiles) {
  auto module = parse(".file 1 \"a.cu\"\n.file 3 \"b\\\"c.h\", 123, 456\n");
  ASSERT_TRUE(module);
  ASSERT_EQ(module->files.size(), 4u);
  EXPECT_EQ(module->files[1], "a.cu");
  EXPECT_EQ(module->files[2], "");
  EXPECT_EQ(module->files[3], "b\\\"c.h");
}

TEST(PTXModule, PassesOverSections) {
  auto module = parse(".section .debug_abbrev\n{\n.b8 1,2\n.b64 $L__x\n"
                      "$L__y:\n.b32 $L__x-$L__y\n.b8 \"s\"\n{ }\n}\n"
                      ".global .b32 x;");
  ASSERT_TRUE(module);
  EXPECT_NE(module->findVariable("x"), nullptr);
}

TEST(PTXModule, TakesPragmas) {
  EXPECT_TRUE(parse(".pragma \"nounroll\", \"used_bytes_mask 0x3\";"));
}

TEST(PTXModule, FindsFunctionsAndVariables) {
  auto module = parse(".global .b32 x; .func g { ret; } .entry f { ret; }");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->findVariable("x"), module->variables[0].get());
  EXPECT_EQ(module->findFunction("g"), module->functions[0].get());
  EXPECT_EQ(module->findFunction("f"), module->functions[1].get());
  EXPECT_EQ(module->findFunction("x"), nullptr);
  EXPECT_EQ(module->findVariable("f"), nullptr);
}

TEST(PTXModule, ResolvesAliases) {
  auto module = parse(".visible .func other; .func g { ret; }\n"
                      ".alias other, g;");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->findFunction("other"), module->findFunction("g"));
}

TEST(PTXModule, DefinitionsReplaceDeclarations) {
  auto module = parse(".extern .func g(.param .b32 a);\n"
                      ".func g(.param .b32 b) { ret; }\n"
                      ".func g(.param .b32 c);");
  ASSERT_TRUE(module);
  ASSERT_EQ(module->functions.size(), 1u);
  EXPECT_TRUE(module->functions[0]->hasBody);
  EXPECT_FALSE(module->functions[0]->isExtern);
  EXPECT_EQ(module->functions[0]->parameters[0]->name, "b");
}

TEST(PTXModule, ExternVariablesMayBeDefinedLater) {
  auto module = parse(".extern .global .b32 x;\n"
                      ".func g { .reg .b32 %r; ld.global.b32 %r, [x]; }\n"
                      ".global .b32 x = 3; .extern .global .b32 x;");
  ASSERT_TRUE(module);
  ASSERT_EQ(module->variables.size(), 1u);
  EXPECT_FALSE(module->variables[0]->isExtern);
  EXPECT_EQ(module->variables[0]->initializer.size(), 4u);
  const Operand &address = module->functions[0]->instructions[0].operands[1];
  EXPECT_EQ(address.elements[0].variable, module->variables[0].get());
}

} // namespace
