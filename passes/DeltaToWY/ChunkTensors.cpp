//===- ChunkTensors.cpp - a chunk's tensors and maths of tokens -----------===//

#include "mlir/IR/IRMapping.h"
#include "passes/DeltaToWY/ChunkBuilder.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// The scan, and maths that depend on no state
//===----------------------------------------------------------------------===//

void ChunkBuilder::createScan() {
  b.setInsertionPoint(op);
  SmallVector<Type> types(op.getStep().getArgumentTypes());
  scan = wy::ScanOp::create(
      b, loc, op.getSymNameAttr(), b.getI64IntegerAttr(sizes.chunk),
      b.getI64IntegerAttr(sizes.keyDim), b.getI64IntegerAttr(sizes.valueDim),
      /*schedule=*/wy::ScheduleAttr(), op.getArgNamesAttr(),
      op.getArgKindsAttr(), b.getTypeArrayAttr(types), op.getOutputNamesAttr(),
      op.getOutputTypesAttr(), op.getArgRangesAttr());
  Block *graph = b.createBlock(&scan.getBody());
  for (BlockArgument arg : op.getStep().getArguments())
    graph->addArgument(
        scan.getChunkType(arg.getType(), op.getArgKind(arg.getArgNumber())),
        arg.getLoc());
}

/// An argument of every token is there; what is computed is asked of the first
/// wy.tokens, which is made when all that is wanted of it is known. What is
/// made of reads, the vector of an output's read, is built like an output: by
/// then all columns are known.
Value ChunkBuilder::tensorOf(Value value) {
  if (auto arg = dyn_cast<BlockArgument>(value))
    if (op.getArgKind(arg.getArgNumber()) != ArgKind::Params)
      return scan.getGraph().getArgument(arg.getArgNumber());
  if (Value known = dependentTensors.lookup(value))
    return known;
  if (!tokenValues.contains(value) && form.isDependent(value)) {
    Value built = buildOutput(value);
    return dependentTensors[value] = built;
  }
  Operation *&placeholder = tokenValues[value];
  if (!placeholder)
    placeholder = UnrealizedConversionCastOp::create(
        b, loc, tensorType(value.getType()), ValueRange{});
  return placeholder->getResult(0);
}

/// The values' operations, operands first, of those that `values` are made of
/// and that are not `known`.
static SmallVector<Operation *>
getSlice(ArrayRef<Value> values, llvm::function_ref<bool(Value)> known) {
  llvm::SetVector<Operation *> slice;
  SmallVector<Value> pending(values);
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    Operation *made = value.getDefiningOp();
    if (!made || known(value) || !slice.insert(made))
      continue;
    llvm::append_range(pending, made->getOperands());
  }
  SmallVector<Operation *> ordered(slice.takeVector());
  llvm::sort(ordered,
             [](Operation *a, Operation *c) { return a->isBeforeInBlock(c); });
  return ordered;
}

wy::TokensOp
ChunkBuilder::buildTokens(ArrayRef<Value> values,
                          const llvm::MapVector<Value, Value> &known) {
  SmallVector<Operation *> slice =
      getSlice(values, [&](Value value) { return known.contains(value); });
  llvm::SetVector<Value> sources;
  auto note = [&](Value value) {
    if (isa<BlockArgument>(value) || known.contains(value))
      sources.insert(value);
  };
  for (Operation *made : slice)
    llvm::for_each(made->getOperands(), note);
  llvm::for_each(values, note);

  SmallVector<Value> inputs;
  SmallVector<Type> tokenTypes, resultTypes;
  for (Value source : sources) {
    auto it = known.find(source);
    inputs.push_back(it != known.end()
                         ? it->second
                         : scan.getGraph().getArgument(
                               cast<BlockArgument>(source).getArgNumber()));
    tokenTypes.push_back(source.getType());
  }
  for (Value value : values)
    resultTypes.push_back(scan.getChunkType(value.getType(), ArgKind::VHeads));
  auto tokens = wy::TokensOp::create(b, loc, resultTypes, inputs);
  OpBuilder::InsertionGuard guard(b);
  Block *step = b.createBlock(&tokens.getBody(), {}, tokenTypes,
                              SmallVector<Location>(tokenTypes.size(), loc));
  IRMapping mapping;
  mapping.map(sources.getArrayRef(), step->getArguments());
  for (Operation *made : slice)
    b.clone(*made, mapping);
  SmallVector<Value> yielded;
  for (Value value : values)
    yielded.push_back(mapping.lookup(value));
  wy::YieldOp::create(b, loc, yielded);
  return tokens;
}

void ChunkBuilder::finishTokenMaths() {
  if (tokenValues.empty())
    return;
  SmallVector<Value> values;
  for (auto &[value, placeholder] : tokenValues)
    values.push_back(value);
  b.setInsertionPointToStart(&scan.getGraph());
  wy::TokensOp tokens = buildTokens(values, {});
  for (auto [entry, result] : llvm::zip(tokenValues, tokens.getResults())) {
    entry.second->getResult(0).replaceAllUsesWith(result);
    entry.second->erase();
  }
}

//===----------------------------------------------------------------------===//
// Small maths on tensors
//===----------------------------------------------------------------------===//

/// Σ a · b over pairs, a pair's second of any type that broadcasts.
Value ChunkBuilder::dot(ArrayRef<std::pair<Operand, Operand>> products) {
  SmallVector<Value> inputs;
  SmallVector<Type> types;
  for (auto &[x, y] : products)
    for (const Operand &operand : {x, y}) {
      inputs.push_back(operand.tensor);
      types.push_back(operand.type);
    }
  Type result = scalarType();
  for (Type type : types)
    if (isa<VecType>(type))
      result = type;
  auto tokens =
      wy::TokensOp::create(b, loc, TypeRange{tensorType(result)}, inputs);
  OpBuilder::InsertionGuard guard(b);
  Block *step = b.createBlock(&tokens.getBody(), {}, types,
                              SmallVector<Location>(types.size(), loc));
  Value total;
  for (size_t i = 0; i < products.size(); ++i) {
    Value product = delta::MulOp::create(b, loc, step->getArgument(2 * i),
                                         step->getArgument(2 * i + 1));
    total =
        total ? Value(delta::AddOp::create(b, loc, total, product)) : product;
  }
  wy::YieldOp::create(b, loc, total);
  return tokens.getResult(0);
}

Value ChunkBuilder::mul(Operand x, Operand y) { return dot({{x, y}}); }

Value ChunkBuilder::sum(ArrayRef<Value> terms) {
  return terms.size() == 1
             ? terms.front()
             : Value(wy::SumOp::create(b, loc, terms.front().getType(), terms));
}

Value ChunkBuilder::zeros(Type tokenType) {
  Value zero = form.build().constant(0);
  if (tokenType != scalarType()) {
    OpBuilder token(op.getYield());
    zero = BroadcastOp::create(token, loc, tokenType, zero);
  }
  return tensorOf(zero);
}
