//===- DType.cpp - Element types of tensor files --------------------------===//

#include "lib/IO/DType.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice::io;

namespace {
struct DTypeInfo {
  StringLiteral fileName;
  StringLiteral name;
  unsigned width;
  bool isFloat;
};
} // namespace

/// Indexed by DType.
static constexpr DTypeInfo kDTypes[] = {
    {"BOOL", "bool", 1, false},     {"U8", "u8", 1, false},
    {"I8", "i8", 1, false},         {"F8_E4M3", "f8e4m3", 1, true},
    {"F8_E5M2", "f8e5m2", 1, true}, {"I16", "i16", 2, false},
    {"U16", "u16", 2, false},       {"F16", "f16", 2, true},
    {"BF16", "bf16", 2, true},      {"I32", "i32", 4, false},
    {"U32", "u32", 4, false},       {"F32", "f32", 4, true},
    {"F64", "f64", 8, true},        {"I64", "i64", 8, false},
    {"U64", "u64", 8, false},
};
static_assert(std::size(kDTypes) == static_cast<size_t>(DType::U64) + 1);

static const DTypeInfo &info(DType dtype) {
  return kDTypes[static_cast<size_t>(dtype)];
}

unsigned sluice::io::byteWidth(DType dtype) { return info(dtype).width; }
StringRef sluice::io::dtypeName(DType dtype) { return info(dtype).name; }
StringRef sluice::io::safetensorsName(DType dtype) {
  return info(dtype).fileName;
}
bool sluice::io::isFloat(DType dtype) { return info(dtype).isFloat; }

std::optional<DType> sluice::io::parseDType(StringRef safetensorsName) {
  for (auto [index, dtype] : enumerate(kDTypes))
    if (dtype.fileName == safetensorsName)
      return static_cast<DType>(index);
  return std::nullopt;
}
