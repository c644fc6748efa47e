//===- MatrixInFlight.cpp - registers that wgmma still works on -----------===//

#include "lib/Simulator/Machine/MatrixInFlight.h"
#include <algorithm>

using namespace sluice::sim;

std::vector<MatrixInFlight::Use> &MatrixInFlight::getRows(const Frame &frame) {
  for (FrameUses &known : uses)
    if (known.frame == &frame)
      return known.rows;
  uses.push_back({&frame, {}});
  return uses.back().rows;
}

void MatrixInFlight::issue(const Frame &frame, llvm::ArrayRef<Row> accumulator,
                           llvm::ArrayRef<Row> inputs) {
  // The steps along K of one tile.
  if (inputs.empty() && open.isLast(frame, accumulator))
    return;
  open.products.push_back({&frame, accumulator.size(), inputs.size()});
  open.rows.append(accumulator.begin(), accumulator.end());
  open.rows.append(inputs.begin(), inputs.end());
  numUses += accumulator.size() + inputs.size();
  numInputs += inputs.size();
  std::vector<Use> &rows = getRows(frame);
  Row last = 0;
  for (Row row : accumulator)
    last = std::max(last, row);
  for (Row row : inputs)
    last = std::max(last, row);
  if (last >= rows.size())
    rows.resize(last + 1);
  for (Row row : accumulator)
    ++rows[row].accumulators;
  for (Row row : inputs)
    ++rows[row].inputs;
}

bool MatrixInFlight::Group::isLast(const Frame &frame,
                                   llvm::ArrayRef<Row> accumulator) const {
  return !products.empty() && products.back().frame == &frame &&
         products.back().accumulators == accumulator.size() &&
         products.back().inputs == 0 &&
         llvm::ArrayRef(rows).take_back(accumulator.size()) == accumulator;
}

void MatrixInFlight::commit() {
  committed.push_back(std::move(open));
  open = std::move(spare);
  open.products.clear();
  open.rows.clear();
}

void MatrixInFlight::wait(uint64_t pending) {
  while (committed.size() > pending) {
    retire(committed.front());
    spare = std::move(committed.front());
    committed.pop_front();
  }
}

void MatrixInFlight::retire(const Group &group) {
  const Row *row = group.rows.begin();
  for (const Group::Product &product : group.products) {
    std::vector<Use> &rows = getRows(*product.frame);
    for (size_t i = 0; i < product.accumulators; ++i)
      --rows[*row++].accumulators;
    for (size_t i = 0; i < product.inputs; ++i)
      --rows[*row++].inputs;
    numInputs -= product.inputs;
  }
  numUses -= group.rows.size();
  // Another frame may come to lie where one has been; the usual one is kept.
  if (isEmpty() && uses.size() > 1)
    uses.clear();
}

MatrixInFlight::Use MatrixInFlight::getUse(const Frame &frame, Row row) const {
  for (const FrameUses &known : uses)
    if (known.frame == &frame)
      return row < known.rows.size() ? known.rows[row] : Use();
  return Use();
}

bool MatrixInFlight::isAccumulator(const Frame &frame, Row row) const {
  return getUse(frame, row).accumulators != 0;
}

bool MatrixInFlight::isInput(const Frame &frame, Row row) const {
  return numInputs && getUse(frame, row).inputs != 0;
}
