//===- Type.cpp - PTX's types ---------------------------------------------===//

#include "lib/PTX/Type.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace sluice;
using ptx::Type;
using ptx::TypeKind;

namespace {
struct TypeRow {
  StringRef spelling;
  unsigned bits;
  TypeKind kind;
};
} // namespace

static const TypeRow &getRow(Type type) {
  static const TypeRow rows[] = {
#define SLUICE_PTX_TYPE(Name, Spelling, Bits, Kind)                            \
  {Spelling, Bits, TypeKind::Kind},
#include "lib/PTX/Types.def"
  };
  return rows[static_cast<size_t>(type)];
}

unsigned ptx::getBitWidth(Type type) { return getRow(type).bits; }

TypeKind ptx::getKind(Type type) { return getRow(type).kind; }

StringRef ptx::getName(Type type) { return getRow(type).spelling; }

std::optional<Type> ptx::parseType(StringRef name) {
  return StringSwitch<std::optional<Type>>(name)
#define SLUICE_PTX_TYPE(Name, Spelling, Bits, Kind) .Case(Spelling, Type::Name)
#include "lib/PTX/Types.def"
      .Default(std::nullopt);
}
