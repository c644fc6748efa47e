//===- ParserConstants.cpp - constant expressions of PTX ------------------===//
//
// PTX ISA 9.0, section 4.5: integers are 64 bits wide, signed unless they say
// otherwise or do not fit.
//
//===----------------------------------------------------------------------===//

#include "lib/PTX/ParserImpl.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"

using namespace llvm;
using namespace sluice::ptx;

/// No double needs more, and time grows with the square.
static constexpr size_t kNumberLengthLimit = 1024;

/// a, or a ? b : c
bool Parser::parseConstant(Constant &value) {
  Nesting nested(nesting);
  if (!enter(nested))
    return false;
  Place place = token.place;
  if (!parseBinary(value, 1))
    return false;
  if (!consume('?'))
    return true;
  if (value.floatBits != 0)
    return fail(place, "'?' takes integers only");
  Constant first, second;
  if (!parseConstant(first) || !expect(':', "after '?'") ||
      !parseConstant(second))
    return false;
  value = value.bits != 0 ? first : second;
  return true;
}

/// The operator that begins at `text`, and how tightly it binds: 0 if none.
static unsigned findOperator(StringRef text, StringRef &op) {
  static constexpr std::pair<StringRef, unsigned> operators[] = {
      {"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7},
      {"<<", 8}, {">>", 8}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},
      {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};
  for (auto [spelling, precedence] : operators)
    if (text.starts_with(spelling)) {
      op = text.take_front(spelling.size());
      return precedence;
    }
  return 0;
}

bool Parser::parseBinary(Constant &value, unsigned minimumPrecedence) {
  if (!parseUnary(value))
    return false;
  while (token.is(Token::Kind::Punctuation)) {
    StringRef op;
    // From the token on: operators of two characters are two tokens.
    StringRef text(token.text.data(), token.text.size() + lexer.rest().size());
    unsigned precedence = findOperator(text, op);
    if (precedence == 0 || precedence < minimumPrecedence)
      return true;
    Place place = token.place;
    for (size_t i = 0; i < op.size(); ++i)
      advance();
    Constant right;
    if (!parseBinary(right, precedence + 1) || !apply(op, value, right, place))
      return false;
  }
  return true;
}

bool Parser::apply(StringRef op, Constant &left, const Constant &right,
                   Place place) {
  if (left.floatBits != 0 || right.floatBits != 0)
    return fail(place, quote(op) + " takes integers only");
  uint64_t a = left.bits, b = right.bits;
  int64_t signedA = static_cast<int64_t>(a), signedB = static_cast<int64_t>(b);
  bool isUnsigned = left.isUnsigned || right.isUnsigned;
  bool isLess = isUnsigned ? a < b : signedA < signedB;
  if ((op == "/" || op == "%") && b == 0)
    return fail(place, "division by zero");
  // The one signed quotient that overflows.
  bool wraps = !isUnsigned && b == ~uint64_t(0);
  uint64_t result = 0;
  if (op == "+")
    result = a + b;
  else if (op == "-")
    result = a - b;
  else if (op == "*")
    result = a * b;
  else if (op == "/")
    result = wraps        ? 0 - a
             : isUnsigned ? a / b
                          : static_cast<uint64_t>(signedA / signedB);
  else if (op == "%")
    result = wraps        ? 0
             : isUnsigned ? a % b
                          : static_cast<uint64_t>(signedA % signedB);
  else if (op == "<<")
    result = b < 64 ? a << b : 0;
  else if (op == ">>")
    result = left.isUnsigned
                 ? (b < 64 ? a >> b : 0)
                 : static_cast<uint64_t>(signedA >> std::min<uint64_t>(b, 63));
  else if (op == "&")
    result = a & b;
  else if (op == "|")
    result = a | b;
  else if (op == "^")
    result = a ^ b;
  else if (op == "&&")
    result = a != 0 && b != 0;
  else if (op == "||")
    result = a != 0 || b != 0;
  else if (op == "==")
    result = a == b;
  else if (op == "!=")
    result = a != b;
  else if (op == "<")
    result = isLess;
  else if (op == "<=")
    result = isLess || a == b;
  else if (op == ">")
    result = !isLess && a != b;
  else
    result = !isLess;
  left.bits = result;
  bool keepsSign = StringRef("+-*/%&|^").contains(op[0]) && op.size() == 1;
  left.isUnsigned = keepsSign                  ? isUnsigned
                    : op == "<<" || op == ">>" ? left.isUnsigned
                                               : false;
  return true;
}

bool Parser::parseUnary(Constant &value) {
  Nesting nested(nesting);
  if (!enter(nested))
    return false;
  Place place = token.place;
  if (consume('+'))
    return parseUnary(value);
  if (consume('-')) {
    if (!parseUnary(value))
      return false;
    if (value.floatBits != 0)
      value.bits ^= uint64_t(1) << (value.floatBits - 1);
    else
      value.bits = 0 - value.bits;
    return true;
  }
  bool isNot = token.is('!');
  if (!isNot && !token.is('~'))
    return parsePrimary(value);
  advance();
  if (!parseUnary(value))
    return false;
  if (value.floatBits != 0)
    return fail(place,
                Twine("'") + (isNot ? "!" : "~") + "' takes integers only");
  value.bits = isNot ? value.bits == 0 : ~value.bits;
  return true;
}

bool Parser::parsePrimary(Constant &value) {
  if (token.is(Token::Kind::Integer))
    return parseInteger(value);
  if (token.is(Token::Kind::Float))
    return parseFloat(value);
  if (token.is(Token::Kind::Identifier) && token.text == "WARP_SZ") {
    value = {32, 0, false};
    advance();
    return true;
  }
  if (!token.is('('))
    return failExpected("a number");
  advance();
  if (token.isDot("s64") || token.isDot("u64")) {
    bool isUnsigned = token.isDot("u64");
    Place place = token.place;
    advance();
    if (!expect(')', "after the type of a cast") || !parseUnary(value))
      return false;
    if (value.floatBits != 0)
      return fail(place, "a cast takes integers only");
    value.isUnsigned = isUnsigned;
    return true;
  }
  return parseConstant(value) && expect(')', "after an expression");
}

bool Parser::parseInteger(Constant &value) {
  StringRef digits = token.text;
  value = Constant();
  value.isUnsigned = digits.consume_back("U");
  unsigned radix = 10;
  if (digits.consume_front_insensitive("0x"))
    radix = 16;
  else if (digits.consume_front_insensitive("0b"))
    radix = 2;
  else if (digits.size() > 1 && digits[0] == '0')
    radix = 8;
  if (radix == 8 && digits.find_first_of("89") != StringRef::npos)
    return fail(token.place, "malformed octal number");
  if (digits.getAsInteger(radix, value.bits))
    return fail(token.place, "number does not fit into 64 bits");
  if (static_cast<int64_t>(value.bits) < 0)
    value.isUnsigned = true;
  advance();
  return true;
}

bool Parser::parseFloat(Constant &value) {
  StringRef text = token.text;
  value = Constant();
  if (text.size() > kNumberLengthLimit)
    return fail(token.place, "number is too long");
  StringRef digits = text;
  if (digits.consume_front_insensitive("0f")) {
    value.floatBits = 32;
    (void)digits.getAsInteger(16, value.bits);
  } else if (digits.consume_front_insensitive("0d")) {
    value.floatBits = 64;
    (void)digits.getAsInteger(16, value.bits);
  } else {
    APFloat number(APFloat::IEEEdouble());
    Expected<APFloat::opStatus> status =
        number.convertFromString(text, APFloat::rmNearestTiesToEven);
    if (Error error = status.takeError()) {
      consumeError(std::move(error));
      return fail(token.place, "malformed number");
    }
    value.floatBits = 64;
    value.bits = number.bitcastToAPInt().getZExtValue();
  }
  advance();
  return true;
}
