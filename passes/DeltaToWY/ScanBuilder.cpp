//===- ScanBuilder.cpp - the chunk's graph of a token form ----------------===//

#include "passes/DeltaToWY/ScanBuilder.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

ScanBuilder::ScanBuilder(TokenForm &form, const ChunkSizes &sizes)
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

Type ScanBuilder::scalarType() { return ScalarType::get(op.getContext()); }
Type ScanBuilder::contractedType() {
  return VecType::get(op.getContext(), form.getContracted());
}
Type ScanBuilder::freeType() {
  return VecType::get(op.getContext(), form.getFree());
}

/// What one token has of a gate along `vector`: that, or a scalar.
Type ScanBuilder::gateType(Value gate, Type vector) {
  return cast<RankedTensorType>(gate.getType()).getRank() == 2 ? vector
                                                               : scalarType();
}

RankedTensorType ScanBuilder::tensorType(Type tokenType) {
  return scan.getChunkType(tokenType, ArgKind::VHeads);
}

bool ScanBuilder::isWrittenTo(unsigned write, unsigned group) const {
  return llvm::any_of(form.getGroups()[group], [&](unsigned state) {
    return form.getWriteKey(state, write) != nullptr;
  });
}

//===----------------------------------------------------------------------===//
// Write values
//===----------------------------------------------------------------------===//

/// Builds those that depend on no read; then one system for the others. While
/// its right sides are built these are null: only known ones enter.
void ScanBuilder::buildWriteValues() {
  ArrayRef<Value> values = form.getWriteValues();
  writeValues.resize(values.size());
  SmallVector<unsigned> unknowns;
  SmallVector<Row> rows;
  for (auto [m, value] : llvm::enumerate(values)) {
    if (!form.isDependent(value)) {
      writeValues[m] = tensorOf(value);
      continue;
    }
    unknowns.push_back(m);
    // The class promises that corrections are affine.
    rows.push_back(makeRow(*form.getAffine(value, /*withWriteValues=*/false)));
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
    writeValues[m] = solved;
}

//===----------------------------------------------------------------------===//
// Outputs and states
//===----------------------------------------------------------------------===//

/// A read of the incoming state by every token, all write values known.
Value ScanBuilder::tensorOfRead(ReadOp read) {
  Value known = dependentTensors.lookup(read);
  llvm::SaveAndRestore place(loc, read.getLoc());
  if (!known)
    known =
        read.getType() == freeType()
            ? buildRow(makeRow(*form.getAffine(read, /*withWriteValues=*/true)))
            : buildOtherRead(read);
  return dependentTensors[read] = known;
}

/// Makes tensors of values that are made of reads: of affine functions of them
/// one by one, of any others one wy.tokens for each type, so that what they
/// share is computed once.
void ScanBuilder::buildDependent(ArrayRef<Value> values) {
  llvm::MapVector<Type, llvm::SetVector<Value>> others;
  for (Value value : values) {
    if (dependentTensors.contains(value))
      continue;
    const AffineForm *affine =
        value.getType() == freeType()
            ? form.getAffine(value, /*withWriteValues=*/true)
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

Value ScanBuilder::buildNextState(unsigned state) {
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
  for (unsigned m = 0; m < writeValues.size(); ++m) {
    Value x;
    if (gate.contracted.empty()) {
      if (Value key = form.getWriteKey(state, m))
        x = tensorOf(key);
    } else {
      SmallVector<std::pair<Operand, Operand>> products;
      for (size_t j = 0; j < n; ++j)
        if (Value from = form.getWriteKey(states[j], m))
          products.push_back({{after(j), gateType(after(j), contractedType())},
                              {tensorOf(from), contractedType()}});
      if (!products.empty())
        x = dot(products);
    }
    if (!x)
      continue;
    Value y = writeValues[m];
    if (gate.freeAfter)
      y = mul({gate.freeAfter, gateType(gate.freeAfter, freeType())},
              {y, freeType()});
    if (!form.isLeft())
      std::swap(x, y);
    writes.append({x, y});
  }
  Value valueDecays = gate.freeAll;
  if (!form.isLeft() && n == 1) {
    decays.clear();
    if (gate.freeAll)
      decays.push_back(gate.freeAll);
    valueDecays =
        gate.contractedAll.empty() ? Value() : gate.contractedAll.front();
  }
  return wy::UpdateOp::create(b, loc, sources.front().getType(), sources,
                              decays, valueDecays, writes);
}

FailureOr<wy::ScanOp> ScanBuilder::build() {
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
  buildWriteValues();
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
