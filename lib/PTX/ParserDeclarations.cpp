//===- ParserDeclarations.cpp - variables and registers of PTX ------------===//

#include "lib/PTX/ParserImpl.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace sluice::ptx;

static std::optional<unsigned> parseVectorLength(const Token &token) {
  return StringSwitch<std::optional<unsigned>>(token.text)
      .Case(".v2", 2)
      .Case(".v4", 4)
      .Case(".v8", 8)
      .Default(std::nullopt);
}

/// .attribute(.managed), .attribute(.unified(1, 2)): of no meaning here.
bool Parser::parseAttribute() {
  advance();
  if (!expect('(', "after '.attribute'"))
    return false;
  unsigned depth = 1;
  while (depth > 0) {
    if (token.is(Token::Kind::End) || token.is(Token::Kind::Error) ||
        token.is(';'))
      return failExpected("')' after an attribute");
    if (token.is('('))
      ++depth;
    else if (token.is(')'))
      --depth;
    advance();
  }
  return true;
}

/// What stands between a variable's space and its name.
bool Parser::parseVariableType(Variable &variable, bool isParameter) {
  std::optional<Type> type;
  uint64_t alignment = 0;
  bool isPointer = false;
  while (token.is(Token::Kind::Dot)) {
    if (token.isDot("attribute")) {
      if (!parseAttribute())
        return false;
      continue;
    }
    if (token.isDot("align")) {
      advance();
      Place place = token.place;
      uint64_t value = 0;
      if (!parseCount(value, kVariableLimit, "an alignment"))
        return false;
      if (!isPowerOf2_64(value))
        return fail(place, "expected a power of two as alignment, found '" +
                               Twine(value) + "'");
      // That of a pointer is its pointee's.
      if (!isPointer)
        alignment = value;
      continue;
    }
    if (std::optional<unsigned> length = parseVectorLength(token)) {
      variable.vectorLength = *length;
    } else if (isParameter && token.isDot("ptr")) {
      isPointer = true;
    } else if (isPointer &&
               StringSwitch<bool>(token.text)
                   .Cases({".global", ".shared", ".local", ".const", ".param",
                           ".shared::cta", ".shared::cluster"},
                          true)
                   .Default(false)) {
      // What it points to is seen when it is used.
    } else if (std::optional<Type> found = parseType(token.text.drop_front())) {
      if (type)
        return failExpected("a name");
      type = found;
    } else {
      return failExpected("a type");
    }
    advance();
  }
  if (!type)
    return failExpected("a type");
  if (*type == Type::Pred && variable.space != Space::Register)
    return fail(token.place, "a variable in memory cannot be a predicate");
  variable.type = *type;
  uint64_t natural = getByteSize(*type);
  variable.alignment = alignment ? std::max(alignment, natural)
                                 : natural * variable.vectorLength;
  return true;
}

/// name[extent]…: sets place, name and size.
bool Parser::parseDeclarator(Variable &variable, bool &isUnsized,
                             SmallVectorImpl<uint64_t> &extents) {
  variable.place = token.place;
  if (!parseName(variable.name, "a variable's name"))
    return false;
  isUnsized = false;
  uint64_t size = uint64_t(getByteSize(variable.type)) * variable.vectorLength;
  while (token.is('[')) {
    advance();
    if (extents.size() == kNestingLimit)
      return fail(token.place,
                  "array of more than " + Twine(kNestingLimit) + " dimensions");
    if (token.is(']')) {
      if (!extents.empty())
        return failExpected("an extent: only the first may be left out");
      isUnsized = true;
      extents.push_back(0);
      advance();
      continue;
    }
    Constant extent;
    Place place = token.place;
    if (!parseConstant(extent))
      return false;
    if (extent.floatBits != 0 || static_cast<int64_t>(extent.bits) < 0)
      return fail(place, "expected an extent that is not negative");
    bool overflows = false;
    size = SaturatingMultiply(size, extent.bits, &overflows);
    if (overflows || size > kVariableLimit)
      return fail(place, quote(variable.name) + " is larger than " +
                             Twine(kVariableLimit) + " bytes");
    extents.push_back(extent.bits);
    if (!expect(']', "after an extent"))
      return false;
  }
  // For one without a size: that of one element, until it is known.
  variable.size = size;
  return true;
}

bool Parser::declareVariable(Linkage linkage,
                             std::unique_ptr<Variable> variable,
                             Variable *&declared) {
  StringRef name = variable->name;
  Place place = variable->place;
  variable->isExtern = linkage.isExtern;
  declared = variable.get();
  if (function) {
    Name what;
    what.kind = Name::Kind::Variable;
    what.variable = variable.get();
    if (!scopes.declare(name, what))
      return fail(place, quote(name) + " is declared twice");
    function->variables.push_back(std::move(variable));
    return true;
  }
  ModuleName &entry = moduleNames[name];
  if (entry.function)
    return fail(place, quote(name) + " is a function already");
  if (!entry.variable) {
    entry.variable = variable.get();
    module.variables.push_back(std::move(variable));
    return true;
  }
  // Functions may refer to the first declaration: it becomes the definition.
  if (!entry.variable->isExtern && !linkage.isExtern)
    return fail(place, quote(name) + " is defined twice");
  if (entry.variable->space != variable->space)
    return fail(place, quote(name) + " was declared in the space ." +
                           getName(entry.variable->space));
  declared = entry.variable;
  if (entry.variable->isExtern)
    *entry.variable = std::move(*variable);
  return true;
}

/// The current token is behind the space.
bool Parser::parseVariables(Linkage linkage, Space space) {
  Variable head;
  head.space = space;
  if (!parseVariableType(head, /*isParameter=*/false))
    return false;
  do {
    auto variable = std::make_unique<Variable>(head);
    bool isUnsized = false;
    SmallVector<uint64_t, 4> extents;
    if (!parseDeclarator(*variable, isUnsized, extents))
      return false;
    Place place = variable->place;
    // In its own initialiser a variable's name is known.
    Variable *declared = nullptr;
    if (!declareVariable(linkage, std::move(variable), declared))
      return false;
    if (!token.is('=')) {
      if (!isUnsized)
        continue;
      if (!linkage.isExtern && space != Space::Param)
        return fail(place, "array " + quote(declared->name) +
                               " without a size or initialiser");
      declared->size = 0;
      continue;
    }
    if (space != Space::Global && space != Space::Const)
      return failExpected("';': only .global and .const variables have an "
                          "initialiser");
    if (linkage.isExtern)
      return failExpected("';' after an .extern variable");
    advance();
    if (declared->vectorLength > 1)
      extents.push_back(declared->vectorLength);
    Fill fill;
    fill.strides.resize(extents.size() + 1, 1);
    // Extents of 0 leave no room, and the size says so, too.
    for (size_t i = extents.size(); i-- > 0;)
      fill.strides[i] =
          fill.strides[i + 1] * (i == 0 && isUnsized ? 1 : extents[i]);
    uint64_t subArray = declared->size;
    fill.limit = !isUnsized      ? fill.strides[0]
                 : subArray == 0 ? 0
                                 : kVariableLimit / subArray * fill.strides[0];
    if (!parseInitializer(*declared, fill))
      return false;
    if (isUnsized) {
      uint64_t unit = extents.size() > 1 ? fill.strides[1] : 1;
      uint64_t count = unit ? divideCeil(fill.end, unit) : 0;
      declared->size = SaturatingMultiply(count, subArray);
    }
  } while (consume(','));
  return expect(';', "after a variable");
}

/// ( .param .u64 name, … ): the current token is behind the parenthesis.
bool Parser::parseParameters(
    std::vector<std::unique_ptr<Variable>> &parameters) {
  if (consume(')'))
    return true;
  do {
    auto variable = std::make_unique<Variable>();
    if (token.isDot("param"))
      variable->space = Space::Param;
    else if (token.isDot("reg"))
      variable->space = Space::Register;
    else
      return failExpected("'.param' or '.reg'");
    advance();
    bool isUnsized = false;
    SmallVector<uint64_t, 4> extents;
    if (!parseVariableType(*variable, /*isParameter=*/true) ||
        !parseDeclarator(*variable, isUnsized, extents))
      return false;
    if (variable->space == Space::Register && !extents.empty())
      return fail(variable->place, "a register cannot be an array");
    if (isUnsized)
      variable->size = 0;
    parameters.push_back(std::move(variable));
  } while (consume(','));
  return expect(')', "after the parameters");
}

bool Parser::declareParameters(
    const std::vector<std::unique_ptr<Variable>> &parameters) {
  for (const std::unique_ptr<Variable> &variable : parameters) {
    Name what;
    if (variable->space == Space::Register) {
      bool isVector = variable->vectorLength > 1;
      what.kind = isVector ? Name::Kind::VectorRegister : Name::Kind::Register;
      what.count = variable->vectorLength;
      if (!addRegisters(variable->name, variable->type, what.count, isVector,
                        variable->place, what.reg))
        return false;
    } else {
      what.kind = Name::Kind::Variable;
      what.variable = variable.get();
    }
    if (!scopes.declare(variable->name, what))
      return fail(variable->place,
                  quote(variable->name) + " is declared twice");
  }
  return true;
}

bool Parser::addRegisters(StringRef name, Type type, uint64_t count,
                          bool isNumbered, Place place, unsigned &first) {
  std::vector<Register> &registers = function->registers;
  if (count > kFunctionRegisterLimit - registers.size())
    return fail(place, "function " + quote(function->name) + " has more than " +
                           Twine(kFunctionRegisterLimit) + " registers");
  if (count > kModuleRegisterLimit - moduleRegisters)
    return fail(place, "more than " + Twine(kModuleRegisterLimit) +
                           " registers in all functions");
  moduleRegisters += count;
  first = static_cast<unsigned>(registers.size());
  for (unsigned i = 0; i < count; ++i)
    registers.push_back({name, type, i, isNumbered});
  return true;
}

/// .reg .b32 %r<10>, %a;  .reg .v4 .f32 %v;
bool Parser::parseRegisters() {
  advance();
  Variable head;
  head.space = Space::Register;
  if (!parseVariableType(head, /*isParameter=*/false))
    return false;
  do {
    Place place = token.place;
    StringRef name;
    if (!parseName(name, "a register's name"))
      return false;
    Name what;
    what.count = head.vectorLength;
    bool isNumbered = consume('<'), isVector = head.vectorLength > 1;
    if (isNumbered) {
      uint64_t count = 0;
      if (isVector)
        return fail(place, "numbered registers cannot be vectors");
      if (!parseCount(count, kFunctionRegisterLimit, "a number of registers") ||
          !expect('>', "after a number of registers"))
        return false;
      what.count = static_cast<unsigned>(count);
    }
    what.kind = isVector ? Name::Kind::VectorRegister : Name::Kind::Register;
    if (!addRegisters(name, head.type, what.count, isNumbered || isVector,
                      place, what.reg))
      return false;
    if (!(isNumbered ? scopes.declareNumbered(name, what)
                     : scopes.declare(name, what)))
      return fail(place, quote(name) + " is declared twice");
  } while (consume(','));
  return expect(';', "after registers");
}
