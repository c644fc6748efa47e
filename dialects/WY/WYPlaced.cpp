//===- WYPlaced.cpp - scans joined by channels ----------------------------===//

#include "dialects/WY/WYOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
using delta::ArgKind;

//===----------------------------------------------------------------------===//
// Channels and segments
//===----------------------------------------------------------------------===//

FailureOr<ChannelAttr> ChannelAttr::parseShape(AsmParser &parser,
                                               StringRef name) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<ShapeKind> kind = symbolizeShapeKind(keyword);
  if (!kind)
    return parser.emitError(loc)
           << "a channel is of tokens, pairs, constant or state, found '"
           << keyword << "'";
  std::optional<delta::Axis> axis;
  if (succeeded(parser.parseOptionalKeyword("key")))
    axis = delta::Axis::Key;
  else if (succeeded(parser.parseOptionalKeyword("value")))
    axis = delta::Axis::Value;
  RankedTensorType type;
  if (parser.parseType(type))
    return failure();
  return get(parser.getContext(), name, *kind, axis, type);
}

void ChannelAttr::printShape(AsmPrinter &printer) const {
  printer << stringifyShapeKind(getKind());
  if (getAxis())
    printer << ' ' << stringifyAxis(*getAxis());
  printer << ' ' << getType();
}

Attribute ChannelAttr::parse(AsmParser &parser, Type) {
  std::string name;
  if (parser.parseLess() || parser.parseString(&name))
    return {};
  FailureOr<ChannelAttr> channel = parseShape(parser, name);
  if (failed(channel) || parser.parseGreater())
    return {};
  return *channel;
}

void ChannelAttr::print(AsmPrinter &printer) const {
  printer << "<\"" << getName() << "\" ";
  printShape(printer);
  printer << '>';
}

static ParseResult parseNames(AsmParser &parser,
                              SmallVectorImpl<StringAttr> &names) {
  return parser.parseCommaSeparatedList(
      AsmParser::Delimiter::Paren, [&]() -> ParseResult {
        StringRef name;
        if (parser.parseKeyword(&name))
          return failure();
        names.push_back(parser.getBuilder().getStringAttr(name));
        return success();
      });
}

static void printNames(AsmPrinter &printer, ArrayRef<StringAttr> names) {
  printer << '(';
  llvm::interleaveComma(names, printer,
                        [&](StringAttr name) { printer << name.getValue(); });
  printer << ')';
}

FailureOr<SegmentsAttr> SegmentsAttr::parseBody(AsmParser &parser) {
  int64_t tokens = 0, state = 0;
  SmallVector<StringAttr> from, to;
  if (parser.parseInteger(tokens) || parser.parseKeyword("from"))
    return failure();
  Start start = Start::Channels;
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword(&keyword))) {
    if (parseNames(parser, from))
      return failure();
  } else {
    std::optional<Start> known = symbolizeStart(keyword);
    if (!known || *known == Start::Channels)
      return parser.emitError(loc)
             << "a segment starts from zero, identity, ones or (channels), "
                "found '"
             << keyword << "'";
    start = *known;
    if (start != Start::Zero &&
        (parser.parseLParen() || parser.parseInteger(state) ||
         parser.parseRParen()))
      return failure();
  }
  if (succeeded(parser.parseOptionalKeyword("to")) && parseNames(parser, to))
    return failure();
  return get(parser.getContext(), tokens, start, state, from, to);
}

void SegmentsAttr::printBody(AsmPrinter &printer) const {
  printer << getTokens() << " from";
  if (getStart() == Start::Channels)
    printNames(printer, getFrom());
  else
    printer << ' ' << stringifyStart(getStart());
  if (getStart() == Start::Identity || getStart() == Start::Ones)
    printer << '(' << getState() << ')';
  if (getTo().empty())
    return;
  printer << " to";
  printNames(printer, getTo());
}

Attribute SegmentsAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<SegmentsAttr> segments = parseBody(parser);
  if (failed(segments) || parser.parseGreater())
    return {};
  return *segments;
}

void SegmentsAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printBody(printer);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// wy.join
//===----------------------------------------------------------------------===//

/// W33: a transition for each state, and of its sizes.
LogicalResult JoinOp::verify() {
  if (getStates().size() != getTransitions().size())
    return emitOpError() << "has " << getStates().size()
                         << " states, so as many transitions, found "
                         << getTransitions().size();
  auto shapeOf = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  ArrayRef<int64_t> state = shapeOf(getResult());
  for (auto [from, transition] : llvm::zip(getStates(), getTransitions())) {
    if (from.getType() != getType())
      return emitOpError() << "states have one type, found " << getType()
                           << " and " << from.getType();
    ArrayRef<int64_t> found = shapeOf(transition);
    auto fits = [&](unsigned axis) {
      return found[axis] == state[axis] || found[axis] == 1;
    };
    bool isIt =
        getKind() == JoinKind::Elementwise
            ? fits(0) && fits(1)
            : found[0] == found[1] &&
                  found[0] == state[getKind() == JoinKind::Left ? 0 : 1];
    if (!isIt)
      return emitOpError() << "a transition '" << stringifyJoinKind(getKind())
                           << "' does not multiply " << getType() << " by "
                           << transition.getType();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// wy.placed
//===----------------------------------------------------------------------===//

ParseResult PlacedOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr symbol;
  if (parser.parseSymbolName(symbol, ::mlir::SymbolTable::getSymbolAttrName(),
                             result.attributes))
    return failure();
  for (auto [keyword, name] :
       {std::pair("key", "key_dim"), std::pair("value", "value_dim")}) {
    int64_t size = 0;
    if (parser.parseKeyword(keyword) || parser.parseLParen() ||
        parser.parseInteger(size) || parser.parseRParen())
      return failure();
    result.addAttribute(name, builder.getI64IntegerAttr(size));
  }
  // The arguments are not values: each scan has its own of the same names.
  SmallVector<OpAsmParser::Argument> args;
  FailureOr<delta::SignatureAttr> signature =
      delta::parseSignature(parser, args);
  if (failed(signature) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addAttribute(getSignatureAttrName(result.name), *signature);
  Region *body = result.addRegion();
  if (parser.parseRegion(*body))
    return failure();
  if (body->empty())
    body->emplaceBlock();
  return success();
}

void PlacedOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " key(" << getKeyDim() << ") value(" << getValueDim() << ')';
  delta::printSignature(printer, getSignature());
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {::mlir::SymbolTable::getSymbolAttrName(), "key_dim",
                            "value_dim", getSignatureAttrName()});
  printer << ' ';
  printer.printRegion(getBody());
}

LogicalResult PlacedOp::verify() {
  // W34: what it holds.
  for (Operation &op : getScans())
    if (!isa<ScanOp>(op))
      return op.emitOpError("cannot stand in 'wy.placed': only scans can");
  return success();
}

namespace {
/// Goes through the scans in order.
class PlacedVerifier {
public:
  explicit PlacedVerifier(PlacedOp placed) : placed(placed) {}

  LogicalResult verify() {
    for (auto scan : placed.getScans().getOps<ScanOp>())
      if (failed(checkArguments(scan)) || failed(checkOutputs(scan)) ||
          failed(checkUses(scan)) || failed(addChannels(scan)))
        return failure();
    // W36, W37
    for (unsigned i = 0, e = placed.getNumArgs(); i < e; ++i)
      if (placed.getArgKind(i) == ArgKind::State &&
          !carriers.contains(placed.getArgName(i)))
        return placed.emitOpError()
               << "no scan carries state '" << placed.getArgName(i) << "'";
    for (unsigned i = 0, e = placed.getNumOutputs(); i < e; ++i)
      if (!makers.contains(placed.getOutputName(i)))
        return placed.emitOpError()
               << "no scan makes output '" << placed.getOutputName(i) << "'";
    return success();
  }

private:
  struct Made {
    ScanOp scan;
    /// Tokens that it has a tensor for.
    int64_t tokens;
    ShapeKind kind;
    std::optional<delta::Axis> axis;
    Type type;
  };

  /// Of an argument or output of a scan that the recurrence does not have, or
  /// has otherwise, as `expected`.
  template <typename Entry>
  static LogicalResult refuse(ScanOp scan, StringRef what, Entry found,
                              Entry expected) {
    if (!expected)
      return scan.emitOpError() << what << " '" << found.getName().getValue()
                                << "' is not one of the recurrence's";
    return scan.emitOpError()
           << "has " << what << ' ' << delta::describe(found) << ", expected "
           << delta::describe(expected) << " as the recurrence has";
  }

  /// W35: arguments are the recurrence's, and as large; W36: so are states that
  /// do not start anew, and one scan carries each.
  LogicalResult checkArguments(ScanOp scan) {
    for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
      bool isState = scan.getArgKind(i) == ArgKind::State;
      if (isState && scan.getSegments())
        continue;
      StringRef name = scan.getArgName(i);
      std::optional<unsigned> index = placed.findArg(name);
      if (!index || placed.getArg(*index) != scan.getArg(i))
        return refuse(scan, "argument", scan.getArg(i),
                      index ? placed.getArg(*index) : delta::ArgumentAttr());
      auto checkAxis = [&](delta::Axis axis) -> LogicalResult {
        if (scan.getDim(axis) == placed.getDim(axis))
          return success();
        return scan.emitOpError()
               << "argument '" << name << "' has " << placed.getDim(axis)
               << " elements along " << stringifyAxis(axis) << ", found "
               << scan.getDim(axis);
      };
      if (auto vec = dyn_cast<delta::VecType>(scan.getArgType(i)))
        if (failed(checkAxis(vec.getAxis())))
          return failure();
      if (!isState)
        continue;
      if (failed(checkAxis(delta::Axis::Key)) ||
          failed(checkAxis(delta::Axis::Value)))
        return failure();
      if (auto [it, isNew] = carriers.try_emplace(name, scan); !isNew)
        return alsoAt(scan.emitOpError() << "carries state '" << name
                                         << "', which another scan carries",
                      it->second);
    }
    return success();
  }

  /// W37: outputs are the recurrence's, each made once.
  LogicalResult checkOutputs(ScanOp scan) {
    for (unsigned i = 0, e = scan.getNumOutputs(); i < e; ++i) {
      StringRef name = scan.getOutputName(i);
      std::optional<unsigned> index = placed.findOutput(name);
      if (!index || placed.getOutput(*index) != scan.getOutput(i))
        return refuse(scan, "output", scan.getOutput(i),
                      index ? placed.getOutput(*index) : delta::OutputAttr());
      auto vec = dyn_cast<delta::VecType>(scan.getOutputType(i));
      if (vec && scan.getDim(vec.getAxis()) != placed.getDim(vec.getAxis()))
        return scan.emitOpError()
               << "output '" << name << "' has " << placed.getDim(vec.getAxis())
               << " elements along " << stringifyAxis(vec.getAxis())
               << ", found " << scan.getDim(vec.getAxis());
      if (auto [it, isNew] = makers.try_emplace(name, scan); !isNew)
        return alsoAt(scan.emitOpError() << "makes output '" << name
                                         << "', which another scan makes",
                      it->second);
    }
    return success();
  }

  /// W38: a channel has been made, as what it is used as.
  LogicalResult checkUse(ScanOp scan, StringRef name, const Made &as) {
    auto it = channels.find(name);
    if (it == channels.end())
      return scan.emitOpError()
             << "no scan before this one makes channel '" << name << "'";
    const Made &made = it->second;
    if (made.kind != as.kind || made.axis != as.axis || made.type != as.type)
      return alsoAt(scan.emitOpError()
                        << "channel '" << name
                        << "' is something else where it is made",
                    made.scan);
    if (made.tokens != as.tokens)
      return alsoAt(scan.emitOpError()
                        << "channel '" << name << "' has a tensor for "
                        << made.tokens << " tokens, used for " << as.tokens,
                    made.scan);
    return success();
  }

  /// What goes through the channels that a scan makes, or uses: those that it
  /// lists, then, of one with segments, those of its states.
  static SmallVector<std::pair<StringRef, Made>> getChannels(ScanOp scan,
                                                             bool areMade) {
    SmallVector<std::pair<StringRef, Made>> found;
    auto chunk = static_cast<int64_t>(scan.getChunk());
    unsigned count =
        areMade ? scan.getNumOutChannels() : scan.getNumInChannels();
    for (unsigned i = 0; i < count; ++i) {
      ChannelAttr channel =
          areMade ? scan.getOutChannel(i) : scan.getInChannel(i);
      found.push_back({channel.getName(),
                       {scan, chunk, channel.getKind(), channel.getAxis(),
                        channel.getType()}});
    }
    SegmentsAttr segments = scan.getSegmentsAttr();
    if (!segments)
      return found;
    SmallVector<BlockArgument> states = scan.getStates();
    for (auto [name, state] :
         llvm::zip(areMade ? segments.getTo() : segments.getFrom(), states))
      found.push_back({name,
                       {scan, segments.getTokens(), ShapeKind::State,
                        std::nullopt, state.getType()}});
    return found;
  }

  LogicalResult checkUses(ScanOp scan) {
    for (const auto &[name, as] : getChannels(scan, /*areMade=*/false))
      if (failed(checkUse(scan, name, as)))
        return failure();
    return success();
  }

  /// W39: each is made once.
  LogicalResult addChannel(ScanOp scan, StringRef name, const Made &made) {
    if (auto [it, isNew] = channels.try_emplace(name, made); !isNew)
      return alsoAt(scan.emitOpError() << "makes channel '" << name
                                       << "', which another scan makes",
                    it->second.scan);
    return success();
  }

  LogicalResult addChannels(ScanOp scan) {
    for (const auto &[name, made] : getChannels(scan, /*areMade=*/true))
      if (failed(addChannel(scan, name, made)))
        return failure();
    return success();
  }

  static LogicalResult alsoAt(InFlightDiagnostic &&error, ScanOp other) {
    error.attachNote(other.getLoc()) << "here";
    return error;
  }

  PlacedOp placed;
  llvm::StringMap<ScanOp> carriers, makers;
  llvm::StringMap<Made> channels;
};
} // namespace

LogicalResult PlacedOp::verifyRegions() {
  return PlacedVerifier(*this).verify();
}
