//===- StepTest.cpp - how far instructions may move -----------------------===//

#include "Run.h"
#include "lib/PTX/Parser.h"
#include "lib/Simulator/Machine/Steps.h"

using namespace sluice;
using namespace sluice::sim;
using estimate::Place;

namespace {

constexpr const char *kRegisters =
    ".reg .b32 %r<20>; .reg .f32 %f<20>; .reg .b64 %rd<20>; .reg .pred %p<8>;\n"
    ".shared .align 8 .b8 s[64];\n";

/// Of one instruction: "fence", or what it reads and writes, as "reads s".
std::string show(const std::string &text) {
  std::string module = ".version 8.0\n.target sm_90a\n.address_size 64\n"
                       ".visible .entry k(.param .u64 x) {\n" +
                       std::string(kRegisters) + text + "\nret;\n}\n";
  llvm::Expected<std::unique_ptr<ptx::Module>> parsed =
      ptx::parseModule(module, "k.ptx");
  if (!parsed)
    return llvm::toString(parsed.takeError());
  std::shared_ptr<const ptx::Module> loaded = std::move(*parsed);
  auto program = decode(getInstructionSet(), loaded, *loaded->functions.front(),
                        "k.ptx", [](const ptx::Variable &) { return 0; });
  if (!program)
    return llvm::toString(program.takeError());
  const Code &code = *(*program)->codes.begin()->second;
  Place place = makeStep(code.operations.front(), 0).place;
  if (place.isFence)
    return "fence";
  auto name = [](estimate::Spaces spaces) {
    std::string names;
    for (auto [space, letter] :
         {std::pair(estimate::kShared, 's'), std::pair(estimate::kGlobal, 'g'),
          std::pair(estimate::kLocal, 'l')})
      if (spaces & space)
        names += letter;
    return names;
  };
  std::string shown;
  auto add = [&](const std::string &part) {
    shown += (shown.empty() ? "" : ", ") + part;
  };
  if (place.reads)
    add("reads " + name(place.reads));
  if (place.writes)
    add("writes " + name(place.writes));
  if (place.isOrdered)
    add("in order");
  if (place.isGuarded)
    add("guarded");
  return shown.empty() ? "free" : shown;
}

struct Case {
  const char *text, *expected;
};

TEST(Steps, HowFarTheyMayMove) {
  const Case cases[] = {
      {"add.u32 %r1, %r2, %r3;", "free"},
      {"@%p1 add.u32 %r1, %r2, %r3;", "guarded"},
      {"shfl.sync.bfly.b32 %r1, %r2, 1, 31, -1;", "free"},
      {"mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 "
       "{%f1, %f2, %f3, %f4}, {%r1, %r2}, {%r3}, {%f1, %f2, %f3, %f4};",
       "free"},
      {"ld.param.u64 %rd1, [x];", "free"},
      {"ld.global.u32 %r1, [%rd1];", "reads g"},
      {"ld.global.nc.u32 %r1, [%rd1];", "free"},
      {"ld.const.u32 %r1, [%rd1];", "free"},
      {"ld.shared.u32 %r1, [s];", "reads s"},
      {"ld.u32 %r1, [%rd1];", "reads sgl"},
      {"ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [s];", "reads s"},
      {"st.local.u32 [%rd1], %r1;", "writes l, in order"},
      {"st.u32 [%rd1], %r1;", "writes sgl, in order"},
      {"st.relaxed.gpu.global.u32 [%rd1], %r1;", "writes g, in order"},
      {"prefetch.global.L2 [%rd1];", "free"},
      {"red.shared.add.u32 [s], %r1;", "reads s, writes s, in order"},
      {"atom.global.add.u32 %r1, [%rd1], %r2;", "reads g, writes g, in order"},
      {"cp.async.ca.shared.global [s], [%rd1], 4;",
       "reads g, writes s, in order"},
      {"cp.async.commit_group;", "in order"},
      {"bar.warp.sync -1;", "reads sgl, writes sgl, in order"},
  };
  for (const Case &one : cases)
    EXPECT_EQ(show(one.text), one.expected) << one.text;
}

TEST(Steps, WhatNothingMovesOver) {
  const char *const cases[] = {
      "bar.sync 0;",
      "bar.arrive 1, 64;",
      "barrier.cluster.arrive;",
      "membar.gl;",
      "fence.proxy.async;",
      "fence.acq_rel.gpu;",
      "mbarrier.init.shared.b64 [s], 1;",
      "mbarrier.try_wait.parity.shared.b64 %p1, [s], 0;",
      "cp.async.wait_group 0;",
      "cp.async.bulk.commit_group;",
      "wgmma.fence.sync.aligned;",
      "wgmma.commit_group.sync.aligned;",
      ("wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
       "{%f1, %f2, %f3, %f4}, %rd1, %rd2, 1, 1, 1, 0, 0;"),
      "ld.volatile.global.u32 %r1, [%rd1];",
      "ld.acquire.gpu.global.u32 %r1, [%rd1];",
      "st.release.gpu.global.u32 [%rd1], %r1;",
      "atom.global.cas.b32 %r1, [%rd1], %r2, %r3;",
      "red.release.gpu.global.add.u32 [%rd1], %r1;",
      "mov.u32 %r1, %clock;",
      "mov.u64 %rd1, %globaltimer;",
      "nanosleep.u32 10;",
      "trap;",
      "exit;",
  };
  for (const char *text : cases)
    EXPECT_EQ(show(text), "fence") << text;
}

/// Conversions, each with its user right behind it.
std::string makeBody() {
  std::string body = kRegisters;
  body += "ld.global.f32 %f1, [%data];\nmov.u32 %r1, s;\n";
  for (int i = 0; i < 64; ++i)
    body += "cvt.rn.f16x2.f32 %r2, %f1, %f1;\nst.shared.u32 [%r1], %r2;\n";
  return body;
}

uint64_t estimateCycles(const std::string &body, IssueOrder order) {
  KernelRun kernel;
  kernel.words.resize(64);
  kernel.options.chip = "h100";
  kernel.options.order = order;
  kernel.run(body);
  EXPECT_EQ(kernel.kinds(), "");
  return kernel.result.estimate ? kernel.result.estimate->cycles : 0;
}

TEST(Steps, ListOrderIsTheDefault) {
  EXPECT_EQ(LaunchOptions().order, IssueOrder::List);
}

TEST(Steps, ListOrderTakesUsersFromTheirMakers) {
  // One register for all conversions holds their order; one for each does not.
  std::string body = makeBody();
  EXPECT_EQ(estimateCycles(body, IssueOrder::List),
            estimateCycles(body, IssueOrder::Text));
  std::string renamed = std::string(".reg .b32 %v<64>;\n") + body;
  size_t at = 0;
  for (int i = 0; i < 64; ++i)
    for (int use = 0; use < 2; ++use) {
      at = renamed.find("%r2", at);
      ASSERT_NE(at, std::string::npos);
      renamed.replace(at, 3, "%v" + std::to_string(i));
    }
  uint64_t list = estimateCycles(renamed, IssueOrder::List),
           text = estimateCycles(renamed, IssueOrder::Text);
  EXPECT_LT(list + 100, text);
}

} // namespace
