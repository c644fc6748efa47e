//===- SafeTensors.cpp - Read safetensors files ---------------------------===//

#include "lib/IO/SafeTensors.h"

#include "lib/IO/NestingScan.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::io;

//===----------------------------------------------------------------------===//
// Shapes and messages
//===----------------------------------------------------------------------===//

int64_t TensorView::numElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

std::optional<int64_t> sluice::io::tensorBytes(ArrayRef<int64_t> shape,
                                               DType dtype) {
  int64_t bytes = byteWidth(dtype);
  for (int64_t size : shape)
    if (size != 0 && MulOverflow(bytes, size, bytes))
      return std::nullopt;
  return is_contained(shape, 0) ? 0 : bytes;
}

static std::string describe(const json::Value *value) {
  if (!value)
    return "missing";
  switch (value->kind()) {
  case json::Value::Null:
    return "null";
  case json::Value::Boolean:
    return "a boolean";
  case json::Value::Number:
    return "a number";
  case json::Value::String:
    return "the string " + quote(*value->getAsString());
  case json::Value::Array:
    return "an array";
  case json::Value::Object:
    return "an object";
  }
  llvm_unreachable("unknown kind of JSON value");
}

/// `[2,3]`, cut off after some sizes.
static std::string shapeText(ArrayRef<int64_t> shape) {
  constexpr size_t kMaxShown = 16;
  auto shown = map_range(shape.take_front(kMaxShown), itostr);
  return "[" + join(shown, ",") + (shape.size() > kMaxShown ? ",...]" : "]");
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Parses one file's content into a TensorFile.
class TensorFile::HeaderParser {
public:
  HeaderParser(ArrayRef<uint8_t> buffer, StringRef what, TensorFile &result)
      : buffer(buffer), what(what), result(result) {}

  Error parse();

private:
  Error fail(const Twine &message) const {
    return createStringError(inconvertibleErrorCode(), what + ": " + message);
  }
  Error failTensor(StringRef name, const Twine &message) const {
    return fail("tensor " + quote(name) + ": " + message);
  }

  Error scanKeys(StringRef text);
  Error parseMetadata(const json::Value &value);
  Error parseTensor(StringRef name, const json::Value &value);
  Error parseShape(StringRef name, const json::Object &entry,
                   SmallVectorImpl<int64_t> &shape);
  Error parseOffsets(StringRef name, const json::Object &entry, int64_t &begin,
                     int64_t &end);
  Error checkCoverage();

  ArrayRef<uint8_t> buffer;
  StringRef what;
  TensorFile &result;
  /// What follows the header.
  ArrayRef<uint8_t> data;
  /// The header's keys in their order.
  std::vector<std::string> names;
};

/// Whether JSON's text for a number is an integer: LLVM's parser also takes
/// `007`, and does not tell `1e3` and `1.0` from integers.
static bool isIntegerText(StringRef text) {
  text.consume_front("-");
  return all_of(text, isDigit) && (text == "0" || !text.starts_with("0"));
}

/// Collects the keys of the header, valid JSON, in their order, and finds what
/// llvm::json::parse passes over: keys given twice and non-integer numbers.
Error TensorFile::HeaderParser::scanKeys(StringRef text) {
  struct Level {
    bool isObject;
    bool expectsKey;
    StringSet<> keys;
  };
  SmallVector<Level, 4> levels;
  /// The keys of the header and of its entry around `pos`.
  StringRef name;
  std::string field;
  for (size_t pos = 0; pos < text.size();) {
    size_t begin = pos++;
    char c = text[begin];
    if (c == '{' || c == '[') {
      levels.push_back({c == '{', c == '{', {}});
    } else if (c == '}' || c == ']') {
      levels.pop_back();
    } else if (c == ',') {
      levels.back().expectsKey = levels.back().isObject;
    } else if (c == '-' || isDigit(c)) {
      pos =
          std::min(text.find_first_not_of("0123456789+-.eE", pos), text.size());
      bool isSize = field == "shape" || field == "data_offsets";
      if (levels.size() == 3 && isSize && name != kMetadataKey &&
          !isIntegerText(text.slice(begin, pos)))
        return failTensor(name, "'" + field + "' holds the number " +
                                    text.slice(begin, pos).take_front(40) +
                                    ", expected integers");
    } else if (c == '"') {
      while (text[pos] != '"')
        pos += text[pos] == '\\' ? 2 : 1;
      ++pos;
      if (!levels.back().expectsKey)
        continue;
      levels.back().expectsKey = false;
      StringRef quotedKey = text.slice(begin, pos);
      std::string key = quotedKey.drop_front().drop_back().str();
      if (quotedKey.contains('\\'))
        key = cantFail(json::parse(quotedKey)).getAsString()->str();
      bool isNew = levels.back().keys.insert(key).second;
      if (!isNew && levels.size() == 1)
        return fail("key " + quote(key) + " occurs twice in the header");
      if (!isNew && name == kMetadataKey)
        return fail("key " + quote(key) + " occurs twice in '__metadata__'");
      if (!isNew)
        return failTensor(name, "key " + quote(key) + " occurs twice");
      if (levels.size() == 1)
        name = names.emplace_back(key);
      else if (levels.size() == 2)
        field = key;
    }
  }
  return Error::success();
}

Error TensorFile::HeaderParser::parseMetadata(const json::Value &value) {
  const json::Object *entries = value.getAsObject();
  if (!entries)
    return fail("'__metadata__' is " + describe(&value) +
                ", expected an object of strings");
  for (const auto &[key, text] : *entries) {
    if (text.kind() != json::Value::String)
      return fail("'__metadata__' maps " + quote(key) + " to " +
                  describe(&text) + ", expected a string");
    result.meta[StringRef(key).str()] = text.getAsString()->str();
  }
  return Error::success();
}

Error TensorFile::HeaderParser::parseShape(StringRef name,
                                           const json::Object &entry,
                                           SmallVectorImpl<int64_t> &shape) {
  const json::Array *sizes = entry.getArray("shape");
  if (!sizes)
    return failTensor(name, "'shape' is " + describe(entry.get("shape")) +
                                ", expected an array of integers");
  for (const json::Value &value : *sizes) {
    if (value.kind() != json::Value::Number)
      return failTensor(name, "'shape' holds " + describe(&value) +
                                  ", expected integers");
    std::optional<int64_t> size = value.getAsInteger();
    if (!size)
      return failTensor(name, "'shape' holds an integer beyond 64 bits");
    if (*size < 0)
      return failTensor(name, "'shape' holds " + Twine(*size) +
                                  ", expected sizes that are not negative");
    shape.push_back(*size);
  }
  return Error::success();
}

Error TensorFile::HeaderParser::parseOffsets(StringRef name,
                                             const json::Object &entry,
                                             int64_t &begin, int64_t &end) {
  const json::Array *offsets = entry.getArray("data_offsets");
  if (!offsets)
    return failTensor(name, "'data_offsets' is " +
                                describe(entry.get("data_offsets")) +
                                ", expected an array of two integers");
  if (offsets->size() != 2)
    return failTensor(name, "'data_offsets' holds " + Twine(offsets->size()) +
                                " elements, expected two integers");
  for (const json::Value &value : *offsets)
    if (value.kind() != json::Value::Number)
      return failTensor(name, "'data_offsets' holds " + describe(&value) +
                                  ", expected two integers");
  std::optional<int64_t> first = (*offsets)[0].getAsInteger();
  std::optional<int64_t> last = (*offsets)[1].getAsInteger();
  if (!first || !last)
    return failTensor(name, "'data_offsets' holds an integer beyond 64 bits");
  begin = *first;
  end = *last;
  if (begin < 0 || end < begin)
    return failTensor(name, "'data_offsets' is [" + Twine(begin) + "," +
                                Twine(end) + "], expected 0 <= begin <= end");
  if (static_cast<uint64_t>(end) > data.size())
    return failTensor(name, "'data_offsets' ends at " + Twine(end) +
                                ", but the file has " + Twine(data.size()) +
                                " bytes of data");
  return Error::success();
}

Error TensorFile::HeaderParser::parseTensor(StringRef name,
                                            const json::Value &value) {
  const json::Object *entry = value.getAsObject();
  if (!entry)
    return failTensor(name, "found " + describe(&value) +
                                ", expected an object with 'dtype', 'shape' "
                                "and 'data_offsets'");
  for (const auto &field : *entry) {
    StringRef key = field.first;
    if (key != "dtype" && key != "shape" && key != "data_offsets")
      return failTensor(name, "unknown key " + quote(key) +
                                  ", expected 'dtype', 'shape' and "
                                  "'data_offsets'");
  }

  std::optional<StringRef> dtypeText = entry->getString("dtype");
  if (!dtypeText)
    return failTensor(name, "'dtype' is " + describe(entry->get("dtype")) +
                                ", expected a string such as 'F32'");
  std::optional<DType> dtype = parseDType(*dtypeText);
  if (!dtype)
    return failTensor(
        name, "unknown dtype " + quote(*dtypeText) +
                  ", expected BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, F16, "
                  "BF16, I32, U32, F32, F64, I64 or U64");

  TensorView view{*dtype, {}, {}};
  if (Error error = parseShape(name, *entry, view.shape))
    return error;
  std::optional<int64_t> expected = tensorBytes(view.shape, *dtype);
  if (!expected)
    return failTensor(name, "the size of shape " + shapeText(view.shape) +
                                " overflows 64 bits");
  int64_t begin, end;
  if (Error error = parseOffsets(name, *entry, begin, end))
    return error;
  if (end - begin != *expected)
    return failTensor(name, "'data_offsets' spans " + Twine(end - begin) +
                                " bytes, but shape " + shapeText(view.shape) +
                                " of " + dtypeName(*dtype) + " takes " +
                                Twine(*expected));
  view.bytes = data.slice(begin, end - begin);
  result.indices[name] = result.entries.size();
  result.entries.push_back({name.str(), std::move(view)});
  return Error::success();
}

/// Checks that the tensors cover the data, each byte once.
Error TensorFile::HeaderParser::checkCoverage() {
  std::vector<const NamedTensor *> order;
  order.reserve(result.entries.size());
  for (const NamedTensor &tensor : result.entries)
    order.push_back(&tensor);
  // An empty tensor comes before the one that begins where it lies; two empty
  // ones keep the header's order.
  llvm::sort(order, [](const NamedTensor *a, const NamedTensor *b) {
    return std::make_tuple(a->view.bytes.begin(), a->view.bytes.end(), a) <
           std::make_tuple(b->view.bytes.begin(), b->view.bytes.end(), b);
  });
  const uint8_t *covered = data.begin();
  const NamedTensor *previous = nullptr;
  for (const NamedTensor *tensor : order) {
    ArrayRef<uint8_t> bytes = tensor->view.bytes;
    if (bytes.begin() < covered)
      return fail("tensors " + quote(previous->name) + " and " +
                  quote(tensor->name) + " overlap at byte " +
                  Twine(bytes.begin() - data.begin()) + " of the data");
    if (bytes.begin() > covered)
      return failTensor(
          tensor->name,
          "begins at byte " + Twine(bytes.begin() - data.begin()) +
              " of the data, but no tensor holds the bytes from " +
              Twine(covered - data.begin()));
    covered = bytes.end();
    previous = tensor;
  }
  if (covered != data.end())
    return fail("the tensors end at byte " + Twine(covered - data.begin()) +
                " of the data, but the file has " + Twine(data.size()) +
                " bytes of data");
  return Error::success();
}

Error TensorFile::HeaderParser::parse() {
  if (buffer.size() < kLengthBytes)
    return fail("the file has " + Twine(buffer.size()) +
                " bytes, expected at least the 8 of the header's length");
  uint64_t length = support::endian::read64le(buffer.data());
  uint64_t available = buffer.size() - kLengthBytes;
  if (length > available)
    return fail("the header's length is " + Twine(length) + " bytes, but " +
                Twine(available) + " bytes follow it");
  if (length > kMaxHeaderBytes)
    return fail("the header's length is " + Twine(length) +
                " bytes, expected at most " + Twine(kMaxHeaderBytes));
  StringRef header = toStringRef(buffer.slice(kLengthBytes, length));
  data = buffer.drop_front(kLengthBytes + length);

  if (!header.starts_with("{"))
    return fail("the header does not begin with '{'");
  if (std::optional<size_t> pos =
          findJSONNestingDeeperThan(header, kJSONNestingLimit))
    return fail("the header nests deeper than " + Twine(kJSONNestingLimit) +
                " levels at byte " + Twine(*pos));
  Expected<json::Value> root = json::parse(header);
  if (!root)
    return fail("the header is not valid JSON: " + toString(root.takeError()));
  if (Error error = scanKeys(header))
    return error;
  const json::Object &entries = *root->getAsObject();
  for (StringRef name : names) {
    const json::Value &value = *entries.get(name);
    if (Error error = name == kMetadataKey ? parseMetadata(value)
                                           : parseTensor(name, value))
      return error;
  }
  return checkCoverage();
}

Expected<TensorFile> TensorFile::parse(ArrayRef<uint8_t> buffer,
                                       StringRef what) {
  TensorFile result;
  if (Error error = HeaderParser(buffer, what, result).parse())
    return std::move(error);
  return std::move(result);
}

Expected<TensorFile> TensorFile::open(StringRef path) {
  auto fail = [&](std::error_code ec) {
    return createStringError(ec, "cannot read '" + path + "': " + ec.message());
  };
  sys::fs::file_status status;
  if (std::error_code ec = sys::fs::status(path, status))
    return fail(ec);
  // Reading a device such as /dev/zero would not end.
  if (status.type() == sys::fs::file_type::character_file)
    return createStringError("cannot read '" + path + "': it is a device");
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFile(path, /*IsText=*/false,
                            /*RequiresNullTerminator=*/false,
                            /*IsVolatile=*/false);
  if (!file)
    return fail(file.getError());
  Expected<TensorFile> result =
      parse(arrayRefFromStringRef((*file)->getBuffer()), path);
  if (result)
    result->file = std::move(*file);
  return result;
}

const TensorView *TensorFile::find(StringRef name) const {
  auto it = indices.find(name);
  return it == indices.end() ? nullptr : &entries[it->second].view;
}
