//===- TileTest.h - kernels for the interpreter ---------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_REFERENCE_TILETEST_H
#define SLUICE_TEST_UNIT_REFERENCE_TILETEST_H

#include "lib/Reference/TileInterpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/Runtime/TestProblem.h"

#include <numeric>

namespace sluice::test {

inline void expectContains(llvm::StringRef text, llvm::StringRef part) {
  EXPECT_TRUE(text.contains(part)) << text.str();
}

/// Kernels of a recurrence x, w → y along value, of 2 sequences, 3 tokens, 1
/// head and V = 5, with a state S.
class TileInterpreterTest : public TestProblem {
protected:
  TileInterpreterTest() {
    context.loadDialect<tile::TileDialect, mlir::arith::ArithDialect,
                        mlir::math::MathDialect, mlir::scf::SCFDialect,
                        mlir::gpu::GPUDialect>();
    load(R"(delta.recurrence @r v_heads(%x: !delta.vec<value>)
        params(%w: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (y: !delta.vec<value>) {
      %c = delta.constant 1.0
      %k = delta.broadcast %c : !delta.vec<key>
      %S1 = delta.write %S, %k, %x
      delta.yield states(%S1) outputs(%x)
    })");
    std::vector<double> numbers(30);
    std::iota(numbers.begin(), numbers.end(), 0);
    set("x", {2, 3, 1, 5}, numbers);
    set("w", {1}, {0.5});
  }
  /// Of a kernel with these lines between its arguments and its end.
  llvm::Expected<runtime::Results>
  interpret(const llvm::Twine &body, llvm::StringRef grid = R"("T", "B")",
            const reference::TileOptions &options = {}) {
    std::string text = (R"(
  tile.kernel @k(
      %x: memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "x">},
      %w: memref<?xf32, strided<[1]>> {tile.binding = #tile.binding<input "w">},
      %S: memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> {tile.binding = #tile.binding<input "S">},
      %y: memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "y">},
      %F: memref<?x?x2x5xf32, strided<[?, ?, 5, 1]>> {tile.binding = #tile.binding<final "S">},
      %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
      %T: index {tile.binding = #tile.binding<size "T">},
      %scale: f32 {tile.binding = #tile.binding<scale>}) )" +
                        warps + " grid(" + grid + R"() {
    %t = gpu.block_id x
    %b = gpu.block_id y
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
)" + body + R"(
    tile.return
  })")
                           .str();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (!module)
      return llvm::createStringError("does not parse");
    runtime::BindOptions known;
    known.sizes = {{"K", 2}};
    problem = llvm::cantFail(bind(known));
    return reference::interpretKernels(
        *module->getOps<tile::KernelOp>().begin(), problem, options);
  }
  /// y, from x as %v.
  std::vector<double> map(const llvm::Twine &body) {
    llvm::Expected<runtime::Results> results = interpret(
        "%v = tile.load %x[%b, %t, %c0, %c0] along [3] in_bounds : "
        "memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> tensor<5xf32>\n" +
        body +
        "\ntile.store %r, %y[%b, %t, %c0, %c0] along [3] in_bounds : "
        "tensor<5xf32>, memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>");
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return std::vector<double>(30);
    }
    return getNumbers(results->output(0));
  }
  std::string getError(const llvm::Twine &body,
                       llvm::StringRef grid = R"("1")") {
    llvm::Expected<runtime::Results> results = interpret(body, grid);
    return results ? "" : llvm::toString(results.takeError());
  }
  static std::vector<double> getNumbers(const runtime::OwnedTensor &tensor) {
    std::vector<double> numbers(tensor.view().numElements());
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = tensor.load(static_cast<int64_t>(i));
    return numbers;
  }

  std::string warps = "warps(4)";
  mlir::OwningOpRef<mlir::ModuleOp> module;
  runtime::Problem problem;
};

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_REFERENCE_TILETEST_H
