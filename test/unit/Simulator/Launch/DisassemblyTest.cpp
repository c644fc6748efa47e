//===- DisassemblyTest.cpp - what nvdisasm prints, read -------------------===//

#include "lib/Simulator/Launch/Disassembly.h"
#include <gtest/gtest.h>

using namespace sluice::sim;
using estimate::MachineCode;
using estimate::MachineInstruction;
using estimate::Math;
using Kind = MachineInstruction::Kind;

namespace {

/// Lines with the depth of their loops: "1 2 2@1".
std::string show(llvm::StringRef body) {
  std::string text = "\t.section\t.text.k,\"ax\",@progbits\n"
                     "\t.sectioninfo\t@\"SHI_REGISTERS=8\"\nk:\n.text.k:\n";
  std::string shown;
  for (const MachineInstruction &instruction :
       parseDisassembly(text + body.str())) {
    shown += (shown.empty() ? "" : " ") + std::to_string(instruction.line);
    if (instruction.depth)
      shown += "@" + std::to_string(instruction.depth);
  }
  return shown;
}

TEST(Disassemblies, LinesStayUntilTheNext) {
  EXPECT_EQ(show(R"(
	//## File ".nv_debug_ptx_txt", line 23
        /*0000*/                   IMAD.MOV.U32 R1, RZ, RZ, c[0x0][0x28] ;
        /*0010*/                   S2R R0, SR_TID.X ;
	//## File ".nv_debug_ptx_txt", line 7
        /*0020*/                   EXIT ;
)"),
            "23 23 7");
}

TEST(Disassemblies, OtherSectionsAreNoCode) {
  EXPECT_EQ(show(R"(
	//## File ".nv_debug_ptx_txt", line 1
        /*0000*/                   EXIT ;
	.section	.nv.shared.k,"aw",@nobits
        /*0000*/ 	.byte	0x01
)"),
            "1");
}

TEST(Disassemblies, LoopsByTheirBranches) {
  EXPECT_EQ(show(R"(
	//## File ".nv_debug_ptx_txt", line 1
        /*0000*/                   MOV R1, R2 ;
.L_x_0:
	//## File ".nv_debug_ptx_txt", line 2
        /*0010*/                   MOV R1, R2 ;
.L_x_1:
	//## File ".nv_debug_ptx_txt", line 3
        /*0020*/               @P0 BRA `(.L_x_1) ;
	//## File ".nv_debug_ptx_txt", line 4
        /*0030*/                   BRA.U UP0, `(.L_x_0) ;
	//## File ".nv_debug_ptx_txt", line 5
        /*0040*/                   EXIT ;
)"),
            "1 2@1 3@2 4@1 5");
}

TEST(Disassemblies, WhatOnlyPartedLanesReachIsLeftOut) {
  // The way round comes back from behind: no loop.
  EXPECT_EQ(show(R"(
	//## File ".nv_debug_ptx_txt", line 1
        /*0000*/                   BRA.DIV ~URZ, `(.L_x_1) ;
.L_x_0:
	//## File ".nv_debug_ptx_txt", line 2
        /*0010*/                   BAR.SYNC R2, 0x80 ;
        /*0020*/                   EXIT ;
.L_x_1:
	//## File ".nv_debug_ptx_txt", line 3
        /*0030*/                   WARPSYNC 0xffffffff ;
        /*0040*/                   BRA `(.L_x_0) ;
.L_x_2:
        /*0050*/                   BRA `(.L_x_2);
        /*0060*/                   NOP;
)"),
            "1 2 2");
}

TEST(Disassemblies, CallsThatDoNotReturnAreBranches) {
  EXPECT_EQ(show(R"(
.L_x_0:
	//## File ".nv_debug_ptx_txt", line 1
        /*0000*/               @P0 CALL.REL.NOINC `(.L_x_1) ;
        /*0010*/                   BRA `(.L_x_0) ;
.L_x_1:
	//## File ".nv_debug_ptx_txt", line 2
        /*0020*/                   EXIT ;
)"),
            "1@1 1@1 2");
}

TEST(Disassemblies, JumpTablesLeadEverywhere) {
  EXPECT_EQ(show(R"(
	//## File ".nv_debug_ptx_txt", line 1
        /*0000*/                   BRX R2 -0x10 (*"BRANCH_TARGETS .L_x_0,.L_x_1"*) ;
	//## File ".nv_debug_ptx_txt", line 2
        /*0010*/                   NOP ;
.L_x_0:
	//## File ".nv_debug_ptx_txt", line 3
        /*0020*/                   EXIT ;
.L_x_1:
	//## File ".nv_debug_ptx_txt", line 4
        /*0030*/                   EXIT ;
)"),
            "1 3 4");
}

TEST(Disassemblies, FunctionsCountAndSubroutinesDoNot) {
  EXPECT_EQ(show(R"(
	//## File ".nv_debug_ptx_txt", line 1
        /*0000*/                   CALL.REL.NOINC `($k$twice) ;
        /*0010*/                   CALL.REL.NOINC `($k$__internal_0_$__cuda_sm3x_div) ;
        /*0020*/                   EXIT ;
$k$twice:
	//## File ".nv_debug_ptx_txt", line 2
        /*0030*/                   RET.REL.NODEC R4 `(k) ;
$k$__internal_0_$__cuda_sm3x_div:
	//## File ".nv_debug_ptx_txt", line 3
        /*0040*/                   RET.REL.NODEC R4 `(k) ;
)"),
            "1 1 1 2");
}

TEST(Disassemblies, KindsByName) {
  struct {
    const char *text;
    Kind kind;
    Math math;
  } cases[] = {
      {"LDG.E.128 R4, desc[UR6][R2.64]", Kind::Access, Math::Integer},
      {"@!P0 STS [R2], R3", Kind::Access, Math::Integer},
      {"HMMA.16816.F32.BF16 R4, R8, R12, R4", Kind::Product, Math::Integer},
      {"HGMMA.64x128x16.F32 R24, gdesc[UR4], R24", Kind::Product,
       Math::Integer},
      {"BAR.SYNC.DEFER_BLOCKING 0x0", Kind::Other, Math::Integer},
      {"FFMA.FTZ R1, R2, R3, R4", Kind::Math, Math::Fp32},
      {"@P1 IMAD.WIDE R2, R3, R4, R6", Kind::Math, Math::IntegerMultiply},
      {"MUFU.EX2 R1, R2", Kind::Math, Math::Special},
      {"F2FP.BF16.F32.PACK_AB R1, R2, R3", Kind::Math, Math::Pack},
      {"SHFL.BFLY PT, R1, R2, 0x1, 0x1f", Kind::Math, Math::Shuffle},
      {"LOP3.LUT R1, R2, R3, R4, 0x96, !PT", Kind::Math, Math::Integer},
      {"CALL.REL.NOINC `($k$__internal_0_$__cuda_sm20_div)", Kind::Call,
       Math::Integer},
      {"CALL.REL.NOINC `($k$f)", Kind::Branch, Math::Integer},
      {"EXIT", Kind::Branch, Math::Integer},
  };
  for (const auto &one : cases) {
    MachineCode code = parseDisassembly("\t.section\t.text.k\n/*0000*/ " +
                                        std::string(one.text) + " ;\n");
    ASSERT_EQ(code.size(), 1u) << one.text;
    EXPECT_EQ(code[0].kind, one.kind) << one.text;
    if (one.kind == Kind::Math)
      EXPECT_EQ(code[0].math, one.math) << one.text;
  }
}

TEST(Disassemblies, NothingOfNothing) {
  EXPECT_TRUE(parseDisassembly("").empty());
  EXPECT_TRUE(parseDisassembly("\t.section\t.text.k\n").empty());
}

} // namespace
