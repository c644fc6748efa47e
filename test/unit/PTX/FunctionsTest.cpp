//===- FunctionsTest.cpp - PTX functions and their statements -------------===//

#include "Parse.h"

using namespace sluice::ptx;
using namespace sluice::ptx::test;

namespace {

TEST(PTXEntry, HasParameters) {
  auto module = parse(".visible .entry f(.param .u64 a,\n"
                      ".param .align 8 .b8 b[24],\n"
                      ".param .u64 .ptr .global .align 16 c,\n"
                      ".param .b64 .ptr .align 1 d) { ret; }");
  ASSERT_TRUE(module);
  const Function &entry = *module->functions[0];
  EXPECT_TRUE(entry.isEntry);
  EXPECT_TRUE(entry.hasBody);
  ASSERT_EQ(entry.parameters.size(), 4u);
  EXPECT_EQ(entry.parameters[0]->space, Space::Param);
  EXPECT_EQ(entry.parameters[1]->size, 24u);
  EXPECT_EQ(entry.parameters[1]->alignment, 8u);
  EXPECT_EQ(entry.parameters[2]->name, "c");
  EXPECT_EQ(entry.parameters[2]->alignment, 8u);
  EXPECT_EQ(entry.parameters[3]->alignment, 8u);
}

TEST(PTXEntry, MayLackParameters) {
  EXPECT_TRUE(parse(".entry f { ret; } .entry g() { ret; }"));
}

TEST(PTXEntry, HasRequirements) {
  auto module = parse(".entry f()\n.maxntid 256\n.reqntid 32, 4\n"
                      ".minnctapersm 2\n.maxnctapersm 2\n.maxnreg 64\n"
                      ".reqnctapercluster 2, 1, 3\n.explicitcluster\n"
                      ".maxclusterrank 8\n.blocksareclusters\n"
                      ".pragma \"nounroll\";\n{ ret; }");
  ASSERT_TRUE(module);
  const Function &entry = *module->functions[0];
  EXPECT_EQ(llvm::ArrayRef(entry.maximumThreads),
            llvm::ArrayRef<uint32_t>({256, 1, 1}));
  EXPECT_EQ(llvm::ArrayRef(entry.requiredThreads),
            llvm::ArrayRef<uint32_t>({32, 4, 1}));
  EXPECT_EQ(llvm::ArrayRef(entry.requiredCluster),
            llvm::ArrayRef<uint32_t>({2, 1, 3}));
}

TEST(PTXFunction, HasResults) {
  auto module = parse(".func (.param .b32 r) f (.param .f32 a) { ret; }");
  ASSERT_TRUE(module);
  const Function &function = *module->functions[0];
  EXPECT_FALSE(function.isEntry);
  ASSERT_EQ(function.results.size(), 1u);
  EXPECT_EQ(function.results[0]->name, "r");
  ASSERT_EQ(function.parameters.size(), 1u);
  EXPECT_EQ(function.parameters[0]->type, Type::F32);
}

TEST(PTXFunction, MayTakeRegisters) {
  auto module = parse(".func (.reg .b32 %r) f (.reg .b64 %a, .param .b32 b)\n"
                      "{ .reg .b32 %x; mov.b32 %r, %x; }");
  ASSERT_TRUE(module);
  const Function &function = *module->functions[0];
  EXPECT_EQ(function.results[0]->space, Space::Register);
  EXPECT_EQ(function.parameters[0]->space, Space::Register);
  ASSERT_EQ(function.registers.size(), 3u);
  EXPECT_EQ(function.registers[0].name, "%r");
  EXPECT_EQ(function.registers[1].name, "%a");
  EXPECT_EQ(function.instructions[0].operands[0].reg, 0u);
  EXPECT_EQ(function.instructions[0].operands[1].reg, 2u);
}

TEST(PTXFunction, MayBeADeclaration) {
  auto module = parse(".extern .func (.param .b32 r) vprintf\n"
                      "(.param .b64 a, .param .b64 b)\n;\n"
                      ".extern .func __trap .noreturn;");
  ASSERT_TRUE(module);
  EXPECT_TRUE(module->functions[0]->isExtern);
  EXPECT_FALSE(module->functions[0]->hasBody);
  EXPECT_FALSE(module->functions[0]->isNoReturn);
  EXPECT_TRUE(module->functions[1]->isNoReturn);
}

TEST(PTXFunction, MayBeVariadic) {
  auto module =
      parse(".extern .func f(.param .b32 a, .param .align 8 .b8 b[]);");
  ASSERT_TRUE(module);
  EXPECT_EQ(module->functions[0]->parameters[1]->size, 0u);
}

TEST(PTXFunction, HasVariables) {
  auto module = parseEntry(".local .align 16 .b8 depot[112]; .shared .f32 s[4];"
                           "{ .param .b32 p; .param .b8 q[]; }");
  ASSERT_TRUE(module);
  const Function &function = *module->findFunction("f");
  ASSERT_EQ(function.variables.size(), 4u);
  EXPECT_EQ(function.variables[0]->space, Space::Local);
  EXPECT_EQ(function.variables[1]->space, Space::Shared);
  EXPECT_EQ(function.variables[1]->size, 16u);
  EXPECT_EQ(function.variables[2]->space, Space::Param);
}

const Function &entryOf(const std::unique_ptr<Module> &module) {
  return *module->findFunction("f");
}

TEST(PTXInstruction, HasQualifiers) {
  auto module = parseEntry(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::"
      "complete_tx::bytes [%rd1], [%rd2, {%r1, %r2}], [%rd3];");
  ASSERT_TRUE(module);
  const Instruction &instruction = entryOf(module).instructions[0];
  EXPECT_EQ(instruction.mnemonic, "cp");
  EXPECT_EQ(llvm::ArrayRef(instruction.qualifiers),
            llvm::ArrayRef<llvm::StringRef>(
                {"async", "bulk", "tensor", "2d", "shared::cluster", "global",
                 "tile", "mbarrier::complete_tx::bytes"}));
  EXPECT_EQ(instruction.operands.size(), 3u);
}

TEST(PTXInstruction, MayHaveSpacesBetweenQualifiers) {
  auto module = parseEntry("ld .param\n.b32 %r1, [a];");
  ASSERT_TRUE(module);
  EXPECT_EQ(entryOf(module).instructions[0].qualifiers.size(), 2u);
}

TEST(PTXInstruction, MayBeUnknown) {
  auto module = parseEntry("frobnicate.x.y::z %r1;");
  ASSERT_TRUE(module);
  EXPECT_EQ(entryOf(module).instructions[0].mnemonic, "frobnicate");
}

TEST(PTXInstruction, HasAGuard) {
  auto module = parseEntry("@%p1 ret; @!%p2 ret; ret;");
  ASSERT_TRUE(module);
  llvm::ArrayRef<Instruction> instructions = entryOf(module).instructions;
  EXPECT_TRUE(instructions[0].isGuarded);
  EXPECT_FALSE(instructions[0].guardIsNegated);
  EXPECT_EQ(entryOf(module).registers[instructions[0].guard].number, 1u);
  EXPECT_TRUE(instructions[1].guardIsNegated);
  EXPECT_FALSE(instructions[2].isGuarded);
}

TEST(PTXInstruction, HasAPlace) {
  auto module = parseEntry("  ret;\n\t@%p1 exit;");
  ASSERT_TRUE(module);
  llvm::ArrayRef<Instruction> instructions = entryOf(module).instructions;
  EXPECT_EQ(instructions[0].place.line, 5u);
  EXPECT_EQ(instructions[0].place.column, 3u);
  EXPECT_EQ(instructions[1].place.line, 6u);
  EXPECT_EQ(instructions[1].place.column, 7u);
}

TEST(PTXInstruction, KnowsTheSourceLine) {
  auto module = parseEntry(
      "ret;\n.loc 1 20 3\nret;\n"
      ".loc 2 107 5, function_name $L__info+4, inlined_at 1 24 3\nret;");
  ASSERT_TRUE(module);
  llvm::ArrayRef<Instruction> instructions = entryOf(module).instructions;
  EXPECT_EQ(instructions[0].source.file, 0u);
  EXPECT_EQ(instructions[1].source.file, 1u);
  EXPECT_EQ(instructions[1].source.line, 20u);
  EXPECT_EQ(instructions[1].source.column, 3u);
  EXPECT_EQ(instructions[2].source.file, 2u);
  EXPECT_EQ(instructions[2].source.line, 107u);
}

TEST(PTXInstruction, KnowsTheBytesUsed) {
  auto module = parseEntry(".pragma \"used_bytes_mask 0xfff\";\n"
                           "ld.global.v4.b32 {%r0,%r1,%r2,%r3}, [%rd1];\n"
                           "ld.global.b32 %r1, [%rd1];");
  ASSERT_TRUE(module);
  EXPECT_EQ(entryOf(module).instructions[0].usedBytes, 0xfffu);
  EXPECT_EQ(entryOf(module).instructions[1].usedBytes, 0u);
}

TEST(PTXLabel, IsFoundBeforeItComes) {
  auto module = parseEntry("bra.uni $L__BB0_1; ret; $L__BB0_1: exit; end:");
  ASSERT_TRUE(module);
  const Function &function = entryOf(module);
  const Operand &operand = function.instructions[0].operands[0];
  EXPECT_EQ(operand.kind, Operand::Kind::Label);
  ASSERT_EQ(function.labels.size(), 2u);
  EXPECT_EQ(function.labels[operand.label].name, "$L__BB0_1");
  EXPECT_EQ(function.labels[operand.label].instruction, 2u);
  EXPECT_EQ(function.labels[1].instruction, 3u);
}

TEST(PTXLabel, BelongsToItsBlock) {
  auto module = parseEntry("{ bra L; L: exit; } { L: bra L; bra M; } L: ret; "
                           "{ bra L; } M:");
  ASSERT_TRUE(module);
  const Function &function = entryOf(module);
  auto target = [&](unsigned instruction) {
    const Operand &operand = function.instructions[instruction].operands[0];
    return function.labels[operand.label].instruction;
  };
  EXPECT_EQ(target(0), 1u);
  EXPECT_EQ(target(2), 2u);
  EXPECT_EQ(target(3), 6u);
  EXPECT_EQ(target(5), 4u);
}

TEST(PTXLabel, IsNotHiddenByAVariable) {
  auto module = parseEntry("bra v; v: ret;");
  ASSERT_TRUE(module);
  EXPECT_EQ(entryOf(module).instructions[0].operands[0].kind,
            Operand::Kind::Label);
}

TEST(PTXBlock, HasItsOwnRegisters) {
  auto module = parseEntry("{ .reg .pred %p1; setp %p1; } { .reg .b16 %p1;\n"
                           "mov %p1; { .reg .b64 %p1; mov %p1; } mov %p1; }\n"
                           "mov %p1;");
  ASSERT_TRUE(module);
  const Function &function = entryOf(module);
  auto type = [&](unsigned instruction) {
    return function
        .registers[function.instructions[instruction].operands[0].reg]
        .type;
  };
  EXPECT_EQ(type(0), Type::Pred);
  EXPECT_EQ(type(1), Type::B16);
  EXPECT_EQ(type(2), Type::B64);
  EXPECT_EQ(type(3), Type::B16);
  EXPECT_EQ(type(4), Type::Pred);
  EXPECT_NE(function.instructions[0].operands[0].reg,
            function.instructions[4].operands[0].reg);
}

TEST(PTXBlock, MayNumberRegistersAnew) {
  auto module = parseEntry("{ .reg .b16 %r<2>; mov %r1; mov %r2; }");
  ASSERT_TRUE(module);
  const Function &function = entryOf(module);
  auto registerOf = [&](unsigned i) {
    return function.registers[function.instructions[i].operands[0].reg];
  };
  EXPECT_EQ(registerOf(0).type, Type::B16);
  EXPECT_EQ(registerOf(1).type, Type::B32);
}

TEST(PTXBlock, MayHaveItsOwnVariables) {
  auto module = parseEntry("{ .param .b32 p; st.param.b32 [p], 1; }\n"
                           "{ .param .b64 p; st.param.b64 [p], 1; }");
  ASSERT_TRUE(module);
  const Function &function = entryOf(module);
  EXPECT_EQ(function.instructions[0].operands[0].elements[0].variable,
            function.variables[0].get());
  EXPECT_EQ(function.instructions[1].operands[0].elements[0].variable,
            function.variables[1].get());
}

TEST(PTXTable, ListsBranchTargets) {
  auto module = parseEntry("$L_brx_0: .branchtargets L1, L0, L1;\n"
                           "brx.idx %r1, $L_brx_0; L0: ret; L1: exit;");
  ASSERT_TRUE(module);
  const Function &function = entryOf(module);
  const Operand &table = function.instructions[0].operands[1];
  EXPECT_EQ(table.kind, Operand::Kind::Table);
  auto found = function.branchTargets.find(table.name);
  ASSERT_NE(found, function.branchTargets.end());
  EXPECT_EQ(found->second, (std::vector<unsigned>{1, 0, 1}));
}

TEST(PTXTable, ListsCallTargets) {
  auto module = parseEntry("T: .calltargets callee, later;\ncall %rd1, (), T;"
                           "} .func later {");
  ASSERT_TRUE(module);
  const Function &function = entryOf(module);
  EXPECT_EQ(function.callTargets.find("T")->second,
            (std::vector<llvm::StringRef>{"callee", "later"}));
  EXPECT_EQ(function.instructions[0].operands[3].kind, Operand::Kind::Table);
}

} // namespace
