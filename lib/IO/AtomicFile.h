//===- AtomicFile.h - Write a whole file or none of it ----------*- C++ -*-===//
//
// A tool of Sluice that fails leaves no output behind: results are written to a
// temporary beside the target and renamed over it when they are complete.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_IO_ATOMICFILE_H
#define SLUICE_LIB_IO_ATOMICFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::io {

/// Makes `write`'s output the content of the file `path`, wholly or not at all.
///
/// - A new file gets the permissions 0666 less the umask; a regular file that
///   exists keeps its own, and must be writable.
/// - A symbolic link stays a link: what is written is its target, which need
///   not exist yet.
/// - What is not a regular file (a device such as /dev/full, a pipe) is never
///   replaced: the output goes straight to it. A directory is an error.
///
/// Every failure, ENOSPC and EIO among them, comes back as an error that names
/// `path`, and the temporary is gone; so it is when a signal ends the process.
/// If `write` returns an error it is passed on and the target is untouched
/// (a device or pipe has then already received what was written).
llvm::Error writeFileAtomically(
    llvm::StringRef path,
    llvm::function_ref<llvm::Error(llvm::raw_ostream &os)> write);

} // namespace sluice::io

#endif // SLUICE_LIB_IO_ATOMICFILE_H
