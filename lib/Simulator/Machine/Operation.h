//===- Operation.h - a decoded instruction ----------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_OPERATION_H
#define SLUICE_LIB_SIMULATOR_MACHINE_OPERATION_H

#include "lib/PTX/Cost.h"
#include "llvm/ADT/SmallVector.h"
#include <array>

namespace sluice::ptx {
struct Function;
struct Instruction;
} // namespace sluice::ptx

namespace sluice::sim {

class Warp;

/// Lanes of a warp, one bit each.
using Mask = uint32_t;
inline constexpr unsigned kLanes = 32;
inline constexpr Mask kAllLanes = 0xffffffff;

/// Where a value lives in a warp's register file, in rows of 32 × 4 bytes.
/// Up to 32 bits: one row of uint32_t, upper bits of narrower values anything.
/// 64 bits: two rows, as 32 × uint64_t. 128 bits: four rows, 32 × uint64_t low
/// halves, then high ones. A predicate: one row whose first word is a Mask.
/// Immediates and special registers that never change are rows, too, filled
/// once: a handler sees only rows.
using Row = uint32_t;
inline constexpr Row kNoRow = ~0u;
inline constexpr unsigned getNumRows(unsigned bits) {
  return bits > 64 ? 4 : bits > 32 ? 2 : 1;
}

/// What a handler came back with.
enum class Flow : uint8_t {
  /// To the next instruction.
  Next,
  /// The handler has set the path's program counter, or split the path.
  Jumped,
  /// Wait: run the same instruction again when something has changed.
  Blocked,
  /// To the next instruction, but let others run first.
  Yield,
  /// The lanes have ended.
  Exited,
};

/// How a value instruction moves what is undefined between the lower and upper
/// halves of registers.
enum class Halves : uint8_t {
  /// All of the result depends on all of the sources.
  Mixed,
  /// Lower halves make the lower half, upper ones the upper: f16x2, mov.
  Apart,
  /// The sources are the parts, lowest first; or the other way round.
  Packed,
  PackedHighFirst,
  /// The results are the parts, lowest first.
  Unpacked,
  /// The first source where the third, a predicate, holds, else the second:
  /// the other may be anything.
  Selected,
  /// All of the result depends on that half of the first source, and on nothing
  /// else: bits cut out.
  Lower,
  Upper,
};

struct Operation;
/// Runs an instruction for the lanes of `active`, which are the path's lanes
/// whose guard holds: at least one.
using Handler = Flow (*)(Warp &warp, const Operation &operation, Mask active);
/// Values only: rows in, rows out. Chosen per instruction set of the host.
using ValueHandler = void (*)(uint32_t *rows, const Operation &operation,
                              Mask active);

struct Operation {
  /// One of them.
  Handler run = nullptr;
  ValueHandler compute = nullptr;
  Row guard = kNoRow;
  bool guardIsNegated = false;
  ptx::Class which = ptx::Class::Move;
  ptx::Cost cost = ptx::Cost::Free;
  Halves halves = Halves::Mixed;
  /// All lanes of the warp execute it together: those that come first wait.
  bool isWarpWide = false;
  /// Rows: destinations first.
  llvm::SmallVector<Row, 6> rows;
  uint8_t destinations = 0;
  /// What a family wants to know: offsets, sizes, kinds. Its own meaning.
  int64_t immediate = 0;
  uint32_t detail[4] = {0, 0, 0, 0};
  /// Of instructions with several addresses.
  std::array<int64_t, 3> offsets = {0, 0, 0};
  /// Of a branch.
  uint32_t target = 0;
  /// Of a call.
  const ptx::Function *callee = nullptr;
  const ptx::Instruction *source = nullptr;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_OPERATION_H
