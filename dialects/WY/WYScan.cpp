//===- WYScan.cpp - the scan op -------------------------------------------===//

#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
using delta::ArgKind;
using delta::ArgKindAttr;

ArgKind ScanOp::getArgKind(unsigned index) {
  return cast<ArgKindAttr>(getArgKinds()[index]).getValue();
}

Type ScanOp::getArgType(unsigned index) {
  return cast<TypeAttr>(getArgTypes()[index]).getValue();
}

delta::RangeAttr ScanOp::getArgRange(unsigned index) {
  return delta::getRange(getArgRangesAttr(), index);
}

StringRef ScanOp::getArgName(unsigned index) {
  return cast<StringAttr>(getArgNames()[index]).getValue();
}

StringRef ScanOp::getOutputName(unsigned index) {
  return cast<StringAttr>(getOutputNames()[index]).getValue();
}

SmallVector<BlockArgument> ScanOp::getStates() {
  SmallVector<BlockArgument> states;
  for (BlockArgument argument : getGraph().getArguments())
    if (getArgKind(argument.getArgNumber()) == ArgKind::State)
      states.push_back(argument);
  return states;
}

YieldOp ScanOp::getYield() { return cast<YieldOp>(getGraph().getTerminator()); }

OperandRange ScanOp::getNextStates() {
  return getYield().getValues().take_front(getStates().size());
}

OperandRange ScanOp::getOutputs() {
  return getYield().getValues().drop_front(getStates().size());
}

void ScanOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  for (auto [argument, name] :
       llvm::zip(region.getArguments(), getArgNames().getAsRange<StringAttr>()))
    setName(argument, name.getValue());
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

  delta::Clauses clauses;
  SmallVector<Attribute> types, outputNames, outputTypes;
  if (delta::parseClauses(parser, clauses))
    return failure();
  for (auto [arg, kind] : llvm::zip(clauses.args, clauses.kinds)) {
    types.push_back(TypeAttr::get(arg.type));
    arg.type = chunkType(arg.type, cast<ArgKindAttr>(kind).getValue(), chunk,
                         keyDim, valueDim);
  }
  if (delta::parseOutputs(parser, outputNames, outputTypes) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addAttribute("arg_names", builder.getArrayAttr(clauses.names));
  result.addAttribute("arg_kinds", builder.getArrayAttr(clauses.kinds));
  if (ArrayAttr ranges = delta::makeArgRanges(builder, clauses.ranges))
    result.addAttribute("arg_ranges", ranges);
  result.addAttribute("arg_types", builder.getArrayAttr(types));
  result.addAttribute("output_names", builder.getArrayAttr(outputNames));
  result.addAttribute("output_types", builder.getArrayAttr(outputTypes));
  return parser.parseRegion(*result.addRegion(), clauses.args);
}

void ScanOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << " chunk(" << getChunk() << ") key(" << getKeyDim() << ") value("
          << getValueDim() << ')';
  if (ScheduleAttr schedule = getScheduleAttr())
    printer << " schedule(" << schedule << ')';
  delta::printClauses(printer, getGraph().getArguments(), getArgKinds(),
                      getArgTypes(), getArgRangesAttr());
  delta::printOutputs(printer, getOutputNames(), getOutputTypes());
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {SymbolTable::getSymbolAttrName(), "chunk", "key_dim", "value_dim",
       "schedule", "arg_names", "arg_kinds", "arg_types", "arg_ranges",
       "output_names", "output_types"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

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
  // W2: the lists, and a chunk's tensor for each argument.
  Block &graph = getGraph();
  size_t count = graph.getNumArguments();
  if (getArgNames().size() != count || getArgKinds().size() != count ||
      getArgTypes().size() != count)
    return emitOpError() << "has " << count << " arguments, but "
                         << getArgNames().size() << " names, "
                         << getArgKinds().size() << " kinds and "
                         << getArgTypes().size() << " types";
  if (getOutputNames().size() != getOutputTypes().size())
    return emitOpError() << "has " << getOutputNames().size()
                         << " output names, but " << getOutputTypes().size()
                         << " output types";
  // W20: names and ranges, as in a recurrence.
  if (failed(delta::verifyNames(*this, getArgNames(), "argument")) ||
      failed(delta::verifyNames(*this, getOutputNames(), "output")) ||
      failed(delta::verifyRanges(*this, getArgNames(), getArgKinds(),
                                 getArgRangesAttr())))
    return failure();
  for (unsigned i = 0; i < count; ++i) {
    Type type = getArgType(i);
    bool isState = isa<delta::StateType>(type);
    if (!isState && !isa<delta::ScalarType, delta::VecType>(type))
      return emitOpError() << "argument '" << getArgName(i)
                           << "' is a scalar, a vector or a state of the delta "
                              "dialect, found "
                           << type;
    if (isState != (getArgKind(i) == ArgKind::State))
      return emitOpError() << "argument '" << getArgName(i) << "' of type "
                           << type << " cannot stand in '"
                           << stringifyArgKind(getArgKind(i)) << "'";
    RankedTensorType expected = getChunkType(type, getArgKind(i));
    if (graph.getArgument(i).getType() != expected)
      return emitOpError() << "a chunk of argument '" << getArgName(i)
                           << "' is " << expected << ", found "
                           << graph.getArgument(i).getType();
  }
  for (auto [name, type] :
       llvm::zip(getOutputNames().getAsValueRange<StringAttr>(),
                 getOutputTypes().getAsValueRange<TypeAttr>()))
    if (!isa<delta::ScalarType, delta::VecType>(type))
      return emitOpError() << "output '" << name
                           << "' is a scalar or a vector, found " << type;
  return success();
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
  for (Attribute type : getOutputTypes())
    expected.push_back(
        getChunkType(cast<TypeAttr>(type).getValue(), ArgKind::VHeads));
  if (yield.getValues().size() != expected.size())
    return yield.emitOpError()
           << "yields " << yield.getValues().size() << " values, expected "
           << expected.size() << ": the states, then the outputs";
  for (auto [i, value, type] : llvm::enumerate(yield.getValues(), expected))
    if (value.getType() != type)
      return yield.emitOpError() << "value " << i << " is " << value.getType()
                                 << ", expected " << type;
  return verifyShapes(*this);
}
