//===- Stages.h - which nodes of a chunk wait for the carry -----*- C++ -*-===//

#ifndef SLUICE_LIB_ANALYSIS_STAGES_H
#define SLUICE_LIB_ANALYSIS_STAGES_H

#include "dialects/WY/WYOps.h"

namespace sluice::wy {

/// `Pre` does not depend on the states, `Scan` lies on a path from the states
/// before the chunk to those after it, `Post` depends on the states and feeds
/// nothing back.
enum class Stage { Pre, Scan, Post };
inline constexpr unsigned kNumStages = 3;
llvm::StringRef stringifyStage(Stage stage);

/// The values of the graph that a node uses, inside its regions too.
llvm::SmallVector<mlir::Value> getNodeOperands(mlir::Operation &node);

/// The stages of a scan's nodes; any change of its body invalidates them.
struct Stages {
  /// `others` are values, beside the states after the chunk, whose way is one
  /// to such a state: through a channel, that of another scan.
  explicit Stages(ScanOp scan, mlir::ValueRange others = {});

  llvm::DenseMap<mlir::Operation *, Stage> ofNode;
  /// Those on a path to a state after the chunk, whatever their stage.
  llvm::DenseSet<mlir::Operation *> feeding;
};

} // namespace sluice::wy

#endif // SLUICE_LIB_ANALYSIS_STAGES_H
