//===- RunJoins.cpp - States of segments joined between launches ----------===//
//
// S ← Σ_j M_j S_j + R, from segment to segment of each sequence and head.
// Matrices are float32 in the device's memory; sums are float64 here.
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Run.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

namespace {
/// A matrix, row-major.
struct Matrix {
  int64_t rows = 0, columns = 0;
  std::vector<float> numbers;

  explicit Matrix(const DeviceTensor &tensor)
      : rows(tensor.shape[2]), columns(tensor.shape[3]),
        numbers(rows * columns) {}
  int64_t numBytes() const {
    return static_cast<int64_t>(numbers.size() * sizeof(float));
  }
  /// Copies the matrix number `place` of a tensor here.
  Error load(Device &device, const DeviceTensor &tensor, int64_t place) {
    return device.copyOut(tensor.address + place * numBytes(),
                          {reinterpret_cast<uint8_t *>(numbers.data()),
                           static_cast<size_t>(numBytes())});
  }
};

/// The state of one head, in float64.
struct JoinedState {
  int64_t rows, columns;
  std::vector<double> numbers;

  explicit JoinedState(const DeviceTensor &tensor)
      : rows(tensor.shape[2]), columns(tensor.shape[3]),
        numbers(rows * columns) {}
  void set(const Matrix &matrix) {
    numbers.assign(matrix.numbers.begin(), matrix.numbers.end());
  }
  Error store(Device &device, const DeviceTensor &tensor, int64_t place) const {
    std::vector<float> rounded(numbers.begin(), numbers.end());
    ArrayRef bytes(reinterpret_cast<const uint8_t *>(rounded.data()),
                   rounded.size() * sizeof(float));
    return device.copyIn(tensor.address + place * bytes.size(), bytes);
  }
  void addLeft(const Matrix &by, const JoinedState &from);
  void addRight(const Matrix &by, const JoinedState &from);
  void addElementwise(const Matrix &by, const JoinedState &from);
};
} // namespace

/// A part of M times one of S. A transition grows past float32 where a state
/// that is 0 stays 0 token by token: infinity times 0 is 0 here, and NaN in a
/// transition stays NaN.
static double multiply(float transition, double state) {
  return state == 0 && std::isinf(transition) ? 0 : transition * state;
}

/// Adds M S.
void JoinedState::addLeft(const Matrix &by, const JoinedState &from) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < rows; ++k)
      for (int64_t j = 0; j < columns; ++j)
        numbers[i * columns + j] +=
            multiply(by.numbers[i * rows + k], from.numbers[k * columns + j]);
}

/// Adds S M.
void JoinedState::addRight(const Matrix &by, const JoinedState &from) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < columns; ++k)
      for (int64_t j = 0; j < columns; ++j)
        numbers[i * columns + j] += multiply(by.numbers[k * columns + j],
                                             from.numbers[i * columns + k]);
}

/// Adds M ∘ S; an axis of size 1 of M is repeated.
void JoinedState::addElementwise(const Matrix &by, const JoinedState &from) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      numbers[i * columns + j] +=
          multiply(by.numbers[(by.rows == 1 ? 0 : i) * by.columns +
                              (by.columns == 1 ? 0 : j)],
                   from.numbers[i * columns + j]);
}

/// Shapes as lib/Runtime/LaunchPlan.h has them: a plan may come from a file.
Error Run::checkJoin(const SegmentJoin &join) const {
  using Kind = SegmentJoin::Kind;
  auto isFloat = [&](const TensorRef &tensor) {
    return tensor.space != TensorRef::Space::Workspace ||
           plan.workspaces[tensor.index].dtype == io::DType::F32;
  };
  for (const SegmentJoin::State &state : join.states) {
    const SmallVector<int64_t, 4> &shape = at(state.final).shape;
    if (shape.size() != 4 || !isFloat(state.start) || !isFloat(state.written))
      return createStringError("a join is of float32 matrices");
    int64_t rows = shape[2], columns = shape[3];
    SmallVector<int64_t, 4> inSegments{sizes["G"], sizes["HV"], rows, columns};
    const DeviceTensor &start = at(state.start);
    // An initial state has been bound to its shape; that of another is refused.
    const TensorRef &initial = state.initial;
    bool startsSomewhere = initial.space != TensorRef::Space::None;
    if (startsSomewhere &&
        (initial.space != TensorRef::Space::Input ||
         !problem.signature.isState(initial.index) ||
         (at(initial).isPresent && at(initial).shape != shape)))
      return createStringError(
          "a join starts with an initial state of its final one's "
          "shape");
    if (at(state.written).shape != inSegments ||
        (start.isPresent && start.shape != inSegments))
      return createStringError(
          "a join's workspaces have another shape than its state");
    for (const SegmentJoin::Term &term : state.terms) {
      const SmallVector<int64_t, 4> &its = at(term.transition).shape;
      const SmallVector<int64_t, 4> &from =
          at(join.states[term.state].final).shape;
      bool fits = isFloat(term.transition) && its.size() == 4 &&
                  from.size() == 4 && its[0] == inSegments[0] &&
                  its[1] == inSegments[1] && from[2] == rows &&
                  from[3] == columns;
      if (fits && term.kind == Kind::Left)
        fits = its[2] == rows && its[3] == rows;
      else if (fits && term.kind == Kind::Right)
        fits = its[2] == columns && its[3] == columns;
      else if (fits)
        fits = (its[2] == 1 || its[2] == rows) &&
               (its[3] == 1 || its[3] == columns);
      if (!fits)
        return createStringError(
            "a join's transition has another shape than its state");
    }
  }
  return Error::success();
}

Error Run::execute(const SegmentJoin &join) {
  using Kind = SegmentJoin::Kind;
  int64_t heads = sizes["HV"];
  auto follow = [&](int64_t sequence, int64_t head) -> Error {
    std::vector<JoinedState> states;
    for (const SegmentJoin::State &state : join.states) {
      JoinedState &made = states.emplace_back(at(state.final));
      const DeviceTensor &initial = at(state.initial);
      if (!initial.isPresent)
        continue;
      Matrix matrix(initial);
      if (Error error = matrix.load(device, initial, sequence * heads + head))
        return error;
      made.set(matrix);
    }
    for (int64_t s = firstSegment[sequence]; s < firstSegment[sequence + 1];
         ++s) {
      int64_t place = s * heads + head;
      std::vector<JoinedState> next;
      for (auto [state, now] : zip_equal(join.states, states)) {
        if (const DeviceTensor &start = at(state.start); start.isPresent)
          if (Error error = now.store(device, start, place))
            return error;
        const DeviceTensor &written = at(state.written);
        Matrix sum(written);
        if (Error error = sum.load(device, written, place))
          return error;
        JoinedState &made = next.emplace_back(written);
        made.set(sum);
        for (const SegmentJoin::Term &term : state.terms) {
          Matrix transition(at(term.transition));
          if (Error error = transition.load(device, at(term.transition), place))
            return error;
          const JoinedState &from = states[term.state];
          switch (term.kind) {
          case Kind::Left:
            made.addLeft(transition, from);
            break;
          case Kind::Right:
            made.addRight(transition, from);
            break;
          case Kind::Elementwise:
            made.addElementwise(transition, from);
            break;
          }
        }
      }
      states = std::move(next);
    }
    for (auto [state, last] : zip_equal(join.states, states))
      if (Error error =
              last.store(device, at(state.final), sequence * heads + head))
        return error;
    return Error::success();
  };
  for (int64_t n = 0; n < problem.sizes["N"]; ++n)
    for (int64_t head = 0; head < heads; ++head)
      if (Error error = follow(n, head))
        return error;
  return Error::success();
}
