//===- Assemble.cpp - the CUDA toolkit's programs -------------------------===//

#include "lib/Simulator/Launch/Assemble.h"
#include "lib/PTX/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

Expected<std::string> sim::findTool(StringRef name) {
  bool isPath = name.contains('/');
  if (isPath && sys::fs::can_execute(name))
    return name.str();
  if (isPath)
    return error("there is no program '" + name + "'");
  ErrorOr<std::string> path = sys::findProgramByName(name);
  if (!path)
    return error("there is no '" + name +
                 "' in PATH: it comes with the CUDA toolkit, or in a Python "
                 "package");
  return *path;
}

/// A name that nobody else has, of a file that is deleted at the end.
static Expected<std::string> makeFile(StringRef suffix, FileRemover &remover) {
  SmallString<128> path;
  if (std::error_code code =
          sys::fs::createTemporaryFile("sluice", suffix, path))
    return error("cannot make a temporary file: " + code.message());
  remover.setFile(path);
  return path.str().str();
}

Expected<std::string> sim::runTool(StringRef path,
                                   ArrayRef<StringRef> arguments) {
  FileRemover remover;
  Expected<std::string> output = makeFile("txt", remover);
  if (!output)
    return output.takeError();
  SmallVector<StringRef, 8> all{path};
  append_range(all, arguments);
  std::string message;
  // Nothing to read; both outputs to one file.
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(*output),
                                          StringRef(*output)};
  int status =
      sys::ExecuteAndWait(path, all, std::nullopt, redirects,
                          /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  ErrorOr<std::unique_ptr<MemoryBuffer>> text = MemoryBuffer::getFile(*output);
  StringRef printed = text ? (*text)->getBuffer() : "";
  if (status == 0)
    return printed.str();
  // Below zero: it could not be run, or died of a signal.
  if (status < 0)
    return error("cannot run '" + path + "': " + message);
  return error("'" + path + "' failed: " + printed.trim());
}

Expected<Cubin> sim::assemble(StringRef ptxas, const ptx::Module &module,
                              StringRef target) {
  Expected<std::string> path = findTool(ptxas);
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
  os << module.text;
  os.close();
  if (code || os.has_error()) {
    os.clear_error();
    return error("cannot write '" + *source + "'");
  }
  std::string arch = ("-arch=" + target).str();
  Expected<std::string> messages =
      runTool(*path, {arch, "-v", "-lineinfo", "-o", cubin.path, *source});
  if (!messages)
    return messages.takeError();
  cubin.messages = std::move(*messages);
  return cubin;
}
