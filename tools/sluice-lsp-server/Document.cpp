//===- Document.cpp - A text that an editor has open ----------------------===//

#include "tools/sluice-lsp-server/Document.h"

#include "lib/Analysis/UnusedValues.h"
#include "lib/IO/MLIRText.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"
#include "tools/sluice-lsp-server/Reference.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace sluice::lsp;
using llvm::lsp::Position;

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

static bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// UTF-16 code units of the character that begins with `c`.
static int getUnits(char c) {
  if (isContinuation(c))
    return 0;
  return static_cast<unsigned char>(c) >= 0xF0 ? 2 : 1;
}

size_t Document::toOffset(Position position) const {
  size_t offset = 0;
  for (int line = 0; line < position.line; ++line) {
    size_t end = text.find('\n', offset);
    if (end == std::string::npos)
      return text.size();
    offset = end + 1;
  }
  int units = 0;
  for (; offset < text.size() && text[offset] != '\n'; ++offset) {
    if (units >= position.character && !isContinuation(text[offset]))
      break;
    units += getUnits(text[offset]);
  }
  return offset;
}

Position Document::toPosition(size_t offset) const {
  StringRef before = StringRef(text).take_front(offset);
  size_t lineBegin = before.rfind('\n') + 1; // npos + 1 is 0
  int units = 0;
  for (char c : before.drop_front(lineBegin))
    units += getUnits(c);
  return Position(static_cast<int>(before.count('\n')), units);
}

llvm::lsp::Range Document::toRange(const Part &part, SMRange range) const {
  const char *begin = part.getText().data();
  return {toPosition(part.offset + (range.Start.getPointer() - begin)),
          toPosition(part.offset + (range.End.getPointer() - begin))};
}

static bool isWordPart(char c) {
  return isAlnum(c) || StringRef("_.$").contains(c);
}

std::pair<size_t, size_t> Document::findWord(size_t offset) const {
  size_t begin = std::min(offset, text.size()), end = begin;
  while (begin > 0 && isWordPart(text[begin - 1]))
    --begin;
  while (end < text.size() && isWordPart(text[end]))
    ++end;
  if (begin > 0 && StringRef("%!@#^").contains(text[begin - 1]))
    --begin;
  return {begin, end};
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

Document::Document(llvm::lsp::URIForFile documentURI, std::string documentText,
                   const mlir::DialectRegistry &registry)
    : uri(std::move(documentURI)), text(std::move(documentText)),
      context(registry, mlir::MLIRContext::Threading::DISABLED) {
  context.printOpOnDiagnostic(false);
  constexpr StringLiteral kMarker = "\n// -----\n";
  size_t begin = 0;
  while (true) {
    size_t end = text.find(kMarker, begin);
    if (end == std::string::npos)
      break;
    parse(begin, end + 1);
    begin = end + kMarker.size();
  }
  parse(begin, text.size());
}

void Document::parse(size_t begin, size_t end) {
  Part &part = *parts.emplace_back(std::make_unique<Part>());
  part.offset = begin;
  part.sources.AddNewSourceBuffer(
      MemoryBuffer::getMemBufferCopy(StringRef(text).slice(begin, end),
                                     uri.file()),
      SMLoc());
  if (std::optional<io::TextFault> fault =
          io::findMLIRTextFault(part.getText(), "a text")) {
    llvm::lsp::Diagnostic diagnostic;
    diagnostic.range = llvm::lsp::Range(toPosition(begin + fault->offset));
    diagnostic.severity = llvm::lsp::DiagnosticSeverity::Error;
    diagnostic.source = "sluice";
    diagnostic.message = fault->message;
    diagnostics.push_back(std::move(diagnostic));
    return;
  }
  mlir::ScopedDiagnosticHandler handler(
      &context,
      [&](mlir::Diagnostic &diagnostic) { addDiagnostic(part, diagnostic); });
  if (succeeded(mlir::parseAsmSourceFile(part.sources, &part.block,
                                         mlir::ParserConfig(&context),
                                         &part.state))) {
    for (mlir::Operation &op : part.block)
      warnOfUnusedValues(&op);
    return;
  }
  // Half of it may be destroyed.
  part.state = mlir::AsmParserState();
  part.block.clear();
}

void Document::addDiagnostic(Part &part, mlir::Diagnostic &diagnostic) {
  auto toPlace = [&](mlir::Location loc) {
    auto place = loc->findInstanceOf<mlir::FileLineColLoc>();
    if (!place || place.getFilename().getValue() != uri.file())
      return llvm::lsp::Range(toPosition(part.offset));
    SMLoc found = part.sources.FindLocForLineAndColumn(
        part.sources.getMainFileID(), place.getLine(), place.getColumn());
    size_t offset =
        part.offset +
        (found.isValid() ? found.getPointer() - part.getText().data() : 0);
    return llvm::lsp::Range(
        toPosition(offset),
        toPosition(std::max(findWord(offset).second, offset)));
  };
  llvm::lsp::Diagnostic &made = diagnostics.emplace_back();
  made.range = toPlace(diagnostic.getLocation());
  made.source = "sluice";
  made.message = diagnostic.str();
  switch (diagnostic.getSeverity()) {
  case mlir::DiagnosticSeverity::Error:
    made.severity = llvm::lsp::DiagnosticSeverity::Error;
    break;
  case mlir::DiagnosticSeverity::Warning:
    made.severity = llvm::lsp::DiagnosticSeverity::Warning;
    break;
  case mlir::DiagnosticSeverity::Note:
  case mlir::DiagnosticSeverity::Remark:
    made.severity = llvm::lsp::DiagnosticSeverity::Information;
    break;
  }
  std::vector<llvm::lsp::DiagnosticRelatedInformation> notes;
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    notes.emplace_back(llvm::lsp::Location(uri, toPlace(note.getLocation())),
                       note.str());
  if (!notes.empty())
    made.relatedInformation = std::move(notes);
}

//===----------------------------------------------------------------------===//
// What stands at a place
//===----------------------------------------------------------------------===//

std::optional<Document::Found> Document::findValue(size_t offset) const {
  for (const std::unique_ptr<Part> &part : parts) {
    if (offset < part->offset || offset > part->offset + part->getText().size())
      continue;
    SMLoc loc =
        SMLoc::getFromPointer(part->getText().data() + offset - part->offset);
    auto covers = [&](const mlir::AsmParserState::SMDefinition &definition) {
      auto contains = [&](SMRange range) {
        return range.isValid() &&
               range.Start.getPointer() <= loc.getPointer() &&
               loc.getPointer() < range.End.getPointer();
      };
      return contains(definition.loc) || any_of(definition.uses, contains);
    };
    for (const auto &op : part->state.getOpDefs())
      for (const auto &group : op.resultGroups)
        if (covers(group.definition))
          return Found{part.get(), &group.definition,
                       op.op->getResult(group.startIndex)};
    for (const auto &block : part->state.getBlockDefs())
      for (auto [i, argument] : enumerate(block.arguments))
        if (covers(argument))
          return Found{part.get(), &argument, block.block->getArgument(i)};
  }
  return std::nullopt;
}

std::optional<llvm::lsp::Hover> Document::hover(Position position) const {
  size_t offset = toOffset(position);
  auto [begin, end] = findWord(offset);
  llvm::lsp::Hover hover(llvm::lsp::Range(toPosition(begin), toPosition(end)));
  hover.contents.kind = llvm::lsp::MarkupKind::Markdown;
  raw_string_ostream os(hover.contents.value);
  StringRef word = StringRef(text).slice(begin, end);
  if (const Reference *op = findReference(word)) {
    os << "**" << op->name << "**: " << op->summary << "\n\n"
       << op->description;
    return hover;
  }
  std::optional<Found> found = findValue(offset);
  if (!found)
    return std::nullopt;
  // The line that defines it says the rest.
  size_t place =
      found->part->offset + (found->definition->loc.Start.getPointer() -
                             found->part->getText().data());
  StringRef line = StringRef(text).substr(text.rfind('\n', place) + 1);
  os << "`" << word << "`: `" << found->value.getType() << "`\n\n```mlir\n"
     << line.split('\n').first.trim() << "\n```";
  return hover;
}

std::vector<llvm::lsp::Location>
Document::findDefinition(Position position) const {
  std::vector<llvm::lsp::Location> places;
  if (std::optional<Found> found = findValue(toOffset(position)))
    places.emplace_back(uri, toRange(*found->part, found->definition->loc));
  return places;
}

std::vector<llvm::lsp::Location>
Document::findReferences(Position position) const {
  std::vector<llvm::lsp::Location> places = findDefinition(position);
  if (std::optional<Found> found = findValue(toOffset(position)))
    for (SMRange use : found->definition->uses)
      places.emplace_back(uri, toRange(*found->part, use));
  return places;
}

//===----------------------------------------------------------------------===//
// Completion
//===----------------------------------------------------------------------===//

/// The names with a '%' in a text, each once.
static std::vector<StringRef> findValueNames(StringRef text) {
  std::vector<StringRef> names;
  StringSet<> seen;
  while (true) {
    text = text.substr(text.find('%'));
    if (text.empty())
      return names;
    StringRef name =
        text.take_front(1 + text.drop_front().take_while(isWordPart).size());
    if (name.size() > 1 && seen.insert(name).second)
      names.push_back(name);
    text = text.drop_front(name.size());
  }
}

llvm::lsp::CompletionList Document::complete(Position position) const {
  size_t offset = toOffset(position), begin = findWord(offset).first;
  llvm::lsp::CompletionList list;
  auto add = [&](StringRef label, llvm::lsp::CompletionItemKind kind,
                 StringRef detail) -> llvm::lsp::CompletionItem & {
    llvm::lsp::CompletionItem &item =
        list.items.emplace_back(label, kind, /*sortText=*/"");
    item.detail = detail.str();
    item.insertTextFormat = llvm::lsp::InsertTextFormat::PlainText;
    item.textEdit = llvm::lsp::TextEdit{
        llvm::lsp::Range(toPosition(begin), toPosition(offset)), label.str()};
    return item;
  };
  switch (begin < offset ? text[begin] : '\0') {
  case '%': {
    size_t partBegin = 0;
    for (const std::unique_ptr<Part> &part : parts)
      if (part->offset <= begin)
        partBegin = part->offset;
    for (StringRef name :
         findValueNames(StringRef(text).slice(partBegin, begin)))
      add(name, llvm::lsp::CompletionItemKind::Variable, "a value");
    return list;
  }
  case '!':
    add("!delta.scalar", llvm::lsp::CompletionItemKind::Class, "a number");
    add("!delta.vec<key>", llvm::lsp::CompletionItemKind::Class, "K numbers");
    add("!delta.vec<value>", llvm::lsp::CompletionItemKind::Class, "V numbers");
    add("!delta.state<key, value>", llvm::lsp::CompletionItemKind::Class,
        "a matrix, K by V");
    return list;
  case '@':
  case '#':
  case '^':
    return list;
  default:
    break;
  }
  for (const Reference &op : getReferences()) {
    llvm::lsp::CompletionItem &item =
        add(op.name, llvm::lsp::CompletionItemKind::Function, op.usage);
    item.documentation =
        llvm::lsp::MarkupContent{llvm::lsp::MarkupKind::Markdown,
                                 (op.summary + "\n\n" + op.description).str()};
  }
  return list;
}
