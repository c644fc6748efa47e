//===- ChunkProblem.h - gradients of a spec by chunks -----------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_BACKWARD_CHUNKPROBLEM_H
#define SLUICE_TEST_UNIT_BACKWARD_CHUNKPROBLEM_H

#include "lib/Reference/Generate.h"
#include "lib/Support/GradientName.h"
#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Runtime/TestProblem.h"

namespace sluice::test {

/// A spec, its inputs and gradients by all its results, of K = 5 and V = 3.
class ChunkProblem : public TestProblem {
protected:
  static constexpr int64_t kKeyDim = 5, kValueDim = 3;

  runtime::OwnedTensor &tensor(llvm::StringRef name) {
    return *llvm::find_if(tensors, [&](const runtime::OwnedTensor &tensor) {
      return tensor.name == name;
    });
  }
  /// Inputs of `sizes` and gradients by all results, float32 numbers.
  void make(llvm::StringRef sizes) {
    std::string text = (sizes + ",K=" + llvm::Twine(kKeyDim) +
                        ",V=" + llvm::Twine(kValueDim) + ",dtype=f32")
                           .str();
    reference::GenerateOptions options =
        llvm::cantFail(reference::parseGenerateOptions(text));
    options.gradients = true;
    tensors = llvm::cantFail(reference::generate(spec.op, options));
  }
  runtime::Problem bindBackward() {
    runtime::BindOptions options;
    options.backward = true;
    return llvm::cantFail(bind(options));
  }
  compiler::ChunkAdjoint
  derive(int64_t chunk, const std::vector<std::string> &gradients = {}) {
    return llvm::cantFail(compiler::deriveChunkAdjoint(
        spec.op, kKeyDim, kValueDim, chunk, gradients));
  }

  void changeAll(llvm::StringRef name,
                 llvm::function_ref<double(double)> change) {
    runtime::OwnedTensor &changed = tensor(name);
    for (int64_t i = 0, e = changed.view().numElements(); i < e; ++i)
      changed.store(i, change(changed.load(i)));
  }
  /// Changes what tokens have from `token` on, in all arguments of tokens.
  void changeFrom(int64_t token, llvm::function_ref<double(double)> change) {
    runtime::Signature signature = getSignature(spec.op);
    for (const runtime::Argument &argument : signature.arguments)
      if (argument.kind == runtime::ArgumentKind::QKHeads ||
          argument.kind == runtime::ArgumentKind::VHeads)
        changeFrom(argument.name, token, change);
  }
  void changeFrom(llvm::StringRef name, int64_t token,
                  llvm::function_ref<double(double)> change) {
    runtime::OwnedTensor &changed = tensor(name);
    int64_t tokens = changed.shape[1];
    int64_t row = changed.view().numElements() / tokens;
    for (int64_t i = token * row; i < tokens * row; ++i)
      changed.store(i, change(changed.load(i)));
  }
};

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_BACKWARD_CHUNKPROBLEM_H
