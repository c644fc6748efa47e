//===- WarpgroupTest.cpp - wgmma-groups are the warpgroup's ---------------===//

#include "Run.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim;

namespace {

/// A warpgroup, and a warp behind it, which may be in the way. Each thread has
/// its number in %t and its warp's in %w; %f0 to %f3 are the sums and %d the
/// descriptor of B: 16 × 8 ones of bf16 at the address %b, 256 bytes.
struct Threads {
  std::string body;
  unsigned threads = 160;
  bool check = true;

  KernelRun run(uint64_t seed) const {
    KernelRun run;
    run.words.assign(128, 7);
    run.options.block.x = threads;
    run.options.seed = seed;
    run.options.check = check;
    run.run(R"(
      .shared .align 128 .b8 b[256];
      .shared .align 8 .b64 ready;
      .reg .b32 %t, %w, %b, %s, %r<4>, %x<4>; .reg .f32 %f<4>;
      .reg .b64 %d, %a, %m; .reg .pred %p, %q;
      mov.u32 %t, %tid.x;
      shr.u32 %w, %t, 5;
      mov.u32 %b, b;
      mad.lo.u32 %s, %t, 4, %b;
      setp.lt.u32 %p, %t, 64;
      @%p st.shared.b32 [%s], 0x3f803f80;
      setp.eq.u32 %q, %t, 0;
      @%q mbarrier.init.shared.b64 [ready], 1;
      fence.proxy.async;
      bar.sync 0;
      mov.b32 %x0, 0x3f803f80; mov.b32 %x1, %x0;
      mov.b32 %x2, %x0; mov.b32 %x3, %x0;
      mov.f32 %f0, 0f00000000; mov.f32 %f1, %f0;
      mov.f32 %f2, %f0; mov.f32 %f3, %f0;
      cvt.u64.u32 %d, %b;
      shr.u64 %d, %d, 4;
      or.b64 %d, %d, 0x800080000;
      mul.wide.u32 %a, %t, 4;
      add.s64 %a, %data, %a;
      )" + body);
    return run;
  }

  /// What is found with every seed.
  std::string getKinds() const {
    std::string kinds = run(0).kinds();
    for (uint64_t seed = 1; seed < 10; ++seed)
      EXPECT_EQ(run(seed).kinds(), kinds) << seed;
    return kinds;
  }
};

const std::string fence = "wgmma.fence.sync.aligned;\n",
                  multiply = "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16."
                             "bf16 {%f0, %f1, %f2, %f3}, {%x0, %x1, %x2, %x3}, "
                             "%d, 1, 1, 1, 0;\n",
                  commit = "wgmma.commit_group.sync.aligned;\n",
                  waitForAll = "wgmma.wait_group.sync.aligned 0;\n",
                  waitForFirst = "wgmma.wait_group.sync.aligned 1;\n",
                  storeSums = "st.global.f32 [%a], %f3;\n";

/// The warps from `first` on leave to the label END.
std::string leave(unsigned first) {
  return "setp.ge.u32 %p, %w, " + std::to_string(first) + ";\n@%p bra END;\n";
}

/// Thread 32 says that B is free, and the last warp overwrites it then.
const std::string handBack = R"(
      setp.eq.u32 %q, %t, 32;
      @%q mbarrier.arrive.shared.b64 _, [ready];)",
                  overwrite = R"(
      END:
      setp.lt.u32 %p, %t, 128;
      @%p bra DONE;
      AGAIN: mbarrier.try_wait.parity.shared.b64 %q, [ready], 0;
      @!%q bra AGAIN;
      sub.u32 %s, %s, 512;
      st.shared.b32 [%s], 0;
      st.shared.b32 [%s+128], 0;
      DONE:)";

} // namespace

TEST(Warpgroup, OneThreadHandsBackForAll) {
  Threads threads{leave(4) + fence + multiply + commit + waitForAll + handBack +
                  storeSums + overwrite};
  EXPECT_EQ(threads.getKinds(), "");
  // Without checks the values must be right all the same.
  for (bool check : {true, false}) {
    threads.check = check;
    for (uint64_t seed = 0; seed < 10; ++seed)
      for (uint32_t word : threads.run(seed).words)
        EXPECT_EQ(word, 0x41800000u) << seed; // 16
  }
}

TEST(Warpgroup, AWaitIsForTheGroupOfItsNumber) {
  // The first group reads B, the second reads nothing of shared memory.
  std::string first = leave(4) + fence + multiply + commit;
  EXPECT_EQ((Threads{first + commit + waitForFirst + handBack + waitForAll +
                     storeSums + overwrite}
                 .getKinds()),
            "");
  // Not waited for: both stores overwrite B while it is read.
  EXPECT_EQ((Threads{first + waitForFirst + handBack + waitForAll + storeSums +
                     overwrite}
                 .getKinds()),
            "race race");
  // The second is in flight.
  EXPECT_EQ((Threads{first + multiply + commit + waitForFirst + handBack +
                     waitForAll + storeSums + overwrite}
                 .getKinds()),
            "race race");
}

TEST(Warpgroup, AnEndOrdersNoOtherAccesses) {
  // Each thread reads B by itself, before or after its wait.
  std::string read = "ld.shared.b32 %r0, [b];\n",
              group = fence + multiply + commit;
  EXPECT_EQ((Threads{leave(4) + group + read + waitForAll + handBack +
                     storeSums + overwrite}
                 .getKinds()),
            "race");
  EXPECT_EQ((Threads{leave(4) + group + waitForAll + handBack + read +
                     storeSums + overwrite}
                 .getKinds()),
            "race");
  // With a barrier of the warpgroup before it goes back.
  EXPECT_EQ((Threads{leave(4) + group + waitForAll + read + "bar.sync 1, 128;" +
                     handBack + storeSums + overwrite}
                 .getKinds()),
            "");
}

TEST(Warpgroup, AWarpThatDoesNotCome) {
  // It exits, or there is none.
  Threads three{leave(3) + fence + multiply + commit + waitForAll + storeSums +
                "END:"};
  EXPECT_EQ(three.getKinds(), "divergent-barrier");
  three.threads = 96;
  EXPECT_EQ(three.getKinds(), "divergent-barrier");
  // It waits for the others at a barrier.
  Threads waiting{leave(3) + fence + multiply + commit + waitForAll +
                  "END: bar.sync 0;"};
  EXPECT_EQ(waiting.getKinds(), "deadlock deadlock");
  KernelRun run = waiting.run(0);
  EXPECT_TRUE(llvm::any_of(run.result.findings, [](const Finding &finding) {
    return finding.message.find("wgmma-group") != std::string::npos;
  }));
  // It never waits for a group, and may go without.
  Threads ahead{"setp.eq.u32 %p, %w, 4; @%p bra END;" + fence + multiply +
                commit + "setp.eq.u32 %p, %w, 3; @%p bra END;" + waitForAll +
                storeSums + "END:"};
  EXPECT_EQ(ahead.getKinds(), "");
}

TEST(Warpgroup, GroupsHaveTheSameProducts) {
  Threads threads{leave(4) + fence + "setp.eq.u32 %q, %w, 2;\n@%q bra PAST;\n" +
                  multiply + "PAST:" + commit + waitForAll + storeSums +
                  "END:"};
  EXPECT_EQ(threads.getKinds(), "divergent-barrier");
  // An empty group is one, too.
  threads.body = leave(4) + fence + commit + multiply + commit + commit +
                 waitForAll + storeSums + "END:";
  EXPECT_EQ(threads.getKinds(), "");
}
