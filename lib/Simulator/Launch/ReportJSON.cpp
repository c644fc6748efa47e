//===- ReportJSON.cpp - a run's report, for programs ----------------------===//

#include "lib/Simulator/Launch/ReportPrinter.h"

#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

static json::Array toJSON(const uint32_t (&place)[3]) {
  return json::Array{place[0], place[1], place[2]};
}

/// Where and who: the same of a finding and of the other access.
static void writeSite(json::OStream &json, const ReportContext &context,
                      const Site &site) {
  const ptx::Instruction *instruction = site.instruction;
  json.attribute("line", instruction ? json::Value(instruction->place.line)
                                     : json::Value(nullptr));
  json.attribute("file", json::fixUTF8(context.fileName));
  json.attribute("cta", toJSON(site.who.cta));
  json.attribute("thread", toJSON(site.who.thread));
  if (!instruction)
    return;
  json.attribute("instruction",
                 json::fixUTF8(getText(context.module, *instruction)));
  StringRef source = getSourceFile(context.module, *instruction);
  if (source.empty())
    return;
  json.attributeObject("source", [&] {
    json.attribute("file", json::fixUTF8(source));
    json.attribute("line", instruction->source.line);
    json.attribute("column", instruction->source.column);
  });
}

static void writeFinding(json::OStream &json, const ReportContext &context,
                         const Finding &finding) {
  bool isPlaced = hasAddress(finding);
  json.attribute("kind", getName(finding.kind));
  json.attribute("severity", isError(finding.kind) ? "error" : "note");
  json.attribute("message", json::fixUTF8(finding.message));
  json.attribute("space", isPlaced || finding.space != ptx::Space::Generic
                              ? json::Value(ptx::getName(finding.space))
                              : json::Value(nullptr));
  writeSite(json, context, finding.site);
  json.attribute("address", isPlaced ? json::Value(finding.address)
                                     : json::Value(nullptr));
  if (finding.hasOther)
    json.attributeObject("other",
                         [&] { writeSite(json, context, finding.other); });
  else
    json.attribute("other", nullptr);
  json.attribute("count", finding.count);
}

static void writeCounts(json::OStream &json, const Counts &counts) {
  json.attributeObject("instructions", [&] {
    for (size_t i = 0; i < kNumClasses; ++i)
      json.attributeObject(getName(ptx::Class(i)), [&] {
        json.attribute("warp", counts.warpInstructions[i]);
        json.attribute("thread", counts.threadInstructions[i]);
      });
  });
  json.attribute("thread_instructions", counts.getThreadInstructions());
  json.attribute("global_load_bytes", counts.globalLoadBytes);
  json.attribute("global_load_sectors", counts.globalLoadSectors);
  json.attribute("global_store_bytes", counts.globalStoreBytes);
  json.attribute("global_store_sectors", counts.globalStoreSectors);
  json.attribute("shared_load_bytes", counts.sharedLoadBytes);
  json.attribute("shared_store_bytes", counts.sharedStoreBytes);
  json.attribute("shared_wavefronts", counts.sharedWavefronts);
  json.attribute("shared_ideal_wavefronts", counts.sharedIdealWavefronts);
  json.attribute("local_bytes", counts.localBytes);
  json.attribute("tensor_flop", counts.tensorFlop);
  json.attribute("barriers", counts.barriers);
}

void sim::writeReport(json::OStream &json, const ReportContext &context) {
  json.attributeArray("findings", [&] {
    for (const Finding &finding : context.result.findings)
      json.object([&] { writeFinding(json, context, finding); });
  });
  json.attributeObject("counts",
                       [&] { writeCounts(json, context.result.counts); });
  if (const auto &estimate = context.result.estimate)
    json.attributeObject("estimate", [&] { writeEstimate(json, *estimate); });
}

void sim::printReportAsJSON(raw_ostream &os, const ReportContext &context) {
  json::OStream json(os, /*IndentSize=*/1);
  json.object([&] { writeReport(json, context); });
  os << '\n';
}
