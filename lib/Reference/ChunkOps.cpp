//===- ChunkOps.cpp - The meaning of each op of a chunk -------------------===//
//
// The formulas are those of dialects/WY/WYOps.td. Rows of tokens that do not
// exist are neither read nor written.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/ChunkProgram.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::wy;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;

namespace {
/// The product of the gates of some neighbouring tokens, which grows at either
/// end: one number or a vector, of several states an n × n matrix of them,
/// with later tokens on the left. Without a gate it is 1.
template <typename Number> class GateProduct {
public:
  /// Entries in row-major order; ChunkProgram.cpp says how long `scratch` is.
  GateProduct(SmallVector<Tensor<Number>, 1> entries,
              std::optional<GateKind> kind, Number *scratch)
      : gate(std::move(entries)), isLog(kind == GateKind::Log) {
    while (states * states < gate.size())
      ++states;
    width = gate.empty() ? 1 : gate.front().width;
    size_t size = states * states * width;
    product = scratch;
    sums = scratch + size;
    matrix = scratch + 2 * size;
  }

  /// The product over no tokens.
  void reset() {
    std::fill_n(product, states * states * width, 0);
    for (size_t i = 0; i < states; ++i)
      std::fill_n(product + i * (states + 1) * width, width, 1);
    std::fill_n(sums, width, 0);
  }
  void appendLater(int64_t token) { multiply(token, /*isLater=*/true); }
  void appendEarlier(int64_t token) { multiply(token, /*isLater=*/false); }

  int64_t getWidth() const { return width; }
  const Number *entry(size_t index) const { return product + index * width; }
  /// Element c of the entry from state j to state i.
  Number operator()(int64_t c, size_t i = 0, size_t j = 0) const {
    return entry(i * states + j)[width == 1 ? 0 : c];
  }

private:
  void multiply(int64_t token, bool isLater);

  SmallVector<Tensor<Number>, 1> gate;
  bool isLog;
  size_t states = 1;
  int64_t width;
  /// Entry by entry; of logs also their sums; and a matrix of entries'
  /// elements.
  Number *product, *sums, *matrix;
};

/// Runs the ops of one chunk.
template <typename Number> class ChunkExecutor {
  using Tensor = reference::Tensor<Number>;
  using GateProduct = ::GateProduct<Number>;

public:
  ChunkExecutor(const ChunkProgram &program, Number *arena, int64_t tokens)
      : program(program), arena(arena), tokens(tokens) {}

  void execute(TokensOp op);
  void execute(SumOp op);
  void execute(AccumulateOp op);
  void execute(ScoresOp op);
  void execute(ApplyOp op);
  void execute(SolveOp op);
  void execute(DecaysOp op);
  void execute(ScaleOp op);
  void execute(ProductOp op);
  void execute(InverseOp op);
  void execute(ReadOp op);
  void execute(UpdateOp op);
  void execute(JoinOp op);
  void execute(ApplyTransposedOp op);
  void execute(SolveTransposedOp op);
  void execute(TokenSumsOp op);
  void execute(PairSumsOp op);
  void execute(DotStatesOp op);

private:
  void merge(AccumulateOp op);
  Tensor at(Value value) const { return program.at(value, arena); }
  SmallVector<Tensor, 1> at(mlir::ValueRange values) const {
    return map_to_vector<1>(values, [&](Value value) { return at(value); });
  }
  Number *scratch() const { return arena + program.scratch; }
  GateProduct between(mlir::ValueRange gate, std::optional<GateKind> kind) {
    return {at(gate), kind, scratch()};
  }

  const ChunkProgram &program;
  Number *arena;
  int64_t tokens;
  /// Of one token's maths.
  SmallVector<double, 0> numbers;
};
} // namespace

template <typename Number>
void GateProduct<Number>::multiply(int64_t token, bool isLater) {
  if (gate.empty())
    return;
  if (states == 1) {
    const Number *factor = gate.front().row(token);
    for (int64_t c = 0; c < width; ++c)
      product[c] =
          isLog ? std::exp(sums[c] += factor[c]) : product[c] * factor[c];
    return;
  }
  for (int64_t c = 0; c < width; ++c) {
    auto factor = [&](size_t i, size_t j) {
      return gate[i * states + j].row(token)[c];
    };
    auto old = [&](size_t i, size_t j) {
      return product[(i * states + j) * width + c];
    };
    for (size_t i = 0; i < states; ++i)
      for (size_t j = 0; j < states; ++j) {
        Number sum = 0;
        for (size_t k = 0; k < states; ++k)
          sum += isLater ? factor(i, k) * old(k, j) : old(i, k) * factor(k, j);
        matrix[i * states + j] = sum;
      }
    for (size_t entry = 0; entry < states * states; ++entry)
      product[entry * width + c] = matrix[entry];
  }
}

//===----------------------------------------------------------------------===//
// Token by token
//===----------------------------------------------------------------------===//

/// Functions have one meaning, in float64; of float32 every result is rounded.
template <typename Number> void ChunkExecutor<Number>::execute(TokensOp op) {
  const Program &step = program.steps.find(op)->second;
  numbers.resize(step.numNumbers);
  auto slotOf = [&](Slot slot) { return numbers.begin() + slot.offset; };
  for (auto [slot, value] : step.constants)
    *slotOf(slot) = static_cast<Number>(value);
  for (int64_t t = 0; t < tokens; ++t) {
    for (const Load &load : step.tokenLoads) {
      Value input = op.getInputs()[load.argument];
      int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
      bool isVector = isa<delta::VecType>(
          op.getStep().getArgument(load.argument).getType());
      bool isConstant = rank == (isVector ? 1 : 0);
      Tensor tensor = at(input);
      std::copy_n(isConstant ? tensor.data : tensor.row(t), load.slot.size,
                  slotOf(load.slot));
    }
    for (const Instruction &instruction : step.instructions) {
      evaluate(instruction, numbers.data());
      for (double &result :
           MutableArrayRef(slotOf(instruction.out), instruction.out.size))
        result = static_cast<Number>(result);
    }
    for (auto [slot, result] : zip_equal(step.outputs, op.getResults()))
      std::transform(slotOf(slot), slotOf(slot) + slot.size, at(result).row(t),
                     [](double x) { return static_cast<Number>(x); });
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(SumOp op) {
  Tensor out = at(op.getResult());
  int64_t size =
      program.shapes->hasRows(op.getResult()) ? tokens * out.width : out.size;
  std::fill_n(out.data, size, 0);
  for (Value term : op.getTerms()) {
    const Number *in = at(term).data;
    for (int64_t i = 0; i < size; ++i)
      out.data[i] += in[i];
  }
}

//===----------------------------------------------------------------------===//
// Between tokens
//===----------------------------------------------------------------------===//

/// Of blocks of twice the size: one half's product goes on through all of the
/// other half.
template <typename Number> void ChunkExecutor<Number>::merge(AccumulateOp op) {
  SmallVector<Tensor, 1> gate = at(op.getGate()), finer = at(op.getFiner());
  SmallVector<Tensor, 1> results = at(op.getResults());
  auto half = static_cast<int64_t>(*op.getBlock() / 2);
  bool isBefore = op.getRange() == Range::Before;
  auto n = static_cast<size_t>(getNumStates(gate.size()));
  auto factor = [&](size_t entry, int64_t t, int64_t c) {
    Number g = gate[entry].row(t)[c];
    return op.getKind() == GateKind::Log ? std::exp(g) : g;
  };
  for (int64_t t = 0; t < tokens; ++t) {
    // The token of the other half that is next to this one.
    int64_t middle = t / half * half + (isBefore ? 0 : half);
    int64_t next = isBefore ? middle - 1 : middle;
    bool reaches = t / half % 2 == (isBefore ? 1 : 0) && next < tokens;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j)
        for (int64_t c = 0; c < gate.front().width; ++c) {
          if (!reaches) {
            results[i * n + j].row(t)[c] = finer[i * n + j].row(t)[c];
            continue;
          }
          // P_t · (g P)_next, or (U g)_next · U_t.
          Number sum = 0;
          for (size_t k = 0; k < n; ++k)
            for (size_t l = 0; l < n; ++l)
              sum += isBefore ? finer[i * n + k].row(t)[c] *
                                    (factor(k * n + l, next, c) *
                                     finer[l * n + j].row(next)[c])
                              : (finer[i * n + k].row(next)[c] *
                                 factor(k * n + l, next, c)) *
                                    finer[l * n + j].row(t)[c];
          results[i * n + j].row(t)[c] = sum;
        }
  }
}

template <typename Number>
void ChunkExecutor<Number>::execute(AccumulateOp op) {
  if (!op.getFiner().empty())
    return merge(op);
  GateProduct product = between(op.getGate(), op.getKind());
  SmallVector<Tensor, 1> results = at(op.getResults());
  auto store = [&](int64_t row) {
    for (auto [i, result] : enumerate(results))
      std::copy_n(product.entry(i), product.getWidth(), result.row(row));
  };
  product.reset();
  int64_t block = op.getBlock() ? static_cast<int64_t>(*op.getBlock()) : tokens;
  switch (op.getRange()) {
  case Range::Before:
    for (int64_t t = 0; t < tokens; ++t) {
      if (t % block == 0)
        product.reset();
      store(t);
      product.appendLater(t);
    }
    return;
  case Range::After:
    for (int64_t t = tokens - 1; t >= 0; --t) {
      if (t % block == block - 1)
        product.reset();
      store(t);
      product.appendEarlier(t);
    }
    return;
  case Range::All:
    for (int64_t t = 0; t < tokens; ++t)
      product.appendLater(t);
    return store(0);
  }
}

template <typename Number>
static Number dot(const Number *x, const Number *y, int64_t size) {
#pragma clang fp reassociate(on)
  Number sum = 0;
  for (int64_t c = 0; c < size; ++c)
    sum += x[c] * y[c];
  return sum;
}

/// True if there is no mask, or it has the pair.
static bool has(std::optional<MaskAttr> mask, int64_t t, int64_t s) {
  return !mask || mask->contains(t, s);
}

template <typename Number> void ChunkExecutor<Number>::execute(ScoresOp op) {
  SmallVector<Tensor, 1> rows = at(op.getRows()), columns = at(op.getColumns());
  Tensor out = at(op.getResult());
  int64_t size = rows.front().width;
  bool isGated = !op.getGate().empty();
  GateProduct decay = between(op.getGate(), op.getKind());
  for (int64_t t = 0; t < tokens; ++t) {
    Number *scores = out.row(t);
    std::fill_n(scores, out.width, 0);
    if (op.getDiagonal())
      scores[t] = *at(op.getDiagonal()).row(t);
    decay.reset();
    for (int64_t s = t - 1; s >= 0; --s) {
      Number sum = 0;
      for (auto [i, row] : enumerate(rows))
        for (auto [j, column] : enumerate(columns)) {
          const Number *a = row.row(t), *x = column.row(s);
          if (isGated)
            for (int64_t c = 0; c < size; ++c)
              sum += a[c] * decay(c, i, j) * x[c];
          else if (i == j)
            sum += dot(a, x, size);
        }
      scores[s] = has(op.getMask(), t, s) ? sum : 0;
      decay.appendEarlier(s);
    }
  }
}

/// out += a · D ∘ y
template <typename Number>
static void addDecayed(Number a, const GateProduct<Number> &decay,
                       const Number *y, int64_t size, Number *out) {
  if (decay.getWidth() == 1) {
    a *= decay(0);
    for (int64_t c = 0; c < size; ++c)
      out[c] += a * y[c];
    return;
  }
  for (int64_t c = 0; c < size; ++c)
    out[c] += a * decay(c) * y[c];
}

template <typename Number> void ChunkExecutor<Number>::execute(ApplyOp op) {
  Tensor scores = at(op.getScores()), values = at(op.getValues());
  Tensor out = at(op.getResult());
  GateProduct decay = between(op.getGate(), op.getKind());
  for (int64_t t = 0; t < tokens; ++t) {
    std::fill_n(out.row(t), out.width, 0);
    decay.reset();
    for (int64_t s = t; s >= 0; --s) {
      if (has(op.getMask(), t, s))
        addDecayed(scores.row(t)[s], decay, values.row(s), out.width,
                   out.row(t));
      if (s < t)
        decay.appendEarlier(s);
    }
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(SolveOp op) {
  SmallVector<Tensor, 1> unknowns = at(op.getResults());
  SmallVector<SolveOp::Term> terms = op.getTermList();
  int64_t width = unknowns.front().width;
  Number *sum = scratch(), *rest = sum + width;
  SmallVector<GateProduct> decays;
  for (const SolveOp::Term &term : terms) {
    SmallVector<Tensor, 1> gate;
    if (term.gate)
      gate.push_back(at(term.gate));
    decays.emplace_back(std::move(gate), op.getKind(), rest);
  }
  for (int64_t t = 0; t < tokens; ++t) {
    for (auto [unknown, rhs] : zip_equal(unknowns, op.getRhs()))
      std::copy_n(at(rhs).row(t), width, unknown.row(t));
    for (auto [term, decay] : zip_equal(terms, decays)) {
      const Number *scores = at(term.scores).row(t);
      std::fill_n(sum, width, 0);
      decay.reset();
      for (int64_t s = t - 1; s >= 0; --s) {
        addDecayed(scores[s], decay, unknowns[term.source].row(s), width, sum);
        decay.appendEarlier(s);
      }
      Number *out = unknowns[term.destination].row(t);
      const Number *weight = term.weight ? at(term.weight).row(t) : nullptr;
      for (int64_t c = 0; c < width; ++c)
        out[c] += weight ? weight[c] * sum[c] : sum[c];
    }
  }
}

//===----------------------------------------------------------------------===//
// Matrices of pairs
//===----------------------------------------------------------------------===//

template <typename Number> void ChunkExecutor<Number>::execute(DecaysOp op) {
  Tensor out = at(op.getResult());
  GateProduct decay = between(op.getGate(), op.getKind());
  for (int64_t t = 0; t < tokens; ++t) {
    std::fill_n(out.row(t), out.width, 0);
    out.row(t)[t] = 1;
    decay.reset();
    for (int64_t s = t - 1; s >= 0; --s) {
      out.row(t)[s] = decay(0);
      decay.appendEarlier(s);
    }
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(ScaleOp op) {
  Tensor in = at(op.getScores()), out = at(op.getResult());
  SmallVector<Tensor, 1> factors = at(op.getFactors());
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t s = 0; s < tokens; ++s) {
      Number scaled = in.row(t)[s];
      for (const Tensor &factor : factors)
        scaled *= factor.row(t)[s];
      if (op.getRows())
        scaled *= *at(op.getRows()).row(t);
      if (op.getColumns())
        scaled *= *at(op.getColumns()).row(s);
      out.row(t)[s] = scaled;
    }
}

template <typename Number> void ChunkExecutor<Number>::execute(ProductOp op) {
  int64_t n = op.getGrid();
  int64_t block = op.getBlock() ? static_cast<int64_t>(*op.getBlock()) : tokens;
  SmallVector<Tensor, 1> lhs = at(op.getLhs()), rhs = at(op.getRhs());
  SmallVector<Tensor, 1> results = at(op.getResults());
  for (const Tensor &out : results)
    std::fill_n(out.data, tokens * out.width, 0);
  for (auto [index, a] : enumerate(lhs)) {
    int64_t entry = op.getEntry(index), i = entry / n, k = entry % n;
    for (int64_t j = 0; j < n; ++j) {
      const Tensor &b = rhs[k * n + j], &out = results[i * n + j];
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t u = 0; u <= t; ++u)
          for (int64_t s = t / block * block; s <= u && has(op.getMask(), t, u);
               ++s)
            out.row(t)[s] += a.row(t)[u] * b.row(u)[s];
    }
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(InverseOp op) {
  int64_t n = op.getGrid(), block = static_cast<int64_t>(op.getBlock());
  SmallVector<Tensor, 1> scores = at(op.getScores()), out = at(op.getResults());
  for (auto [entry, result] : enumerate(out)) {
    std::fill_n(result.data, tokens * result.width, 0);
    for (int64_t t = 0; t < tokens; ++t)
      result.row(t)[t] = static_cast<int64_t>(entry) % (n + 1) == 0;
  }
  for (int64_t t = 0; t < tokens; ++t)
    for (auto [index, entry] : enumerate(op.getEntries()))
      for (int64_t u = t / block * block; u < t; ++u) {
        int64_t i = entry / n, k = entry % n;
        Number score = scores[index].row(t)[u];
        for (int64_t j = 0; j < n; ++j)
          for (int64_t s = t / block * block; s <= u; ++s)
            out[i * n + j].row(t)[s] += score * out[k * n + j].row(u)[s];
      }
}

//===----------------------------------------------------------------------===//
// The state
//===----------------------------------------------------------------------===//

template <typename Number> void ChunkExecutor<Number>::execute(ReadOp op) {
  Tensor state = at(op.getState()), vectors = at(op.getVectors());
  Tensor out = at(op.getResult());
  int64_t rows = state.size / state.width;
  for (int64_t t = 0; t < tokens; ++t) {
    const Number *vector = vectors.row(t);
    Number *result = out.row(t);
    if (op.getSide() == Side::Right) {
      for (int64_t i = 0; i < rows; ++i)
        result[i] = dot(state.row(i), vector, state.width);
      continue;
    }
    std::fill_n(result, state.width, 0);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < state.width; ++j)
        result[j] += vector[i] * state.row(i)[j];
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(UpdateOp op) {
  Tensor out = at(op.getResult());
  int64_t rows = out.size / out.width;
  // Element i of a decay: of all, or one number.
  auto element = [](const Tensor &decay, int64_t i) {
    return decay.data[decay.size == 1 ? 0 : i];
  };
  std::fill_n(out.data, out.size, 0);
  SmallVector<Tensor, 1> decays = at(op.getDecays());
  for (auto [index, value] : enumerate(op.getStates())) {
    Tensor state = at(value);
    for (int64_t i = 0; i < rows; ++i) {
      Number decay = decays.empty() ? 1 : element(decays[index], i);
      for (int64_t j = 0; j < out.width; ++j)
        out.row(i)[j] += decay * state.row(i)[j];
    }
  }
  if (op.getValueDecays()) {
    Tensor decay = at(op.getValueDecays());
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < out.width; ++j)
        out.row(i)[j] *= element(decay, j);
  }
  for (unsigned m = 0, e = op.getNumWrites(); m < e; ++m) {
    Tensor x = at(op.getAlongKey(m)), y = at(op.getAlongValue(m));
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < out.width; ++j)
          out.row(i)[j] += x.row(t)[i] * y.row(t)[j];
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(JoinOp op) {
  Tensor out = at(op.getResult());
  int64_t rows = out.size / out.width;
  std::copy_n(at(op.getWritten()).data, out.size, out.data);
  for (auto [from, by] : zip_equal(op.getStates(), op.getTransitions())) {
    Tensor state = at(from), transition = at(by);
    // An axis of size 1 is repeated.
    auto factor = [&](int64_t i, int64_t j) {
      bool hasRows = transition.size > transition.width;
      return transition.row(hasRows ? i : 0)[transition.width > 1 ? j : 0];
    };
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < out.width; ++j)
        switch (op.getKind()) {
        case JoinKind::Left:
          for (int64_t k = 0; k < rows; ++k)
            out.row(i)[j] += transition.row(i)[k] * state.row(k)[j];
          break;
        case JoinKind::Right:
          for (int64_t k = 0; k < out.width; ++k)
            out.row(i)[j] += state.row(i)[k] * transition.row(k)[j];
          break;
        case JoinKind::Elementwise:
          out.row(i)[j] += factor(i, j) * state.row(i)[j];
          break;
        }
  }
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

template <typename Number>
void ChunkExecutor<Number>::execute(ApplyTransposedOp op) {
  Tensor scores = at(op.getScores()), values = at(op.getValues());
  Tensor out = at(op.getResult());
  for (int64_t s = 0; s < tokens; ++s) {
    std::fill_n(out.row(s), out.width, 0);
    for (int64_t t = s; t < tokens; ++t)
      if (has(op.getMask(), t, s))
        for (int64_t c = 0; c < out.width; ++c)
          out.row(s)[c] += scores.row(t)[s] * values.row(t)[c];
  }
}

template <typename Number>
void ChunkExecutor<Number>::execute(SolveTransposedOp op) {
  SmallVector<Tensor, 1> unknowns = at(op.getResults());
  int64_t width = unknowns.front().width;
  for (int64_t s = tokens - 1; s >= 0; --s) {
    for (auto [unknown, rhs] : zip_equal(unknowns, op.getRhs()))
      std::copy_n(at(rhs).row(s), width, unknown.row(s));
    for (const SystemTerm &term : op.getTermList()) {
      SmallVector<Tensor, 1> gate;
      if (term.gate)
        gate.push_back(at(term.gate));
      GateProduct decay(std::move(gate), op.getKind(), scratch());
      decay.reset();
      Number *out = unknowns[term.source].row(s);
      for (int64_t t = s + 1; t < tokens; ++t) {
        const Number *x = unknowns[term.destination].row(t);
        const Number *weight = term.weight ? at(term.weight).row(t) : nullptr;
        Number score = at(term.scores).row(t)[s];
        for (int64_t c = 0; c < width; ++c)
          out[c] += score * decay(c) * (weight ? weight[c] * x[c] : x[c]);
        decay.appendLater(t);
      }
    }
  }
}

/// Row by row, from the end that has no sum: the last row's sum and what its
/// token gives go on, through the token's gate.
template <typename Number> void ChunkExecutor<Number>::execute(TokenSumsOp op) {
  SmallVector<Tensor, 1> terms = at(op.getTerms()), gate = at(op.getGate());
  SmallVector<Tensor, 1> results = at(op.getResults());
  auto n = static_cast<size_t>(getNumStates(terms.size()));
  int64_t width = terms.front().width;
  if (op.getRange() == Range::All) {
    for (auto [term, result] : zip_equal(terms, results)) {
      std::fill_n(result.data, width, 0);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t c = 0; c < width; ++c)
          result.data[c] += term.row(t)[c];
    }
    return;
  }
  bool isAfter = op.getRange() == Range::After;
  int64_t block = op.getBlock() ? static_cast<int64_t>(*op.getBlock()) : tokens;
  auto factor = [&](size_t i, size_t j, int64_t t, int64_t c) -> Number {
    if (gate.empty())
      return 1;
    Number g = gate[i * n + j].row(t)[c];
    return op.getKind() == GateKind::Log ? std::exp(g) : g;
  };
  for (int64_t i = 0; i < tokens; ++i) {
    int64_t t = isAfter ? tokens - 1 - i : i, next = isAfter ? t + 1 : t - 1;
    bool isFirst = next < 0 || next >= tokens || next / block != t / block;
    for (size_t r = 0; r < n; ++r)
      for (size_t k = 0; k < n; ++k)
        for (int64_t c = 0; c < width; ++c) {
          Number sum = isFirst ? 0 : terms[r * n + k].row(next)[c];
          // Gᵀ R after the token, R Gᵀ before it.
          for (size_t j = 0; j < n && !isFirst; ++j)
            sum +=
                isAfter
                    ? factor(j, r, next, c) * results[j * n + k].row(next)[c]
                    : results[r * n + j].row(next)[c] * factor(k, j, next, c);
          results[r * n + k].row(t)[c] = sum;
        }
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(PairSumsOp op) {
  Tensor pairs = at(op.getPairs()), out = at(op.getResult());
  Value gate = op.getGate();
  auto factor = [&](int64_t t) -> Number {
    Number g = at(gate).row(t)[0];
    return op.getKind() == GateKind::Log ? std::exp(g) : g;
  };
  for (int64_t u = 0; u < tokens; ++u) {
    Number sum = 0;
    switch (op.getSum()) {
    case PairSum::Rows:
      for (int64_t s = 0; s <= u; ++s)
        sum += pairs.row(u)[s];
      break;
    case PairSum::Columns:
      for (int64_t t = u; t < tokens; ++t)
        sum += pairs.row(t)[u];
      break;
    case PairSum::Diagonal:
      sum = pairs.row(u)[u];
      break;
    case PairSum::Between: {
      Number after = 1;
      for (int64_t t = u + 1; t < tokens; ++t) {
        Number decay = after;
        for (int64_t s = u - 1; s >= 0; --s) {
          sum += pairs.row(t)[s] * decay;
          if (gate)
            decay *= factor(s);
        }
        if (gate)
          after *= factor(t);
      }
      break;
    }
    }
    *out.row(u) = sum;
  }
}

template <typename Number> void ChunkExecutor<Number>::execute(DotStatesOp op) {
  Tensor lhs = at(op.getLhs()), rhs = at(op.getRhs());
  Tensor out = at(op.getResult());
  std::fill_n(out.data, out.size, 0);
  for (int64_t i = 0, rows = lhs.size / lhs.width; i < rows; ++i)
    for (int64_t j = 0; j < lhs.width; ++j) {
      int64_t place = !op.getAxis()                       ? 0
                      : *op.getAxis() == delta::Axis::Key ? i
                                                          : j;
      out.data[place] += lhs.row(i)[j] * rhs.row(i)[j];
    }
}

template <typename Number>
void ChunkProgram::run(Number *arena, int64_t tokens) const {
  ChunkExecutor<Number> chunk(*this, arena, tokens);
  wy::ScanOp scan = this->scan;
  for (Operation &op : scan.getGraph().without_terminator())
    TypeSwitch<Operation *>(&op)
        .Case<TokensOp, SumOp, AccumulateOp, ScoresOp, ApplyOp, SolveOp,
              DecaysOp, ScaleOp, ProductOp, InverseOp, ReadOp, UpdateOp, JoinOp,
              ApplyTransposedOp, SolveTransposedOp, TokenSumsOp, PairSumsOp,
              DotStatesOp>([&](auto known) { chunk.execute(known); })
        .DefaultUnreachable("compile() knows them all");
}

template void ChunkProgram::run(double *arena, int64_t tokens) const;
template void ChunkProgram::run(float *arena, int64_t tokens) const;
