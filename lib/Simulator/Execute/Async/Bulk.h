//===- Bulk.h - bulk and tensor copies --------------------------*- C++ -*-===//
//
// PTX ISA 9.0, sections 9.7.9.25.4 and 9.7.9.25.5. A transfer is a list of
// pieces; it happens at any time between its issue and what observes its
// completion: an mbarrier, or a wait for its group.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_BULK_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_BULK_H

#include "lib/Layout/Swizzle.h"
#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/Collective/AtomicOps.h"
#include "lib/Simulator/Machine/InstructionSet.h"
#include "lib/Simulator/Machine/Worker.h"

namespace sluice::sim {

inline constexpr uint64_t kBulkGranule = layout::kGranuleBytes;

/// Rows of bytes from one place to another.
struct BulkPiece {
  /// Generic addresses; that in shared memory before it is swizzled.
  uint64_t to = 0, from = 0;
  uint64_t bytes = 0;
  /// And how far each row is behind the one before.
  uint64_t rows = 1, toStep = 0, fromStep = 0;
  /// `fill` is written, element by element of `fillBytes`; twice into 8.
  bool isFill = false;
  uint32_t fill = 0, fillBytes = 1;
};

struct BulkTransfer {
  llvm::SmallVector<BulkPiece, 2> pieces;
  /// What it reads and writes, exactly, by generic address. All of one list are
  /// of one memory.
  llvm::SmallVector<RowRange, 2> reads, writes;
  /// Of shared memory, where granules of 16 bytes are elsewhere:
  /// layout::swizzle.
  unsigned swizzleBits = 0;
  /// Bytes that an mbarrier is told of.
  uint64_t total = 0;
  /// Other lanes issue such a transfer by the same instruction.
  bool isOneOfSeveral = false;
  /// Of cp.reduce; none: it copies.
  std::optional<AtomicOp> reduce;
  ptx::Type type = ptx::Type::B8;
};

/// Checks bounds and races, and begins the transfer. It is observed by the
/// mbarrier at this generic address; 0: by the lane's bulk group. Findings are
/// the warp's current instruction's.
void beginTransfer(Warp &warp, unsigned lane, BulkTransfer transfer,
                   uint64_t mbarrier);

/// The same place in the shared memory of the CTA of a rank.
uint64_t moveToRank(uint64_t address, uint64_t rank);

/// Does the lanes' transfers in all groups but the latest `pending`.
void completeBulkGroups(Warp &warp, Mask lanes, uint32_t pending);

llvm::ArrayRef<InstructionDecoder> getBulkDecoders();
llvm::ArrayRef<InstructionDecoder> getTensorDecoders();
/// tensormap.replace.
llvm::ArrayRef<InstructionDecoder> getTensorMapDecoders();
/// fence.proxy.tensormap, tensormap.cp_fenceproxy.
llvm::ArrayRef<InstructionDecoder> getTensorMapFenceDecoders();
llvm::ArrayRef<InstructionDecoder> getAsyncStoreDecoders();

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_BULK_H
