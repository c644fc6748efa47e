//===- SafeTensorsWriter.cpp - Write safetensors files --------------------===//

#include "lib/IO/AtomicFile.h"
#include "lib/IO/SafeTensors.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::io;

static Error checkTensors(StringRef path, ArrayRef<NamedTensor> tensors) {
  StringSet<> names;
  for (const auto &[name, view] : tensors) {
    auto fail = [&](const Twine &message) {
      return createStringError("cannot write '" + path + "': tensor " +
                               quote(name) + ": " + message);
    };
    if (!json::isUTF8(name))
      return fail("the name is not UTF-8");
    if (name == kMetadataKey)
      return fail("the format reserves this name");
    if (!names.insert(name).second)
      return fail("the name occurs twice");
    if (any_of(view.shape, [](int64_t size) { return size < 0; }))
      return fail("the shape holds a negative size");
    std::optional<int64_t> bytes = tensorBytes(view.shape, view.dtype);
    if (!bytes)
      return fail("the shape's size overflows 64 bits");
    if (static_cast<uint64_t>(*bytes) != view.bytes.size())
      return fail("the view holds " + Twine(view.bytes.size()) +
                  " bytes, but its shape and dtype take " + Twine(*bytes));
  }
  return Error::success();
}

/// The header's JSON, padded so that the data begins 8-byte aligned.
static SmallString<0> makeHeader(ArrayRef<NamedTensor> tensors) {
  SmallString<0> header;
  raw_svector_ostream os(header);
  json::OStream json(os);
  int64_t offset = 0;
  json.object([&] {
    for (const auto &[name, view] : tensors) {
      json.attributeObject(name, [&, &view = view] {
        json.attribute("dtype", safetensorsName(view.dtype));
        json.attributeArray("shape", [&] {
          for (int64_t size : view.shape)
            json.value(size);
        });
        json.attributeArray("data_offsets", [&] {
          json.value(offset);
          offset += view.bytes.size();
          json.value(offset);
        });
      });
    }
  });
  header.append(offsetToAlignment(kLengthBytes + header.size(), Align(8)), ' ');
  return header;
}

Error sluice::io::writeTensorFile(StringRef path,
                                  ArrayRef<NamedTensor> tensors) {
  if (Error error = checkTensors(path, tensors))
    return error;
  SmallString<0> header = makeHeader(tensors);
  if (header.size() > kMaxHeaderBytes)
    return createStringError("cannot write '" + path + "': the header takes " +
                             Twine(header.size()) +
                             " bytes, expected at most " +
                             Twine(kMaxHeaderBytes));
  return writeFileAtomically(path, [&](raw_ostream &os) {
    char length[kLengthBytes];
    support::endian::write64le(length, header.size());
    os.write(length, sizeof(length));
    os << header;
    for (const NamedTensor &tensor : tensors)
      os << toStringRef(tensor.view.bytes);
    return Error::success();
  });
}
