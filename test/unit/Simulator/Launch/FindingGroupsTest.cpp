//===- FindingGroupsTest.cpp - findings as people read them ---------------===//

#include "lib/Simulator/Launch/FindingGroups.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

namespace {

class Groups : public ::testing::Test {
protected:
  Groups() {
    module.files = {"", "a.cu"};
    // So many places, of which some are of a source line.
    for (unsigned i = 0; i < kPlaces; ++i) {
      module.text += "\tinstruction;\n";
      instructions[i].place = {i + 1, 2};
    }
  }

  Finding &add(FindingKind kind, unsigned line) {
    Finding &finding = result.findings.emplace_back();
    finding.kind = kind;
    finding.message = "something is wrong";
    finding.site.instruction = &instructions[line - 1];
    return finding;
  }
  Finding &addPair(FindingKind kind, unsigned line, unsigned other) {
    Finding &finding = add(kind, line);
    finding.hasOther = true;
    finding.other.instruction = &instructions[other - 1];
    return finding;
  }
  void setSource(unsigned line, unsigned sourceLine) {
    instructions[line - 1].source = {1, sourceLine, 5};
  }

  std::string text() {
    std::string text;
    raw_string_ostream os(text);
    printReport(os, {"k.ptx", module, result});
    return text;
  }
  /// The findings' part of it.
  std::string entries() {
    std::string all = text();
    return all.substr(0, all.find("instructions      "));
  }
  std::vector<LineOfGroups> groups() {
    return groupFindings({"k.ptx", module, result});
  }

  static constexpr unsigned kPlaces = 4000;
  ptx::Module module;
  std::array<ptx::Instruction, kPlaces> instructions;
  LaunchResult result;
};

TEST_F(Groups, OneForAPairOfSourceLines) {
  for (unsigned line : {1, 2, 3})
    setSource(line, 7);
  for (unsigned line : {4, 5})
    setSource(line, 9);
  addPair(FindingKind::Race, 1, 4).count = 10;
  addPair(FindingKind::Race, 2, 5);
  // Seen from the other side; another cause.
  addPair(FindingKind::Race, 4, 3).message = "something else is";
  add(FindingKind::Uninitialized, 1);
  ASSERT_EQ(groups().size(), 1u);
  EXPECT_EQ(groups()[0].size(), 2u);
  EXPECT_EQ(groups()[0][0].findings.size(), 3u);
  EXPECT_EQ(groups()[0][0].getCount(), 12u);
  EXPECT_EQ(StringRef(entries()).split("\n\n").first,
            "k.ptx:1:2: error: race: something is wrong\n"
            "    instruction;\n"
            "  from a.cu:7:5\n"
            "  by thread (0,0,0) of CTA (0,0,0), at generic address 0x0; 10 "
            "times\n"
            "k.ptx:4:2: note: the other access\n"
            "    instruction;\n"
            "  from a.cu:9:5\n"
            "  by thread (0,0,0) of CTA (0,0,0)\n"
            "  and at 2 more pairs of instructions of these lines, 12 times in "
            "all\n"
            "  also: something else is");
}

TEST_F(Groups, WithoutLocTheLineIsThatOfThePTX) {
  addPair(FindingKind::Race, 1, 3);
  addPair(FindingKind::Race, 2, 3);
  EXPECT_EQ(groups().size(), 2u);
}

TEST_F(Groups, AFewOfALineAndTheRestByKind) {
  for (unsigned other = 2; other < 40; ++other)
    addPair(FindingKind::Race, 1, other);
  add(FindingKind::Misaligned, 1);
  add(FindingKind::Trap, 1).message = "trap";
  ASSERT_EQ(groups().size(), 1u);
  EXPECT_EQ(count_if(groups()[0],
                     [](const FindingGroup &group) { return group.isShown; }),
            3);
  // One of each kind is always there.
  std::string all = entries();
  EXPECT_EQ(StringRef(all).count("error: "), 3u);
  for (StringRef kind : {"race", "misaligned", "trap"})
    EXPECT_EQ(StringRef(all).count(("error: " + kind).str()), 1u);
  EXPECT_TRUE(StringRef(all).contains(
      "k.ptx:1: and 37 more at this line with others: 37 race\n"));
}

TEST_F(Groups, ErrorsBeforeNotes) {
  addPair(FindingKind::SameValueWrite, 1, 2);
  addPair(FindingKind::Race, 3, 4);
  std::string all = entries();
  EXPECT_LT(all.find("error: race"), all.find("note: same-value-write"));
  EXPECT_NE(all.find("note: same-value-write"), std::string::npos);
}

TEST_F(Groups, TheWholeIsBounded) {
  for (unsigned line = 1; line <= kPlaces / 2; ++line)
    addPair(FindingKind::Race, line, line + kPlaces / 2);
  for (unsigned line = 1; line <= 500; ++line)
    addPair(FindingKind::SameValueWrite, line, line);
  add(FindingKind::Deadlock, kPlaces);
  std::string all = entries();
  EXPECT_EQ(StringRef(all).count("error: race"), kGroupsShown - 2);
  EXPECT_EQ(StringRef(all).count("error: deadlock"), 1u);
  EXPECT_EQ(StringRef(all).count("note: same-value-write"), 1u);
  EXPECT_LT(StringRef(all).count('\n'), 200u);
  EXPECT_TRUE(StringRef(all).ends_with(
      "and 2481 more at other lines: 1982 race, 499 same-value-write; "
      "--report=FILE.json has them all\n\n"));
  EXPECT_TRUE(StringRef(text()).ends_with("2001 errors, 500 notes\n"));
}

TEST_F(Groups, LongInstructionsAreCut) {
  module.text = "\twgmma " + std::string(2000, 'r') + ";\n";
  add(FindingKind::AsyncUse, 1);
  EXPECT_LT(entries().size(), 400u);
  EXPECT_NE(entries().find("rrr...\n"), std::string::npos);
}

TEST_F(Groups, OfNoInstruction) {
  for (int i = 0; i < 3; ++i)
    add(FindingKind::Deadlock, 1).site.instruction = nullptr;
  EXPECT_EQ(groups().size(), 1u);
  EXPECT_TRUE(StringRef(entries()).starts_with("k.ptx: error: deadlock: "));
}

/// Of each kind the page says how it is called and what it is.
TEST(Kinds, AllStandInTheDocumentation) {
  auto page = MemoryBuffer::getFile(SLUICE_SOURCE_FOLDER "/docs/simulator.md");
  ASSERT_TRUE(bool(page));
  unsigned number = 0;
  for (;; ++number) {
    auto kind = static_cast<FindingKind>(number);
    if (getName(kind).empty())
      break;
    std::string row = ("\n| `" + getName(kind) + "` | " +
                       (isError(kind) ? "error" : "note") + " | ")
                          .str();
    EXPECT_TRUE((*page)->getBuffer().contains(row)) << row;
  }
  EXPECT_GE(number, 11u);
}

} // namespace
