//===- MbarrierTest.cpp - where mbarriers are, and who uses them ----------===//

#include "Run.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim;

static KernelRun runOnce(const std::string &body, unsigned threads,
                         unsigned ctas, uint64_t seed) {
  KernelRun run;
  run.words.assign(64, 5);
  run.options.grid.x = run.options.cluster.x = ctas;
  run.options.block.x = threads;
  run.options.seed = seed;
  run.run(R"(
    .shared .align 128 .b8 box[256];
    .shared .align 8 .b64 bar;
    .shared .align 8 .b64 other;
    .reg .b32 %t, %s, %m, %v, %r; .reg .b64 %a, %state; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    mov.u32 %s, box;
    mov.u32 %m, bar;
    setp.eq.u32 %p, %t, 0;
  )" + body);
  return run;
}

/// The kinds of what is found with every seed.
static std::string getKinds(const std::string &body, unsigned threads = 1,
                            unsigned ctas = 1) {
  std::string kinds = runOnce(body, threads, ctas, 0).kinds();
  for (uint64_t seed = 1; seed < 10; ++seed)
    EXPECT_EQ(runOnce(body, threads, ctas, seed).kinds(), kinds) << seed;
  return kinds;
}

static bool saysSo(const KernelRun &run, llvm::StringRef text) {
  return llvm::any_of(run.result.findings, [&](const Finding &finding) {
    return llvm::StringRef(finding.message).contains(text);
  });
}

static const std::string kInit = "mbarrier.init.shared::cta.b64 [bar], 1;\n",
                         kInval = "mbarrier.inval.shared::cta.b64 [bar];\n",
                         kArrive =
                             "mbarrier.arrive.shared::cta.b64 _, [bar];\n",
                         kFence = "fence.mbarrier_init.release.cluster;\n";

/// `copy` must name the mbarrier.
static std::string copyIn(const std::string &to = "box") {
  return "mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 16;\n"
         "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
         "[" +
         to + "], [%data], 16, [bar];\n";
}
static std::string waitFor(const std::string &parity = "0",
                           const std::string &label = "wait") {
  return label + ": mbarrier.try_wait.parity.shared::cta.b64 %q, [bar], " +
         parity + ";\n@!%q bra " + label + ";\n";
}

//===----------------------------------------------------------------------===//
// From init to inval
//===----------------------------------------------------------------------===//

TEST(MbarrierLife, InitOfAValidOne) {
  EXPECT_EQ(getKinds(kInit + kInit), "mbarrier-misuse");
  EXPECT_EQ(getKinds(kInit + kArrive + kInit), "mbarrier-misuse");
  EXPECT_EQ(getKinds(kInit + kInval + kInit), "");
  EXPECT_EQ(getKinds(kInit + kArrive + kInval + kInit + kArrive), "");
}

TEST(MbarrierLife, OperationsOnNone) {
  const std::string operations[] = {
      kArrive,
      kInval,
      "mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [bar], 16;",
      "mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [bar], 16;",
      "mbarrier.test_wait.parity.shared::cta.b64 %q, [bar], 0;",
      "cp.async.mbarrier.arrive.noinc.shared::cta.b64 [bar];",
      ("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
       "[box], [%data], 16, [bar];"),
      ("st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%s], %t, "
       "[%m];")};
  const std::string life = kInit + kInval;
  for (const std::string &operation : operations) {
    EXPECT_EQ(getKinds(operation), "mbarrier-misuse") << operation;
    EXPECT_TRUE(
        saysSo(runOnce(operation, 1, 1, 0), "has not been initialised"));
    EXPECT_EQ(getKinds(life + operation), "mbarrier-misuse") << operation;
    EXPECT_TRUE(
        saysSo(runOnce(life + operation, 1, 1, 0), "has been invalidated"));
  }
}

TEST(MbarrierLife, DataThatLooksLikeOneIsNone) {
  EXPECT_EQ(
      getKinds("mov.b64 %state, -1;\nst.shared.b64 [bar], %state;\n" + kArrive),
      "mbarrier-misuse");
}

TEST(MbarrierLife, ItsBytesAreNoData) {
  const std::string uses[] = {
      "st.shared.b32 [bar+4], %t;",
      "st.shared.b8 [bar], %t;",
      "mov.b64 %state, 0;\nst.shared.b64 [bar], %state;",
      "ld.shared.b32 %v, [bar];",
      "atom.shared.add.u32 %v, [bar], 1;",
      "cvta.shared.u64 %a, bar;\nst.b32 [%a], %t;",
      "cp.async.ca.shared.global [bar], [%data], 8;\ncp.async.wait_all;"};
  const std::string life = kInit + kInval;
  for (const std::string &use : uses) {
    EXPECT_EQ(getKinds(kInit + use), "mbarrier-misuse") << use;
    EXPECT_EQ(getKinds(life + use), "") << use;
  }
  EXPECT_EQ(getKinds(kInit + "st.shared.b32 [other], %t;"), "");
}

TEST(MbarrierLife, ItsBytesAreNoBulkCopies) {
  const std::string into = R"(
    mbarrier.init.shared::cta.b64 [box+24], 1;
  )",
                    outOf = R"(
    cp.async.bulk.global.shared::cta.bulk_group [%data], [box+16], 16;
    cp.async.bulk.commit_group;
    cp.async.bulk.wait_group 0;)";
  const std::string init = into + kInit + "fence.proxy.async;\n";
  EXPECT_EQ(getKinds(init + copyIn("box+16") + waitFor()), "mbarrier-misuse");
  EXPECT_EQ(getKinds(init + copyIn("box") + waitFor()), "");
  EXPECT_NE(getKinds(into + outOf).find("mbarrier-misuse"), std::string::npos);
}

TEST(MbarrierLife, InvalUnderWaitingThreads) {
  // Warp 1 waits for a phase that warp 0 does not wait for.
  const std::string body = "@%p " + kInit + "bar.sync 0;\n" +
                           "setp.lt.u32 %q, %t, 32;\n@!%q bra wait;\n" +
                           "@%p " + kArrive + "@%p " + kInval + "bra done;\n" +
                           waitFor() + "done:";
  bool hasSaid = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    KernelRun run = runOnce(body, 64, 1, seed);
    EXPECT_NE(run.kinds().find("race"), std::string::npos) << seed;
    hasSaid |= saysSo(run, "invalidates an mbarrier at which threads wait");
  }
  EXPECT_TRUE(hasSaid);
}

TEST(MbarrierLife, InvalBehindAllWaits) {
  EXPECT_EQ(getKinds("@%p " + kInit + "bar.sync 0;\n@%p " + kArrive +
                         waitFor() + "bar.sync 0;\n@%p " + kInval + "@%p " +
                         kInit,
                     64),
            "");
}

TEST(MbarrierLife, InvalBeforeACopyHasCompleted) {
  EXPECT_NE(getKinds(kInit + kFence + copyIn() + kInval).find("race"),
            std::string::npos);
  EXPECT_EQ(getKinds(kInit + kFence + copyIn() + waitFor() + kInval), "");
}

TEST(MbarrierLife, WhatInvalLeavesNobodyHasWritten) {
  EXPECT_EQ(getKinds(kInit + kInval +
                     "ld.shared.u32 %v, [bar];\nst.global.u32 [%data], %v;"),
            "uninitialized");
}

//===----------------------------------------------------------------------===//
// The fence behind init
//===----------------------------------------------------------------------===//

/// One thread initialises, `thread` copies.
static std::string copyAfter(const std::string &fence,
                             const std::string &before = "",
                             const std::string &thread = "0") {
  return "@!%p bra meet;\n" + kInit + fence + "meet: bar.sync 0;\n" + before +
         "setp.eq.u32 %q, %t, " + thread + ";\n@!%q bra wait;\n" + copyIn() +
         waitFor();
}

TEST(MbarrierFence, BehindInit) {
  for (const char *thread : {"0", "33"}) {
    for (const char *fence :
         {"fence.mbarrier_init.release.cluster;", "fence.proxy.async;",
          "fence.proxy.async.shared::cta;", "fence.acq_rel.cluster;",
          "fence.acq_rel.gpu;", "membar.gl;", "fence.sc.sys;"})
      EXPECT_EQ(getKinds(copyAfter(fence, "", thread), 64), "")
          << fence << thread;
    for (const char *fence : {"", "fence.acq_rel.cta;", "membar.cta;"})
      EXPECT_EQ(getKinds(copyAfter(fence, "", thread), 64),
                "missing-mbarrier-fence")
          << fence << thread;
  }
}

TEST(MbarrierFence, OfTheThreadThatCopies) {
  EXPECT_EQ(getKinds(copyAfter("", "fence.proxy.async;\n", "33"), 64), "");
  // Of init it is not: it has none to release.
  EXPECT_EQ(getKinds(copyAfter("", kFence, "33"), 64),
            "missing-mbarrier-fence");
}

TEST(MbarrierFence, AClusterBarrierIsOne) {
  const std::string wait = "barrier.cluster.wait.aligned;\n";
  EXPECT_EQ(
      getKinds(copyAfter("", "barrier.cluster.arrive.aligned;" + wait, "33"),
               64),
      "");
  EXPECT_EQ(
      getKinds(
          copyAfter("", "barrier.cluster.arrive.relaxed.aligned;" + wait, "33"),
          64),
      "missing-mbarrier-fence");
}

TEST(MbarrierFence, IsForAsynchronousUsesOnly) {
  EXPECT_EQ(
      getKinds("@%p " + kInit + "bar.sync 0;\n@%p " + kArrive + waitFor(), 64),
      "");
}

TEST(MbarrierFence, CopyWithoutOrderBehindInitIsARace) {
  const std::string body = "@%p " + kInit + "@%p " + kFence +
                           "setp.eq.u32 %q, %t, 32;\n@!%q bra done;\n" +
                           copyIn() + "done:";
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::string kinds = runOnce(body, 64, 1, seed).kinds();
    EXPECT_TRUE(kinds.find("race") != std::string::npos ||
                kinds.find("mbarrier-misuse") != std::string::npos)
        << seed << kinds;
  }
}

//===----------------------------------------------------------------------===//
// Arrivals from other CTAs
//===----------------------------------------------------------------------===//

/// Each CTA arrives at the mbarrier of the other, after `before`, and executes
/// `after` when that of the other has come.
static std::string arriveRemotely(const std::string &arrive,
                                  const std::string &wait,
                                  const std::string &before = "",
                                  const std::string &after = "") {
  return R"(
    .reg .b32 %o, %d; .reg .pred %l;
    mov.u32 %r, %cluster_ctarank;
    xor.b32 %o, %r, 1;
    mapa.shared::cluster.u32 %d, %s, %o;
    mapa.shared::cluster.u32 %o, %m, %o;
    @%p mbarrier.init.shared::cta.b64 [bar], 1;
    @%p fence.mbarrier_init.release.cluster;
    barrier.cluster.arrive.release.aligned;
    barrier.cluster.wait.acquire.aligned;
    @!%p bra done;
  )" + before +
         "mbarrier.arrive" + arrive + ".shared::cluster.b64 _, [%o];\n" +
         "again: mbarrier.try_wait.parity" + wait +
         ".shared::cta.b64 %l, [bar], 0;\n@!%l bra again;\n" + after + "done:";
}

static const std::string kWide = ".release.cluster", kNarrow = ".release.cta",
                         kWideWait = ".acquire.cluster",
                         kNarrowWait = ".acquire.cta";

TEST(RemoteArrival, ThatEndsAWaitComesBeforeTheExit) {
  for (const std::string &arrive :
       {std::string(), kWide, kNarrow, std::string(".relaxed.cluster")})
    for (const std::string &wait : {std::string(), kWideWait, kNarrowWait,
                                    std::string(".relaxed.cluster")})
      EXPECT_EQ(getKinds(arriveRemotely(arrive, wait), 32, 2), "")
          << arrive << wait;
}

TEST(RemoteArrival, ThatNobodyWaitsForMayComeAfterTheExit) {
  const std::string init = "@%p mbarrier.init.shared::cta.b64 [other], 1;\n",
                    arrive = R"(
    mov.u32 %d, other;
    xor.b32 %r, %r, 1;
    mapa.shared::cluster.u32 %d, %d, %r;
    mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%d];
  )";
  EXPECT_EQ(
      getKinds(init + arriveRemotely(kWide, kWideWait, "", arrive), 32, 2),
      "out-of-bounds");
  // What lies before another arrival is ordered as all that does.
  EXPECT_EQ(getKinds(init + arriveRemotely(kWide, kWideWait, arrive), 32, 2),
            "");
  EXPECT_EQ(getKinds(init + arriveRemotely("", "", arrive), 32, 2),
            "default-scope");
}

TEST(RemoteArrival, ThatEndsAWaitComesBeforeInval) {
  for (const std::string &arrive : {std::string(), kWide, kNarrow})
    EXPECT_EQ(getKinds(arriveRemotely(arrive, "", "", kInval + kInit), 32, 2),
              "")
        << arrive;
  // Not so one that may be under way.
  for (uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_NE(runOnce(arriveRemotely("", "", kInval + kInit), 32, 2, seed)
                  .kinds()
                  .find("race"),
              std::string::npos)
        << seed;
}

TEST(RemoteArrival, PassesDataAtTheScopeOfTheCluster) {
  EXPECT_EQ(getKinds(arriveRemotely(kWide, kWideWait,
                                    "st.shared::cluster.u32 [%d], %r;\n",
                                    "ld.shared.u32 %v, [%s];\n"),
                     32, 2),
            "");
}

TEST(RemoteArrival, PassesDataWithoutAScopeWithANote) {
  auto passOn = [](const std::string &arrive, const std::string &wait) {
    return getKinds(arriveRemotely(arrive, wait,
                                   "st.shared::cluster.u32 [%d], %r;\n",
                                   "ld.shared.u32 %v, [%s];\n"),
                    32, 2);
  };
  // The load, and the end of the CTA.
  EXPECT_EQ(passOn("", ""), "default-scope default-scope");
  EXPECT_EQ(passOn("", kWideWait), "default-scope default-scope");
  EXPECT_EQ(passOn(kWide, ""), "default-scope default-scope");
  EXPECT_EQ(passOn(kNarrow, kWideWait), "out-of-bounds race");
  EXPECT_EQ(passOn(kWide, kNarrowWait), "out-of-bounds race");
  EXPECT_EQ(passOn(kNarrow, ""), "out-of-bounds race");
  EXPECT_EQ(passOn(".relaxed.cluster", kWideWait), "out-of-bounds race");
}
