//===- Report.cpp - what a run found --------------------------------------===//

#include "lib/Simulator/Machine/Report.h"
#include "llvm/ADT/STLExtras.h"
#include <tuple>

using namespace sluice;
using namespace sluice::sim;

llvm::StringRef sluice::sim::getName(FindingKind kind) {
  switch (kind) {
  case FindingKind::Race:
    return "race";
  case FindingKind::Uninitialized:
    return "uninitialized";
  case FindingKind::OutOfBounds:
    return "out-of-bounds";
  case FindingKind::Misaligned:
    return "misaligned";
  case FindingKind::AsyncUse:
    return "async-use";
  case FindingKind::MbarrierMisuse:
    return "mbarrier-misuse";
  case FindingKind::DivergentBarrier:
    return "divergent-barrier";
  case FindingKind::Deadlock:
    return "deadlock";
  case FindingKind::Trap:
    return "trap";
  case FindingKind::Limit:
    return "limit";
  case FindingKind::ReadOnlyWritten:
    return "readonly-written";
  case FindingKind::SameValueWrite:
    return "same-value-write";
  case FindingKind::DefaultScope:
    return "default-scope";
  case FindingKind::MissingWgmmaFence:
    return "missing-wgmma-fence";
  case FindingKind::MissingMbarrierFence:
    return "missing-mbarrier-fence";
  case FindingKind::MissingProxyFence:
    return "missing-proxy-fence";
  }
  return "";
}

bool sluice::sim::isError(FindingKind kind) {
  return kind != FindingKind::SameValueWrite &&
         kind != FindingKind::DefaultScope &&
         kind != FindingKind::MissingWgmmaFence &&
         kind != FindingKind::MissingMbarrierFence &&
         kind != FindingKind::MissingProxyFence;
}

/// Line and column; what is of no instruction comes first.
static std::pair<unsigned, unsigned> getPlace(const Site &site) {
  const ptx::Instruction *at = site.instruction;
  return at ? std::pair<unsigned, unsigned>(at->place.line, at->place.column)
            : std::pair(0u, 0u);
}

/// Not by when they were found: that depends on turns, and on host threads.
static bool isBefore(const Finding &a, const Finding &b) {
  auto key = [](const Finding &finding) {
    auto who = [](const ThreadId &id) {
      return std::tuple(id.cta[2], id.cta[1], id.cta[0], id.thread[2],
                        id.thread[1], id.thread[0]);
    };
    return std::tuple(getPlace(finding.site), finding.kind,
                      getPlace(finding.other), who(finding.site.who),
                      who(finding.other.who), finding.address);
  };
  return key(a) < key(b);
}

void Report::add(Finding finding) {
  std::lock_guard<std::mutex> lock(mutex);
  // Of a race either side may be seen first.
  const void *a = finding.site.instruction, *b = finding.other.instruction;
  Key key{{std::min(a, b), std::max(a, b)},
          static_cast<unsigned>(finding.kind)};
  auto [it, isNew] = known.insert({key, findings.size()});
  if (isNew) {
    findings.push_back(std::move(finding));
    return;
  }
  Finding &before = findings[it->second];
  uint64_t count = before.count + finding.count;
  if (isBefore(finding, before))
    before = std::move(finding);
  before.count = count;
}

bool Report::hasErrors() const {
  std::lock_guard<std::mutex> lock(mutex);
  return llvm::any_of(
      findings, [](const Finding &finding) { return isError(finding.kind); });
}

std::vector<Finding> Report::getFindings() const {
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<Finding> sorted = findings;
  llvm::sort(sorted, isBefore);
  return sorted;
}
