//===- WYToVector.cpp - the chunk form on a CPU ---------------------------===//

#include "passes/WYToVector/WYToVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/SingleSweep/SpellOut.h"
#include "passes/WYToVector/ChunkEmitter.h"
#include "llvm/ADT/TypeSwitch.h"

namespace sluice {
#define GEN_PASS_DEF_WYTOVECTOR
#include "passes/WYToVector/WYToVector.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

/// The lowering relies on the shape that delta-to-wy gives a scan's carry.
static LogicalResult checkCarry(wy::ScanOp scan) {
  SmallVector<BlockArgument> states = scan.getStates();
  for (auto [state, next] : llvm::zip(states, scan.getNextStates())) {
    if (next == state)
      continue;
    auto update = next.getDefiningOp<wy::UpdateOp>();
    bool isCarry = update && llvm::all_of(update.getStates(), [&](Value from) {
                     return llvm::is_contained(states, from);
                   });
    if (!isCarry)
      return scan.emitOpError(
          "is not lowered: a next state is not a 'wy.update' of its states");
  }
  auto isFinal = [](Operation *user) { return isa<wy::YieldOp>(user); };
  for (wy::UpdateOp update : scan.getGraph().getOps<wy::UpdateOp>())
    if (!llvm::all_of(update->getUsers(), isFinal))
      return update.emitOpError(
          "is not lowered: only the scan's carry may use it");
  for (wy::ReadOp read : scan.getGraph().getOps<wy::ReadOp>())
    if (!llvm::is_contained(states, read.getState()))
      return read.emitOpError("is not lowered: it reads no state of the scan");
  return success();
}

/// True if the use is as a gate of one state.
static bool isGateUse(OpOperand &use) {
  auto isIn = [&](OperandRange gate) {
    return gate.size() == 1 &&
           gate.getBeginOperandIndex() == use.getOperandNumber();
  };
  return llvm::TypeSwitch<Operation *, bool>(use.getOwner())
      .Case<wy::AccumulateOp, wy::ScoresOp, wy::ApplyOp>(
          [&](auto op) { return isIn(op.getGate()); })
      .Default([](Operation *) { return false; });
}

/// Where the maths of tokens has e^g of a log gate g already, let it be the
/// gate: one exponential serves both. A whole chunk's decay still takes logs.
static void shareExponentials(wy::ScanOp scan) {
  for (wy::TokensOp tokens :
       llvm::make_early_inc_range(scan.getGraph().getOps<wy::TokensOp>())) {
    SmallVector<std::pair<Value, Value>> found; // g, e^g of a token
    for (auto exp : tokens.getStep().getOps<delta::ExpOp>())
      if (auto arg = dyn_cast<BlockArgument>(exp.getOperand())) {
        Value gate = tokens.getInputs()[arg.getArgNumber()];
        if (cast<RankedTensorType>(gate.getType()) ==
                scan.getChunkType(arg.getType(), delta::ArgKind::VHeads) &&
            llvm::any_of(gate.getUses(), isGateUse))
          found.push_back({gate, exp.getResult()});
      }
    if (found.empty())
      continue;
    OpBuilder b(tokens);
    SmallVector<Type> types(tokens.getResultTypes());
    SmallVector<Value> values(tokens.getYield().getValues());
    for (auto [gate, factor] : found) {
      types.push_back(gate.getType());
      values.push_back(factor);
    }
    tokens.getYield().getValuesMutable().assign(values);
    auto grown =
        wy::TokensOp::create(b, tokens.getLoc(), types, tokens.getInputs());
    grown.getBody().takeBody(tokens.getBody());
    size_t count = tokens.getNumResults();
    tokens.replaceAllUsesWith(grown.getResults().take_front(count));
    tokens.erase();
    for (auto [pair, factor] :
         llvm::zip(found, grown.getResults().drop_front(count)))
      for (OpOperand &use : llvm::make_early_inc_range(pair.first.getUses())) {
        Operation *user = use.getOwner();
        if (!isGateUse(use) || !grown->isBeforeInBlock(user))
          continue;
        llvm::TypeSwitch<Operation *>(user)
            .Case([&](wy::AccumulateOp op) {
              if (op.getKind() != wy::GateKind::Log ||
                  op.getRange() == wy::Range::All)
                return;
              op.setKind(wy::GateKind::Factor);
              use.set(factor);
            })
            .Case<wy::ScoresOp, wy::ApplyOp>([&](auto op) {
              if (op.getKind() != wy::GateKind::Log)
                return;
              op.setKind(wy::GateKind::Factor);
              use.set(factor);
            });
      }
  }
}

namespace {
struct WYToVector : sluice::impl::WYToVectorBase<WYToVector> {
  using WYToVectorBase::WYToVectorBase;

  void runOnOperation() override {
    if (lanes == 0 || panelVectors == 0 || blockChunks == 0 || registers < 4) {
      getOperation().emitError(
          "lanes, panel-vectors and block-chunks are positive, registers at "
          "least 4");
      return signalPassFailure();
    }
    for (auto scan :
         llvm::make_early_inc_range(getOperation().getOps<wy::ScanOp>())) {
      if (failed(lower(scan)))
        return signalPassFailure();
      scan.erase();
    }
  }

  FailureOr<Type> elementType(wy::ScanOp scan, StringRef name) {
    if (Type type = parseKernelType(name, &getContext()))
      return type;
    return scan.emitError() << "unknown element type '" << name
                            << "': expected f32, f16 or bf16";
  }

  LogicalResult lower(wy::ScanOp scan) {
    if (failed(checkCarry(scan)))
      return failure();
    scan.walk([](delta::L2NormOp norm) { spellOut(norm); });
    shareExponentials(scan);
    SmallVector<Type> types(scan.getGraph().getNumArguments(),
                            Float32Type::get(&getContext()));
    for (auto [type, name] : llvm::zip(types, argTypes)) {
      FailureOr<Type> parsed = elementType(scan, name);
      if (failed(parsed))
        return failure();
      type = *parsed;
    }
    FailureOr<Type> output = elementType(scan, outputType);
    if (failed(output))
      return failure();
    ChunkPlan plan(scan, {lanes, panelVectors, blockChunks, registers});
    OpBuilder builder(scan);
    ChunkEmitter(builder, plan, types, *output).emit();
    return success();
  }
};
} // namespace
