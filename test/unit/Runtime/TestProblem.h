//===- TestProblem.h - Specs and tensors for tests --------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_RUNTIME_TESTPROBLEM_H
#define SLUICE_TEST_UNIT_RUNTIME_TESTPROBLEM_H

#include "dialects/Registration.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Runtime/Problem.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace sluice::test {

/// Owns a spec and tensors; made by a test line by line.
class TestProblem : public ::testing::Test {
  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    registerSluiceDialects(registry);
    return registry;
  }

protected:
  TestProblem() : context(registry(), mlir::MLIRContext::Threading::DISABLED) {}

  /// A library variant's name, or the text of a spec.
  void load(llvm::StringRef text) {
    llvm::Expected<compiler::Spec> loaded =
        text.contains('\n') ? compiler::parseSpec(context, text, "test.mlir")
                            : compiler::loadSpec(context, text);
    ASSERT_TRUE(static_cast<bool>(loaded))
        << llvm::toString(loaded.takeError());
    spec = std::move(*loaded);
  }

  /// Replaces the tensor of that name.
  void set(llvm::StringRef name, const std::vector<int64_t> &shape,
           const std::vector<double> &elements,
           io::DType dtype = io::DType::F32) {
    drop(name);
    runtime::OwnedTensor tensor =
        llvm::cantFail(runtime::OwnedTensor::create(name, dtype, shape));
    ASSERT_EQ(tensor.view().numElements(),
              static_cast<int64_t>(elements.size()));
    tensor.store(0, elements);
    tensors.push_back(std::move(tensor));
  }
  /// Of numbers nobody looks at, small and different.
  void set(llvm::StringRef name, const std::vector<int64_t> &shape,
           io::DType dtype = io::DType::F32) {
    int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1},
                                    std::multiplies<>());
    std::vector<double> elements(count);
    for (int64_t i = 0; i < count; ++i)
      elements[i] = std::sin(static_cast<double>(i + name.size()));
    set(name, shape, elements, dtype);
  }
  template <typename Integer>
  void setOffsets(const std::vector<Integer> &offsets, io::DType dtype) {
    drop("cu_seqlens");
    int64_t count = static_cast<int64_t>(offsets.size());
    runtime::OwnedTensor tensor = llvm::cantFail(
        runtime::OwnedTensor::create("cu_seqlens", dtype, count));
    std::copy(offsets.begin(), offsets.end(),
              reinterpret_cast<Integer *>(tensor.data()));
    tensors.push_back(std::move(tensor));
  }
  void drop(llvm::StringRef name) {
    llvm::erase_if(tensors, [&](const runtime::OwnedTensor &tensor) {
      return tensor.name == name;
    });
  }

  llvm::Expected<runtime::Problem>
  bind(const runtime::BindOptions &options = {}) {
    std::vector<io::NamedTensor> views;
    views.reserve(tensors.size());
    for (const runtime::OwnedTensor &tensor : tensors)
      views.push_back({tensor.name, tensor.view()});
    return runtime::bind(getSignature(spec.op), views, options);
  }
  /// The error that binding gives; empty if it gives none.
  std::string bindError(const runtime::BindOptions &options = {}) {
    llvm::Expected<runtime::Problem> problem = bind(options);
    return problem ? "" : llvm::toString(problem.takeError());
  }

  mlir::MLIRContext context;
  compiler::Spec spec;
  std::vector<runtime::OwnedTensor> tensors;
};

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_RUNTIME_TESTPROBLEM_H
