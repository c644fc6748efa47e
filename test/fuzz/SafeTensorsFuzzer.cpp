//===- SafeTensorsFuzzer.cpp - Fuzz the parser of safetensors files -------===//
//
// Seeds: test/fuzz/corpus/safetensors.
//
//===----------------------------------------------------------------------===//

#include "lib/IO/SafeTensors.h"

#include <cstdio>
#include <cstdlib>

using namespace sluice::io;

/// An assertion that holds in every build.
static void check(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "invariant broken: %s\n", what);
  std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::Expected<TensorFile> file =
      TensorFile::parse(llvm::ArrayRef(data, size), "input");
  if (!file) {
    std::string message = llvm::toString(file.takeError());
    check(llvm::StringRef(message).starts_with("input: "), "error's prefix");
    check(message.find('\n') == std::string::npos, "error on one line");
    return 0;
  }
  size_t covered = 0;
  unsigned sum = 0;
  for (const NamedTensor &tensor : *file) {
    const TensorView &view = tensor.view;
    check(file->find(tensor.name) == &view, "find gives the tensor listed");
    check(view.bytes.begin() >= data && view.bytes.end() <= data + size,
          "view inside the buffer");
    for (int64_t extent : view.shape)
      check(extent >= 0, "size not negative");
    check(tensorBytes(view.shape, view.dtype) ==
              static_cast<int64_t>(view.bytes.size()),
          "bytes agree with shape and dtype");
    check(static_cast<size_t>(view.numElements()) * byteWidth(view.dtype) ==
              view.bytes.size(),
          "bytes agree with the number of elements");
    for (uint8_t byte : view.bytes)
      sum += byte;
    covered += view.bytes.size();
  }
  check(covered <= size, "tensors do not overlap");
  // Keeps the reads.
  return sum == ~0u ? -1 : 0;
}
