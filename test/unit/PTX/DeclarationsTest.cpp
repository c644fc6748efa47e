//===- DeclarationsTest.cpp - variables and registers of PTX --------------===//

#include "Parse.h"

using namespace sluice::ptx;
using namespace sluice::ptx::test;

namespace {

using Bytes = std::vector<uint8_t>;

/// The last variable of a module.
struct Parsed {
  explicit Parsed(const std::string &text) : module(parse(text)) {}
  const Variable *operator->() const { return module->variables.back().get(); }
  std::unique_ptr<Module> module;
};

Bytes initializer(const std::string &text) {
  auto module = parse(text);
  return module ? module->variables.back()->initializer : Bytes();
}

template <typename T> Bytes bytesOf(std::initializer_list<T> values) {
  Bytes bytes;
  for (T value : values) {
    const auto *begin = reinterpret_cast<const uint8_t *>(&value);
    bytes.insert(bytes.end(), begin, begin + sizeof(T));
  }
  return bytes;
}

TEST(PTXVariable, IsNaturallyAligned) {
  Parsed variable(".global .f64 x;");
  EXPECT_EQ(variable->space, Space::Global);
  EXPECT_EQ(variable->type, Type::F64);
  EXPECT_EQ(variable->alignment, 8u);
  EXPECT_EQ(variable->size, 8u);
  EXPECT_TRUE(variable->initializer.empty());
}

TEST(PTXVariable, TakesAnAlignment) {
  EXPECT_EQ(Parsed(".const .align 16 .b8 x;")->alignment, 16u);
  EXPECT_EQ(Parsed(".const .align 2 .b64 x;")->alignment, 8u);
}

TEST(PTXVariable, MayBeAVector) {
  Parsed variable(".global .v4 .f32 x[3];");
  EXPECT_EQ(variable->vectorLength, 4u);
  EXPECT_EQ(variable->alignment, 16u);
  EXPECT_EQ(variable->size, 48u);
}

TEST(PTXVariable, MayHaveManyDimensions) {
  EXPECT_EQ(Parsed(".shared .b16 x[2][3][2*2];")->size, 48u);
}

TEST(PTXVariable, HasLinkage) {
  EXPECT_TRUE(Parsed(".extern .global .b32 x;")->isExtern);
  EXPECT_FALSE(Parsed(".visible .global .b32 x;")->isExtern);
  EXPECT_FALSE(Parsed(".weak .global .b32 x;")->isExtern);
  EXPECT_FALSE(Parsed(".common .global .b32 x;")->isExtern);
}

TEST(PTXVariable, HasNoSizeIfExternAndOpen) {
  Parsed variable(".extern .shared .align 16 .b8 x[];");
  EXPECT_EQ(variable->space, Space::Shared);
  EXPECT_EQ(variable->size, 0u);
  EXPECT_EQ(variable->alignment, 16u);
}

TEST(PTXVariable, MayHaveAttributes) {
  EXPECT_EQ(Parsed(".global .attribute(.managed) .align 4 .b32 x;")->size, 4u);
  EXPECT_EQ(Parsed(".global .attribute(.unified(19,95)) .b32 x;")->size, 4u);
}

TEST(PTXVariable, MayBeOneOfAList) {
  auto module = parse(".global .b32 x, y[2], z = 4;");
  ASSERT_TRUE(module);
  ASSERT_EQ(module->variables.size(), 3u);
  EXPECT_EQ(module->findVariable("y")->size, 8u);
  EXPECT_EQ(module->findVariable("z")->initializer, (Bytes{4, 0, 0, 0}));
}

TEST(PTXInitializer, HoldsIntegers) {
  EXPECT_EQ(initializer(".global .u32 x = 0x01020304;"), (Bytes{4, 3, 2, 1}));
  EXPECT_EQ(initializer(".global .b8 x[4] = {1, -1, 0377};"),
            (Bytes{1, 255, 255}));
  EXPECT_EQ(initializer(".global .s64 x = -2;"), bytesOf<int64_t>({-2}));
}

TEST(PTXInitializer, HoldsFloats) {
  EXPECT_EQ(initializer(".global .f32 x = 0f3F800000;"), bytesOf({1.0f}));
  EXPECT_EQ(initializer(".global .f64 x = 0dBFF0000000000000;"),
            bytesOf({-1.0}));
  EXPECT_EQ(initializer(".global .f32 x[4] = {1.5, -2, 0d3FF0000000000000};"),
            bytesOf({1.5f, -2.0f, 1.0f}));
  EXPECT_EQ(initializer(".global .f64 x = 2.5e-1;"), bytesOf({0.25}));
}

TEST(PTXInitializer, NestsBraces) {
  EXPECT_EQ(initializer(".global .s8 x[2][3] = {{1, 2}, {4, 5, 6}};"),
            (Bytes{1, 2, 0, 4, 5, 6}));
  EXPECT_EQ(initializer(".global .s8 x[2][3] = {1, 2, 3, {4}};"),
            (Bytes{1, 2, 3, 4}));
}

TEST(PTXInitializer, FillsVectors) {
  EXPECT_EQ(initializer(".global .v2 .b8 x[2] = {{1, 2}, {3, 4}};"),
            (Bytes{1, 2, 3, 4}));
}

TEST(PTXInitializer, GivesAnOpenArrayItsSize) {
  EXPECT_EQ(Parsed(".global .b16 x[] = {1, 2, 3};")->size, 6u);
  EXPECT_EQ(Parsed(".global .b16 x[][2] = {{1}, {2}, {3}};")->size, 12u);
  EXPECT_EQ(Parsed(".global .v4 .b16 x[] = {1, 2, 3, 4, 5};")->size, 16u);
}

TEST(PTXInitializer, HoldsAddresses) {
  Parsed variable(".global .b8 y[8]; .global .u64 x[2] = {7, y + 4};");
  ASSERT_EQ(variable->relocations.size(), 1u);
  const Variable::Relocation &relocation = variable->relocations[0];
  EXPECT_EQ(relocation.offset, 8u);
  EXPECT_EQ(relocation.bytes, 8u);
  EXPECT_EQ(relocation.symbol, "y");
  EXPECT_EQ(relocation.addend, 4);
  EXPECT_FALSE(relocation.isGeneric);
  EXPECT_EQ(variable->initializer.size(), 16u);
}

TEST(PTXInitializer, HoldsGenericAddresses) {
  Parsed variable(".global .b8 y[8]; .global .u64 x = generic(y) - 4;");
  ASSERT_EQ(variable->relocations.size(), 1u);
  EXPECT_TRUE(variable->relocations[0].isGeneric);
  EXPECT_EQ(variable->relocations[0].addend, -4);
}

TEST(PTXInitializer, HoldsBytesOfAddresses) {
  Parsed variable(".global .b8 y; .global .u8 x[10] = "
                  "{1, 0xFF(generic(y)+2), 0xFF00(y)};");
  ASSERT_EQ(variable->relocations.size(), 2u);
  EXPECT_EQ(variable->relocations[0].offset, 1u);
  EXPECT_EQ(variable->relocations[0].bytes, 1u);
  EXPECT_EQ(variable->relocations[0].shift, 0u);
  EXPECT_EQ(variable->relocations[0].addend, 2);
  EXPECT_EQ(variable->relocations[1].shift, 8u);
  EXPECT_FALSE(variable->relocations[1].isGeneric);
}

TEST(PTXInitializer, HoldsFunctionsThatComeLater) {
  Parsed variable(".global .u64 x = g; .func g { ret; }");
  EXPECT_EQ(variable->relocations[0].symbol, "g");
}

TEST(PTXRegisters, AreNumbered) {
  auto module = parse(".func f { .reg .b32 %r<3>; .reg .pred %p, q; }");
  ASSERT_TRUE(module);
  const std::vector<Register> &registers = module->functions[0]->registers;
  ASSERT_EQ(registers.size(), 5u);
  EXPECT_EQ(registers[2].name, "%r");
  EXPECT_EQ(registers[2].number, 2u);
  EXPECT_TRUE(registers[2].isNumbered);
  EXPECT_EQ(registers[3].name, "%p");
  EXPECT_EQ(registers[3].type, Type::Pred);
  EXPECT_FALSE(registers[3].isNumbered);
  EXPECT_EQ(registers[4].name, "q");
}

TEST(PTXRegisters, MayBeWide) {
  auto module = parse(".func f { .reg .b128 %rq<2>; }");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->functions[0]->registers[0].type, Type::B128);
}

TEST(PTXRegisters, OfAVectorAreOneEach) {
  auto module = parse(".func f { .reg .v4 .f32 %v; }");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->functions[0]->registers.size(), 4u);
}

} // namespace
