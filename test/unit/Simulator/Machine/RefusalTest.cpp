//===- RefusalTest.cpp - instructions that are not simulated --------------===//

#include "Run.h"
#include "lib/Simulator/Machine/Program.h"

using namespace sluice::sim;

/// The error of an instruction that is reachable, in line 5.
static std::string errorOf(const std::string &instruction) {
  KernelRun run;
  run.words.assign(1, 0);
  run.runText(".version 9.0\n.target sm_100a\n.address_size 64\n"
              ".visible .entry k(.param .u64 d) {.reg .b32 %r; .reg .b64 %d;"
              " .reg .pred %p; .reg .b128 %q;\n  " +
              instruction + "\nret; }\n");
  return run.error;
}

TEST(Refusal, NamesWhatIsNotSimulated) {
  EXPECT_EQ(errorOf("multimem.red.relaxed.gpu.global.add.u32 [%d], %r;"),
            "test.ptx:5:3: error: 'multimem.red.relaxed.gpu.global.add.u32' is "
            "not simulated: memory of several GPUs is not simulated");
  EXPECT_EQ(errorOf("tcgen05.wait::ld.sync.aligned;"),
            "test.ptx:5:3: error: 'tcgen05.wait::ld.sync.aligned' is not "
            "simulated: tensor memory is not simulated");
  for (const char *text :
       {"clusterlaunchcontrol.query_cancel.is_canceled.pred.b128 %p, %q;",
        "tex.1d.v4.s32.s32 {%r, %r, %r, %r}, [%d, {%r}];",
        "suld.b.1d.b32.trap %r, [%d, {%r}];", "istypep.texref %p, %d;",
        "cp.async.bulk.tensor.3d.shared::cluster.global.im2col.mbarrier::"
        "complete_tx::bytes [%r], [%d, {%r, %r, %r}], [%r], {%r};",
        "mma.sp.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%r}, {%r}, "
        "{%r}, {%r}, %r, 0;"}) {
    std::string error = errorOf(text);
    EXPECT_NE(error.find("is not simulated: "), std::string::npos) << error;
    EXPECT_EQ(error.substr(0, 14), "test.ptx:5:3: ") << error;
  }
}

TEST(Refusal, NamesWhatIsUnknown) {
  EXPECT_EQ(errorOf("frobnicate.u32 %r, %r;"),
            "test.ptx:5:3: error: instruction 'frobnicate' is not supported");
  EXPECT_EQ(errorOf("add.fast.u32 %r, %r, %r;"),
            "test.ptx:5:3: error: unknown instruction 'add.fast.u32': no 'add' "
            "takes '.fast'");
}

TEST(Refusal, EveryMnemonicIsKnownOrAnErrorWithItsPlace) {
  // With a qualifier that nothing takes and no operands none may pass silently
  // or crash; the parser itself knows calls.
  for (const sluice::ptx::Form &form : sluice::ptx::getForms()) {
    std::string name = form.mnemonic.str();
    if (name == "call")
      continue;
    std::string error = errorOf(name + ".frobnicate;");
    EXPECT_EQ(error.substr(0, 7), "test.pt") << name << error;
    EXPECT_NE(error.find(name), std::string::npos) << error;
  }
}

TEST(Refusal, WhatIsNotReachedMayBeAnything) {
  EXPECT_EQ(errorOf("ret;\n tcgen05.wait::ld.sync.aligned;"), "");
}
