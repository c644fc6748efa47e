//===- ParserFunctions.cpp - functions of PTX and their statements --------===//

#include "lib/PTX/ParserImpl.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace sluice::ptx;

/// .func {.attribute(…)} {(results)} name {(parameters)}, .entry name {(…)}
bool Parser::parseSignature(Function &parsed) {
  if (token.isDot("attribute") && !parseAttribute())
    return false;
  if (!parsed.isEntry && consume('(') && !parseParameters(parsed.results))
    return false;
  parsed.place = token.place;
  if (!parseName(parsed.name, "a function's name"))
    return false;
  return !consume('(') || parseParameters(parsed.parameters);
}

/// x {, y {, z}}
bool Parser::parseExtents(uint32_t (&extents)[3]) {
  for (uint32_t &extent : extents)
    extent = 1;
  for (uint32_t &extent : extents) {
    uint64_t value = 0;
    if (!parseCount(value, UINT32_MAX, "an extent"))
      return false;
    extent = static_cast<uint32_t>(value);
    if (!consume(','))
      return true;
  }
  return failExpected("no more than three extents");
}

/// What stands between a function's parameters and its body.
bool Parser::parseFunctionDirectives(Function &parsed) {
  while (token.is(Token::Kind::Dot)) {
    StringRef name = token.text;
    if (name == ".pragma") {
      if (!parsePragma())
        return false;
      continue;
    }
    if (name == ".attribute") {
      if (!parseAttribute())
        return false;
      continue;
    }
    bool isFlag =
        StringSwitch<bool>(name)
            .Cases({".noreturn", ".explicitcluster", ".blocksareclusters"},
                   true)
            .Default(false);
    bool isCount = StringSwitch<bool>(name)
                       .Cases({".minnctapersm", ".maxnctapersm", ".maxnreg",
                               ".maxclusterrank", ".abi_preserve",
                               ".abi_preserve_control"},
                              true)
                       .Default(false);
    uint32_t (*extents)[3] = name == ".maxntid"   ? &parsed.maximumThreads
                             : name == ".reqntid" ? &parsed.requiredThreads
                             : name == ".reqnctapercluster"
                                 ? &parsed.requiredCluster
                                 : nullptr;
    if (!isFlag && !isCount && !extents)
      return failExpected("';', a body or a directive of the function");
    advance();
    uint64_t count = 0;
    if (name == ".noreturn")
      parsed.isNoReturn = true;
    if (isCount && !parseCount(count, UINT32_MAX, "a number"))
      return false;
    if (extents && !parseExtents(*extents))
      return false;
  }
  return true;
}

bool Parser::parseFunction(Linkage linkage, bool isEntry) {
  advance();
  Function parsed;
  parsed.isEntry = isEntry;
  parsed.isExtern = linkage.isExtern;
  if (!parseSignature(parsed) || !parseFunctionDirectives(parsed))
    return false;
  parsed.hasBody = token.is('{');
  if (!parsed.hasBody && !token.is(';'))
    return failExpected("';' or a body after function " + quote(parsed.name));

  ModuleName &entry = moduleNames[parsed.name];
  if (entry.variable)
    return fail(parsed.place, quote(parsed.name) + " is a variable already");
  if (!entry.function) {
    module.functions.push_back(std::make_unique<Function>());
    entry.function = module.functions.back().get();
    *entry.function = std::move(parsed);
  } else if (entry.function->hasBody) {
    if (parsed.hasBody)
      return fail(parsed.place, quote(parsed.name) + " is defined twice");
  } else {
    *entry.function = std::move(parsed);
  }
  if (consume(';'))
    return true;
  function = entry.function;
  bool isGood = parseBody();
  function = nullptr;
  return isGood;
}

bool Parser::parseBody() {
  scopes.clear();
  source = SourceLine();
  usedBytes = 0;
  scopes.open();
  if (!declareParameters(function->results) ||
      !declareParameters(function->parameters) || !parseBlock())
    return false;
  scopes.close();
  return resolveReferences();
}

/// { statements }
bool Parser::parseBlock() {
  Nesting nested(nesting);
  if (!enter(nested))
    return false;
  Place place = token.place;
  advance();
  scopes.open();
  while (!token.is('}')) {
    if (token.is(Token::Kind::End))
      return fail(token.place,
                  "expected '}' for the '{' at " + Twine(place.line) + ":" +
                      Twine(place.column) + ", found the end of the text");
    if (!parseStatement())
      return false;
  }
  advance();
  scopes.close();
  return true;
}

bool Parser::parseStatement() {
  if (token.is('{'))
    return parseBlock();
  if (consume(';'))
    return true;
  if (token.is(Token::Kind::Dot))
    return parseFunctionDirective();
  if (token.is(Token::Kind::Identifier) && peek().is(':'))
    return parseLabel();
  if (token.is(Token::Kind::Identifier) || token.is('@'))
    return parseInstruction();
  return failExpected("a statement");
}

bool Parser::parseFunctionDirective() {
  if (token.isDot("reg"))
    return parseRegisters();
  if (token.isDot("loc"))
    return parseLoc();
  if (token.isDot("pragma"))
    return parsePragma();
  if (token.isDot("file"))
    return parseFile();
  if (token.isDot("section"))
    return parseSection();
  Linkage linkage;
  if (token.isDot("extern")) {
    linkage.isExtern = true;
    advance();
  }
  std::optional<Space> space = StringSwitch<std::optional<Space>>(token.text)
                                   .Case(".shared", Space::Shared)
                                   .Case(".local", Space::Local)
                                   .Case(".param", Space::Param)
                                   .Default(std::nullopt);
  if (!space)
    return failExpected("a statement");
  advance();
  return parseVariables(linkage, *space);
}

/// name:, or the name of a table.
bool Parser::parseLabel() {
  StringRef name = token.text;
  Place place = token.place;
  advance();
  advance();
  bool isTable = token.isDot("branchtargets") || token.isDot("calltargets") ||
                 token.isDot("callprototype");
  Target target;
  target.isTable = isTable;
  target.label = static_cast<unsigned>(function->labels.size());
  if (!scopes.declareTarget(name, target))
    return fail(place, "label " + quote(name) + " is declared twice");
  if (isTable)
    return parseTableDirective(name, place);
  function->labels.push_back(
      {name, static_cast<unsigned>(function->instructions.size())});
  return true;
}

bool Parser::parseTableDirective(StringRef name, Place place) {
  // Unlike labels they are found by name later.
  if (function->branchTargets.contains(name) ||
      function->callTargets.contains(name))
    return fail(place, quote(name) + " is declared twice");
  bool isGood = token.isDot("branchtargets") ? parseBranchTargets(name)
                : token.isDot("calltargets") ? parseCallTargets(name)
                                             : parsePrototype();
  return isGood && expect(';', "after " + quote(name));
}

bool Parser::parseBranchTargets(StringRef name) {
  advance();
  std::vector<unsigned> &targets = function->branchTargets[name];
  do {
    Place place = token.place;
    StringRef label;
    if (!parseName(label, "a label"))
      return false;
    // An index of a reference until the end of the function.
    targets.push_back(scopes.refer(label, place, /*isBranch=*/true));
  } while (consume(','));
  return true;
}

bool Parser::parseCallTargets(StringRef name) {
  advance();
  std::vector<StringRef> &targets = function->callTargets[name];
  do {
    uses.push_back({token.text, token.place, /*mayBeVariable=*/false});
    if (!parseName(targets.emplace_back(), "a function"))
      return false;
  } while (consume(','));
  return true;
}

/// .callprototype {(results)} _ {(parameters)} {directives}: what a callee must
/// look like. The callee itself is known when the call happens.
bool Parser::parsePrototype() {
  advance();
  Function ignored;
  return parseSignature(ignored) && parseFunctionDirectives(ignored);
}

/// {@{!}p} mnemonic{.qualifier}… operands;
bool Parser::parseInstruction() {
  Instruction instruction;
  instruction.place = token.place;
  instruction.source = source;
  if (consume('@')) {
    instruction.isGuarded = true;
    instruction.guardIsNegated = consume('!');
    if (!parsePredicate(instruction.guard))
      return false;
    // Where the instruction is: the guard is not what errors are about.
    instruction.place = token.place;
  }
  if (!parseName(instruction.mnemonic, "an instruction"))
    return false;
  if (instruction.mnemonic.starts_with("%"))
    return fail(instruction.place, "expected an instruction, found " +
                                       quote(instruction.mnemonic));
  for (; token.is(Token::Kind::Dot); advance())
    instruction.qualifiers.push_back(token.text.drop_front());
  instruction.usedBytes = usedBytes;
  usedBytes = 0;
  if (!parseOperands(instruction) ||
      !expect(';', "after instruction " + quote(instruction.mnemonic)))
    return false;
  function->instructions.push_back(std::move(instruction));
  return true;
}

/// Gives a Label, which has the index of a reference so far, its meaning.
bool Parser::resolve(Operand &operand) {
  for (Operand &element : operand.elements)
    if (!resolve(element))
      return false;
  if (operand.kind != Operand::Kind::Label)
    return true;
  const Reference &reference = scopes.references[operand.label];
  operand.label = 0;
  if (reference.isResolved) {
    operand.label = reference.target.isTable ? 0 : reference.target.label;
    if (reference.target.isTable)
      operand.kind = Operand::Kind::Table;
    return true;
  }
  if (reference.isBranch)
    return fail(reference.place,
                quote(reference.name) + " is not declared: expected a label");
  operand.kind = Operand::Kind::Function;
  auto found = moduleNames.find(reference.name);
  if (found != moduleNames.end() && found->second.function)
    return true;
  uses.push_back({reference.name, reference.place, /*mayBeVariable=*/false});
  return true;
}

bool Parser::resolveReferences() {
  for (Instruction &instruction : function->instructions)
    for (Operand &operand : instruction.operands)
      if (!resolve(operand))
        return false;
  for (auto &table : function->branchTargets)
    for (unsigned &target : table.second) {
      const Reference &reference = scopes.references[target];
      if (!reference.isResolved || reference.target.isTable)
        return fail(reference.place, quote(reference.name) +
                                         " is not declared: expected a label");
      target = reference.target.label;
    }
  return true;
}
