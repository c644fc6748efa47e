//===- ScheduleFile.cpp - schedules that were found elsewhere -------------===//

#include "lib/Compiler/ScheduleFile.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/IO/NestingScan.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

static constexpr int64_t kFormat = 1;
static constexpr size_t kMostBytes = size_t{16} << 20;
/// As --key-dim has it, and --chunk.
static constexpr int64_t kMostElements = 65536,
                         kMostTokens = target::kMostChunkTokens;
static constexpr size_t kHashDigits = 64;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

std::string compiler::hashSpec(delta::RecurrenceOp op) {
  std::string text;
  raw_string_ostream os(text);
  op->print(os);
  os << '\n';
  return toHex(SHA256::hash(arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

static StringRef nameOf(Form form) {
  return form == Form::Step ? "step" : "chunk";
}

/// A value as it stands in the file.
static std::string show(const json::Value *value) {
  if (!value)
    return "nothing";
  if (value->kind() == json::Value::Object)
    return "an object";
  std::string text;
  raw_string_ostream(text) << *value;
  return makePrintable(text, /*most=*/60);
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace {
/// Reads the members of one object and remembers the first that is wrong.
class Reader {
public:
  explicit Reader(const json::Object &object) : object(object) {}

  /// Fails if there are members of other names.
  void allow(ArrayRef<StringRef> names) {
    for (const auto &[name, value] : object)
      if (!is_contained(names, StringRef(name)))
        fail(quote(name) + " is not one of " + join(names, ", "));
  }

  StringRef getString(StringRef name, StringRef what) {
    const json::Value *value = object.get(name);
    std::optional<StringRef> text = value ? value->getAsString() : std::nullopt;
    if (!text)
      expect(name, what);
    return text.value_or("");
  }

  int64_t getNumber(StringRef name, int64_t least, int64_t most) {
    const json::Value *value = object.get(name);
    std::optional<int64_t> number =
        value ? value->getAsInteger() : std::nullopt;
    if (!number || *number < least || *number > most)
      expect(name, "a number from " + Twine(least) + " to " + Twine(most));
    return number.value_or(least);
  }

  Range getRange(StringRef name) {
    const json::Value *value = object.get(name);
    const json::Array *pair = value ? value->getAsArray() : nullptr;
    Range range;
    if (pair && pair->size() == 2) {
      std::optional<int64_t> from = (*pair)[0].getAsInteger();
      range.from = from.value_or(-1);
      range.to = (*pair)[1].getAsInteger();
      bool isOpen = (*pair)[1].getAsNull().has_value();
      if (range.from >= 0 && (isOpen || range.to) &&
          range.to.value_or(range.from) >= range.from)
        return range;
    }
    expect(name, "a list of two numbers, the first from 0 on, the second null "
                 "or no less than it");
    return range;
  }

  const json::Object *getObject(StringRef name, StringRef what) {
    const json::Value *value = object.get(name);
    const json::Object *found = value ? value->getAsObject() : nullptr;
    if (!found)
      expect(name, what);
    return found;
  }

  /// `name` is not `what`.
  void expect(StringRef name, const Twine &what) {
    fail(quote(name) + " is " + what + ", found " + show(object.get(name)));
  }
  void fail(const Twine &message) {
    if (problem.empty())
      problem = message.str();
  }
  StringRef getProblem() const { return problem; }

private:
  const json::Object &object;
  std::string problem;
};
} // namespace

static void readDTypes(Reader &reader, ScheduleEntry &entry) {
  constexpr StringLiteral what = "an object with a type, f32, f16 or bf16, for "
                                 "each argument";
  const json::Object *types = reader.getObject("dtypes", what);
  if (!types)
    return;
  for (const auto &[name, value] : *types) {
    std::optional<StringRef> type = value.getAsString();
    std::optional<io::DType> dtype =
        type ? io::parseDType(type->upper()) : std::nullopt;
    if (dtype != io::DType::F32 && dtype != io::DType::F16 &&
        dtype != io::DType::BF16)
      reader.fail("'dtypes' is " + what + ", found " + show(&value) + " for " +
                  quote(name));
    else
      entry.dtypes.emplace(name.str(), *dtype);
  }
}

static void readTarget(Reader &reader, ScheduleEntry &entry) {
  StringRef name = reader.getString("target", "the name of a target");
  // "host" would be another processor somewhere else.
  SmallVector<ScheduleTarget> targets;
  for (const target::Cpu &cpu : target::getCpus())
    targets.push_back(&cpu);
  for (const target::Gpu &gpu : target::getGpus())
    targets.push_back(&gpu);
  auto getName = [](const ScheduleTarget &target) { return target.getName(); };
  const auto *found = find_if(
      targets, [&](const auto &target) { return target.getName() == name; });
  if (found != targets.end())
    entry.target = *found;
  else
    reader.expect("target", join(map_range(targets, getName), ", "));
}

static void readSchedule(Reader &reader, mlir::MLIRContext &context,
                         ScheduleEntry &entry) {
  StringRef text = reader.getString("schedule", "#wy.schedule<…>");
  if (!reader.getProblem().empty())
    return;
  Expected<wy::ScheduleAttr> schedule = parseSchedule(context, text);
  if (!schedule)
    return reader.fail("'schedule': " + toString(schedule.takeError()));
  entry.schedule = *schedule;
  const ScheduleTarget &target = entry.target;
  if (Error error =
          target.gpu ? checkSchedule(entry.schedule, entry.form, *target.gpu)
                     : checkSchedule(entry.schedule, entry.form, *target.cpu))
    return reader.fail("'schedule': " + toString(std::move(error)));
  int64_t chunk = entry.schedule.getChunk();
  if (entry.form == Form::Chunk && (chunk < 1 || chunk > kMostTokens))
    reader.fail("'schedule': chunk is between 1 and " + Twine(kMostTokens) +
                ", found " + (chunk ? Twine(chunk) : Twine("none")));
}

/// Fails with what is wrong with the entry.
static Error readEntry(const json::Object &object, mlir::MLIRContext &context,
                       ScheduleEntry &entry) {
  Reader reader(object);
  reader.allow({"spec", "name", "form", "direction", "target", "dtypes", "K",
                "V", "T", "BH", "schedule"});
  entry.name = reader.getString("name", "a spec's name").str();
  entry.spec = reader.getString("spec", "a spec's hash").str();
  if (entry.spec.size() != kHashDigits || !all_of(entry.spec, isHexDigit))
    reader.expect("spec", "a spec's hash, " + Twine(kHashDigits) +
                              " hexadecimal digits");
  StringRef form = reader.getString("form", "step or chunk");
  if (form != "step" && form != "chunk")
    reader.expect("form", "step or chunk");
  entry.form = form == "step" ? Form::Step : Form::Chunk;
  if (reader.getString("direction", "forward") != "forward")
    reader.expect("direction", "forward");
  readTarget(reader, entry);
  readDTypes(reader, entry);
  entry.keyDim = reader.getNumber("K", 1, kMostElements);
  entry.valueDim = reader.getNumber("V", 1, kMostElements);
  entry.tokens = reader.getRange("T");
  entry.batchHeads = reader.getRange("BH");
  readSchedule(reader, context, entry);
  if (reader.getProblem().empty())
    return Error::success();
  return error(reader.getProblem());
}

static std::string placeOf(StringRef path, size_t index, StringRef name) {
  return (path + ": entry " + Twine(index) +
          (name.empty() ? Twine() : " (" + quote(name) + ")") + ": ")
      .str();
}

Expected<ScheduleFile> ScheduleFile::parse(mlir::MLIRContext &context,
                                           StringRef text, StringRef path) {
  auto fail = [&](const Twine &message) {
    return error(path + ": " + message);
  };
  if (io::findJSONNestingDeeperThan(text, io::kJSONNestingLimit))
    return fail("nests deeper than " + Twine(io::kJSONNestingLimit) +
                " levels");
  Expected<json::Value> parsed = json::parse(text);
  if (!parsed)
    return fail("is not valid JSON: " + toString(parsed.takeError()));
  const json::Object *object = parsed->getAsObject();
  if (!object)
    return fail("is an object with 'format' and 'entries', found " +
                show(&*parsed));
  if (object->getInteger("format") != kFormat)
    return fail("'format' is " + Twine(kFormat) + ", found " +
                show(object->get("format")));
  Reader reader(*object);
  reader.allow({"format", "entries"});
  if (!object->getArray("entries"))
    reader.expect("entries", "a list");
  if (!reader.getProblem().empty())
    return fail(reader.getProblem());

  ScheduleFile file;
  file.path = path.str();
  for (const json::Value &value : *object->getArray("entries")) {
    size_t index = file.entries.size();
    const json::Object *members = value.getAsObject();
    if (!members)
      return error(placeOf(path, index, "") + "is an object, found " +
                   show(&value));
    if (Error problem =
            readEntry(*members, context, file.entries.emplace_back()))
      return error(placeOf(path, index, file.entries.back().name) +
                   toString(std::move(problem)));
  }
  return file;
}

Expected<ScheduleFile> ScheduleFile::load(mlir::MLIRContext &context,
                                          StringRef path) {
  Expected<std::string> text = readText(path, "a schedule file", kMostBytes);
  if (!text)
    return error("cannot read '" + path + "': " + toString(text.takeError()));
  return parse(context, *text, path);
}

//===----------------------------------------------------------------------===//
// Choosing
//===----------------------------------------------------------------------===//

static std::map<std::string, io::DType> getDTypes(const ScheduleQuery &query) {
  delta::RecurrenceOp op = query.op;
  std::map<std::string, io::DType> dtypes;
  for (auto [i, dtype] : enumerate(query.argTypes))
    if (op.getArgKind(i) != delta::ArgKind::State)
      dtypes.emplace(op.getArgName(i).str(), dtype);
  return dtypes;
}

ScheduleQuery compiler::getScheduleQuery(delta::RecurrenceOp op,
                                         const Problem &problem, Form form,
                                         ScheduleTarget target) {
  ScheduleQuery query;
  query.op = op;
  query.form = form;
  query.target = target;
  for (const io::TensorView &view : problem.args)
    query.argTypes.push_back(view.dtype);
  query.keyDim = problem.sizes["K"];
  query.valueDim = problem.sizes["V"];
  query.tokens = problem.sizes["T"];
  query.batchHeads = problem.sizes["N"] * problem.sizes["HV"];
  return query;
}

ScheduleEntry compiler::makeEntry(const ScheduleQuery &query,
                                  wy::ScheduleAttr schedule) {
  delta::RecurrenceOp op = query.op;
  ScheduleEntry entry;
  entry.spec = hashSpec(op);
  entry.name = op.getSymName().str();
  entry.form = query.form;
  entry.target = query.target;
  entry.dtypes = getDTypes(query);
  entry.keyDim = query.keyDim;
  entry.valueDim = query.valueDim;
  entry.schedule = schedule;
  return entry;
}

static std::string listNames(const std::map<std::string, io::DType> &dtypes) {
  if (dtypes.empty())
    return "nothing";
  return join(map_range(dtypes, [](const auto &pair) { return pair.first; }),
              ", ");
}

Expected<wy::ScheduleAttr>
ScheduleFile::choose(const ScheduleQuery &query) const {
  delta::RecurrenceOp op = query.op;
  std::string hash = hashSpec(op);
  std::map<std::string, io::DType> dtypes = getDTypes(query);
  wy::ScheduleAttr chosen;
  // All of them are looked at: an error is one wherever it stands.
  for (auto [i, entry] : enumerate(entries)) {
    auto fail = [&](const Twine &message) {
      return error(placeOf(path, i, entry.name) + message);
    };
    constexpr StringLiteral twoSpecs = "'name' and 'spec' are of two specs: ";
    if (entry.spec == hash && entry.name != op.getSymName())
      return fail(twoSpecs + "the hash is that of " + quote(op.getSymName()));
    if (entry.spec != hash && entry.name == op.getSymName())
      return fail(twoSpecs + "the hash of " + quote(op.getSymName()) + " is " +
                  hash + ", found " + entry.spec);
    if (entry.spec != hash)
      continue;
    if (listNames(entry.dtypes) != listNames(dtypes))
      return fail("'dtypes' has a type for each of " + listNames(dtypes) +
                  ", found " + makePrintable(listNames(entry.dtypes)));
    bool fits =
        entry.form == query.form && entry.target == query.target &&
        entry.dtypes == dtypes && entry.keyDim == query.keyDim &&
        entry.valueDim == query.valueDim &&
        (!query.tokens || entry.tokens.contains(*query.tokens)) &&
        (!query.batchHeads || entry.batchHeads.contains(*query.batchHeads)) &&
        (!query.chunk || entry.schedule.getChunk() == *query.chunk);
    if (fits && !chosen)
      chosen = entry.schedule;
  }
  return chosen;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static void printEntry(json::OStream &json, const ScheduleEntry &entry) {
  json.attribute("spec", entry.spec);
  json.attribute("name", entry.name);
  json.attribute("form", nameOf(entry.form));
  json.attribute("direction", "forward");
  json.attribute("target", entry.target.getName());
  json.attributeObject("dtypes", [&] {
    for (const auto &[name, dtype] : entry.dtypes)
      json.attribute(name, io::dtypeName(dtype));
  });
  json.attribute("K", entry.keyDim);
  json.attribute("V", entry.valueDim);
  for (auto [name, range] :
       {std::pair("T", entry.tokens), std::pair("BH", entry.batchHeads)})
    json.attributeArray(name, [&, range = range] {
      json.value(range.from);
      json.value(range.to ? json::Value(*range.to) : json::Value(nullptr));
    });
  std::string schedule;
  raw_string_ostream(schedule) << entry.schedule;
  json.attribute("schedule", schedule);
}

void compiler::printScheduleFile(raw_ostream &os,
                                 ArrayRef<ScheduleEntry> entries) {
  json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("format", kFormat);
    json.attributeArray("entries", [&] {
      for (const ScheduleEntry &entry : entries)
        json.object([&] { printEntry(json, entry); });
    });
  });
  os << '\n';
}
