//===- ReportEstimate.cpp - the estimate of time, in a report -------------===//

#include "lib/Simulator/Launch/ReportPrinter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <map>
#include <numeric>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;
using estimate::Estimate;
using estimate::kNumResources;
using estimate::kNumStalls;
using estimate::Resource;
using estimate::Stall;

/// Of a name for people: "issue_slots", "load_store_unit".
static std::string getKey(StringRef name) {
  std::string key = name.lower();
  for (char &c : key)
    if (c == ' ' || c == '/' || c == '-')
      c = '_';
  return key;
}

static double getPercent(double part, double of) {
  return of > 0 ? 100 * part / of : 0;
}

//===----------------------------------------------------------------------===//
// For people
//===----------------------------------------------------------------------===//

/// The largest first; those below 1 % are left out.
static void printShares(raw_ostream &os, StringRef title,
                        std::vector<std::pair<StringRef, double>> shares) {
  llvm::sort(shares, [](const auto &a, const auto &b) {
    return std::pair(-a.second, a.first) < std::pair(-b.second, b.first);
  });
  std::string text;
  for (auto [name, share] : shares)
    if (share >= 1)
      text += formatv("{0}{1} {2:f0} %", text.empty() ? "" : ", ", name, share)
                  .str();
  os << "  " << title << ": "
     << (text.empty() ? "less than 1 % of everything" : text) << '\n';
}

/// The lines at which warps wait longest, with what for in most of the time.
static void printWaits(raw_ostream &os, const ReportContext &context) {
  const Estimate &estimate = *context.result.estimate;
  struct Wait {
    unsigned line;
    uint64_t cycles;
    Stall stall;
  };
  std::vector<Wait> waits;
  uint64_t all = 0;
  for (const auto &[line, times] : getLineTimes(estimate)) {
    const auto *most = llvm::max_element(times.stalls);
    auto sum =
        std::accumulate(times.stalls.begin(), times.stalls.end(), uint64_t(0));
    all += sum;
    if (sum)
      waits.push_back(
          {line, sum, static_cast<Stall>(most - times.stalls.begin())});
  }
  llvm::sort(waits, [](const Wait &a, const Wait &b) {
    return std::pair(b.cycles, a.line) < std::pair(a.cycles, b.line);
  });
  // A wgmma names more than a hundred registers.
  constexpr size_t kShown = 3, kLongest = 72;
  for (const Wait &wait : ArrayRef(waits).take_front(kShown)) {
    auto at = llvm::find_if(
        estimate.instructions, [&](const ptx::Instruction *instruction) {
          return instruction && instruction->place.line == wait.line;
        });
    std::string text = getText(context.module, **at);
    if (text.size() > kLongest)
      text = text.substr(0, kLongest - 3) + "...";
    os << formatv("  waits: {0:f0} % in line {1}, {2}: {3}\n",
                  getPercent(double(wait.cycles), double(all)), wait.line,
                  getName(wait.stall), text);
  }
}

void sim::printEstimate(raw_ostream &os, const ReportContext &context) {
  const Estimate &estimate = *context.result.estimate;
  const estimate::Residency &residency = estimate.residency;
  os << formatv("estimate for {0}: {1:f2} us, {2} cycles\n", estimate.chip.name,
                estimate.microseconds, estimate.cycles);
  os << "  bound by: " << estimate.getBinding() << '\n';
  os << formatv("  CTAs: {0} resident on an SM (limit: {1}), {2} for the "
                "busiest, {3:f0} cycles each\n",
                residency.ctas, residency.limit, residency.ctasOfSm,
                estimate.ctaCycles);
  std::vector<std::pair<StringRef, double>> shares;
  shares.reserve(kNumResources);
  for (size_t i = 0; i < kNumResources; ++i)
    shares.push_back(
        {getName(static_cast<Resource>(i)), 100 * estimate.replay.use[i]});
  printShares(os, "in use", shares);
  double all = double(estimate.replay.issued);
  for (uint64_t cycles : estimate.replay.stalls)
    all += double(cycles);
  shares = {{"issue", getPercent(double(estimate.replay.issued), all)}};
  for (size_t i = 0; i < kNumStalls; ++i)
    shares.push_back({getName(static_cast<Stall>(i)),
                      getPercent(double(estimate.replay.stalls[i]), all)});
  printShares(os, "warps", shares);
  printWaits(os, context);
  os << formatv("  device memory: {0} bytes at the least, {1:f2} us",
                estimate.deviceBytes, estimate.deviceMicroseconds);
  if (estimate.deviceBytes)
    os << formatv("; all sectors touched: {0} bytes ({1:f1} times)",
                  estimate.sectorBytes,
                  double(estimate.sectorBytes) / double(estimate.deviceBytes));
  os << '\n';
  for (const std::string &note : estimate.notes)
    os << "  note: " << note << '\n';
}

//===----------------------------------------------------------------------===//
// For programs
//===----------------------------------------------------------------------===//

using Stalls = std::array<uint64_t, kNumStalls>;

static void writeStalls(json::OStream &json, const Stalls &stalls) {
  json.attributeObject("stalls", [&] {
    for (size_t i = 0; i < kNumStalls; ++i)
      if (stalls[i])
        json.attribute(getKey(getName(static_cast<Stall>(i))), stalls[i]);
  });
}

void sim::writeEstimate(json::OStream &json, const Estimate &estimate) {
  const estimate::Residency &residency = estimate.residency;
  json.attribute("chip", estimate.chip.name);
  json.attribute("microseconds", estimate.microseconds);
  json.attribute("cycles", estimate.cycles);
  json.attribute("binding", estimate.getBinding());
  json.attribute("resident_ctas", residency.ctas);
  json.attribute("residency_limit", residency.limit);
  json.attribute("sms", residency.sms);
  json.attribute("ctas_of_sm", residency.ctasOfSm);
  json.attribute("wave_cycles", estimate.waveCycles);
  json.attribute("cta_cycles", estimate.ctaCycles);
  json.attributeObject("use", [&] {
    for (size_t i = 0; i < kNumResources; ++i)
      json.attribute(getKey(getName(static_cast<Resource>(i))),
                     estimate.replay.use[i]);
  });
  json.attribute("issued", estimate.replay.issued);
  writeStalls(json, estimate.replay.stalls);
  json.attribute("device_bytes", estimate.deviceBytes);
  json.attribute("sector_bytes", estimate.sectorBytes);
  json.attribute("device_microseconds", estimate.deviceMicroseconds);
  json.attribute("replayed_ctas", estimate.replayedCtas);
  json.attributeArray("notes", [&] {
    for (const std::string &note : estimate.notes)
      json.value(note);
  });
  json.attributeArray("lines", [&] {
    for (auto [line, times] : getLineTimes(estimate)) {
      json.object([&, line = line, &times = times] {
        json.attribute("line", line);
        json.attribute("issued", times.issued);
        writeStalls(json, times.stalls);
      });
    }
  });
}

std::map<unsigned, estimate::StepTimes>
sim::getLineTimes(const Estimate &estimate) {
  std::map<unsigned, estimate::StepTimes> lines;
  for (auto [instruction, times] :
       zip_equal(estimate.instructions, estimate.replay.steps)) {
    if (!instruction || !times.issued)
      continue;
    estimate::StepTimes &line = lines[instruction->place.line];
    line.issued += times.issued;
    for (auto [sum, cycles] : zip_equal(line.stalls, times.stalls))
      sum += cycles;
  }
  return lines;
}

void sim::printTimeline(raw_ostream &os, const ReportContext &context) {
  const Estimate &estimate = *context.result.estimate;
  double cycle = 1 / (estimate.chip.gigahertz * 1e3); // in microseconds
  std::map<uint32_t, std::string> texts;
  json::OStream json(os);
  auto writeMeta = [&](StringRef what, size_t row, const Twine &name) {
    json.object([&] {
      json.attribute("ph", "M");
      json.attribute("name", what);
      json.attribute("pid", 0);
      json.attribute("tid", int64_t(row));
      json.attributeObject("args", [&] { json.attribute("name", name.str()); });
    });
  };
  auto writeSpan = [&](const estimate::TimelineRow &row, size_t number,
                       const estimate::Span &span) {
    bool isWork = span.stall == kNumStalls;
    json.object([&] {
      json.attribute("ph", "X");
      json.attribute("name", isWork ? StringRef(row.isUnit ? "busy" : "issue")
                                    : getName(static_cast<Stall>(span.stall)));
      json.attribute("cat", isWork ? "work" : "stall");
      json.attribute("ts", double(span.begin) * cycle);
      json.attribute("dur", double(span.end - span.begin) * cycle);
      json.attribute("pid", 0);
      json.attribute("tid", int64_t(number));
      json.attributeObject("args", [&] {
        json.attribute("cycle", span.begin);
        if (isWork)
          json.attribute("instructions", span.instructions);
        const ptx::Instruction *instruction = estimate.instructions[span.step];
        if (!instruction)
          return;
        auto [text, isNew] = texts.insert({span.step, ""});
        if (isNew)
          text->second = json::fixUTF8(getText(context.module, *instruction));
        json.attribute("line", instruction->place.line);
        json.attribute("instruction", text->second);
      });
    });
  };
  const auto &rows = estimate.replay.timeline.rows;
  json.object([&] {
    json.attribute("displayTimeUnit", "ns");
    json.attributeArray("traceEvents", [&] {
      writeMeta("process_name", 0, "one SM of " + estimate.chip.name);
      for (auto [number, row] : enumerate(rows))
        if (!row.spans.empty())
          writeMeta("thread_name", number, row.name);
      for (auto [number, row] : enumerate(rows))
        for (const estimate::Span &span : row.spans)
          writeSpan(row, number, span);
    });
  });
  os << '\n';
}
