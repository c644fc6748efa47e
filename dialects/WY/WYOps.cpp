//===- WYOps.cpp - verifiers and folds of the chunk ops -------------------===//
//
// The numbered rules, here and in the dialect's other files, have a negative
// test each, in test/Dialect/WY/*-errors.mlir.
//
//===----------------------------------------------------------------------===//

#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// W19: what has a row for each token has as many as a chunk has tokens.
static LogicalResult verifyTokens(Operation *op, Value tensor) {
  int64_t tokens = cast<ChunkHolderOpInterface>(op->getParentOp()).getChunk();
  if (shapeOf(tensor)[0] == tokens)
    return success();
  return op->emitOpError() << "a chunk has " << tokens << " tokens, found "
                           << tensor.getType();
}

/// W5: gates are one tensor or n² of them, of one type, a row for each token,
/// scalars or as long as the vectors they multiply.
static LogicalResult verifyGate(Operation *op, OperandRange gate,
                                std::optional<GateKind> kind, int64_t states,
                                int64_t tokens, int64_t width) {
  if (gate.empty() != !kind)
    return op->emitOpError("has a gate and says its kind, or neither");
  if (gate.empty())
    return success();
  if (gate.size() != static_cast<size_t>(states * states))
    return op->emitOpError()
           << "has " << states << " states, so a gate of " << states * states
           << " tensors, found " << gate.size();
  if (states > 1 && kind == GateKind::Log)
    return op->emitOpError("a gate of several states is given as factors");
  for (Value entry : gate) {
    ArrayRef<int64_t> shape = shapeOf(entry);
    if (entry.getType() != gate.front().getType())
      return op->emitOpError()
             << "the tensors of a gate have one type, found "
             << gate.front().getType() << " and " << entry.getType();
    if (shape[0] != tokens || (shape.size() == 2 && shape[1] != width))
      return op->emitOpError()
             << "a gate has " << tokens << " rows of one number or of " << width
             << ", found " << entry.getType();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// wy.sum
//===----------------------------------------------------------------------===//

// W6: there is a term; the trait that compares types asks for one.
OpFoldResult SumOp::fold(FoldAdaptor) {
  return getTerms().size() == 1 ? getTerms().front() : Value();
}

//===----------------------------------------------------------------------===//
// wy.accumulate
//===----------------------------------------------------------------------===//

void AccumulateOp::build(OpBuilder &builder, OperationState &state,
                         TypeRange results, wy::Range range, GateKind kind,
                         ValueRange gate) {
  build(builder, state, results, range, IntegerAttr(), kind, gate,
        /*finer=*/{});
}

/// W23: blocks, and the products of half of them.
static LogicalResult verifyBlocks(AccumulateOp op) {
  std::optional<uint64_t> block = op.getBlock();
  if (!block) {
    if (op.getFiner().empty())
      return success();
    return op.emitOpError("is merged from finer products, so it says its "
                          "block");
  }
  if (*block < 1 || *block > static_cast<uint64_t>(kMostElements) ||
      op.getRange() == wy::Range::All)
    return op.emitOpError()
           << "a block is of 1 to " << kMostElements
           << " tokens, before or after each of them, found '"
           << stringifyRange(op.getRange()) << "' in blocks of "
           << static_cast<int64_t>(*block);
  if (op.getFiner().empty())
    return success();
  auto finer = op.getFiner().front().getDefiningOp<AccumulateOp>();
  if (finer && finer.getBlock() && *finer.getBlock() * 2 == *block &&
      finer.getRange() == op.getRange() && finer.getKind() == op.getKind() &&
      llvm::equal(finer.getGate(), op.getGate()) &&
      llvm::equal(finer.getResults(), op.getFiner()))
    return success();
  InFlightDiagnostic error =
      op.emitOpError() << "is merged from products of the same gate in blocks "
                          "of half as many tokens";
  if (finer)
    error.attachNote(finer.getLoc()) << "found these";
  return error;
}

LogicalResult AccumulateOp::verify() {
  // W7
  int64_t states = getNumStates(getGate().size());
  if (states < 1)
    return emitOpError() << "a gate is 1, 4, 9, … tensors, found "
                         << getGate().size();
  auto type = cast<RankedTensorType>(getGate().front().getType());
  if (failed(verifyTokens(*this, getGate().front())) ||
      failed(verifyGate(*this, getGate(), getKind(), states, type.getDimSize(0),
                        type.getRank() == 2 ? type.getDimSize(1) : 1)))
    return failure();
  RankedTensorType expected = type;
  if (getRange() == Range::All)
    expected = RankedTensorType::get(type.getShape().drop_front(),
                                     type.getElementType());
  if (getResults().size() != getGate().size())
    return emitOpError() << "has " << getGate().size()
                         << " gate tensors, so as many results, found "
                         << getResults().size();
  for (Value result : getResults())
    if (result.getType() != expected)
      return emitOpError() << "gives " << expected << ", found "
                           << result.getType();
  return verifyBlocks(*this);
}

//===----------------------------------------------------------------------===//
// wy.scores
//===----------------------------------------------------------------------===//

LogicalResult ScoresOp::verify() {
  // W8: one row and one column tensor a state, all of one type.
  if (getRows().empty() || getRows().size() != getColumns().size())
    return emitOpError() << "has as many columns as rows, and at least one, "
                            "found "
                         << getColumns().size() << " and " << getRows().size();
  auto type = cast<RankedTensorType>(getRows().front().getType());
  for (auto operands : {getRows(), getColumns()})
    for (Value operand : operands)
      if (operand.getType() != type)
        return emitOpError() << "rows and columns have one type, found " << type
                             << " and " << operand.getType();
  if (failed(verifyTokens(*this, getRows().front())))
    return failure();
  int64_t tokens = type.getDimSize(0);
  if (shapeOf(getResult()) != ArrayRef<int64_t>({tokens, tokens}))
    return emitOpError() << "gives " << tokens << " × " << tokens
                         << " scores, found " << getResult().getType();
  if (getDiagonal() && shapeOf(getDiagonal()) != ArrayRef<int64_t>(tokens))
    return emitOpError() << "the diagonal has " << tokens << " elements, found "
                         << getDiagonal().getType();
  if (failed(verifyGate(*this, getGate(), getKind(), getRows().size(), tokens,
                        type.getDimSize(1))))
    return failure();
  // W9: the scheme suits the gate.
  if (getGate().empty() != (getScheme() == Scheme::Ungated))
    return emitOpError() << "scheme '" << stringifyScheme(getScheme())
                         << "' does not suit "
                         << (getGate().empty() ? "scores without a gate"
                                               : "gated scores");
  if (getScheme() == Scheme::AfterProduct &&
      (getGate().size() != 1 || shapeOf(getGate().front()).size() != 1))
    return emitOpError("scheme 'after_product' needs one scalar gate");
  if ((getScheme() == Scheme::Shifted) != getBound().has_value())
    return emitOpError() << "scheme '" << stringifyScheme(getScheme())
                         << (getBound() ? "' takes no bound on the gate"
                                        : "' needs a bound on the gate");
  if (getBound() && getGate().size() != 1)
    return emitOpError("scheme 'shifted' needs one gate");
  if (getBound() && !isShiftable(*getKind(), *getBound()))
    return emitOpError() << "a shifted gate is "
                         << (*getKind() == GateKind::Log
                                 ? "at most 0 and above -inf"
                                 : "above 0 and at most 1")
                         << ", found a bound of " << *getBound();
  // W24: between blocks a gate has become factors of rows and columns.
  if (getMask() && !getGate().empty() && getScheme() != Scheme::Pairwise)
    return emitOpError() << "scheme '" << stringifyScheme(getScheme())
                         << "' is for whole chunks, and does not take a mask";
  return success();
}

bool sluice::wy::isShiftable(GateKind kind, delta::RangeAttr bound) {
  double lower = bound.getLower().convertToDouble();
  double upper = bound.getUpper().convertToDouble();
  return kind == GateKind::Log ? !std::isinf(lower) && upper <= 0
                               : lower > 0 && upper <= 1;
}

double sluice::wy::getSteepestGate(GateKind kind, delta::RangeAttr bound) {
  double lower = bound.getLower().convertToDouble();
  return kind == GateKind::Log ? -lower : -std::log(lower);
}

int64_t sluice::wy::getShiftedLeaf(GateKind kind, delta::RangeAttr bound,
                                   double limit) {
  if (!isShiftable(kind, bound))
    return 1;
  // An end that rounding has moved does not halve a leaf.
  double steepest = getSteepestGate(kind, bound) * (1 - 0x1p-10);
  int64_t leaf = 1;
  while (leaf < kMostDerivedTokens &&
         steepest * 2 * static_cast<double>(leaf) <= limit)
    leaf *= 2;
  return leaf;
}

//===----------------------------------------------------------------------===//
// wy.apply
//===----------------------------------------------------------------------===//

void ApplyOp::build(OpBuilder &, OperationState &state, Value scores,
                    Value values, GateKindAttr kind, ValueRange gate) {
  state.addOperands({scores, values});
  state.addOperands(gate);
  if (kind)
    state.getOrAddProperties<Properties>().kind = kind;
  state.addTypes(values.getType());
}

void ApplyOp::build(OpBuilder &, OperationState &state, Value scores,
                    Value values, MaskAttr mask) {
  state.addOperands({scores, values});
  if (mask)
    state.getOrAddProperties<Properties>().mask = mask;
  state.addTypes(values.getType());
}

static LogicalResult verifyScores(Operation *op, Value scores, int64_t tokens) {
  if (shapeOf(scores) == ArrayRef<int64_t>({tokens, tokens}))
    return success();
  return op->emitOpError() << "scores are " << tokens << " × " << tokens
                           << ", found " << scores.getType();
}

LogicalResult ApplyOp::verify() {
  // W10
  auto type = cast<RankedTensorType>(getValues().getType());
  if (failed(verifyTokens(*this, getValues())) ||
      failed(verifyScores(*this, getScores(), type.getDimSize(0))))
    return failure();
  return verifyGate(*this, getGate(), getKind(), 1, type.getDimSize(0),
                    type.getDimSize(1));
}

//===----------------------------------------------------------------------===//
// wy.solve
//===----------------------------------------------------------------------===//

/// `SystemOp` is a system, or a transposed one.
template <typename SystemOp>
static SmallVector<SystemTerm> getTerms(SystemOp op) {
  SmallVector<SystemTerm> terms;
  for (auto [ends, scores] : llvm::zip(op.getTerms(), op.getScores())) {
    auto pair = cast<ArrayAttr>(ends);
    auto at = [&](unsigned i) {
      return static_cast<unsigned>(cast<IntegerAttr>(pair[i]).getInt());
    };
    terms.push_back({at(0), at(1), scores, Value(), Value()});
  }
  for (auto [index, weight] : llvm::zip(op.getWeighted(), op.getWeights()))
    terms[index].weight = weight;
  for (auto [index, gate] : llvm::zip(op.getGated(), op.getGates()))
    terms[index].gate = gate;
  return terms;
}

template <typename SystemOp> static LogicalResult verifySystem(SystemOp op) {
  // W11: one type for all unknowns.
  if (op.getRhs().empty() || op.getRhs().size() != op.getResults().size())
    return op.emitOpError()
           << "has as many results as right sides, and at least "
              "one, found "
           << op.getResults().size() << " and " << op.getRhs().size();
  auto type = cast<RankedTensorType>(op.getRhs().front().getType());
  int64_t tokens = type.getDimSize(0);
  for (Type other :
       llvm::concat<const Type>(SmallVector<Type>(op.getRhs().getTypes()),
                                SmallVector<Type>(op.getResults().getTypes()),
                                SmallVector<Type>(op.getWeights().getTypes())))
    if (other != type)
      return op.emitOpError()
             << "right sides, weights and results have one type, "
                "found "
             << type << " and " << other;
  if (failed(verifyTokens(op, op.getRhs().front())))
    return failure();
  // W12: terms.
  if (op.getTerms().size() != op.getScores().size())
    return op.emitOpError()
           << "has " << op.getScores().size()
           << " scores, so as many terms, found " << op.getTerms().size();
  for (auto [ends, scores] : llvm::zip(op.getTerms(), op.getScores())) {
    auto pair = dyn_cast<ArrayAttr>(ends);
    auto isUnknown = [&](Attribute attribute) {
      auto index = dyn_cast<IntegerAttr>(attribute);
      return index && index.getType().isInteger(64) && index.getInt() >= 0 &&
             static_cast<size_t>(index.getInt()) < op.getRhs().size();
    };
    if (!pair || pair.size() != 2 || !llvm::all_of(pair, isUnknown))
      return op.emitOpError() << "a term is a pair of unknowns below "
                              << op.getRhs().size() << ", found " << ends;
    if (failed(verifyScores(op, scores, tokens)))
      return failure();
  }
  // W13: weights and gates belong to terms.
  for (auto [what, list, size] :
       {std::tuple("weights", op.getWeighted(), op.getWeights().size()),
        std::tuple("gates", op.getGated(), op.getGates().size())}) {
    llvm::SmallDenseSet<int64_t> seen;
    auto isNewTerm = [&](int64_t i) {
      return i >= 0 && static_cast<size_t>(i) < op.getScores().size() &&
             seen.insert(i).second;
    };
    if (list.size() != size || !llvm::all_of(list, isNewTerm))
      return op.emitOpError() << what << " name one term each, found [" << list
                              << "] for " << size;
  }
  if (op.getGates().empty() != !op.getKind())
    return op.emitOpError("has gates and says their kind, or neither");
  for (Value gate : op.getGates()) {
    ArrayRef<int64_t> shape = shapeOf(gate);
    if (shape[0] != tokens ||
        (shape.size() == 2 && shape[1] != type.getDimSize(1)))
      return op.emitOpError()
             << "a gate has " << tokens << " rows of one number or of "
             << type.getDimSize(1) << ", found " << gate.getType();
  }
  return success();
}

SmallVector<SystemTerm> SolveOp::getTermList() { return ::getTerms(*this); }
LogicalResult SolveOp::verify() { return verifySystem(*this); }

SmallVector<SystemTerm> SolveTransposedOp::getTermList() {
  return ::getTerms(*this);
}
LogicalResult SolveTransposedOp::verify() { return verifySystem(*this); }

//===----------------------------------------------------------------------===//
// wy.read
//===----------------------------------------------------------------------===//

void ReadOp::build(OpBuilder &builder, OperationState &state, Side side,
                   Value source, Value vectors) {
  ArrayRef<int64_t> matrix = shapeOf(source);
  int64_t width = side == Side::Left ? matrix[1] : matrix[0];
  build(
      builder, state,
      RankedTensorType::get({shapeOf(vectors)[0], width}, builder.getF32Type()),
      side, source, vectors);
}

LogicalResult ReadOp::verify() {
  if (failed(verifyTokens(*this, getVectors())))
    return failure();
  // W14
  ArrayRef<int64_t> state = shapeOf(getState()),
                    vectors = shapeOf(getVectors());
  bool isLeft = getSide() == Side::Left;
  int64_t contracted = state[isLeft ? 0 : 1], kept = state[isLeft ? 1 : 0];
  if (vectors[1] != contracted)
    return emitOpError() << "reads from the " << stringifySide(getSide())
                         << " with vectors of " << contracted << ", found "
                         << vectors[1];
  if (shapeOf(getResult()) != ArrayRef<int64_t>({vectors[0], kept}))
    return emitOpError() << "gives " << vectors[0] << " × " << kept
                         << ", found " << getResult().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// wy.update
//===----------------------------------------------------------------------===//

LogicalResult UpdateOp::verify() {
  // W15: states, and a decay for each or for none.
  ArrayRef<int64_t> state = shapeOf(getResult());
  for (Value source : getStates())
    if (source.getType() != getResult().getType())
      return emitOpError() << "states have one type, found "
                           << getResult().getType() << " and "
                           << source.getType();
  if (!getDecays().empty() && getDecays().size() != getStates().size())
    return emitOpError() << "has a decay for each of its " << getStates().size()
                         << " states or for none, found " << getDecays().size();
  auto fits = [](Value decay, int64_t size) {
    ArrayRef<int64_t> shape = shapeOf(decay);
    return shape.empty() || shape == ArrayRef<int64_t>(size);
  };
  for (Value decay : getDecays())
    if (!fits(decay, state[0]))
      return emitOpError() << "a decay is one number or " << state[0]
                           << ", found " << decay.getType();
  if (getValueDecays() && !fits(getValueDecays(), state[1]))
    return emitOpError() << "the decay along value is one number or "
                         << state[1] << ", found "
                         << getValueDecays().getType();
  // W16: writes are pairs.
  if (getWrites().size() % 2 != 0)
    return emitOpError("a write is a pair of rows and columns");
  for (unsigned m = 0, e = getNumWrites(); m < e; ++m) {
    Value x = getAlongKey(m), y = getAlongValue(m);
    if (failed(verifyTokens(*this, x)))
      return failure();
    ArrayRef<int64_t> alongKey = shapeOf(x), alongValue = shapeOf(y);
    if (alongKey[0] != alongValue[0] || alongKey[1] != state[0] ||
        alongValue[1] != state[1])
      return emitOpError() << "write " << m << " is of " << x.getType()
                           << " and " << y.getType() << ", which do not make "
                           << getResult().getType();
  }
  return success();
}

/// A state that nothing happens to.
OpFoldResult UpdateOp::fold(FoldAdaptor) {
  bool isIdle = getStates().size() == 1 && getDecays().empty() &&
                !getValueDecays() && getWrites().empty();
  return isIdle ? getStates().front() : Value();
}

#define GET_OP_CLASSES
#include "dialects/WY/WYOps.cpp.inc"

#include "dialects/WY/WYInterfaces.cpp.inc"
