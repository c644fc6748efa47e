//===- MatrixInFlight.cpp - registers that wgmma still works on -----------===//

#include "lib/Simulator/Execute/Matrix/MatrixInFlight.h"

using namespace sluice::sim;

void MatrixInFlight::issue(const Frame &frame, llvm::ArrayRef<Row> accumulator,
                           llvm::ArrayRef<Row> inputs) {
  for (Row row : accumulator) {
    open.accumulators.push_back({&frame, row});
    ++uses[{&frame, row}].accumulators;
  }
  for (Row row : inputs) {
    open.inputs.push_back({&frame, row});
    ++uses[{&frame, row}].inputs;
  }
}

void MatrixInFlight::commit() {
  committed.push_back(std::move(open));
  open = Group();
}

void MatrixInFlight::wait(uint64_t pending) {
  while (committed.size() > pending) {
    retire(committed.front());
    committed.pop_front();
  }
}

void MatrixInFlight::retire(const Group &group) {
  auto release = [&](const Place &place, unsigned Use::*which) {
    auto it = uses.find(place);
    if (--(it->second.*which) == 0 &&
        it->second.accumulators + it->second.inputs == 0)
      uses.erase(it);
  };
  for (const Place &place : group.accumulators)
    release(place, &Use::accumulators);
  for (const Place &place : group.inputs)
    release(place, &Use::inputs);
}

bool MatrixInFlight::isAccumulator(const Frame &frame, Row row) const {
  return uses.lookup({&frame, row}).accumulators != 0;
}

bool MatrixInFlight::isInput(const Frame &frame, Row row) const {
  return uses.lookup({&frame, row}).inputs != 0;
}
