//===- Mbarrier.h - barriers in shared memory -------------------*- C++ -*-===//
//
// PTX ISA 9.0, section 9.7.13.15. The object's eight bytes hold its state; what
// threads learn by it, and for checks where mbarriers are, its CTA's table has.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_MBARRIER_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_MBARRIER_H

#include "lib/Simulator/Machine/Cta.h"

namespace sluice::sim {

inline constexpr uint32_t kMostArrivals = (1 << 20) - 1;
inline constexpr int32_t kMostTransactions = (1 << 20) - 1;

struct MbarrierState {
  /// Arrivals that the phase still waits for, and that each phase waits for.
  uint32_t pending = 0, expected = 0;
  /// Bytes of transactions that the phase still waits for.
  int32_t transactions = 0;
  /// The current phase's parity.
  bool parity = false;
  /// mbarrier.init has been executed.
  bool isLive = false;

  static MbarrierState decode(uint64_t bits);
  uint64_t encode() const;
};

/// An mbarrier in a CTA's shared memory.
class Mbarrier {
public:
  /// `offset` has been resolved: eight bytes exist there.
  Mbarrier(Cta &cta, uint64_t offset);

  MbarrierState state;
  /// For checks: null without, and where there never was an mbarrier.
  MbarrierTable::Object *object = nullptr;

  /// Makes it one of that many arrivals.
  void initialize(Warp &warp, unsigned lane, uint32_t count);
  void invalidate();
  /// Stores the state, and ends the phase if nothing is pending.
  void store();
  /// Says why this is not an mbarrier: "has not been initialised".
  llvm::StringRef getReason() const;

private:
  bool isChecked() const;

  Cta *cta;
  uint64_t offset;
};

/// The CTA and offset that a shared::cluster address leads to; a null CTA if it
/// leads nowhere.
std::pair<Cta *, uint64_t> findShared(Cta &from, uint64_t address);

/// Finds, before a lane's asynchronous operation, the mbarrier at a
/// shared::cluster address on which it will complete: its CTA and offset. A
/// null CTA, after a finding, if there is none.
std::pair<Cta *, uint64_t> findCompletion(Warp &warp, unsigned lane,
                                          uint64_t address);
/// Checks the completion there of the operation that the lane issues: reports
/// what is not ordered with that, and if the mbarrier's init has no fence.
void checkCompletion(Warp &warp, unsigned lane, Cta &owner, uint64_t offset,
                     const AsyncOp &operation);
/// complete_tx of an asynchronous operation; nothing if the mbarrier is
/// not valid any more.
void completeTransaction(Cta &cta, uint64_t offset, uint64_t bytes,
                         const AsyncOp *operation);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_MBARRIER_H
