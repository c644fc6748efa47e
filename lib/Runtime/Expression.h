//===- Expression.h - Integers that depend on sizes -------------*- C++ -*-===//
//
//   expression ::= term (('+' | '-') term)*
//   term       ::= factor ('*' factor)*
//   factor     ::= integer | size | '(' expression ')'
//                | ('ceildiv' | 'min' | 'max') '(' expression ',' expression
//                ')'
//
// A size is a name of runtime::Sizes: a letter, then letters and digits.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_EXPRESSION_H
#define SLUICE_LIB_RUNTIME_EXPRESSION_H

#include "lib/Runtime/Signature.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::runtime {

class Expression {
public:
  /// A constant.
  Expression(int64_t number = 0);

  /// Text of any content and length; an error says at which character what was
  /// expected.
  static llvm::Expected<Expression> parse(llvm::StringRef text);

  /// The text it was parsed from.
  const std::string &str() const { return text; }
  /// An error where a size is not known, a divisor is not positive, or a number
  /// does not fit into 64 bits.
  llvm::Expected<int64_t> evaluate(const Sizes &sizes) const;

  bool operator==(const Expression &other) const { return text == other.text; }

private:
  friend class ExpressionParser;
  enum class Op : uint8_t {
    Number,
    Size,
    Add,
    Subtract,
    Multiply,
    CeilDivide,
    Min,
    Max
  };
  /// One step of an expression in postfix order: an operator takes the two
  /// values before it.
  struct Step {
    Op op;
    int64_t number;
    std::string size;
  };
  static std::optional<int64_t> apply(Op op, int64_t left, int64_t right);

  std::string text;
  std::vector<Step> steps;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_EXPRESSION_H
