//===- FindingGroups.h - findings as people read them -----------*- C++ -*-===//
//
// One mistake shows at many pairs of instructions: a missing fence at each
// access of an unrolled loop. People see one entry for each pair of source
// lines, a few for each line, and how many more there are. Programs see all.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_FINDINGGROUPS_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_FINDINGGROUPS_H

#include "lib/Simulator/Launch/ReportPrinter.h"

namespace sluice::sim {

/// Findings of one kind at one source line, or between the same two.
struct FindingGroup {
  /// In the order of the result; the first stands for the others.
  std::vector<const Finding *> findings;
  bool isShown = false;

  const Finding &getFirst() const { return *findings.front(); }
  /// How often they were found, all together.
  uint64_t getCount() const;
};

/// Groups whose first findings are at one source line: errors, or notes.
using LineOfGroups = std::vector<FindingGroup>;

/// Each finding in one group. Errors come before notes, otherwise lines, and
/// groups in a line, are in the order of their first findings. The source line
/// is that of `.loc`, or of the PTX where there is none. Shown are the first
/// group of each kind, and others in their order: at most kGroupsOfLine of a
/// line and kGroupsShown in all.
std::vector<LineOfGroups> groupFindings(const ReportContext &context);

inline constexpr size_t kGroupsOfLine = 3, kGroupsShown = 20;

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_FINDINGGROUPS_H
