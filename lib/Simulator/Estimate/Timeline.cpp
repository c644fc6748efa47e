//===- Timeline.cpp - what one SM did when --------------------------------===//

#include "lib/Simulator/Estimate/Timeline.h"
#include <cmath>

using namespace sluice::sim::estimate;

/// Shorter waits are part of the work; more spans no viewer can show.
static constexpr uint64_t kShortest = 8;
static constexpr size_t kMost = 500'000;

size_t Timeline::addRow(std::string name, bool isUnit) {
  rows.push_back({std::move(name), isUnit, {}});
  return rows.size() - 1;
}

Span *Timeline::add(size_t row, const Span &span) {
  if (count == kMost) {
    isCut = true;
    return nullptr;
  }
  ++count;
  rows[row].spans.push_back(span);
  return &rows[row].spans.back();
}

void Timeline::addIssue(size_t row, uint32_t step, uint64_t since,
                        uint64_t time, Stall stall) {
  std::vector<Span> &spans = rows[row].spans;
  if (time - since >= kShortest)
    add(row, {since, time, uint8_t(stall), step, 0});
  else if (!spans.empty() && spans.back().stall == kNumStalls) {
    spans.back().end = time + 1;
    ++spans.back().instructions;
    return;
  }
  add(row, {time, time + 1, uint8_t(kNumStalls), step, 1});
}

void Timeline::addWork(size_t row, uint32_t step, double begin, double end) {
  std::vector<Span> &spans = rows[row].spans;
  auto from = uint64_t(begin), to = uint64_t(std::ceil(end));
  if (!spans.empty() && from <= spans.back().end + kShortest) {
    spans.back().end = std::max(spans.back().end, to);
    ++spans.back().instructions;
    return;
  }
  add(row, {from, std::max(to, from + 1), uint8_t(kNumStalls), step, 1});
}
