//===- MatrixMove.cpp - ldmatrix, stmatrix, movmatrix ---------------------===//
//
// PTX ISA 9.1, sections 9.7.14.5.15 to .17. Lane 8 i + r has the address of row
// r of matrix i; register i gets that matrix: core matrices, row by row.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/Twine.h"
#include <cstring>

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Semantics;

static constexpr unsigned kRowBytes = 16;

namespace {
/// Details of ldmatrix and stmatrix.
enum Detail { kAddress, kNumMatrices, kIsTransposed };
} // namespace

static Mask getAddressLanes(unsigned numMatrices) {
  return numMatrices == 4 ? kAllLanes : (Mask(1) << (8 * numMatrices)) - 1;
}

static Access getRowAccess(bool isWrite) {
  Access access;
  access.space = ptx::Space::Shared;
  access.bytes = access.alignment = kRowBytes;
  access.isRead = !isWrite;
  access.isWrite = isWrite;
  return access;
}

/// Adds the lanes that hold an element of the row at `place` that nobody wrote.
static void addUnwritten(const Region &region, const uint8_t *place,
                         unsigned row, bool isTransposed, Mask &poison) {
  uint64_t address = region.address + (place - region.bytes.data());
  if (region.isWritten(address, kRowBytes))
    return;
  for (unsigned element = 0; element < 8; ++element)
    if (!region.isWritten(address + 2 * element, 2))
      poison |= Mask(1) << getMatrixRowLane(row, element, isTransposed);
}

static Flow runLoad(Warp &warp, const Operation &operation, Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  unsigned count = operation.detail[kNumMatrices];
  bool isTransposed = operation.detail[kIsTransposed];
  Row base = operation.rows[count];
  Addresses addresses = getAddresses(
      warp, decodeAddress(operation, base, operation.detail[kAddress]),
      decodeSpace(operation.detail[kAddress]));
  Places places =
      resolve(warp, withDefinedAddress(warp, getAddressLanes(count), base),
              addresses, getRowAccess(/*isWrite=*/false));
  for (unsigned matrix = 0; matrix < count; ++matrix) {
    uint32_t *words = warp.words(operation.rows[matrix]);
    Mask poison = 0;
    for (unsigned row = 0; row < 8; ++row) {
      unsigned lane = 8 * matrix + row;
      uint32_t *to = words + row * (kRowBytes / 4);
      if (places.lanes >> lane & 1) {
        std::memcpy(to, places.lane[lane], kRowBytes);
        addUnwritten(*places.region[lane], places.lane[lane], row, isTransposed,
                     poison);
      } else {
        // Reported already: no second finding for what follows from it.
        std::memset(to, 0, kRowBytes);
      }
    }
    if (isTransposed)
      transposeCore(words, words);
    warp.poison(operation.rows[matrix]) = poison;
  }
  return Flow::Next;
}

static Flow runStore(Warp &warp, const Operation &operation, Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  unsigned count = operation.detail[kNumMatrices];
  bool isTransposed = operation.detail[kIsTransposed];
  Addresses addresses = getAddresses(
      warp,
      decodeAddress(operation, operation.rows[0], operation.detail[kAddress]),
      decodeSpace(operation.detail[kAddress]));
  // Lane by lane what is written, so that the checker can tell equal values.
  uint32_t rows[4 * kLanes];
  const void *pieces[] = {rows};
  for (unsigned matrix = 0; matrix < count; ++matrix) {
    uint32_t *core = rows + matrix * kLanes;
    const uint32_t *source = warp.words(operation.rows[1 + matrix]);
    if (isTransposed)
      transposeCore(source, core);
    else
      std::memcpy(core, source, kLanes * sizeof(uint32_t));
  }
  Access access = getRowAccess(/*isWrite=*/true);
  access.pieces = pieces;
  access.pieceBytes = access.pieceStride = kRowBytes;
  Places places = resolve(
      warp, withDefinedAddress(warp, getAddressLanes(count), operation.rows[0]),
      addresses, access);
  for (unsigned lane = 0; lane < 8 * count; ++lane) {
    if (!(places.lanes >> lane & 1))
      continue;
    uint8_t *to = places.lane[lane];
    std::memcpy(to, rows + lane * (kRowBytes / sizeof(uint32_t)), kRowBytes);
    Region &region = *places.region[lane];
    uint64_t address = region.address + (to - region.bytes.data());
    region.setWritten(address, kRowBytes, true);
    Mask poison = warp.poison(operation.rows[1 + lane / 8]);
    for (unsigned element = 0; poison && element < 8; ++element)
      if (poison >> getMatrixRowLane(lane % 8, element, isTransposed) & 1)
        region.setWritten(address + 2 * element, 2, false);
  }
  warp.getCta().getWorker().noteProgress();
  return Flow::Next;
}

static Flow runTranspose(Warp &warp, const Operation &operation, Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  Row to = operation.rows[0], from = operation.rows[1];
  Mask poison = warp.poison(from), transposed = 0;
  transposeCore(warp.words(from), warp.words(to));
  for (unsigned lane = 0; poison && lane < kLanes; ++lane)
    for (unsigned element = 0; element < 2; ++element) {
      MatrixPlace place =
          getMatrixRowPlace(lane, element, /*isTransposed=*/true);
      if (poison >> (4 * place.row + place.column / 2) & 1)
        transposed |= Mask(1) << lane;
    }
  warp.poison(to) = transposed;
  return Flow::Next;
}

static bool decodeMove(Decoder &decoder, bool isStore) {
  const ptx::Match &match = decoder.match();
  Operation &operation = decoder.operation();
  unsigned count = match.get("num") == "x1"   ? 1
                   : match.get("num") == "x2" ? 2
                                              : 4;
  size_t vector = isStore ? 1 : 0;
  llvm::ArrayRef<ptx::Operand> registers = getElements(decoder.operand(vector));
  if (registers.size() != count)
    return decoder.fail("expected " + llvm::Twine(count) + " registers for ." +
                        match.get("num") + ", found " +
                        llvm::Twine(registers.size()));
  Decoder::Address address;
  if (isStore && !decoder.addAddress(0, address))
    return false;
  for (const ptx::Operand &operand : registers)
    if (!(isStore ? decoder.addSource(operand, ptx::Type::B32)
                  : decoder.addDestination(operand, ptx::Type::B32)))
      return false;
  if (!isStore && !decoder.addAddress(1, address))
    return false;
  encodeAddress(operation, address, getSpace(match),
                operation.detail[kAddress]);
  operation.detail[kNumMatrices] = count;
  operation.detail[kIsTransposed] = match.has("trans");
  operation.run = isStore ? runStore : runLoad;
  return true;
}

static bool decodeLoad(Decoder &decoder) { return decodeMove(decoder, false); }
static bool decodeStore(Decoder &decoder) { return decodeMove(decoder, true); }

static bool decodeTranspose(Decoder &decoder) {
  decoder.operation().run = runTranspose;
  return decoder.addDestination(0, ptx::Type::B32) &&
         decoder.addSource(1, ptx::Type::B32);
}

llvm::ArrayRef<InstructionDecoder> sim::getMatrixMoveDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::LoadMatrix, decodeLoad},
      {Semantics::StoreMatrix, decodeStore},
      {Semantics::TransposeMatrix, decodeTranspose},
  };
  return decoders;
}
