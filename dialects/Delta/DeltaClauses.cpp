//===- DeltaClauses.cpp - the assembly of signatures ----------------------===//
//
// One grammar for the clauses of operations and for #delta.signature. They
// differ in what stands for an argument: a value, or its name.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaSignature.h"
#include "dialects/Delta/DeltaStepParser.h"
#include "lib/Support/NearestName.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

/// `:` and the type of what is called `name`.
static ParseResult parseColonType(AsmParser &parser, StringRef name,
                                  Type &type) {
  if (failed(parser.parseOptionalColon()))
    return parser.emitError(parser.getCurrentLocation())
           << "expected ':' and a type behind '" << name << "'";
  SMLoc loc = parser.getCurrentLocation();
  ScopedDiagnosticHandler handler(parser.getContext(), [](Diagnostic &error) {
    explainType(error);
    return failure();
  });
  OptionalParseResult parsed = parser.parseOptionalType(type);
  if (parsed.has_value())
    return *parsed;
  std::string word;
  if (failed(parser.parseOptionalKeywordOrString(&word)))
    return parser.emitError(loc) << "expected a type behind '" << name << ":'";
  return parser.emitError(loc) << describeWrongType(word);
}

/// Something that is no value stands for an argument.
static ParseResult refuseName(OpAsmParser &parser, SMLoc loc) {
  std::string word;
  if (failed(parser.parseOptionalKeywordOrString(&word)))
    return parser.emitError(loc, "expected an argument, such as '%k'");
  return parser.emitError(loc) << "expected '%" << word << "', found '" << word
                               << "': the name of an argument begins with '%'";
}

namespace {
class SignatureParser {
public:
  /// What stands for an argument, and `:` and its type.
  using ParseArgument =
      llvm::function_ref<ParseResult(std::string &name, Type &type)>;
  using ParseName = llvm::function_ref<ParseResult(std::string &name)>;

  SignatureParser(AsmParser &parser, ParseArgument parseArgument,
                  ParseName parseName)
      : parser(parser), parseArgument(parseArgument), parseName(parseName) {}

  /// R13: signature ::= clause* `->` (list | clause+), clause ::= kind list
  FailureOr<SignatureAttr> parse() {
    if (parseArguments() || parseArrow() || parseOutputs() ||
        verify(arguments, argumentLocs, "argument") ||
        verify(outputs, outputLocs, "output"))
      return failure();
    return SignatureAttr::get(parser.getContext(), arguments, outputs);
  }

private:
  FailureOr<ArgKind> getKind(SMLoc loc, StringRef keyword, StringRef expected) {
    if (std::optional<ArgKind> kind = symbolizeArgKind(keyword))
      return *kind;
    StringRef nearest =
        findNearestName(keyword, {"qk_heads", "v_heads", "params", "state"});
    return parser.emitError(loc)
           << "unknown clause '" << keyword << "': expected " << expected
           << (nearest.empty() ? Twine() : ", did you mean '" + nearest + "'?");
  }

  ParseResult parseArrow() {
    if (succeeded(parser.parseOptionalArrow()))
      return success();
    return parser.emitError(parser.getCurrentLocation(),
                            "expected '->' and the outputs");
  }

  ParseResult parseArguments() {
    while (true) {
      StringRef keyword;
      SMLoc loc = parser.getCurrentLocation();
      if (failed(parser.parseOptionalKeyword(&keyword)))
        return success();
      if (keyword == "output" || keyword == "outputs")
        return parser.emitError(loc) << "expected '->', found '" << keyword
                                     << "': outputs stand behind an arrow";
      FailureOr<ArgKind> kind =
          getKind(loc, keyword, "qk_heads, v_heads, params or state");
      if (failed(kind) || parser.parseCommaSeparatedList(
                              AsmParser::Delimiter::Paren,
                              [&, kind = *kind] { return addArgument(kind); }))
        return failure();
    }
  }

  ParseResult addArgument(ArgKind kind) {
    SMLoc loc = parser.getCurrentLocation();
    std::string name;
    Type type;
    RangeAttr range;
    if (parseArgument(name, type) || parseOptionalRange(parser, range))
      return failure();
    argumentLocs.push_back(loc);
    arguments.push_back(ArgumentAttr::getChecked(
        [&] { return parser.emitError(loc); }, parser.getContext(),
        parser.getBuilder().getStringAttr(name), kind, type, range));
    return success(arguments.back() != nullptr);
  }

  ParseResult parseOutputs() {
    SMLoc loc = parser.getCurrentLocation();
    StringRef keyword;
    if (failed(parser.parseOptionalKeyword(&keyword)))
      return parseOutputList(ArgKind::VHeads);
    do {
      FailureOr<ArgKind> kind =
          getKind(loc, keyword, "qk_heads, v_heads or params");
      if (failed(kind) || parseOutputList(*kind))
        return failure();
      // Behind an operation's outputs other words may stand.
    } while (succeeded(parser.parseOptionalKeyword(
        &keyword, {"qk_heads", "v_heads", "params", "state"})));
    return success();
  }

  ParseResult parseOutputList(ArgKind kind) {
    return parser.parseCommaSeparatedList(
        AsmParser::Delimiter::Paren, [&]() -> ParseResult {
          SMLoc loc = parser.getCurrentLocation();
          std::string name;
          Type type;
          if (parseName(name) || parseColonType(parser, name, type))
            return failure();
          outputLocs.push_back(loc);
          outputs.push_back(OutputAttr::getChecked(
              [&] { return parser.emitError(loc); }, parser.getContext(),
              parser.getBuilder().getStringAttr(name), kind, type));
          return success(outputs.back() != nullptr);
        });
  }

  /// As the attribute's verifier, and with the place of a name.
  template <typename Entry>
  ParseResult verify(const SmallVectorImpl<Entry> &entries,
                     ArrayRef<SMLoc> locs, StringRef what) {
    auto names = llvm::map_to_vector(
        entries, [](Entry entry) { return entry.getName().getValue(); });
    return verifyNames([&](size_t i) { return parser.emitError(locs[i]); },
                       names, what);
  }

  AsmParser &parser;
  ParseArgument parseArgument;
  ParseName parseName;
  SmallVector<ArgumentAttr> arguments;
  SmallVector<OutputAttr> outputs;
  SmallVector<SMLoc> argumentLocs, outputLocs;
};
} // namespace

FailureOr<SignatureAttr>
delta::parseSignature(OpAsmParser &parser,
                      SmallVectorImpl<OpAsmParser::Argument> &args) {
  auto parseArgument = [&](std::string &name, Type &type) -> ParseResult {
    OpAsmParser::Argument &arg = args.emplace_back();
    SMLoc loc = parser.getCurrentLocation();
    OptionalParseResult parsed = parser.parseOptionalArgument(arg);
    if (!parsed.has_value())
      return refuseName(parser, loc);
    if (failed(*parsed))
      return failure();
    name = arg.ssaName.name.drop_front().str();
    if (parseColonType(parser, arg.ssaName.name, type))
      return failure();
    arg.type = type;
    if (arg.sourceLoc)
      return success();
    return parser.parseOptionalLocationSpecifier(arg.sourceLoc);
  };
  auto parseName = [&](std::string &name) -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    OpAsmParser::UnresolvedOperand value;
    OptionalParseResult parsed = parser.parseOptionalOperand(value);
    if (parsed.has_value() && failed(*parsed))
      return failure();
    if (parsed.has_value())
      return parser.emitError(loc)
             << "expected '" << value.name.drop_front() << "', found '"
             << value.name << "': the name of an output has no '%'";
    StringRef keyword;
    if (parser.parseKeyword(&keyword))
      return failure();
    name = keyword.str();
    return success();
  };
  return SignatureParser(parser, parseArgument, parseName).parse();
}

Attribute SignatureAttr::parse(AsmParser &parser, Type) {
  auto parseName = [&](std::string &name) {
    return parser.parseKeywordOrString(&name);
  };
  auto parseArgument = [&](std::string &name, Type &type) -> ParseResult {
    return failure(parseName(name) || parseColonType(parser, name, type));
  };
  if (parser.parseLess())
    return {};
  FailureOr<SignatureAttr> signature =
      SignatureParser(parser, parseArgument, parseName).parse();
  if (failed(signature) || parser.parseGreater())
    return {};
  return *signature;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

/// Neighbours of one kind share a clause, so that the order is kept.
template <typename Entry>
static void printClauses(AsmPrinter &printer, ArrayRef<Entry> entries,
                         llvm::function_ref<void(size_t)> startClause,
                         llvm::function_ref<void(size_t)> printEntry) {
  for (size_t i = 0, e = entries.size(); i < e;) {
    ArgKind kind = entries[i].getKind();
    startClause(i);
    printer << stringifyArgKind(kind) << '(';
    for (size_t first = i; i < e && entries[i].getKind() == kind; ++i) {
      printer << (i > first ? ", " : "");
      printEntry(i);
    }
    printer << ')';
  }
}

static void printOutputs(AsmPrinter &printer, ArrayRef<OutputAttr> outputs) {
  auto printOutput = [&](OutputAttr output) {
    printer << output.getName().getValue() << ": " << output.getType();
  };
  printer << "->";
  bool isPlain = llvm::all_of(outputs, [](OutputAttr output) {
    return output.getKind() == ArgKind::VHeads;
  });
  if (!isPlain)
    return printClauses(
        printer, outputs, [&](size_t) { printer << ' '; },
        [&](size_t i) { printOutput(outputs[i]); });
  printer << " (";
  llvm::interleaveComma(outputs, printer, printOutput);
  printer << ')';
}

static void printArguments(AsmPrinter &printer,
                           ArrayRef<ArgumentAttr> arguments,
                           llvm::function_ref<void(size_t)> startClause,
                           llvm::function_ref<void(size_t)> printName) {
  printClauses(printer, arguments, startClause, [&](size_t i) {
    printName(i);
    printer << ": " << arguments[i].getType();
    printOptionalRange(printer, arguments[i].getRange());
  });
}

/// Each clause of arguments on a line of its own.
static void printLines(OpAsmPrinter &printer, SignatureAttr signature,
                       llvm::function_ref<void(size_t)> printName) {
  auto startLine = [&](size_t) {
    printer.printNewline();
    printer << "    ";
  };
  printArguments(printer, signature.getArguments(), startLine, printName);
  printer << ' ';
  printOutputs(printer, signature.getOutputs());
}

void delta::printSignature(OpAsmPrinter &printer, SignatureAttr signature,
                           Block::BlockArgListType args) {
  printLines(printer, signature, [&](size_t i) {
    printer.printRegionArgument(args[i], {}, /*omitType=*/true);
  });
}

void delta::printSignature(OpAsmPrinter &printer, SignatureAttr signature) {
  printLines(printer, signature, [&](size_t i) {
    printer << '%' << signature.getArguments()[i].getName().getValue();
  });
}

void SignatureAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printArguments(
      printer, getArguments(), [&](size_t i) { printer << (i > 0 ? " " : ""); },
      [&](size_t i) { printer << getArguments()[i].getName().getValue(); });
  printer << (getArguments().empty() ? "" : " ");
  printOutputs(printer, getOutputs());
  printer << '>';
}
