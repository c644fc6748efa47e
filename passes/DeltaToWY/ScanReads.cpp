//===- ScanReads.cpp - what the tokens of a chunk read --------------------===//

#include "lib/Analysis/Culprits.h"
#include "passes/DeltaToWY/ScanBuilder.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Reads of the chunk's first state, and of its writes
//===----------------------------------------------------------------------===//

ScanBuilder::Row ScanBuilder::makeRow(const AffineForm &affine) {
  ValueBuilder &token = form.build();
  Row row{affine.constant, {}, {}};
  auto partOf = [&](Value weight) -> Part & {
    for (Part &part : row.parts)
      if (part.weight == weight)
        return part;
    Part &part = row.parts.emplace_back();
    part.weight = weight;
    part.vectors.resize(op.getStates().size());
    part.diagonal.resize(form.getWriteValues().size());
    return part;
  };
  for (auto [state, read] : llvm::enumerate(affine.reads))
    if (read.vector)
      partOf(Value()).vectors[state] = token.mul(read.coefficient, read.vector);
  for (auto [key, weight] : affine.weighted) {
    auto [state, added] = key;
    Value &vector = partOf(weight).vectors[state];
    vector = token.add(vector, added);
  }
  for (auto [m, coefficient] : affine.writeValues)
    if (coefficient && isa<VecType>(coefficient.getType()))
      row.weightedValues.push_back({coefficient, m});
    else
      partOf(Value()).diagonal[m] =
          coefficient ? coefficient : token.constant(1);
  return row;
}

/// Σ_j (a_j ∘ D(t, start))ᵀ S_j over the states of a group, ∘ the free gate.
Value ScanBuilder::buildReads(const Part &part, unsigned group) {
  const Gate &gate = gates[group];
  ArrayRef<unsigned> states = form.getGroups()[group];
  size_t n = states.size();
  SmallVector<Value> terms;
  for (size_t j = 0; j < n; ++j) {
    // D takes state j at the start to state i at the token.
    SmallVector<std::pair<Operand, Operand>> products;
    for (size_t i = 0; i < n; ++i)
      if (Value vector = part.vectors[states[i]]) {
        if (gate.contracted.empty()) {
          products.push_back({{tensorOf(vector), contractedType()}, {}});
          continue;
        }
        Value before = gate.contractedBefore[i * n + j];
        products.push_back({{tensorOf(vector), contractedType()},
                            {before, gateType(before, contractedType())}});
      }
    if (products.empty())
      continue;
    Value vectors =
        gate.contracted.empty() ? products.front().first.tensor : dot(products);
    terms.push_back(wy::ReadOp::create(
        b, loc, form.isLeft() ? wy::Side::Left : wy::Side::Right,
        scan.getStates()[states[j]], vectors));
  }
  Value read = sum(terms);
  if (gate.freeBefore)
    read = mul({gate.freeBefore, gateType(gate.freeBefore, freeType())},
               {read, freeType()});
  return read;
}

/// Scores of `vectors` (by state) with the keys of a write to a group.
Value ScanBuilder::buildScores(ArrayRef<Value> vectors, unsigned group,
                               unsigned write, Value diagonal) {
  const Gate &gate = gates[group];
  SmallVector<Value> rows, keys;
  for (unsigned state : form.getGroups()[group]) {
    rows.push_back(vectors[state] ? tensorOf(vectors[state])
                                  : zeros(contractedType()));
    Value key = form.getWriteKey(state, write);
    keys.push_back(key ? tensorOf(key) : zeros(contractedType()));
  }
  wy::Scheme scheme = wy::Scheme::Ungated;
  wy::GateKindAttr kind;
  if (!gate.contracted.empty()) {
    bool isScalar = gate.contracted.size() == 1 &&
                    gateType(gate.contracted[0], {}) == scalarType();
    scheme = isScalar ? wy::Scheme::AfterProduct : wy::Scheme::Dyadic;
    kind = wy::GateKindAttr::get(op.getContext(), *gate.contractedKind);
  }
  auto type = RankedTensorType::get({sizes.chunk, sizes.chunk}, b.getF32Type());
  auto scores =
      wy::ScoresOp::create(b, loc, type, rows, keys, kind, gate.contracted,
                           wy::SchemeAttr::get(op.getContext(), scheme),
                           diagonal ? tensorOf(diagonal) : Value());
  return scores;
}

/// The terms of one part, its weight not yet applied.
void ScanBuilder::appendPart(const Part &part, SmallVectorImpl<Value> &terms) {
  SmallVector<Value> diagonal = part.diagonal;
  for (auto [g, states] : llvm::enumerate(form.getGroups())) {
    bool reads = llvm::any_of(
        states, [&](unsigned state) { return part.vectors[state] != nullptr; });
    if (!reads)
      continue;
    terms.push_back(buildReads(part, g));
    const Gate &gate = gates[g];
    for (unsigned m = 0; m < writeValues.size(); ++m) {
      if (!writeValues[m] || !isWrittenTo(m, g))
        continue;
      // A write of the token itself stands on the diagonal, once.
      Value scores =
          buildScores(part.vectors, g, m, std::exchange(diagonal[m], Value()));
      auto kind = gate.freeKind
                      ? wy::GateKindAttr::get(op.getContext(), *gate.freeKind)
                      : wy::GateKindAttr();
      terms.push_back(
          wy::ApplyOp::create(b, loc, scores, writeValues[m], kind, gate.free));
    }
  }
  for (auto [m, coefficient] : llvm::enumerate(diagonal))
    if (coefficient)
      terms.push_back(mul({tensorOf(coefficient), scalarType()},
                          {writeValues[m], freeType()}));
}

Value ScanBuilder::buildRow(const Row &row) {
  SmallVector<Value> terms;
  if (row.constant) {
    Value constant = row.constant;
    if (constant.getType() == scalarType())
      constant = form.build().broadcast(constant, freeType());
    terms.push_back(tensorOf(constant));
  }
  for (const Part &part : row.parts) {
    if (!part.weight) {
      appendPart(part, terms);
      continue;
    }
    SmallVector<Value> inside;
    appendPart(part, inside);
    terms.push_back(
        mul({tensorOf(part.weight), freeType()}, {sum(inside), freeType()}));
  }
  for (auto [coefficient, m] : row.weightedValues)
    terms.push_back(
        mul({tensorOf(coefficient), freeType()}, {writeValues[m], freeType()}));
  return terms.empty() ? zeros(freeType()) : sum(terms);
}

//===----------------------------------------------------------------------===//
// Reads from the other side
//===----------------------------------------------------------------------===//

/// A read from the other side, with all write values known:
///   S_t b = D(t, start)∘(S₀ (b∘E(t, start))) + Σ_s [y_s·E(t, s)·b] x_s∘D(t, s)
/// the roles of the axes exchanged (E the free gate, D the contracted one).
Value ScanBuilder::buildOtherRead(ReadOp read) {
  unsigned state = form.getStateIndex(read.getState());
  const Gate &gate = gates[groupOf[state]];
  Value vectors = tensorOf(read.getVector());
  Value decayed = vectors;
  if (gate.freeBefore)
    decayed = mul({gate.freeBefore, gateType(gate.freeBefore, freeType())},
                  {vectors, freeType()});
  SmallVector<Value> terms;
  Value first = wy::ReadOp::create(
      b, loc, form.isLeft() ? wy::Side::Right : wy::Side::Left,
      scan.getStates()[state], decayed);
  if (!gate.contracted.empty())
    first = mul({gate.contractedBefore[0],
                 gateType(gate.contractedBefore[0], contractedType())},
                {first, contractedType()});
  terms.push_back(first);
  auto scoresType =
      RankedTensorType::get({sizes.chunk, sizes.chunk}, b.getF32Type());
  for (unsigned m = 0; m < writeValues.size(); ++m) {
    Value key = form.getWriteKey(state, m);
    if (!key)
      continue;
    wy::Scheme scheme = wy::Scheme::Ungated;
    wy::GateKindAttr freeKind, contractedKind;
    if (!gate.free.empty()) {
      scheme = gateType(gate.free[0], {}) == scalarType()
                   ? wy::Scheme::AfterProduct
                   : wy::Scheme::Dyadic;
      freeKind = wy::GateKindAttr::get(op.getContext(), *gate.freeKind);
    }
    if (!gate.contracted.empty())
      contractedKind =
          wy::GateKindAttr::get(op.getContext(), *gate.contractedKind);
    Value scores = wy::ScoresOp::create(
        b, loc, scoresType, vectors, writeValues[m], freeKind, gate.free,
        wy::SchemeAttr::get(op.getContext(), scheme), Value());
    terms.push_back(wy::ApplyOp::create(b, loc, scores, tensorOf(key),
                                        contractedKind, gate.contracted));
  }
  return sum(terms);
}

/// Refuses a read of a coupled state from the side that is not contracted.
LogicalResult ScanBuilder::refuseOtherRead(ReadOp read,
                                           ArrayRef<unsigned> group) {
  InFlightDiagnostic error =
      emitError(read.getLoc())
      << "recurrence @" << op.getSymName()
      << " has no chunk form: a state that others feed is read from the side "
         "that its corrections are not";
  error.attachNote(findCoupling(op, group)->getLoc())
      << "the states feed each other here";
  return error;
}

/// Refuses corrections of a state that are read from itself.
LogicalResult ScanBuilder::refuseCycle(unsigned state, ReadOp read) {
  InFlightDiagnostic error =
      emitError(read.getLoc())
      << "recurrence @" << op.getSymName()
      << " has no chunk form: corrections of state '"
      << op.getName(op.getStates()[state]) << "' along "
      << stringifyAxis(form.getContracted())
      << " depend on each other, and so do those of another state along "
      << stringifyAxis(form.getFree());
  if (ReadOp other = findRead(op, form.getContracted()))
    error.attachNote(other.getLoc())
        << "corrections along " << stringifyAxis(form.getFree())
        << " are read here";
  return error;
}

/// Reads from the other side are of states that no other feeds, and need all
/// that is written to these: none may be of a state that follows from it.
LogicalResult ScanBuilder::checkOtherReads() {
  unsigned numStates = op.getStates().size();
  auto checkReads = [&](ValueRange values, llvm::BitVector &states,
                        ReadOp *first = nullptr) -> LogicalResult {
    for (ReadOp read : form.getReads(values)) {
      if (read.getType() == freeType())
        continue;
      if (first && !*first)
        *first = read;
      unsigned state = form.getStateIndex(read.getState());
      if (form.getGroups()[groupOf[state]].size() > 1)
        return refuseOtherRead(read, form.getGroups()[groupOf[state]]);
      states.set(state);
    }
    return success();
  };
  // Of a state: those that its write keys are read from.
  SmallVector<llvm::BitVector> sources(numStates, llvm::BitVector(numStates));
  SmallVector<ReadOp> firstReads(numStates);
  llvm::BitVector ofOutputs(numStates);
  if (failed(checkReads(op.getYield().getOutputs(), ofOutputs)))
    return failure();
  for (unsigned state = 0; state < numStates; ++state) {
    SmallVector<Value> keys;
    for (unsigned m = 0; m < form.getWriteValues().size(); ++m)
      if (Value key = form.getWriteKey(state, m))
        keys.push_back(key);
    if (failed(checkReads(keys, sources[state], &firstReads[state])))
      return failure();
  }
  for (unsigned through = 0; through < numStates; ++through)
    for (unsigned state = 0; state < numStates; ++state)
      if (sources[state][through])
        sources[state] |= sources[through];
  for (unsigned state = 0; state < numStates; ++state)
    if (sources[state][state])
      return refuseCycle(state, firstReads[state]);
  return success();
}
