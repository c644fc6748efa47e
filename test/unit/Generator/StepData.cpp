//===- StepData.cpp - inputs for generated steps --------------------------===//

#include "test/unit/Generator/StepData.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Runtime/Tensor.h"
#include "test/unit/Generator/StepGenerator.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Guarded memory
//===----------------------------------------------------------------------===//

GuardedBuffer::GuardedBuffer(size_t size, Edge edge) : bytes(size) {
  size_t page = sysconf(_SC_PAGESIZE);
  size_t inside = (size + page - 1) / page * page;
  mapped = inside + 2 * page;
  void *memory =
      mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    llvm::report_fatal_error("no memory for a guarded buffer");
  pages = static_cast<uint8_t *>(memory);
  if (inside && mprotect(pages + page, inside, PROT_READ | PROT_WRITE) != 0)
    llvm::report_fatal_error("no access to a guarded buffer");
  place = pages + page + (edge == Edge::End ? inside - size : 0);
}

GuardedBuffer::~GuardedBuffer() { munmap(pages, mapped); }

void GuardedBuffer::poison() { std::memset(place, 0xff, bytes); }

void GuardedBuffer::makeReadOnly() {
  size_t page = sysconf(_SC_PAGESIZE);
  if (mprotect(pages + page, mapped - 2 * page, PROT_READ) != 0)
    llvm::report_fatal_error("a guarded buffer stays writable");
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

static constexpr double infinity = std::numeric_limits<double>::infinity();

StringRef delta::stringifyGateRegime(GateRegime regime) {
  constexpr StringRef names[kNumGateRegimes] = {
      "any",     "zero",        "mild",     "strong",
      "extreme", "alternating", "infinite", "all infinite"};
  return names[static_cast<unsigned>(regime)];
}

void delta::drawSequences(StepShape &shape, reference::Random &random) {
  runtime::Sizes &sizes = shape.sizes;
  sizes["B"] = 1;
  sizes["N"] = 1 + random.bits() % 4;
  int64_t left = sizes["T"];
  for (int64_t n = 1; n < sizes["N"]; ++n) {
    bool isEmpty = random.unit() < 0.3;
    shape.sequenceLengths.push_back(isEmpty ? 0 : random.bits() % (left + 1));
    left -= shape.sequenceLengths.back();
  }
  shape.sequenceLengths.push_back(left);
}

double StepData::drawGate() {
  double kind = random.unit();
  if (kind < 0.02)
    return 0;
  if (kind < 0.04)
    return -infinity;
  return -2 * kind * kind;
}

std::vector<double> StepData::drawGates(GateRegime regime, int64_t count,
                                        int64_t width) {
  bool byElement = regime != GateRegime::Any && random.unit() < 0.5;
  std::vector<bool> isHit;
  while (static_cast<int64_t>(isHit.size()) < std::max(count, width))
    isHit.push_back(regime != GateRegime::Any && random.unit() < 0.3);
  std::vector<double> gates(count);
  for (int64_t i = 0; i < count; ++i) {
    double mild = regime == GateRegime::Any ? 0 : random.uniform(-0.1, -0.01);
    bool hit = isHit[byElement ? i % width : i / width];
    switch (regime) {
    case GateRegime::Any:
      gates[i] = drawGate();
      break;
    case GateRegime::Zero:
      break;
    case GateRegime::Mild:
      gates[i] = mild;
      break;
    case GateRegime::Strong:
      gates[i] = -5 + 10 * mild;
      break;
    case GateRegime::Extreme:
      gates[i] = hit ? -1e3 : mild;
      break;
    case GateRegime::Alternating:
      gates[i] = (i / width + i % width) % 2 ? -1e3 : 0;
      break;
    case GateRegime::Infinite:
      gates[i] = hit ? -infinity : mild;
      break;
    case GateRegime::AllInfinite:
      gates[i] = -infinity;
      break;
    }
  }
  return gates;
}

void StepData::addArgument(RecurrenceOp op, unsigned index,
                           const StepShape &shape) {
  bool isState = op.getArgKind(index) == ArgKind::State;
  byArgument.push_back(nullptr);
  saved.emplace_back();
  if (isState && !shape.initialStates)
    return;

  runtime::Signature signature = getSignature(op);
  auto sizes =
      runtime::evaluate(signature.arguments[index].getShape(), shape.sizes);
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  io::DType dtype = shape.types[random.bits() % shape.types.size()];
  // Mostly the end: a vector too wide is the likelier mistake.
  auto edge = random.unit() < 0.8 ? GuardedBuffer::Edge::End
                                  : GuardedBuffer::Edge::Begin;
  GuardedBuffer &buffer =
      buffers.emplace_back(count * io::byteWidth(dtype), edge);
  byArgument.back() = &buffer;

  // Vectors are at most 1 long.
  BlockArgument argument = op.getStep().getArgument(index);
  bool isGate = isLogGate(op.getArgName(index));
  bool isVector = isa<VecType>(argument.getType()) && !isGate;
  double size = isVector ? std::sqrt(static_cast<double>(sizes.back())) : 1;
  std::vector<double> numbers(count);
  if (isGate) {
    bool isRow = isa<VecType>(argument.getType());
    numbers = drawGates(shape.gates, count, isRow ? sizes.back() : 1);
  } else {
    for (double &number : numbers)
      number = random.uniform(-1, 1) / size;
  }
  runtime::storeElements(dtype, buffer.data(), 0, numbers);
  saved.back() = buffer.view().vec();

  std::string name = op.getArgName(index).str();
  if (isState)
    for (auto [i, state] : llvm::enumerate(op.getStates()))
      if (state == argument)
        name = signature.getInitialStateName(i);
  tensors.push_back({name, {dtype, sizes, buffer.view()}});
}

StepData::StepData(RecurrenceOp op, const StepShape &shape, uint64_t seed)
    : op(op), random(seed, 0x57e9) {
  for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
    addArgument(op, i, shape);
  if (!shape.sequenceLengths.empty()) {
    offsets.push_back(0);
    for (int64_t length : shape.sequenceLengths)
      offsets.push_back(offsets.back() + length);
    tensors.push_back(
        {"cu_seqlens",
         {io::DType::I64,
          {static_cast<int64_t>(offsets.size())},
          ArrayRef(reinterpret_cast<const uint8_t *>(offsets.data()),
                   offsets.size() * sizeof(int64_t))}});
  }
  runtime::BindOptions options;
  options.allowF64 = true;
  problem = llvm::cantFail(runtime::bind(getSignature(op), tensors, options));
}

void StepData::poison() {
  for (GuardedBuffer &buffer : buffers)
    buffer.poison();
}

void StepData::restore() {
  for (auto [buffer, bytes] : llvm::zip(byArgument, saved))
    if (buffer)
      llvm::copy(bytes, buffer->data());
}

void StepData::makeReadOnly() {
  for (GuardedBuffer &buffer : buffers)
    buffer.makeReadOnly();
}
