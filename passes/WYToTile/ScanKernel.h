//===- ScanKernel.h - a scan's graph in a kernel ----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOTILE_SCANKERNEL_H
#define SLUICE_PASSES_WYTOTILE_SCANKERNEL_H

#include "lib/Target/GPU/KernelFrame.h"
#include "passes/WYToTile/ChunkTensors.h"

namespace sluice {

/// Returns the type of a chunk's tensor in a kernel: one without axes is a
/// number.
mlir::Type withoutRank0(mlir::Type type);

/// A scan's graph, copied into a loop over chunks, in a kernel around it. A CTA
/// has a sequence; of a scan without states, whose chunks are independent, a
/// chunk, and of one with segments a segment. Channels are workspaces.
class ScanKernel {
public:
  /// Creates the kernel beside `place`. `feeding` has values of the scan that
  /// the next states of later scans depend on.
  ScanKernel(mlir::OpBuilder &b, wy::ScanOp scan, mlir::Operation *place,
             llvm::StringRef name, KernelSizes sizes, mlir::ValueRange feeding);

  void build();
  tile::KernelOp getKernel() const { return frame.getKernel(); }
  /// Refers to values in the kernel.
  const Chunk &getChunk() const { return chunk; }

private:
  using Value = mlir::Value;

  Value getInitial(unsigned argument, unsigned state);
  void storeFinals(mlir::ValueRange states);
  void buildChunk(Value first, mlir::ValueRange states,
                  const llvm::DenseMap<unsigned, Value> &params);
  Value hasTokens();

  mlir::OpBuilder &b;
  mlir::Location loc;
  wy::ScanOp scan;
  mlir::ValueRange feeding;
  KernelSizes sizes;
  KernelFrame frame;
  Chunk chunk;
};

/// Returns true if the scan follows states over segments, as ScanKernel makes
/// them, and does nothing else.
bool isJoin(wy::ScanOp scan);
/// Creates the kernel of a join beside `place`: S ← M S + R, in float32, from
/// segment to segment of a sequence, up to the start of the last one.
tile::KernelOp buildJoinKernel(mlir::OpBuilder &b, wy::ScanOp scan,
                               mlir::Operation *place, llvm::StringRef name);

} // namespace sluice

#endif // SLUICE_PASSES_WYTOTILE_SCANKERNEL_H
