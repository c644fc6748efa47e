//===- SpecLoader.cpp - From a name or a file to a recurrence -------------===//

#include "lib/Compiler/SpecLoader.h"

#include "lib/IO/NestingScan.h"
#include "lib/Variants/Variants.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;

char SpecError::ID = 0;

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

namespace {
/// Collects diagnostics with the lines they are about. MLIR's own handler would
/// also open whatever file a location in the text names.
class Diagnostics {
public:
  Diagnostics(SourceMgr &sources, mlir::MLIRContext &context)
      : sources(sources), os(text),
        handler(&context, [this](mlir::Diagnostic &diagnostic) {
          add(diagnostic);
          for (mlir::Diagnostic &note : diagnostic.getNotes())
            add(note);
        }) {}

  void add(SMLoc loc, SourceMgr::DiagKind kind, const Twine &message) {
    sources.PrintMessage(os, loc, kind, message, {}, {}, /*ShowColors=*/false);
  }
  Error takeError() { return make_error<SpecError>(std::move(text)); }

private:
  void add(mlir::Diagnostic &diagnostic);

  SourceMgr &sources;
  std::string text;
  raw_string_ostream os;
  mlir::ScopedDiagnosticHandler handler;
};
} // namespace

static SourceMgr::DiagKind kindOf(mlir::DiagnosticSeverity severity) {
  switch (severity) {
  case mlir::DiagnosticSeverity::Note:
    return SourceMgr::DK_Note;
  case mlir::DiagnosticSeverity::Warning:
    return SourceMgr::DK_Warning;
  case mlir::DiagnosticSeverity::Error:
    return SourceMgr::DK_Error;
  case mlir::DiagnosticSeverity::Remark:
    return SourceMgr::DK_Remark;
  }
  llvm_unreachable("covered switch");
}

void Diagnostics::add(mlir::Diagnostic &diagnostic) {
  unsigned buffer = sources.getMainFileID();
  auto loc = diagnostic.getLocation()->findInstanceOf<mlir::FileLineColLoc>();
  SMLoc place =
      SMLoc::getFromPointer(sources.getMemoryBuffer(buffer)->getBufferStart());
  if (loc && loc.getFilename().getValue() ==
                 sources.getMemoryBuffer(buffer)->getBufferIdentifier())
    if (SMLoc found = sources.FindLocForLineAndColumn(buffer, loc.getLine(),
                                                      loc.getColumn());
        found.isValid())
      place = found;
  add(place, kindOf(diagnostic.getSeverity()), diagnostic.str());
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string listNames(ArrayRef<delta::RecurrenceOp> recurrences) {
  constexpr size_t kShown = 20;
  std::string names;
  ListSeparator separator;
  for (delta::RecurrenceOp op : recurrences.take_front(kShown))
    names += (StringRef(separator) + "@" + op.getSymName()).str();
  if (recurrences.size() > kShown)
    names += ", …";
  return names;
}

Expected<Spec> compiler::parseSpec(mlir::MLIRContext &context, StringRef text,
                                   StringRef fileName, StringRef entry) {
  // A copy, since the parser needs a null byte after the text.
  SourceMgr sources;
  sources.AddNewSourceBuffer(MemoryBuffer::getMemBufferCopy(text, fileName),
                             SMLoc());
  Diagnostics diagnostics(sources, context);
  const MemoryBuffer *buffer = sources.getMemoryBuffer(sources.getMainFileID());
  auto fail = [&](size_t offset, const Twine &message) {
    diagnostics.add(SMLoc::getFromPointer(buffer->getBufferStart() + offset),
                    SourceMgr::DK_Error, message);
    return diagnostics.takeError();
  };

  if (text.size() > kMaxSpecBytes)
    return fail(0, "a spec has at most " + Twine(kMaxSpecBytes) +
                       " bytes, found " + Twine(text.size()));
  if (mlir::isBytecode(buffer->getMemBufferRef()))
    return fail(0, "MLIR bytecode is no spec; expected MLIR text");
  if (std::optional<size_t> deep =
          io::findMLIRNestingDeeperThan(text, io::kMLIRNestingLimit))
    return fail(*deep, "nests deeper than " + Twine(io::kMLIRNestingLimit) +
                           " levels, or an alias expands to more than " +
                           Twine(io::kMLIRAliasLimit) + " others");

  Spec spec;
  // Verifies, too.
  spec.module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!spec.module)
    return diagnostics.takeError();

  SmallVector<delta::RecurrenceOp> recurrences;
  spec.module->walk([&](delta::RecurrenceOp op) { recurrences.push_back(op); });
  if (recurrences.empty())
    return fail(0, "the file has no delta.recurrence");
  if (entry.empty()) {
    if (recurrences.size() > 1)
      return fail(0, "the file has several recurrences, choose one with "
                     "--entry: " +
                         listNames(recurrences));
    spec.op = recurrences.front();
    return std::move(spec);
  }
  entry.consume_front("@");
  for (delta::RecurrenceOp op : recurrences)
    if (op.getSymName() == entry) {
      spec.op = op;
      return std::move(spec);
    }
  return fail(0, "the file has no recurrence @" + entry + ", only " +
                     listNames(recurrences));
}

//===----------------------------------------------------------------------===//
// Names and files
//===----------------------------------------------------------------------===//

Expected<std::string> compiler::readText(StringRef path, StringRef what,
                                         size_t mostBytes) {
  Expected<sys::fs::file_t> file = sys::fs::openNativeFileForRead(path);
  if (!file)
    return file.takeError();
  scope_exit close([&] {
    [[maybe_unused]] std::error_code ignored = sys::fs::closeFile(*file);
  });
  constexpr size_t kChunk = size_t{64} << 10;
  std::string text;
  while (text.size() <= mostBytes) {
    size_t size = text.size();
    text.resize(size + kChunk);
    Expected<size_t> read =
        sys::fs::readNativeFile(*file, MutableArrayRef(&text[size], kChunk));
    if (!read)
      return read.takeError();
    text.resize(size + *read);
    if (*read == 0)
      return text;
  }
  return createStringError(inconvertibleErrorCode(),
                           what + " has at most " + Twine(mostBytes) +
                               " bytes, this file has more");
}

Expected<Spec> compiler::loadSpec(mlir::MLIRContext &context, StringRef spec,
                                  StringRef entry) {
  if (const Variant *variant = findVariant(spec))
    return parseSpec(context, variant->source, (spec + ".mlir").str(), entry);
  bool isFile =
      spec.ends_with(".mlir") || spec.contains('/') || sys::fs::exists(spec);
  if (!isFile) {
    StringRef nearest = nearestVariant(spec);
    return createStringError(
        inconvertibleErrorCode(),
        "no variant '" + spec + "'" +
            (nearest.empty() ? Twine() : ", did you mean '" + nearest + "'?") +
            " (sluice-run --list names them; a spec of your own is an "
            ".mlir file)");
  }
  Expected<std::string> text = readText(spec, "a spec", kMaxSpecBytes);
  if (!text)
    return createStringError(inconvertibleErrorCode(),
                             "cannot read '" + spec +
                                 "': " + toString(text.takeError()));
  return parseSpec(context, *text, spec, entry);
}
