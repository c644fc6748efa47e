//===- Ptxas.cpp - what the assembler says of a kernel --------------------===//

#include "lib/Simulator/Launch/Ptxas.h"
#include "lib/Simulator/Launch/Assemble.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

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

AssemblerReport sim::parseAssemblerReport(StringRef text, StringRef entry) {
  AssemblerReport report;
  SmallVector<StringRef> lines;
  text.split(lines, '\n');
  bool isEntry = false;
  std::string spills;
  // By its number: a message, and how often it comes.
  MapVector<StringRef, std::pair<std::string, unsigned>> messages;
  for (StringRef line : lines) {
    if (line.contains("Compiling entry function"))
      isEntry = getQuoted(line, "entry function") == entry;
    if (isEntry && line.contains("spill stores")) {
      uint64_t stores = getNumber(line, " bytes spill stores"),
               loads = getNumber(line, " bytes spill loads");
      if (stores || loads)
        spills = ", spills " + utostr(stores) + " bytes and loads " +
                 utostr(loads) + ", which the PTX does not show";
    }
    if (isEntry && line.contains("Used "))
      report.registers = getNumber(line, " registers");
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
  if (report.registers)
    report.notes.push_back("ptxas: " + utostr(report.registers) +
                           " registers a thread" + spills);
  for (const auto &[code, message] : messages)
    report.notes.push_back(
        "ptxas " + code.str() + ": " + message.first +
        (message.second > 1 ? " (and " + utostr(message.second - 1) + " more)"
                            : ""));
  return report;
}

AssemblerReport sim::askAssembler(StringRef ptxas, const ptx::Module &module,
                                  StringRef target, StringRef entry) {
  Expected<Cubin> cubin = assemble(ptxas, module, target);
  if (cubin)
    return parseAssemblerReport(cubin->messages, entry);
  AssemblerReport report;
  report.notes.push_back("ptxas says nothing: " + toString(cubin.takeError()));
  return report;
}
