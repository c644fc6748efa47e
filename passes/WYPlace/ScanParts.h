//===- ScanParts.h - scans made of parts of another -------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYPLACE_SCANPARTS_H
#define SLUICE_PASSES_WYPLACE_SCANPARTS_H

#include "dialects/WY/WYOps.h"
#include "lib/Analysis/StageCut.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

namespace sluice {

/// Names of channels that no argument and no other channel has.
class ChannelNames {
public:
  explicit ChannelNames(wy::ScanOp scan);
  /// `wanted`, or that with a number behind it.
  std::string make(const llvm::Twine &wanted);

private:
  llvm::StringSet<> taken;
};

/// What a scan takes from another, besides the arguments that it looks at.
struct ScanPart {
  llvm::StringRef name;
  /// In order; operands that none of them makes are arguments or channels.
  llvm::SmallVector<mlir::Operation *> nodes;
  /// All states, and those after the chunk.
  bool carries = false;
  llvm::SmallVector<unsigned> outputs;
  /// What goes to others.
  llvm::SmallVector<std::pair<wy::ChannelAttr, mlir::Value>> made;
  wy::SegmentsAttr segments;
};

/// Builds the part's scan. `channels` has what comes from other scans.
wy::ScanOp
buildPart(mlir::OpBuilder &builder, wy::ScanOp scan, const ScanPart &part,
          const llvm::DenseMap<mlir::Value, wy::ChannelAttr> &channels);

/// An empty placement with the scan's name and signature, before the scan.
wy::PlacedOp createPlaced(mlir::OpBuilder &builder, wy::ScanOp scan);

/// The three scans of a sequence in segments, and one for each state's
/// transition, at the builder's place. Fails at the operation for which a
/// segment has no transition.
llvm::LogicalResult placeSegments(mlir::OpBuilder &builder,
                                  const wy::StageCut &cut, int64_t tokens);

} // namespace sluice

#endif // SLUICE_PASSES_WYPLACE_SCANPARTS_H
