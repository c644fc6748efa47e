//===- ProxyTest.cpp - bulk copies beside plain accesses ------------------===//

#include "Run.h"

using namespace sluice::sim;

namespace {

std::string kindsOf(KernelRun &run, const std::string &body,
                    const std::string &before = "") {
  run.run(body, before);
  return run.kinds();
}

/// Two warps and a stage of 128 bytes: the first warp reads it, the second one
/// fills it again, three times. `release` and `await` stand between.
struct Ring : KernelRun {
  std::string release = "mbarrier.arrive.shared::cta.b64 _, [empty];";
  std::string await = "turned:\n"
                      "mbarrier.try_wait.parity.shared::cta.b64 %q, [empty], "
                      "%parity;\n@!%q bra turned;";
  std::string consume = "ld.shared.u32 %v, [%s];";
  /// Of the producer, before each copy.
  std::string prepare;

  explicit Ring(uint64_t seed = 0) {
    words.assign(80, 0);
    for (uint32_t i = 0; i < 48; ++i)
      words[i] = 300 + i;
    options.block.x = 64;
    options.seed = seed;
  }
  std::string go() {
    return kindsOf(*this, R"(
      .shared .align 128 .b8 stage[128];
      .shared .align 8 .b64 full, empty;
      .reg .b32 %t, %v, %s, %i, %parity; .reg .b64 %a; .reg .pred %p, %q;
      mov.u32 %t, %tid.x;
      setp.eq.u32 %p, %t, 0;
      @!%p bra begun;
      mbarrier.init.shared::cta.b64 [full], 1;
      mbarrier.init.shared::cta.b64 [empty], 32;
      fence.mbarrier_init.release.cluster;
    begun:
      bar.sync 0;
      mov.u32 %i, 0;
      mov.u32 %s, stage;
      mad.lo.u32 %s, %t, 4, %s;
      mul.wide.u32 %a, %t, 4;
      add.s64 %a, %data, %a;
      setp.ge.u32 %p, %t, 32;
      @%p bra produce;
    consume:
      and.b32 %parity, %i, 1;
    filled:
      mbarrier.try_wait.parity.shared::cta.b64 %q, [full], %parity;
      @!%q bra filled;
    )" + consume + release + R"(
      st.global.u32 [%a+192], %v;
      add.u32 %i, %i, 1;
      setp.lt.u32 %p, %i, 3;
      @%p bra consume;
      bra done;
    produce:
      setp.ne.u32 %p, %t, 32;
      @%p bra done;
    again:
      setp.eq.u32 %p, %i, 0;
      @%p bra first;
      add.u32 %parity, %i, 1;
      and.b32 %parity, %parity, 1;
    )" + await + R"(
    first:
    )" + prepare + R"(
      mbarrier.arrive.expect_tx.shared::cta.b64 _, [full], 128;
      cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [stage], [%data], 128, [full];
      add.s64 %data, %data, 16;
      add.u32 %i, %i, 1;
      setp.lt.u32 %p, %i, 3;
      @%p bra again;
    done:)");
  }
};

TEST(Proxy, AStageThatWasReadIsFilledAgain) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Ring ring(seed);
    EXPECT_EQ(ring.go(), "missing-proxy-fence");
    ASSERT_TRUE(ring.result.finished && !ring.result.hasErrors());
    EXPECT_EQ(ring.result.findings[0].count, 2u) << "once for each copy";
    for (uint32_t i = 0; i < 32; ++i)
      EXPECT_EQ(ring.words[48 + i], 300 + i + 8);
    Ring strict(seed);
    strict.options.strictProxy = true;
    EXPECT_EQ(strict.go(), "race");
  }
}

TEST(Proxy, AFenceOfEitherSideIsEnough) {
  Ring reader, writer;
  reader.release = "fence.proxy.async;" + reader.release;
  writer.prepare = "fence.proxy.async;";
  for (Ring *ring : {&reader, &writer}) {
    ring->options.strictProxy = true;
    EXPECT_EQ(ring->go(), "");
  }
}

TEST(Proxy, AStageThatMayStillBeReadIsARace) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Ring ring(seed);
    ring.await = "";
    EXPECT_NE(ring.go().find("race"), std::string::npos) << seed;
  }
}

TEST(Proxy, AStageThatWasWrittenNeedsTheFence) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    // By a consumer; by the producer itself; and of what the copy writes, too.
    Ring consumer(seed), producer(seed);
    consumer.consume += "st.shared.u32 [%s], %v;";
    producer.prepare = "st.shared.u32 [stage], %i;";
    for (Ring *ring : {&consumer, &producer}) {
      EXPECT_NE(ring->go().find("race"), std::string::npos) << seed;
      const Finding &race = ring->result.findings[0];
      EXPECT_NE(race.message.find("no fence.proxy.async in between"),
                std::string::npos);
    }
    producer.prepare += "fence.proxy.async;";
    EXPECT_EQ(producer.go(), "");
  }
}

/// 16 words of global memory are read or written by plain accesses of one warp,
/// then written or read by a bulk copy of the other.
std::string runGlobal(const std::string &plain, const std::string &copy,
                      bool strict = false) {
  KernelRun run;
  run.words.assign(64, 0);
  run.options.block.x = 64;
  run.options.strictProxy = strict;
  return kindsOf(run, R"(
    .shared .align 128 .b8 tile[128];
    .shared .align 8 .b64 full;
    .reg .b32 %t, %v, %s; .reg .b64 %a; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    mov.u32 %s, tile;
    mad.lo.u32 %s, %t, 4, %s;
    mul.wide.u32 %a, %t, 4;
    add.s64 %a, %data, %a;
    setp.ge.u32 %q, %t, 32;
    @!%q st.shared.u32 [%s], %t;
    setp.eq.u32 %p, %t, 32;
    @%p mbarrier.init.shared::cta.b64 [full], 1;
    fence.proxy.async.shared::cta;
    bar.sync 0;
    @%q bra copies;
    )" + plain + R"(
  copies:
    bar.sync 0;
    @!%p bra end;
    )" + copy + R"(
  end:)");
}

TEST(Proxy, TheSameHoldsOfGlobalMemory) {
  const char *store =
      "cp.async.bulk.global.shared::cta.bulk_group [%data], [tile], 128;\n"
      "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;";
  const char *load =
      "fence.mbarrier_init.release.cluster;\n"
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [full], 128;\n"
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[tile], [%data], 128, [full];\n"
      "wait: mbarrier.try_wait.parity.shared::cta.b64 %q, [full], 0;\n"
      "@!%q bra wait;";
  EXPECT_EQ(runGlobal("ld.global.u32 %v, [%a];", store), "missing-proxy-fence");
  EXPECT_EQ(runGlobal("ld.global.u32 %v, [%a];", store, true), "race");
  EXPECT_EQ(runGlobal("ld.global.u32 %v, [%a]; fence.proxy.async;", store), "");
  EXPECT_EQ(runGlobal("ld.global.u32 %v, [%a];", load), "");
  EXPECT_EQ(runGlobal("st.global.u32 [%a], %t;", load), "race");
  EXPECT_EQ(runGlobal("st.global.u32 [%a], %t;", store), "race")
      << "the same value, but through another proxy";
  EXPECT_EQ(runGlobal("st.global.u32 [%a], %t; fence.proxy.async;", store), "");
}

/// All 32 lanes of two warps store 128 bytes of shared memory to one place;
/// `skew` is added to the source's address, and `last` follows.
std::string runStores(const std::string &skew, const std::string &last,
                      uint64_t seed = 0) {
  KernelRun run;
  run.words.assign(32, 0);
  run.options.block.x = 64;
  run.options.seed = seed;
  return kindsOf(run, R"(
    .shared .align 128 .b8 tile[256];
    .reg .b32 %t, %s, %v; .reg .pred %p;
    mov.u32 %t, %tid.x;
    mov.u32 %s, tile;
    mad.lo.u32 %s, %t, 4, %s;
    and.b32 %v, %t, 31;
    st.shared.u32 [%s], %v;
    fence.proxy.async.shared::cta;
    bar.sync 0;
    mov.u32 %s, tile;
    )" + skew + R"(
    cp.async.bulk.global.shared::cta.bulk_group [%data], [%s], 128;
    cp.async.bulk.commit_group;
    )" + last + R"(
    cp.async.bulk.wait_group 0;)");
}

TEST(SameStores, OfAllLanesAreANote) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(runStores("", "", seed), "same-value-write");
    // From elsewhere, but the same bytes: every second thread.
    EXPECT_EQ(
        runStores("and.b32 %v, %t, 1; mad.lo.u32 %s, %v, 128, %s;", "", seed),
        "same-value-write");
  }
}

TEST(SameStores, OfOtherBytesAreARace) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_EQ(
        runStores("shr.u32 %v, %t, 5; mad.lo.u32 %s, %v, 16, %s;", "", seed),
        "race same-value-write");
}

/// What a store reads may change before it is read: the bytes that were there
/// say nothing then.
TEST(SameStores, OfASourceThatMayChangeAreARace) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::string kinds = runStores(
        "", "setp.eq.u32 %p, %t, 40;\n@%p st.shared.u32 [tile+8], %t;", seed);
    EXPECT_NE(kinds.find("race"), std::string::npos) << kinds;
  }
}

/// One thread stores a tile, waits until it has been read, and changes it;
/// another, behind a barrier, stores it to the same place.
TEST(SameStores, OfATileThatHasChangedBetweenAreARace) {
  for (bool changes : {false, true}) {
    KernelRun run;
    run.words.assign(4, 0);
    run.options.block.x = 64;
    std::string kinds = kindsOf(run, std::string(R"(
      .shared .align 128 .b32 tile[4];
      .reg .b32 %t; .reg .pred %p, %q;
      mov.u32 %t, %tid.x;
      setp.eq.u32 %p, %t, 0;
      setp.eq.u32 %q, %t, 32;
      @!%p bra middle;
      st.shared.v4.u32 [tile], {%t, %t, %t, %t};
      fence.proxy.async;
      cp.async.bulk.global.shared::cta.bulk_group [%data], [tile], 16;
      cp.async.bulk.commit_group;
      cp.async.bulk.wait_group.read 0;
    )") + (changes ? "st.shared.u32 [tile+4], 7; fence.proxy.async;" : "") +
                                         R"(
    middle:
      bar.sync 0;
      @!%q bra end;
      cp.async.bulk.global.shared::cta.bulk_group [%data], [tile], 16;
      cp.async.bulk.commit_group;
      cp.async.bulk.wait_group 0;
    end:
      @%p cp.async.bulk.wait_group 0;)");
    EXPECT_EQ(kinds, changes ? "race" : "same-value-write");
  }
}

/// Every lane loads the same bytes, or lane 5 others, to one place.
TEST(SameStores, LoadsToSharedMemoryAreAlike) {
  for (unsigned stride : {0, 16}) {
    KernelRun run;
    run.words.assign(64, 0);
    for (uint32_t i = 0; i < 32; ++i)
      run.words[i] = i;
    run.options.block.x = 32;
    std::string kinds = kindsOf(run, R"(
      .shared .align 128 .b8 tile[64];
      .shared .align 8 .b64 full;
      .reg .b32 %t, %v, %s; .reg .b64 %a; .reg .pred %p, %q;
      mov.u32 %t, %tid.x;
      setp.eq.u32 %p, %t, 5;
      @%p mbarrier.init.shared::cta.b64 [full], 32;
      @%p fence.mbarrier_init.release.cluster;
      bar.sync 0;
      selp.b32 %v, )" + std::to_string(stride) +
                                         R"(, 0, %p;
      cvt.u64.u32 %a, %v;
      add.s64 %a, %data, %a;
      mbarrier.arrive.expect_tx.shared::cta.b64 _, [full], 64;
      cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%a], 64, [full];
    wait:
      mbarrier.try_wait.parity.shared::cta.b64 %q, [full], 0;
      @!%q bra wait;
      ld.shared.u32 %v, [tile+4];
      mul.wide.u32 %a, %t, 4;
      add.s64 %a, %data, %a;
      st.global.u32 [%a+128], %v;)");
    if (stride)
      EXPECT_NE(kinds.find("race"), std::string::npos) << kinds;
    else
      EXPECT_EQ(kinds, "same-value-write");
  }
}

} // namespace
