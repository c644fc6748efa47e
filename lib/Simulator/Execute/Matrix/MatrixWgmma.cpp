//===- MatrixWgmma.cpp - wgmma --------------------------------------------===//
//
// PTX ISA 9.1, section 9.7.15. Four warps issue it together; what each
// computes, 16 rows of D, depends on nothing that the others hold in registers,
// so each computes by itself, and only a wait is the four warps' (Warpgroup).
// Results are there at issue; MatrixInFlight keeps what the program must not
// rely on.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Grid.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

namespace {
/// A warp's rows of the 64.
constexpr unsigned kWarpRows = 16;

/// Where the operation's sources are, behind A's registers if there are any.
struct Sources {
  Row scale, b, a;

  explicit Sources(const Operation &operation)
      : scale(operation.rows.back()),
        b(operation.rows[operation.rows.size() - 2]),
        a(operation.rows[operation.rows.size() - 3]) {}
};
} // namespace

/// The granules are there and have been written.
static bool isWritten(const Region &shared, const GranuleSet &set) {
  uint64_t byte = set.address - kSharedStart;
  if (shared.contains(set.address, kGranuleSetBytes)) {
    // All of the block: nearly always.
    uint64_t written = ~uint64_t(0);
    for (unsigned i = 0; i < kGranuleSetBytes / 64; ++i)
      written &= shared.written[byte / 64 + i];
    if (written == ~uint64_t(0))
      return true;
  }
  for (uint64_t rest = set.granules; rest; rest &= rest - 1) {
    uint64_t granule = set.address + llvm::countr_zero(rest) * kGranuleBytes;
    if (!shared.contains(granule, kGranuleBytes) ||
        !shared.isWritten(granule, kGranuleBytes))
      return false;
  }
  return true;
}

static bool isWritten(const Region &shared, const MatrixOperand &operand) {
  return llvm::all_of(operand.granules, [&](const GranuleSet &set) {
    return isWritten(shared, set);
  });
}

/// Reports what wgmma reads of an operand that is not there.
static void checkBounds(Warp &warp, const Region &shared,
                        const MatrixOperand &operand, llvm::StringRef name) {
  for (const CoreOffsets &core : operand.cores)
    for (uint32_t offset : core.granules)
      if (!shared.contains(offset, kGranuleBytes)) {
        warp.find(FindingKind::OutOfBounds, kAllLanes,
                  "the descriptor of matrix " + name +
                      " reaches beyond the CTA's shared memory",
                  ptx::Space::Shared, offset);
        return;
      }
}

/// What of D nobody has defined, where any of the operands has such a part.
static MatrixPoison getPoison(Warp &warp, const Operation &operation,
                              const MatrixProduct &product,
                              const WarpgroupCall &call, const MatrixOperand *a,
                              const MatrixOperand &b) {
  const Frame &frame = warp.frame();
  const Region &shared = warp.getCta().shared;
  llvm::ArrayRef<Row> rows = operation.rows;
  MatrixPoison poison;
  Fragment fragmentA = product.getA(), fragmentD = product.getD();
  auto getPlaceA = [&](unsigned lane, unsigned reg, unsigned element) {
    return fragmentA.getPlace(lane, reg, element);
  };
  auto getPlaceD = [&](unsigned lane, unsigned reg, unsigned element) {
    return fragmentD.getPlace(lane, reg, element);
  };
  if (a)
    poison.addShared(shared, *a, /*isA=*/true);
  else
    poison.addA(frame, {rows.slice(operation.destinations, product.registersA),
                        fragmentA.getElementBits(), getPlaceA});
  poison.addShared(shared, b, /*isA=*/false);
  if (call.accumulates)
    poison.addC(frame, {rows.take_front(operation.destinations),
                        fragmentD.getElementBits(), getPlaceD});
  return poison;
}

/// What there is of the granules.
static void addGranules(const Region &shared, const MatrixOperand &operand,
                        llvm::SmallVectorImpl<GranuleSet> &granules) {
  uint64_t size = shared.bytes.size() / kGranuleBytes * kGranuleBytes;
  for (GranuleSet set : operand.granules) {
    uint64_t byte = set.address - kSharedStart;
    if (byte >= size)
      continue;
    if (size - byte < kGranuleSetBytes)
      set.granules &=
          llvm::maskTrailingOnes<uint64_t>((size - byte) / kGranuleBytes);
    granules.push_back(set);
  }
}

/// Tells the checker of races what the warp reads of shared memory.
static void checkReads(Warp &warp, const MatrixOperand *a,
                       const MatrixOperand &b) {
  Cta &cta = warp.getCta();
  llvm::SmallVector<GranuleSet, 32> granules;
  if (a)
    addGranules(cta.shared, *a, granules);
  addGranules(cta.shared, b, granules);
  noteProductReads(
      warp, granules,
      cta.getWarpgroup(warp).getQueue(warp).issue(warp.clocks, kAllLanes));
}

static Flow runMultiply(Warp &warp, const Operation &operation, Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  MatrixProduct product = MatrixProduct::decode(operation);
  Sources sources(operation);
  llvm::ArrayRef<Row> rows = operation.rows;
  llvm::ArrayRef<Row> accumulator = rows.take_front(operation.destinations);
  llvm::ArrayRef<Row> inputs;
  if (!product.isAShared)
    inputs = rows.slice(operation.destinations, product.registersA);

  WarpgroupCall call;
  call.warp = warp.getIndex() % kWarpsInGroup;
  // One lane stands for all: the ISA wants them equal.
  call.accumulates =
      (warp.predicate(sources.scale) & 1) != (operation.immediate & 1);
  call.b = MatrixDescriptor::decode(warp.longs(sources.b)[0]);
  if (product.isAShared)
    call.a = MatrixDescriptor::decode(warp.longs(sources.a)[0]);

  // They decide what is multiplied at all.
  Mask undecided = warp.poison(sources.scale) | warp.poison(sources.b);
  if (product.isAShared)
    undecided |= warp.poison(sources.a);
  reportPoison(warp, undecided, "a descriptor or scale-d of 'wgmma'");
  const Region &shared = warp.getCta().shared;
  // Pure functions of what is asked: for any grid.
  static thread_local MatrixOperands operandsA, operandsB;
  const MatrixOperand *a =
      product.isAShared ? &operandsA.get(getPartA(product, call)) : nullptr;
  const MatrixOperand &b = operandsB.get(getPartB(product, call));
  bool isWhole = isWritten(shared, b) && (!a || isWritten(shared, *a));
  if (!isWhole) {
    if (a)
      checkBounds(warp, shared, *a, "A");
    checkBounds(warp, shared, b, "B");
  }
  Mask poisoned = 0;
  for (Row row : inputs)
    poisoned |= warp.poison(row);
  if (call.accumulates)
    for (Row row : accumulator)
      poisoned |= warp.poison(row);
  std::optional<MatrixPoison> poison;
  if (poisoned || !isWhole)
    poison = getPoison(warp, operation, product, call, a, b);

  warp.getCta().getWarpgroup(warp).issue(warp);
  if (MatrixInFlight *inFlight = getMatrixInFlight(warp)) {
    if (inFlight->lacksFence())
      warp.find(FindingKind::MissingWgmmaFence, kAllLanes,
                "no wgmma.fence comes before 'wgmma.mma_async'");
    inFlight->issue(warp.frame(), accumulator, inputs);
    checkReads(warp, a, b);
  }
  PerturbedOrder order(warp, operation, product.shape.k);
  multiplyWarpgroup(warp.words(0), operation, product, call, a, b,
                    {shared.bytes.data(), kSharedStart, shared.bytes.size()},
                    order.get());
  defineDestinations(warp, operation);
  if (poison) {
    Fragment d = product.getD();
    poison->writeD(warp.frame(),
                   {accumulator, d.getElementBits(),
                    [&](unsigned lane, unsigned reg, unsigned element) {
                      return d.getPlace(lane, reg, element);
                    }});
  }
  countFlop(warp, product.shape);
  return Flow::Next;
}

static Flow runFence(Warp &warp, const Operation &operation, Mask active) {
  if (requireWholeWarp(warp, active))
    if (MatrixInFlight *inFlight = getMatrixInFlight(warp))
      inFlight->fence();
  return Flow::Next;
}

static Flow runCommit(Warp &warp, const Operation &operation, Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  Warpgroup &group = warp.getCta().getWarpgroup(warp);
  if (MatrixInFlight *inFlight = getMatrixInFlight(warp)) {
    inFlight->commit();
    checkProductReads(warp);
    group.getQueue(warp).commit(warp.clocks, active);
  }
  if (!group.commit(warp))
    warp.find(FindingKind::DivergentBarrier, active,
              "warps of one warpgroup commit different numbers of products as "
              "one wgmma-group");
  return Flow::Next;
}

static Flow runWait(Warp &warp, const Operation &operation, Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  Warpgroup &group = warp.getCta().getWarpgroup(warp);
  switch (group.wait(warp, operation.immediate)) {
  case Warpgroup::Outcome::Ended:
    break;
  case Warpgroup::Outcome::Waits:
    return Flow::Blocked;
  case Warpgroup::Outcome::Never:
    warp.find(FindingKind::DivergentBarrier, active,
              "waits for a wgmma-group that not all four warps of the "
              "warpgroup have issued: one has exited, or the CTA has none "
              "there");
    break;
  }
  if (MatrixInFlight *inFlight = getMatrixInFlight(warp)) {
    inFlight->wait(operation.immediate);
    group.getQueue(warp).wait(warp.clocks, active, operation.immediate);
  }
  return Flow::Next;
}

/// Operand i as one of two numbers, the first of which stands for false.
static bool getImmediate(Decoder &decoder, size_t i, int64_t no, int64_t yes,
                         bool &result) {
  const ptx::Operand &operand = decoder.operand(i);
  auto value = static_cast<int64_t>(operand.bits);
  if (operand.kind != ptx::Operand::Kind::Immediate || operand.floatBits != 0 ||
      (value != no && value != yes))
    return decoder.fail("expected " + llvm::Twine(no) + " or " +
                        llvm::Twine(yes) + " as operand " + llvm::Twine(i + 1) +
                        " of 'wgmma.mma_async'");
  result = value == yes;
  return true;
}

static bool decodeMultiply(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  Operation &operation = decoder.operation();
  MatrixShape shape = *parseMatrixShape(match.get("shape"));
  shape.m = kWarpRows;
  MatrixProduct product(shape, match.getType("a"), match.getType("b"),
                        match.getType("d"), match.getType("d"));
  product.saturates = match.has("satfinite");
  product.isAShared = decoder.operand(1).kind != ptx::Operand::Kind::Vector;
  bool isInteger = product.d == Type::S32;
  bool mayTranspose = product.a == Type::F16 || product.a == Type::BF16;

  size_t expected = 4;
  if (!isInteger)
    expected += 2;
  if (mayTranspose)
    expected += product.isAShared ? 2 : 1;
  if (decoder.numOperands() != expected)
    return decoder.fail("expected " + llvm::Twine(expected) +
                        " operands of 'wgmma.mma_async', found " +
                        llvm::Twine(decoder.numOperands()));
  size_t next = 4;
  if (!isInteger) {
    bool negatesA, negatesB;
    if (!getImmediate(decoder, next, 1, -1, negatesA) ||
        !getImmediate(decoder, next + 1, 1, -1, negatesB))
      return false;
    next += 2;
    product.isNegated = negatesA != negatesB;
  }
  for (MatrixMajor *major : {&product.majorA, &product.majorB}) {
    if (!mayTranspose || (major == &product.majorA && !product.isAShared))
      continue;
    bool isTransposed;
    if (!getImmediate(decoder, next++, 0, 1, isTransposed))
      return false;
    *major = isTransposed ? MatrixMajor::MN : MatrixMajor::K;
  }

  Fragment d = product.getD(), a = product.getA();
  if (!addFragment(decoder, 0, d, d.getNumRegisters(), true))
    return false;
  if (product.isAShared
          ? !decoder.addSource(1, Type::B64)
          : !addFragment(decoder, 1, a, product.registersA, false))
    return false;
  if (!decoder.addSource(2, Type::B64) || !decoder.addSource(3, Type::Pred))
    return false;
  product.encode(operation);
  operation.immediate = decoder.operand(3).isNegated;
  operation.run = runMultiply;
  return true;
}

static bool decodeFence(Decoder &decoder) {
  decoder.operation().run = runFence;
  return true;
}

static bool decodeCommit(Decoder &decoder) {
  decoder.operation().run = runCommit;
  return true;
}

static bool decodeWait(Decoder &decoder) {
  const ptx::Operand &count = decoder.operand(0);
  if (count.kind != ptx::Operand::Kind::Immediate || count.floatBits != 0 ||
      static_cast<int64_t>(count.bits) < 0)
    return decoder.fail("expected a number of groups that may be pending");
  decoder.operation().immediate = static_cast<int64_t>(count.bits);
  decoder.operation().run = runWait;
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getWgmmaDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Wgmma, decodeMultiply},
      {Semantics::WgmmaFence, decodeFence},
      {Semantics::WgmmaCommit, decodeCommit},
      {Semantics::WgmmaWait, decodeWait},
  };
  return decoders;
}
