//===- Module.cpp - what a PTX text says ----------------------------------===//

#include "lib/PTX/Module.h"

#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace sluice;

StringRef ptx::getName(Space space) {
  switch (space) {
  case Space::Generic:
    return "generic";
  case Space::Register:
    return "reg";
  case Space::Param:
    return "param";
  case Space::Shared:
    return "shared";
  case Space::Global:
    return "global";
  case Space::Local:
    return "local";
  case Space::Const:
    return "const";
  }
  llvm_unreachable("not a space");
}

const ptx::Function *ptx::Module::findFunction(StringRef name) const {
  auto alias = aliases.find(name);
  if (alias != aliases.end())
    name = alias->second;
  for (const std::unique_ptr<Function> &function : functions)
    if (function->name == name)
      return function.get();
  return nullptr;
}

const ptx::Variable *ptx::Module::findVariable(StringRef name) const {
  for (const std::unique_ptr<Variable> &variable : variables)
    if (variable->name == name)
      return variable.get();
  return nullptr;
}
