//===- MatrixForms.cpp - the matrix instructions --------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/Twine.h"

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;

llvm::ArrayRef<ptx::Operand> sim::getElements(const ptx::Operand &operand) {
  if (operand.kind == ptx::Operand::Kind::Vector)
    return operand.elements;
  return operand;
}

bool sim::addFragment(Decoder &decoder, size_t operand,
                      const Fragment &fragment, unsigned count,
                      bool isDestination) {
  llvm::ArrayRef<ptx::Operand> elements = getElements(decoder.operand(operand));
  if (elements.size() != count)
    return decoder.fail("expected " + llvm::Twine(count) +
                        " registers as operand " + llvm::Twine(operand + 1) +
                        " of " + quote(decoder.instruction().mnemonic) +
                        ", found " + llvm::Twine(elements.size()));
  ptx::Type type =
      fragment.getElementBits() == 64 ? ptx::Type::B64 : ptx::Type::B32;
  for (const ptx::Operand &element : elements)
    if (!(isDestination ? decoder.addDestination(element, type)
                        : decoder.addSource(element, type)))
      return false;
  return true;
}

ptx::Space sim::getSpace(const ptx::Match &match) {
  llvm::StringRef name = match.get("space");
  if (name.starts_with("shared"))
    return ptx::Space::Shared;
  if (name == "global")
    return ptx::Space::Global;
  return ptx::Space::Generic;
}

bool sim::requireWholeWarp(Warp &warp, Mask active) {
  if (!requireAllLanes(warp, active))
    return false;
  if (active != kAllLanes)
    warp.find(FindingKind::DivergentBarrier, active,
              "a matrix instruction runs in a warp of fewer than 32 lanes");
  return active == kAllLanes;
}

void sim::reportPoison(Warp &warp, Mask poison, const llvm::Twine &what) {
  if (poison)
    warp.find(FindingKind::Uninitialized, poison,
              "a value that nobody has written reaches " + what);
}

Mask sim::withDefinedAddress(Warp &warp, Mask lanes, Row base) {
  Mask poisoned = warp.poison(base) & lanes;
  if (poisoned)
    warp.find(FindingKind::Uninitialized, poisoned,
              "the address depends on a value that nobody has written");
  return lanes & ~poisoned;
}

void sim::defineDestinations(Warp &warp, const Operation &operation) {
  Frame &frame = warp.frame();
  bool hasHalves = !frame.halfPoison.empty();
  for (unsigned i = 0; i < operation.destinations; ++i) {
    frame.poison[operation.rows[i]] = 0;
    if (hasHalves)
      frame.halfPoison.erase(operation.rows[i]);
  }
}

void sim::setProductPoison(Warp &warp, const Operation &operation,
                           const MatrixProduct &product) {
  if (!warp.getPoison(operation))
    return defineDestinations(warp, operation);
  Frame &frame = warp.frame();
  MatrixPoison poison;
  llvm::ArrayRef<Row> rows = operation.rows;
  auto use = [&](const Fragment &fragment, auto &&take) {
    auto getPlace = [&](unsigned lane, unsigned reg, unsigned element) {
      return fragment.getPlace(lane, reg, element);
    };
    take(MatrixPoison::Registers{rows.take_front(fragment.getNumRegisters()),
                                 fragment.getElementBits(), getPlace});
  };
  rows = rows.drop_front(operation.destinations);
  use(product.getA(), [&](auto &&a) { poison.addA(frame, a); });
  rows = rows.drop_front(product.registersA);
  use(product.getB(), [&](auto &&b) { poison.addB(frame, b); });
  rows = rows.drop_front(product.registersB);
  use(product.getC(), [&](auto &&c) { poison.addC(frame, c); });
  rows = operation.rows;
  use(product.getD(), [&](auto &&d) { poison.writeD(frame, d); });
}

void sim::countFlop(Warp &warp, const MatrixShape &shape) {
  warp.getCta().getWorker().getCounts().tensorFlop +=
      2ull * shape.m * shape.n * shape.k;
}

PerturbedOrder::PerturbedOrder(Warp &warp, const Operation &operation,
                               unsigned depth)
    : isUsed(warp.getCta().getGrid().getOptions().perturb) {
  if (!isUsed)
    return;
  uint64_t line = operation.source ? operation.source->place.line : 0;
  uint64_t seed = warp.getCta().getGrid().getOptions().seed;
  order = MatrixOrder::draw((seed + 1) * 0x9e3779b97f4a7c15ull + line, depth);
}

void sim::encodeAddress(Operation &operation, const Decoder::Address &address,
                        ptx::Space space, uint32_t &detail) {
  operation.immediate = address.offset;
  detail = address.baseBits | uint32_t(space) << 8;
}

Decoder::Address sim::decodeAddress(const Operation &operation, Row base,
                                    uint32_t detail) {
  Decoder::Address address;
  address.base = base;
  address.baseBits = detail & 0xff;
  address.offset = operation.immediate;
  return address;
}

ptx::Space sim::decodeSpace(uint32_t detail) {
  return static_cast<ptx::Space>(detail >> 8 & 0xff);
}
