//===- Remarks.cpp - what passes say of their choices ---------------------===//

#include "lib/Support/Remarks.h"

using namespace mlir;

llvm::Error sluice::enableRemarks(MLIRContext &context, StringRef filter) {
  std::string problem;
  if (!llvm::Regex(filter).isValid(problem))
    return llvm::createStringError("'" + filter +
                                   "' is not a regular expression: " + problem);
  remark::RemarkCategories categories;
  // MLIR asks the whole category to match.
  categories.passed = (".*(" + filter + ").*").str();
  categories.missed = categories.failed = categories.analysis =
      categories.passed;
  if (failed(remark::enableOptimizationRemarks(
          context, /*streamer=*/nullptr,
          std::make_unique<remark::RemarkEmittingPolicyAll>(), categories,
          /*printAsEmitRemarks=*/true)))
    return llvm::createStringError("the context has remarks already");
  return llvm::Error::success();
}
