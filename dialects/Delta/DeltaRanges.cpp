//===- DeltaRanges.cpp - where the numbers of arguments lie ---------------===//
//
// The ranges that clauses declare: attribute and assembly. Rule R16 of
// docs/spec.md is that of the ends here; where a range may stand says
// DeltaSignature.cpp.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaSignature.h"
#include "dialects/Delta/DeltaStepParser.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// The attribute
//===----------------------------------------------------------------------===//

/// R16: no NaN compares, and what is empty or infinite alone is not a range.
LogicalResult RangeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                APFloat lower, APFloat upper) {
  if (&lower.getSemantics() != &APFloat::IEEEdouble() ||
      &upper.getSemantics() != &APFloat::IEEEdouble())
    return emitError() << "the ends of a range are float64";
  auto fail = [&](StringRef rule) -> LogicalResult {
    std::string ends;
    llvm::raw_string_ostream(ends) << llvm::format(
        "%g, %g", lower.convertToDouble(), upper.convertToDouble());
    return emitError() << rule << ", found " << ends;
  };
  if (!(lower <= upper))
    return fail("the lower end of a range is at most the upper end");
  if (lower.isPosInfinity() || upper.isNegInfinity())
    return fail("a range holds finite numbers");
  return success();
}

static double roundToBF16(APFloat end, APFloat::roundingMode mode) {
  bool losesInfo;
  end.convert(APFloat::BFloat(), mode, &losesInfo);
  return end.convertToDouble();
}

double RangeAttr::getOuterLower() const {
  return roundToBF16(getLower(), APFloat::rmTowardNegative);
}

double RangeAttr::getOuterUpper() const {
  return roundToBF16(getUpper(), APFloat::rmTowardPositive);
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// end ::= `-`? (number | `inf`)
static ParseResult parseEnd(AsmParser &parser, APFloat &end) {
  SMLoc loc = parser.getCurrentLocation();
  bool isNegative = succeeded(parser.parseOptionalMinus());
  StringRef number = StepLexer(parser.getCurrentLocation()).next().text;
  if (!number.empty() && llvm::all_of(number, llvm::isDigit)) {
    std::string found = ((isNegative ? "-" : "") + number).str();
    return parser.emitError(loc)
           << "expected '" << found << ".0', found '" << found << kNumberRule;
  }
  if (succeeded(parser.parseOptionalKeyword("inf")))
    end = APFloat::getInf(APFloat::IEEEdouble());
  else if (parser.parseFloat(APFloat::IEEEdouble(), end))
    return failure();
  if (isNegative)
    end.changeSign();
  return success();
}

/// end `,` end
static ParseResult parseEnds(AsmParser &parser, APFloat &lower,
                             APFloat &upper) {
  return failure(parseEnd(parser, lower) || parser.parseComma() ||
                 parseEnd(parser, upper));
}

static void printEnd(AsmPrinter &printer, const APFloat &end) {
  if (end.isInfinity())
    printer << (end.isNegative() ? "-inf" : "inf");
  else
    printer.printFloat(end);
}

static void printEnds(AsmPrinter &printer, RangeAttr range) {
  printEnd(printer, range.getLower());
  printer << ", ";
  printEnd(printer, range.getUpper());
}

Attribute RangeAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  APFloat lower(0.0), upper(0.0);
  if (parser.parseLess() || parseEnds(parser, lower, upper) ||
      parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    lower, upper);
}

void RangeAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printEnds(printer, *this);
  printer << '>';
}

ParseResult sluice::delta::parseOptionalRange(AsmParser &parser,
                                              RangeAttr &range) {
  range = nullptr;
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword("range")))
    return success();
  APFloat lower(0.0), upper(0.0);
  if (parser.parseLParen() || parseEnds(parser, lower, upper) ||
      parser.parseRParen())
    return failure();
  range = RangeAttr::getChecked([&] { return parser.emitError(loc); },
                                parser.getContext(), lower, upper);
  return success(range != nullptr);
}

void sluice::delta::printOptionalRange(AsmPrinter &printer, RangeAttr range) {
  if (!range)
    return;
  printer << " range(";
  printEnds(printer, range);
  printer << ')';
}
