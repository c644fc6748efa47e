//===- Ptxas.cpp - PTX assembled, and what ptxas says of it ---------------===//

#include "lib/Assembler/Ptxas.h"
#include "lib/Assembler/Program.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::assembler;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// Assembling
//===----------------------------------------------------------------------===//

/// A name that nobody else has, of a file that is deleted at the end.
static Expected<std::string> makeFile(StringRef suffix, FileRemover &remover) {
  SmallString<128> path;
  if (std::error_code code =
          sys::fs::createTemporaryFile("sluice", suffix, path))
    return error("cannot make a temporary file: " + code.message());
  remover.setFile(path);
  return path.str().str();
}

Expected<Cubin> assembler::assemble(StringRef ptxas, StringRef ptx,
                                    StringRef target,
                                    ArrayRef<StringRef> flags) {
  Expected<std::string> path = findProgram(ptxas);
  if (!path)
    return path.takeError();
  FileRemover sourceRemover;
  Expected<std::string> source = makeFile("ptx", sourceRemover);
  if (!source)
    return source.takeError();
  Cubin cubin;
  cubin.remover = std::make_unique<FileRemover>();
  Expected<std::string> binary = makeFile("cubin", *cubin.remover);
  if (!binary)
    return binary.takeError();
  cubin.path = *binary;
  std::error_code code;
  raw_fd_ostream os(*source, code);
  os << ptx;
  os.close();
  if (code || os.has_error()) {
    os.clear_error();
    return error("cannot write '" + *source + "'");
  }
  std::string arch = ("-arch=" + target).str();
  SmallVector<StringRef> arguments{arch, "-v", "-o", cubin.path, *source};
  append_range(arguments, flags);
  Expected<std::string> messages = runProgram(*path, arguments);
  if (!messages)
    return messages.takeError();
  cubin.messages = std::move(*messages);
  return cubin;
}

//===----------------------------------------------------------------------===//
// Reading what it says
//===----------------------------------------------------------------------===//

/// Between the quotes behind `before`; empty if there are none.
static StringRef getQuoted(StringRef line, StringRef before) {
  size_t at = line.find(before);
  if (at == StringRef::npos)
    return "";
  return line.substr(at + before.size()).split('\'').second.split('\'').first;
}

/// The number in front of `behind`; 0 if there is none.
static uint64_t getNumber(StringRef line, StringRef behind) {
  size_t at = line.find(behind);
  if (at == StringRef::npos)
    return 0;
  StringRef before = line.take_front(at);
  size_t start = before.find_last_not_of("0123456789") + 1;
  uint64_t number = 0;
  return before.drop_front(start).getAsInteger(10, number) ? 0 : number;
}

/// The name of the entry that a line begins to speak of; empty: of none.
static StringRef getEntry(StringRef line) {
  return line.contains("Compiling entry function")
             ? getQuoted(line, "entry function")
             : StringRef();
}

std::vector<std::string> assembler::findEntries(StringRef text) {
  std::vector<std::string> entries;
  for (StringRef line : split(text, '\n'))
    if (StringRef entry = getEntry(line); !entry.empty())
      entries.push_back(entry.str());
  return entries;
}

static void readResources(StringRef line, Resources &resources) {
  if (line.contains("spill stores")) {
    resources.stackBytes = getNumber(line, " bytes stack frame");
    resources.spillStoreBytes = getNumber(line, " bytes spill stores");
    resources.spillLoadBytes = getNumber(line, " bytes spill loads");
  }
  if (line.contains("Used ")) {
    resources.registers = getNumber(line, " registers");
    resources.sharedBytes = getNumber(line, " bytes smem");
  }
}

AssemblerReport assembler::parseAssemblerReport(StringRef text,
                                                StringRef entry) {
  AssemblerReport report;
  bool isEntry = false;
  // By its number: a message, and how often it comes.
  MapVector<StringRef, std::pair<std::string, unsigned>> messages;
  for (StringRef line : split(text, '\n')) {
    if (StringRef name = getEntry(line); !name.empty())
      isEntry = name == entry;
    if (isEntry)
      readResources(line, report.resources);
    // (C7510) Potential Performance Loss: … in the function 'name'
    size_t number = line.find("(C75");
    if (number == StringRef::npos)
      continue;
    auto [code, message] = line.substr(number + 1).split(") ");
    StringRef name = getQuoted(message, "function ");
    if (message.contains("serialized") && !name.empty())
      report.serialised.push_back(name.str());
    auto &[first, count] = messages[code];
    if (!count++)
      first = message.rtrim().str();
  }
  for (const auto &[code, message] : messages)
    report.messages.push_back(
        code.str() + ": " + message.first +
        (message.second > 1 ? " (and " + utostr(message.second - 1) + " more)"
                            : ""));

  const Resources &resources = report.resources;
  if (resources.registers)
    report.notes.push_back(
        "ptxas: " + utostr(resources.registers) + " registers a thread" +
        (resources.getSpillBytes()
             ? ", spills " + utostr(resources.spillStoreBytes) +
                   " bytes and loads " + utostr(resources.spillLoadBytes) +
                   ", which the PTX does not show"
             : ""));
  for (const std::string &message : report.messages)
    report.notes.push_back("ptxas " + message);
  return report;
}

AssemblerReport assembler::askAssembler(StringRef ptxas, StringRef ptx,
                                        StringRef target, StringRef entry) {
  Expected<Cubin> cubin = assemble(ptxas, ptx, target);
  if (cubin)
    return parseAssemblerReport(cubin->messages, entry);
  AssemblerReport report;
  report.notes.push_back("ptxas says nothing: " + toString(cubin.takeError()));
  return report;
}
