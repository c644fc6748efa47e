//===- MLIRText.h - May a text be given to MLIR's parser? -------*- C++ -*-===//

#ifndef SLUICE_LIB_IO_MLIRTEXT_H
#define SLUICE_LIB_IO_MLIRTEXT_H

#include "llvm/ADT/StringRef.h"
#include <cstddef>
#include <optional>
#include <string>

namespace sluice::io {

/// Longer files are not texts of ours.
inline constexpr size_t kMaxMLIRBytes = size_t{16} << 20;

/// What is wrong with a text, and at which byte.
struct TextFault {
  size_t offset = 0;
  std::string message;
};

/// The reason why no tool gives `text` to MLIR's parser, if there is one: it is
/// too long, bytecode, has a hazard of NestingScan.h, or a slip outside of
/// recurrences (a comment of another language, a bracket too many) that the
/// parser refuses without naming it. Whatever it is else, the parser accepts it
/// or says what is wrong. `what` it is meant to be ("a
/// spec") is for the message.
std::optional<TextFault> findMLIRTextFault(llvm::StringRef text,
                                           llvm::StringRef what);

} // namespace sluice::io

#endif // SLUICE_LIB_IO_MLIRTEXT_H
