//===- TensorMapViews.cpp - maps as a CTA has acquired them ---------------===//

#include "lib/Simulator/Machine/TensorMapViews.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim;

void ChangedTensorMaps::insert(uint64_t address) {
  std::lock_guard<std::mutex> lock(mutex);
  addresses.insert(address);
}

bool ChangedTensorMaps::contains(uint64_t address) const {
  std::lock_guard<std::mutex> lock(mutex);
  return addresses.contains(address);
}

void TensorMapViews::acquire(uint64_t address, const uint8_t *bytes) {
  llvm::copy(llvm::ArrayRef(bytes, kTensorMapBytes), views[address].begin());
}

bool TensorMapViews::isCurrent(uint64_t address, const uint8_t *bytes,
                               bool hasChanged) {
  auto view = views.find(address);
  if (view != views.end())
    return llvm::equal(view->second, llvm::ArrayRef(bytes, kTensorMapBytes));
  if (!hasChanged)
    acquire(address, bytes);
  return !hasChanged;
}
