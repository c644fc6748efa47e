//===- StructArgument.cpp - structs and buffers with fields, as text ------===//
//
// struct:SIZE[:OFFSET=ARG]…, at:ARG, and [out:]NAME[:OFFSET=ARG]… of --buffers.
// Numbers are decimal, or hexadecimal after 0x.
//
// ARG ends before the next ":NUMBER=" or where the whole ends. No argument but
// a struct has such a thing in it, so only a struct inside of another one must
// stand in parentheses: struct:24:0=x:8=(struct:16:0=out:y:8=i32:5). Others
// may; what lies between parentheses ends nothing, and they must match.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Launch/Argument.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

/// No parameter has so many bytes, but memory may.
static constexpr uint64_t kMostStructBytes = 1 << 20;
/// So that the parser's recursion ends.
static constexpr unsigned kMostDepth = 16;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

uint64_t sim::getSize(const Argument &argument) {
  switch (argument.kind) {
  case Argument::Kind::Address:
  case Argument::Kind::Copy:
    return 8;
  case Argument::Kind::Value:
    return argument.bytes.size();
  case Argument::Kind::TensorMap:
    return kTensorMapBytes;
  case Argument::Kind::Struct:
    return argument.size;
  }
  llvm_unreachable("covered switch");
}

uint64_t sim::getAlignment(const Argument &argument) {
  switch (argument.kind) {
  case Argument::Kind::Address:
  case Argument::Kind::Copy:
    return 8;
  case Argument::Kind::Value:
    return argument.alignment;
  case Argument::Kind::TensorMap:
    return kTensorMapAlignment;
  case Argument::Kind::Struct: {
    uint64_t most = 1;
    for (const Argument &field : argument.fields)
      most = std::max(most, getAlignment(field));
    return most;
  }
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

bool sim::hasGroups(StringRef text) {
  while (text.consume_front("at:") || text.consume_front("("))
    ;
  return text.starts_with("struct:");
}

/// The digits that the text begins with, after 0x hexadecimal ones.
static StringRef takeDigits(StringRef text) {
  bool isHexadecimal = text.starts_with("0x");
  StringRef digits =
      text.drop_front(isHexadecimal ? 2 : 0).take_while([&](char c) {
        return isHexadecimal ? isHexDigit(c) : isDigit(c);
      });
  return digits.empty() ? digits : text.take_front(digits.end() - text.begin());
}

static bool parseNumber(StringRef digits, uint64_t &number) {
  bool isHexadecimal = digits.consume_front("0x");
  return !digits.empty() &&
         !digits.getAsInteger(isHexadecimal ? 16 : 10, number);
}

/// Whether a field begins here: "8=…".
static bool beginsField(StringRef text) {
  StringRef digits = takeDigits(text);
  return !digits.empty() && text.drop_front(digits.size()).starts_with("=");
}

/// Where the first field's colon stands, outside of parentheses; or the end.
static size_t findField(StringRef text) {
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(')
      ++depth;
    else if (text[i] == ')' && depth)
      --depth;
    else if (text[i] == ':' && !depth && beginsField(text.drop_front(i + 1)))
      return i;
  }
  return text.size();
}

static Error checkParentheses(StringRef text) {
  size_t depth = 0;
  for (char c : text) {
    if (c == ')' && !depth)
      return error("a ')' without its '('");
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  return depth ? error("a '(' without its ')'") : Error::success();
}

/// What lies in the parentheses that the text begins with, if any; they match.
static Expected<StringRef> stripParentheses(StringRef text) {
  if (!text.starts_with("("))
    return text;
  size_t depth = 0, end = 0;
  do
    depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
  while (depth && ++end < text.size());
  if (end + 1 != text.size())
    return error("behind " + quote(text.take_front(end + 1)) +
                 " comes a colon, found " + quote(text.drop_front(end + 1)));
  return text.drop_front().drop_back();
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

/// In lower case: "at 8, 'i32:5': …".
static Error fail(const Argument &field, const Twine &message) {
  return error("at " + Twine(field.place) + ", " + quote(field.text) + ": " +
               message);
}

static Error parseField(StringRef text, const io::TensorFile *inputs,
                        unsigned depth, Argument &field) {
  StringRef digits = takeDigits(text);
  StringRef own = text.drop_front(digits.size() + 1);
  field.text = own.str();
  if (!parseNumber(digits, field.place))
    return error("offset " + digits + " is too large");
  StringRef rest = own;
  while (rest.consume_front("at:"))
    ;
  if (rest.starts_with("struct:"))
    return fail(field, "a struct inside another is written in parentheses, (" +
                           own + ")");
  Expected<StringRef> inner = stripParentheses(own);
  if (!inner)
    return fail(field, toString(inner.takeError()));
  if (Error problem = parseArgument(*inner, inputs, depth, field))
    return fail(field, toString(std::move(problem)));
  return Error::success();
}

/// Each within the whole's size and at its alignment, none over another.
static Error checkPlaces(ArrayRef<Argument> fields, uint64_t size,
                         const Twine &whole) {
  for (const Argument &field : fields) {
    uint64_t bytes = getSize(field), alignment = getAlignment(field);
    if (bytes > size || field.place > size - bytes)
      return fail(field, "its " + Twine(bytes) +
                             (bytes == 1 ? " byte" : " bytes") +
                             " reach beyond " + whole + " of " + Twine(size));
    if (field.place % alignment)
      return fail(field, "it lies at a multiple of " + Twine(alignment));
  }
  std::vector<const Argument *> sorted;
  for (const Argument &field : fields)
    if (getSize(field))
      sorted.push_back(&field);
  llvm::sort(sorted, [](const Argument *a, const Argument *b) {
    return std::pair(a->place, a) < std::pair(b->place, b);
  });
  const Argument *before = nullptr;
  for (const Argument *field : sorted) {
    uint64_t end = before ? before->place + getSize(*before) : 0;
    if (field->place < end)
      return fail(*field, "it begins in " + quote(before->text) +
                              ", which lies at " + Twine(before->place) +
                              " to " + Twine(end - 1));
    before = field;
  }
  return Error::success();
}

/// `text` is empty, or a colon before each field.
static Error parseFields(StringRef text, const io::TensorFile *inputs,
                         unsigned depth, uint64_t size, const Twine &whole,
                         Argument &into) {
  if (Error error = checkParentheses(text))
    return error;
  while (text.consume_front(":")) {
    if (!beginsField(text))
      return error("a field is OFFSET=ARG, found " + quote(text));
    size_t end = findField(text);
    if (Error error = parseField(text.take_front(end), inputs, depth,
                                 into.fields.emplace_back()))
      return error;
    text = text.drop_front(end);
  }
  return checkPlaces(into.fields, size, whole);
}

static Error checkDepth(unsigned depth) {
  if (depth < kMostDepth)
    return Error::success();
  return error("structs and at: nest at most " + Twine(kMostDepth) + " deep");
}

Error sim::parseStruct(StringRef text, const io::TensorFile *inputs,
                       unsigned depth, Argument &argument) {
  argument.kind = Argument::Kind::Struct;
  if (Error error = checkDepth(depth))
    return error;
  StringRef size = text.take_front(text.find(':'));
  if (takeDigits(size) != size || !parseNumber(size, argument.size) ||
      !argument.size || argument.size > kMostStructBytes)
    return error(
        "a struct is struct:SIZE:OFFSET=ARG:…, SIZE a number from 1 to " +
        Twine(kMostStructBytes) + ", found " + quote(size));
  return parseFields(text.drop_front(size.size()), inputs, depth + 1,
                     argument.size, "the struct", argument);
}

Error sim::parseCopy(StringRef text, const io::TensorFile *inputs,
                     unsigned depth, Argument &argument) {
  argument.kind = Argument::Kind::Copy;
  if (Error error = checkDepth(depth))
    return error;
  if (text.starts_with("("))
    if (Error error = checkParentheses(text))
      return error;
  Expected<StringRef> inner = stripParentheses(text);
  if (!inner)
    return inner.takeError();
  return parseArgument(*inner, inputs, depth + 1,
                       argument.fields.emplace_back());
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

static Error parseBuffer(StringRef text, const io::TensorFile *inputs,
                         Argument &buffer) {
  buffer.kind = Argument::Kind::Address;
  buffer.text = text.str();
  StringRef name = text.take_front(findField(text));
  StringRef fields = text.drop_front(name.size());
  buffer.startsUnwritten = name.consume_front("out:");
  Expected<const io::TensorView *> view = parseTensor(name, inputs, buffer);
  if (!view)
    return view.takeError();
  if (buffer.tensor != name)
    return error("a buffer is [out:]NAME[:OFFSET=ARG]…: the whole tensor");
  return parseFields(fields, inputs, /*depth=*/1, (*view)->bytes.size(),
                     "the tensor", buffer);
}

Expected<std::vector<Argument>>
sim::parseBuffers(StringRef text, const io::TensorFile *inputs) {
  std::vector<Argument> buffers;
  StringSet<> names;
  bool hasMore = !text.empty();
  while (hasMore) {
    StringRef own = takeArgument(text, /*hasGroups=*/true);
    Argument buffer;
    Error problem = parseBuffer(own, inputs, buffer);
    if (!problem && !names.insert(buffer.tensor).second)
      problem = error(quote(buffer.tensor) + " is named before");
    if (problem)
      return error("--buffers: buffer " + Twine(buffers.size() + 1) + ", " +
                   quote(own) + ": " + toString(std::move(problem)));
    buffers.push_back(std::move(buffer));
    hasMore = text.consume_front(",");
  }
  return buffers;
}
