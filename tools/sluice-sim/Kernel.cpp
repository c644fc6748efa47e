//===- Kernel.cpp - The PTX file and the entry that is run ----------------===//

#include "tools/sluice-sim/Kernel.h"

#include "lib/Support/SourceError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

Expected<std::unique_ptr<MemoryBuffer>> tool::readKernel(StringRef path) {
  auto fail = [&](const Twine &message) {
    return createStringError("cannot read '" + path + "': " + message);
  };
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return fail(code.message());
  // Reading a device such as /dev/zero would not end.
  if (status.type() == sys::fs::file_type::character_file)
    return fail("it is a device");
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file)
    return fail(file.getError().message());
  return std::move(*file);
}

Error tool::asSourceError(Error error, StringRef path) {
  if (!error)
    return Error::success();
  std::string message = toString(std::move(error));
  StringRef text = StringRef(message).rtrim('\n'), rest = text;
  bool hasPlace = rest.consume_front(path) && rest.consume_front(":") &&
                  !rest.empty() && isDigit(rest.front());
  if (hasPlace)
    return make_error<SourceError>((text + "\n").str());
  return createStringError(text);
}

Expected<const ptx::Function *>
tool::findEntry(const ptx::Module &module, StringRef fileName, StringRef name) {
  std::vector<const ptx::Function *> entries;
  for (const std::unique_ptr<ptx::Function> &function : module.functions)
    if (function->isEntry && function->hasBody)
      entries.push_back(function.get());
  if (entries.empty())
    return createStringError(fileName + " has no .entry");
  if (name.empty() && entries.size() == 1)
    return entries.front();
  for (const ptx::Function *entry : entries)
    if (entry->name == name)
      return entry;
  std::string list;
  for (const ptx::Function *entry : entries)
    list += (list.empty() ? "'" : ", '") + entry->name.str() + "'";
  return createStringError(
      name.empty() ? fileName +
                         " has several entries, --entry=NAME says which"
                         " is run: " +
                         list
                   : fileName + " has no entry '" + name + "', it has " + list);
}
