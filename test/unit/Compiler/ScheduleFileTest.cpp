//===- ScheduleFileTest.cpp - Schedules that were found elsewhere ---------===//

#include "lib/Compiler/ScheduleFile.h"
#include "dialects/Registration.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Reference/Random.h"
#include "llvm/Support/JSON.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::reference;
using namespace sluice::runtime;

static constexpr StringLiteral kChunkSchedule =
    "#wy.schedule<chunk = 8, leaf = 4, target = #wy.cpu_schedule<lanes = 8, "
    "panel = 3, block = 2, registers = 16>>";
static constexpr StringLiteral kStepSchedule =
    "#wy.schedule<target = #wy.cpu_schedule<lanes = 4, panel = 1, block = 32, "
    "registers = 16>>";

namespace {
class ScheduleFileTest : public testing::Test {
protected:
  ScheduleFileTest() {
    mlir::DialectRegistry registry;
    registerSluiceDialects(registry);
    context.appendDialectRegistry(registry);
    spec = cantFail(loadSpec(context, "gla"));
    query.op = spec.op;
    query.target = cantFail(target::findCpu("x86-64-v3"));
    query.argTypes.assign(query.op.getNumArgs(), io::DType::BF16);
    query.keyDim = 128;
    query.valueDim = 64;
    query.tokens = 1024;
    query.batchHeads = 32;
  }

  /// An entry that fits.
  json::Object makeEntry() {
    return json::Object{{"spec", hashSpec(spec.op)},
                        {"name", "gla"},
                        {"form", "chunk"},
                        {"direction", "forward"},
                        {"target", "x86-64-v3"},
                        {"dtypes", json::Object{{"q", "bf16"},
                                                {"k", "bf16"},
                                                {"v", "bf16"},
                                                {"g", "bf16"}}},
                        {"K", 128},
                        {"V", 64},
                        {"T", json::Array{1000, 2000}},
                        {"BH", json::Array{0, nullptr}},
                        {"schedule", kChunkSchedule}};
  }
  static std::string makeFile(json::Array entries) {
    std::string text;
    raw_string_ostream(text) << json::Value(
        json::Object{{"format", 1}, {"entries", std::move(entries)}});
    return text;
  }
  /// The schedule's text; "none"; or the error.
  std::string choose(StringRef text) {
    Expected<ScheduleFile> file = ScheduleFile::parse(context, text, "s.json");
    if (!file)
      return toString(file.takeError());
    Expected<wy::ScheduleAttr> schedule = file->choose(query);
    if (!schedule)
      return toString(schedule.takeError());
    if (!*schedule)
      return "none";
    std::string found;
    raw_string_ostream(found) << *schedule;
    return found;
  }
  /// Of a file with an entry that fits, but for one member.
  std::string chooseWith(StringRef member, json::Value value) {
    json::Object entry = makeEntry();
    entry[member] = std::move(value);
    return choose(makeFile(json::Array{std::move(entry)}));
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  Spec spec;
  ScheduleQuery query;
};

TEST_F(ScheduleFileTest, TakesTheFirstThatFits) {
  EXPECT_EQ(choose(makeFile(json::Array{})), "none");
  EXPECT_EQ(choose(makeFile(json::Array{makeEntry()})), kChunkSchedule);
  json::Object other = makeEntry(), second = makeEntry();
  other["V"] = 32;
  second["schedule"] = kChunkSchedule.str().replace(20, 1, "9");
  EXPECT_EQ(choose(makeFile(
                json::Array{std::move(other), makeEntry(), std::move(second)})),
            kChunkSchedule);
}

TEST_F(ScheduleFileTest, FitsInEveryMember) {
  EXPECT_EQ(chooseWith("K", 64), "none");
  EXPECT_EQ(chooseWith("V", 128), "none");
  EXPECT_EQ(chooseWith("target", "x86-64-v4"), "none");
  EXPECT_EQ(chooseWith("dtypes", json::Object{{"q", "bf16"},
                                              {"k", "bf16"},
                                              {"v", "bf16"},
                                              {"g", "f32"}}),
            "none");
  json::Object step = makeEntry();
  step["form"] = "step";
  step["schedule"] = kStepSchedule;
  std::string file = makeFile(json::Array{std::move(step)});
  EXPECT_EQ(choose(file), "none");
  query.form = Form::Step;
  EXPECT_EQ(choose(file), kStepSchedule);
}

TEST_F(ScheduleFileTest, BothEndsOfARangeAreInIt) {
  for (auto [from, to, fits] :
       {std::tuple(0, 1023, false), std::tuple(0, 1024, true),
        std::tuple(1024, 1024, true), std::tuple(1025, 9999, false)})
    EXPECT_EQ(chooseWith("T", json::Array{from, to}) != "none", fits);
  EXPECT_EQ(chooseWith("BH", json::Array{33, nullptr}), "none");
  EXPECT_EQ(chooseWith("BH", json::Array{32, nullptr}), kChunkSchedule);
  // Nothing to compare: any.
  query.tokens = query.batchHeads = std::nullopt;
  EXPECT_EQ(chooseWith("T", json::Array{5, 5}), kChunkSchedule);
}

TEST_F(ScheduleFileTest, ChunkThatIsAskedFor) {
  query.chunk = 8;
  EXPECT_EQ(choose(makeFile(json::Array{makeEntry()})), kChunkSchedule);
  query.chunk = 4;
  EXPECT_EQ(choose(makeFile(json::Array{makeEntry()})), "none");
}

TEST_F(ScheduleFileTest, WhatIsPrintedIsReadBack) {
  wy::ScheduleAttr schedule = cantFail(parseSchedule(context, kChunkSchedule));
  std::string text;
  raw_string_ostream os(text);
  printScheduleFile(os, compiler::makeEntry(query, schedule));
  EXPECT_EQ(choose(text), kChunkSchedule);
  query.tokens = 0;
  EXPECT_EQ(choose(text), kChunkSchedule);
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST_F(ScheduleFileTest, AnotherSpecUnderTheName) {
  std::string hash = hashSpec(spec.op), other(64, '0');
  EXPECT_EQ(chooseWith("spec", other),
            "s.json: entry 0 ('gla'): 'name' and 'spec' are of two specs: the "
            "hash of 'gla' is " +
                hash + ", found " + other);
  json::Object entry = makeEntry();
  entry["name"] = "kda";
  EXPECT_EQ(choose(makeFile(json::Array{makeEntry(), std::move(entry)})),
            "s.json: entry 1 ('kda'): 'name' and 'spec' are of two specs: the "
            "hash is that of 'gla'");
  // Another spec's entries are nothing to us.
  entry = makeEntry();
  entry["name"] = "kda";
  entry["spec"] = other;
  EXPECT_EQ(choose(makeFile(json::Array{std::move(entry)})), "none");
}

TEST_F(ScheduleFileTest, ErrorsOfTheFile) {
  EXPECT_EQ(choose(R"({"format": 2, "entries": []})"),
            "s.json: 'format' is 1, found 2");
  EXPECT_EQ(choose(R"({"entries": []})"),
            "s.json: 'format' is 1, found nothing");
  EXPECT_EQ(choose(R"({"format": 1})"),
            "s.json: 'entries' is a list, found nothing");
  EXPECT_EQ(choose(R"({"format": 1, "entries": {}})"),
            "s.json: 'entries' is a list, found an object");
  EXPECT_EQ(choose(R"({"format": 1, "entries": [], "entry": 0})"),
            "s.json: 'entry' is not one of format, entries");
  EXPECT_EQ(choose("[]"),
            "s.json: is an object with 'format' and 'entries', found []");
  EXPECT_EQ(choose(R"({"format": 1, "entries": ["kda"]})"),
            "s.json: entry 0: is an object, found \"kda\"");
  EXPECT_TRUE(
      StringRef(choose("{")).starts_with("s.json: is not valid JSON: "));
  EXPECT_TRUE(StringRef(choose("")).starts_with("s.json: is not valid JSON: "));
  EXPECT_EQ(choose(std::string(100000, '[')),
            "s.json: nests deeper than 64 levels");
}

TEST_F(ScheduleFileTest, ErrorsOfAnEntry) {
  auto expect = [&](StringRef member, json::Value value, StringRef error) {
    EXPECT_EQ(chooseWith(member, std::move(value)),
              ("s.json: entry 0 ('gla'): " + error).str());
  };
  expect(
      "shedule", "",
      "'shedule' is not one of spec, name, form, direction, target, dtypes, K, "
      "V, T, BH, schedule");
  expect("spec", "123",
         "'spec' is a spec's hash, 64 hexadecimal digits, found "
         "\"123\"");
  expect("form", "tokens", "'form' is step or chunk, found \"tokens\"");
  expect("direction", "backward", "'direction' is forward, found \"backward\"");
  expect("target", "host",
         "'target' is x86-64, x86-64-v2, x86-64-v3, x86-64-v4, "
         "sm_80, sm_90a, found \"host\"");
  expect("dtypes", 4,
         "'dtypes' is an object with a type, f32, f16 or bf16, "
         "for each argument, found 4");
  expect("dtypes", json::Object{{"q", "f64"}},
         "'dtypes' is an object with a type, f32, f16 or bf16, for each "
         "argument, found \"f64\" for 'q'");
  expect("dtypes", json::Object{{"q", "bf16"}},
         "'dtypes' has a type for each of g, k, q, v, found q");
  expect("dtypes", json::Object{},
         "'dtypes' has a type for each of g, k, q, v, found nothing");
  expect("K", 0, "'K' is a number from 1 to 65536, found 0");
  expect("K", 1.5, "'K' is a number from 1 to 65536, found 1.5");
  expect("V", "128", "'V' is a number from 1 to 65536, found \"128\"");
  StringRef range = "is a list of two numbers, the first from 0 on, the second "
                    "null or no less than it, found ";
  expect("T", 5, ("'T' " + range + "5").str());
  for (StringRef wrong :
       {"[]", "[1]", "[1,2,3]", "[2,1]", "[-1,1]", "[null,1]", "[0,\"1\"]"})
    expect("BH", cantFail(json::parse(wrong)), ("'BH' " + range + wrong).str());
  EXPECT_EQ(chooseWith("name", nullptr),
            "s.json: entry 0: 'name' is a spec's name, found null");
  // However long a wrong value is.
  expect("form", std::string(100000, 'x'),
         ("'form' is step or chunk, found \"" + std::string(59, 'x') + "…"));
}

TEST_F(ScheduleFileTest, ErrorsOfASchedule) {
  auto expect = [&](json::Value text, StringRef error) {
    EXPECT_EQ(chooseWith("schedule", std::move(text)),
              ("s.json: entry 0 ('gla'): 'schedule'" + error).str());
  };
  expect(5, " is #wy.schedule<…>, found 5");
  expect("", ": a schedule is #wy.schedule<…>, found ''");
  expect("dense<0> : tensor<4xi8>",
         ": a schedule is #wy.schedule<…>, found 'dense<0> : tensor<4xi8>'");
  expect("#wy.schedule<leaf = 5>",
         ": 'leaf' is a power of two from 1 to 2^20, found 5");
  expect("#wy.schedule<leaf = 4>",
         ": a schedule for x86-64-v3 has target = #wy.cpu_schedule<…>, found "
         "no such part");
  expect("#wy.schedule<target = #wy.cpu_schedule<lanes = 16, panel = 1, block "
         "= 1, registers = 16>>",
         ": lanes is at most 8 on x86-64-v3, found 16");
  expect("#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 1, block = "
         "1, registers = 16>>",
         ": chunk is between 1 and 128, found none");
  expect("#wy.schedule<chunk = 129, target = #wy.cpu_schedule<lanes = 8, panel "
         "= 1, block = 1, registers = 16>>",
         ": chunk is between 1 and 128, found 129");
  expect("#wy.schedule<chunk = 4, placement = segments, segment = 6, target = "
         "#wy.cpu_schedule<lanes = 8, panel = 1, block = 1, registers = 16>>",
         ": a segment has at most 1048576 tokens, and whole chunks of 4, found "
         "6");
  expect(
      "#wy.schedule<precision = <read = tf32>, target = #wy.cpu_schedule<"
      "lanes = 8, panel = 1, block = 1, registers = 16>>",
      ": 'read' of tf32 is not offered by the target #wy.cpu_schedule<lanes = "
      "8, panel = 1, block = 1, registers = 16>");
  expect((kChunkSchedule + " and more").str(),
         ": expected nothing after the schedule, found 'and more'");
  expect(std::string(5000, '#'),
         ": a schedule's text has at most 4096 bytes, found 5000");
  expect("#wy.schedule<" + std::string(1000, '<'),
         ": nests deeper than 256 levels, or an alias "
         "expands to more than 65536 others");
}

/// Whatever stands in a file, it is read or refused with a line that names it.
TEST_F(ScheduleFileTest, MutatedFiles) {
  const std::string good = makeFile(json::Array{makeEntry(), makeEntry()});
  Random random(/*seed=*/1, /*stream=*/7);
  auto draw = [&](size_t count) { return random.bits() % count; };
  constexpr StringLiteral alphabet = "{}[]<>\"\\,:=#.0129-aeK \n\x01\xff";
  unsigned refused = 0;
  for (unsigned trial = 0; trial < 4000; ++trial) {
    std::string text = good;
    for (size_t changes = 1 + draw(3); changes > 0; --changes) {
      size_t place = draw(text.size());
      switch (draw(4)) {
      case 0:
        text[place] = alphabet[draw(alphabet.size())];
        break;
      case 1:
        text.erase(place, 1 + draw(8));
        break;
      case 2:
        text.insert(place, 1 + draw(4), alphabet[draw(alphabet.size())]);
        break;
      default:
        text.insert(place, good.substr(draw(good.size()), draw(40)));
      }
    }
    std::string outcome = choose(text);
    bool isRead = outcome == "none" || StringRef(outcome).starts_with("#wy.");
    EXPECT_TRUE(isRead || StringRef(outcome).starts_with("s.json: ")) << text;
    refused += !isRead;
  }
  EXPECT_GT(refused, 3000u);
  EXPECT_LT(refused, 4000u);
}

} // namespace
