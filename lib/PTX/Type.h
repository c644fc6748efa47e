//===- Type.h - PTX's types -------------------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_PTX_TYPE_H
#define SLUICE_LIB_PTX_TYPE_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace sluice::ptx {

/// Fundamental, packed and alternate types (PTX ISA 9.0, sections 5.2 and 5.2.3
/// to 5.2.6).
enum class Type : uint8_t {
#define SLUICE_PTX_TYPE(Name, Spelling, Bits, Kind) Name,
#include "lib/PTX/Types.def"
};

enum class TypeKind : uint8_t {
  Predicate,
  Bits,
  Unsigned,
  Signed,
  Float,
  Other
};

/// Bits of one value, all elements of a packed one; 1 for a predicate.
unsigned getBitWidth(Type type);
TypeKind getKind(Type type);
/// The type as PTX spells it, without the dot: "f32", "bf16x2".
llvm::StringRef getName(Type type);
std::optional<Type> parseType(llvm::StringRef name);

/// Bytes in memory: at least 1.
inline unsigned getByteSize(Type type) { return (getBitWidth(type) + 7) / 8; }

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_TYPE_H
