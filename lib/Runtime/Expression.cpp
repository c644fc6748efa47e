//===- Expression.cpp - Integers that depend on sizes ---------------------===//

#include "lib/Runtime/Expression.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace llvm;
using namespace sluice::runtime;

Expression::Expression(int64_t number)
    : text(std::to_string(number)), steps{{Op::Number, number, {}}} {}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace sluice::runtime {
/// Recursive descent, no deeper than kMaxDepth.
class ExpressionParser {
public:
  explicit ExpressionParser(StringRef text) : text(text), rest(text) {}

  Expected<Expression> parse() {
    Expression made;
    made.text = text.str();
    made.steps.clear();
    steps = &made.steps;
    if (Error error = parseSum())
      return std::move(error);
    if (!rest.empty())
      return fail("an operator or the end");
    return made;
  }

private:
  using Op = Expression::Op;
  static constexpr unsigned kMaxDepth = 64;

  Error parseSum();
  Error parseProduct();
  Error parseFactor();
  Error parseCall(Op op);
  Error fail(const Twine &expected) const {
    return createStringError(
        inconvertibleErrorCode(),
        "expected " + expected + " at character " +
            Twine(text.size() - rest.size() + 1) + " of an expression" +
            (text.size() <= 64 ? " '" + text + "'" : Twine()));
  }
  bool consume(StringRef token) {
    rest = rest.ltrim(' ');
    return rest.consume_front(token);
  }
  void add(Op op) { steps->push_back({op, 0, {}}); }

  StringRef text, rest;
  std::vector<Expression::Step> *steps = nullptr;
  unsigned depth = 0;
};
} // namespace sluice::runtime

Error ExpressionParser::parseSum() {
  if (Error error = parseProduct())
    return error;
  for (;;) {
    Op op = Op::Add;
    if (!consume("+")) {
      if (!consume("-"))
        return Error::success();
      op = Op::Subtract;
    }
    if (Error error = parseProduct())
      return error;
    add(op);
  }
}

Error ExpressionParser::parseProduct() {
  if (Error error = parseFactor())
    return error;
  while (consume("*")) {
    if (Error error = parseFactor())
      return error;
    add(Op::Multiply);
  }
  return Error::success();
}

Error ExpressionParser::parseCall(Op op) {
  if (!consume("("))
    return fail("'('");
  if (Error error = parseSum())
    return error;
  if (!consume(","))
    return fail("','");
  if (Error error = parseSum())
    return error;
  if (!consume(")"))
    return fail("')'");
  add(op);
  return Error::success();
}

Error ExpressionParser::parseFactor() {
  if (depth == kMaxDepth)
    return fail("less nesting");
  ++depth;
  auto leave = [&](Error error) {
    --depth;
    return error;
  };
  rest = rest.ltrim(' ');
  if (rest.consume_front("(")) {
    if (Error error = parseSum())
      return leave(std::move(error));
    return leave(consume(")") ? Error::success() : fail("')'"));
  }
  StringRef digits = rest.take_while(isDigit);
  if (!digits.empty()) {
    int64_t number;
    if (digits.getAsInteger(10, number))
      return leave(fail("a number below 2^63"));
    rest = rest.drop_front(digits.size());
    steps->push_back({Op::Number, number, {}});
    return leave(Error::success());
  }
  StringRef name = rest.take_while(isAlnum);
  if (name.empty())
    return leave(fail("a number, a size or '('"));
  Op op = StringSwitch<Op>(name)
              .Case("ceildiv", Op::CeilDivide)
              .Case("min", Op::Min)
              .Case("max", Op::Max)
              .Default(Op::Size);
  rest = rest.drop_front(name.size());
  if (op != Op::Size)
    return leave(parseCall(op));
  steps->push_back({Op::Size, 0, name.str()});
  return leave(Error::success());
}

Expected<Expression> Expression::parse(StringRef text) {
  return ExpressionParser(text).parse();
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

std::optional<int64_t> Expression::apply(Op op, int64_t left, int64_t right) {
  switch (op) {
  case Op::Add:
    return checkedAdd(left, right);
  case Op::Subtract:
    return checkedSub(left, right);
  case Op::Multiply:
    return checkedMul(left, right);
  case Op::CeilDivide:
    // Of non-negative numbers: sizes.
    if (right <= 0 || left < 0)
      return std::nullopt;
    return left / right + (left % right != 0);
  case Op::Min:
    return std::min(left, right);
  case Op::Max:
    return std::max(left, right);
  case Op::Number:
  case Op::Size:
    break;
  }
  llvm_unreachable("no operator");
}

Expected<int64_t> Expression::evaluate(const Sizes &sizes) const {
  auto fail = [&](const Twine &message) {
    return createStringError(inconvertibleErrorCode(),
                             "expression '" + text + "': " + message);
  };
  SmallVector<int64_t> values;
  for (const Step &step : steps) {
    if (step.op == Op::Number) {
      values.push_back(step.number);
      continue;
    }
    if (step.op == Op::Size) {
      if (!sizes.contains(step.size))
        return fail("no size '" + step.size + "'");
      values.push_back(sizes[step.size]);
      continue;
    }
    int64_t right = values.pop_back_val(), left = values.pop_back_val();
    std::optional<int64_t> value = apply(step.op, left, right);
    if (!value)
      return fail("a number does not fit into 64 bits, or a divisor is not "
                  "positive");
    values.push_back(*value);
  }
  return values.back();
}
