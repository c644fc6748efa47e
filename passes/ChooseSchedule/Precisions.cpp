//===- Precisions.cpp - how exact products have to be ---------------------===//

#include "passes/ChooseSchedule/Precisions.h"
#include "lib/Analysis/Stages.h"
#include "lib/Support/Remarks.h"
#include "passes/ChooseSchedule/ChooseSchedule.h"
#include "passes/ChooseSchedule/Corrections.h"

using namespace mlir;
using namespace sluice;
using wy::Precision;
using wy::PrecisionsAttr;

StringRef sluice::stringifyExactness(Exactness exactness) {
  switch (exactness) {
  case Exactness::Plain:
    return "plain";
  case Exactness::Automatic:
    return "auto";
  case Exactness::High:
    return "high";
  }
  llvm_unreachable("covered switch");
}

static std::optional<Exactness> findExactness(StringRef name) {
  for (Exactness exactness :
       {Exactness::Plain, Exactness::Automatic, Exactness::High})
    if (stringifyExactness(exactness) == name)
      return exactness;
  return std::nullopt;
}

namespace {
/// Precisions, and the reason for them.
struct Choice {
  PrecisionsAttr precisions;
  /// Of those that a better bound would make cheaper, and of the others.
  std::string reason, reasonOfOthers;

  static Choice all(MLIRContext *context, Precision precision,
                    const Twine &reason) {
    return {PrecisionsAttr::getAll(context, precision), "", reason.str()};
  }
};
} // namespace

/// "beta lies in [0, 1]: declared", and what that means.
static std::string describe(const Correction &correction) {
  if (!correction.unknown.empty())
    return correction.unknown;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "the part of what is read that is taken away lies in "
     << correction.factor << ": " << stringifyBoundSource(correction.source);
  return text;
}

static Choice chooseAutomatic(wy::ScanOp scan, Type output) {
  MLIRContext *context = scan.getContext();
  if (output.isF16())
    return Choice::all(context, Precision::BF16x2,
                       "bf16 has three bits less than the tensors' f16, and "
                       "nothing keeps states within f16");
  GateBounds bounds(scan);
  std::string reason = "no write takes away what was read";
  for (auto solve : scan.getGraph().getOps<wy::SolveOp>()) {
    Correction correction = findCorrection(solve, bounds);
    reason = describe(correction);
    if (correction.isContracting())
      continue;
    constexpr Precision once = Precision::BF16, twice = Precision::BF16x2;
    return {PrecisionsAttr::get(context, /*scores=*/once, /*apply=*/twice,
                                /*solve=*/twice, /*read=*/twice,
                                /*update=*/twice, /*outputs=*/once),
            reason, "its errors stay with one chunk"};
  }
  return Choice::all(context, Precision::BF16, reason);
}

static FailureOr<Choice> choose(wy::ScanOp scan, StringRef goal, Type output) {
  MLIRContext *context = scan.getContext();
  if (std::optional<Precision> precision = wy::symbolizePrecision(goal))
    return Choice::all(context, *precision, "precision=" + goal);
  std::optional<Exactness> exactness = findExactness(goal);
  if (!exactness)
    return scan.emitOpError() << "cannot be scheduled: precision is plain, "
                                 "auto, high, or one that "
                                 "all products have, found '"
                              << goal << "'";
  if (output.isF32())
    return Choice::all(context, Precision::F32, "outputs are f32");
  switch (*exactness) {
  case Exactness::Plain:
    return Choice::all(context,
                       output.isF16() ? Precision::F16 : Precision::BF16,
                       "precision=plain");
  case Exactness::Automatic:
    return chooseAutomatic(scan, output);
  case Exactness::High:
    return Choice::all(context, Precision::BF16x2, "precision=high");
  }
  llvm_unreachable("covered switch");
}

/// Says which precision each product has and why.
static void remarkPrecisions(wy::ScanOp scan, const Choice &choice,
                             StringRef category) {
  wy::Stages stages(scan);
  PrecisionsAttr precisions = choice.precisions;
  auto options = remark::RemarkOpts::name("Precision").category(category);
  auto say = [&](Operation &op, StringRef what, Precision precision) {
    bool isSplit =
        !choice.reason.empty() && precision != precisions.getOutputs();
    auto fill = [&](auto &&remark) {
      remark << remark::add("{0} multiplies in {1}", what,
                            wy::stringifyPrecision(precision))
             << remark::reason("{0}",
                               isSplit ? choice.reason : choice.reasonOfOthers);
    };
    if (isSplit)
      fill(remark::missed(op.getLoc(), options));
    else
      fill(remark::passed(op.getLoc(), options));
  };
  for (Operation &op : scan.getGraph()) {
    bool feeds = stages.feeding.contains(&op);
    if (isa<wy::ScoresOp>(op))
      say(op, "wy.scores", precisions.getScores());
    else if (auto solve = dyn_cast<wy::SolveOp>(op)) {
      if (solve.getGates().empty() && solve.getWeights().empty())
        say(op, "the inverse of wy.solve", precisions.getSolve());
      say(op, "wy.solve",
          feeds ? precisions.getApply() : precisions.getOutputs());
    } else if (isa<wy::ApplyOp>(op))
      say(op, "wy.apply",
          feeds ? precisions.getApply() : precisions.getOutputs());
    else if (isa<wy::ReadOp>(op))
      say(op, "wy.read",
          feeds ? precisions.getRead() : precisions.getOutputs());
    else if (isa<wy::UpdateOp>(op))
      say(op, "wy.update", precisions.getUpdate());
  }
}

FailureOr<PrecisionsAttr> sluice::choosePrecisions(wy::ScanOp scan,
                                                   StringRef goal,
                                                   StringRef outputType,
                                                   StringRef category) {
  Type output = outputType == "f32"    ? Builder(scan).getF32Type()
                : outputType == "f16"  ? Builder(scan).getF16Type()
                : outputType == "bf16" ? Type(Builder(scan).getBF16Type())
                                       : Type();
  if (!output)
    return scan.emitOpError()
           << "cannot be scheduled: output-type is f32, f16 or bf16, found '"
           << outputType << "'";
  FailureOr<Choice> choice = choose(scan, goal, output);
  if (failed(choice))
    return failure();
  if (scan.getContext()->getRemarkEngine())
    remarkPrecisions(scan, *choice, category);
  return choice->precisions;
}
