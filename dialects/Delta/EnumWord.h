//===- EnumWord.h - enums in the assembly of types and attributes -*- C++ -*-=//

#ifndef SLUICE_DIALECTS_DELTA_ENUMWORD_H
#define SLUICE_DIALECTS_DELTA_ENUMWORD_H

#include "mlir/IR/DialectImplementation.h"

namespace sluice::delta {

/// Parses one of an enum's words, for `custom<EnumWord>` in place of the plain
/// parameter: that one names C++ types, and reports each slip twice.
template <typename Enum>
llvm::ParseResult parseEnumWord(mlir::AsmParser &parser, Enum &value) {
  mlir::FailureOr<Enum> parsed = mlir::FieldParser<Enum>::parse(parser);
  if (failed(parsed))
    return mlir::failure();
  value = *parsed;
  return mlir::success();
}

template <typename Enum>
void printEnumWord(mlir::AsmPrinter &printer, Enum value) {
  printer << stringifyEnum(value);
}

} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_ENUMWORD_H
