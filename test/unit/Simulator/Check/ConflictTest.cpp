//===- ConflictTest.cpp - what is a race, of two unordered accesses -------===//

#include "Lab.h"
#include <thread>

using namespace sluice::sim;

namespace {

using Conflicts = Lab;

TEST_F(Conflicts, ReadsAreNone) {
  readRow(warp(0, 0), 0);
  EXPECT_EQ(readRow(warp(0, 1), 0), 0u);
  EXPECT_EQ(one(warp(1, 0), 3, strong(false), 0), 0u);
  EXPECT_EQ(readRow(warp(2, 0), 64), 0u);
}

TEST_F(Conflicts, AllReadersCount) {
  readRow(warp(0, 0), 0);
  readRow(warp(0, 1), 0);
  read(warp(1, 0), 5, 0);
  // Ordered behind one of them only.
  strongWrite(warp(1, 0), 5, 4096, SyncScope::Gpu, true);
  strongRead(warp(2, 0), 0, 4096, SyncScope::Gpu, true);
  EXPECT_NE(write(warp(2, 0), 0, 0), 0u);
}

/// More readers than are looked at one by one: 64 CTAs.
struct CrowdedConflicts : Lab {
  CrowdedConflicts() : Lab(64) {}

  /// Every CTA but one releases what it did; the last CTA acquires all of it.
  WarpClocks &gather(unsigned leftOut) {
    WarpClocks &last = warp(63, 1);
    for (unsigned cta = 0; cta < 63; ++cta) {
      if (cta == leftOut)
        continue;
      strongWrite(warp(cta, 0), 5, 4096 + 4 * cta, SyncScope::Gpu, true);
      strongRead(last, 0, 4096 + 4 * cta, SyncScope::Gpu, true);
    }
    return last;
  }
};

TEST_F(CrowdedConflicts, AllReadersCount) {
  for (unsigned left : {0u, 7u, 40u, 62u}) {
    uint64_t address = 64 * left;
    // Twice: the later read of a thread stands for both.
    for (unsigned cta = 0; cta < 126; ++cta)
      EXPECT_EQ(read(warp(cta % 63, 0), 5, address), 0u);
    EXPECT_EQ(write(gather(left), 0, address), 1u) << left;
    EXPECT_EQ(races.back().otherCta, left);
  }
}

TEST_F(CrowdedConflicts, ThatAreOrderedAreGone) {
  for (unsigned cta = 0; cta < 63; ++cta)
    read(warp(cta, 0), 5, 0);
  EXPECT_EQ(write(gather(63), 0, 0), 0u);
  EXPECT_EQ(read(warp(63, 1), 0, 0), 0u);
  // What the write covers only half of.
  for (unsigned cta = 0; cta < 63; ++cta)
    EXPECT_EQ(read(warp(cta, 0), 6, 8), 0u);
  EXPECT_NE(write(warp(63, 1), 0, 10, 2), 0u);
  EXPECT_NE(write(warp(63, 1), 0, 8, 2), 0u);
}

TEST_F(CrowdedConflicts, CrowdOfOneQueueIsOne) {
  // Of many reads that nobody waited for the last alone is kept; the writer
  // has waited for all but that.
  WarpClocks &issuer = warp(0, 0);
  AsyncQueue queue(issuer);
  for (unsigned i = 0; i < 100; ++i) {
    AsyncOp operation = queue.issue(issuer, 1);
    EXPECT_EQ(asyncRange(operation, asyncProxy(false), 0, 64), 0u);
    queue.commit(issuer, 1);
  }
  queue.wait(issuer, 1, 1);
  EXPECT_EQ(write(issuer, 0, 32), 1u);
  queue.wait(issuer, 1, 0);
  EXPECT_EQ(write(issuer, 0, 48), 0u);
}

TEST_F(CrowdedConflicts, StrongOnesAreCutByWeakOnes) {
  // A weak write of two bytes leaves two of each atomic; another atomic of all
  // four is then not of the same bytes.
  for (unsigned cta = 0; cta < 20; ++cta)
    EXPECT_EQ(one(warp(cta, 0), 0, strong(true), 0), 0u);
  EXPECT_NE(write(warp(20, 0), 0, 0, 2), 0u);
  EXPECT_NE(one(warp(21, 0), 0, strong(true), 0), 0u);
}

TEST_F(Conflicts, OfNeighbouringBytesThereAreNone) {
  for (unsigned lane = 0; lane < 4; ++lane)
    EXPECT_EQ(write(warp(0, lane % 2), lane, lane, 1), 0u);
  EXPECT_EQ(write(warp(1, 0), 0, 4, 2), 0u);
  EXPECT_EQ(write(warp(1, 1), 0, 6, 2), 0u);
  EXPECT_EQ(write(warp(2, 0), 0, 8, 8), 0u);
}

TEST_F(Conflicts, OfPartialOverlapThereAre) {
  write(warp(0, 0), 0, 6, 2);
  EXPECT_EQ(write(warp(0, 1), 0, 0, 8), 1u);
  ASSERT_EQ(races.size(), 1u);
  EXPECT_EQ(races[0].address, 6u);
  EXPECT_EQ(races[0].bytes, 2u);
}

TEST_F(Conflicts, NameBothThreads) {
  AccessSite first = weak(true), second = weak(false);
  first.instruction = &instructions[0];
  second.instruction = &instructions[1];
  one(warp(2, 1), 17, first, 100);
  EXPECT_EQ(one(warp(3, 0), 4, second, 100), 1u);
  const Conflict &race = races.front();
  EXPECT_EQ(sites.get(race.site).instruction, &instructions[1]);
  EXPECT_FALSE(sites.get(race.site).isWrite);
  EXPECT_EQ(sites.get(race.other).instruction, &instructions[0]);
  EXPECT_EQ(race.address, 100u);
  EXPECT_EQ(race.bytes, 4u);
  EXPECT_EQ(race.cta, 3u);
  EXPECT_EQ(race.warp, 0u);
  EXPECT_EQ(race.lane, 4u);
  EXPECT_EQ(race.otherCta, 2u);
  EXPECT_EQ(race.otherWarp, 1u);
  EXPECT_EQ(race.otherLane, 17u);
  EXPECT_FALSE(race.isAsync || race.otherIsAsync || race.lacksProxyFence);
}

TEST_F(Conflicts, WideAccessesAreCheckedWhole) {
  row(warp(0, 0), weak(true), 0, kAll, 16);
  EXPECT_EQ(read(warp(0, 1), 0, 500, 4), 1u);
  EXPECT_EQ(races[0].otherLane, 31u);
  EXPECT_EQ(read(warp(0, 1), 0, 512, 4), 0u);
  row(warp(0, 0), weak(true), 4096, kAll, 64);
  EXPECT_EQ(read(warp(0, 1), 0, 4096 + 31 * 64 + 60, 4), 1u);
}

TEST_F(Conflicts, LanesOfOneStoreToOnePlaceAre) {
  uint64_t addresses[32];
  uint32_t values[32];
  for (unsigned lane = 0; lane < 32; ++lane) {
    addresses[lane] = lane == 31 ? 0 : 4 * lane;
    values[lane] = lane;
  }
  EXPECT_EQ(storeLanes(warp(0, 0), kAll, addresses, values), 1u);
  EXPECT_EQ(races[0].lane, 31u);
  EXPECT_EQ(races[0].otherLane, 0u);
}

TEST_F(Conflicts, LanesOfOneStoreOfOneValueToOnePlaceAreANote) {
  uint64_t addresses[32] = {};
  uint32_t values[32] = {};
  EXPECT_EQ(storeLanes(warp(0, 0), kAll, addresses, values), 0u);
  EXPECT_FALSE(notes.empty());
  values[7] = 1;
  warp(0, 0).warpSync(kAll);
  EXPECT_NE(storeLanes(warp(0, 0), kAll, addresses, values), 0u);
}

TEST_F(Conflicts, LanesOfOneAtomicToOnePlaceAreNone) {
  uint64_t addresses[32] = {};
  EXPECT_EQ(access(warp(0, 0), strong(true), addresses, kAll, 4), 0u);
}

TEST_F(Conflicts, OfTheSameValueAreANote) {
  store(warp(0, 0), 0, 0, 42);
  EXPECT_EQ(store(warp(0, 1), 0, 0, 42), 0u);
  EXPECT_EQ(notes.size(), 1u);
  EXPECT_EQ(store(warp(1, 0), 0, 0, 43), 1u);
}

TEST_F(Conflicts, OfTheSameValueInRowsAreANote) {
  uint64_t addresses[32];
  uint32_t values[32];
  for (unsigned lane = 0; lane < 32; ++lane) {
    addresses[lane] = 4 * lane;
    values[lane] = 100 + lane;
  }
  EXPECT_EQ(storeLanes(warp(0, 0), kAll, addresses, values), 0u);
  EXPECT_EQ(storeLanes(warp(0, 1), kAll, addresses, values), 0u);
  EXPECT_FALSE(notes.empty());
  // One later byte, and lanes out of order.
  EXPECT_EQ(store(warp(1, 0), 9, 4 * 9, 109), 0u);
  EXPECT_EQ(store(warp(1, 1), 9, 4 * 9, 110), 1u);
}

TEST_F(Conflicts, OfAnUnknownValueAreRaces) {
  store(warp(0, 0), 0, 0, 0);
  EXPECT_EQ(write(warp(0, 1), 0, 0), 1u);
  EXPECT_EQ(store(warp(1, 1), 0, 0, 0), 1u);
}

TEST_F(Conflicts, ValuesOfVectorsComeByRows) {
  uint64_t addresses[32] = {};
  uint32_t low[32] = {}, high[32] = {};
  uint64_t both[32] = {};
  low[1] = high[2] = 5;
  both[2] = uint64_t(5) << 32;
  const void *rows[] = {low, high}, *pairs[] = {both};
  WarpAccess vector;
  vector.site = sites.add(weak(true));
  vector.addresses = addresses;
  vector.bytes = 8;
  vector.elementBytes = 4;
  vector.pieces = rows;
  WarpAccess wide = vector;
  wide.pieces = pairs;
  wide.pieceBytes = wide.pieceStride = 8;
  std::vector<bool> same;
  auto sink = [&](const Conflict &conflict) {
    same.push_back(conflict.sameValue);
  };
  vector.lanes = wide.lanes = 1u << 2;
  shadow.access(vector, warp(0, 0), sink);
  shadow.access(wide, warp(0, 1), sink);
  vector.lanes = 1u << 1;
  shadow.access(vector, warp(1, 0), sink);
  EXPECT_EQ(same, (std::vector<bool>{true, false}));
}

/// Some bytes, of which the last one is another where `last` is.
static std::vector<uint8_t> makeBytes(size_t size, uint8_t last = 0) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i)
    bytes[i] = uint8_t(7 * i);
  bytes.back() += last;
  return bytes;
}

TEST_F(Conflicts, OfTheSameBytesByBulkCopiesAreANote) {
  // Whole blocks, whole units, and parts of one.
  for (auto [base, size] : {std::pair(0u, 1024u), {4096u, 48u}, {8200u, 5u}}) {
    EXPECT_EQ(asyncStore(warp(0, 0).issue(1), base, makeBytes(size)), 0u);
    EXPECT_TRUE(notes.empty());
    EXPECT_EQ(asyncStore(warp(0, 0).issue(2), base, makeBytes(size)), 0u);
    ASSERT_EQ(notes.size(), 1u) << "one for an operation, not for each unit";
    EXPECT_TRUE(notes[0].sameValue);
    EXPECT_EQ(notes[0].address, base);
    EXPECT_EQ(asyncStore(warp(0, 1).issue(1), base, makeBytes(size, 1)), 1u);
    EXPECT_EQ(races[0].address / 16, (base + size - 1) / 16);
  }
}

TEST_F(Conflicts, OfTheSameBytesAreToldWhereCopiesMeetByHalves) {
  auto bytes = makeBytes(512);
  EXPECT_EQ(asyncStore(warp(0, 0).issue(1), 0, bytes), 0u);
  EXPECT_EQ(asyncStore(warp(0, 1).issue(1), 200,
                       llvm::ArrayRef(bytes).slice(200, 300)),
            0u);
  EXPECT_EQ(notes.size(), 1u);
  EXPECT_NE(asyncStore(warp(1, 1).issue(1), 199,
                       llvm::ArrayRef(bytes).slice(200, 300)),
            0u);
}

TEST_F(Conflicts, OfOtherBytesByCopiesInOrderAreNone) {
  AsyncOp first = warp(0, 0).issue(1);
  asyncStore(first, 0, makeBytes(256));
  warp(0, 1).observe(1, first, /*own=*/false);
  EXPECT_EQ(asyncStore(warp(0, 1).issue(1), 0, makeBytes(256, 1)), 0u);
  EXPECT_TRUE(notes.empty());
  // The value that counts is the latest.
  EXPECT_NE(asyncStore(warp(1, 0).issue(1), 0, makeBytes(256)), 0u);
}

TEST_F(Conflicts, OfBytesThatOneCopyDoesNotTellAreRaces) {
  asyncRange(warp(0, 0).issue(1), asyncProxy(true), 0, 128);
  EXPECT_NE(asyncStore(warp(0, 1).issue(1), 0, makeBytes(128)), 0u);
  EXPECT_NE(asyncRange(warp(1, 0).issue(1), asyncProxy(true), 0, 128), 0u);
}

TEST_F(Conflicts, OfTheSameValueThroughTwoProxiesAreRaces) {
  std::vector<uint8_t> zeros(16);
  for (uint64_t at = 0; at < 16; at += 4)
    store(warp(0, 0), 0, at, 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_NE(asyncStore(warp(0, 1).issue(1), 0, zeros), 0u);
  EXPECT_TRUE(races[0].lacksProxyFence);
  EXPECT_NE(store(warp(1, 1), 0, 0, 0), 0u);
}

using Constants = Lab;

TEST_F(Constants, MustNotBeWrittenLaterEvenInOrder) {
  one(warp(0, 0), 3, readOnly(), 64);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(write(warp(0, 1), 9, 64), 1u);
  EXPECT_TRUE(races[0].isReadOnly && races[0].isWrite);
  EXPECT_EQ(races[0].otherLane, 3u);
  EXPECT_EQ(races[0].lane, 9u);
}

TEST_F(Constants, MustNotHaveBeenWrittenEvenByTheThreadItself) {
  write(warp(0, 0), 3, 64);
  EXPECT_EQ(one(warp(0, 0), 3, readOnly(), 64), 1u);
  EXPECT_TRUE(races[0].isReadOnly && races[0].otherIsWrite);
}

TEST_F(Constants, ThatAreWrittenWithoutOrderAreRacesToo) {
  write(warp(0, 0), 3, 64);
  EXPECT_EQ(one(warp(1, 0), 3, readOnly(), 64), 2u);
  EXPECT_NE(races[0].isReadOnly, races[1].isReadOnly);
}

TEST_F(Constants, AreReadAsOftenAsOneLikes) {
  for (unsigned i = 0; i < 8; ++i)
    for (unsigned turn = 0; turn < 3; ++turn) {
      EXPECT_EQ(row(*warps[i], readOnly(), 0), 0u);
      EXPECT_EQ(readRow(*warps[i], 0), 0u);
    }
  write(warp(0, 0), 0, 128);
  EXPECT_EQ(row(warp(0, 0), readOnly(), 0), 0u) << "its neighbour";
}

TEST_F(Constants, AreNotForgottenForOtherReads) {
  // The same lanes and others, before and after; and a crowd.
  row(warp(0, 0), readOnly(), 0);
  for (unsigned turn = 0; turn < 4; ++turn)
    for (unsigned i = 0; i < 2; ++i) {
      readRow(warp(0, i), 0);
      barrier({&warp(0, 0), &warp(0, 1)});
    }
  EXPECT_EQ(write(warp(0, 0), 0, 0), 1u);
  EXPECT_TRUE(races[0].isReadOnly);
}

TEST_F(CrowdedConflicts, AConstantIsNotForgotten) {
  one(warp(7, 0), 5, readOnly(), 0);
  for (unsigned turn = 0; turn < 3; ++turn)
    for (unsigned cta = 0; cta < 63; ++cta)
      read(warp(cta, 0), 5, 0);
  EXPECT_EQ(write(gather(63), 0, 0), 1u);
  EXPECT_TRUE(races[0].isReadOnly);
  EXPECT_EQ(races[0].otherCta, 7u);
}

TEST_F(Constants, MustNotBeWrittenByAtomics) {
  one(warp(0, 0), 0, readOnly(), 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(one(warp(0, 1), 0, strong(true), 0), 1u);
  EXPECT_TRUE(races[0].isReadOnly);
  for (unsigned i = 0; i < 8; ++i)
    one(*warps[i], 0, strong(true), 64);
  one(warp(0, 0), 0, readOnly(), 64);
  EXPECT_TRUE(std::ranges::any_of(races, &Conflict::isReadOnly));
}

TEST_F(Constants, MustNotBeWrittenByCopies) {
  row(warp(0, 0), readOnly(), 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  warp(0, 1).fenceProxyAsync(kAll);
  AsyncOp copy = warp(0, 1).issue(1);
  EXPECT_EQ(asyncRange(copy, asyncProxy(true), 0, 128), 1u);
  EXPECT_TRUE(races[0].isReadOnly);
  // And by blocks before.
  EXPECT_EQ(asyncRange(copy, asyncProxy(true), 4096, 512), 0u);
  warp(0, 0).observe(kAll, copy, /*own=*/false);
  EXPECT_EQ(one(warp(0, 0), 0, readOnly(), 4096 + 300), 1u);
  EXPECT_TRUE(races[0].isReadOnly && races[0].otherIsAsync);
}

TEST_F(Constants, AreBytes) {
  one(warp(0, 0), 0, readOnly(), 8, 4);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(write(warp(0, 1), 0, 4, 4), 0u);
  EXPECT_EQ(write(warp(0, 1), 0, 12, 4), 0u);
  EXPECT_EQ(write(warp(0, 1), 0, 11, 1), 1u);
  EXPECT_EQ(races[0].address, 11u);
}

TEST_F(Conflicts, OfWeakAndAtomicAre) {
  one(warp(0, 0), 0, strong(true), 0);
  EXPECT_EQ(read(warp(0, 1), 0, 0), 1u);
  write(warp(0, 0), 0, 64);
  EXPECT_EQ(one(warp(0, 1), 0, strong(true), 64), 1u);
}

TEST_F(Conflicts, OfAtomicsAreNone) {
  one(warp(0, 0), 0, strong(true), 0);
  EXPECT_EQ(one(warp(0, 1), 0, strong(true), 0), 0u);
  EXPECT_EQ(one(warp(3, 1), 9, strong(true), 0), 0u);
  EXPECT_EQ(one(warp(2, 1), 9, strong(false), 0), 0u);
}

TEST_F(Conflicts, OfVolatilesAreNone) {
  one(warp(0, 0), 0, strong(true, SyncScope::Sys), 0);
  EXPECT_EQ(one(warp(3, 1), 0, strong(false, SyncScope::Sys), 0), 0u);
}

TEST_F(Conflicts, OfCtaScopeAcrossCtasAre) {
  one(warp(0, 0), 0, strong(true, SyncScope::Cta), 0);
  EXPECT_EQ(one(warp(0, 1), 0, strong(true, SyncScope::Cta), 0), 0u);
  EXPECT_NE(one(warp(1, 0), 0, strong(true, SyncScope::Gpu), 0), 0u);
}

TEST_F(Conflicts, BothScopesCount) {
  one(warp(0, 0), 0, strong(true, SyncScope::Gpu), 0);
  EXPECT_EQ(one(warp(1, 0), 0, strong(true, SyncScope::Cta), 0), 1u);
}

TEST_F(Conflicts, OfClusterScopeAreBetweenClusters) {
  one(warp(0, 0), 0, strong(true, SyncScope::Cluster), 0);
  EXPECT_EQ(one(warp(1, 0), 0, strong(true, SyncScope::Cluster), 0), 0u);
  EXPECT_NE(one(warp(2, 0), 0, strong(true, SyncScope::Cluster), 0), 0u);
}

TEST_F(Conflicts, OfStrongOnesOfDifferentSizeAre) {
  one(warp(0, 0), 0, strong(true), 0, 8);
  EXPECT_EQ(one(warp(0, 1), 0, strong(true), 4, 4), 1u);
}

TEST_F(Conflicts, OfStrongOnesOfDifferentSizeInOrderAreNone) {
  one(warp(0, 0), 0, strong(true), 0, 8);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(one(warp(0, 1), 0, strong(true), 4, 4), 0u);
}

TEST_F(Conflicts, OfStrongVectorsAreByElement) {
  WarpAccess access;
  access.site = sites.add(strong(true));
  access.lanes = 1;
  uint64_t addresses[32] = {};
  access.addresses = addresses;
  access.bytes = 16;
  access.elementBytes = 4;
  shadow.access(access, warp(0, 0), [](const Conflict &) { FAIL(); });
  EXPECT_EQ(one(warp(0, 1), 0, strong(true), 8, 4), 0u);
  EXPECT_NE(one(warp(1, 1), 0, strong(true), 8, 8), 0u);
}

TEST_F(Conflicts, OfAWeakWriteBeforeAtomicsAreNotForgotten) {
  // Warp 1 is ordered behind the first store, warp 0 of CTA 1 behind nothing;
  // the atomic between does not hide that.
  write(warp(0, 0), 0, 0);
  barrier({&warp(0, 0), &warp(0, 1)});
  EXPECT_EQ(one(warp(0, 1), 0, strong(true), 0), 0u);
  EXPECT_EQ(one(warp(1, 0), 0, strong(true), 0), 1u);
}

TEST_F(Conflicts, OfAllUnorderedAtomicsCount) {
  for (unsigned i = 0; i < 8; ++i)
    for (unsigned lane = 0; lane < 32; ++lane)
      EXPECT_EQ(one(*warps[i], lane, strong(true), 0), 0u);
  barrier({&warp(0, 0), &warp(0, 1)});
  // Ordered behind those of its CTA; each other warp is told once.
  EXPECT_EQ(read(warp(0, 0), 0, 0), 6u);
}

TEST_F(Conflicts, EndWhereMemoryIsFreed) {
  for (unsigned i = 0; i < 4; ++i)
    writeRow(*warps[i], 4096 - 64);
  shadow.clear(4096 - 64, 128);
  EXPECT_EQ(readRow(warp(3, 0), 4096 - 64), 0u);
  writeRow(warp(0, 0), 0);
  writeRow(warp(0, 0), 1 << 20);
  shadow.clear();
  EXPECT_EQ(readRow(warp(3, 0), 0), 0u);
  EXPECT_EQ(readRow(warp(3, 0), 1 << 20), 0u);
}

TEST_F(Conflicts, AreFoundOnceAndNotByEverybodyAfterwards) {
  writeRow(warp(0, 0), 0);
  EXPECT_NE(writeRow(warp(0, 1), 0), 0u);
  barrier({&warp(0, 1)});
  EXPECT_EQ(writeRow(warp(0, 1), 0), 0u);
}

TEST_F(Conflicts, SitesAreKnownByWhatTheyAre) {
  AccessSite site = weak(true);
  SiteId id = sites.add(site);
  EXPECT_EQ(sites.add(site), id);
  site.instruction = &instructions[0];
  EXPECT_NE(sites.add(site), id);
  site.isStrong = true;
  EXPECT_EQ(sites.get(sites.add(site)), site);
}

TEST_F(Conflicts, AreCheckedFromManyHostThreads) {
  // Each CTA's warp on a thread of its own, on the same pages.
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<unsigned> found{0};
  SiteId write = sites.add(weak(true)), add = sites.add(strong(true));
  for (unsigned cta = 0; cta < 4; ++cta)
    threads.emplace_back([&, cta] {
      uint64_t addresses[32];
      WarpAccess access;
      access.lanes = kAll;
      access.addresses = addresses;
      auto sink = [&](const Conflict &) { ++found; };
      for (unsigned i = 0; i < 2000; ++i) {
        for (unsigned lane = 0; lane < 32; ++lane)
          addresses[lane] = (i % 16) * 512 + cta * 128 + lane * 4;
        access.site = write;
        shadow.access(access, warp(cta, 0), sink);
        for (unsigned lane = 0; lane < 32; ++lane)
          addresses[lane] = 65536 + (i + lane) % 64 * 4;
        access.site = add;
        shadow.access(access, warp(cta, 0), sink);
        auto sync = table.lock(1 << 20, 4);
        sync.write(warp(cta, 0), 0, SyncScope::Gpu, true, true);
        sync.read(warp(cta, 0), 0, SyncScope::Gpu, true);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(found, 0u);
}

} // namespace
