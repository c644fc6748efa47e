//===- Stack.cpp - alloca, stacksave, stackrestore ------------------------===//
//
// PTX ISA 9.0, section 9.7.17. Each lane has a stack of its own behind the
// frame's .local variables; addresses are those of the local space.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Type;

static uint64_t read(Warp &warp, Row row, unsigned bits, unsigned lane) {
  return bits == 64 ? warp.longs(row)[lane] : warp.words(row)[lane];
}
static void write(Warp &warp, Row row, unsigned bits, unsigned lane,
                  uint64_t value) {
  if (bits == 64)
    warp.longs(row)[lane] = value;
  else
    warp.words(row)[lane] = static_cast<uint32_t>(value);
}

/// Stops the grid where an operand says nothing.
static bool requireKnown(Warp &warp, const Operation &operation, Mask active) {
  Mask poisoned = warp.getPoison(operation) & active;
  if (!poisoned)
    return true;
  warp.find(FindingKind::Uninitialized, poisoned,
            "the stack depends on a value that nobody has written");
  warp.getCta().getGrid().stop();
  return false;
}

/// detail[0]: bits; immediate: the alignment.
static Flow runAlloca(Warp &warp, const Operation &operation, Mask active) {
  if (!requireKnown(warp, operation, active))
    return Flow::Exited;
  unsigned bits = operation.detail[0];
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    uint64_t &top = warp.frame().localTop[lane];
    uint64_t size = read(warp, operation.rows[1], bits, lane);
    uint64_t place = llvm::alignTo(top, operation.immediate);
    if (!warp.growLocal(place, size)) {
      warp.find(FindingKind::OutOfBounds, Mask(1) << lane,
                "takes more local memory than a thread has", ptx::Space::Local,
                place);
      warp.getCta().getGrid().stop();
      return Flow::Exited;
    }
    top = place + size;
    // What was there before counts as not written.
    for (uint64_t i = place; i < top; ++i)
      warp.localWritten[lane * warp.localSize + i] = false;
    write(warp, operation.rows[0], bits, lane, place);
  }
  warp.poison(operation.rows[0]) &= ~active;
  return Flow::Next;
}

static bool decodeAlloca(Decoder &decoder) {
  Operation &operation = decoder.operation();
  Type type = decoder.match().getType("t");
  operation.immediate = 8;
  if (decoder.numOperands() > 2) {
    const Operand &alignment = decoder.operand(2);
    if (alignment.kind != Operand::Kind::Immediate ||
        !llvm::isPowerOf2_64(alignment.bits) || alignment.bits > 1 << 20)
      return decoder.fail("expected a power of two as the alignment");
    operation.immediate = static_cast<int64_t>(alignment.bits);
  }
  operation.detail[0] = ptx::getBitWidth(type);
  operation.run = runAlloca;
  return decoder.addDestination(0, type) && decoder.addSource(1, type);
}

static Flow runSave(Warp &warp, const Operation &operation, Mask active) {
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    write(warp, operation.rows[0], operation.detail[0], lane,
          warp.frame().localTop[lane]);
  }
  warp.poison(operation.rows[0]) &= ~active;
  return Flow::Next;
}

static bool decodeSave(Decoder &decoder) {
  Type type = decoder.match().getType("t");
  decoder.operation().detail[0] = ptx::getBitWidth(type);
  decoder.operation().run = runSave;
  return decoder.addDestination(0, type);
}

/// Only to a place that stacksave of this frame may have given.
static Flow runRestore(Warp &warp, const Operation &operation, Mask active) {
  if (!requireKnown(warp, operation, active))
    return Flow::Exited;
  Frame &frame = warp.frame();
  uint64_t least = frame.localBase + frame.code->localBytes;
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    uint64_t place = read(warp, operation.rows[0], operation.detail[0], lane);
    if (place < least || place > frame.localTop[lane])
      warp.find(FindingKind::OutOfBounds, Mask(1) << lane,
                "restores a stack that this function has not saved",
                ptx::Space::Local, place);
    else
      frame.localTop[lane] = place;
  }
  return Flow::Next;
}

static bool decodeRestore(Decoder &decoder) {
  Type type = decoder.match().getType("t");
  decoder.operation().detail[0] = ptx::getBitWidth(type);
  decoder.operation().run = runRestore;
  return decoder.addSource(0, type);
}

llvm::ArrayRef<InstructionDecoder> sim::getStackDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Alloca, decodeAlloca},
      {Semantics::StackSave, decodeSave},
      {Semantics::StackRestore, decodeRestore},
  };
  return decoders;
}
