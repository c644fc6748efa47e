//===- Report.cpp - what a run found --------------------------------------===//

#include "lib/Simulator/Machine/Report.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

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
  case FindingKind::DivergentBarrier:
    return "divergent-barrier";
  case FindingKind::Deadlock:
    return "deadlock";
  case FindingKind::Trap:
    return "trap";
  case FindingKind::Limit:
    return "limit";
  case FindingKind::SameValueWrite:
    return "same-value-write";
  case FindingKind::MissingWgmmaFence:
    return "missing-wgmma-fence";
  }
  return "";
}

bool sluice::sim::isError(FindingKind kind) {
  return kind != FindingKind::SameValueWrite &&
         kind != FindingKind::MissingWgmmaFence;
}

void Report::add(Finding finding) {
  std::lock_guard<std::mutex> lock(mutex);
  // Of a race either side may be seen first.
  const void *a = finding.site.instruction, *b = finding.other.instruction;
  Key key{{std::min(a, b), std::max(a, b)},
          static_cast<unsigned>(finding.kind)};
  auto [it, isNew] = known.insert({key, findings.size()});
  if (isNew)
    findings.push_back(std::move(finding));
  else
    findings[it->second].count += finding.count;
}

bool Report::hasErrors() const {
  std::lock_guard<std::mutex> lock(mutex);
  return llvm::any_of(
      findings, [](const Finding &finding) { return isError(finding.kind); });
}

std::vector<Finding> Report::getFindings() const {
  std::lock_guard<std::mutex> lock(mutex);
  auto lineOf = [&](size_t i) {
    const ptx::Instruction *at = findings[i].site.instruction;
    return at ? at->place.line : 0;
  };
  std::vector<size_t> order(findings.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::pair(lineOf(a), a) < std::pair(lineOf(b), b);
  });
  std::vector<Finding> sorted;
  sorted.reserve(order.size());
  for (size_t i : order)
    sorted.push_back(findings[i]);
  return sorted;
}
