//===- Document.h - A text that an editor has open --------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_LSP_SERVER_DOCUMENT_H
#define SLUICE_TOOLS_SLUICE_LSP_SERVER_DOCUMENT_H

#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/LSP/Protocol.h"
#include "llvm/Support/SourceMgr.h"
#include <memory>
#include <string>
#include <vector>

namespace sluice::lsp {

/// An open text, parsed: what is wrong with it, and what stands at a place.
/// Parts between lines `// -----` are parsed each by itself, as sluice-opt
/// --split-input-file does. Text of any content is safe.
class Document {
public:
  Document(llvm::lsp::URIForFile uri, std::string text,
           const mlir::DialectRegistry &registry);

  const std::string &getText() const { return text; }
  const std::vector<llvm::lsp::Diagnostic> &getDiagnostics() const {
    return diagnostics;
  }
  /// An operation's summary and description, or a value's type and definition.
  std::optional<llvm::lsp::Hover> hover(llvm::lsp::Position position) const;
  std::vector<llvm::lsp::Location>
  findDefinition(llvm::lsp::Position position) const;
  /// With the definition.
  std::vector<llvm::lsp::Location>
  findReferences(llvm::lsp::Position position) const;
  /// Operations, after '!' types, after '%' the values that stand above.
  llvm::lsp::CompletionList complete(llvm::lsp::Position position) const;

private:
  struct Part {
    size_t offset = 0;
    llvm::SourceMgr sources;
    mlir::Block block;
    mlir::AsmParserState state;

    llvm::StringRef getText() const {
      return sources.getMemoryBuffer(sources.getMainFileID())->getBuffer();
    }
  };
  /// A value at a place: where it is defined, and what with.
  struct Found {
    const Part *part = nullptr;
    const mlir::AsmParserState::SMDefinition *definition = nullptr;
    mlir::Value value;
  };

  void parse(size_t begin, size_t end);
  void addDiagnostic(Part &part, mlir::Diagnostic &diagnostic);
  std::optional<Found> findValue(size_t offset) const;

  // Places: bytes of the text, and lines with UTF-16 code units, which is what
  // the protocol counts.
  size_t toOffset(llvm::lsp::Position position) const;
  llvm::lsp::Position toPosition(size_t offset) const;
  llvm::lsp::Range toRange(const Part &part, llvm::SMRange range) const;
  /// The word, with its sigil, around a place, as bytes of the text.
  std::pair<size_t, size_t> findWord(size_t offset) const;

  llvm::lsp::URIForFile uri;
  std::string text;
  mlir::MLIRContext context;
  std::vector<std::unique_ptr<Part>> parts;
  std::vector<llvm::lsp::Diagnostic> diagnostics;
};

} // namespace sluice::lsp

#endif // SLUICE_TOOLS_SLUICE_LSP_SERVER_DOCUMENT_H
