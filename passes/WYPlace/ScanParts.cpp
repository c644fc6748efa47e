//===- ScanParts.cpp - scans made of parts of another ---------------------===//

#include "passes/WYPlace/ScanParts.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using delta::ArgKind;
using wy::ChannelAttr;

ChannelNames::ChannelNames(wy::ScanOp scan) {
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i)
    taken.insert(scan.getArgName(i));
}

std::string ChannelNames::make(const Twine &wanted) {
  std::string name = wanted.str();
  for (unsigned i = 0; !taken.insert(name).second; ++i)
    name = (wanted + "_" + Twine(i)).str();
  return name;
}

wy::PlacedOp sluice::createPlaced(OpBuilder &b, wy::ScanOp scan) {
  auto placed = wy::PlacedOp::create(
      b, scan.getLoc(), scan.getSymNameAttr(), scan.getKeyDimAttr(),
      scan.getValueDimAttr(), scan.getSignatureAttr());
  placed.getBody().emplaceBlock();
  return placed;
}

static SmallVector<Value> getYielded(wy::ScanOp scan, const ScanPart &part) {
  SmallVector<Value> yielded;
  if (part.carries)
    llvm::append_range(yielded, scan.getNextStates());
  for (unsigned output : part.outputs)
    yielded.push_back(scan.getOutputs()[output]);
  for (const auto &[channel, value] : part.made)
    yielded.push_back(value);
  return yielded;
}

wy::ScanOp
sluice::buildPart(OpBuilder &b, wy::ScanOp scan, const ScanPart &part,
                  const llvm::DenseMap<Value, ChannelAttr> &channels) {
  // What the part looks at and does not make.
  SmallVector<Value> yielded = getYielded(scan, part);
  llvm::SmallPtrSet<Operation *, 16> nodes(part.nodes.begin(),
                                           part.nodes.end());
  llvm::SetVector<Value> taken;
  auto take = [&](Value value) {
    if (!nodes.contains(value.getDefiningOp()))
      taken.insert(value);
  };
  for (Operation *node : part.nodes)
    llvm::for_each(node->getOperands(), take);
  llvm::for_each(yielded, take);

  // Arguments in the scan's order, then channels.
  SmallVector<Value> inputs;
  SmallVector<delta::ArgumentAttr> arguments;
  SmallVector<delta::OutputAttr> outputs;
  SmallVector<Attribute> in, out;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    BlockArgument argument = scan.getGraph().getArgument(i);
    bool isState = scan.getArgKind(i) == ArgKind::State;
    if (isState ? !part.carries : !taken.contains(argument))
      continue;
    inputs.push_back(argument);
    arguments.push_back(scan.getArg(i));
  }
  for (Value value : taken)
    if (!llvm::is_contained(inputs, value)) {
      inputs.push_back(value);
      in.push_back(channels.at(value));
    }
  for (const auto &[channel, value] : part.made)
    out.push_back(channel);
  for (unsigned output : part.outputs)
    outputs.push_back(scan.getOutput(output));

  auto list = [&](ArrayRef<Attribute> attributes) {
    return attributes.empty() ? ArrayAttr() : b.getArrayAttr(attributes);
  };
  auto made = wy::ScanOp::create(
      b, scan.getLoc(), b.getStringAttr(part.name), scan.getChunkAttr(),
      scan.getKeyDimAttr(), scan.getValueDimAttr(), scan.getScheduleAttr(),
      delta::SignatureAttr::get(b.getContext(), arguments, outputs),
      scan.getReverseAttr(), part.segments, list(in), list(out));
  OpBuilder::InsertionGuard guard(b);
  Block *graph = b.createBlock(&made.getBody());
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, graph->addArgument(input.getType(), input.getLoc()));
  for (Operation *node : part.nodes)
    b.clone(*node, mapping);
  SmallVector<Value> values;
  for (Value value : yielded)
    values.push_back(mapping.lookup(value));
  wy::YieldOp::create(b, scan.getYield().getLoc(), values);
  return made;
}
