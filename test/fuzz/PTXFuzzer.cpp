//===- PTXFuzzer.cpp - Fuzz the parser of PTX -----------------------------===//
//
// Seeds: test/fuzz/corpus/ptx.
//
//===----------------------------------------------------------------------===//

#include "lib/PTX/Form.h"
#include "lib/PTX/Parser.h"

#include <cstdio>
#include <cstdlib>

using namespace sluice::ptx;

/// An assertion that holds in every build.
static void check(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "invariant broken: %s\n", what);
  std::abort();
}

static bool isInText(const Module &module, llvm::StringRef name) {
  const char *begin = module.text.data();
  return name.empty() ||
         (name.begin() >= begin && name.end() <= begin + module.text.size());
}

static bool isKnown(const Module &module, const Function &function,
                    const Variable *variable) {
  auto holds = [&](const std::vector<std::unique_ptr<Variable>> &variables) {
    for (const std::unique_ptr<Variable> &known : variables)
      if (known.get() == variable)
        return true;
    return false;
  };
  return holds(module.variables) || holds(function.variables) ||
         holds(function.parameters) || holds(function.results);
}

static void checkOperand(const Module &module, const Function &function,
                         const Operand &operand) {
  check(isInText(module, operand.name), "an operand's name is in the text");
  for (const Operand &element : operand.elements)
    checkOperand(module, function, element);
  switch (operand.kind) {
  case Operand::Kind::Register:
    check(operand.reg < function.registers.size(), "a register's index");
    break;
  case Operand::Kind::Symbol:
    check(isKnown(module, function, operand.variable), "a variable");
    break;
  case Operand::Kind::Address:
    check(!operand.elements.empty(), "an address has a base");
    break;
  case Operand::Kind::Label:
    check(operand.label < function.labels.size(), "a label's index");
    break;
  case Operand::Kind::Function:
    check(module.findFunction(operand.name) != nullptr, "a function's name");
    break;
  case Operand::Kind::Immediate:
  case Operand::Kind::Special:
  case Operand::Kind::Vector:
  case Operand::Kind::Sink:
  case Operand::Kind::Table:
    break;
  }
}

static void checkVariable(const Module &module, const Variable &variable) {
  check(isInText(module, variable.name), "a variable's name is in the text");
  check(variable.initializer.size() <= variable.size, "initialiser's size");
  check(variable.alignment != 0, "alignment");
  for (const Variable::Relocation &relocation : variable.relocations) {
    check(relocation.offset + relocation.bytes <= variable.initializer.size(),
          "a relocation is in the initialiser");
    check(module.findFunction(relocation.symbol) ||
              module.findVariable(relocation.symbol),
          "a relocation's symbol");
    check(relocation.shift < 64, "a relocation's shift");
  }
}

static void checkFunction(const Module &module, const Function &function) {
  check(isInText(module, function.name), "a function's name is in the text");
  for (const std::unique_ptr<Variable> &variable : function.variables)
    checkVariable(module, *variable);
  for (const Register &reg : function.registers)
    check(isInText(module, reg.name), "a register's name is in the text");
  for (const Label &label : function.labels)
    check(label.instruction <= function.instructions.size(), "a label's place");
  for (const auto &table : function.branchTargets)
    for (unsigned label : table.second)
      check(label < function.labels.size(), "a branch target");
  for (const Instruction &instruction : function.instructions) {
    check(!instruction.isGuarded ||
              function.registers[instruction.guard].type == Type::Pred,
          "a guard is a predicate");
    check(instruction.mnemonic != "call" || instruction.operands.size() == 3 ||
              instruction.operands.size() == 4,
          "operands of a call");
    for (const Operand &operand : instruction.operands)
      checkOperand(module, function, operand);
    Match match;
    llvm::Expected<const Form *> form = getFormTable().find(instruction, match);
    if (!form)
      llvm::consumeError(form.takeError());
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<std::unique_ptr<Module>> module =
      parseModule(text, "input.ptx");
  if (!module) {
    std::string message = llvm::toString(module.takeError());
    check(llvm::StringRef(message).starts_with("input.ptx:"), "error's place");
    check(llvm::StringRef(message).contains(": error: "), "error's kind");
    check(message.find('\n') == std::string::npos, "error on one line");
    return 0;
  }
  for (const std::unique_ptr<Variable> &variable : (*module)->variables)
    checkVariable(**module, *variable);
  for (const std::unique_ptr<Function> &function : (*module)->functions)
    checkFunction(**module, *function);
  for (const auto &alias : (*module)->aliases)
    check((*module)->findFunction(alias.first()) != nullptr, "an alias");
  return 0;
}
