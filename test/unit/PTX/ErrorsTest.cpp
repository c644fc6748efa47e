//===- ErrorsTest.cpp - what is said of PTX that is wrong -----------------===//

#include "Parse.h"

using namespace sluice::ptx::test;

namespace {

TEST(PTXError, IsAtTheBeginning) {
  EXPECT_EQ(parseTextError(""),
            "t.ptx:1:1: error: expected '.version', found the end of the text");
  EXPECT_EQ(parseTextError("\n  int main() {}"),
            "t.ptx:2:3: error: expected '.version', found 'int'");
  EXPECT_EQ(parseTextError(".version 9"),
            "t.ptx:1:10: error: expected a version such as 9.0, found '9'");
}

TEST(PTXError, IsAnAddressSize) {
  EXPECT_EQ(parseError(".address_size 32"),
            "t.ptx:4:15: error: expected 64 as the size of addresses, found "
            "'32'");
}

TEST(PTXError, IsACharacter) {
  EXPECT_EQ(parseEntryError("ret #;"),
            "t.ptx:5:5: error: unexpected character");
}

TEST(PTXError, IsACommentWithoutEnd) {
  EXPECT_EQ(parseError("/* a"), "t.ptx:4:1: error: comment does not end");
}

TEST(PTXError, IsAStringWithoutEnd) {
  EXPECT_EQ(parseError(".file 1 \"a\n\""),
            "t.ptx:4:9: error: string does not end on its line");
}

TEST(PTXError, IsANumber) {
  EXPECT_EQ(parseEntryError("mov %r1, 0f123;"),
            "t.ptx:5:10: error: malformed number");
  EXPECT_EQ(parseEntryError("mov %r1, 12ab;"),
            "t.ptx:5:10: error: malformed number");
  EXPECT_EQ(parseEntryError("mov %r1, 18446744073709551616;"),
            "t.ptx:5:10: error: number does not fit into 64 bits");
  EXPECT_EQ(parseEntryError("mov %r1, 1/0;"),
            "t.ptx:5:11: error: division by zero");
  EXPECT_EQ(parseEntryError("mov %r1, 1.5+1;"),
            "t.ptx:5:13: error: '+' takes integers only");
}

TEST(PTXError, IsAnUndeclaredRegister) {
  EXPECT_EQ(parseEntryError("mov.b32 %r1, %r10;"),
            "t.ptx:5:14: error: '%r10' is not declared: expected a register");
  EXPECT_EQ(parseEntryError("mov.b32 %r1, %r01;"),
            "t.ptx:5:14: error: '%r01' is not declared: expected a register");
  EXPECT_EQ(parseEntryError("{ .reg .b32 x; } mov.b32 x, 1;"),
            "t.ptx:5:26: error: 'x' is not declared: expected a function");
}

TEST(PTXError, IsAnUndeclaredLabel) {
  EXPECT_EQ(parseEntryError("{ L: } bra L;"),
            "t.ptx:5:12: error: 'L' is not declared: expected a label");
  EXPECT_EQ(parseEntryError("T: .branchtargets L;"),
            "t.ptx:5:19: error: 'L' is not declared: expected a label");
}

TEST(PTXError, IsAnUndeclaredFunction) {
  EXPECT_EQ(parseEntryError("call missing, (%r1);"),
            "t.ptx:5:6: error: 'missing' is not declared: expected a function");
  EXPECT_EQ(parseEntryError("call v;"),
            "t.ptx:5:6: error: 'v' is not declared: expected a function");
}

TEST(PTXError, IsAnUndeclaredVariable) {
  EXPECT_EQ(parseEntryError("ld.global.b32 %r1, [x];"),
            "t.ptx:5:21: error: 'x' is not declared: expected a register or "
            "variable as address");
  EXPECT_EQ(parseError(".global .u64 x = y;"),
            "t.ptx:4:18: error: 'y' is not declared: expected a variable or "
            "function");
}

TEST(PTXError, IsAGuard) {
  EXPECT_EQ(parseEntryError("@%r1 ret;"),
            "t.ptx:5:2: error: '%r1' is not a predicate");
  EXPECT_EQ(parseEntryError("@%q ret;"),
            "t.ptx:5:2: error: '%q' is not declared: expected a predicate");
}

TEST(PTXError, IsSomethingDeclaredTwice) {
  EXPECT_EQ(parseEntryError(".reg .b32 x; .reg .b64 x;"),
            "t.ptx:5:24: error: 'x' is declared twice");
  EXPECT_EQ(parseEntryError(".reg .b32 %r<3>;"),
            "t.ptx:5:11: error: '%r' is declared twice");
  EXPECT_EQ(parseEntryError("L: ret; L: ret;"),
            "t.ptx:5:9: error: label 'L' is declared twice");
  EXPECT_EQ(parseError(".global .b32 x; .global .b32 x;"),
            "t.ptx:4:30: error: 'x' is defined twice");
  EXPECT_EQ(parseError(".func f { ret; } .func f { ret; }"),
            "t.ptx:4:24: error: 'f' is defined twice");
  EXPECT_EQ(parseError(".func f; .global .b32 f;"),
            "t.ptx:4:23: error: 'f' is a function already");
}

TEST(PTXError, IsAMissingSemicolon) {
  EXPECT_EQ(parseEntryError("mov.b32 %r1, %r2\nret;"),
            "t.ptx:6:1: error: expected ';' after instruction 'mov', found "
            "'ret'");
}

TEST(PTXError, IsABlockWithoutEnd) {
  EXPECT_EQ(parseError(".func f {\n ret;"),
            "t.ptx:5:6: error: expected '}' for the '{' at 4:9, found the end "
            "of the text");
}

TEST(PTXError, IsAnOperand) {
  EXPECT_EQ(parseEntryError("mov.b32 %r1, ;"),
            "t.ptx:5:14: error: expected an operand, found ';'");
  EXPECT_EQ(parseEntryError("mov.b32 {%r1, {%r2}};"),
            "t.ptx:5:15: error: expected a register or number in a vector, "
            "found '{'");
  EXPECT_EQ(parseEntryError("ld.b32 %r1, [%rd1;"),
            "t.ptx:5:18: error: expected ']' after an address, found ';'");
  EXPECT_EQ(parseEntryError("mov.b32 %r1, !v;"),
            "t.ptx:5:14: error: expected a register behind '!'");
  EXPECT_EQ(parseEntryError("setp %p1|3;"),
            "t.ptx:5:10: error: expected a register or '_' behind '|', found "
            "'3'");
  EXPECT_EQ(parseEntryError(".reg .v2 .b32 v; mov %r1, v.z;"),
            "t.ptx:5:28: error: register has 2 elements: '.z' is not among "
            "them");
}

TEST(PTXError, IsADeclaration) {
  EXPECT_EQ(parseError(".global .x32 x;"),
            "t.ptx:4:9: error: expected a type, found '.x32'");
  EXPECT_EQ(parseError(".global .align 3 .b32 x;"),
            "t.ptx:4:16: error: expected a power of two as alignment, found "
            "'3'");
  EXPECT_EQ(parseError(".global .pred x;"),
            "t.ptx:4:15: error: a variable in memory cannot be a predicate");
  EXPECT_EQ(parseError(".global .b32 x[];"),
            "t.ptx:4:14: error: array 'x' without a size or initialiser");
  EXPECT_EQ(parseError(".global .b32 x[2][];"),
            "t.ptx:4:19: error: expected an extent: only the first may be left "
            "out, found ']'");
  EXPECT_EQ(
      parseError(".shared .b32 x = 1;"),
      "t.ptx:4:16: error: expected ';': only .global and .const variables "
      "have an initialiser, found '='");
  EXPECT_EQ(parseError(".local .b32 x; .frob"),
            "t.ptx:4:16: error: expected a variable or function, found "
            "'.frob'");
}

TEST(PTXError, IsAnInitializer) {
  EXPECT_EQ(parseError(".global .b32 x[2] = {1, 2, 3};"),
            "t.ptx:4:28: error: too many elements for 'x'");
  EXPECT_EQ(parseError(".global .b32 x[2][2] = {{1, 2, 3}};"),
            "t.ptx:4:32: error: too many elements for 'x'");
  EXPECT_EQ(parseError(".global .b32 x[2] = 1;"),
            "t.ptx:4:21: error: expected '{' before the elements of 'x', found "
            "'1'");
  EXPECT_EQ(parseError(".global .b32 x = {{1}};"),
            "t.ptx:4:19: error: expected an element of 'x', found '{'");
  EXPECT_EQ(parseError(".global .b16 x = 1.5;"),
            "t.ptx:4:18: error: expected an integer as element of type .b16");
  EXPECT_EQ(parseError(".global .b8 y; .global .b8 x = 0xF0(y);"),
            "t.ptx:4:32: error: expected a mask of one byte, such as 0xFF00");
}

TEST(PTXError, IsAFunctionDirective) {
  EXPECT_EQ(parseError(".entry f .frob { }"),
            "t.ptx:4:10: error: expected ';', a body or a directive of the "
            "function, found '.frob'");
  EXPECT_EQ(parseError(".entry f .reqntid 1,2,3,4 { }"),
            "t.ptx:4:25: error: expected no more than three extents, found "
            "'4'");
}

TEST(PTXError, IsAnAliasWithoutBody) {
  EXPECT_EQ(parseError(".func a; .func b; .alias a, b;"),
            "t.ptx:4:16: error: 'b' has an alias, but no body");
}

} // namespace
