//===- Parser.cpp - PTX text to a module ----------------------------------===//

#include "lib/PTX/Parser.h"
#include "lib/Support/Quote.h"

#include "lib/PTX/ParserImpl.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace sluice::ptx;

Expected<std::unique_ptr<Module>> sluice::ptx::parseModule(StringRef text,
                                                           StringRef fileName) {
  auto module = std::make_unique<Module>();
  module->text = text.str();
  Parser parser(*module, fileName);
  if (!parser.parse())
    return createStringError(parser.error);
  return module;
}

Parser::Parser(Module &module, StringRef fileName)
    : module(module), fileName(fileName), lexer(module.text) {
  advance();
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

void Parser::advance() { token = lexer.next(); }

Token Parser::peek() const { return Lexer(lexer).next(); }

bool Parser::fail(Place place, const Twine &message) {
  if (error.empty())
    error = formatv("{0}:{1}:{2}: error: {3}", fileName, place.line,
                    place.column, message.str());
  return false;
}

bool Parser::failExpected(const Twine &what) {
  if (token.is(Token::Kind::Error))
    return fail(token.place, token.text);
  if (token.is(Token::Kind::End))
    return fail(token.place,
                "expected " + what + ", found the end of the text");
  if (token.is(Token::Kind::String))
    return fail(token.place, "expected " + what + ", found a string");
  return fail(token.place, "expected " + what + ", found " + quote(token.text));
}

bool Parser::consume(char punctuation) {
  if (!token.is(punctuation))
    return false;
  advance();
  return true;
}

bool Parser::expect(char punctuation, const Twine &where) {
  if (consume(punctuation))
    return true;
  return failExpected("'" + Twine(punctuation) + "' " + where);
}

bool Parser::parseName(StringRef &name, const Twine &what) {
  if (!token.is(Token::Kind::Identifier))
    return failExpected(what);
  name = token.text;
  advance();
  return true;
}

bool Parser::parseCount(uint64_t &value, uint64_t limit, const Twine &what) {
  if (!token.is(Token::Kind::Integer))
    return failExpected(what);
  Place place = token.place;
  Constant constant;
  if (!parseInteger(constant))
    return false;
  if (constant.bits > limit)
    return fail(place, "expected " + what + " of at most " + Twine(limit) +
                           ", found '" + Twine(constant.bits) + "'");
  value = constant.bits;
  return true;
}

bool Parser::enter(Nesting &nested) {
  if (!nested.isTooDeep())
    return true;
  return fail(token.place,
              "nested more than " + Twine(kNestingLimit) + " deep");
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

bool Parser::parse() {
  if (!parseHeader())
    return false;
  while (!token.is(Token::Kind::End))
    if (!parseModuleStatement())
      return false;
  return checkModule();
}

bool Parser::parseHeader() {
  if (!token.isDot("version"))
    return failExpected("'.version'");
  advance();
  StringRef major, minor;
  std::tie(major, minor) = token.text.split('.');
  if (!token.is(Token::Kind::Float) ||
      major.getAsInteger(10, module.versionMajor) ||
      minor.getAsInteger(10, module.versionMinor))
    return failExpected("a version such as 9.0");
  advance();
  return true;
}

/// .target sm_90a, debug
bool Parser::parseTarget() {
  advance();
  StringRef name;
  if (!parseName(name, "a target such as sm_90a"))
    return false;
  module.target = name.str();
  while (consume(','))
    if (!parseName(name, "a property of the target"))
      return false;
  return true;
}

/// .file 1 "name" {, time, size}
bool Parser::parseFile() {
  advance();
  uint64_t number = 0, ignored = 0;
  if (!parseCount(number, kFileLimit, "a file's number"))
    return false;
  if (!token.is(Token::Kind::String))
    return failExpected("a file's name");
  if (module.files.size() <= number)
    module.files.resize(number + 1);
  module.files[number] = token.text.str();
  advance();
  while (consume(','))
    if (!parseCount(ignored, ~uint64_t(0), "a file's time or size"))
      return false;
  return true;
}

/// .loc file line column {, function_name label {+ n}, inlined_at f l c}
bool Parser::parseLoc() {
  advance();
  auto parsePlace = [&](SourceLine &line) {
    uint64_t file = 0, row = 0, column = 0;
    if (!parseCount(file, kFileLimit, "a file's number") ||
        !parseCount(row, UINT32_MAX, "a line") ||
        !parseCount(column, UINT32_MAX, "a column"))
      return false;
    line = {static_cast<unsigned>(file), static_cast<unsigned>(row),
            static_cast<unsigned>(column)};
    return true;
  };
  if (!parsePlace(source))
    return false;
  while (consume(',')) {
    StringRef what, label;
    Place place = token.place;
    if (!parseName(what, "'function_name' or 'inlined_at'"))
      return false;
    SourceLine caller;
    uint64_t offset = 0;
    if (what == "inlined_at") {
      if (!parsePlace(caller))
        return false;
    } else if (what == "function_name") {
      if (!parseName(label, "a label") || !parseOffset(offset))
        return false;
    } else {
      return fail(place, "expected 'function_name' or 'inlined_at', found " +
                             quote(what));
    }
  }
  return true;
}

/// .section .debug_info { … }: DWARF, passed over.
bool Parser::parseSection() {
  Place place = token.place;
  advance();
  if (!token.is(Token::Kind::Dot) && !token.is(Token::Kind::Identifier))
    return failExpected("a section's name");
  advance();
  if (!expect('{', "before what a section holds"))
    return false;
  for (unsigned depth = 1; depth > 0; advance()) {
    if (token.is(Token::Kind::Error))
      return failExpected("'}'");
    if (token.is(Token::Kind::End))
      return fail(place, "section does not end");
    if (token.is('{'))
      ++depth;
    else if (token.is('}'))
      --depth;
  }
  return true;
}

/// .pragma "a", "b";
bool Parser::parsePragma() {
  advance();
  do {
    if (!token.is(Token::Kind::String))
      return failExpected("a string");
    StringRef text = token.text.trim();
    if (text.consume_front("used_bytes_mask") &&
        text.trim().getAsInteger(0, usedBytes))
      return fail(token.place, "expected a mask after 'used_bytes_mask'");
    advance();
  } while (consume(','));
  return expect(';', "after a pragma");
}

/// .alias name, function;
bool Parser::parseAlias() {
  advance();
  Place place = token.place;
  StringRef name, aliasee;
  if (!parseName(name, "a function") || !expect(',', "after an alias"))
    return false;
  uses.push_back({token.text, token.place, /*mayBeVariable=*/false});
  if (!parseName(aliasee, "a function"))
    return false;
  if (!module.aliases.try_emplace(name, aliasee).second)
    return fail(place, quote(name) + " is an alias already");
  uses.push_back({name, place, /*mayBeVariable=*/false});
  return expect(';', "after an alias");
}

static std::optional<Space> parseSpace(const Token &token) {
  return StringSwitch<std::optional<Space>>(token.text)
      .Case(".global", Space::Global)
      .Case(".const", Space::Const)
      .Case(".shared", Space::Shared)
      .Case(".local", Space::Local)
      .Case(".param", Space::Param)
      .Default(std::nullopt);
}

bool Parser::parseModuleStatement() {
  if (!token.is(Token::Kind::Dot)) {
    if (consume(';'))
      return true;
    return failExpected("a directive");
  }
  if (token.isDot("target"))
    return parseTarget();
  if (token.isDot("address_size")) {
    advance();
    if (token.text != "64")
      return failExpected("64 as the size of addresses");
    advance();
    return true;
  }
  if (token.isDot("file"))
    return parseFile();
  if (token.isDot("loc"))
    return parseLoc();
  if (token.isDot("section"))
    return parseSection();
  if (token.isDot("pragma"))
    return parsePragma();
  if (token.isDot("alias"))
    return parseAlias();

  Linkage linkage;
  if (token.isDot("extern"))
    linkage.isExtern = true;
  if (linkage.isExtern || token.isDot("visible") || token.isDot("weak") ||
      token.isDot("common"))
    advance();
  if (token.isDot("entry") || token.isDot("func"))
    return parseFunction(linkage, token.isDot("entry"));
  std::optional<Space> space = parseSpace(token);
  if (!space || *space == Space::Param)
    return failExpected("a variable or function");
  advance();
  return parseVariables(linkage, *space);
}

/// Names that were used before all functions were known.
bool Parser::checkModule() {
  for (const Use &use : uses) {
    auto found = moduleNames.find(use.name);
    bool isGood = found != moduleNames.end() &&
                  (found->second.function || use.mayBeVariable);
    if (!isGood)
      return fail(use.place, quote(use.name) + " is not declared: expected " +
                                 (use.mayBeVariable ? "a variable or function"
                                                    : "a function"));
  }
  for (const auto &alias : module.aliases) {
    const Function *function = moduleNames.lookup(alias.second).function;
    if (!function->hasBody || module.aliases.contains(alias.second))
      return fail(function->place,
                  quote(alias.second) + " has an alias, but no body");
  }
  return true;
}
