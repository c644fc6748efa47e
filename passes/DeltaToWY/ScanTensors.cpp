//===- ScanTensors.cpp - a chunk's tensors and maths of tokens ------------===//

#include "mlir/IR/IRMapping.h"
#include "passes/DeltaToWY/ScanBuilder.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// The scan, and maths that depend on no state
//===----------------------------------------------------------------------===//

void ScanBuilder::createScan() {
  b.setInsertionPoint(op);
  scan = wy::ScanOp::create(
      b, loc, op.getSymNameAttr(), b.getI64IntegerAttr(sizes.chunk),
      b.getI64IntegerAttr(sizes.keyDim), b.getI64IntegerAttr(sizes.valueDim),
      /*schedule=*/wy::ScheduleAttr(), op.getSignatureAttr());
  Block *graph = b.createBlock(&scan.getBody());
  for (BlockArgument arg : op.getStep().getArguments())
    graph->addArgument(
        scan.getChunkType(arg.getType(), op.getArgKind(arg.getArgNumber())),
        arg.getLoc());
}

/// An argument of every token is there; what is computed is asked of the first
/// wy.tokens, which is made when all that is wanted of it is known. What is
/// made of reads, the vector of an output's read, is built like an output: by
/// then all write values are known.
Value ScanBuilder::tensorOf(Value value) {
  if (auto arg = dyn_cast<BlockArgument>(value))
    if (op.getArgKind(arg.getArgNumber()) != ArgKind::Params)
      return scan.getGraph().getArgument(arg.getArgNumber());
  if (form.isDependent(value)) {
    buildDependent(value);
    return dependentTensors.lookup(value);
  }
  Operation *&placeholder = tokenValues[value];
  if (!placeholder)
    placeholder = UnrealizedConversionCastOp::create(
        b, loc, tensorType(value.getType()), ValueRange{});
  return placeholder->getResult(0);
}

/// Whether maths of tokens take a value as it is: an argument, a read, or what
/// is affine in reads and write values, which is built like an output. So a
/// read of the state after a write is one read, and nobody computes anew what
/// was written.
bool ScanBuilder::isSource(Value value) {
  return isa<BlockArgument>(value) || isa<ReadOp>(value.getDefiningOp()) ||
         (value.getType() == freeType() && form.isDependent(value) &&
          form.getAffine(value, /*withWriteValues=*/true));
}

/// The operations, in their order, of what `values` are made of, up to sources.
SmallVector<Operation *> ScanBuilder::getSlice(ArrayRef<Value> values) {
  llvm::SetVector<Operation *> slice;
  SmallVector<Value> pending(values);
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    if (!isSource(value) && slice.insert(value.getDefiningOp()))
      llvm::append_range(pending, value.getDefiningOp()->getOperands());
  }
  SmallVector<Operation *> ordered(slice.takeVector());
  llvm::sort(ordered,
             [](Operation *a, Operation *c) { return a->isBeforeInBlock(c); });
  return ordered;
}

wy::TokensOp ScanBuilder::buildTokens(ArrayRef<Value> values) {
  SmallVector<Operation *> slice = getSlice(values);
  llvm::SetVector<Value> sources;
  auto note = [&](Value value) {
    if (isSource(value))
      sources.insert(value);
  };
  for (Operation *made : slice)
    llvm::for_each(made->getOperands(), note);
  llvm::for_each(values, note);
  SmallVector<Value> inputs;
  SmallVector<Type> tokenTypes, resultTypes;
  for (Value source : sources) {
    auto arg = dyn_cast<BlockArgument>(source);
    inputs.push_back(arg ? scan.getGraph().getArgument(arg.getArgNumber())
                         : tensorOf(source));
    tokenTypes.push_back(source.getType());
  }
  for (Value value : values)
    resultTypes.push_back(scan.getChunkType(value.getType(), ArgKind::VHeads));
  SmallVector<Location> places;
  for (Value value : values)
    places.push_back(value.getLoc());
  auto tokens =
      wy::TokensOp::create(b, b.getFusedLoc(places), resultTypes, inputs);
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

void ScanBuilder::finishTokenMaths() {
  if (tokenValues.empty())
    return;
  SmallVector<Value> values;
  for (auto &[value, placeholder] : tokenValues)
    values.push_back(value);
  b.setInsertionPointToStart(&scan.getGraph());
  wy::TokensOp tokens = buildTokens(values);
  for (auto [entry, result] : llvm::zip(tokenValues, tokens.getResults())) {
    entry.second->getResult(0).replaceAllUsesWith(result);
    entry.second->erase();
  }
}

//===----------------------------------------------------------------------===//
// Small maths on tensors
//===----------------------------------------------------------------------===//

/// Σ a · b over pairs, a pair's second of any type that broadcasts.
Value ScanBuilder::dot(ArrayRef<std::pair<Operand, Operand>> products) {
  return wy::sumOfProducts(b, loc, products);
}

Value ScanBuilder::mul(Operand x, Operand y) { return dot({{x, y}}); }

Value ScanBuilder::sum(ArrayRef<Value> terms) {
  return terms.size() == 1
             ? terms.front()
             : Value(wy::SumOp::create(b, loc, terms.front().getType(), terms));
}

Value ScanBuilder::zeros(Type tokenType) {
  Value zero = form.build().constant(0);
  if (tokenType != scalarType())
    zero = form.build().broadcast(zero, tokenType);
  return tensorOf(zero);
}
