//===- ParserOperands.cpp - operands of PTX instructions ------------------===//

#include "lib/PTX/ParserImpl.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace sluice::ptx;

/// PTX ISA 9.0, chapter 10, without components.
static bool isSpecialRegister(StringRef name) {
  auto isNumbered = [&](StringRef prefix, StringRef suffix, unsigned count) {
    StringRef digits = name;
    unsigned number = 0;
    return digits.consume_front(prefix) && digits.consume_back(suffix) &&
           !digits.empty() && (digits.size() == 1 || digits[0] != '0') &&
           all_of(digits, isDigit) && !digits.getAsInteger(10, number) &&
           number < count;
  };
  return StringSwitch<bool>(name)
             .Cases({"%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid",
                     "%gridid"},
                    true)
             .Cases({"%lanemask_eq", "%lanemask_le", "%lanemask_lt",
                     "%lanemask_ge", "%lanemask_gt"},
                    true)
             .Cases({"%clock", "%clock_hi", "%clock64"}, true)
             .Cases({"%globaltimer", "%globaltimer_lo", "%globaltimer_hi"},
                    true)
             .Cases({"%is_explicit_cluster", "%cluster_ctarank",
                     "%cluster_nctarank"},
                    true)
             .Cases({"%total_smem_size", "%aggr_smem_size",
                     "%dynamic_smem_size", "%current_graph_exec"},
                    true)
             .Cases({"%reserved_smem_offset_begin", "%reserved_smem_offset_end",
                     "%reserved_smem_offset_cap"},
                    true)
             .Default(false) ||
         isNumbered("%envreg", "", 32) || isNumbered("%pm", "", 8) ||
         isNumbered("%pm", "_64", 8) ||
         isNumbered("%reserved_smem_offset_", "", 2);
}

/// Those of four elements, of which z and w are often of no use.
static bool isSpecialVector(StringRef name) {
  return StringSwitch<bool>(name)
      .Cases({"%tid", "%ntid", "%ctaid", "%nctaid", "%clusterid", "%nclusterid",
              "%cluster_ctaid", "%cluster_nctaid"},
             true)
      .Default(false);
}

/// Of a vector's element named x, y, z, w or r, g, b, a.
static std::optional<unsigned> findComponent(const Token &token) {
  if (!token.is(Token::Kind::Dot) || token.followsSpace ||
      token.text.size() != 2)
    return std::nullopt;
  size_t position = StringRef("xyzwrgba").find(token.text[1]);
  if (position == StringRef::npos)
    return std::nullopt;
  return position % 4;
}

/// The part of a register that a video instruction takes: .b2, .h1, .b3210.
static bool isSelector(const Token &token) {
  return token.is(Token::Kind::Dot) && !token.followsSpace &&
         token.text.size() >= 3 &&
         (token.text[1] == 'b' || token.text[1] == 'h') &&
         all_of(token.text.drop_front(2), isDigit);
}

bool Parser::parseOperands(Instruction &instruction) {
  if (instruction.mnemonic == "call")
    return parseCallOperands(instruction);
  bool isBranch =
      instruction.mnemonic == "bra" || instruction.mnemonic == "brx";
  if (token.is(';'))
    return true;
  do {
    if (!parseOperand(instruction.operands.emplace_back(), isBranch))
      return false;
  } while (consume(','));
  return true;
}

/// call{.uni} {(results),} callee {, (arguments)} {, prototype};
bool Parser::parseCallOperands(Instruction &instruction) {
  SmallVectorImpl<Operand> &operands = instruction.operands;
  Operand &results = operands.emplace_back();
  results.kind = Operand::Kind::Vector;
  results.place = token.place;
  if (token.is('(') &&
      (!parseCallList(results) || !expect(',', "after the results of a call")))
    return false;

  if (!token.is(Token::Kind::Identifier))
    return failExpected("a function");
  Token name = token;
  Operand &callee = operands.emplace_back();
  callee.place = name.place;
  std::optional<Name> declared = scopes.find(name.text);
  if (declared && declared->kind == Name::Kind::Register) {
    callee.kind = Operand::Kind::Register;
    callee.reg = declared->reg;
  } else {
    callee.kind = Operand::Kind::Function;
    callee.name = name.text;
    uses.push_back({name.text, name.place, /*mayBeVariable=*/false});
  }
  advance();

  Operand &arguments = operands.emplace_back();
  arguments.kind = Operand::Kind::Vector;
  arguments.place = token.place;
  if (!consume(','))
    return true;
  if (token.is('(')) {
    if (!parseCallList(arguments))
      return false;
    if (!consume(','))
      return true;
  }
  if (!token.is(Token::Kind::Identifier))
    return failExpected("a prototype");
  Operand &prototype = operands.emplace_back();
  prototype.kind = Operand::Kind::Label;
  prototype.place = token.place;
  prototype.name = token.text;
  prototype.label = scopes.refer(token.text, token.place, /*isBranch=*/true);
  advance();
  return true;
}

bool Parser::parseCallList(Operand &operand) {
  advance();
  if (consume(')'))
    return true;
  do {
    if (!parseOperand(operand.elements.emplace_back()))
      return false;
  } while (consume(','));
  return expect(')', "after a list of a call");
}

bool Parser::parseOperand(Operand &operand, bool isBranch) {
  operand.place = token.place;
  Nesting nested(nesting);
  if (!enter(nested))
    return false;
  if (token.is('{'))
    return parseVectorOperand(operand);
  if (token.is('['))
    return parseAddressOperand(operand);
  bool isNegated = token.is('!') && peek().is(Token::Kind::Identifier) &&
                   peek().text != "WARP_SZ";
  if (token.is('-') && peek().is(Token::Kind::Identifier)) {
    std::optional<Name> name = scopes.find(peek().text);
    isNegated = name && name->kind == Name::Kind::Register;
  }
  if (isNegated)
    advance();
  if (token.is(Token::Kind::Identifier)) {
    if (!parseNamedOperand(operand, isBranch))
      return false;
    if (isNegated && operand.kind != Operand::Kind::Register)
      return fail(operand.place, "expected a register behind '!'");
    operand.isNegated = isNegated;
    if (operand.kind == Operand::Kind::Register && isSelector(token)) {
      operand.selector = token.text.drop_front();
      advance();
    }
    bool mayBePair = operand.kind == Operand::Kind::Register ||
                     operand.kind == Operand::Kind::Sink;
    if (!mayBePair || !consume('|'))
      return true;
    Operand second;
    second.place = token.place;
    if (!token.is(Token::Kind::Identifier))
      return failExpected("a register or '_' behind '|'");
    if (!parseNamedOperand(second, /*isBranch=*/false))
      return false;
    if (second.kind != Operand::Kind::Register &&
        second.kind != Operand::Kind::Sink)
      return fail(second.place, "expected a register or '_' behind '|'");
    Operand pair;
    pair.kind = Operand::Kind::Vector;
    pair.isPair = true;
    pair.place = operand.place;
    pair.elements.push_back(std::move(operand));
    pair.elements.push_back(std::move(second));
    operand = std::move(pair);
    return true;
  }
  if (!token.is(Token::Kind::Integer) && !token.is(Token::Kind::Float) &&
      !token.is('-') && !token.is('+') && !token.is('!') && !token.is('~') &&
      !token.is('('))
    return failExpected("an operand");
  Constant value;
  if (!parseConstant(value))
    return false;
  operand.kind = Operand::Kind::Immediate;
  operand.bits = value.bits;
  operand.floatBits = value.floatBits;
  return true;
}

bool Parser::parseComponent(Operand &operand, const Name &name, Place place) {
  std::optional<unsigned> component = findComponent(token);
  if (name.kind == Name::Kind::VectorRegister && !component) {
    operand.kind = Operand::Kind::Vector;
    for (unsigned i = 0; i < name.count; ++i) {
      Operand &element = operand.elements.emplace_back();
      element.kind = Operand::Kind::Register;
      element.place = place;
      element.reg = name.reg + i;
    }
    return true;
  }
  operand.kind = Operand::Kind::Register;
  operand.reg = name.reg;
  if (!component || name.kind == Name::Kind::Register)
    return true;
  if (*component >= name.count)
    return fail(token.place, "register has " + Twine(name.count) +
                                 " elements: " + quote(token.text) +
                                 " is not among them");
  operand.reg += *component;
  advance();
  return true;
}

/// A register, `_`, a special register, a variable (+ offset), a label or a
/// function.
bool Parser::parseNamedOperand(Operand &operand, bool isBranch) {
  Token name = token;
  advance();
  if (name.text == "_") {
    operand.kind = Operand::Kind::Sink;
    return true;
  }
  std::optional<Name> declared = scopes.find(name.text);
  if (isBranch && (!declared || declared->kind == Name::Kind::Variable)) {
    // A variable of that name does not hide a label here.
  } else if (declared && declared->kind != Name::Kind::Variable) {
    return parseComponent(operand, *declared, name.place);
  } else if (isSpecialRegister(name.text) || name.text == "WARP_SZ") {
    operand.kind = Operand::Kind::Special;
    operand.name = name.text;
    return true;
  } else if (isSpecialVector(name.text)) {
    operand.kind = Operand::Kind::Special;
    operand.name = name.text;
    if (findComponent(token)) {
      // Both lie in the module's text, with nothing between.
      operand.name = StringRef(name.text.data(), name.text.size() + 2);
      advance();
    }
    return true;
  } else {
    const Variable *variable = declared ? declared->variable : nullptr;
    if (!variable)
      variable = moduleNames.lookup(name.text).variable;
    if (variable) {
      operand.kind = Operand::Kind::Symbol;
      operand.variable = variable;
      operand.name = name.text;
      return parseOffset(operand.bits);
    }
  }
  if (name.text.starts_with("%"))
    return fail(name.place,
                quote(name.text) + " is not declared: expected a register");
  // Known at the end of the block, of the function or of the module.
  operand.kind = Operand::Kind::Label;
  operand.name = name.text;
  operand.label = scopes.refer(name.text, name.place, isBranch);
  return true;
}

bool Parser::parseOffset(uint64_t &offset) {
  offset = 0;
  if (!token.is('-') && !consume('+'))
    return true;
  Constant value;
  Place place = token.place;
  if (!parseConstant(value))
    return false;
  if (value.floatBits != 0)
    return fail(place, "expected an integer as offset");
  offset = value.bits;
  return true;
}

bool Parser::parseVectorOperand(Operand &operand) {
  operand.kind = Operand::Kind::Vector;
  advance();
  do {
    if (token.is('[') || token.is('{'))
      return failExpected("a register or number in a vector");
    if (!parseOperand(operand.elements.emplace_back()))
      return false;
  } while (consume(','));
  return expect('}', "after the elements of a vector");
}

bool Parser::parseAddressOperand(Operand &operand) {
  operand.kind = Operand::Kind::Address;
  advance();
  Operand &base = operand.elements.emplace_back();
  base.place = token.place;
  if (token.is(Token::Kind::Identifier)) {
    Token name = token;
    bool isRegister = scopes.find(name.text).has_value();
    if (!isRegister && !moduleNames.lookup(name.text).variable)
      return fail(name.place,
                  quote(name.text) +
                      " is not declared: expected a register or variable as "
                      "address");
    if (!parseNamedOperand(base, /*isBranch=*/false))
      return false;
    if (base.kind == Operand::Kind::Symbol)
      std::swap(operand.bits, base.bits);
    else if (base.kind != Operand::Kind::Register)
      return fail(name.place, "expected one register as address, found " +
                                  quote(name.text));
    else if (!parseOffset(operand.bits))
      return false;
  } else {
    Constant value;
    if (!parseConstant(value))
      return false;
    if (value.floatBits != 0)
      return fail(base.place, "expected an integer as address");
    base.kind = Operand::Kind::Immediate;
    base.bits = value.bits;
  }
  while (consume(','))
    if (!parseOperand(operand.elements.emplace_back()))
      return false;
  return expect(']', "after an address");
}

/// After an '@'.
bool Parser::parsePredicate(unsigned &reg) {
  Place place = token.place;
  StringRef name;
  if (!parseName(name, "a predicate"))
    return false;
  std::optional<Name> declared = scopes.find(name);
  if (!declared)
    return fail(place, quote(name) + " is not declared: expected a predicate");
  if (declared->kind != Name::Kind::Register ||
      function->registers[declared->reg].type != Type::Pred)
    return fail(place, quote(name) + " is not a predicate");
  reg = declared->reg;
  return true;
}
