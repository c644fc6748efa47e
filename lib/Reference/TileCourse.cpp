//===- TileCourse.cpp - How warps go through a kernel ---------------------===//

#include "lib/Reference/TileCourse.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::tile;
namespace scf = mlir::scf;

Expected<bool> TileCourse::advance() {
  frame.setWarps(first, end);
  waitingFor.clear();
  for (bool moves = false;; moves = true) {
    if (stack.empty())
      return moves;
    Activation &top = stack.back();
    if (top.next == top.block->end() ||
        top.next->hasTrait<mlir::OpTrait::IsTerminator>()) {
      leave(top);
      continue;
    }
    mlir::Operation &op = *top.next++;
    if (Error error = step(op))
      return std::move(error);
    if (!waitingFor.empty()) {
      // Nothing has come upon the stack.
      --top.next;
      return moves;
    }
  }
}

Error TileCourse::step(mlir::Operation &op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return enter(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return enter(branch);
  if (auto roles = dyn_cast<RolesOp>(op))
    return enter(roles);
  if (auto acquire = dyn_cast<AcquireOp>(op))
    return take(acquire);
  if (auto wait = dyn_cast<WaitOp>(op))
    return take(wait);
  return frame.runInEachWarp(op);
}

//===----------------------------------------------------------------------===//
// Loops and branches
//===----------------------------------------------------------------------===//

/// Copies all values before any is replaced: some may be others' sources.
static void move(mlir::ValueRange from, mlir::ValueRange to, TileFrame &frame) {
  frame.forEachWarp([&] {
    SmallVector<TileValue, 2> values;
    for (mlir::Value value : from)
      values.push_back(frame.at(value));
    for (auto [value, target] : zip_equal(values, to))
      frame.at(target) = std::move(value);
  });
}

Error TileCourse::enter(scf::IfOp op) {
  Expected<int64_t> isTaken = frame.getUniform(op, op.getCondition());
  if (!isTaken)
    return isTaken.takeError();
  mlir::Region &region =
      *isTaken != 0 ? op.getThenRegion() : op.getElseRegion();
  if (!region.empty())
    enter(region.front());
  return Error::success();
}

Error TileCourse::enter(scf::ForOp op) {
  int64_t begin = 0, end = 0, step = 0;
  for (auto [value, number] :
       {std::pair(op.getLowerBound(), &begin),
        std::pair(op.getUpperBound(), &end), std::pair(op.getStep(), &step)})
    if (Error error = frame.getUniform(op, value).moveInto(*number))
      return error;
  if (step <= 0)
    return fail(op, "has a step of " + Twine(step) + ", expected one above 0");
  if (begin >= end) {
    move(op.getInitArgs(), op.getResults(), frame);
    return Error::success();
  }
  move(op.getInitArgs(), op.getRegionIterArgs(), frame);
  frame.forEachWarp([&] { frame.set(op.getInductionVar(), begin); });
  stack.push_back({op.getBody(), op.getBody()->begin(), begin, end, step});
  return Error::success();
}

void TileCourse::leave(Activation &ended) {
  mlir::Operation *parent = ended.block->getParentOp();
  if (auto loop = dyn_cast<scf::ForOp>(parent)) {
    move(loop.getYieldedValues(), loop.getRegionIterArgs(), frame);
    ended.i += ended.step;
    if (ended.i < ended.end) {
      frame.forEachWarp([&] { frame.set(loop.getInductionVar(), ended.i); });
      ended.next = ended.block->begin();
      return;
    }
    move(loop.getRegionIterArgs(), loop.getResults(), frame);
  } else if (auto branch = dyn_cast<scf::IfOp>(parent)) {
    move(ended.block->getTerminator()->getOperands(), branch.getResults(),
         frame);
  }
  stack.pop_back();
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

template <typename Op> Error TileCourse::take(Op op) {
  bool areReady = true;
  Error error = frame.tryEachWarp([&]() -> Error {
    bool isReady = false;
    if (Error error = frame.rings.isReady(op, frame).moveInto(isReady))
      return error;
    if (!isReady && areReady)
      waitingFor =
          (op->getName().getStringRef() + " of use " +
           Twine(frame.integer(op.getUse())) + " of ring '" +
           op.getRing().template getDefiningOp<RingOp>().getName() + "'")
              .str();
    areReady &= isReady;
    return Error::success();
  });
  if (error || !areReady)
    return error;
  return frame.tryEachWarp([&] { return frame.rings.take(op, frame); });
}

Error TileCourse::enter(RolesOp op) {
  SmallVector<TileCourse> courses;
  SmallVector<RoleOp> roles(op.getBody().getOps<RoleOp>());
  for (RoleOp role : roles) {
    int64_t first = role.getFirstWarp();
    int64_t end = first + static_cast<int64_t>(role.getWarps());
    frame.setWarps(first, end);
    frame.forEachWarp([&] {
      frame.set(role.getBody().getArgument(0), frame.getWarp() - first);
    });
    courses.emplace_back(frame, role.getBody().front(), first, end);
  }
  // By turns, each as far as it gets.
  auto hasEnded = [](const TileCourse &course) { return course.hasEnded(); };
  while (!all_of(courses, hasEnded)) {
    bool moves = false;
    for (TileCourse &course : courses) {
      if (course.hasEnded())
        continue;
      Expected<bool> moved = course.advance();
      if (!moved)
        return moved.takeError();
      moves |= *moved;
    }
    if (moves)
      continue;
    std::string text;
    for (auto [role, course] : zip_equal(roles, courses))
      if (!course.hasEnded())
        text += (Twine(text.empty() ? "" : ", ") + "role '" + role.getName() +
                 "' waits for " + course.getWaitingFor())
                    .str();
    return fail(op, "never ends: " + text);
  }
  frame.setWarps(first, end);
  return Error::success();
}
