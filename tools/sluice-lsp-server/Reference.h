//===- Reference.h - What the reference says of operations ------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_LSP_SERVER_REFERENCE_H
#define SLUICE_TOOLS_SLUICE_LSP_SERVER_REFERENCE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace sluice::lsp {

/// The entry of an operation in docs/reference, which the .td files generate.
struct Reference {
  /// With the dialect.
  llvm::StringRef name;
  /// One line, and the text behind it with examples, as Markdown.
  llvm::StringRef summary, description;
  /// How it is written: of the first example, what makes a value.
  llvm::StringRef usage;
};

llvm::ArrayRef<Reference> getReferences();

/// Null for what is not an operation.
const Reference *findReference(llvm::StringRef name);

} // namespace sluice::lsp

#endif // SLUICE_TOOLS_SLUICE_LSP_SERVER_REFERENCE_H
