//===- Address.cpp - addresses of spaces (PTX ISA 9.0, 9.7.9.19 to 9.7.9.24)
//-===//

#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

static uint64_t getWindow(llvm::StringRef space) {
  return llvm::StringSwitch<uint64_t>(space)
      .Cases({"shared", "shared::cta", "shared::cluster"}, kSharedWindow)
      .Case("local", kLocalWindow)
      .Default(0);
}

static void movePoison(Warp &warp, const Operation &operation, Mask active) {
  Mask &poison = warp.poison(operation.rows[0]);
  poison = (poison & ~active) | (warp.getPoison(operation) & active);
}

/// immediate: the window; detail[0]: to the space, detail[1]: bits.
static Flow runConvertAddress(Warp &warp, const Operation &operation,
                              Mask active) {
  bool toSpace = operation.detail[0], isWide = operation.detail[1] == 64;
  uint64_t window = operation.immediate;
  movePoison(warp, operation, active);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(active >> lane & 1))
      continue;
    uint64_t from = isWide ? warp.longs(operation.rows[1])[lane]
                           : warp.words(operation.rows[1])[lane];
    if (window)
      from = toSpace ? from & (kWindowSize - 1)
                     : window + (from & (kWindowSize - 1));
    if (isWide)
      warp.longs(operation.rows[0])[lane] = from;
    else
      warp.words(operation.rows[0])[lane] = from;
  }
  return Flow::Next;
}

static bool decodeConvertAddress(Decoder &decoder) {
  Operation &operation = decoder.operation();
  Type type = decoder.match().getType("t");
  operation.run = runConvertAddress;
  operation.immediate = getWindow(decoder.match().get("space"));
  operation.detail[0] = decoder.match().has("to");
  operation.detail[1] = ptx::getBitWidth(type);
  return decoder.addDestination(0, type) && decoder.addSource(1, type);
}

namespace {
enum class Window : uint8_t { Global, OwnShared, Shared, Local, Const, Param };
} // namespace

static bool isInWindow(Warp &warp, uint64_t address, Window window) {
  Cta &cta = warp.getCta();
  Grid &grid = cta.getGrid();
  auto isConstant = [&] {
    Region *region = grid.getArena().find(address, 1);
    return region && region->isConstant;
  };
  auto isParameter = [&] {
    return grid.getArena().find(address, 1) ==
           grid.getArena().find(grid.getParameters(), 1);
  };
  switch (window) {
  case Window::Global:
    return address >= kArenaBase && !isConstant();
  case Window::OwnShared:
    return isSharedAddress(address) &&
           (address - kSharedWindow) >> kSharedRankShift ==
               cta.getClusterRank();
  case Window::Shared:
    return isSharedAddress(address);
  case Window::Local:
    return isLocalAddress(address);
  case Window::Const:
    return isConstant() && !isParameter();
  case Window::Param:
    return isConstant() && isParameter();
  }
  llvm_unreachable("a window");
}

/// detail[0]: which window; detail[1]: bits.
static Flow runIsSpace(Warp &warp, const Operation &operation, Mask active) {
  auto window = static_cast<Window>(operation.detail[0]);
  Mask result = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    uint64_t address = operation.detail[1] == 64
                           ? warp.longs(operation.rows[1])[lane]
                           : warp.words(operation.rows[1])[lane];
    result |= Mask(isInWindow(warp, address, window)) << lane;
  }
  movePoison(warp, operation, active);
  Mask &to = warp.predicate(operation.rows[0]);
  to = (to & ~active) | (result & active);
  return Flow::Next;
}

static bool decodeIsSpace(Decoder &decoder) {
  Operation &operation = decoder.operation();
  llvm::StringRef space = decoder.match().get("space");
  operation.run = runIsSpace;
  operation.detail[0] = static_cast<uint32_t>(
      llvm::StringSwitch<Window>(space)
          .Cases({"shared", "shared::cta"}, Window::OwnShared)
          .Case("shared::cluster", Window::Shared)
          .Case("local", Window::Local)
          .Case("const", Window::Const)
          .Cases({"param", "param::entry"}, Window::Param)
          .Default(Window::Global));
  unsigned bits = decoder.getRegisterBits(decoder.operand(1));
  operation.detail[1] = bits == 32 ? 32 : 64;
  return decoder.addDestination(0, Type::Pred) &&
         decoder.addSource(1, bits == 32 ? Type::B32 : Type::B64);
}

/// The same place in the shared memory of the CTA of rank b.
static Flow runMap(Warp &warp, const Operation &operation, Mask active) {
  bool isWide = operation.detail[1] == 64;
  constexpr uint64_t offsetBits = (uint64_t(1) << kSharedRankShift) - 1;
  movePoison(warp, operation, active);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(active >> lane & 1))
      continue;
    uint64_t rank = warp.words(operation.rows[2])[lane];
    uint64_t from = isWide ? warp.longs(operation.rows[1])[lane]
                           : warp.words(operation.rows[1])[lane];
    uint64_t to = (from & ~uint64_t(0xffffffff)) |
                  (rank & 0xff) << kSharedRankShift | (from & offsetBits);
    if (isWide)
      warp.longs(operation.rows[0])[lane] = to;
    else
      warp.words(operation.rows[0])[lane] = to;
  }
  return Flow::Next;
}

static bool decodeMap(Decoder &decoder) {
  Operation &operation = decoder.operation();
  Type type = decoder.match().getType("t");
  operation.run = runMap;
  operation.detail[1] = ptx::getBitWidth(type);
  return decoder.addDestination(0, type) && decoder.addSource(1, type) &&
         decoder.addSource(2, Type::B32);
}

static Flow runRank(Warp &warp, const Operation &operation, Mask active) {
  bool isWide = operation.detail[1] == 64;
  movePoison(warp, operation, active);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(active >> lane & 1))
      continue;
    uint64_t from = isWide ? warp.longs(operation.rows[1])[lane]
                           : warp.words(operation.rows[1])[lane];
    warp.words(operation.rows[0])[lane] = (from >> kSharedRankShift) & 0xff;
  }
  return Flow::Next;
}

static bool decodeRank(Decoder &decoder) {
  Operation &operation = decoder.operation();
  Type type = decoder.match().getType("t");
  operation.run = runRank;
  operation.detail[1] = ptx::getBitWidth(type);
  return decoder.addDestination(0, Type::U32) && decoder.addSource(1, type);
}

llvm::ArrayRef<InstructionDecoder> sim::getAddressDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Cvta, decodeConvertAddress},
      {Semantics::IsSpace, decodeIsSpace},
      {Semantics::Mapa, decodeMap},
      {Semantics::GetCtaRank, decodeRank},
  };
  return decoders;
}
