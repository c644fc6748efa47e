//===- DType.h - Element types of tensor files ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_IO_DTYPE_H
#define SLUICE_LIB_IO_DTYPE_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace sluice::io {

/// The element types of the safetensors format, narrowest first. The 4-
/// and 6-bit and complex types of its later revisions are not supported.
enum class DType {
  BOOL,
  U8,
  I8,
  F8_E4M3,
  F8_E5M2,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  F64,
  I64,
  U64
};

/// Bytes per element: 1, 2, 4 or 8.
unsigned byteWidth(DType dtype);

/// The name in Sluice's terms: "bool", "u8", "f8e4m3", "bf16", "f32", ...
llvm::StringRef dtypeName(DType dtype);

/// The name in a safetensors header: "BOOL", "U8", "F8_E4M3", "BF16", ...
llvm::StringRef safetensorsName(DType dtype);

/// The inverse of safetensorsName; nothing for any other string.
std::optional<DType> parseDType(llvm::StringRef safetensorsName);

bool isFloat(DType dtype);

} // namespace sluice::io

#endif // SLUICE_LIB_IO_DTYPE_H
