//===- DeltaClauses.cpp - the assembly of signatures ----------------------===//
//
// One grammar for the clauses of operations and for #delta.signature. They
// differ in what stands for an argument: a value, or its name.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaSignature.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

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
    if (parseArguments() || parser.parseArrow() || parseOutputs() ||
        verify(arguments, argumentLocs, "argument") ||
        verify(outputs, outputLocs, "output"))
      return failure();
    return SignatureAttr::get(parser.getContext(), arguments, outputs);
  }

private:
  FailureOr<ArgKind> getKind(SMLoc loc, StringRef keyword, StringRef expected) {
    if (std::optional<ArgKind> kind = symbolizeArgKind(keyword))
      return *kind;
    return parser.emitError(loc)
           << "unknown clause '" << keyword << "': expected " << expected;
  }

  ParseResult parseArguments() {
    while (true) {
      StringRef keyword;
      SMLoc loc = parser.getCurrentLocation();
      if (failed(parser.parseOptionalKeyword(&keyword)))
        return success();
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
          if (parseName(name) || parser.parseColonType(type))
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
    if (parser.parseArgument(arg, /*allowType=*/true, /*allowAttrs=*/false))
      return failure();
    name = arg.ssaName.name.drop_front().str();
    type = arg.type;
    return success();
  };
  auto parseName = [&](std::string &name) -> ParseResult {
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
    return failure(parseName(name) || parser.parseColonType(type));
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
