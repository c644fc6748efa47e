//===- WYScan.cpp - the scan op -------------------------------------------===//

#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
using delta::ArgKind;

YieldOp ScanOp::getYield() { return cast<YieldOp>(getGraph().getTerminator()); }

OperandRange ScanOp::getNextStates() {
  return getYield().getValues().take_front(getStates().size());
}

OperandRange ScanOp::getOutputs() {
  return getYield().getValues().slice(getStates().size(), getNumOutputs());
}

OperandRange ScanOp::getChannelValues() {
  return getYield().getValues().take_back(getNumOutChannels());
}

void ScanOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  // Also called on operations that do not verify.
  if (!getSignature())
    return;
  for (auto [argument, declared] :
       llvm::zip(region.getArguments(), getSignature().getArguments()))
    setName(argument, declared.getName().getValue());
  for (unsigned i = 0, e = getNumInChannels(); i < e; ++i)
    if (getNumArgs() + i < region.getNumArguments())
      setName(region.getArgument(getNumArgs() + i), getInChannel(i).getName());
}

static RankedTensorType chunkType(Type type, ArgKind kind, int64_t chunk,
                                  int64_t keyDim, int64_t valueDim) {
  auto dim = [&](delta::Axis axis) {
    return axis == delta::Axis::Key ? keyDim : valueDim;
  };
  SmallVector<int64_t, 2> shape;
  if (kind == ArgKind::QKHeads || kind == ArgKind::VHeads)
    shape.push_back(chunk);
  if (auto vec = dyn_cast<delta::VecType>(type))
    shape.push_back(dim(vec.getAxis()));
  if (auto state = dyn_cast<delta::StateType>(type))
    shape = {dim(state.getRows()), dim(state.getColumns())};
  return RankedTensorType::get(shape, Float32Type::get(type.getContext()));
}

RankedTensorType ScanOp::getChunkType(Type type, ArgKind kind) {
  return chunkType(type, kind, getChunk(), getKeyDim(), getValueDim());
}

ChunkShape ScanOp::getArgumentShape(unsigned index) {
  if (index >= getNumArgs())
    return getShapeOf(getInChannel(index - getNumArgs()));
  return getShapeOf(getArgType(index), getArgKind(index));
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// keyword `(` integer `)`
static ParseResult parseSize(OpAsmParser &parser, OperationState &result,
                             StringRef keyword, StringRef attribute,
                             int64_t &size) {
  SMLoc loc;
  if (parser.parseKeyword(keyword) || parser.parseLParen() ||
      parser.getCurrentLocation(&loc) || parser.parseInteger(size) ||
      parser.parseRParen())
    return failure();
  // Before types are made of it.
  if (size <= 0 || size > kMostElements)
    return parser.emitError(loc) << "the size '" << keyword
                                 << "' is between 1 and 2^20, found " << size;
  result.addAttribute(attribute, parser.getBuilder().getI64IntegerAttr(size));
  return success();
}

/// `channels` `(` (%name `:` shape),* `)`
static ParseResult parseInChannels(OpAsmParser &parser,
                                   SmallVectorImpl<OpAsmParser::Argument> &args,
                                   SmallVectorImpl<Attribute> &channels) {
  if (failed(parser.parseOptionalKeyword("channels")))
    return success();
  return parser.parseCommaSeparatedList(
      OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
        OpAsmParser::Argument &arg = args.emplace_back();
        if (parser.parseArgument(arg) || parser.parseColon())
          return failure();
        FailureOr<ChannelAttr> channel =
            ChannelAttr::parseShape(parser, arg.ssaName.name.drop_front());
        if (failed(channel))
          return failure();
        arg.type = channel->getType();
        channels.push_back(*channel);
        return success();
      });
}

/// `channels` `(` (name `:` shape),* `)`
static ParseResult parseOutChannels(OpAsmParser &parser,
                                    SmallVectorImpl<Attribute> &channels) {
  if (failed(parser.parseOptionalKeyword("channels")))
    return success();
  return parser.parseCommaSeparatedList(
      OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
        StringRef name;
        if (parser.parseKeyword(&name) || parser.parseColon())
          return failure();
        FailureOr<ChannelAttr> channel = ChannelAttr::parseShape(parser, name);
        if (failed(channel))
          return failure();
        channels.push_back(*channel);
        return success();
      });
}

/// What stands between the sizes and the clauses of arguments.
static ParseResult
parsePlacement(OpAsmParser &parser, OperationState &result,
               SmallVectorImpl<OpAsmParser::Argument> &channels) {
  Builder &builder = parser.getBuilder();
  if (succeeded(parser.parseOptionalKeyword("reverse")))
    result.addAttribute("reverse", builder.getUnitAttr());
  if (succeeded(parser.parseOptionalKeyword("segments"))) {
    if (parser.parseLParen())
      return failure();
    FailureOr<SegmentsAttr> segments = SegmentsAttr::parseBody(parser);
    if (failed(segments) || parser.parseRParen())
      return failure();
    result.addAttribute("segments", *segments);
  }
  SmallVector<Attribute> inChannels;
  if (parseInChannels(parser, channels, inChannels))
    return failure();
  if (!inChannels.empty())
    result.addAttribute("in_channels", builder.getArrayAttr(inChannels));
  return success();
}

ParseResult ScanOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr symbol;
  int64_t chunk = 0, keyDim = 0, valueDim = 0;
  if (parser.parseSymbolName(symbol, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      parseSize(parser, result, "chunk", "chunk", chunk) ||
      parseSize(parser, result, "key", "key_dim", keyDim) ||
      parseSize(parser, result, "value", "value_dim", valueDim))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("schedule"))) {
    ScheduleAttr schedule;
    if (parser.parseLParen() ||
        parser.parseAttribute(schedule, "schedule", result.attributes) ||
        parser.parseRParen())
      return failure();
  }

  SmallVector<OpAsmParser::Argument> args, channels;
  SmallVector<Attribute> outChannels;
  if (parsePlacement(parser, result, channels))
    return failure();
  FailureOr<delta::SignatureAttr> signature =
      delta::parseSignature(parser, args);
  if (failed(signature) || parseOutChannels(parser, outChannels) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  for (auto [arg, declared] : llvm::zip(args, signature->getArguments()))
    arg.type = chunkType(arg.type, declared.getKind(), chunk, keyDim, valueDim);
  llvm::append_range(args, channels);
  if (!outChannels.empty())
    result.addAttribute("out_channels", builder.getArrayAttr(outChannels));
  result.addAttribute(getSignatureAttrName(result.name), *signature);
  return parser.parseRegion(*result.addRegion(), args);
}

static void printPlacement(OpAsmPrinter &printer, ScanOp op) {
  if (op.getReverse())
    printer << " reverse";
  if (SegmentsAttr segments = op.getSegmentsAttr()) {
    printer << " segments(";
    segments.printBody(printer);
    printer << ')';
  }
  if (op.getNumInChannels() == 0)
    return;
  printer.printNewline();
  printer << "    channels(";
  llvm::interleaveComma(
      llvm::seq(op.getNumInChannels()), printer, [&](unsigned i) {
        printer.printRegionArgument(op.getChannelArgument(i), {},
                                    /*omitType=*/true);
        printer << ": ";
        op.getInChannel(i).printShape(printer);
      });
  printer << ')';
}

static void printOutChannels(OpAsmPrinter &printer, ScanOp op) {
  if (op.getNumOutChannels() == 0)
    return;
  printer << " channels(";
  llvm::interleaveComma(llvm::seq(op.getNumOutChannels()), printer,
                        [&](unsigned i) {
                          printer << op.getOutChannel(i).getName() << ": ";
                          op.getOutChannel(i).printShape(printer);
                        });
  printer << ')';
}

void ScanOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " chunk(" << getChunk() << ") key(" << getKeyDim() << ") value("
          << getValueDim() << ')';
  if (ScheduleAttr schedule = getScheduleAttr())
    printer << " schedule(" << schedule << ')';
  printPlacement(printer, *this);
  delta::printSignature(printer, getSignature(),
                        getGraph().getArguments().take_front(getNumArgs()));
  printOutChannels(printer, *this);
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {SymbolTable::getSymbolAttrName(), "chunk", "key_dim", "value_dim",
       "schedule", getSignatureAttrName(), "reverse", "segments", "in_channels",
       "out_channels"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

/// W28: a channel's tensor is one of a chunk.
static LogicalResult verifyTensor(ScanOp op, ChannelAttr channel) {
  ArrayRef<int64_t> shape = channel.getType().getShape();
  SmallVector<int64_t, 2> expected;
  std::optional<delta::Axis> axis = channel.getAxis();
  ShapeKind kind = channel.getKind();
  bool mayHaveAxis = kind == ShapeKind::Tokens || kind == ShapeKind::Constant;
  if (kind != ShapeKind::Constant)
    expected.push_back(op.getChunk());
  if (kind == ShapeKind::Pairs)
    expected.push_back(op.getChunk());
  if (mayHaveAxis && axis)
    expected.push_back(op.getDim(*axis));
  bool isIt = kind == ShapeKind::State ? shape.size() == 2
                                       : shape == ArrayRef<int64_t>(expected);
  if (isIt && channel.getType().getElementType().isF32() &&
      (mayHaveAxis || !axis))
    return success();
  InFlightDiagnostic error = op.emitOpError()
                             << "channel '" << channel.getName() << "' of '"
                             << stringifyShapeKind(kind) << "' is ";
  if (kind == ShapeKind::State)
    error << "a matrix of f32 without an axis, found ";
  else if (axis && !mayHaveAxis)
    error << "without an axis, found '" << stringifyAxis(*axis) << "' and ";
  else
    error << RankedTensorType::get(expected, Float32Type::get(op.getContext()))
          << ", found ";
  return error << channel.getType();
}

/// W30: whole chunks, a start and an end for each state.
static LogicalResult verifySegments(ScanOp op, SegmentsAttr segments) {
  int64_t tokens = segments.getTokens(), chunk = op.getChunk();
  if (tokens < 1 || tokens > kMostElements || tokens % chunk != 0)
    return op.emitOpError()
           << "a segment has at most " << kMostElements
           << " tokens, and whole chunks of " << chunk << ", found " << tokens;
  SmallVector<BlockArgument> states = op.getStates();
  if (states.empty())
    return op.emitOpError("has segments, so states that start anew in each");
  Start start = segments.getStart();
  if (start == Start::Channels ? segments.getFrom().size() != states.size()
                               : !segments.getFrom().empty())
    return op.emitOpError() << "has " << states.size()
                            << " states, so the start of a segment is as many "
                               "channels, found "
                            << segments.getFrom().size();
  if (!segments.getTo().empty() && segments.getTo().size() != states.size())
    return op.emitOpError() << "has " << states.size()
                            << " states, so a segment's end goes to as many "
                               "channels, or to none, found "
                            << segments.getTo().size();
  if (start != Start::Identity && start != Start::Ones)
    return success();
  if (segments.getState() < 0 ||
      segments.getState() >= static_cast<int64_t>(states.size()))
    return op.emitOpError()
           << "a start '" << stringifyStart(start) << "' is of a state below "
           << states.size() << ", found " << segments.getState();
  if (start == Start::Identity && op.getKeyDim() != op.getValueDim())
    return op.emitOpError() << "an identity has as many rows as columns, found "
                            << op.getKeyDim() << " and " << op.getValueDim();
  return success();
}

static LogicalResult verifyPlacement(ScanOp op) {
  // W29: names of channels are those of arguments or outputs, one of each.
  SmallVector<StringRef> used, made;
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    used.push_back(op.getArgName(i));
  for (unsigned i = 0, e = op.getNumInChannels(); i < e; ++i)
    used.push_back(op.getInChannel(i).getName());
  for (unsigned i = 0, e = op.getNumOutChannels(); i < e; ++i)
    made.push_back(op.getOutChannel(i).getName());
  if (SegmentsAttr segments = op.getSegmentsAttr())
    for (StringAttr name : segments.getTo())
      made.push_back(name.getValue());
  auto emit = [&](size_t) { return op.emitOpError(); };
  if (failed(delta::verifyNames(emit, used, "argument or channel")) ||
      failed(delta::verifyNames(emit, made, "channel")))
    return failure();
  for (unsigned i = 0, e = op.getNumInChannels(); i < e; ++i) {
    ChannelAttr channel = op.getInChannel(i);
    if (failed(verifyTensor(op, channel)))
      return failure();
    if (op.getChannelArgument(i).getType() != channel.getType())
      return op.emitOpError() << "a chunk of channel '" << channel.getName()
                              << "' is " << channel.getType() << ", found "
                              << op.getChannelArgument(i).getType();
  }
  for (unsigned i = 0, e = op.getNumOutChannels(); i < e; ++i)
    if (failed(verifyTensor(op, op.getOutChannel(i))))
      return failure();
  if (op.getSegmentsAttr() && failed(verifySegments(op, op.getSegmentsAttr())))
    return failure();
  // W31: others are there.
  if (!op.isWhole() && !isa_and_nonnull<PlacedOp>(op->getParentOp()))
    return op.emitOpError("has channels or segments, so it stands in "
                          "'wy.placed'");
  return success();
}

LogicalResult ScanOp::verify() {
  // W1: sizes.
  for (auto [name, size] :
       {std::pair("chunk", getChunk()), std::pair("key_dim", getKeyDim()),
        std::pair("value_dim", getValueDim())})
    if (size == 0 || size > static_cast<uint64_t>(kMostElements))
      return emitOpError() << "'" << name << "' is between 1 and 2^20, found "
                           << size;
  if (failed(verifySchedule(*this)))
    return failure();
  // W2: a chunk's tensor for each argument.
  Block &graph = getGraph();
  size_t count = getNumArgs(), channels = getNumInChannels();
  if (count + channels != graph.getNumArguments()) {
    InFlightDiagnostic error = emitOpError()
                               << "has " << graph.getNumArguments()
                               << " arguments, but a signature of " << count;
    if (channels > 0)
      error << " and " << channels << " channels";
    return error;
  }
  for (unsigned i = 0; i < count; ++i) {
    RankedTensorType expected = getChunkType(getArgType(i), getArgKind(i));
    if (graph.getArgument(i).getType() != expected)
      return emitOpError() << "a chunk of argument '" << getArgName(i)
                           << "' is " << expected << ", found "
                           << graph.getArgument(i).getType();
  }
  return verifyPlacement(*this);
}

/// 'tokens key'
static std::string describe(const ChunkShape &shape) {
  std::string text = "'";
  text += stringifyShapeKind(shape.kind);
  if (shape.axis) {
    text += ' ';
    text += stringifyAxis(*shape.axis);
  }
  return text + "'";
}

/// W21: what has a row for each token does not stand where all tokens have the
/// same, nor the other way round. Types do not tell where C is K or V.
static LogicalResult verifyShapes(ScanOp scan) {
  ChunkShapes shapes(scan);
  for (Operation &op : scan.getGraph())
    for (OpOperand &use : op.getOpOperands()) {
      std::optional<bool> isExpected = takesRows(use, shapes);
      // What is used before it is made breaks SSA's rule, not ours.
      if (!isExpected || !shapes.find(use.get()) ||
          shapes.hasRows(use.get()) == *isExpected)
        continue;
      return op.emitOpError()
             << "operand #" << use.getOperandNumber()
             << (*isExpected ? " has a row for each token, found "
                             : " is the same for all tokens, found ")
             << use.get().getType()
             << (*isExpected ? " that is the same for all"
                             : " with a row for each");
    }
  // W32: a channel says what goes through it.
  for (auto [i, value] : llvm::enumerate(scan.getChannelValues())) {
    ChannelAttr channel = scan.getOutChannel(i);
    std::optional<ChunkShape> found = shapes.find(value);
    if (found && *found != getShapeOf(channel))
      return scan.emitOpError() << "channel '" << channel.getName()
                                << "' is of " << describe(getShapeOf(channel))
                                << ", found a value of " << describe(*found);
  }
  return success();
}

LogicalResult ScanOp::verifyRegions() {
  // W3: what the body may hold.
  for (Operation &op : getGraph())
    if (!isa_and_nonnull<WYDialect>(op.getDialect()) && !isPure(&op))
      return op.emitOpError("cannot stand in a chunk's graph: only wy "
                            "operations, and pure ones of other dialects, can");
  auto yield = dyn_cast<YieldOp>(getGraph().getTerminator());
  if (!yield)
    return emitOpError("ends with wy.yield");
  // W4: the states after the chunk, then the outputs.
  SmallVector<Type> expected;
  for (BlockArgument state : getStates())
    expected.push_back(state.getType());
  // Whatever an output's kind: what tokens give is summed by whoever runs it.
  for (unsigned i = 0, e = getNumOutputs(); i < e; ++i)
    expected.push_back(getChunkType(getOutputType(i), ArgKind::VHeads));
  for (unsigned i = 0, e = getNumOutChannels(); i < e; ++i)
    expected.push_back(getOutChannel(i).getType());
  if (yield.getValues().size() != expected.size())
    return yield.emitOpError()
           << "yields " << yield.getValues().size() << " values, expected "
           << expected.size() << ": the states, then the outputs"
           << (getNumOutChannels() > 0 ? ", then the channels" : "");
  for (auto [i, value, type] : llvm::enumerate(yield.getValues(), expected))
    if (value.getType() != type)
      return yield.emitOpError() << "value " << i << " is " << value.getType()
                                 << ", expected " << type;
  return verifyShapes(*this);
}
