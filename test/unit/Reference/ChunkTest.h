//===- ChunkTest.h - Scans and tensors for tests ----------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_REFERENCE_CHUNKTEST_H
#define SLUICE_TEST_UNIT_REFERENCE_CHUNKTEST_H

#include "lib/Reference/ChunkInterpreter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/Runtime/TestProblem.h"

#include "llvm/ADT/STLExtras.h"
#include <string>

namespace sluice::test {

inline constexpr double kTolerance = 1e-12;

/// Most tests: two chunks of up to four tokens, the second one shorter.
inline constexpr int64_t kChunk = 4, kTokens = 7;

class ChunkTest : public TestProblem {
protected:
  void parseScan(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    ASSERT_TRUE(module);
    scan = *module->getOps<wy::ScanOp>().begin();
  }
  /// `signature` and `body` of a wy.scan; there is also a recurrence of the
  /// same signature, so that tensors can be bound.
  void loadScan(llvm::StringRef sizes, llvm::StringRef signature,
                llvm::StringRef body);

  runtime::Results run(const runtime::BindOptions &options = {}) {
    return llvm::cantFail(
        reference::interpretChunksExact(scan, llvm::cantFail(bind(options))));
  }
  std::string runError() {
    llvm::Expected<runtime::Results> results =
        reference::interpretChunks(scan, llvm::cantFail(bind()));
    return results ? "" : llvm::toString(results.takeError());
  }
  /// Element c of token t of an input, of one batch row and one head.
  double at(llvm::StringRef name, int64_t t, int64_t c = 0) {
    const runtime::OwnedTensor &tensor =
        *llvm::find_if(tensors, [&](const runtime::OwnedTensor &candidate) {
          return candidate.name == name;
        });
    return tensor.load(
        t * (tensor.shape.size() == 4 ? tensor.shape.back() : 1) + c);
  }
  /// One number of each token; one for each token and element.
  void setScalars(llvm::StringRef name) { set(name, {1, kTokens, 1}); }
  void setVectors(llvm::StringRef name, int64_t width) {
    set(name, {1, kTokens, 1, width});
  }

  mlir::OwningOpRef<mlir::ModuleOp> module;
  wy::ScanOp scan;
};

inline void ChunkTest::loadScan(llvm::StringRef sizes,
                                llvm::StringRef signature,
                                llvm::StringRef body) {
  parseScan(
      ("wy.scan @s " + sizes + " " + signature + " {" + body + "}").str());
  std::string states, outputs;
  for (mlir::BlockArgument state : scan.getStates())
    states += (states.empty() ? "%" : ", %") +
              scan.getArgName(state.getArgNumber()).str();
  for (unsigned i = 0, e = scan.getNumOutputs(); i < e; ++i) {
    auto vector = llvm::dyn_cast<delta::VecType>(scan.getOutputType(i));
    outputs += outputs.empty() ? "" : ", ";
    outputs += !vector                                ? "%number"
               : vector.getAxis() == delta::Axis::Key ? "%keys"
                                                      : "%values";
  }
  load(("delta.recurrence @r " + signature + R"( {
    %number = delta.scale
    %keys = delta.broadcast %number : !delta.vec<key>
    %values = delta.broadcast %number : !delta.vec<value>
    delta.yield states()" +
        states + ") outputs(" + outputs + ")\n}\n")
           .str());
}

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_REFERENCE_CHUNKTEST_H
