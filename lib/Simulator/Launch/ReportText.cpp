//===- ReportText.cpp - a run's report, for people ------------------------===//

#include "lib/Simulator/Launch/FindingGroups.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

std::string sim::getText(const ptx::Module &module,
                         const ptx::Instruction &instruction) {
  StringRef text = module.text;
  for (unsigned line = 1; line < instruction.place.line && !text.empty();
       ++line)
    text = text.split('\n').second;
  text = text.split('\n').first;
  if (instruction.place.column)
    text = text.drop_front(
        std::min<size_t>(instruction.place.column - 1, text.size()));
  size_t end = text.find(';');
  text = text.take_front(end == StringRef::npos ? end : end + 1);
  std::string result;
  for (char c : text.split("//").first.trim()) {
    if (!isPrint(c))
      c = ' ';
    if (c != ' ' || result.back() != ' ')
      result += c;
  }
  return result;
}

StringRef sim::getSourceFile(const ptx::Module &module,
                             const ptx::Instruction &instruction) {
  unsigned file = instruction.source.file;
  return file && file < module.files.size() ? StringRef(module.files[file])
                                            : StringRef();
}

bool sim::hasAddress(const Finding &finding) {
  switch (finding.kind) {
  case FindingKind::Race:
  case FindingKind::ReadOnlyWritten:
  case FindingKind::SameValueWrite:
  case FindingKind::DefaultScope:
  case FindingKind::MbarrierMisuse:
  case FindingKind::MissingMbarrierFence:
  case FindingKind::MissingProxyFence:
  case FindingKind::OutOfBounds:
  case FindingKind::Misaligned:
    return true;
  case FindingKind::Uninitialized:
  case FindingKind::AsyncUse:
    return finding.address != 0 && finding.space != ptx::Space::Register;
  case FindingKind::DivergentBarrier:
  case FindingKind::Deadlock:
  case FindingKind::Trap:
  case FindingKind::Limit:
  case FindingKind::MissingWgmmaFence:
    return false;
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Findings
//===----------------------------------------------------------------------===//

static void printPlace(raw_ostream &os, const ReportContext &context,
                       const Site &site) {
  os << context.fileName << ':';
  if (site.instruction)
    os << site.instruction->place.line << ':' << site.instruction->place.column
       << ':';
  os << ' ';
}

static std::string toString(const uint32_t (&place)[3]) {
  return formatv("({0},{1},{2})", place[0], place[1], place[2]).str();
}

/// The lines under a place: the instruction, its source and its thread.
static void printSite(raw_ostream &os, const ReportContext &context,
                      const Site &site) {
  if (site.instruction) {
    // A wgmma names more than a hundred registers.
    constexpr size_t kLongest = 160;
    std::string text = getText(context.module, *site.instruction);
    if (text.size() > kLongest)
      text = text.substr(0, kLongest - 3) + "...";
    os << "    " << text << '\n';
    if (StringRef file = getSourceFile(context.module, *site.instruction);
        !file.empty())
      os << "  from " << file << ':' << site.instruction->source.line << ':'
         << site.instruction->source.column << '\n';
  }
  os << "  by thread " << toString(site.who.thread) << " of CTA "
     << toString(site.who.cta);
}

static void printFinding(raw_ostream &os, const ReportContext &context,
                         const Finding &finding) {
  printPlace(os, context, finding.site);
  os << (isError(finding.kind) ? "error: " : "note: ") << getName(finding.kind)
     << ": " << finding.message << '\n';
  printSite(os, context, finding.site);
  if (hasAddress(finding))
    os << ", at " << ptx::getName(finding.space) << " address 0x"
       << utohexstr(finding.address, /*LowerCase=*/true);
  if (finding.count > 1)
    os << "; " << finding.count << " times";
  os << '\n';
  if (!finding.hasOther)
    return;
  printPlace(os, context, finding.other);
  os << "note: the other access\n";
  printSite(os, context, finding.other);
  os << '\n';
}

/// What the entry of its first finding says of the others.
static void printRest(raw_ostream &os, const FindingGroup &group) {
  size_t rest = group.findings.size() - 1;
  if (!rest)
    return;
  const Finding &first = group.getFirst();
  os << "  and at " << rest << " more ";
  if (first.hasOther)
    os << (rest == 1 ? "pair" : "pairs") << " of instructions of these lines";
  else
    os << (rest == 1 ? "instruction" : "instructions") << " of this line";
  os << ", " << group.getCount() << " times in all\n";
  // Another cause may hide behind the first.
  constexpr size_t kMessages = 3;
  SmallVector<StringRef, 4> messages = {first.message};
  for (const Finding *finding : group.findings)
    if (messages.size() < kMessages &&
        !is_contained(messages, finding->message)) {
      os << "  also: " << finding->message << '\n';
      messages.push_back(finding->message);
    }
}

namespace {
/// How many findings are of which kinds.
class KindCounts {
public:
  void add(const FindingGroup &group) {
    counts[group.getFirst().kind] += group.findings.size();
    all += group.findings.size();
  }
  size_t getAll() const { return all; }
  /// "12 race, 1 trap".
  std::string getList() const {
    std::string list;
    for (auto [kind, count] : counts)
      list +=
          formatv("{0}{1} {2}", list.empty() ? "" : ", ", count, getName(kind))
              .str();
    return list;
  }

private:
  std::map<FindingKind, size_t> counts;
  size_t all = 0;
};
} // namespace

/// Where the source line of a finding is.
static std::string getSourceLine(const ReportContext &context,
                                 const ptx::Instruction *instruction) {
  if (!instruction)
    return context.fileName.str();
  StringRef file = getSourceFile(context.module, *instruction);
  return file.empty()
             ? formatv("{0}:{1}", context.fileName, instruction->place.line)
                   .str()
             : formatv("{0}:{1}", file, instruction->source.line).str();
}

void sim::printFindings(raw_ostream &os, const ReportContext &context) {
  KindCounts left;
  for (const LineOfGroups &groups : groupFindings(context)) {
    KindCounts ofLine;
    bool isShown =
        any_of(groups, [](const FindingGroup &group) { return group.isShown; });
    for (const FindingGroup &group : groups) {
      if (!group.isShown) {
        (isShown ? ofLine : left).add(group);
        continue;
      }
      printFinding(os, context, group.getFirst());
      printRest(os, group);
      os << '\n';
    }
    if (ofLine.getAll())
      os << getSourceLine(context, groups.front().getFirst().site.instruction)
         << ": and " << ofLine.getAll()
         << " more at this line with others: " << ofLine.getList() << "\n\n";
  }
  if (left.getAll())
    os << "and " << left.getAll() << " more at other lines: " << left.getList()
       << "; --report=FILE.json has them all\n\n";
}

//===----------------------------------------------------------------------===//
// Counts
//===----------------------------------------------------------------------===//

static void printInstructions(raw_ostream &os, const Counts &counts) {
  uint64_t warps = 0;
  os << "instructions              warp           thread\n";
  for (size_t i = 0; i < kNumClasses; ++i) {
    warps += counts.warpInstructions[i];
    if (counts.warpInstructions[i])
      os << formatv("  {0,-12} {1,15} {2,16}\n", getName(ptx::Class(i)),
                    counts.warpInstructions[i], counts.threadInstructions[i]);
  }
  os << formatv("  {0,-12} {1,15} {2,16}\n", "all", warps,
                counts.getThreadInstructions());
}

static void printGlobal(raw_ostream &os, StringRef what, uint64_t bytes,
                        uint64_t sectors) {
  if (!bytes && !sectors)
    return;
  os << "global " << what << ": " << bytes << " bytes in " << sectors
     << " sectors of 32";
  if (sectors)
    os << format(" (%.0f %% of them asked for)",
                 100.0 * double(bytes) / (32.0 * double(sectors)));
  os << '\n';
}

static void printCounts(raw_ostream &os, const Counts &counts) {
  printInstructions(os, counts);
  printGlobal(os, "loads", counts.globalLoadBytes, counts.globalLoadSectors);
  printGlobal(os, "stores", counts.globalStoreBytes, counts.globalStoreSectors);
  if (counts.sharedLoadBytes || counts.sharedStoreBytes)
    os << "shared memory: " << counts.sharedLoadBytes << " bytes loaded, "
       << counts.sharedStoreBytes << " stored\n";
  if (counts.sharedWavefronts)
    os << "shared wavefronts: " << counts.sharedWavefronts << ", ideally "
       << counts.sharedIdealWavefronts << '\n';
  if (counts.localBytes)
    os << "local memory: " << counts.localBytes << " bytes\n";
  if (counts.tensorFlop)
    os << "tensor FLOP: " << counts.tensorFlop << '\n';
  if (counts.barriers)
    os << "barriers: " << counts.barriers << '\n';
}

void sim::printReport(raw_ostream &os, const ReportContext &context) {
  const LaunchResult &result = context.result;
  printFindings(os, context);
  printCounts(os, result.counts);
  if (result.estimate)
    printEstimate(os, context);

  size_t errors = count_if(result.findings, [](const Finding &finding) {
    return isError(finding.kind);
  });
  size_t notes = result.findings.size() - errors;
  os << (result.finished ? "finished: " : "not finished: ") << errors
     << (errors == 1 ? " error, " : " errors, ") << notes
     << (notes == 1 ? " note\n" : " notes\n");
}
