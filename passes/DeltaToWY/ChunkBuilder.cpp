//===- ChunkBuilder.cpp - the chunk's graph of a token form ---------------===//

#include "passes/DeltaToWY/ChunkBuilder.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

ChunkBuilder::ChunkBuilder(TokenForm &form, const ChunkSizes &sizes)
    : form(form), op(form.getOp()), sizes(sizes), b(op.getContext()),
      loc(op.getLoc()) {
  groupOf.resize(op.getStates().size());
  for (auto [g, group] : llvm::enumerate(form.getGroups()))
    for (unsigned state : group)
      groupOf[state] = g;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type ChunkBuilder::scalarType() { return ScalarType::get(op.getContext()); }
Type ChunkBuilder::innerType() {
  return VecType::get(op.getContext(), form.getInner());
}
Type ChunkBuilder::outerType() {
  return VecType::get(op.getContext(), form.isLeft() ? Axis::Value : Axis::Key);
}

/// What one token has of a gate along `vector`: that, or a scalar.
Type ChunkBuilder::gateType(Value gate, Type vector) {
  return cast<RankedTensorType>(gate.getType()).getRank() == 2 ? vector
                                                               : scalarType();
}

RankedTensorType ChunkBuilder::tensorType(Type tokenType) {
  return scan.getChunkType(tokenType, ArgKind::VHeads);
}

bool ChunkBuilder::isWrittenTo(unsigned column, unsigned group) const {
  return llvm::any_of(form.getGroups()[group], [&](unsigned state) {
    return form.getRow(state, column) != nullptr;
  });
}

//===----------------------------------------------------------------------===//
// Gates
//===----------------------------------------------------------------------===//

LogicalResult ChunkBuilder::buildGate(unsigned index) {
  ArrayRef<unsigned> group = form.getGroups()[index];
  Gate &gate = gates[index];
  ValueBuilder &token = form.build();
  auto isTrivial = [](const Decay &decay) {
    return decay.isPresent && decay.inner.isTrivial() &&
           decay.outer.isTrivial();
  };
  if (group.size() == 1) {
    const Decay &decay = form.getDecay(group[0], group[0]);
    if (isTrivial(decay))
      return success();
    auto take = [&](const AxisGate &axis, bool asFactor,
                    SmallVector<Value> &tensors,
                    std::optional<wy::GateKind> &kind) {
      if (axis.isTrivial())
        return;
      asFactor |= axis.factor != nullptr;
      kind = asFactor ? wy::GateKind::Factor : wy::GateKind::Log;
      tensors = {tensorOf(asFactor ? token.factor(axis) : axis.log)};
    };
    if (!decay.isPresent) {
      gate.innerKind = wy::GateKind::Factor;
      gate.inner = {zeros(scalarType())};
      return success();
    }
    take(decay.inner, false, gate.inner, gate.innerKind);
    // The one system takes outer gates of one kind.
    bool anyFactor = false;
    for (unsigned i = 0; i < op.getStates().size(); ++i)
      anyFactor |= form.getDecay(i, i).outer.factor != nullptr;
    take(decay.outer, anyFactor, gate.outer, gate.outerKind);
    return success();
  }

  // A matrix: all of its entries as vectors if one is.
  bool isVector = false;
  SmallVector<Value> entries;
  for (unsigned to : group)
    for (unsigned from : group) {
      const Decay &decay = form.getDecay(to, from);
      if (decay.isPresent && !decay.outer.isTrivial())
        return op.emitError()
               << "has no chunk form: states that feed each other decay along "
               << stringifyAxis(form.isLeft() ? Axis::Value : Axis::Key)
               << ", the axis that their reads do not contract";
      Value entry = decay.isPresent ? token.factor(decay.inner) : Value();
      if (!entry)
        entry = token.constant(decay.isPresent ? 1 : 0);
      isVector |= isa<VecType>(entry.getType());
      entries.push_back(entry);
    }
  if (isVector && !form.isLeft())
    return op.emitError() << "has no chunk form: states that feed each other "
                             "decay along value and are read from the right";
  gate.innerKind = wy::GateKind::Factor;
  for (Value entry : entries) {
    if (isVector && !isa<VecType>(entry.getType())) {
      OpBuilder builder(op.getYield());
      entry = BroadcastOp::create(builder, loc, innerType(), entry);
    }
    gate.inner.push_back(tensorOf(entry));
  }
  return success();
}

LogicalResult ChunkBuilder::buildGates() {
  gates.resize(form.getGroups().size());
  for (unsigned g = 0; g < gates.size(); ++g)
    if (failed(buildGate(g)))
      return failure();
  for (Gate &gate : gates) {
    auto accumulate = [&](wy::Range range, wy::GateKind kind,
                          ArrayRef<Value> tensors) {
      auto type = cast<RankedTensorType>(tensors.front().getType());
      if (range == wy::Range::All)
        type = RankedTensorType::get(type.getShape().drop_front(),
                                     type.getElementType());
      SmallVector<Type> types(tensors.size(), type);
      auto made = wy::AccumulateOp::create(b, loc, types, range, kind, tensors);
      return SmallVector<Value>(made.getResults());
    };
    if (!gate.inner.empty()) {
      gate.innerBefore =
          accumulate(wy::Range::Before, *gate.innerKind, gate.inner);
      gate.innerAfter =
          accumulate(wy::Range::After, *gate.innerKind, gate.inner);
      gate.innerAll = accumulate(wy::Range::All, *gate.innerKind, gate.inner);
    }
    if (!gate.outer.empty()) {
      gate.outerBefore =
          accumulate(wy::Range::Before, *gate.outerKind, gate.outer).front();
      gate.outerAfter =
          accumulate(wy::Range::After, *gate.outerKind, gate.outer).front();
      gate.outerAll =
          accumulate(wy::Range::All, *gate.outerKind, gate.outer).front();
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Reads of the chunk's first state, and of its writes
//===----------------------------------------------------------------------===//

ChunkBuilder::Row ChunkBuilder::makeRow(const AffineForm &affine) {
  ValueBuilder &token = form.build();
  Row row{affine.constant, {}, {}};
  auto partOf = [&](Value weight) -> Combination & {
    for (Combination &part : row.parts)
      if (part.weight == weight)
        return part;
    Combination &part = row.parts.emplace_back();
    part.weight = weight;
    part.vectors.resize(op.getStates().size());
    part.diagonal.resize(form.getColumns().size());
    return part;
  };
  SmallVector<BlockArgument> states = op.getStates();
  for (auto [atom, coefficient] : affine.coefficients) {
    bool isVector = coefficient && isa<VecType>(coefficient.getType());
    if (auto read = atom.getDefiningOp<ReadOp>()) {
      Combination &part = partOf(isVector ? coefficient : Value());
      Value &vector =
          part.vectors[llvm::find(states, read.getState()) - states.begin()];
      vector = token.add(vector, token.mul(isVector ? Value() : coefficient,
                                           read.getVector()));
      continue;
    }
    unsigned m =
        llvm::find(form.getColumns(), atom) - form.getColumns().begin();
    if (isVector)
      row.vectorColumns.push_back({coefficient, m});
    else
      partOf(Value()).diagonal[m] =
          coefficient ? coefficient : token.constant(1);
  }
  return row;
}

/// Σ_j (a_j ∘ D(t, start))ᵀ S_j over the states of a group, ∘ the outer gate.
Value ChunkBuilder::buildReads(const Combination &part, unsigned group) {
  const Gate &gate = gates[group];
  ArrayRef<unsigned> states = form.getGroups()[group];
  size_t n = states.size();
  SmallVector<Value> terms;
  for (size_t j = 0; j < n; ++j) {
    // D takes state j at the start to state i at the token.
    SmallVector<std::pair<Operand, Operand>> products;
    for (size_t i = 0; i < n; ++i)
      if (Value vector = part.vectors[states[i]]) {
        if (gate.inner.empty()) {
          products.push_back({{tensorOf(vector), innerType()}, {}});
          continue;
        }
        Value before = gate.innerBefore[i * n + j];
        products.push_back({{tensorOf(vector), innerType()},
                            {before, gateType(before, innerType())}});
      }
    if (products.empty())
      continue;
    Value vectors =
        gate.inner.empty() ? products.front().first.tensor : dot(products);
    terms.push_back(wy::ReadOp::create(
        b, loc, form.isLeft() ? wy::Side::Left : wy::Side::Right,
        scan.getStates()[states[j]], vectors));
  }
  Value read = sum(terms);
  if (gate.outerBefore)
    read = mul({gate.outerBefore, gateType(gate.outerBefore, outerType())},
               {read, outerType()});
  return read;
}

/// Scores of `vectors` (by state) with a column's rows in a group.
Value ChunkBuilder::buildScores(ArrayRef<Value> vectors, unsigned group,
                                unsigned column, Value diagonal) {
  const Gate &gate = gates[group];
  SmallVector<Value> rows, cols;
  for (unsigned state : form.getGroups()[group]) {
    rows.push_back(vectors[state] ? tensorOf(vectors[state])
                                  : zeros(innerType()));
    Value row = form.getRow(state, column);
    cols.push_back(row ? tensorOf(row) : zeros(innerType()));
  }
  wy::Scheme scheme = wy::Scheme::Ungated;
  wy::GateKindAttr kind;
  if (!gate.inner.empty()) {
    bool isScalar =
        gate.inner.size() == 1 && gateType(gate.inner[0], {}) == scalarType();
    scheme = isScalar ? wy::Scheme::AfterProduct : wy::Scheme::Dyadic;
    kind = wy::GateKindAttr::get(op.getContext(), *gate.innerKind);
  }
  auto type = RankedTensorType::get({sizes.chunk, sizes.chunk}, b.getF32Type());
  auto scores =
      wy::ScoresOp::create(b, loc, type, rows, cols, kind, gate.inner,
                           wy::SchemeAttr::get(op.getContext(), scheme),
                           diagonal ? tensorOf(diagonal) : Value());
  return scores;
}

/// The terms of one combination, its weight not yet applied.
void ChunkBuilder::appendPart(const Combination &part,
                              SmallVectorImpl<Value> &terms) {
  SmallVector<Value> diagonal = part.diagonal;
  for (auto [g, states] : llvm::enumerate(form.getGroups())) {
    bool reads = llvm::any_of(
        states, [&](unsigned state) { return part.vectors[state] != nullptr; });
    if (!reads)
      continue;
    terms.push_back(buildReads(part, g));
    const Gate &gate = gates[g];
    for (unsigned m = 0; m < columns.size(); ++m) {
      if (!columns[m] || !isWrittenTo(m, g))
        continue;
      // A token's own column stands on the diagonal, once.
      Value scores =
          buildScores(part.vectors, g, m, std::exchange(diagonal[m], Value()));
      auto kind = gate.outerKind
                      ? wy::GateKindAttr::get(op.getContext(), *gate.outerKind)
                      : wy::GateKindAttr();
      terms.push_back(
          wy::ApplyOp::create(b, loc, scores, columns[m], kind, gate.outer));
    }
  }
  for (auto [m, coefficient] : llvm::enumerate(diagonal))
    if (coefficient)
      terms.push_back(mul({tensorOf(coefficient), scalarType()},
                          {columns[m], outerType()}));
}

Value ChunkBuilder::buildRow(const Row &row) {
  SmallVector<Value> terms;
  if (row.constant) {
    Value constant = row.constant;
    if (constant.getType() == scalarType()) {
      OpBuilder token(op.getYield());
      constant = BroadcastOp::create(token, loc, outerType(), constant);
    }
    terms.push_back(tensorOf(constant));
  }
  for (const Combination &part : row.parts) {
    if (!part.weight) {
      appendPart(part, terms);
      continue;
    }
    SmallVector<Value> inside;
    appendPart(part, inside);
    terms.push_back(
        mul({tensorOf(part.weight), outerType()}, {sum(inside), outerType()}));
  }
  for (auto [coefficient, m] : row.vectorColumns)
    terms.push_back(
        mul({tensorOf(coefficient), outerType()}, {columns[m], outerType()}));
  return terms.empty() ? zeros(outerType()) : sum(terms);
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

/// First those that depend on no read; then one system for the others. While
/// the right sides are built their columns are null: only known ones enter.
void ChunkBuilder::buildColumns() {
  ArrayRef<Value> values = form.getColumns();
  columns.resize(values.size());
  SmallVector<unsigned> unknowns;
  SmallVector<Row> rows;
  for (auto [m, value] : llvm::enumerate(values)) {
    if (!form.isDependent(value)) {
      columns[m] = tensorOf(value);
      continue;
    }
    unknowns.push_back(m);
    // The class promises that corrections are affine.
    rows.push_back(makeRow(*form.getAffine(value, /*withColumns=*/false)));
  }
  if (unknowns.empty())
    return;

  SmallVector<Value> rhs, scores, weights, solveGates;
  SmallVector<Attribute> terms;
  SmallVector<int64_t> weighted, gated;
  wy::GateKindAttr gateKind;
  for (auto [destination, row] : llvm::enumerate(rows)) {
    rhs.push_back(buildRow(row));
    for (const Combination &part : row.parts)
      for (auto [g, states] : llvm::enumerate(form.getGroups())) {
        if (llvm::none_of(states, [&](unsigned state) {
              return part.vectors[state] != nullptr;
            }))
          continue;
        for (auto [source, m] : llvm::enumerate(unknowns)) {
          if (!isWrittenTo(m, g))
            continue;
          int64_t term = scores.size();
          scores.push_back(buildScores(part.vectors, g, m, Value()));
          terms.push_back(b.getI64ArrayAttr({static_cast<int64_t>(destination),
                                             static_cast<int64_t>(source)}));
          if (part.weight) {
            weighted.push_back(term);
            weights.push_back(tensorOf(part.weight));
          }
          if (const Gate &gate = gates[g]; !gate.outer.empty()) {
            gated.push_back(term);
            solveGates.push_back(gate.outer.front());
            gateKind = wy::GateKindAttr::get(op.getContext(), *gate.outerKind);
          }
        }
      }
  }
  SmallVector<Type> types(rhs.size(), rhs.front().getType());
  auto solve = wy::SolveOp::create(b, loc, types, rhs, scores, weights,
                                   solveGates, b.getArrayAttr(terms),
                                   b.getDenseI64ArrayAttr(weighted),
                                   b.getDenseI64ArrayAttr(gated), gateKind);
  for (auto [m, solved] : llvm::zip(unknowns, solve.getResults()))
    columns[m] = solved;
}

//===----------------------------------------------------------------------===//
// Outputs and states
//===----------------------------------------------------------------------===//

/// A read from the other side, with all columns known:
///   S_t b = D(t, start)∘(S₀ (b∘E(t, start))) + Σ_s [y_s·E(t, s)·b] x_s∘D(t, s)
/// the roles of the axes exchanged (E the outer gate, D the inner one).
Value ChunkBuilder::buildOtherRead(ReadOp read) {
  SmallVector<BlockArgument> states = op.getStates();
  unsigned state = llvm::find(states, read.getState()) - states.begin();
  unsigned group = groupOf[state];
  const Gate &gate = gates[group];
  Value vectors = tensorOf(read.getVector());
  Value decayed = vectors;
  if (gate.outerBefore)
    decayed = mul({gate.outerBefore, gateType(gate.outerBefore, outerType())},
                  {vectors, outerType()});
  SmallVector<Value> terms;
  Value first = wy::ReadOp::create(
      b, loc, form.isLeft() ? wy::Side::Right : wy::Side::Left,
      scan.getStates()[state], decayed);
  if (!gate.inner.empty())
    first =
        mul({gate.innerBefore[0], gateType(gate.innerBefore[0], innerType())},
            {first, innerType()});
  terms.push_back(first);
  auto scoresType =
      RankedTensorType::get({sizes.chunk, sizes.chunk}, b.getF32Type());
  for (unsigned m = 0; m < columns.size(); ++m) {
    Value row = form.getRow(state, m);
    if (!row)
      continue;
    wy::Scheme scheme = wy::Scheme::Ungated;
    wy::GateKindAttr outerKind, innerKind;
    if (!gate.outer.empty()) {
      scheme = gateType(gate.outer[0], {}) == scalarType()
                   ? wy::Scheme::AfterProduct
                   : wy::Scheme::Dyadic;
      outerKind = wy::GateKindAttr::get(op.getContext(), *gate.outerKind);
    }
    if (!gate.inner.empty())
      innerKind = wy::GateKindAttr::get(op.getContext(), *gate.innerKind);
    Value scores = wy::ScoresOp::create(
        b, loc, scoresType, vectors, columns[m], outerKind, gate.outer,
        wy::SchemeAttr::get(op.getContext(), scheme), Value());
    terms.push_back(wy::ApplyOp::create(b, loc, scores, tensorOf(row),
                                        innerKind, gate.inner));
  }
  return sum(terms);
}

Value ChunkBuilder::buildOutput(Value value) {
  if (!form.isDependent(value))
    return tensorOf(value);
  if (value.getType() == outerType())
    if (std::optional<AffineForm> affine =
            form.getAffine(value, /*withColumns=*/true))
      return buildRow(makeRow(*affine));
  // Any function of reads: their tensors first, then the function.
  llvm::MapVector<Value, Value> known;
  for (ReadOp read : form.getReads(value)) {
    if (read.getType() != outerType()) {
      known[read] = buildOtherRead(read);
      continue;
    }
    AffineForm single;
    single.coefficients[read] = Value();
    known[read] = buildRow(makeRow(single));
  }
  return buildTokens(value, known).getResult(0);
}

Value ChunkBuilder::buildNextState(unsigned state) {
  unsigned group = groupOf[state];
  const Gate &gate = gates[group];
  ArrayRef<unsigned> states = form.getGroups()[group];
  size_t n = states.size();
  size_t i = llvm::find(states, state) - states.begin();
  auto after = [&](size_t from) { return gate.innerAfter[i * n + from]; };

  SmallVector<Value> sources, innerDecays, writes;
  for (size_t j = 0; j < n; ++j) {
    sources.push_back(scan.getStates()[states[j]]);
    if (!gate.inner.empty())
      innerDecays.push_back(gate.innerAll[i * n + j]);
  }
  for (unsigned m = 0; m < columns.size(); ++m) {
    Value row;
    if (gate.inner.empty()) {
      if (Value own = form.getRow(state, m))
        row = tensorOf(own);
    } else {
      SmallVector<std::pair<Operand, Operand>> products;
      for (size_t j = 0; j < n; ++j)
        if (Value from = form.getRow(states[j], m))
          products.push_back({{after(j), gateType(after(j), innerType())},
                              {tensorOf(from), innerType()}});
      if (!products.empty())
        row = dot(products);
    }
    if (!row)
      continue;
    Value column = columns[m];
    if (gate.outerAfter)
      column = mul({gate.outerAfter, gateType(gate.outerAfter, outerType())},
                   {column, outerType()});
    if (!form.isLeft())
      std::swap(row, column);
    writes.append({row, column});
  }
  SmallVector<Value> decays = innerDecays;
  Value columnDecay = gate.outerAll;
  if (!form.isLeft() && n == 1) {
    decays.clear();
    if (gate.outerAll)
      decays.push_back(gate.outerAll);
    columnDecay = gate.innerAll.empty() ? Value() : gate.innerAll.front();
  }
  return wy::UpdateOp::create(b, loc, sources.front().getType(), sources,
                              decays, columnDecay, writes);
}

FailureOr<wy::ScanOp> ChunkBuilder::build() {
  createScan();
  auto fail = [&] {
    scan.erase();
    return failure();
  };
  if (failed(buildGates()))
    return fail();
  for (Value output : op.getYield().getOutputs())
    for (ReadOp read : form.getReads(output)) {
      bool isOther = read.getType() != outerType();
      SmallVector<BlockArgument> states = op.getStates();
      unsigned group =
          groupOf[llvm::find(states, read.getState()) - states.begin()];
      if (isOther && form.getGroups()[group].size() > 1) {
        read.emitError() << "has no chunk form: a state that others feed is "
                            "read from the side that its corrections are not";
        return fail();
      }
    }
  buildColumns();
  SmallVector<Value> outputs, yielded;
  for (Value output : op.getYield().getOutputs())
    outputs.push_back(buildOutput(output));
  for (unsigned state = 0; state < op.getStates().size(); ++state)
    yielded.push_back(buildNextState(state));
  yielded.append(outputs);
  wy::YieldOp::create(b, loc, yielded);
  finishTokenMaths();
  return scan;
}
