//===- BlockOrder.h - an order in which little is alive ---------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESHORTENLIVES_BLOCKORDER_H
#define SLUICE_PASSES_TILESHORTENLIVES_BLOCKORDER_H

#include "dialects/Tile/TileLives.h"

namespace sluice {

/// The operations of a block, who has to come before whom, and an order of
/// them. Numbers count operations in program order.
class BlockOrder {
public:
  BlockOrder(mlir::Block &block, const tile::TileLives &lives, int64_t warps);

  /// Registers that are alive at the widest point of the program's order.
  int64_t getWidest() const { return widest; }
  /// Puts the operations in an order in which fewer registers are alive, if one
  /// is found. Returns false if not.
  bool shorten();

private:
  /// What becomes of the registers when some operations come next.
  struct Effect {
    int64_t widest, after;
  };
  struct Node {
    mlir::Operation *op;
    /// What it takes and gives of the block's own, and who else comes first.
    llvm::SmallVector<unsigned> operands, results, before;
    /// Registers that its regions need beside what is alive around them.
    int64_t inside = 0;
    /// Whether something may end here, so that it is worth to come here.
    bool isGoal = false;
  };

  void addValues(mlir::Block &block, const tile::TileLives &lives,
                 int64_t warps);
  void addMemory();
  void findGoals();
  /// All that has to come before `goal`, and `goal`, in order; with `toNearest`
  /// nothing if another goal is among it, the way to which is a part of it.
  llvm::SmallVector<unsigned> getPath(unsigned goal, bool toNearest = false);
  /// Has `node` come next.
  void advance(unsigned node, Effect &effect);
  Effect tryPath(llvm::ArrayRef<unsigned> path);
  void takePath(llvm::ArrayRef<unsigned> path);
  void takeLoads();
  /// The path to the goal that is best to come to next; empty if all are there.
  llvm::SmallVector<unsigned> choosePath(int64_t limit);
  void makeOrder(int64_t limit);

  llvm::SmallVector<Node> nodes;
  /// Of each value its registers, and users that are still to come.
  llvm::SmallVector<int64_t> registers, users;
  int64_t widest = 0;
  /// Of the order that is being made.
  Effect before{0, 0}, made{0, 0};
  llvm::SmallVector<unsigned> order;
  llvm::BitVector isTaken, isOnPath;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILESHORTENLIVES_BLOCKORDER_H
