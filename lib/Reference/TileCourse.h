//===- TileCourse.h - How warps go through a kernel -------------*- C++ -*-===//
//
// What takes one way through a kernel: all warps of a CTA, or those of a role.
// A course goes on until it ends, or has to wait for another.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_TILECOURSE_H
#define SLUICE_LIB_REFERENCE_TILECOURSE_H

#include "lib/Reference/TileFrame.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace sluice::reference {

class TileCourse {
public:
  /// A course of the warps from `first` to `end` through a block.
  TileCourse(TileFrame &frame, mlir::Block &body, int64_t first, int64_t end)
      : frame(frame), first(first), end(end) {
    stack.push_back({&body, body.begin()});
  }

  /// Goes on, each operation in one warp after another, until nothing is left
  /// or an operation has to wait. Returns false if it is where it was.
  llvm::Expected<bool> advance();
  bool hasEnded() const { return stack.empty(); }
  /// What the course waits for; empty if it does not.
  llvm::StringRef getWaitingFor() const { return waitingFor; }

private:
  /// A block that is run: of the kernel, a role, a branch or a loop.
  struct Activation {
    mlir::Block *block;
    mlir::Block::iterator next;
    /// Of a loop: this time round, the end and the step.
    int64_t i = 0, end = 0, step = 0;
  };

  llvm::Error step(mlir::Operation &op);
  llvm::Error enter(mlir::scf::ForOp op);
  llvm::Error enter(mlir::scf::IfOp op);
  llvm::Error enter(tile::RolesOp op);
  /// Once more, or on behind what the block is in.
  void leave(Activation &ended);
  /// Takes slots of a ring, if each warp can.
  template <typename Op> llvm::Error take(Op op);
  void enter(mlir::Block &block) { stack.push_back({&block, block.begin()}); }

  TileFrame &frame;
  int64_t first, end;
  llvm::SmallVector<Activation, 4> stack;
  std::string waitingFor;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILECOURSE_H
