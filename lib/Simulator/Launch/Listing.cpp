//===- Listing.cpp - the PTX with what its lines have cost ----------------===//

#include "lib/Simulator/Launch/ReportPrinter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <map>
#include <set>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

namespace {
/// Of one line; inline assembly may have put several instructions there.
struct Line {
  OperationCounts counts;
  uint64_t passes = 0;
  /// Of the estimate: cycles, by stall.
  std::array<uint64_t, estimate::kNumStalls> stalls = {};
  std::vector<std::string> findings;
};

class Listing {
public:
  Listing(raw_ostream &os, const ReportContext &context);
  void print();

private:
  void addFinding(const Finding &finding);
  std::string getStalls(const Line &line) const;
  void printHead();
  void printLine(unsigned number, StringRef text);
  /// The last line of a function that begins here and cannot be reached; or 0.
  unsigned getEndOfUnreached(unsigned number, StringRef &name) const;

  raw_ostream &os;
  const ReportContext &context;
  std::map<unsigned, Line> lines;
  /// By lines: of the other access, and of the finding that names it.
  std::set<std::pair<unsigned, unsigned>> otherAccesses;
  uint64_t passes = 0, mostPasses = 1, stallCycles = 0;
};
} // namespace

/// A warp's instruction takes one, or as many as memory needs for it: shared
/// memory by wavefronts, global memory by 128 bytes.
static uint64_t getPasses(const OperationCounts &counts) {
  return std::max({counts.executions, counts.sharedWavefronts,
                   (counts.globalSectors + 3) / 4});
}

static std::string toString(const uint32_t (&place)[3]) {
  return formatv("({0},{1},{2})", place[0], place[1], place[2]).str();
}

Listing::Listing(raw_ostream &os, const ReportContext &context)
    : os(os), context(context) {
  for (const InstructionCounts &one : context.result.instructions) {
    Line &line = lines[one.instruction->place.line];
    line.counts.add(one.counts);
    line.passes += getPasses(one.counts);
  }
  for (const auto &[number, line] : lines) {
    passes += line.passes;
    mostPasses = std::max(mostPasses, line.passes);
  }
  if (const auto &estimate = context.result.estimate)
    for (const auto &[number, times] : getLineTimes(*estimate)) {
      lines[number].stalls = times.stalls;
      for (uint64_t cycles : times.stalls)
        stallCycles += cycles;
    }
  for (const Finding &finding : context.result.findings)
    addFinding(finding);
}

/// The line's share of the cycles in which warps wait, and what for most.
std::string Listing::getStalls(const Line &line) const {
  uint64_t sum = 0;
  size_t most = 0;
  for (auto [i, cycles] : enumerate(line.stalls)) {
    sum += cycles;
    if (cycles > line.stalls[most])
      most = i;
  }
  double share =
      100.0 * double(sum) / double(std::max<uint64_t>(stallCycles, 1));
  if (share < 0.05)
    return "";
  return formatv("{0:f1} % {1}", share,
                 getName(static_cast<estimate::Stall>(most)))
      .str();
}

void Listing::addFinding(const Finding &finding) {
  if (!finding.site.instruction)
    return;
  std::string text =
      formatv("{0}: {1}: {2}; by thread {3} of CTA {4}",
              isError(finding.kind) ? "error" : "note", getName(finding.kind),
              finding.message, toString(finding.site.who.thread),
              toString(finding.site.who.cta))
          .str();
  if (finding.count > 1)
    text += formatv(", {0} times", finding.count).str();
  unsigned here = finding.site.instruction->place.line;
  if (finding.hasOther && finding.other.instruction) {
    unsigned there = finding.other.instruction->place.line;
    text += formatv("; the other access: line {0}", there).str();
    // Instructions of one line may do it several times.
    if (there != here && otherAccesses.insert({there, here}).second)
      lines[there].findings.push_back(
          formatv("note: the other access of what line {0} does", here).str());
  }
  lines[here].findings.push_back(std::move(text));
}

void Listing::printHead() {
  const LaunchResult &result = context.result;
  os << context.fileName << ": " << passes << " passes of warps\n"
     << "\n"
        "A warp's instruction is one pass, or as many as memory needs for it: "
        "wavefronts\n"
        "of shared memory, 128-byte pieces of global memory. "
        "conflicts: wavefronts beyond\n"
        "the fewest possible. used: bytes asked for, of the sectors touched.\n"
        "\n";
  for (const Finding &finding : result.findings)
    if (!finding.site.instruction)
      os << (isError(finding.kind) ? "error: " : "note: ")
         << getName(finding.kind) << ": " << finding.message << "\n\n";
  StringRef columns = "passes              executed  lanes  conflicts   used";
  if (result.estimate)
    os << "stalls: cycles in which warps wait there, of all such cycles of the "
          "estimate for\n"
       << result.estimate->chip.name << ", and what for most of them.\n\n"
       << formatv("{0}  {1,-23}   line\n", columns, "stalls");
  else
    os << columns << "   line\n";
}

void Listing::printLine(unsigned number, StringRef text) {
  auto it = lines.find(number);
  std::string share, bar, executed, lanes, conflicts, used, stalls;
  if (it != lines.end() && it->second.passes) {
    const Line &line = it->second;
    const OperationCounts &counts = line.counts;
    auto percent = [](uint64_t part, uint64_t of) {
      return 100.0 * double(part) / double(of);
    };
    share = formatv("{0:f1} %", percent(line.passes, passes)).str();
    bar = std::string((line.passes * 8 + mostPasses / 2) / mostPasses, '#');
    executed = utostr(counts.executions);
    lanes = formatv("{0:f1}", double(counts.lanes) / double(counts.executions))
                .str();
    if (counts.sharedWavefronts)
      conflicts =
          utostr(counts.sharedWavefronts - counts.sharedIdealWavefronts);
    if (counts.globalSectors)
      used = formatv("{0:f0} %",
                     percent(counts.globalBytes, counts.globalSectors * 32))
                 .str();
    stalls = getStalls(line);
  } else if (it != lines.end()) {
    executed = "-";
  }
  if (context.result.estimate)
    used = formatv("{0,6}  {1,-23}", used, stalls).str();
  std::string row =
      formatv("{0,7} {1,-8} {2,11} {3,6} {4,10} {5,6} {6,6}  {7}", share, bar,
              executed, lanes, conflicts, used, number, text)
          .str();
  os << StringRef(row).rtrim() << '\n';
  if (it == lines.end())
    return;
  constexpr size_t kShown = 5;
  ArrayRef<std::string> findings = it->second.findings;
  for (const std::string &finding : findings.take_front(kShown))
    os << "    ^ " << finding << '\n';
  if (findings.size() > kShown)
    os << "    ^ and " << findings.size() - kShown
       << " more; --report=FILE.json has them all\n";
}

unsigned Listing::getEndOfUnreached(unsigned number, StringRef &name) const {
  for (const auto &function : context.module.functions) {
    if (function->place.line != number || !function->hasBody ||
        function->instructions.empty())
      continue;
    auto isKnown = [&](const ptx::Instruction &instruction) {
      return lines.count(instruction.place.line) != 0;
    };
    if (any_of(function->instructions, isKnown))
      continue;
    name = function->name;
    return function->instructions.back().place.line;
  }
  return 0;
}

void Listing::print() {
  printHead();
  StringRef text = context.module.text;
  for (unsigned number = 1; !text.empty(); ++number) {
    StringRef line, name;
    std::tie(line, text) = text.split('\n');
    printLine(number, line);
    unsigned end = getEndOfUnreached(number, name);
    if (end <= number)
      continue;
    os << "    ... lines " << number + 1 << " to " << end << " of " << name
       << ": not reached from the entry\n";
    for (; number < end && !text.empty(); ++number)
      text = text.split('\n').second;
  }
}

void sim::printListing(raw_ostream &os, const ReportContext &context) {
  Listing(os, context).print();
}
