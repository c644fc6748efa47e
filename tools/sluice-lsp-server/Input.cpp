//===- Input.cpp - Messages of an editor ----------------------------------===//

#include "tools/sluice-lsp-server/Input.h"

#include "lib/IO/NestingScan.h"
#include "lib/Support/Quote.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace llvm::lsp;
using namespace sluice;

/// What a body has instead of a message; empty if it is one.
static std::string findFault(StringRef text) {
  if (io::findJSONNestingDeeperThan(text, io::kJSONNestingLimit))
    return ("it nests deeper than " + Twine(io::kJSONNestingLimit) + " levels")
        .str();
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return "it is not valid JSON: " + toString(value.takeError());
  const json::Object *object = value->getAsObject();
  if (!object)
    return "expected a JSON object, found " + quote(text);
  if (object->getString("jsonrpc") != "2.0")
    return "expected 'jsonrpc' to be '2.0'";
  if (!object->getString("method") && !object->get("id"))
    return "expected a 'method', or the 'id' of a reply";
  return "";
}

static LogicalResult skip(const Twine &fault) {
  errs() << "sluice-lsp-server: error: skipped a message: " << fault << '\n';
  return failure();
}

namespace {
class MessageInput : public JSONTransportInput {
public:
  MessageInput(std::FILE *file, JSONStreamStyle style)
      : JSONTransportInput(style), file(file), delimited(file, style) {}

  bool hasError() const override { return std::ferror(file); }
  bool isEndOfInput() const override { return std::feof(file); }
  LogicalResult readDelimitedMessage(std::string &text) override {
    if (failed(delimited.readDelimitedMessage(text)))
      return failure();
    return check(text);
  }
  LogicalResult readStandardMessage(std::string &text) override;

private:
  static LogicalResult check(StringRef text) {
    std::string fault = findFault(text);
    return fault.empty() ? success() : skip(fault);
  }
  bool readLine(std::string &line);

  std::FILE *file;
  JSONTransportInputOverFile delimited;
};
} // namespace

/// A line without its end; false at the end of the input.
bool MessageInput::readLine(std::string &line) {
  constexpr size_t kMostKept = 4096;
  line.clear();
  int c = std::getc(file);
  if (c == EOF)
    return false;
  for (; c != EOF && c != '\n'; c = std::getc(file))
    if (line.size() < kMostKept)
      line += static_cast<char>(c);
  if (StringRef(line).ends_with("\r"))
    line.pop_back();
  return true;
}

LogicalResult MessageInput::readStandardMessage(std::string &text) {
  constexpr uint64_t kMostBytes = uint64_t{1} << 30;
  std::string line, first, length;
  while (true) {
    if (!readLine(line))
      return first.empty() ? failure()
                           : skip("the input ends within its headers");
    if (line.empty())
      break;
    if (first.empty())
      first = line;
    // Behind what was skipped, a header does not begin a line.
    StringRef rest(line);
    size_t place = rest.find("Content-Length:");
    if (place != StringRef::npos)
      length = rest.substr(rest.find(':', place) + 1).trim().str();
  }
  if (length.empty())
    return skip("expected a header 'Content-Length: BYTES', found " +
                quote(first));
  uint64_t bytes;
  if (StringRef(length).getAsInteger(10, bytes) || bytes < 1 ||
      bytes > kMostBytes)
    return skip("its Content-Length is 1 to " + Twine(kMostBytes) + ", found " +
                quote(length));
  text.resize(bytes);
  text.resize(std::fread(text.data(), 1, bytes, file));
  if (text.size() < bytes)
    return skip("its Content-Length is " + Twine(bytes) +
                ", but the input ends after " + Twine(text.size()) + " bytes");
  return check(text);
}

std::unique_ptr<JSONTransportInput>
sluice::lsp::makeInput(std::FILE *file, JSONStreamStyle style) {
  return std::make_unique<MessageInput>(file, style);
}
