//===- Files.h - Files that a tool reads and writes -------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_LIB_FILES_H
#define SLUICE_TOOLS_LIB_FILES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::tool {

/// A file that stands on the command line.
struct FileUse {
  /// As "--outputs".
  llvm::StringRef flag;
  /// Empty: none. "-": standard input or output.
  llvm::StringRef path;
  bool isWritten = false;
};

/// The SPEC of a command line: a file, unless it is a variant's name.
FileUse readsSpec(llvm::StringRef spec);
inline FileUse reads(llvm::StringRef flag, llvm::StringRef path) {
  return {flag, path, /*isWritten=*/false};
}
inline FileUse writes(llvm::StringRef flag, llvm::StringRef path) {
  return {flag, path, /*isWritten=*/true};
}

/// An error where a file that is written is one that is read or written, too,
/// by whatever names: one of them would be lost. Likewise where standard input
/// is read twice. To be asked before anything runs.
llvm::Error checkFiles(llvm::ArrayRef<FileUse> files);

/// An error where the folder of a file to be written is missing or the file
/// cannot be written: found before a long run, not after it.
llvm::Error checkWritable(llvm::StringRef path);

/// Writes to a file, wholly or not at all, or to standard output where `path`
/// is empty or "-".
llvm::Error writeOutput(llvm::StringRef path,
                        llvm::function_ref<void(llvm::raw_ostream &os)> print);

/// Whatever was printed to standard output has arrived, or an error.
llvm::Error flushOutput();

} // namespace sluice::tool

#endif // SLUICE_TOOLS_LIB_FILES_H
