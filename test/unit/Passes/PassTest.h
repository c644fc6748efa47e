//===- PassTest.h - graphs before and after a pass --------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_PASSES_PASSTEST_H
#define SLUICE_TEST_UNIT_PASSES_PASSTEST_H

#include "lib/Reference/Error.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "passes/WYDecompose/WYDecompose.h"
#include "passes/WYMoveFactors/WYMoveFactors.h"
#include "test/unit/Reference/ChunkTest.h"

namespace sluice::test {

/// Slow tests run whole products where this is set.
inline bool runsEverything() {
  return std::getenv("SLUICE_ALL_PASS_TESTS") != nullptr;
}

/// A copy of a graph after passes; the copy is verified.
class Rewritten {
public:
  Rewritten(mlir::ModuleOp module,
            llvm::function_ref<void(mlir::OpPassManager &)> addPasses)
      : copy(module.clone()) {
    mlir::PassManager manager(module.getContext());
    addPasses(manager);
    EXPECT_TRUE(llvm::succeeded(manager.run(*copy)));
  }
  wy::ScanOp getScan() { return *copy->getOps<wy::ScanOp>().begin(); }
  mlir::ModuleOp getModule() { return *copy; }

private:
  mlir::OwningOpRef<mlir::ModuleOp> copy;
};

struct Decomposition {
  int64_t leaf;
  bool inverts;
  /// Of the inverse; 0 for the same.
  int64_t solveLeaf = 0;

  std::string describe() const {
    return "leaf " + std::to_string(leaf) +
           (inverts ? ", inverse by " + std::to_string(solveLeaf) : "");
  }
  void addTo(mlir::OpPassManager &manager) const {
    WYDecomposeOptions options;
    options.leaf = leaf;
    options.solve = inverts ? "inverse" : "substitution";
    options.solveLeaf = solveLeaf;
    manager.addPass(createWYDecompose(options));
  }
};

struct Motion {
  const char *wForm;
  bool composes;

  std::string describe() const {
    return std::string("w-form ") + wForm + (composes ? ", composed" : "");
  }
  void addTo(mlir::OpPassManager &manager) const {
    WYMoveFactorsOptions options;
    options.wForm = wForm;
    options.composeMaps = composes;
    manager.addPass(createWYMoveFactors(options));
  }
};

/// No result is further from the reference than `bar`, relative RMS.
inline double expectClose(const runtime::Results &ours,
                          const runtime::Results &reference, double bar) {
  double worst = 0;
  for (const reference::TensorError &error :
       llvm::cantFail(reference::compare(ours, reference))) {
    EXPECT_TRUE(error.relativeRMS <= bar) // also of a NaN
        << error.name << ": " << error.relativeRMS;
    worst = std::max(worst, error.relativeRMS);
  }
  return worst;
}

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_PASSES_PASSTEST_H
