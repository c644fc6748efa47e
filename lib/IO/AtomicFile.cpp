//===- AtomicFile.cpp - Write a whole file or none of it ------------------===//

#include "lib/IO/AtomicFile.h"

#include "lib/IO/Paths.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"

using namespace llvm;
using namespace sluice::io;

static Error cannotWrite(StringRef path, std::error_code ec) {
  return createStringError(ec, "cannot write '" + path + "': " + ec.message());
}

/// Runs `write` on the open file `fd` and closes it; reports what failed.
static Error writeAndClose(StringRef path, int fd,
                           function_ref<Error(raw_ostream &)> write) {
  raw_fd_ostream os(fd, /*shouldClose=*/true);
  Error error = write(os);
  os.close();
  // raw_fd_ostream ends the process if an error is left in it when it dies.
  std::error_code ec = os.error();
  os.clear_error();
  if (error)
    return error;
  return ec ? cannotWrite(path, ec) : Error::success();
}

/// Creates a file with a fresh name in the folder of `target`. LLVM's
/// createUniqueFile is no help: it also replaces each '%' of the folder.
static std::error_code createBeside(StringRef target, int &fd,
                                    SmallString<128> &name) {
  for (unsigned attempt = 0;; ++attempt) {
    name = sys::path::parent_path(target);
    sys::path::append(name, ".sluice-" + Twine(sys::Process::getProcessId()) +
                                "-" + Twine(attempt) + ".tmp");
    std::error_code ec = sys::fs::openFileForWrite(
        name, fd, sys::fs::CD_CreateNew, sys::fs::OF_None, /*Mode=*/0666);
    if (ec != std::errc::file_exists || attempt == 1000)
      return ec;
  }
}

Error sluice::io::writeFileAtomically(
    StringRef path, function_ref<Error(raw_ostream &)> write) {
  sys::fs::file_status status;
  std::error_code ec = sys::fs::status(path, status);
  if (ec && ec != std::errc::no_such_file_or_directory)
    return cannotWrite(path, ec);
  bool exists = sys::fs::exists(status);
  if (sys::fs::is_directory(status))
    return cannotWrite(path, std::make_error_code(std::errc::is_a_directory));

  int fd;
  if (exists && !sys::fs::is_regular_file(status)) {
    ec = sys::fs::openFileForWrite(path, fd, sys::fs::CD_OpenExisting);
    return ec ? cannotWrite(path, ec) : writeAndClose(path, fd, write);
  }

  if (exists) {
    ec = sys::fs::access(path, sys::fs::AccessMode::Write);
    if (ec)
      return cannotWrite(path, ec);
  }
  SmallString<128> target, temporary;
  ec = followLinks(path, target);
  if (ec)
    return cannotWrite(path, ec);
  ec = createBeside(target, fd, temporary);
  if (ec)
    return cannotWrite(path, ec);
  sys::RemoveFileOnSignal(temporary);
  if (exists)
    ec = sys::fs::setPermissions(fd, status.permissions());
  Error error = writeAndClose(path, fd, write);
  if (!error && !ec)
    ec = sys::fs::rename(temporary, target);
  if (!error && ec)
    error = cannotWrite(path, ec);
  if (error) {
    ec = sys::fs::remove(temporary);
    if (ec)
      error = joinErrors(std::move(error), cannotWrite(temporary, ec));
  }
  sys::DontRemoveFileOnSignal(temporary);
  return error;
}
