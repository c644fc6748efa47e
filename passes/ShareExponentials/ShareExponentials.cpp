//===- ShareExponentials.cpp - one exponential for maths and gate ---------===//

#include "passes/ShareExponentials/ShareExponentials.h"
#include "dialects/WY/WYOps.h"
#include "lib/Analysis/Stages.h"
#include "lib/Support/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace sluice {
#define GEN_PASS_DEF_SHAREEXPONENTIALS
#include "passes/ShareExponentials/ShareExponentials.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

/// True if the use is as the log gate of one state, and a factor may stand
/// there as well. The product over a whole chunk is of small numbers: of logs
/// it is one exponential of their sum.
static bool takesFactor(OpOperand &use) {
  auto isIn = [&](auto op) {
    OperandRange gate = op.getGate();
    return op.getKind() == wy::GateKind::Log && gate.size() == 1 &&
           gate.getBeginOperandIndex() == use.getOperandNumber();
  };
  return llvm::TypeSwitch<Operation *, bool>(use.getOwner())
      .Case([&](wy::AccumulateOp op) {
        return op.getRange() != wy::Range::All && isIn(op);
      })
      .Case([](wy::DecaysOp op) { return op.getKind() == wy::GateKind::Log; })
      .Case<wy::ScoresOp, wy::ApplyOp>(isIn)
      .Default([](Operation *) { return false; });
}

/// The first operation that changes with `user`: products that are merged from
/// finer ones have their gate.
static Operation *getFinest(Operation *user) {
  auto accumulate = dyn_cast<wy::AccumulateOp>(user);
  while (accumulate && !accumulate.getFiner().empty()) {
    user = accumulate.getFiner().front().getDefiningOp();
    accumulate = cast<wy::AccumulateOp>(user);
  }
  return user;
}

static void setFactor(OpOperand &use, Value factor) {
  llvm::TypeSwitch<Operation *>(use.getOwner())
      .Case<wy::AccumulateOp, wy::ScoresOp, wy::ApplyOp, wy::DecaysOp>(
          [](auto op) { op.setKind(wy::GateKind::Factor); });
  use.set(factor);
}

/// The tensor of a value of the maths: an input that has a row for each token,
/// or a result. Null where there is none.
static Value tensorOf(Value value, wy::TokensOp tokens, wy::ScanOp scan) {
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    Value input = tokens.getInputs()[arg.getArgNumber()];
    bool hasRows = input.getType() ==
                   scan.getChunkType(arg.getType(), delta::ArgKind::VHeads);
    return hasRows ? input : Value();
  }
  OperandRange yielded = tokens.getYield().getValues();
  auto it = llvm::find(yielded, value);
  return it == yielded.end() ? Value() : tokens.getResult(it - yielded.begin());
}

/// The same maths with more results.
static wy::TokensOp addResults(wy::TokensOp tokens, ValueRange values,
                               TypeRange tensorTypes) {
  SmallVector<Type> types(tokens.getResultTypes());
  llvm::append_range(types, tensorTypes);
  tokens.getYield().getValuesMutable().append(values);
  OpBuilder builder(tokens);
  auto grown =
      wy::TokensOp::create(builder, tokens.getLoc(), types, tokens.getInputs());
  grown->setDiscardableAttrs(tokens->getDiscardableAttrDictionary());
  grown.getBody().takeBody(tokens.getBody());
  tokens.replaceAllUsesWith(
      grown.getResults().take_front(tokens.getNumResults()));
  tokens.erase();
  return grown;
}

/// Returns how many gates take a factor now.
static unsigned shareExponentials(wy::TokensOp tokens, wy::ScanOp scan) {
  struct Shared {
    Value factor;
    SmallVector<OpOperand *> uses;
  };
  llvm::MapVector<Value, Shared> found; // by the log gate's tensor
  for (auto exp : tokens.getStep().getOps<delta::ExpOp>()) {
    Value gate = tensorOf(exp.getOperand(), tokens, scan);
    if (!gate || found.contains(gate))
      continue;
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : gate.getUses())
      if (takesFactor(use) &&
          tokens->isBeforeInBlock(getFinest(use.getOwner())))
        uses.push_back(&use);
    if (!uses.empty())
      found[gate] = {exp.getResult(), std::move(uses)};
  }
  if (found.empty())
    return 0;
  SmallVector<Value> factors;
  SmallVector<Type> types;
  for (auto &[gate, shared] : found) {
    factors.push_back(shared.factor);
    types.push_back(gate.getType());
  }
  wy::TokensOp grown = addResults(tokens, factors, types);
  unsigned count = 0;
  for (auto [entry, factor] :
       llvm::zip(found, grown.getResults().take_back(found.size())))
    for (OpOperand *use : entry.second.uses) {
      setFactor(*use, factor);
      ++count;
    }
  return count;
}

namespace {
struct ShareExponentials
    : sluice::impl::ShareExponentialsBase<ShareExponentials> {
  void runOnOperation() override {
    getOperation()->walk([&](wy::ScanOp scan) {
      wy::Stages stages(scan);
      SmallVector<wy::TokensOp> free;
      for (wy::TokensOp tokens : scan.getGraph().getOps<wy::TokensOp>())
        if (stages.ofNode.lookup(tokens) == wy::Stage::Pre)
          free.push_back(tokens);
      unsigned count = 0;
      for (wy::TokensOp tokens : free)
        count += shareExponentials(tokens, scan);
      remarkCount(*this, scan, "Shared", count);
    });
  }
};
} // namespace
