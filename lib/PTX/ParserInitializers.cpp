//===- ParserInitializers.cpp - what PTX variables hold -------------------===//

#include "lib/PTX/ParserImpl.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"

using namespace llvm;
using namespace sluice::ptx;

bool Parser::parseInitializer(Variable &variable, Fill &fill) {
  if (token.is('{'))
    return parseInitializerLevel(variable, fill, 0);
  if (fill.strides.size() > 1)
    return failExpected("'{' before the elements of " + quote(variable.name));
  return parseInitializerElement(variable, fill);
}

/// Braces may be left out around inner arrays, as in C.
bool Parser::parseInitializerLevel(Variable &variable, Fill &fill,
                                   size_t level) {
  Nesting nested(nesting);
  if (!enter(nested))
    return false;
  advance();
  if (consume('}'))
    return true;
  do {
    if (!token.is('{')) {
      if (!parseInitializerElement(variable, fill))
        return false;
      continue;
    }
    if (level + 2 > fill.strides.size())
      return failExpected("an element of " + quote(variable.name));
    uint64_t begin = fill.element, stride = fill.strides[level + 1];
    uint64_t limit = fill.limit;
    Place place = token.place;
    if (stride > limit - begin)
      return fail(place, "too many elements for " + quote(variable.name));
    fill.limit = begin + stride;
    if (!parseInitializerLevel(variable, fill, level + 1))
      return false;
    fill.limit = limit;
    fill.element = begin + stride;
    fill.end = fill.element;
  } while (consume(','));
  return expect('}', "after the elements of " + quote(variable.name));
}

bool Parser::reserveInitializer(Variable &variable, uint64_t end, Place place) {
  uint64_t size = variable.initializer.size();
  if (end <= size)
    return true;
  if (end - size > kInitializerLimit - initializerBytes)
    return fail(place, "initialisers of more than " + Twine(kInitializerLimit) +
                           " bytes");
  initializerBytes += end - size;
  variable.initializer.resize(end);
  return true;
}

bool Parser::parseInitializerElement(Variable &variable, Fill &fill) {
  Place place = token.place;
  if (fill.element >= fill.limit)
    return fail(place, "too many elements for " + quote(variable.name));
  unsigned bytes = getByteSize(variable.type);
  uint64_t offset = fill.element * bytes;
  ++fill.element;
  fill.end = std::max(fill.end, fill.element);
  if (!reserveInitializer(variable, offset + bytes, place))
    return false;

  bool isMasked = token.is(Token::Kind::Integer) && peek().is('(');
  if (isMasked ||
      (token.is(Token::Kind::Identifier) && token.text != "WARP_SZ"))
    return parseRelocation(variable, offset, bytes);

  Constant value;
  if (!parseConstant(value))
    return false;
  bool isFloat = variable.type == Type::F32 || variable.type == Type::F64;
  unsigned bits = getBitWidth(variable.type);
  if (isFloat && value.floatBits != bits) {
    // A decimal, another size's literal, or an integer: by value.
    APFloat number(0.0);
    if (value.floatBits == 64)
      number = APFloat(APFloat::IEEEdouble(), APInt(64, value.bits));
    else if (value.floatBits == 32)
      number = APFloat(APFloat::IEEEsingle(), APInt(32, value.bits));
    else
      (void)number.convertFromAPInt(APInt(64, value.bits), !value.isUnsigned,
                                    APFloat::rmNearestTiesToEven);
    bool losesInfo = false;
    number.convert(bits == 32 ? APFloat::IEEEsingle() : APFloat::IEEEdouble(),
                   APFloat::rmNearestTiesToEven, &losesInfo);
    value.bits = number.bitcastToAPInt().getZExtValue();
  } else if (value.floatBits != 0 && value.floatBits != bits) {
    return fail(place, "expected an integer as element of type ." +
                           getName(variable.type));
  }
  uint64_t sign = value.isUnsigned || static_cast<int64_t>(value.bits) >= 0
                      ? 0
                      : ~uint64_t(0);
  for (unsigned i = 0; i < bytes; ++i)
    variable.initializer[offset + i] =
        static_cast<uint8_t>(i < 8 ? value.bits >> (8 * i) : sign);
  return true;
}

/// symbol + n, generic(symbol) + n, 0xFF00(either).
bool Parser::parseRelocation(Variable &variable, uint64_t offset,
                             unsigned bytes) {
  Place place = token.place;
  Variable::Relocation relocation{offset, bytes, {}, 0, false, 0};
  bool isMasked = token.is(Token::Kind::Integer);
  if (getKind(variable.type) == TypeKind::Float)
    return failExpected("a number as element of type ." +
                        getName(variable.type));
  if (isMasked) {
    Constant mask;
    if (!parseInteger(mask))
      return false;
    unsigned shift = mask.bits ? llvm::countr_zero(mask.bits) : 0;
    if (mask.bits >> shift != 0xff || shift % 8 != 0)
      return fail(place, "expected a mask of one byte, such as 0xFF00");
    relocation.shift = shift;
    relocation.bytes = 1;
    advance();
  }
  Place symbolPlace = token.place;
  if (!parseName(relocation.symbol, "a variable or function"))
    return false;
  uint64_t addend = 0;
  if (relocation.symbol == "generic" && token.is('(')) {
    advance();
    relocation.isGeneric = true;
    symbolPlace = token.place;
    uint64_t inner = 0;
    if (!parseName(relocation.symbol, "a variable or function") ||
        !parseOffset(inner) || !expect(')', "after 'generic('"))
      return false;
    addend = inner;
  }
  uint64_t outer = 0;
  if (!parseOffset(outer) ||
      (isMasked && !expect(')', "after a masked address")))
    return false;
  relocation.addend = static_cast<int64_t>(addend + outer);
  uses.push_back({relocation.symbol, symbolPlace, /*mayBeVariable=*/true});
  variable.relocations.push_back(relocation);
  return true;
}
