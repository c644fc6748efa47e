//===- Program.cpp - The CUDA toolkit's programs --------------------------===//

#include "lib/Assembler/Program.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>

using namespace llvm;
using namespace sluice;
using namespace sluice::assembler;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// Finding
//===----------------------------------------------------------------------===//

/// Empty where it is not set: an empty variable is none.
static StringRef getVariable(const char *name) {
  const char *value = std::getenv(name);
  return value ? StringRef(value) : StringRef();
}

/// Where a toolkit is installed, and how the user has said so.
static std::pair<StringRef, StringRef> getToolkit() {
  if (StringRef home = getVariable("CUDA_HOME"); !home.empty())
    return {home, "$CUDA_HOME/bin, "};
  if (StringRef path = getVariable("CUDA_PATH"); !path.empty())
    return {path, "$CUDA_PATH/bin, "};
  return {"/usr/local/cuda", ""};
}

/// The folders in a folder whose names `isNamed` is true of, in the order of
/// their names.
static std::vector<std::string>
listFolders(const Twine &folder, function_ref<bool(StringRef)> isNamed) {
  std::vector<std::string> found;
  std::error_code code;
  for (sys::fs::directory_iterator each(folder, code), end;
       !code && each != end; each.increment(code))
    if (isNamed(sys::path::filename(each->path())))
      found.push_back(each->path());
  llvm::sort(found);
  return found;
}

/// bin of what NVIDIA's packages have put into the environment whose programs
/// are in `programs`: lib/python3.12/site-packages/nvidia/cu13/bin.
static std::vector<std::string> listPackages(StringRef programs) {
  std::vector<std::string> found;
  std::string root = sys::path::parent_path(programs.rtrim('/')).str();
  if (root.empty())
    return found;
  auto any = [](StringRef) { return true; };
  for (const std::string &python :
       listFolders(root + "/lib",
                   [](StringRef name) { return name.starts_with("python3"); }))
    for (StringRef kind : {"site-packages", "dist-packages"})
      for (const std::string &package :
           listFolders(python + "/" + kind + "/nvidia", any))
        found.push_back(package + "/bin");
  return found;
}

Expected<std::string> assembler::findProgram(StringRef name) {
  bool isPath = name.contains('/');
  if (isPath && sys::fs::can_execute(name))
    return name.str();
  if (isPath)
    return error("there is no program '" + name + "'");
  if (ErrorOr<std::string> path = sys::findProgramByName(name))
    return *path;
  auto [toolkit, variable] = getToolkit();
  std::vector<std::string> folders{(toolkit + "/bin").str()};
  SmallVector<StringRef> inPath;
  getVariable("PATH").split(inPath, ':', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef folder : inPath)
    append_range(folders, listPackages(folder));
  for (const std::string &folder : folders)
    if (std::string path = folder + "/" + name.str();
        sys::fs::can_execute(path))
      return path;
  return error(
      "there is no '" + name + "' in PATH, " +
      (variable.empty() ? Twine(toolkit + "/bin, ") : Twine(variable)) +
      "or Python's nvidia packages beside PATH: it comes with the "
      "CUDA toolkit, or by 'pip install nvidia-cuda-" +
      (name == "ptxas" ? "nvcc" : name) + "'");
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

Expected<std::string> assembler::runProgram(StringRef path,
                                            ArrayRef<StringRef> arguments) {
  SmallString<128> output;
  if (std::error_code code =
          sys::fs::createTemporaryFile("sluice", "txt", output))
    return error("cannot make a temporary file: " + code.message());
  FileRemover remover(output);
  SmallVector<StringRef, 8> all{path};
  append_range(all, arguments);
  std::string message;
  // Nothing to read; both outputs to one file.
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(output),
                                          StringRef(output)};
  int status =
      sys::ExecuteAndWait(path, all, std::nullopt, redirects,
                          /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  ErrorOr<std::unique_ptr<MemoryBuffer>> text = MemoryBuffer::getFile(output);
  StringRef printed = text ? (*text)->getBuffer() : "";
  if (status == 0)
    return printed.str();
  // Below zero: it could not be run, or died of a signal.
  if (status < 0)
    return error("cannot run '" + path + "': " + message);
  return error("'" + path + "' failed: " + printed.trim());
}
