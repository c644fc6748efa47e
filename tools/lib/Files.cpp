//===- Files.cpp - Files that a tool reads and writes ---------------------===//

#include "tools/lib/Files.h"

#include "lib/IO/AtomicFile.h"
#include "lib/IO/Paths.h"
#include "lib/Variants/Variants.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static bool isNone(StringRef path) { return path.empty() || path == "-"; }

FileUse tool::readsSpec(StringRef spec) {
  return reads("SPEC", findVariant(spec) ? "" : spec);
}

Error tool::checkFiles(ArrayRef<FileUse> files) {
  for (size_t i = 0; i < files.size(); ++i)
    for (size_t j = i + 1; j < files.size(); ++j) {
      const FileUse &a = files[i], &b = files[j];
      if (a.path == "-" && b.path == "-" && a.isWritten == b.isWritten)
        return createStringError(a.flag + " and " + b.flag +
                                 " are both standard " +
                                 (a.isWritten ? "output" : "input"));
      if ((!a.isWritten && !b.isWritten) || isNone(a.path) || isNone(b.path) ||
          !io::isSameFile(a.path, b.path))
        continue;
      return createStringError(
          a.flag + " and " + b.flag + " are the same file, '" + a.path + "'" +
          (a.path == b.path ? Twine() : " and '" + b.path + "'"));
    }
  return Error::success();
}

Error tool::checkWritable(StringRef path) {
  if (isNone(path))
    return Error::success();
  SmallString<128> target;
  std::error_code code = io::followLinks(path, target);
  StringRef folder = sys::path::parent_path(target);
  if (!code && !folder.empty() && !sys::fs::is_directory(folder))
    return createStringError("cannot write '" + path +
                             "': there is no folder '" + folder + "'");
  if (!code && sys::fs::is_directory(target))
    code = std::make_error_code(std::errc::is_a_directory);
  if (!code) {
    StringRef written = target;
    if (!sys::fs::exists(target))
      written = folder.empty() ? "." : folder;
    code = sys::fs::access(written, sys::fs::AccessMode::Write);
  }
  return code ? createStringError("cannot write '" + path +
                                  "': " + code.message())
              : Error::success();
}

Error tool::flushOutput() {
  outs().flush();
  std::error_code code = outs().error();
  // Else LLVM ends the process when the stream dies.
  outs().clear_error();
  return code ? createStringError("cannot write to standard output: " +
                                  code.message())
              : Error::success();
}

Error tool::writeOutput(StringRef path,
                        function_ref<void(raw_ostream &os)> print) {
  if (!isNone(path))
    return io::writeFileAtomically(path, [&](raw_ostream &os) {
      print(os);
      return Error::success();
    });
  print(outs());
  return flushOutput();
}
