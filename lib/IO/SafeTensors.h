//===- SafeTensors.h - Read and write safetensors files ---------*- C++ -*-===//
//
// The format: 8 bytes N (little endian), N bytes of JSON that give each tensor
// its dtype, shape and byte range, then the tensors' bytes without holes.
// https://huggingface.co/docs/safetensors
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_IO_SAFETENSORS_H
#define SLUICE_LIB_IO_SAFETENSORS_H

#include "lib/IO/DType.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::io {

/// Bytes of the length before the header.
inline constexpr uint64_t kLengthBytes = 8;
/// The longest header the format allows.
inline constexpr uint64_t kMaxHeaderBytes = 100'000'000;
/// The header's key that names no tensor.
inline constexpr llvm::StringLiteral kMetadataKey = "__metadata__";

/// A dense row-major tensor whose little-endian bytes lie elsewhere, at any
/// alignment. bytes.size() is numElements() * byteWidth(dtype).
struct TensorView {
  DType dtype;
  /// Sizes, outermost first; empty for a scalar, and 0 is a legal size.
  llvm::SmallVector<int64_t, 4> shape;
  llvm::ArrayRef<uint8_t> bytes;

  int64_t numElements() const;
};

/// The bytes of a dense tensor; nothing if the product of its nonzero sizes and
/// the width overflows an int64_t. No size is negative.
std::optional<int64_t> tensorBytes(llvm::ArrayRef<int64_t> shape, DType dtype);

struct NamedTensor {
  std::string name;
  TensorView view;
};

/// The tensors of one safetensors file.
///
/// Reading accepts what the format allows and nothing else. An error is one
/// line, `FILE: ...`, that names the header or the tensor, what was found there
/// and what was expected: a truncated file, a header that is too long, is not
/// UTF-8, not JSON or nests too deeply, a key given twice at any level or
/// unknown, a dtype, shape or byte range that is missing or malformed, a range
/// that disagrees with shape and dtype, and tensors that overlap or leave bytes
/// uncovered. A shape on which tensorBytes overflows is an error even where
/// another of its sizes is 0, so that strides never overflow.
class TensorFile {
public:
  /// Maps the file into memory. Views stay valid as long as the TensorFile or
  /// what it is moved to lives, and nobody truncates the file.
  static llvm::Expected<TensorFile> open(llvm::StringRef path);

  /// Parses a file's content, which must outlive the views; `what` stands for
  /// the file in errors.
  static llvm::Expected<TensorFile> parse(llvm::ArrayRef<uint8_t> buffer,
                                          llvm::StringRef what);

  /// The tensors in the order of the header.
  llvm::ArrayRef<NamedTensor> tensors() const { return entries; }
  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }
  size_t size() const { return entries.size(); }

  /// The tensor of that name, or null.
  const TensorView *find(llvm::StringRef name) const;

  /// The entries of `__metadata__`; empty without one.
  const std::map<std::string, std::string> &metadata() const { return meta; }

private:
  class HeaderParser;
  TensorFile() = default;

  std::unique_ptr<llvm::MemoryBuffer> file;
  std::vector<NamedTensor> entries;
  llvm::StringMap<size_t> indices;
  std::map<std::string, std::string> meta;
};

/// Writes the tensors, data in the given order, through writeFileAtomically.
/// The header is padded with spaces to a multiple of 8 bytes; tensors follow
/// each other without gaps, so sort wide types first to keep all aligned.
/// Errors: those of writing; a name that occurs twice, is `__metadata__` or not
/// UTF-8; a negative or overflowing shape; bytes that disagree with the shape
/// and dtype; a header longer than the format's limit.
llvm::Error writeTensorFile(llvm::StringRef path,
                            llvm::ArrayRef<NamedTensor> tensors);

} // namespace sluice::io

#endif // SLUICE_LIB_IO_SAFETENSORS_H
