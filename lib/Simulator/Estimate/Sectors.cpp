//===- Sectors.cpp - which CTAs touch which bytes -------------------------===//

#include "lib/Simulator/Estimate/Sectors.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cmath>

using namespace sluice::sim::estimate;

void Sectors::note(uint32_t sector, uint64_t cta, bool isWrite) {
  std::unique_ptr<Page> &page = pages[sector / kPerPage];
  if (!page)
    page = std::make_unique<Page>();
  Entry &entry = (*page)[sector % kPerPage];
  // Fibonacci hashing: neighbours get different bits.
  entry.ctas |= uint64_t(1) << (cta * 0x9e3779b97f4a7c15ull >> 58);
  entry.first = std::min(entry.first, static_cast<uint32_t>(cta));
  if (isWrite) {
    written += !entry.isWritten;
    entry.isWritten = true;
  } else {
    // What was written before lies in the L2.
    read += !entry.isRead && !entry.isWritten;
    entry.isRead = true;
  }
}

Sectors::Touch Sectors::get(uint32_t sector) const {
  auto it = pages.find(sector / kPerPage);
  if (it == pages.end())
    return {};
  const Entry &entry = (*it->second)[sector % kPerPage];
  // Linear counting: how many balls fill so many of 64 boxes.
  unsigned filled = llvm::popcount(entry.ctas);
  double ctas = filled < 2    ? 1
                : filled > 60 ? 180
                              : -64 * std::log(1 - filled / 64.0);
  return {ctas, entry.first};
}
