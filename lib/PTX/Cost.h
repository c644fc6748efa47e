//===- Cost.h - what instructions count as, and what runs them --*- C++ -*-===//

#ifndef SLUICE_LIB_PTX_COST_H
#define SLUICE_LIB_PTX_COST_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace sluice::ptx {

/// How an instruction is counted.
enum class Class : uint8_t {
  Move,
  Integer,
  Float32,
  Float64,
  Half,
  /// ex2, sin, rsqrt, …: the multi-function unit.
  Special,
  Convert,
  Memory,
  Atomic,
  Async,
  Matrix,
  /// Shuffles, votes, match, redux.
  Warp,
  Barrier,
  Control,
};
llvm::StringRef getName(Class which);

/// What an instruction needs of an SM, beside an issue slot.
enum class Role : uint8_t {
  /// Nothing: a move, a parameter, a pragma. Not even a slot.
  Free,
  Math,
  Branch,
  /// mma.sync; wgmma.mma_async.
  Matrix,
  AsyncMatrix,
  /// Loads, stores, atomics.
  Access,
  /// cp.async.
  Copy,
  /// Bulk and tensor copies.
  Bulk,
  /// Of cp.async, of bulk copies, of wgmma: ends a group, waits for groups.
  CommitCopies,
  WaitCopies,
  CommitBulk,
  WaitBulk,
  CommitMatrix,
  WaitMatrix,
  /// Barriers of any kind.
  Synchronise,
};

/// The units of arithmetic: each has a throughput and a latency of its own,
/// which are the chip's.
enum class Unit : uint8_t {
  Fp32,
  Integer,
  /// What Integer does, and Fp32 by a product with 1: ptxas gives it to the one
  /// that has less to do.
  Add,
  IntegerMultiply,
  Half,
  Fp64,
  Special,
  /// Conversions: of floats to narrower ones, of 32-bit integers to f32,
  /// others.
  Pack,
  FromInteger,
  Convert,
  ConvertWide,
  BitCount,
  Shuffle,
  Vote,
  Reduction,
  Branch,
};
/// The name for people: "integer multiply".
llvm::StringRef getName(Unit unit);

/// The rows of Costs.def.
enum class Cost : uint8_t {
#define SLUICE_PTX_MATH(Name, Unit, count, WideUnit, wideCount, order) Name,
#define SLUICE_PTX_ROLE(Name, Role, flags, unit) Name,
#include "lib/PTX/Costs.def"
};

/// A row of Costs.def.
struct CostRow {
  enum Flags : uint8_t {
    NoFlags = 0,
    /// Of an access or a copy: the L1 may have it.
    UsesL1 = 1,
    /// It looks whether others have changed something.
    Polls = 2,
    /// Of a wait for bulk copies: until their sources have been read.
    ForReads = 4,
  };
  /// The order of several machine instructions.
  enum Order : uint8_t {
    Pipelined,
    /// Each waits for the one before.
    Chain,
  };
  Role role;
  Unit unit, wideUnit;
  uint8_t count, wideCount;
  Order order;
  uint8_t flags;
  /// For people: what executes it, unless that is `unit`.
  llvm::StringLiteral text;

  /// Machine instructions, for types of so many bits.
  unsigned getCount(unsigned bits) const {
    return bits > 32 ? wideCount : count;
  }
  Unit getUnit(unsigned bits) const { return bits > 32 ? wideUnit : unit; }
};
const CostRow &getRow(Cost cost);

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_COST_H
