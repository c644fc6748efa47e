//===- Bench.cpp - times of the race checker's paths ----------------------===//

#include "lib/Simulator/Check/Shadow.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <ctime>

using namespace llvm;
using namespace sluice::sim;

namespace {

/// One CTA of `numWarps` full warps, 64 KB of shared memory.
struct Bench {
  explicit Bench(unsigned numWarps) {
    for (unsigned i = 0; i < numWarps; ++i) {
      WarpPlace place;
      place.warp = i;
      place.ctaThreads = 32 * numWarps;
      warps.push_back(std::make_unique<WarpClocks>(place));
      all.push_back({warps.back().get(), ~0u});
    }
    AccessSite site;
    read = sites.add(site);
    site.isWrite = true;
    write = sites.add(site);
    site.isStrong = true;
    atomic = sites.add(site);
    site.isStrong = site.isWrite = false;
    site.isAsyncProxy = true;
    asyncRead = sites.add(site);
  }

  void access(SiteId site, WarpClocks &warp, uint64_t base, uint32_t stride,
              uint32_t bytes) {
    // Made once: computing them is not what is measured.
    std::unique_ptr<uint64_t[]> &lanes =
        addresses[base / 128 * 8 + Log2_32(stride + 1)];
    if (!lanes) {
      lanes = std::make_unique<uint64_t[]>(32);
      for (unsigned lane = 0; lane < 32; ++lane)
        lanes[lane] = base + uint64_t(lane) * stride;
    }
    WarpAccess access;
    access.site = site;
    access.lanes = ~0u;
    access.addresses = lanes.get();
    access.bytes = bytes;
    shadow.access(access, warp, [&](const Conflict &) { ++conflicts; });
  }

  AccessSites sites;
  Shadow shadow;
  SyncTable table;
  std::vector<std::unique_ptr<WarpClocks>> warps;
  std::vector<Participant> all;
  SiteId read, write, atomic, asyncRead;
  std::unique_ptr<uint64_t[]> addresses[4096];
  uint64_t conflicts = 0;
};

/// Of this thread alone: the machine may be shared.
double getNanoseconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) * 1e9 + double(time.tv_nsec);
}

/// The best of nine, of one of `count` calls.
void measure(StringRef name, unsigned count, function_ref<void(unsigned)> run) {
  double best = 1e30;
  for (unsigned repeat = 0; repeat < 9; ++repeat) {
    double start = getNanoseconds();
    for (unsigned i = 0; i < count; ++i)
      run(i);
    best = std::min(best, (getNanoseconds() - start) / count);
  }
  outs() << format("%9.1f ns  ", best) << name << "\n";
  outs().flush();
}

} // namespace

int main() {
  constexpr unsigned kCount = 100'000;
  uint64_t conflicts = 0;
  {
    Bench b(8);
    auto tile = [&](SiteId site, uint32_t stride, uint32_t bytes, bool isOwn) {
      return [&, site, stride, bytes, isOwn](unsigned i) {
        // Each warp has its own tile, and takes another one after a barrier.
        unsigned warp = i % 8, step = isOwn ? 0 : i / 64;
        if (!isOwn && i % 64 == 0)
          barrierJoin(b.all);
        b.access(site, *b.warps[warp],
                 ((warp + step) % 8) * 8192 + (i / 8 % 8) * 512, stride, bytes);
      };
    };
    measure("write 32 x 4 bytes, own", kCount, tile(b.write, 4, 4, true));
    measure("read 32 x 4 bytes, own", kCount, tile(b.read, 4, 4, true));
    measure("write 32 x 4 bytes, of another warp before a barrier", kCount,
            tile(b.write, 4, 4, false));
    measure("read 32 x 4 bytes, of another warp before a barrier", kCount,
            tile(b.read, 4, 4, false));
    measure("write 32 x 16 bytes, of another warp", kCount,
            tile(b.write, 16, 16, false));
    measure("read 32 x 16 bytes, of another warp", kCount,
            tile(b.read, 16, 16, false));
    measure("write 32 x 2 bytes, of another warp", kCount,
            tile(b.write, 2, 2, false));
    measure("read one word, of another warp", kCount,
            tile(b.read, 0, 4, false));
    barrierJoin(b.all);
    measure("read 32 x 4 bytes 132 apart, of another warp", kCount,
            tile(b.read, 132, 4, false));
    measure("write 32 x 4 bytes 132 apart, of another warp", kCount,
            tile(b.write, 132, 4, false));
    barrierJoin(b.all);
    measure("all warps read 32 x 16 bytes", kCount, [&](unsigned i) {
      b.access(b.read, *b.warps[i % 8], i / 8 % 64 * 512, 16, 16);
    });
    barrierJoin(b.all);
    measure("atomics of 8 warps on 32 words", kCount,
            [&](unsigned i) { b.access(b.atomic, *b.warps[i % 8], 0, 4, 4); });
    measure("atomics of 8 warps on one word", kCount, [&](unsigned i) {
      b.access(b.atomic, *b.warps[i % 8], 4096, 0, 4);
    });
    conflicts += b.conflicts;
  }
  {
    Bench b(32);
    measure("barrier of 32 warps", kCount / 10,
            [&](unsigned i) { barrierJoin(b.all); });
    measure("barrier of 32 warps, each with an access", kCount / 10,
            [&](unsigned i) {
              for (unsigned w = 0; w < 32; ++w)
                b.access(b.write, *b.warps[w], w * 128, 4, 4);
              barrierJoin(b.all);
            });
    measure("warp sync, nothing accessed", kCount,
            [&](unsigned i) { b.warps[0]->warpSync(~0u); });
    measure("write 32 x 4 bytes and warp sync", kCount, [&](unsigned i) {
      b.access(b.write, *b.warps[0], 0, 4, 4);
      b.warps[0]->warpSync(~0u);
    });
    measure("write, warp syncs of both halves", kCount, [&](unsigned i) {
      b.access(b.write, *b.warps[0], 0, 4, 4);
      b.warps[0]->warpSync(0xffff);
      b.warps[0]->warpSync(0xffff0000);
    });
    barrierJoin(b.all);
    measure("write, release by lane 0, acquire by another, warp sync", kCount,
            [&](unsigned i) {
              WarpClocks &from = *b.warps[i % 2], &to = *b.warps[1 - i % 2];
              b.access(b.write, from, 0, 4, 4);
              from.warpSync(~0u);
              auto sync = b.table.lock(8192, 4);
              sync.write(from, 0, SyncScope::Cta, true, false);
              sync.read(to, 0, SyncScope::Cta, true);
              to.warpSync(~0u);
            });
    barrierJoin(b.all);
    MbarrierClock mbarrier;
    measure("mbarrier: 32 lanes arrive, 32 wait", kCount, [&](unsigned i) {
      WarpClocks &from = *b.warps[i % 2], &to = *b.warps[1 - i % 2];
      b.access(b.write, from, 0, 4, 4);
      mbarrier.arrive(from, ~0u, SyncScope::Cta);
      mbarrier.completePhase();
      mbarrier.wait(to, ~0u, SyncScope::Cta);
    });
    barrierJoin(b.all);
    AsyncQueue queue(*b.warps[0]);
    uint64_t addresses[32];
    for (unsigned lane = 0; lane < 32; ++lane)
      addresses[lane] = 16384 + lane * 16;
    measure("cp.async 32 x 16 bytes, commit, wait", kCount, [&](unsigned i) {
      AsyncOp operation = queue.issue(*b.warps[0], ~0u);
      WarpAccess access;
      access.site = b.write;
      access.lanes = ~0u;
      access.addresses = addresses;
      access.bytes = 16;
      b.shadow.access(access, operation,
                      [&](const Conflict &) { ++b.conflicts; });
      queue.commit(*b.warps[0], ~0u);
      queue.wait(*b.warps[0], ~0u, 0);
      b.warps[0]->warpSync(~0u);
    });
    barrierJoin(b.all);
    AsyncQueue wgmma(*b.warps[0], true);
    measure("wgmma of one warp: reads of 8 KB", kCount / 10, [&](unsigned i) {
      AsyncOp operation = wgmma.issue(*b.warps[0], ~0u);
      b.shadow.accessRange(b.asyncRead, 32768, 8192, operation,
                           [&](const Conflict &) { ++b.conflicts; });
      wgmma.commit(*b.warps[0], ~0u);
      wgmma.wait(*b.warps[0], ~0u, 1);
    });
    measure("wgmma of four warps: each reads the same 8 KB", kCount / 40,
            [&](unsigned i) {
              for (unsigned w = 0; w < 4; ++w) {
                AsyncOp operation = wgmma.issue(*b.warps[w], ~0u);
                b.shadow.accessRange(b.asyncRead, 40960, 8192, operation,
                                     [&](const Conflict &) { ++b.conflicts; });
              }
              for (unsigned w = 0; w < 4; ++w)
                wgmma.commit(*b.warps[w], ~0u);
              for (unsigned w = 0; w < 4; ++w)
                wgmma.wait(*b.warps[w], ~0u, 1);
            });
    measure("TMA: issue, complete, wait", kCount, [&](unsigned i) {
      AsyncOp operation = b.warps[0]->issue(1);
      mbarrier.complete(operation);
      mbarrier.completePhase();
      mbarrier.wait(*b.warps[0], ~0u, SyncScope::Cta);
    });
    conflicts += b.conflicts;
  }
  if (conflicts)
    outs() << conflicts << " conflicts: the numbers mean nothing\n";
  return conflicts != 0;
}
