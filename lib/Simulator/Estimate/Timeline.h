//===- Timeline.h - what one SM did when ------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_TIMELINE_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_TIMELINE_H

#include "lib/Simulator/Estimate/Units.h"
#include <string>

namespace sluice::sim::estimate {

/// [begin, end) in cycles.
struct Span {
  uint64_t begin = 0, end = 0;
  /// A stall; or work, kNumStalls.
  uint8_t stall = uint8_t(kNumStalls);
  /// What waited, or began the work: a step.
  uint32_t step = 0;
  /// Instructions of a span of work.
  uint32_t instructions = 0;
};

/// A warp, or a unit.
struct TimelineRow {
  std::string name;
  bool isUnit = false;
  std::vector<Span> spans;
};

/// Spans in order, neighbours joined. Bounded: what comes too late is left out.
class Timeline {
public:
  /// A row's number.
  size_t addRow(std::string name, bool isUnit);
  /// A warp issued at `time`, having waited since `since`, longest for `stall`.
  void addIssue(size_t row, uint32_t step, uint64_t since, uint64_t time,
                Stall stall);
  /// A unit worked from `begin` to `end`.
  void addWork(size_t row, uint32_t step, double begin, double end);

  std::vector<TimelineRow> rows;
  /// Spans were left out.
  bool isCut = false;

private:
  Span *add(size_t row, const Span &span);
  size_t count = 0;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_TIMELINE_H
