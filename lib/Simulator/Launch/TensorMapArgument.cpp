//===- TensorMapArgument.cpp - a tensor map, as text ----------------------===//
//
// NAME[+BYTES]:dims=64,32:strides=128:box=16,8[:elem=f16][:swizzle=32][:oob=nan]
//             [:elementstrides=1,2][:interleave=none]
//
// Innermost first. Strides are bytes, of the second dimension on, as
// cuTensorMapEncodeTiled takes them. Lists are separated by commas or by x.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Launch/Argument.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <optional>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

namespace {
/// The fields behind the name, by key.
using Fields = StringMap<StringRef>;
} // namespace

static constexpr StringLiteral kKeys =
    "dims, strides, box, elem, swizzle, oob, elementstrides, interleave";

static Expected<Fields> parseFields(StringRef text) {
  Fields fields;
  SmallVector<StringRef> parts;
  text.split(parts, ':');
  for (StringRef part : parts) {
    auto [key, value] = part.split('=');
    if (!is_contained({"dims", "strides", "box", "elem", "swizzle", "oob",
                       "elementstrides", "interleave"},
                      key))
      return error("a tensor map has " + kKeys + " (KEY=VALUE), found " +
                   quote(part));
    if (!fields.try_emplace(key, value).second)
      return error(key + " is given twice");
  }
  for (StringRef key : {"dims", "box"})
    if (!fields.contains(key))
      return error("a tensor map needs " + key + "=…");
  return fields;
}

/// Numbers with commas or x between them.
static Expected<SmallVector<uint64_t, 5>> parseList(StringRef key,
                                                    StringRef text) {
  SmallVector<uint64_t, 5> numbers;
  SmallVector<StringRef> parts;
  text.split(parts, text.contains('x') ? 'x' : ',');
  for (StringRef part : parts)
    if (part.empty() || !all_of(part, isDigit) ||
        part.getAsInteger(10, numbers.emplace_back()))
      return error(key + " is numbers with commas or x between them, found " +
                   quote(text));
  if (numbers.size() > kMostTensorRank)
    return error(key + " has 1 to 5 numbers, found " + Twine(numbers.size()));
  return numbers;
}

static Error parseSizes(const Fields &fields, TensorMap &map) {
  Expected<SmallVector<uint64_t, 5>> dims =
      parseList("dims", fields.lookup("dims"));
  if (!dims)
    return dims.takeError();
  map.rank = dims->size();
  llvm::copy(*dims, map.dims.begin());

  Expected<SmallVector<uint64_t, 5>> box =
      parseList("box", fields.lookup("box"));
  if (!box)
    return box.takeError();
  if (box->size() != map.rank)
    return error("dims has " + Twine(map.rank) + " numbers, box " +
                 Twine(box->size()));
  for (unsigned i = 0; i < map.rank; ++i)
    map.box[i] = uint32_t(std::min<uint64_t>((*box)[i], ~uint32_t(0)));

  if (auto it = fields.find("elementstrides"); it != fields.end()) {
    Expected<SmallVector<uint64_t, 5>> list =
        parseList("elementstrides", it->second);
    if (!list)
      return list.takeError();
    if (list->size() != map.rank)
      return error("dims has " + Twine(map.rank) + " numbers, elementstrides " +
                   Twine(list->size()));
    for (unsigned i = 0; i < map.rank; ++i)
      map.elementStrides[i] =
          uint32_t(std::min<uint64_t>((*list)[i], ~uint32_t(0)));
  }

  SmallVector<uint64_t, 5> strides;
  if (StringRef text = fields.lookup("strides"); !text.empty()) {
    Expected<SmallVector<uint64_t, 5>> list = parseList("strides", text);
    if (!list)
      return list.takeError();
    strides = *list;
  }
  if (strides.size() + 1 != map.rank)
    return error("dims has " + Twine(map.rank) + " numbers, so strides has " +
                 Twine(map.rank - 1) +
                 " (bytes, of the second dimension on), found " +
                 Twine(strides.size()));
  llvm::copy(strides, map.strides.begin() + 1);
  return Error::success();
}

static TensorElement getElement(io::DType dtype) {
  switch (dtype) {
  case io::DType::BOOL:
  case io::DType::U8:
  case io::DType::I8:
  case io::DType::F8_E4M3:
  case io::DType::F8_E5M2:
    return TensorElement::U8;
  case io::DType::I16:
  case io::DType::U16:
    return TensorElement::U16;
  case io::DType::F16:
    return TensorElement::F16;
  case io::DType::BF16:
    return TensorElement::BF16;
  case io::DType::I32:
    return TensorElement::S32;
  case io::DType::U32:
    return TensorElement::U32;
  case io::DType::F32:
    return TensorElement::F32;
  case io::DType::F64:
    return TensorElement::F64;
  case io::DType::I64:
    return TensorElement::S64;
  case io::DType::U64:
    return TensorElement::U64;
  }
  llvm_unreachable("covered switch");
}

static Error parseElement(StringRef text, TensorMap &map) {
  std::string names;
  for (unsigned i = 0; i <= unsigned(TensorElement::TF32Ftz); ++i) {
    StringRef name = getName(TensorElement(i));
    if (text == name ||
        (name[0] == 's' && text == "i" + name.substr(1).str())) {
      map.element = TensorElement(i);
      return Error::success();
    }
    names += (i == 0 ? "" : ", ") + name.str();
  }
  return error("elem is one of " + names + ", found " + quote(text));
}

static Error parseModes(const Fields &fields, TensorMap &map) {
  if (auto it = fields.find("elem"); it != fields.end())
    if (Error error = parseElement(it->second, map))
      return error;
  if (auto it = fields.find("swizzle"); it != fields.end()) {
    auto swizzle = StringSwitch<std::optional<TensorSwizzle>>(it->second)
                       .Case("none", TensorSwizzle::None)
                       .Case("32", TensorSwizzle::Bytes32)
                       .Case("64", TensorSwizzle::Bytes64)
                       .Case("128", TensorSwizzle::Bytes128)
                       .Default(std::nullopt);
    if (!swizzle)
      return error("swizzle is none, 32, 64 or 128, found " +
                   quote(it->second));
    map.swizzle = *swizzle;
  }
  if (auto it = fields.find("interleave"); it != fields.end()) {
    if (it->second == "16" || it->second == "32")
      return error("interleave=" + it->second +
                   ": interleaved tensors are not simulated");
    if (it->second != "none")
      return error("interleave is none, 16 or 32, found " + quote(it->second));
  }
  if (auto it = fields.find("oob"); it != fields.end()) {
    if (it->second != "zero" && it->second != "nan")
      return error("oob is zero or nan, found " + quote(it->second));
    map.fill = it->second == "nan" ? TensorFill::NaN : TensorFill::Zero;
  }
  return Error::success();
}

Error sim::parseTensorMap(StringRef text, const io::TensorFile *inputs,
                          Argument &argument) {
  // A name may hold colons: the fields begin at the first that is one.
  size_t end = StringRef::npos;
  for (StringRef key : {":dims=", ":strides=", ":box=", ":elem=", ":swizzle=",
                        ":oob=", ":elementstrides=", ":interleave="})
    end = std::min(end, text.find(key));
  if (end == StringRef::npos)
    return error("a tensor map is tma:NAME:dims=…:strides=…:box=…");
  Expected<const io::TensorView *> view =
      parseTensor(text.take_front(end), inputs, argument);
  if (!view)
    return view.takeError();
  Expected<Fields> fields = parseFields(text.drop_front(end + 1));
  if (!fields)
    return fields.takeError();

  TensorMap &map = argument.map;
  map.element = getElement((*view)->dtype);
  // Buffers are aligned to more than a tensor map asks for.
  map.address = argument.offset;
  if (Error error = parseSizes(*fields, map))
    return error;
  if (Error error = parseModes(*fields, map))
    return error;
  map.strides[0] = getSize(map.element);
  if (Error error = checkTensorMap(map))
    return error;
  uint64_t extent = getTensorExtent(map),
           room = (*view)->bytes.size() - argument.offset;
  if (extent > room)
    return error("dims and strides reach over " + Twine(extent) +
                 " bytes, tensor " + quote(argument.tensor) + " has " +
                 Twine(room) + " from there");
  return Error::success();
}
