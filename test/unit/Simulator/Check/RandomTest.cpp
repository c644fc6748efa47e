//===- RandomTest.cpp - random programs against a dense model -------------===//
//
// The model keeps a vector clock of all threads for each thread and every
// access there ever was, and compares each new access with all of them. Both
// must object at the same instruction; then both forget the memory and go on.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Check/Shadow.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>

using namespace sluice::sim;

namespace {

constexpr unsigned kCtas = 4, kWarps = 2, kLanes = 3, kClusterSize = 2;
constexpr unsigned kThreads = kCtas * kWarps * kLanes;
constexpr Mask kExisting = (1 << kLanes) - 1;
constexpr uint64_t kFlags = 4096;
/// What only mbarriers pass on.
constexpr uint64_t kPassed = 1 << 20;

using Vector = std::vector<uint32_t>;

void joinInto(Vector &to, const Vector &from) {
  if (to.size() < from.size())
    to.resize(from.size());
  for (size_t i = 0; i < from.size(); ++i)
    to[i] = std::max(to[i], from[i]);
}

uint32_t at(const Vector &vector, unsigned thread) {
  return thread < vector.size() ? vector[thread] : 0;
}

struct Known {
  Vector seen, fenced, assumed, assumedFenced;
  void join(const Known &other) {
    joinInto(seen, other.seen);
    joinInto(fenced, other.fenced);
    joinInto(assumed, other.assumed);
    joinInto(assumedFenced, other.assumedFenced);
  }
  void assume(const Known &other) {
    joinInto(assumed, other.seen);
    joinInto(assumed, other.assumed);
    joinInto(assumedFenced, other.fenced);
    joinInto(assumedFenced, other.assumedFenced);
  }
  void fence() {
    fenced = seen;
    assumedFenced = assumed;
  }
  uint32_t get(unsigned thread, bool isFenced, bool isAssumed) const {
    uint32_t known = at(isFenced ? fenced : seen, thread);
    return isAssumed
               ? std::max(known, at(isFenced ? assumedFenced : assumed, thread))
               : known;
  }
};

/// What is found at an instruction.
struct Verdict {
  bool races = false, isReadOnly = false, lacksFence = false,
       lacksScope = false;

  /// A checker tells of fence and scope only where nothing races.
  bool operator==(const Verdict &other) const {
    return races == other.races && isReadOnly == other.isReadOnly &&
           (races ||
            (lacksFence == other.lacksFence && lacksScope == other.lacksScope));
  }
  void operator|=(const Verdict &other) {
    races |= other.races;
    isReadOnly |= other.isReadOnly;
    lacksFence |= other.lacksFence;
    lacksScope |= other.lacksScope;
  }
  void add(const Conflict &conflict) {
    if (conflict.isReadOnly)
      isReadOnly = true;
    else if (conflict.lacksScope)
      lacksScope = true;
    else if (conflict.lacksProxyFence && !conflict.otherIsWrite)
      lacksFence = true;
    else
      races = true;
  }
  bool isClean() const {
    return !races && !isReadOnly && !lacksFence && !lacksScope;
  }
};

/// The dense model.
struct Model {
  struct Past {
    unsigned thread, cta;
    uint32_t clock;
    uint64_t address;
    uint32_t bytes;
    AccessSite site;
  };
  struct Release {
    unsigned cta;
    SyncScope scope;
    Known known;
  };
  struct Deferred {
    SyncScope need;
    Known known;
  };

  std::vector<Past> past;
  /// By thread; asynchronous operations are appended.
  std::vector<Known> threads = std::vector<Known>(kThreads);
  std::map<uint64_t, std::vector<Release>> releases;
  std::vector<std::map<SyncScope, Known>> fences =
      std::vector<std::map<SyncScope, Known>>(kThreads);
  std::vector<std::vector<Deferred>> deferred =
      std::vector<std::vector<Deferred>>(kThreads);

  static unsigned cta(unsigned thread) { return thread / (kWarps * kLanes); }

  static SyncScope getNeed(unsigned a, unsigned b) {
    if (a == b)
      return SyncScope::Cta;
    return a / kClusterSize == b / kClusterSize ? SyncScope::Cluster
                                                : SyncScope::Gpu;
  }

  Verdict access(unsigned thread, unsigned inCta, uint64_t address,
                 uint32_t bytes, const AccessSite &site) {
    Known &known = threads[thread];
    Verdict verdict;
    for (const Past &old : past) {
      if (old.address + old.bytes <= address ||
          address + bytes <= old.address || !(old.site.isWrite || site.isWrite))
        continue;
      verdict.isReadOnly |= old.site.isReadOnly || site.isReadOnly;
      SyncScope need = getNeed(old.cta, inCta);
      if (old.site.isStrong && site.isStrong && old.address == address &&
          old.bytes == bytes && need <= old.site.scope && need <= site.scope)
        continue;
      if (old.thread == thread && thread >= kThreads)
        continue;
      bool fenced = site.isAsyncProxy && !old.site.isAsyncProxy;
      auto knows = [&](bool isFenced, bool isAssumed) {
        return known.get(old.thread, isFenced, isAssumed) >= old.clock;
      };
      if (knows(fenced, false))
        continue;
      if (knows(fenced, true))
        verdict.lacksScope = true;
      else if (!old.site.isWrite && knows(false, true))
        verdict.lacksFence = true;
      else
        verdict.races = true;
    }
    known.seen.resize(std::max<size_t>(known.seen.size(), thread + 1));
    past.push_back({thread, inCta, ++known.seen[thread], address, bytes, site});
    return verdict;
  }

  unsigned makeAsync(const Known &known) {
    threads.push_back(known);
    return threads.size() - 1;
  }

  void release(unsigned thread, uint64_t address, SyncScope scope,
               bool isRelease, bool isReadModifyWrite) {
    if (!isReadModifyWrite)
      releases[address].clear();
    if (isRelease)
      releases[address].push_back({cta(thread), scope, threads[thread]});
    else
      for (const auto &[fence, known] : fences[thread])
        releases[address].push_back(
            {cta(thread), std::min(fence, scope), known});
  }
  void acquire(unsigned thread, uint64_t address, SyncScope scope,
               bool isAcquire) {
    for (const Release &release : releases[address]) {
      SyncScope need = getNeed(release.cta, cta(thread));
      if (need > release.scope || need > scope)
        continue;
      if (isAcquire)
        threads[thread].join(release.known);
      else
        deferred[thread].push_back({need, release.known});
    }
  }
  void fence(unsigned thread, SyncScope scope) {
    for (const Deferred &read : deferred[thread])
      if (read.need <= scope)
        threads[thread].join(read.known);
    fences[thread][scope] = threads[thread];
  }
};

class Program {
public:
  explicit Program(unsigned seed) : random(seed) {
    // From a crowd to programs whose accesses are long remembered; and tiles,
    // some of them across pages.
    numBytes = seed % 3 == 2 ? 4096 : seed % 2 ? 48 : 512;
    begin = seed % 4 ? 0 : (1 << 16) - 2048;
    blockBytes = 128u << seed % 4;
    shadow = std::make_unique<Shadow>(blockBytes);
    writesOneIn = 2 + seed % 7;
    hasReadOnly = seed % 5 < 2;
    // Where everything races it is not seen what else there is.
    isOrderly = seed % 10 < 4;
    numKinds = 24 + 2 * (seed % 5);
    for (unsigned i = 0; i < kCtas * kWarps; ++i) {
      WarpPlace place;
      place.cta = i / kWarps;
      place.warp = i % kWarps;
      place.lanes = kExisting;
      place.ctaThreads = kWarps * kLanes;
      place.clusterSize = kClusterSize;
      warps.push_back(std::make_unique<WarpClocks>(place));
      queues.push_back(std::make_unique<AsyncQueue>(*warps.back()));
      collective.push_back(
          i % kWarps ? nullptr
                     : std::make_unique<AsyncQueue>(*warps.back(), true));
    }
  }

  /// Of each outcome of an access, how many.
  unsigned numRaces = 0, numClean = 0, numReadOnly = 0, numUnfenced = 0,
           numUnscoped = 0;

  bool step() {
    unsigned w = pick(warps.size());
    if (isOrderly && pick(8))
      meetAll();
    switch (pick(numKinds)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return accessWeakly(w);
    case 6:
    case 7:
      return accessStrongly(w);
    case 8:
    case 9:
    case 10:
      synchronize(w);
      break;
    case 11: {
      Mask lanes = pickLanes();
      SyncScope scope = pickScope();
      warps[w]->fence(lanes, scope);
      forLanes(lanes, [&](unsigned l) { model.fence(id(w, l), scope); });
      break;
    }
    default: {
      Mask lanes = pick(2) ? kExisting : pickLanes();
      warps[w]->warpSync(lanes);
      Known all;
      forLanes(lanes, [&](unsigned l) { all.join(thread(w, l)); });
      forLanes(lanes, [&](unsigned l) { thread(w, l).join(all); });
      break;
    }
    case 14:
    case 15:
    case 26:
    case 27:
      return barrier();
    case 16: {
      Mask lanes = pick(2) ? kExisting : pickLanes();
      warps[w]->fenceProxyAsync(lanes);
      forLanes(lanes, [&](unsigned l) { thread(w, l).fence(); });
      break;
    }
    case 17:
      return arriveAndWait(w);
    case 18:
      return issueToQueue(w);
    case 19:
      waitForQueue(w);
      break;
    case 20:
      return issue(w);
    case 21:
      observe(w);
      break;
    case 22:
      return issueTogether(w);
    case 24:
    case 28:
    case 29:
      return issueRange(w);
    case 25:
      return issueGranules(w);
    case 30:
      return accessRange(w);
    case 23:
      waitTogether(w);
      break;
    }
    return true;
  }

private:
  unsigned pick(unsigned count) { return random() % count; }
  Mask pickLanes() { return 1 + pick(kExisting); }
  SyncScope pickScope() { return SyncScope(pick(4)); }
  static unsigned id(unsigned w, unsigned lane) { return w * kLanes + lane; }
  Known &thread(unsigned w, unsigned lane) {
    return model.threads[id(w, lane)];
  }
  static void forLanes(Mask lanes, llvm::function_ref<void(unsigned)> run) {
    for (; lanes; lanes &= lanes - 1)
      run(llvm::countr_zero(lanes));
  }

  /// Compares what both say of an instruction.
  bool agree(const Verdict &found, const Verdict &expected) {
    ++(expected.races        ? numRaces
       : expected.isReadOnly ? numReadOnly
       : expected.lacksFence ? numUnfenced
       : expected.lacksScope ? numUnscoped
                             : numClean);
    if (!(found == expected))
      return false;
    if (!found.isClean()) {
      shadow->clear();
      model.past.clear();
    }
    return true;
  }

  /// An instruction of lanes, by `actor` as `threads`.
  template <typename Actor>
  bool run(Actor &actor, const AccessSite &site, Mask lanes,
           const uint64_t *addresses, uint32_t bytes, unsigned cta,
           llvm::function_ref<unsigned(unsigned)> thread) {
    WarpAccess access;
    access.site = sites.add(site);
    access.lanes = lanes;
    access.addresses = addresses;
    access.bytes = bytes;
    Verdict found, expected;
    shadow->access(access, actor,
                   [&](const Conflict &conflict) { found.add(conflict); });
    forLanes(lanes, [&](unsigned l) {
      expected |= model.access(thread(l), cta, addresses[l], bytes, site);
    });
    return agree(found, expected);
  }

  uint32_t pickAddresses(uint64_t *addresses) {
    uint32_t bytes = 1u << pick(5);
    uint64_t base = begin + pick(numBytes / bytes) * bytes;
    unsigned how = pick(3);
    for (unsigned l = 0; l < 32; ++l)
      addresses[l] = how == 0   ? base + l * bytes
                     : how == 1 ? base
                                : begin + pick(numBytes / bytes) * bytes;
    return bytes;
  }

  bool accessWeakly(unsigned w) {
    uint64_t addresses[32];
    uint32_t bytes = pickAddresses(addresses);
    AccessSite site;
    site.isWrite = pick(writesOneIn) == 0;
    site.isReadOnly = !site.isWrite && hasReadOnly && pick(4) == 0;
    return run(*warps[w], site, pickLanes(), addresses, bytes, w / kWarps,
               [&](unsigned l) { return id(w, l); });
  }

  bool accessStrongly(unsigned w) {
    uint64_t addresses[32];
    uint32_t bytes = pickAddresses(addresses);
    if (pick(2))
      for (uint64_t &address : addresses) {
        bytes = 4;
        address = begin + address % 2 * 4;
      }
    AccessSite site;
    site.isWrite = pick(2);
    site.isStrong = true;
    site.scope = pick(2) ? SyncScope::Gpu : pickScope();
    return run(*warps[w], site, pickLanes(), addresses, bytes, w / kWarps,
               [&](unsigned l) { return id(w, l); });
  }

  void synchronize(unsigned w) {
    unsigned lane = pick(kLanes);
    uint64_t flag = kFlags + 4 * pick(2);
    SyncScope scope = pickScope();
    bool isAcquire = pick(2), isRelease = pick(2);
    unsigned what = pick(3);
    auto sync = table.lock(flag, 4);
    if (what != 1) {
      sync.read(*warps[w], lane, scope, isAcquire);
      model.acquire(id(w, lane), flag, scope, isAcquire);
    }
    if (what != 0) {
      sync.write(*warps[w], lane, scope, isRelease, what == 2);
      model.release(id(w, lane), flag, scope, isRelease, what == 2);
    }
  }

  bool barrier() {
    unsigned cta = pick(kCtas);
    // All of a CTA, all of a cluster, or some.
    unsigned kind = pick(4);
    unsigned first = kind == 1 ? cta / 2 * 2 * kWarps : cta * kWarps;
    unsigned count = kind == 1 ? 2 * kWarps : kWarps;
    bool mayArrive = pick(2);
    BarrierClock barrier;
    Known all;
    std::vector<Mask> lanes(count), waiting(count);
    // Of a CTA's barrier some come twice, with something in between.
    for (unsigned i = 0; i < count && kind != 1 && pick(2); ++i) {
      Mask early = pickLanes();
      barrier.arrive(*warps[first + i], early, false);
      forLanes(early, [&](unsigned l) { all.join(thread(first + i, l)); });
      if (pick(2) && !accessWeakly(first + i))
        return false;
    }
    for (unsigned i = 0; i < count; ++i) {
      lanes[i] = kind < 2 ? kExisting : pickLanes();
      waiting[i] = mayArrive ? lanes[i] & random() : lanes[i];
      barrier.arrive(*warps[first + i], waiting[i], true);
      barrier.arrive(*warps[first + i], lanes[i] & ~waiting[i], false);
      forLanes(lanes[i], [&](unsigned l) { all.join(thread(first + i, l)); });
    }
    BarrierClock::Result result = barrier.complete();
    for (unsigned i = 0; i < count; ++i) {
      // Of a cluster's barrier who arrived may wait later, here at once.
      if (kind == 1)
        waiting[i] |= lanes[i] & random();
      result.receive(*warps[first + i], waiting[i]);
      forLanes(waiting[i], [&](unsigned l) { thread(first + i, l).join(all); });
    }
    return true;
  }

  /// All threads, and most operations have completed.
  void meetAll() {
    for (unsigned left = pick(8) ? flying.size() : 0; left; --left)
      observe(pick(warps.size()));
    BarrierClock barrier;
    Known all;
    for (unsigned w = 0; w < warps.size(); ++w) {
      barrier.arrive(*warps[w], kExisting, true);
      forLanes(kExisting, [&](unsigned l) { all.join(thread(w, l)); });
    }
    BarrierClock::Result result = barrier.complete();
    for (unsigned w = 0; w < warps.size(); ++w) {
      result.receive(*warps[w], kExisting);
      forLanes(kExisting, [&](unsigned l) { thread(w, l).join(all); });
    }
  }

  MbarrierScope pickMbarrierScope() {
    return pick(2) ? MbarrierScope::getDefault()
                   : MbarrierScope(SyncScope(pick(2)));
  }

  bool accessPassed(unsigned w, Mask lanes, bool isWrite) {
    uint64_t addresses[32];
    std::fill_n(addresses, 32, kPassed + 16 * pick(2));
    AccessSite site;
    site.isWrite = isWrite;
    return run(*warps[w], site, lanes, addresses, 4, w / kWarps,
               [&](unsigned l) { return id(w, l); });
  }

  /// Of warps of one cluster, which may pass something on.
  bool arriveAndWait(unsigned w) {
    constexpr unsigned kInCluster = kWarps * kClusterSize;
    unsigned to = w / kInCluster * kInCluster +
                  (w + 1 + pick(kInCluster - 1)) % kInCluster;
    MbarrierClock mbarrier(to / kWarps);
    Mask lanes = pickLanes(), waiters = pickLanes();
    MbarrierScope arrival = pickMbarrierScope(), wait = pickMbarrierScope();
    bool passes = pick(2);
    if (passes && !accessPassed(w, lanes & -lanes, /*isWrite=*/true))
      return false;
    mbarrier.arrive(*warps[w], lanes, arrival);
    Known all;
    forLanes(lanes, [&](unsigned l) { all.join(thread(w, l)); });
    mbarrier.completePhase();
    mbarrier.wait(*warps[to], waiters, wait);
    SyncScope need = Model::getNeed(w / kWarps, to / kWarps);
    auto isWide = [&](MbarrierScope scope, bool isAssumed) {
      return need <= scope.scope || (isAssumed && !scope.isWritten);
    };
    forLanes(waiters, [&](unsigned l) {
      if (isWide(arrival, false) && isWide(wait, false))
        thread(to, l).join(all);
      else if (isWide(arrival, true) && isWide(wait, true))
        thread(to, l).assume(all);
    });
    return !passes || accessPassed(to, waiters, /*isWrite=*/false);
  }

  AccessSite pickAsyncSite() {
    AccessSite site;
    site.isWrite = pick(writesOneIn) == 0;
    site.isAsyncProxy = pick(2);
    return site;
  }

  bool issueToQueue(unsigned w) {
    Mask lanes = pickLanes();
    AsyncOp operation = queues[w]->issue(*warps[w], lanes);
    std::map<unsigned, unsigned> ids;
    forLanes(lanes, [&](unsigned l) {
      ids[l] = model.makeAsync(thread(w, l));
      issued[id(w, l)].push_back(ids[l]);
    });
    uint64_t addresses[32];
    uint32_t bytes = pickAddresses(addresses);
    bool ok = run(operation, pickAsyncSite(), lanes, addresses, bytes,
                  w / kWarps, [&](unsigned l) { return ids[l]; });
    if (pick(2)) {
      queues[w]->commit(*warps[w], lanes);
      forLanes(lanes, [&](unsigned l) {
        groups[id(w, l)].push_back(issued[id(w, l)].size());
      });
    }
    return ok;
  }

  void waitForQueue(unsigned w) {
    Mask lanes = pickLanes();
    unsigned pending = pick(4);
    if (pending == 3)
      queues[w]->waitAll(*warps[w], lanes);
    else
      queues[w]->wait(*warps[w], lanes, pending);
    forLanes(lanes, [&](unsigned l) {
      const auto &mine = groups[id(w, l)];
      size_t through = pending == 3            ? issued[id(w, l)].size()
                       : mine.size() > pending ? mine[mine.size() - 1 - pending]
                                               : 0;
      for (size_t i = 0; i < through; ++i)
        thread(w, l).join(model.threads[issued[id(w, l)][i]]);
    });
  }

  bool issue(unsigned w) {
    Mask lanes = pick(2) ? 1u << pick(kLanes) : pickLanes();
    AsyncOp operation = warps[w]->issue(lanes);
    std::map<unsigned, unsigned> ids;
    forLanes(lanes,
             [&](unsigned l) { ids[l] = model.makeAsync(thread(w, l)); });
    uint64_t addresses[32];
    uint32_t bytes = pickAddresses(addresses);
    bool ok = run(operation, pickAsyncSite(), lanes, addresses, bytes,
                  w / kWarps, [&](unsigned l) { return ids[l]; });
    flying.push_back({operation, ids});
    return ok;
  }

  void observe(unsigned w) {
    if (flying.empty())
      return;
    size_t i = pick(flying.size());
    auto [operation, ids] = flying[i];
    flying.erase(flying.begin() + i);
    Mask lanes = pickLanes();
    warps[w]->observe(lanes, operation, /*own=*/false);
    for (auto [lane, async] : ids)
      forLanes(lanes,
               [&](unsigned l) { thread(w, l).join(model.threads[async]); });
  }

  bool issueTogether(unsigned w) {
    AsyncOp operation = collective[w & ~1]->issue(*warps[w], kExisting);
    Known known;
    forLanes(kExisting, [&](unsigned l) { known.join(thread(w, l)); });
    unsigned async = model.makeAsync(known);
    together[w].push_back(async);
    AccessSite site = pickAsyncSite();
    RowRange range = pickRange();
    Verdict found, expected;
    shadow->accessRange(sites.add(site), range.address, range.bytes, operation,
                        [&](const Conflict &conflict) { found.add(conflict); });
    expected =
        model.access(async, w / kWarps, range.address, range.bytes, site);
    return agree(found, expected);
  }

  /// Of any bytes, of whole units, or of whole blocks.
  RowRange pickRange() {
    unsigned granule = pick(3) == 0 ? 1
                       : pick(2) == 0
                           ? 16
                           : std::min<unsigned>(blockBytes, numBytes);
    if (numBytes % granule)
      granule = 1;
    unsigned first = pick(numBytes / granule);
    unsigned count = 1 + pick(numBytes / granule - first);
    return {begin + first * granule, uint64_t(count) * granule};
  }

  /// A box: rows that need not be apart.
  RowRange pickBox() {
    RowRange box = pickRange();
    if (box.bytes < 4 || pick(2))
      return box;
    uint64_t end = box.address + box.bytes;
    box.bytes = 1 + pick(box.bytes / 2);
    box.step = pick(2) ? box.bytes : 1 + pick(box.bytes + 32);
    if (pick(2) && box.bytes > 16) {
      box.address = (box.address + 15) / 16 * 16;
      box.bytes = (box.bytes + 15) / 16 * 16;
      box.step = (box.step + 15) / 16 * 16;
    }
    if (box.address + box.bytes <= end)
      box.rows = 1 + (end - box.address - box.bytes) / box.step;
    return box;
  }

  Verdict accessRows(unsigned async, unsigned w, const RowRange &box,
                     const AccessSite &site) {
    Verdict expected;
    for (uint64_t row = 0; row < box.rows; ++row)
      expected |= model.access(async, w / kWarps, box.address + row * box.step,
                               box.bytes, site);
    return expected;
  }

  /// A bulk copy's one side or both.
  bool issueRange(unsigned w) {
    unsigned lane = pick(kLanes);
    AsyncOp operation = warps[w]->issue(1u << lane);
    unsigned async = model.makeAsync(thread(w, lane));
    Verdict found, expected;
    bool isAsyncProxy = pick(2);
    for (unsigned i = 0; i < 1 + pick(2); ++i) {
      AccessSite site = pickAsyncSite();
      site.isAsyncProxy = isAsyncProxy;
      std::vector<RowRange> boxes = {pickBox()};
      if (pick(4) == 0)
        boxes.push_back(pickBox());
      shadow->accessRanges(
          sites.add(site), boxes, operation,
          [&](const Conflict &conflict) { found.add(conflict); });
      for (const RowRange &box : boxes)
        expected |= accessRows(async, w, box, site);
    }
    flying.push_back({operation, {{lane, async}}});
    return agree(found, expected);
  }

  /// A wgmma or several.
  bool issueGranules(unsigned w) {
    AsyncOp operation = collective[w & ~1]->issue(*warps[w], kExisting);
    Known known;
    forLanes(kExisting, [&](unsigned l) { known.join(thread(w, l)); });
    unsigned async = model.makeAsync(known);
    together[w].push_back(async);
    AccessSite site;
    site.isAsyncProxy = true;
    std::vector<SiteGranules> accesses;
    Verdict found, expected;
    uint64_t numSets = std::max<uint64_t>(numBytes / kGranuleSetBytes, 1);
    for (unsigned i = 0; i < 1 + pick(4); ++i) {
      GranuleSet set{begin + pick(numSets) * kGranuleSetBytes, 0};
      set.granules =
          pick(2) ? ~uint64_t(0) : 0x0303030303030303u << 2 * pick(4);
      accesses.push_back({sites.add(site), set});
      for (unsigned unit = 0; unit < 64; ++unit)
        if (set.granules >> unit & 1)
          expected |= model.access(async, w / kWarps, set.address + 16 * unit,
                                   16, site);
    }
    shadow->accessGranules(accesses, operation, [&](const Conflict &conflict) {
      found.add(conflict);
    });
    return agree(found, expected);
  }

  /// One lane's.
  bool accessRange(unsigned w) {
    unsigned lane = pick(kLanes);
    AccessSite site;
    site.isWrite = pick(writesOneIn) == 0;
    RowRange range = pickRange();
    Verdict found;
    shadow->accessRange(sites.add(site), range.address, range.bytes, *warps[w],
                        lane,
                        [&](const Conflict &conflict) { found.add(conflict); });
    return agree(found, accessRows(id(w, lane), w, range, site));
  }

  void waitTogether(unsigned w) {
    // Both warps have committed the same number of groups.
    for (unsigned i = 0; i < 2; ++i) {
      unsigned each = (w & ~1) + i;
      collective[w & ~1]->commit(*warps[each], kExisting);
      togetherGroups[each].push_back(together[each].size());
    }
    unsigned pending = pick(3);
    Mask lanes = pickLanes();
    collective[w & ~1]->wait(*warps[w], lanes, pending);
    for (unsigned i = 0; i < 2; ++i) {
      unsigned each = (w & ~1) + i;
      const auto &mine = togetherGroups[each];
      if (mine.size() <= pending)
        continue;
      for (size_t j = 0; j < mine[mine.size() - 1 - pending]; ++j)
        forLanes(lanes, [&](unsigned l) {
          unsigned async = together[each][j];
          Vector &seen = thread(w, l).seen;
          seen.resize(std::max<size_t>(seen.size(), async + 1));
          seen[async] = at(model.threads[async].seen, async);
        });
    }
  }

  std::mt19937 random;
  uint64_t numBytes, begin;
  unsigned blockBytes;
  unsigned writesOneIn, numKinds;
  bool hasReadOnly, isOrderly;
  AccessSites sites;
  std::unique_ptr<Shadow> shadow;
  SyncTable table;
  std::vector<std::unique_ptr<WarpClocks>> warps;
  std::vector<std::unique_ptr<AsyncQueue>> queues, collective;
  Model model;
  /// By thread: operations in its queue, and how many there were at each
  /// commit.
  std::map<unsigned, std::vector<unsigned>> issued;
  std::map<unsigned, std::vector<size_t>> groups, togetherGroups;
  std::map<unsigned, std::vector<unsigned>> together;
  struct Flying {
    AsyncOp operation;
    std::map<unsigned, unsigned> ids;
  };
  std::vector<Flying> flying;
};

TEST(RandomPrograms, AgreeWithTheDenseModel) {
  unsigned numRaces = 0, numClean = 0, numReadOnly = 0, numUnfenced = 0,
           numUnscoped = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Program program(seed);
    for (unsigned step = 0; step < 300; ++step)
      ASSERT_TRUE(program.step()) << "seed " << seed << ", step " << step;
    numRaces += program.numRaces;
    numClean += program.numClean;
    numReadOnly += program.numReadOnly;
    numUnfenced += program.numUnfenced;
    numUnscoped += program.numUnscoped;
  }
  // All outcomes are well covered.
  EXPECT_GT(numRaces, 10'000u);
  EXPECT_GT(numClean, 10'000u);
  EXPECT_GT(numReadOnly, 200u);
  EXPECT_GT(numUnfenced, 200u);
  EXPECT_GT(numUnscoped, 100u);
}

} // namespace
