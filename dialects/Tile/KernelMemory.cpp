//===- KernelMemory.cpp - what a kernel has and writes --------------------===//

#include "dialects/Tile/KernelMemory.h"

using namespace mlir;
using namespace sluice::tile;

SharedBytes::SharedBytes(KernelOp kernel) {
  kernel.getBody().walk([&](SharedOp op) {
    (op.getByWarp() ? ofWarp : ofCTA) += getBytes(op.getType());
  });
}

WrittenMemory::WrittenMemory(KernelOp kernel) {
  DenseMap<StringAttr, Value> inputs;
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    BindingAttr binding = kernel.getBinding(argument.getArgNumber());
    if (binding.getKind() == BindingKind::Input)
      inputs[binding.getName()] = argument;
  }
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    BindingAttr binding = kernel.getBinding(argument.getArgNumber());
    if (binding.getKind() == BindingKind::Final)
      if (Value input = inputs.lookup(binding.getName()))
        leaders[argument] = input;
  }
  kernel.getBody().walk(
      [&](StoreOp store) { stored.insert(getLeader(store.getMemory())); });
}
