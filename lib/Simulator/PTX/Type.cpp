//===- Type.cpp - PTX's types ---------------------------------------------===//

#include "lib/Simulator/PTX/Type.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace sluice;
using ptx::Type;
using ptx::TypeKind;

unsigned ptx::getBitWidth(Type type) {
  switch (type) {
#define SLUICE_PTX_TYPE(Name, Spelling, Bits, Kind)                            \
  case Type::Name:                                                             \
    return Bits;
#include "lib/Simulator/PTX/Types.def"
  }
  llvm_unreachable("not a type");
}

TypeKind ptx::getKind(Type type) {
  switch (type) {
#define SLUICE_PTX_TYPE(Name, Spelling, Bits, Kind)                            \
  case Type::Name:                                                             \
    return TypeKind::Kind;
#include "lib/Simulator/PTX/Types.def"
  }
  llvm_unreachable("not a type");
}

StringRef ptx::getName(Type type) {
  switch (type) {
#define SLUICE_PTX_TYPE(Name, Spelling, Bits, Kind)                            \
  case Type::Name:                                                             \
    return Spelling;
#include "lib/Simulator/PTX/Types.def"
  }
  llvm_unreachable("not a type");
}

std::optional<Type> ptx::parseType(StringRef name) {
  return StringSwitch<std::optional<Type>>(name)
#define SLUICE_PTX_TYPE(Name, Spelling, Bits, Kind) .Case(Spelling, Type::Name)
#include "lib/Simulator/PTX/Types.def"
      .Default(std::nullopt);
}
