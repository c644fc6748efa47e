//===- DeltaRecurrence.cpp - the recurrence op ----------------------------===//
//
// Assembly and verifier of delta.recurrence. The numbered rules are those of
// docs/spec.md; test/Dialect/Delta/recurrence-errors.mlir has one case each.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaOps.h"
#include "dialects/Delta/DeltaStepParser.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace sluice::delta;

StringRef RecurrenceOp::getArgName(unsigned index) {
  return cast<StringAttr>(getArgNames()[index]).getValue();
}

ArgKind RecurrenceOp::getArgKind(unsigned index) {
  return cast<ArgKindAttr>(getArgKinds()[index]).getValue();
}

RangeAttr RecurrenceOp::getArgRange(unsigned index) {
  return getRange(getArgRangesAttr(), index);
}

StringRef RecurrenceOp::getOutputName(unsigned index) {
  return cast<StringAttr>(getOutputNames()[index]).getValue();
}

SmallVector<BlockArgument> RecurrenceOp::getStates() {
  SmallVector<BlockArgument> states;
  for (BlockArgument argument : getStep().getArguments())
    if (getArgKind(argument.getArgNumber()) == ArgKind::State)
      states.push_back(argument);
  return states;
}

YieldOp RecurrenceOp::getYield() {
  return cast<YieldOp>(getStep().getTerminator());
}

void RecurrenceOp::getAsmBlockArgumentNames(Region &region,
                                            OpAsmSetValueNameFn setName) {
  // Also called on operations that do not verify.
  for (auto [argument, name] :
       llvm::zip(region.getArguments(), getArgNames().getAsRange<StringAttr>()))
    setName(argument, name.getValue());
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// R13: clause ::= kind `(` (%name `:` type range?),* `)`
ParseResult sluice::delta::parseClauses(OpAsmParser &parser, Clauses &clauses) {
  Builder &builder = parser.getBuilder();
  while (true) {
    StringRef keyword;
    SMLoc loc = parser.getCurrentLocation();
    if (failed(parser.parseOptionalKeyword(&keyword)))
      return success();
    std::optional<ArgKind> kind = symbolizeArgKind(keyword);
    if (!kind)
      return parser.emitError(loc)
             << "unknown clause '" << keyword
             << "': expected qk_heads, v_heads, params or state";
    auto parseArgument = [&]() -> ParseResult {
      OpAsmParser::Argument &arg = clauses.args.emplace_back();
      if (parser.parseArgument(arg, /*allowType=*/true, /*allowAttrs=*/false))
        return failure();
      StringRef name = arg.ssaName.name.drop_front();
      clauses.names.push_back(builder.getStringAttr(name));
      clauses.kinds.push_back(ArgKindAttr::get(parser.getContext(), *kind));
      return parseOptionalRange(parser, clauses.ranges.emplace_back());
    };
    if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren,
                                       parseArgument))
      return failure();
  }
}

ParseResult sluice::delta::parseOutputs(OpAsmParser &parser,
                                        SmallVectorImpl<Attribute> &names,
                                        SmallVectorImpl<Attribute> &types) {
  auto parseOutput = [&]() -> ParseResult {
    StringRef name;
    Type type;
    if (parser.parseKeyword(&name) || parser.parseColonType(type))
      return failure();
    names.push_back(parser.getBuilder().getStringAttr(name));
    types.push_back(TypeAttr::get(type));
    return success();
  };
  return failure(parser.parseArrow() ||
                 parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren,
                                                parseOutput));
}

void sluice::delta::printClauses(OpAsmPrinter &printer,
                                 Block::BlockArgListType args, ArrayAttr kinds,
                                 ArrayAttr types, ArrayAttr ranges) {
  auto kindOf = [&](size_t i) {
    return cast<ArgKindAttr>(kinds[i]).getValue();
  };
  // Neighbours of one kind share a clause, so that the order is kept.
  for (size_t i = 0, e = args.size(); i < e;) {
    ArgKind kind = kindOf(i);
    printer.printNewline();
    printer << "    " << stringifyArgKind(kind) << '(';
    for (bool first = true; i < e && kindOf(i) == kind; ++i, first = false) {
      if (!first)
        printer << ", ";
      printer.printRegionArgument(args[i], {}, /*omitType=*/true);
      printer << ": " << cast<TypeAttr>(types[i]).getValue();
      printOptionalRange(printer, getRange(ranges, i));
    }
    printer << ')';
  }
}

void sluice::delta::printOutputs(OpAsmPrinter &printer, ArrayAttr names,
                                 ArrayAttr types) {
  printer << " -> (";
  llvm::interleaveComma(llvm::zip(names.getAsValueRange<StringAttr>(),
                                  types.getAsValueRange<TypeAttr>()),
                        printer, [&](auto output) {
                          auto [name, type] = output;
                          printer << name << ": " << type;
                        });
  printer << ')';
}

ParseResult RecurrenceOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr symbol;
  Clauses clauses;
  SmallVector<Attribute> outputNames, outputTypes;
  if (parser.parseSymbolName(symbol, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      parseClauses(parser, clauses) ||
      parseOutputs(parser, outputNames, outputTypes) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addAttribute("arg_names", builder.getArrayAttr(clauses.names));
  result.addAttribute("arg_kinds", builder.getArrayAttr(clauses.kinds));
  if (ArrayAttr ranges = makeArgRanges(builder, clauses.ranges))
    result.addAttribute("arg_ranges", ranges);
  result.addAttribute("output_names", builder.getArrayAttr(outputNames));
  result.addAttribute("output_types", builder.getArrayAttr(outputTypes));
  return parseStep(parser, *result.addRegion(), clauses.args);
}

void RecurrenceOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  SmallVector<Type> types(getStep().getArgumentTypes());
  printClauses(printer, getStep().getArguments(), getArgKinds(),
               Builder(getContext()).getTypeArrayAttr(types),
               getArgRangesAttr());
  printOutputs(printer, getOutputNames(), getOutputTypes());
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {SymbolTable::getSymbolAttrName(), "arg_names", "arg_kinds", "arg_ranges",
       "output_names", "output_types"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

static bool isIdentifier(StringRef name) {
  return !name.empty() &&
         (llvm::isAlpha(name.front()) || name.front() == '_') &&
         llvm::all_of(name,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// Names of tensors that mean something else in a tensor file.
static bool isReserved(StringRef name) {
  return name == "cu_seqlens" || name.starts_with("initial_state") ||
         name.starts_with("final_state");
}

LogicalResult sluice::delta::verifyNames(Operation *op, ArrayAttr names,
                                         StringRef what) {
  llvm::StringSet<> seen;
  for (StringRef name : names.getAsValueRange<StringAttr>()) {
    if (!isIdentifier(name))
      return op->emitOpError() << what << " name '" << name
                               << "' is not an identifier (letters, digits and "
                                  "_, not starting with a digit)";
    if (isReserved(name))
      return op->emitOpError() << what << " name '" << name
                               << "' is reserved for a tensor of the run";
    if (!seen.insert(name).second)
      return op->emitOpError() << what << " name '" << name << "' stands twice";
  }
  return success();
}

LogicalResult RecurrenceOp::verify() {
  Block &step = getStep();
  // R15: the lists of the generic form.
  if (getArgNames().size() != step.getNumArguments() ||
      getArgKinds().size() != step.getNumArguments())
    return emitOpError() << "has " << step.getNumArguments()
                         << " arguments, but " << getArgNames().size()
                         << " names and " << getArgKinds().size() << " kinds";
  if (getOutputNames().size() != getOutputTypes().size())
    return emitOpError() << "has " << getOutputNames().size()
                         << " output names, but " << getOutputTypes().size()
                         << " output types";
  if (failed(verifyNames(*this, getArgNames(), "argument")) ||
      failed(verifyNames(*this, getOutputNames(), "output")))
    return failure();

  if (failed(verifyRanges(*this, getArgNames(), getArgKinds(),
                          getArgRangesAttr())))
    return failure();

  // R2: states, and only states, stand in a state clause.
  for (BlockArgument arg : step.getArguments()) {
    ArgKind kind = getArgKind(arg.getArgNumber());
    bool isState = isa<StateType>(arg.getType());
    if (!isState && !isa<ScalarType, VecType>(arg.getType()))
      return emitOpError() << "argument '" << getName(arg)
                           << "' is a scalar, a vector or a state, found "
                           << arg.getType();
    if (isState != (kind == ArgKind::State))
      return emitOpError() << "argument '" << getName(arg) << "' of type "
                           << arg.getType() << " cannot stand in '"
                           << stringifyArgKind(kind) << "'";
  }
  // R3: there is something to carry.
  if (getStates().empty())
    return emitOpError("needs at least one state");
  // R4: outputs are scalars or vectors.
  for (auto [name, type] :
       llvm::zip(getOutputNames().getAsValueRange<StringAttr>(),
                 getOutputTypes().getAsValueRange<TypeAttr>()))
    if (!isa<ScalarType, VecType>(type))
      return emitOpError() << "output '" << name
                           << "' is a scalar or a vector, found " << type;
  return success();
}

LogicalResult RecurrenceOp::verifyRegions() {
  // R5: the body is a straight line of the dialect's own operations.
  for (Operation &op : getStep())
    if (!isa_and_nonnull<DeltaDialect>(op.getDialect())) {
      InFlightDiagnostic diag =
          op.emitOpError("cannot stand in a step: only delta operations can");
      diag.attachNote(getLoc()) << "the recurrence is here";
      return diag;
    }
  // Blocks end with a terminator, and of these the dialect has one.
  YieldOp yield = getYield();

  // R6: a next state for every state, and the outputs that were declared.
  SmallVector<BlockArgument> states = getStates();
  if (yield.getStates().size() != states.size()) {
    InFlightDiagnostic diag = yield.emitOpError()
                              << "yields " << yield.getStates().size()
                              << " states, expected " << states.size();
    diag.attachNote(getLoc()) << "the states are declared here";
    return diag;
  }
  if (yield.getOutputs().size() != getOutputNames().size()) {
    InFlightDiagnostic diag =
        yield.emitOpError() << "yields " << yield.getOutputs().size()
                            << " outputs, expected " << getOutputNames().size();
    diag.attachNote(getLoc()) << "the outputs are declared here";
    return diag;
  }
  for (auto [i, value] : llvm::enumerate(yield.getOutputs())) {
    Type declared = cast<TypeAttr>(getOutputTypes()[i]).getValue();
    if (value.getType() == declared)
      continue;
    InFlightDiagnostic diag = yield.emitOpError()
                              << "output '" << getOutputName(i)
                              << "' is declared as " << declared << ", found "
                              << value.getType();
    diag.attachNote(getLoc()) << "declared here";
    return diag;
  }
  return success();
}
