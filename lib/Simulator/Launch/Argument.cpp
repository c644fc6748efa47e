//===- Argument.cpp - what a kernel is given, as text ---------------------===//

#include "lib/Simulator/Launch/Argument.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <optional>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

namespace {
struct ScalarType {
  StringLiteral name;
  unsigned bits;
  enum { Signed, Unsigned, Float } kind;
};
} // namespace

static constexpr ScalarType kScalarTypes[] = {
    {"i8", 8, ScalarType::Signed},     {"i16", 16, ScalarType::Signed},
    {"i32", 32, ScalarType::Signed},   {"i64", 64, ScalarType::Signed},
    {"u8", 8, ScalarType::Unsigned},   {"u16", 16, ScalarType::Unsigned},
    {"u32", 32, ScalarType::Unsigned}, {"u64", 64, ScalarType::Unsigned},
    {"f16", 16, ScalarType::Float},    {"bf16", 16, ScalarType::Float},
    {"f32", 32, ScalarType::Float},    {"f64", 64, ScalarType::Float}};

static std::string getForms() {
  std::string types;
  for (const ScalarType &type : kScalarTypes)
    types += (types.empty() ? "" : ", ") + type.name.str();
  return "an argument is NAME[+BYTES], out:NAME, TYPE:VALUE (" + types +
         "), null, bytes:HEX, tma:NAME:…, struct:SIZE:OFFSET=ARG:… or at:ARG";
}

static std::vector<uint8_t> toBytes(uint64_t bits, unsigned count) {
  std::vector<uint8_t> bytes(count);
  for (unsigned i = 0; i < count; ++i)
    bytes[i] = uint8_t(bits >> (8 * i));
  return bytes;
}

/// Decimal, or hexadecimal after 0x.
static Error parseInteger(const ScalarType &type, StringRef text,
                          uint64_t &bits) {
  StringRef digits = text;
  bool isNegative = digits.consume_front("-");
  unsigned radix = digits.consume_front_insensitive("0x") ? 16 : 10;
  if (digits.empty() || !all_of(digits, [&](char c) {
        return radix == 16 ? isHexDigit(c) : isDigit(c);
      }))
    return error(quote(text) + " is not a whole number");
  bool isSigned = type.kind == ScalarType::Signed;
  uint64_t most = ~uint64_t(0) >> (64 - type.bits + (isSigned ? 1 : 0));
  uint64_t least = isSigned ? most + 1 : 0;
  uint64_t magnitude;
  if (digits.getAsInteger(radix, magnitude) ||
      magnitude > (isNegative ? least : most))
    return error(type.name + " is a number from " +
                 (least ? "-" + Twine(least) : Twine(0)) + " to " +
                 Twine(most) + ", found " + quote(text));
  bits = isNegative ? 0 - magnitude : magnitude;
  return Error::success();
}

static const fltSemantics &getSemantics(StringRef type) {
  if (type == "f16")
    return APFloat::IEEEhalf();
  if (type == "bf16")
    return APFloat::BFloat();
  return type == "f32" ? APFloat::IEEEsingle() : APFloat::IEEEdouble();
}

/// As strtod takes it, rounded once, to nearest.
static Error parseFloat(const ScalarType &type, StringRef text,
                        uint64_t &bits) {
  // APFloat takes an exponent without digits for 0.
  if (text.empty() || StringRef("eEpP+-").contains(text.back()))
    return error(quote(text) + " is not a number");
  APFloat number(getSemantics(type.name));
  Expected<APFloat::opStatus> status =
      number.convertFromString(text, APFloat::rmNearestTiesToEven);
  if (!status) {
    consumeError(status.takeError());
    return error(quote(text) + " is not a number");
  }
  if (*status & APFloat::opOverflow)
    return error(quote(text) + " is larger than any " + type.name +
                 " (inf is written inf)");
  bits = number.bitcastToAPInt().getZExtValue();
  return Error::success();
}

static Error parseScalar(const ScalarType &type, StringRef text,
                         Argument &argument) {
  uint64_t bits = 0;
  if (Error error = type.kind == ScalarType::Float
                        ? parseFloat(type, text, bits)
                        : parseInteger(type, text, bits))
    return error;
  argument.bytes = toBytes(bits, type.bits / 8);
  argument.alignment = argument.bytes.size();
  return Error::success();
}

static Error parseBytes(StringRef text, Argument &argument) {
  if (text.size() % 2 || !all_of(text, isHexDigit))
    return error("after bytes: come hexadecimal digits, two a byte, found " +
                 quote(text));
  std::string bytes = fromHex(text);
  argument.bytes.assign(bytes.begin(), bytes.end());
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static std::string listTensors(const io::TensorFile &inputs) {
  if (inputs.size() == 0)
    return "it holds no tensors";
  constexpr size_t kMostNames = 12;
  std::vector<StringRef> names;
  for (const io::NamedTensor &tensor : inputs)
    names.push_back(tensor.name);
  llvm::sort(names);
  std::string list;
  for (StringRef name : ArrayRef(names).take_front(kMostNames))
    list += (list.empty() ? "" : ", ") + quote(name);
  if (names.size() > kMostNames)
    list += " and " + std::to_string(names.size() - kMostNames) + " more";
  return "it holds " + list;
}

Expected<const io::TensorView *> sim::parseTensor(StringRef text,
                                                  const io::TensorFile *inputs,
                                                  Argument &argument) {
  if (text.empty())
    return error("a tensor's name is missing");
  if (!inputs)
    return error(quote(text) + " names a tensor, but there is no "
                               "--inputs=IN.safetensors that holds it");
  argument.tensor = text.str();
  argument.offset = 0;
  if (const io::TensorView *view = inputs->find(text))
    return view;
  auto [name, offset] = text.rsplit('+');
  const io::TensorView *view = inputs->find(name);
  if (!view)
    return error(
        "--inputs holds no tensor " +
        quote(!offset.empty() && all_of(offset, isDigit) ? name : text) + ": " +
        listTensors(*inputs));
  if (offset.empty() || !all_of(offset, isDigit))
    return error("after " + quote((name + "+").str()) +
                 " comes a number of bytes, found " + quote(offset));
  if (offset.getAsInteger(10, argument.offset) ||
      argument.offset > view->bytes.size())
    return error("byte " + makePrintable(offset) + " is not in tensor " +
                 quote(name) + ", which has " + Twine(view->bytes.size()) +
                 " bytes");
  argument.tensor = name.str();
  return view;
}

static Error parseAddress(StringRef text, const io::TensorFile *inputs,
                          Argument &argument) {
  argument.kind = Argument::Kind::Address;
  return parseTensor(text, inputs, argument).takeError();
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

Error sim::parseArgument(StringRef text, const io::TensorFile *inputs,
                         unsigned depth, Argument &argument) {
  argument.text = text.str();
  if (text.empty())
    return error((depth ? "expected an argument here: "
                        : "nothing between two commas: ") +
                 getForms());
  if (text == "null") {
    argument.bytes = toBytes(0, 8);
    argument.alignment = 8;
    return Error::success();
  }
  if (StringRef rest = text; rest.consume_front("out:")) {
    argument.startsUnwritten = true;
    return parseAddress(rest, inputs, argument);
  }
  if (StringRef rest = text; rest.consume_front("bytes:"))
    return parseBytes(rest, argument);
  if (StringRef rest = text; rest.consume_front("tma:")) {
    argument.kind = Argument::Kind::TensorMap;
    return parseTensorMap(rest, inputs, argument);
  }
  if (StringRef rest = text; rest.consume_front("struct:"))
    return parseStruct(rest, inputs, depth, argument);
  if (StringRef rest = text; rest.consume_front("at:"))
    return parseCopy(rest, inputs, depth, argument);
  auto [prefix, rest] = text.split(':');
  if (prefix.size() < text.size()) {
    const ScalarType *type = find_if(
        kScalarTypes, [&, p = prefix](auto &type) { return type.name == p; });
    if (type != std::end(kScalarTypes))
      return parseScalar(*type, rest, argument);
    // A colon may stand in a tensor's name, but rarely does.
    if (!inputs || !inputs->find(text.rsplit('+').first))
      if (!inputs || !inputs->find(text))
        return error(quote(prefix) + " is not a type: " + getForms());
  }
  return parseAddress(text, inputs, argument);
}

/// A comma also stands between the numbers of a tensor map's lists: there it
/// separates arguments only if what follows is not a number.
static bool continuesList(StringRef argument, StringRef rest) {
  rest.consume_front("-");
  StringRef number = rest.take_while(isDigit);
  rest = rest.drop_front(number.size());
  if (number.empty() || !(rest.empty() || rest[0] == ',' || rest[0] == ':'))
    return false;
  auto [key, list] = argument.rsplit(':').second.split('=');
  return (key == "dims" || key == "strides" || key == "box" ||
          key == "elementstrides") &&
         !list.contains('x');
}

StringRef sim::takeArgument(StringRef &text, bool hasGroups) {
  StringRef rest = text;
  while (rest.consume_front("at:"))
    ;
  bool hasLists = hasGroups || rest.starts_with("tma:");
  size_t depth = 0, end = 0;
  for (; end < text.size(); ++end) {
    if (hasGroups && text[end] == '(')
      ++depth;
    else if (hasGroups && text[end] == ')' && depth)
      --depth;
    else if (text[end] == ',' && !depth &&
             !(hasLists &&
               continuesList(text.take_front(end), text.drop_front(end + 1))))
      break;
  }
  StringRef argument = text.take_front(end);
  text = text.drop_front(end);
  return argument;
}

Expected<std::vector<Argument>>
sim::parseArguments(StringRef text, const io::TensorFile *inputs) {
  std::vector<Argument> arguments;
  bool hasMore = !text.empty();
  while (hasMore) {
    Argument argument;
    StringRef own = takeArgument(text, hasGroups(text));
    if (Error problem = parseArgument(own, inputs, /*depth=*/0, argument))
      return error("--args: argument " + Twine(arguments.size() + 1) + ", " +
                   quote(argument.text) + ": " + toString(std::move(problem)));
    arguments.push_back(std::move(argument));
    hasMore = text.consume_front(",");
  }
  return arguments;
}

static std::string describe(const ptx::Variable &parameter) {
  return (quote(parameter.name) + " (" + Twine(parameter.size) +
          (parameter.size == 1 ? " byte)" : " bytes)"))
      .str();
}

Error sim::checkArguments(ArrayRef<Argument> arguments,
                          const ptx::Function &entry) {
  if (arguments.size() != entry.parameters.size()) {
    std::string list;
    for (const std::unique_ptr<ptx::Variable> &parameter : entry.parameters)
      list += (list.empty() ? ": " : ", ") + describe(*parameter);
    return error("entry " + quote(entry.name) + " has " +
                 Twine(entry.parameters.size()) +
                 (entry.parameters.size() == 1 ? " parameter" : " parameters") +
                 ", --args has " + Twine(arguments.size()) + list);
  }
  for (const auto &[i, argument] : enumerate(arguments)) {
    const ptx::Variable &parameter = *entry.parameters[i];
    auto fail = [&, i = i, &argument = argument](const Twine &found) {
      return error("--args: argument " + Twine(i + 1) + ", " +
                   quote(argument.text) + ", is " + found + ", parameter " +
                   describe(parameter) + " is not");
    };
    switch (argument.kind) {
    case Argument::Kind::Address:
    case Argument::Kind::Copy:
      if (parameter.size != 8)
        return fail("an address of 8 bytes");
      break;
    case Argument::Kind::Value:
      if (parameter.size != argument.bytes.size())
        return fail(Twine(argument.bytes.size()) +
                    (argument.bytes.size() == 1 ? " byte" : " bytes"));
      break;
    case Argument::Kind::TensorMap:
      if (parameter.size != kTensorMapBytes && parameter.size != 8)
        return fail("a tensor map of 128 bytes, or its address of 8");
      break;
    case Argument::Kind::Struct:
      if (parameter.size != argument.size)
        return fail("a struct of " + Twine(argument.size) + " bytes");
      if (parameter.alignment < getAlignment(argument))
        return error("--args: argument " + Twine(i + 1) + ", " +
                     quote(argument.text) + ", lies at a multiple of " +
                     Twine(getAlignment(argument)) + ", parameter " +
                     quote(parameter.name) + " at one of " +
                     Twine(parameter.alignment) + " (.align)");
      break;
    }
  }
  return Error::success();
}
