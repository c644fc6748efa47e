//===- FindingGroups.cpp - findings as people read them -------------------===//

#include "lib/Simulator/Launch/FindingGroups.h"

#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

uint64_t FindingGroup::getCount() const {
  uint64_t count = 0;
  for (const Finding *finding : findings)
    count += finding->count;
  return count;
}

/// File and line of the source; file 0 is the PTX.
static std::pair<unsigned, unsigned> getLine(const ptx::Module &module,
                                             const Site &site) {
  if (!site.instruction)
    return {0, 0};
  if (getSourceFile(module, *site.instruction).empty())
    return {0, site.instruction->place.line};
  return {site.instruction->source.file, site.instruction->source.line};
}

std::vector<LineOfGroups> sim::groupFindings(const ReportContext &context) {
  using Line = std::pair<unsigned, unsigned>;
  std::vector<LineOfGroups> lines;
  for (bool takesErrors : {true, false}) {
    std::map<Line, size_t> lineNumbers;
    // Of a race either side may have been seen first.
    using Key = std::tuple<FindingKind, Line, Line>;
    std::map<Key, std::pair<size_t, size_t>> places;
    for (const Finding &finding : context.result.findings) {
      if (isError(finding.kind) != takesErrors)
        continue;
      Line line = getLine(context.module, finding.site);
      Line other =
          finding.hasOther ? getLine(context.module, finding.other) : line;
      auto [place, isNew] = places.try_emplace(
          {finding.kind, std::min(line, other), std::max(line, other)});
      if (isNew) {
        size_t number =
            lineNumbers.try_emplace(line, lines.size()).first->second;
        lines.resize(std::max(lines.size(), number + 1));
        place->second = {number, lines[number].size()};
        lines[number].emplace_back();
      }
      auto [number, index] = place->second;
      lines[number][index].findings.push_back(&finding);
    }
  }

  size_t shown = 0;
  std::set<FindingKind> kinds;
  for (LineOfGroups &groups : lines)
    for (FindingGroup &group : groups)
      if (kinds.insert(group.getFirst().kind).second) {
        group.isShown = true;
        ++shown;
      }
  for (LineOfGroups &groups : lines) {
    auto ofLine = static_cast<size_t>(count_if(
        groups, [](const FindingGroup &group) { return group.isShown; }));
    for (FindingGroup &group : groups)
      if (!group.isShown && ofLine < kGroupsOfLine && shown < kGroupsShown) {
        group.isShown = true;
        ++ofLine;
        ++shown;
      }
  }
  return lines;
}
