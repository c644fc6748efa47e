//===- ExitTest.cpp - shared memory ends with its CTA ---------------------===//

#include "Run.h"

using namespace sluice::sim;

static std::string runKinds(const std::string &body, unsigned ctas,
                            uint64_t seed) {
  KernelRun run;
  run.words.assign(64, 5);
  run.options.grid.x = run.options.cluster.x = ctas;
  run.options.block.x = 32;
  run.options.seed = seed;
  run.run(body);
  return run.kinds();
}

/// Of a cluster of two CTAs.
static std::string runCluster(const std::string &body, uint64_t seed) {
  return runKinds(body, 2, seed);
}

/// The kinds of what is found with every seed.
static std::string getKinds(const std::string &body, unsigned ctas) {
  std::string kinds = runKinds(body, ctas, 0);
  for (uint64_t seed = 1; seed < 8; ++seed)
    EXPECT_EQ(runKinds(body, ctas, seed), kinds) << seed;
  return kinds;
}

/// A thread copies shared memory away.
static std::string copyOut(const std::string &wait) {
  return R"(
    .shared .align 128 .b8 buffer[64];
    .reg .b32 %t, %s; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.ne.u32 %p, %t, 0;
    @%p bra done;
    mov.u32 %s, buffer;
    st.shared.v4.b32 [%s], {%t, %t, %t, %t};
    fence.proxy.async;
    cp.async.bulk.global.shared::cta.bulk_group [%data], [%s], 16;)" +
         wait + "done:";
}

TEST(Exit, BulkCopyOutOfSharedMemory) {
  const std::string commit = "cp.async.bulk.commit_group;";
  // That global memory has been written, the grid's end says.
  EXPECT_EQ(getKinds(copyOut(commit + "cp.async.bulk.wait_group.read 0;"), 1),
            "");
  EXPECT_EQ(getKinds(copyOut(commit + "cp.async.bulk.wait_group 0;"), 1), "");
  EXPECT_EQ(getKinds(copyOut(commit), 1), "async-use");
  EXPECT_EQ(getKinds(copyOut(""), 1), "async-use");
  EXPECT_EQ(getKinds(copyOut("cp.async.bulk.wait_group.read 0;"), 1),
            "async-use");
}

TEST(Exit, BulkCopyIsDoneAllTheSame) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    KernelRun run;
    run.words.assign(4, 5);
    run.options.block.x = 32;
    run.options.seed = seed;
    run.run(copyOut(""));
    EXPECT_EQ(run.words, std::vector<uint32_t>(4, 0)) << seed;
  }
}

/// A thread fetches bytes; `wait` is the whole warp's.
static std::string copyIn(const std::string &wait) {
  return R"(
    .shared .align 128 .b8 buffer[64];
    .shared .align 8 .b64 barrier;
    .reg .b32 %t; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    setp.eq.u32 %p, %t, 0;
    @%p mbarrier.init.shared::cta.b64 [barrier], 1;
    fence.mbarrier_init.release.cluster;
    bar.sync 0;
    @!%p bra wait;
    mbarrier.arrive.expect_tx.shared::cta.b64 _, [barrier], 64;
    cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [buffer], [%data], 64, [barrier];
  wait:)" +
         wait;
}

TEST(Exit, BulkCopyIntoSharedMemory) {
  EXPECT_EQ(getKinds(copyIn("mbarrier.try_wait.parity.shared::cta.b64 %q, "
                            "[barrier], 0; @!%q bra wait;"),
                     1),
            "");
  EXPECT_EQ(getKinds(copyIn(""), 1), "async-use");
}

/// Each CTA writes a word and reads that of another.
static std::string readRemote(const std::string &meet) {
  return R"(
    .shared .align 4 .b8 box[4];
    .reg .b32 %r, %s, %v, %t; .reg .b64 %a; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.ne.u32 %p, %t, 0;
    mov.u32 %r, %cluster_ctarank;
    @!%p st.shared.u32 [box], %r;
    barrier.cluster.arrive.aligned;
    barrier.cluster.wait.aligned;
    @%p bra meet;
    mov.u32 %s, box;
    xor.b32 %v, %r, 1;
    mapa.shared::cluster.u32 %s, %s, %v;
    ld.shared::cluster.u32 %v, [%s];
    mul.wide.u32 %a, %r, 4;
    add.s64 %a, %data, %a;
    st.global.u32 [%a], %v;
  meet:)" +
         meet;
}

TEST(Exit, RemoteRead) {
  const std::string arrive = "barrier.cluster.arrive.aligned;",
                    wait = "barrier.cluster.wait.aligned;";
  EXPECT_EQ(getKinds(readRemote(arrive + wait), 2), "");
  // Whether the other CTA has exited or not when it happens: then what was read
  // also belongs to no CTA.
  for (const std::string &meet : {std::string(), arrive})
    for (uint64_t seed = 0; seed < 8; ++seed)
      EXPECT_EQ(runCluster(readRemote(meet), seed).find("out-of-bounds"), 0u)
          << meet << seed;
}

TEST(Exit, ClusterWaitNeedsAnArrivalOfItsOwn) {
  for (uint64_t seed = 0; seed < 8; ++seed)
    EXPECT_NE(runCluster(readRemote("barrier.cluster.wait.aligned;"), seed)
                  .find("divergent-barrier"),
              std::string::npos)
        << seed;
}
