//===- ChunkBuilder.cpp - the chunk's graph of a token form ---------------===//

#include "passes/DeltaToWY/ChunkBuilder.h"
#include "lib/Analysis/Culprits.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/Support/SaveAndRestore.h"

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
Type ChunkBuilder::contractedType() {
  return VecType::get(op.getContext(), form.getContracted());
}
Type ChunkBuilder::freeType() {
  return VecType::get(op.getContext(), form.getFree());
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

/// Where the gate of a group comes from: its first decay.
Location ChunkBuilder::findGateLoc(ArrayRef<unsigned> group) {
  for (unsigned to : group)
    for (unsigned from : group)
      if (Operation *decay = findDecay(op, from, to))
        return decay->getLoc();
  return loc;
}

/// Refuses a decay of coupled states, with the place where they are coupled and
/// a read that says which axis is contracted.
LogicalResult ChunkBuilder::refuseCoupled(Operation *decay,
                                          ArrayRef<unsigned> group,
                                          const Twine &why) {
  // A gate that is made of other things than decays has no place of its own.
  InFlightDiagnostic error = emitError(decay ? decay->getLoc() : op.getLoc())
                             << "recurrence @" << op.getSymName()
                             << " has no chunk form: " << why;
  error.attachNote(findCoupling(op, group)->getLoc())
      << "the states feed each other here";
  if (ReadOp read = findRead(op, form.getContracted()))
    error.attachNote(read.getLoc())
        << "this read contracts " << stringifyAxis(form.getContracted());
  return error;
}

LogicalResult ChunkBuilder::buildGate(unsigned index) {
  ArrayRef<unsigned> group = form.getGroups()[index];
  Gate &gate = gates[index];
  ValueBuilder &token = form.build();
  llvm::SaveAndRestore place(loc, findGateLoc(group));
  auto isTrivial = [](const Decay &decay) {
    return decay.isPresent && decay.contracted.isTrivial() &&
           decay.free.isTrivial();
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
      gate.contractedKind = wy::GateKind::Factor;
      gate.contracted = {zeros(scalarType())};
      return success();
    }
    take(decay.contracted, false, gate.contracted, gate.contractedKind);
    // The one system takes free gates of one kind.
    bool anyFactor = false;
    for (unsigned i = 0; i < op.getStates().size(); ++i)
      anyFactor |= form.getDecay(i, i).free.factor != nullptr;
    take(decay.free, anyFactor, gate.free, gate.freeKind);
    return success();
  }

  // A matrix: all of its entries as vectors if one is.
  bool isVector = false;
  SmallVector<Value> entries;
  for (unsigned to : group)
    for (unsigned from : group) {
      const Decay &decay = form.getDecay(to, from);
      if (decay.isPresent && !decay.free.isTrivial())
        return refuseCoupled(findDecay(op, from, to, form.getFree()), group,
                             "states that feed each other decay along " +
                                 stringifyAxis(form.getFree()) +
                                 ", the axis that their reads do not contract");
      Value entry = decay.isPresent ? token.factor(decay.contracted) : Value();
      if (!entry)
        entry = token.constant(decay.isPresent ? 1 : 0);
      isVector |= isa<VecType>(entry.getType());
      entries.push_back(entry);
    }
  if (isVector && !form.isLeft()) {
    Operation *culprit = nullptr;
    for (unsigned to : group)
      for (unsigned from : group)
        if (!culprit)
          culprit = findDecay(op, from, to, form.getContracted());
    return refuseCoupled(culprit, group,
                         "states that feed each other decay along value and "
                         "are read from the right");
  }
  gate.contractedKind = wy::GateKind::Factor;
  for (Value entry : entries) {
    if (isVector && !isa<VecType>(entry.getType())) {
      entry = token.broadcast(entry, contractedType());
    }
    gate.contracted.push_back(tensorOf(entry));
  }
  return success();
}

LogicalResult ChunkBuilder::buildGates() {
  gates.resize(form.getGroups().size());
  for (unsigned g = 0; g < gates.size(); ++g)
    if (failed(buildGate(g)))
      return failure();
  for (auto [group, gate] : llvm::zip(form.getGroups(), gates)) {
    llvm::SaveAndRestore place(loc, findGateLoc(group));
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
    if (!gate.contracted.empty()) {
      gate.contractedBefore =
          accumulate(wy::Range::Before, *gate.contractedKind, gate.contracted);
      gate.contractedAfter =
          accumulate(wy::Range::After, *gate.contractedKind, gate.contracted);
      gate.contractedAll =
          accumulate(wy::Range::All, *gate.contractedKind, gate.contracted);
    }
    if (!gate.free.empty()) {
      gate.freeBefore =
          accumulate(wy::Range::Before, *gate.freeKind, gate.free).front();
      gate.freeAfter =
          accumulate(wy::Range::After, *gate.freeKind, gate.free).front();
      gate.freeAll =
          accumulate(wy::Range::All, *gate.freeKind, gate.free).front();
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
  auto partOf = [&](Value weight) -> Part & {
    for (Part &part : row.parts)
      if (part.weight == weight)
        return part;
    Part &part = row.parts.emplace_back();
    part.weight = weight;
    part.vectors.resize(op.getStates().size());
    part.diagonal.resize(form.getColumns().size());
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
  for (auto [m, coefficient] : affine.columns)
    if (coefficient && isa<VecType>(coefficient.getType()))
      row.vectorColumns.push_back({coefficient, m});
    else
      partOf(Value()).diagonal[m] =
          coefficient ? coefficient : token.constant(1);
  return row;
}

/// Σ_j (a_j ∘ D(t, start))ᵀ S_j over the states of a group, ∘ the free gate.
Value ChunkBuilder::buildReads(const Part &part, unsigned group) {
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

/// Scores of `vectors` (by state) with a column's rows in a group.
Value ChunkBuilder::buildScores(ArrayRef<Value> vectors, unsigned group,
                                unsigned column, Value diagonal) {
  const Gate &gate = gates[group];
  SmallVector<Value> rows, cols;
  for (unsigned state : form.getGroups()[group]) {
    rows.push_back(vectors[state] ? tensorOf(vectors[state])
                                  : zeros(contractedType()));
    Value row = form.getRow(state, column);
    cols.push_back(row ? tensorOf(row) : zeros(contractedType()));
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
      wy::ScoresOp::create(b, loc, type, rows, cols, kind, gate.contracted,
                           wy::SchemeAttr::get(op.getContext(), scheme),
                           diagonal ? tensorOf(diagonal) : Value());
  return scores;
}

/// The terms of one part, its weight not yet applied.
void ChunkBuilder::appendPart(const Part &part, SmallVectorImpl<Value> &terms) {
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
      auto kind = gate.freeKind
                      ? wy::GateKindAttr::get(op.getContext(), *gate.freeKind)
                      : wy::GateKindAttr();
      terms.push_back(
          wy::ApplyOp::create(b, loc, scores, columns[m], kind, gate.free));
    }
  }
  for (auto [m, coefficient] : llvm::enumerate(diagonal))
    if (coefficient)
      terms.push_back(
          mul({tensorOf(coefficient), scalarType()}, {columns[m], freeType()}));
}

Value ChunkBuilder::buildRow(const Row &row) {
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
  for (auto [coefficient, m] : row.vectorColumns)
    terms.push_back(
        mul({tensorOf(coefficient), freeType()}, {columns[m], freeType()}));
  return terms.empty() ? zeros(freeType()) : sum(terms);
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
  SmallVector<Location> places;
  for (auto [destination, row] : llvm::enumerate(rows)) {
    places.push_back(values[unknowns[destination]].getLoc());
    llvm::SaveAndRestore place(loc, places.back());
    rhs.push_back(buildRow(row));
    for (const Part &part : row.parts)
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
          if (const Gate &gate = gates[g]; !gate.free.empty()) {
            gated.push_back(term);
            solveGates.push_back(gate.free.front());
            gateKind = wy::GateKindAttr::get(op.getContext(), *gate.freeKind);
          }
        }
      }
  }
  SmallVector<Type> types(rhs.size(), rhs.front().getType());
  auto solve = wy::SolveOp::create(b, b.getFusedLoc(places), types, rhs, scores,
                                   weights, solveGates, b.getArrayAttr(terms),
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
/// the roles of the axes exchanged (E the free gate, D the contracted one).
Value ChunkBuilder::buildOtherRead(ReadOp read) {
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
  for (unsigned m = 0; m < columns.size(); ++m) {
    Value row = form.getRow(state, m);
    if (!row)
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
        b, loc, scoresType, vectors, columns[m], freeKind, gate.free,
        wy::SchemeAttr::get(op.getContext(), scheme), Value());
    terms.push_back(wy::ApplyOp::create(b, loc, scores, tensorOf(row),
                                        contractedKind, gate.contracted));
  }
  return sum(terms);
}

/// A read of the incoming state by every token, all columns known.
Value ChunkBuilder::tensorOfRead(ReadOp read) {
  Value known = dependentTensors.lookup(read);
  llvm::SaveAndRestore place(loc, read.getLoc());
  if (!known)
    known = read.getType() == freeType()
                ? buildRow(makeRow(*form.getAffine(read, /*withColumns=*/true)))
                : buildOtherRead(read);
  return dependentTensors[read] = known;
}

/// Makes tensors of values that are made of reads: of affine functions of them
/// one by one, of any others one wy.tokens for each type, so that what they
/// share is computed once.
void ChunkBuilder::buildDependent(ArrayRef<Value> values) {
  llvm::MapVector<Type, llvm::SetVector<Value>> others;
  for (Value value : values) {
    if (dependentTensors.contains(value))
      continue;
    const AffineForm *affine = value.getType() == freeType()
                                   ? form.getAffine(value, /*withColumns=*/true)
                                   : nullptr;
    llvm::SaveAndRestore place(loc, value.getLoc());
    if (affine)
      dependentTensors[value] = buildRow(makeRow(*affine));
    else if (auto read = value.getDefiningOp<ReadOp>())
      tensorOfRead(read);
    else
      others[value.getType()].insert(value);
  }
  for (auto &[type, together] : others) {
    wy::TokensOp tokens = buildTokens(together.getArrayRef());
    for (auto [value, tensor] : llvm::zip(together, tokens.getResults()))
      dependentTensors[value] = tensor;
  }
}

Value ChunkBuilder::buildNextState(unsigned state) {
  unsigned group = groupOf[state];
  const Gate &gate = gates[group];
  ArrayRef<unsigned> states = form.getGroups()[group];
  size_t n = states.size();
  size_t i = llvm::find(states, state) - states.begin();
  llvm::SaveAndRestore place(loc, op.getYield().getStates()[state].getLoc());
  auto after = [&](size_t from) { return gate.contractedAfter[i * n + from]; };

  SmallVector<Value> sources, decays, writes;
  for (size_t j = 0; j < n; ++j) {
    sources.push_back(scan.getStates()[states[j]]);
    if (!gate.contracted.empty())
      decays.push_back(gate.contractedAll[i * n + j]);
  }
  for (unsigned m = 0; m < columns.size(); ++m) {
    Value row;
    if (gate.contracted.empty()) {
      if (Value own = form.getRow(state, m))
        row = tensorOf(own);
    } else {
      SmallVector<std::pair<Operand, Operand>> products;
      for (size_t j = 0; j < n; ++j)
        if (Value from = form.getRow(states[j], m))
          products.push_back({{after(j), gateType(after(j), contractedType())},
                              {tensorOf(from), contractedType()}});
      if (!products.empty())
        row = dot(products);
    }
    if (!row)
      continue;
    Value column = columns[m];
    if (gate.freeAfter)
      column = mul({gate.freeAfter, gateType(gate.freeAfter, freeType())},
                   {column, freeType()});
    if (!form.isLeft())
      std::swap(row, column);
    writes.append({row, column});
  }
  Value columnDecay = gate.freeAll;
  if (!form.isLeft() && n == 1) {
    decays.clear();
    if (gate.freeAll)
      decays.push_back(gate.freeAll);
    columnDecay =
        gate.contractedAll.empty() ? Value() : gate.contractedAll.front();
  }
  return wy::UpdateOp::create(b, loc, sources.front().getType(), sources,
                              decays, columnDecay, writes);
}

/// Refuses a read of a coupled state from the side that is not contracted.
LogicalResult ChunkBuilder::refuseOtherRead(ReadOp read,
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
LogicalResult ChunkBuilder::refuseCycle(unsigned state, ReadOp read) {
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
LogicalResult ChunkBuilder::checkOtherReads() {
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
  // Of a state: those that its rows are read from.
  SmallVector<llvm::BitVector> sources(numStates, llvm::BitVector(numStates));
  SmallVector<ReadOp> firstReads(numStates);
  llvm::BitVector ofOutputs(numStates);
  if (failed(checkReads(op.getYield().getOutputs(), ofOutputs)))
    return failure();
  for (unsigned state = 0; state < numStates; ++state) {
    SmallVector<Value> rows;
    for (unsigned m = 0; m < form.getColumns().size(); ++m)
      if (Value row = form.getRow(state, m))
        rows.push_back(row);
    if (failed(checkReads(rows, sources[state], &firstReads[state])))
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

FailureOr<wy::ScanOp> ChunkBuilder::build() {
  createScan();
  auto fail = [&] {
    scan.erase();
    return failure();
  };
  if (failed(buildGates()))
    return fail();
  if (failed(checkOtherReads()))
    return fail();
  OperandRange outputs = op.getYield().getOutputs();
  buildColumns();
  SmallVector<Value> yielded, dependent;
  for (Value output : outputs)
    if (form.isDependent(output))
      dependent.push_back(output);
  buildDependent(dependent);
  for (unsigned state = 0; state < op.getStates().size(); ++state)
    yielded.push_back(buildNextState(state));
  for (Value output : outputs)
    yielded.push_back(tensorOf(output));
  wy::YieldOp::create(b, loc, yielded);
  finishTokenMaths();
  return scan;
}
