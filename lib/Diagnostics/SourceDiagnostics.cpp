//===- SourceDiagnostics.cpp - Errors with their source lines -------------===//

#include "lib/Diagnostics/SourceDiagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sluice;

/// Diagnostics of one severity; more of them help nobody.
static constexpr unsigned kMostShown = 20;
/// Bytes of a message, and of a line.
static constexpr size_t kMostMessage = 2000, kMostLine = 160;

//===----------------------------------------------------------------------===//
// A text in a location
//===----------------------------------------------------------------------===//

mlir::Location sluice::keepSource(mlir::Location loc,
                                  const SourceText &source) {
  mlir::MLIRContext *context = loc.getContext();
  // No place of the text, so that it is never the same as `loc`.
  auto place = mlir::FileLineColLoc::get(context, source.fileName, 0, 0);
  return mlir::FusedLoc::get(
      {loc, place}, mlir::StringAttr::get(context, source.text), context);
}

SourceText sluice::findSource(mlir::Location loc) {
  auto kept = loc->findInstanceOf<mlir::FusedLocWith<mlir::StringAttr>>();
  if (!kept)
    return {};
  auto place = dyn_cast<mlir::FileLineColLoc>(kept.getLocations().back());
  if (!place)
    return {};
  return {place.getFilename().getValue(), kept.getMetadata().getValue()};
}

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

static bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

static bool isControl(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

static void printPlain(raw_ostream &os, StringRef text) {
  for (char c : text)
    os << (isControl(c) ? ' ' : c);
}

/// The end of the characters that begin within the first `most` bytes.
static size_t cut(StringRef text, size_t most) {
  size_t end = std::min(text.size(), most);
  while (end < text.size() && isContinuation(text[end]))
    ++end;
  return end;
}

static void printMessage(raw_ostream &os, StringRef message) {
  size_t end = cut(message, kMostMessage);
  printPlain(os, message.take_front(end));
  os << (end < message.size() ? "…\n" : "\n");
}

/// Prints the line around its byte `column` and a caret below that.
static void printLine(raw_ostream &os, StringRef line, size_t column) {
  column = std::min(column, line.size());
  size_t begin =
      column < kMostLine * 3 / 4 ? 0 : cut(line, column - kMostLine / 2);
  size_t end = begin + cut(line.drop_front(begin), kMostLine);
  os << (begin > 0 ? "…" : "");
  printPlain(os, line.slice(begin, end));
  os << (end < line.size() ? "…\n" : "\n");
  size_t width = begin > 0 ? 1 : 0;
  for (char c : line.slice(begin, column))
    width += isContinuation(c) ? 0 : 1;
  os.indent(static_cast<unsigned>(width)) << "^\n";
}

static StringRef getLine(StringRef text, unsigned number) {
  for (; number > 1; --number)
    text = text.split('\n').second;
  return text.split('\n').first.rtrim('\r');
}

static void print(raw_ostream &os, const SourceText &source, unsigned line,
                  unsigned column, StringRef kind, StringRef message) {
  os << source.fileName << ':' << line << ':' << column << ": " << kind << ": ";
  printMessage(os, message);
  StringRef shown = getLine(source.text, line);
  // Behind the last line, and in a text without lines, there is none.
  if (!shown.empty())
    printLine(os, shown, column - 1);
}

std::string sluice::formatError(const SourceText &source, size_t offset,
                                const Twine &message) {
  StringRef before = source.text.take_front(offset);
  size_t lineBegin = before.rfind('\n') + 1; // npos + 1 is 0
  std::string lines;
  raw_string_ostream os(lines);
  print(os, source, static_cast<unsigned>(before.count('\n')) + 1,
        static_cast<unsigned>(offset - lineBegin) + 1, "error", message.str());
  return lines;
}

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

SourceDiagnostics::SourceDiagnostics(mlir::MLIRContext &context,
                                     const SourceText &source)
    : context(context), source(source),
      printedOperations(context.shouldPrintOpOnDiagnostic()),
      handler(&context, [this](mlir::Diagnostic &diagnostic) {
        add(diagnostic);
        return success();
      }) {
  context.printOpOnDiagnostic(false);
}

SourceDiagnostics::~SourceDiagnostics() {
  context.printOpOnDiagnostic(printedOperations);
}

static StringRef kindOf(mlir::DiagnosticSeverity severity) {
  switch (severity) {
  case mlir::DiagnosticSeverity::Note:
    return "note";
  case mlir::DiagnosticSeverity::Warning:
    return "warning";
  case mlir::DiagnosticSeverity::Error:
    return "error";
  case mlir::DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("covered switch");
}

void SourceDiagnostics::add(mlir::Diagnostic &diagnostic) {
  bool isError = diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
  unsigned &count = isError ? numErrors : numWarnings;
  if (++count > kMostShown)
    return;
  raw_string_ostream os(isError ? errors : warnings);
  auto show = [&](mlir::Diagnostic &part) {
    // A text may name places in other files, which are not looked at.
    unsigned line = 1, column = 1;
    part.getLocation()->walk([&](mlir::Location loc) {
      auto place = dyn_cast<mlir::FileLineColLoc>(loc);
      if (!place || place.getFilename().getValue() != source.fileName)
        return mlir::WalkResult::advance();
      line = std::max(place.getLine(), 1u);
      column = std::max(place.getColumn(), 1u);
      return mlir::WalkResult::interrupt();
    });
    print(os, source, line, column, kindOf(part.getSeverity()), part.str());
  };
  show(diagnostic);
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    show(note);
}
