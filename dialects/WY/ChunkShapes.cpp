//===- ChunkShapes.cpp - what a chunk's tensors are -----------------------===//

#include "dialects/WY/ChunkShapes.h"
#include "dialects/WY/WYOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
using delta::ArgKind;
using delta::Axis;

ChunkShape wy::getShapeOf(Type tokenType, ArgKind kind) {
  if (isa<delta::StateType>(tokenType))
    return {ChunkShape::Kind::State, std::nullopt};
  ChunkShape shape;
  if (kind == ArgKind::Params)
    shape.kind = ChunkShape::Kind::Constant;
  if (auto vec = dyn_cast<delta::VecType>(tokenType))
    shape.axis = vec.getAxis();
  return shape;
}

ChunkShape wy::getShapeOf(ChannelAttr channel) {
  return {channel.getKind(), channel.getAxis()};
}

int64_t wy::getNumStates(size_t tensors) {
  auto root = static_cast<int64_t>(std::lround(std::sqrt(tensors)));
  return root * root == static_cast<int64_t>(tensors) ? root : -1;
}

ChunkShapes::ChunkShapes(ChunkHolderOpInterface holder) {
  Block &graph = holder.getGraph();
  for (BlockArgument argument : graph.getArguments())
    shapes[argument] = holder.getArgumentShape(argument.getArgNumber());
  auto copy = [&](Value from, ValueRange to) {
    // Of what another dialect made nothing is known, nor of what follows.
    if (std::optional<ChunkShape> shape = find(from))
      for (Value value : to)
        shapes[value] = *shape;
  };
  auto set = [&](ValueRange values, ChunkShape shape) {
    for (Value value : values)
      shapes[value] = shape;
  };
  for (Operation &op : graph.without_terminator())
    llvm::TypeSwitch<Operation *>(&op)
        .Case([&](TokensOp tokens) {
          for (auto [value, result] :
               llvm::zip(tokens.getYield().getValues(), tokens.getResults()))
            shapes[result] = getShapeOf(value.getType(), ArgKind::VHeads);
        })
        .Case(
            [&](SumOp sum) { copy(sum.getTerms().front(), sum->getResults()); })
        .Case([&](AccumulateOp accumulate) {
          copy(accumulate.getGate().front(), accumulate.getResults());
          if (accumulate.getRange() == wy::Range::All)
            for (Value result : accumulate.getResults())
              if (auto it = shapes.find(result); it != shapes.end())
                it->second.kind = ChunkShape::Kind::Constant;
        })
        .Case([&](TokenSumsOp sums) {
          copy(sums.getTerms().front(), sums.getResults());
          if (sums.getRange() == wy::Range::All)
            for (Value result : sums.getResults())
              if (auto it = shapes.find(result); it != shapes.end())
                it->second.kind = ChunkShape::Kind::Constant;
        })
        .Case([&](PairSumsOp sums) {
          set(sums->getResults(), {ChunkShape::Kind::Tokens, std::nullopt});
        })
        .Case([&](DotStatesOp dot) {
          set(dot->getResults(), {ChunkShape::Kind::Constant, dot.getAxis()});
        })
        .Case<ScoresOp, DecaysOp, ScaleOp, ProductOp, InverseOp>([&](auto op) {
          set(op->getResults(), {ChunkShape::Kind::Pairs, std::nullopt});
        })
        .Case<ApplyOp, ApplyTransposedOp>(
            [&](auto apply) { copy(apply.getValues(), apply->getResults()); })
        .Case<SolveOp, SolveTransposedOp>([&](auto solve) {
          for (auto [rhs, result] :
               llvm::zip(solve.getRhs(), solve.getResults()))
            copy(rhs, result);
        })
        .Case([&](ReadOp read) {
          set(read->getResults(),
              {ChunkShape::Kind::Tokens,
               read.getSide() == Side::Left ? Axis::Value : Axis::Key});
        })
        .Case<UpdateOp, JoinOp>([&](auto op) {
          set(op->getResults(), {ChunkShape::Kind::State, std::nullopt});
        });
}

std::optional<ChunkShape> ChunkShapes::find(Value value) const {
  auto it = shapes.find(value);
  if (it == shapes.end())
    return std::nullopt;
  return it->second;
}

bool ChunkShapes::hasRows(Value value) const {
  ChunkShape shape = get(value);
  return shape.isTokens() || shape.isPairs();
}

std::optional<bool> wy::takesRows(OpOperand &operand,
                                  const ChunkShapes &shapes) {
  unsigned index = operand.getOperandNumber();
  return llvm::TypeSwitch<Operation *, std::optional<bool>>(operand.getOwner())
      .Case([&](TokensOp tokens) {
        auto holder = cast<ChunkHolderOpInterface>(tokens->getParentOp());
        Type token = tokens.getStep().getArgument(index).getType();
        return operand.get().getType() ==
               holder.getChunkType(token, ArgKind::VHeads);
      })
      .Case([&](SumOp sum) -> std::optional<bool> {
        if (shapes.find(sum.getTerms().front()))
          return shapes.hasRows(sum.getTerms().front());
        return std::nullopt;
      })
      .Case([&](ReadOp) { return index > 0; })
      .Case([&](UpdateOp update) {
        return index >= update->getNumOperands() - update.getWrites().size();
      })
      .Case<JoinOp, DotStatesOp>([&](auto) { return false; })
      .Case([&](YieldOp yield) -> std::optional<bool> {
        auto scan = dyn_cast<ScanOp>(yield->getParentOp());
        if (!scan)
          return std::nullopt;
        size_t states = scan.getStates().size(),
               firstChannel = states + scan.getNumOutputs();
        // W32 has more to say of channels.
        if (index >= firstChannel)
          return std::nullopt;
        return index >= states;
      })
      .Case<ApplyOp, SolveOp, ScaleOp, ProductOp, InverseOp, AccumulateOp,
            ScoresOp, DecaysOp, ApplyTransposedOp, SolveTransposedOp,
            TokenSumsOp, PairSumsOp>([](auto) { return true; })
      .Default([](Operation *) { return std::nullopt; });
}
