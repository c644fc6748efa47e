//===- NamedBarrierTest.cpp - barriers count arrivals ---------------------===//

#include "Run.h"

using namespace sluice::sim;

/// The kinds of what is found with every seed, of four warps.
static std::string getKinds(const std::string &body) {
  auto getKinds = [&](uint64_t seed) {
    KernelRun run;
    run.words.assign(128, 0);
    run.options.block.x = 128;
    run.options.seed = seed;
    run.run(R"(
      .shared .align 4 .b8 box[512];
      .reg .b32 %t, %s, %v, %i; .reg .b64 %a; .reg .pred %p, %q, %r;
      mov.u32 %t, %tid.x;
      setp.lt.u32 %p, %t, 64;
      mov.u32 %s, box;
      mad.lo.u32 %s, %t, 4, %s;
      mul.wide.u32 %a, %t, 4;
      add.s64 %a, %data, %a;
    )" + body);
    return run.kinds();
  };
  std::string kinds = getKinds(0);
  for (uint64_t seed = 1; seed < 10; ++seed)
    EXPECT_EQ(getKinds(seed), kinds) << seed;
  return kinds;
}

/// Two groups of two warps take turns at barriers 2 and 3, the first one first:
/// it gives itself that turn.
static std::string takeTurns(const std::string &first,
                             const std::string &handOver) {
  return R"(
    mov.u32 %i, 0;
    @!%p bra second;
  )" + first +
         R"(
  mine:
    bar.sync 2, 128;
    st.shared.u32 [box], %i;
  )" + handOver +
         R"(
    add.u32 %i, %i, 1;
    setp.lt.u32 %q, %i, 3;
    @%q bra mine;
    bra done;
  second:
    bar.sync 3, 128;
    st.shared.u32 [box+4], %i;
    bar.arrive 2, 128;
    add.u32 %i, %i, 1;
    setp.lt.u32 %q, %i, 3;
    @%q bra second;
  done:)";
}

TEST(NamedBarrier, AWarpArrivesAndWaitsInOnePhase) {
  const std::string arrive = "bar.arrive 2, 128;", give = "bar.arrive 3, 128;";
  EXPECT_EQ(getKinds(takeTurns(arrive, give)), "same-value-write "
                                               "same-value-write");
  EXPECT_NE(getKinds(takeTurns("", give)).find("deadlock"), std::string::npos);
  EXPECT_NE(getKinds(takeTurns(arrive, "")).find("deadlock"),
            std::string::npos);
}

/// The first two warps write between their arrival and what follows.
static std::string writeAfterArrival(const std::string &then) {
  return R"(
    @%p bar.arrive 1, )" +
         then;
}

TEST(NamedBarrier, AnArrivalPublishesWhatWasKnownThen) {
  // 64 arrivals of the first half, 64 waits of the second.
  std::string read = R"(
    @!%p bar.sync 1, 128;
    @!%p ld.shared.u32 %v, [%s+-256];
    @!%p st.global.u32 [%a], %v;)";
  EXPECT_EQ(getKinds("@%p st.shared.u32 [%s], %t;" + writeAfterArrival("128;") +
                     read),
            "");
  EXPECT_NE(
      getKinds(writeAfterArrival("128; @%p st.shared.u32 [%s], %t;") + read)
          .find("race"),
      std::string::npos);
}

TEST(NamedBarrier, TwoArrivalsOfOneWarpAreNotOfTwo) {
  // Warp 0 comes twice to a barrier of 64, and what warp 1 does is in no order
  // with that.
  EXPECT_NE(getKinds(R"(
    setp.lt.u32 %p, %t, 32;
    setp.eq.u32 %q, %t, 32;
    @%q st.shared.u32 [box], %t;
    @%p bar.arrive 1, 64;
    @%p bar.sync 1, 64;
    setp.eq.u32 %r, %t, 0;
    @%r ld.shared.u32 %v, [box];)")
                .find("race"),
            std::string::npos);
}

TEST(NamedBarrier, WithoutACountItIsForAllThreads) {
  EXPECT_EQ(getKinds("@%p bar.arrive 1, 128;\n@!%p bar.sync 1;"), "");
  EXPECT_NE(getKinds("@%p bar.arrive 1, 96;\n@!%p bar.sync 1;")
                .find("divergent-barrier"),
            std::string::npos);
}
