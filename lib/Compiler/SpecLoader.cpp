//===- SpecLoader.cpp - From a name or a file to a recurrence -------------===//

#include "lib/Compiler/SpecLoader.h"
#include "lib/Support/Quote.h"

#include "lib/Analysis/UnusedValues.h"
#include "lib/Diagnostics/SourceDiagnostics.h"
#include "lib/IO/MLIRText.h"
#include "lib/Variants/Variants.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;

char SpecError::ID = 0;

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
  const MemoryBuffer *buffer = sources.getMemoryBuffer(sources.getMainFileID());
  SourceText source{buffer->getBufferIdentifier(), buffer->getBuffer()};
  SourceDiagnostics diagnostics(context, source);
  auto fail = [&](size_t offset, const Twine &message) {
    diagnostics.addError(offset, message);
    return make_error<SpecError>(diagnostics.takeErrors());
  };

  if (std::optional<io::TextFault> fault =
          io::findMLIRTextFault(text, "a spec"))
    return fail(fault->offset, fault->message);

  Spec spec;
  // Verifies, too.
  spec.module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!spec.module)
    return make_error<SpecError>(diagnostics.takeErrors());

  warnOfUnusedValues(*spec.module);
  spec.warnings = diagnostics.getWarnings();

  SmallVector<delta::RecurrenceOp> recurrences;
  spec.module->walk([&](delta::RecurrenceOp op) {
    op->setLoc(keepSource(op.getLoc(), source));
    recurrences.push_back(op);
  });
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
  bool isStandardInput = path == "-";
  Expected<sys::fs::file_t> file = isStandardInput
                                       ? sys::fs::getStdinHandle()
                                       : sys::fs::openNativeFileForRead(path);
  if (!file)
    return file.takeError();
  scope_exit close([&] {
    if (!isStandardInput) [[maybe_unused]]
      std::error_code ignored = sys::fs::closeFile(*file);
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
  bool isStandardInput = spec == "-";
  if (!isStandardInput && !sys::fs::exists(spec)) {
    StringRef nearest = nearestVariant(spec);
    return createStringError(
        inconvertibleErrorCode(),
        "no such variant or file " + quote(spec) +
            (nearest.empty() ? Twine()
                             : ", did you mean " + quote(nearest) + "?") +
            " (sluice-run --list names the variants)");
  }
  Expected<std::string> text = readText(spec, "a spec", io::kMaxMLIRBytes);
  if (!text)
    return createStringError(inconvertibleErrorCode(),
                             "cannot read '" + spec +
                                 "': " + toString(text.takeError()));
  if (isStandardInput)
    return parseSpec(context, *text, "<stdin>", entry);
  return parseSpec(context, *text, spec, entry);
}
