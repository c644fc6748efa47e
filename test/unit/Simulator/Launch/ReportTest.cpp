//===- ReportTest.cpp - a run's report, for people and programs -----------===//

#include "lib/Simulator/Launch/ReportPrinter.h"

#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

namespace {

class Reports : public ::testing::Test {
protected:
  Reports() {
    module.text = "//\n\tst.shared.u32 \t [%r1], %r2; // first\n"
                  "\tld.shared.u32\n";
    module.files = {"", "a.cu"};
    store.place = {2, 2};
    store.source = {1, 7, 3};
    load.place = {3, 2};
  }

  Finding makeRace() {
    Finding race;
    race.kind = FindingKind::Race;
    race.message = "a load and a store with nothing between";
    race.space = ptx::Space::Shared;
    race.address = 0x404;
    race.site.instruction = &load;
    race.site.who.thread[0] = 1;
    race.site.who.cta[2] = 5;
    race.hasOther = true;
    race.other.instruction = &store;
    race.count = 31;
    return race;
  }

  std::string text() {
    std::string text;
    raw_string_ostream os(text);
    printReport(os, {"k.ptx", module, result});
    return text;
  }
  json::Value json() {
    std::string text;
    raw_string_ostream os(text);
    printReportAsJSON(os, {"k.ptx", module, result});
    return cantFail(json::parse(text));
  }

  ptx::Module module;
  ptx::Instruction store, load;
  LaunchResult result;
};

TEST_F(Reports, Race) {
  result.findings.push_back(makeRace());
  result.finished = true;
  EXPECT_EQ(StringRef(text()).split("\n\n").first,
            "k.ptx:3:2: error: race: a load and a store with nothing between\n"
            "    ld.shared.u32\n"
            "  by thread (1,0,0) of CTA (0,0,5), at shared address 0x404; 31 "
            "times\n"
            "k.ptx:2:2: note: the other access\n"
            "    st.shared.u32 [%r1], %r2;\n"
            "  from a.cu:7:3\n"
            "  by thread (0,0,0) of CTA (0,0,0)");
  EXPECT_TRUE(StringRef(text()).ends_with("finished: 1 error, 0 notes\n"));
  EXPECT_EQ(
      json().getAsObject()->get("findings")->getAsArray()->front(),
      json::Value(json::Object{
          {"kind", "race"},
          {"severity", "error"},
          {"message", "a load and a store with nothing between"},
          {"space", "shared"},
          {"line", 3},
          {"file", "k.ptx"},
          {"cta", {0, 0, 5}},
          {"thread", {1, 0, 0}},
          {"instruction", "ld.shared.u32"},
          {"address", 0x404},
          {"other", json::Object{{"line", 2},
                                 {"file", "k.ptx"},
                                 {"cta", {0, 0, 0}},
                                 {"thread", {0, 0, 0}},
                                 {"instruction", "st.shared.u32 [%r1], %r2;"},
                                 {"source", json::Object{{"file", "a.cu"},
                                                         {"line", 7},
                                                         {"column", 3}}}}},
          {"count", 31}}));
}

TEST_F(Reports, NoPlaceInMemory) {
  Finding deadlock;
  deadlock.kind = FindingKind::Deadlock;
  deadlock.message = "\xff nobody comes";
  result.findings.push_back(deadlock);
  EXPECT_TRUE(StringRef(text()).contains("not finished: 1 error, 0 notes"));
  const json::Value object = json();
  const json::Object &finding =
      *object.getAsObject()->getArray("findings")->front().getAsObject();
  for (StringRef key : {"space", "line", "address", "other"})
    EXPECT_EQ(*finding.get(key), json::Value(nullptr)) << key.str();
}

TEST_F(Reports, NoteIsNoError) {
  Finding note = makeRace();
  note.kind = FindingKind::SameValueWrite;
  result.findings.push_back(note);
  result.finished = true;
  EXPECT_TRUE(StringRef(text()).ends_with("finished: 0 errors, 1 note\n"));
}

TEST_F(Reports, Counts) {
  result.finished = true;
  result.counts.warpInstructions[size_t(ptx::Class::Memory)] = 2;
  result.counts.threadInstructions[size_t(ptx::Class::Memory)] = 40;
  result.counts.globalLoadBytes = 160;
  result.counts.globalLoadSectors = 10;
  result.counts.sharedWavefronts = 4;
  result.counts.sharedIdealWavefronts = 1;
  EXPECT_EQ(text(),
            "instructions              warp           thread\n"
            "  memory                     2               40\n"
            "  all                        2               40\n"
            "global loads: 160 bytes in 10 sectors of 32 (50 % of them asked "
            "for)\n"
            "shared wavefronts: 4, ideally 1\n"
            "finished: 0 errors, 0 notes\n");
  const json::Value object = json();
  const json::Object &counts = *object.getAsObject()->getObject("counts");
  EXPECT_EQ(counts.getInteger("global_load_sectors"), 10);
  EXPECT_EQ(counts.getObject("instructions")
                ->getObject("memory")
                ->getInteger("thread"),
            40);
}

} // namespace
