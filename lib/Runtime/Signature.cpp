//===- Signature.cpp - What a recurrence takes and gives ------------------===//

#include "lib/Runtime/Signature.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

//===----------------------------------------------------------------------===//
// Sizes and shapes
//===----------------------------------------------------------------------===//

int64_t &Sizes::operator[](StringRef axis) {
  auto found = sizes.find(axis);
  return found != sizes.end() ? found->second
                              : sizes.emplace(axis.str(), 0).first->second;
}

std::string runtime::toString(ArrayRef<std::string> shape) {
  return "[" + join(shape, ",") + "]";
}

SmallVector<int64_t, 4> runtime::evaluate(ArrayRef<std::string> shape,
                                          const Sizes &sizes) {
  SmallVector<int64_t, 4> numbers;
  for (StringRef axis : shape)
    numbers.push_back(sizes[axis]);
  return numbers;
}

static constexpr StringLiteral kClauses[] = {"qk_heads", "v_heads", "params",
                                             "state"};

StringRef runtime::stringify(ArgumentKind kind) {
  return kClauses[static_cast<unsigned>(kind)];
}

std::optional<ArgumentKind> runtime::parseArgumentKind(StringRef clause) {
  const auto *found = find(kClauses, clause);
  if (found == std::end(kClauses))
    return std::nullopt;
  return static_cast<ArgumentKind>(found - std::begin(kClauses));
}

static SymbolicShape getShape(ArgumentKind kind, ArrayRef<std::string> axes) {
  SymbolicShape shape = [&]() -> SymbolicShape {
    switch (kind) {
    case ArgumentKind::QKHeads:
      return {"B", "T", "H"};
    case ArgumentKind::VHeads:
      return {"B", "T", "HV"};
    case ArgumentKind::Params:
      return {"HV"};
    case ArgumentKind::State:
      return {"N", "HV"};
    }
    llvm_unreachable("covered switch");
  }();
  shape.append(axes.begin(), axes.end());
  return shape;
}

SymbolicShape Argument::getShape() const { return ::getShape(kind, axes); }
SymbolicShape Output::getShape() const { return ::getShape(kind, axes); }

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

SmallVector<unsigned, 2> Signature::getStates() const {
  SmallVector<unsigned, 2> states;
  for (unsigned i = 0, e = arguments.size(); i < e; ++i)
    if (isState(i))
      states.push_back(i);
  return states;
}

Sizes Signature::getStateSizes(const Sizes &sizes) const {
  Sizes found;
  for (unsigned state : getStates())
    for (const std::string &axis : arguments[state].axes)
      found[axis] = sizes[axis];
  return found;
}

static std::string getStateName(const Signature &signature, unsigned state,
                                StringRef prefix) {
  SmallVector<unsigned, 2> states = signature.getStates();
  if (states.size() == 1)
    return prefix.str();
  return (prefix + "_" + signature.arguments[states[state]].name).str();
}

std::string Signature::getInitialStateName(unsigned state) const {
  return getStateName(*this, state, "initial_state");
}

std::string Signature::getFinalStateName(unsigned state) const {
  return getStateName(*this, state, "final_state");
}

//===----------------------------------------------------------------------===//
// Differences
//===----------------------------------------------------------------------===//

static std::string describe(const Argument &argument) {
  std::string text;
  raw_string_ostream os(text);
  os << stringify(argument.kind) << '(' << argument.name << ": "
     << toString(argument.axes) << ')';
  if (argument.range)
    os << format(" in range(%.9g, %.9g)", argument.range->lower,
                 argument.range->upper);
  return text;
}

static std::string describe(const Output &output) {
  return describe(Argument{output.name, output.kind, output.axes, {}});
}

template <typename Entry>
static Error checkSame(StringRef ours, const std::vector<Entry> &entries,
                       StringRef theirs, const std::vector<Entry> &expected,
                       StringRef what) {
  auto fail = [&](const Twine &found, const Twine &other) {
    return createStringError(inconvertibleErrorCode(), ours + " has " + found +
                                                           ", " + theirs + " " +
                                                           other);
  };
  auto findMissing = [](const std::vector<Entry> &from,
                        const std::vector<Entry> &in) {
    std::vector<std::string> missing;
    for (const Entry &entry : from)
      if (none_of(in, [&](const Entry &e) { return e.name == entry.name; }))
        missing.push_back(describe(entry));
    return join(missing, ", ");
  };
  // Names are distinct.
  if (entries.size() > expected.size())
    return fail(what + " " + findMissing(entries, expected), "has not");
  if (entries.size() < expected.size())
    return fail("no " + what + " " + findMissing(expected, entries), "has");
  for (auto [entry, other] : zip_equal(entries, expected))
    if (!(entry == other))
      return fail(describe(entry), describe(other));
  return Error::success();
}

Error runtime::checkSame(StringRef ours, const Signature &signature,
                         StringRef theirs, const Signature &expected) {
  if (Error error = ::checkSame(ours, signature.arguments, theirs,
                                expected.arguments, "argument"))
    return error;
  if (Error error = ::checkSame(ours, signature.outputs, theirs,
                                expected.outputs, "output"))
    return error;
  // One that is derived may have dropped a scale that nothing depends on.
  if (!signature.takesScale || expected.takesScale)
    return Error::success();
  return createStringError(inconvertibleErrorCode(),
                           ours + " takes a scale, " + theirs + " does not");
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json::Value toJSON(ArrayRef<std::string> axes) {
  json::Array array;
  for (const std::string &axis : axes)
    array.push_back(axis);
  return array;
}

/// JSON has no infinities.
static json::Value toJSON(double end) {
  if (std::isinf(end))
    return end < 0 ? "-inf" : "inf";
  return end;
}

json::Value runtime::toJSON(const Signature &signature) {
  json::Array arguments, outputs;
  for (const Argument &argument : signature.arguments) {
    json::Object object{{"name", json::fixUTF8(argument.name)},
                        {"kind", stringify(argument.kind)},
                        {"axes", ::toJSON(argument.axes)}};
    if (argument.range)
      object["range"] = json::Array{::toJSON(argument.range->lower),
                                    ::toJSON(argument.range->upper)};
    arguments.push_back(std::move(object));
  }
  for (const Output &output : signature.outputs)
    outputs.push_back(json::Object{{"name", output.name},
                                   {"kind", stringify(output.kind)},
                                   {"axes", ::toJSON(output.axes)}});
  return json::Object{{"name", json::fixUTF8(signature.name)},
                      {"scale", signature.takesScale},
                      {"arguments", std::move(arguments)},
                      {"outputs", std::move(outputs)}};
}

/// Far above any spec's.
static constexpr size_t kMaxNameLength = 1024, kMaxRank = 8;

static bool isName(StringRef name) {
  return !name.empty() && name.size() <= kMaxNameLength &&
         none_of(name, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

/// An axis of a value: not one of those that runs have.
static bool isAxis(StringRef name) {
  return isName(name) && !is_contained({"B", "T", "N", "H", "HV", "G"}, name);
}

/// A name that errors can quote and files can hold.
static bool checkName(StringRef name, json::Path path) {
  if (!isName(name))
    path.report("expected a printable name of at most 1024 characters");
  return isName(name);
}

// For json::ObjectMapper, which looks for these in the namespace of the types.
namespace sluice::runtime {
static bool fromJSON(const json::Value &value, ArgumentKind &kind,
                     json::Path path) {
  std::optional<StringRef> clause = value.getAsString();
  std::optional<ArgumentKind> parsed =
      clause ? parseArgumentKind(*clause) : std::nullopt;
  if (parsed)
    kind = *parsed;
  else
    path.report("expected qk_heads, v_heads, params or state");
  return parsed.has_value();
}

static bool fromJSON(const json::Value &value, NumberRange &range,
                     json::Path path) {
  auto parseEnd = [](const json::Value &end) -> std::optional<double> {
    std::optional<StringRef> text = end.getAsString();
    if (text == "inf" || text == "-inf")
      return text == "inf" ? INFINITY : -INFINITY;
    return end.getAsNumber();
  };
  const json::Array *ends = value.getAsArray();
  if (ends && ends->size() == 2) {
    std::optional<double> lower = parseEnd((*ends)[0]);
    std::optional<double> upper = parseEnd((*ends)[1]);
    if (lower && upper && *lower <= *upper) {
      range = {*lower, *upper};
      return true;
    }
  }
  path.report("expected two numbers, \"inf\" or \"-inf\", in order");
  return false;
}

/// What arguments and outputs have in common.
template <typename Entry>
static bool mapEntry(json::ObjectMapper &mapper, Entry &entry,
                     json::Path path) {
  std::vector<std::string> axes;
  if (!mapper || !mapper.map("name", entry.name) ||
      !mapper.map("kind", entry.kind) || !mapper.map("axes", axes) ||
      !checkName(entry.name, path.field("name")))
    return false;
  entry.axes.assign(axes.begin(), axes.end());
  if (axes.size() <= kMaxRank && all_of(axes, isAxis))
    return true;
  path.field("axes").report("expected at most 8 names of axes");
  return false;
}

static bool fromJSON(const json::Value &value, Argument &argument,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapEntry(mapper, argument, path) &&
         mapper.map("range", argument.range);
}

static bool fromJSON(const json::Value &value, Output &output,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  if (!mapEntry(mapper, output, path))
    return false;
  if (output.kind == ArgumentKind::State)
    path.field("kind").report("an output is not a state");
  return output.kind != ArgumentKind::State;
}
} // namespace sluice::runtime

template <typename Entry>
static bool areDistinct(const std::vector<Entry> &entries, json::Path path) {
  StringSet<> names;
  for (auto [i, entry] : enumerate(entries))
    if (!names.insert(entry.name).second) {
      path.index(i).field("name").report("this name is used twice");
      return false;
    }
  return true;
}

Expected<Signature> runtime::parseSignature(const json::Value &value) {
  Signature signature;
  json::Path::Root root("signature");
  json::Path path = root;
  json::ObjectMapper mapper(value, path);
  if (mapper && mapper.map("name", signature.name) &&
      checkName(signature.name, path.field("name")) &&
      mapper.map("scale", signature.takesScale) &&
      mapper.map("arguments", signature.arguments) &&
      areDistinct(signature.arguments, path.field("arguments")) &&
      mapper.map("outputs", signature.outputs) &&
      areDistinct(signature.outputs, path.field("outputs")))
    return signature;
  return root.getError();
}
