//===- EstimateReportTest.cpp - the estimate of time, in a report ---------===//

#include "lib/Simulator/Launch/ReportPrinter.h"

#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;
using estimate::Fact;
using estimate::Role;
using estimate::Step;

namespace {

/// A load and what needs it, 20 times, by one warp.
class EstimateReports : public ::testing::Test {
protected:
  EstimateReports() {
    module.text = "\tld.global.u32 \t%r1, [%rd1];\n\tadd.u32 %r1, %r1, 1;\n";
    load.place = {1, 2};
    load.mnemonic = "ld";
    add.place = {2, 2};
    add.mnemonic = "add";
    estimate::Trace trace;
    Step loads, adds;
    loads.role = Role::Access;
    loads.destinations = {0};
    loads.instruction = &load;
    adds.role = Role::Math;
    adds.sources = {0};
    adds.destinations = {0};
    adds.instruction = &add;
    trace.steps = {loads, adds};
    trace.numRegisters = 1;
    trace.ctas.resize(1);
    estimate::WarpTrace &warp = trace.ctas[0].warps.emplace_back();
    for (uint32_t i = 0; i < 20; ++i) {
      Fact fact{Fact::Kind::Global};
      fact.a = i;
      fact.b = 1;
      warp.sectors.push_back(i * 100);
      trace.sectors.note(i * 100, 0, /*isWrite=*/false);
      trace.touchedSectors += 3;
      warp.events.push_back({0, 0, i});
      warp.facts.push_back(fact);
      warp.events.push_back({1, 0, i + 1});
      warp.executed += 2;
    }
    const estimate::Chip &h100 = **estimate::findChip("h100");
    result.estimate = makeEstimate(
        h100, trace, cantFail(estimate::getResidency(h100, {})), true);
    result.finished = true;
    result.instructions = {{&load, {}}, {&add, {}}};
    for (InstructionCounts &counts : result.instructions) {
      counts.counts.executions = 20;
      counts.counts.lanes = 640;
    }
  }

  template <typename Print> std::string get(Print print) {
    std::string text;
    raw_string_ostream os(text);
    print(os, ReportContext{"k.ptx", module, result});
    return text;
  }

  ptx::Module module;
  ptx::Instruction load, add;
  LaunchResult result;
};

TEST_F(EstimateReports, Text) {
  std::string text = get(printReport);
  StringRef block = StringRef(text).substr(text.find("estimate for"));
  EXPECT_TRUE(block.starts_with("estimate for h100: ")) << text;
  constexpr StringLiteral kMemory =
      "\n  device memory: 640 bytes at the least, 0.00 us; all sectors "
      "touched: 1920 bytes (3.0 times)\n";
  for (StringRef line :
       {"\n  bound by: latency: global load\n",
        "\n  CTAs: 1 resident on an SM (limit: the grid), 1 for the busiest, ",
        "\n  in use: less than 1 % of everything\n",
        "\n  warps: global load 100 %\n",
        "\n  waits: 100 % in line 2, global load: add.u32 %r1, %r1, 1;\n",
        kMemory.data(),
        "\n  note: registers are not known (--regs): taken not to limit",
        "\n  note: 1 of 132 SMs have work\n"})
    EXPECT_TRUE(block.contains(line)) << line.str() << "\n" << text;
  // The line that sums up stays the last.
  EXPECT_TRUE(block.ends_with("finished: 0 errors, 0 notes\n"));
}

TEST_F(EstimateReports, JSON) {
  json::Value report = cantFail(json::parse(get(printReportAsJSON)));
  const json::Object &estimate = *report.getAsObject()->getObject("estimate");
  EXPECT_EQ(estimate.getString("chip"), "h100");
  EXPECT_EQ(estimate.getString("binding"), "latency: global load");
  EXPECT_EQ(estimate.getInteger("resident_ctas"), 1);
  EXPECT_EQ(estimate.getString("residency_limit"), "the grid");
  EXPECT_EQ(estimate.getInteger("device_bytes"), 640);
  EXPECT_EQ(estimate.getInteger("sector_bytes"), 1920);
  EXPECT_EQ(estimate.getInteger("issued"), 40);
  EXPECT_NEAR(*estimate.getNumber("microseconds") * 1830,
              double(*estimate.getInteger("cycles")), 1);
  for (StringRef key :
       {"issue_slots", "fp32_unit", "integer_unit", "fp64_unit",
        "special_function_unit", "tensor_cores", "load_store_unit",
        "shared_memory_and_l1_wavefronts", "l2", "device_memory", "tma_unit"}) {
    std::optional<double> use = estimate.getObject("use")->getNumber(key);
    ASSERT_TRUE(use) << key.str();
    EXPECT_GE(*use, 0);
    EXPECT_LE(*use, 1);
  }
  EXPECT_EQ(estimate.getObject("use")->size(), estimate::kNumResources);
  const json::Array &lines = *estimate.getArray("lines");
  ASSERT_EQ(lines.size(), 2u);
  const json::Object &second = *lines[1].getAsObject();
  EXPECT_EQ(second.getInteger("line"), 2);
  EXPECT_EQ(second.getInteger("issued"), 20);
  EXPECT_GT(*second.getObject("stalls")->getInteger("global_load"), 20 * 400);
  EXPECT_EQ(estimate.getArray("notes")->size(), 2u);
}

TEST_F(EstimateReports, NoEstimateNoKey) {
  result.estimate.reset();
  json::Value report = cantFail(json::parse(get(printReportAsJSON)));
  EXPECT_EQ(report.getAsObject()->get("estimate"), nullptr);
  EXPECT_EQ(get(printReport).find("estimate"), std::string::npos);
  EXPECT_EQ(get(printListing).find("stalls"), std::string::npos);
}

TEST_F(EstimateReports, ListingHasStalls) {
  std::string text = get(printListing);
  size_t begin = StringRef(text).take_front(text.find("add.u32")).rfind('\n');
  StringRef row = StringRef(text).substr(begin + 1).split('\n').first;
  EXPECT_TRUE(row.contains(" % global load")) << text;
  EXPECT_TRUE(StringRef(text).contains("used  stalls"));
}

TEST_F(EstimateReports, TimelineIsInOrder) {
  json::Value timeline = cantFail(json::parse(get(printTimeline)));
  const json::Array &events = *timeline.getAsObject()->getArray("traceEvents");
  std::map<int64_t, double> ends;
  unsigned loads = 0;
  for (const json::Value &value : events) {
    const json::Object &event = *value.getAsObject();
    if (event.getString("ph") == "M")
      continue;
    ASSERT_EQ(event.getString("ph"), "X");
    double begin = *event.getNumber("ts"), length = *event.getNumber("dur");
    EXPECT_GT(length, 0);
    double &end = ends[*event.getInteger("tid")];
    EXPECT_GE(begin, end - 1e-9);
    end = begin + length;
    if (event.getString("name") == "global load") {
      ++loads;
      EXPECT_EQ(event.getObject("args")->getInteger("line"), 2);
      EXPECT_EQ(event.getObject("args")->getString("instruction"),
                "add.u32 %r1, %r1, 1;");
      EXPECT_NEAR(length, 0.26, 0.02); // 479 cycles
    }
  }
  EXPECT_EQ(loads, 20u);
}

} // namespace
