//===- Forms.cpp - the instruction table ----------------------------------===//

#include "lib/PTX/Form.h"

using namespace sluice;
using namespace sluice::ptx;

llvm::StringRef ptx::getName(Semantics semantics) {
  static constexpr llvm::StringLiteral kNames[] = {
#define SLUICE_PTX_SEMANTICS(Name) #Name,
#include "lib/PTX/Semantics.def"
  };
  return kNames[static_cast<size_t>(semantics)];
}

llvm::ArrayRef<Form> ptx::getForms() {
  static constexpr Form kForms[] = {
#define SLUICE_PTX_FORM(Meaning, mnemonic, qualifiers, operands, Which, Price) \
  {Semantics::Meaning, mnemonic,     qualifiers,                               \
   operands,           Class::Which, Cost::Price},
#include "lib/PTX/Instructions.def"
  };
  return kForms;
}

const FormTable &ptx::getFormTable() {
  static const FormTable table(getForms());
  return table;
}
