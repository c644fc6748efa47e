//===- Paths.h - Which file a path means ------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_IO_PATHS_H
#define SLUICE_LIB_IO_PATHS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <system_error>

namespace sluice::io {

/// Makes `target` the path of the file that opening `path` would open or
/// create: symbolic links at its end are followed, dangling ones too. The
/// folder it names is left as it is, and need not exist.
std::error_code followLinks(llvm::StringRef path,
                            llvm::SmallVectorImpl<char> &target);

/// Returns true if reading or writing `a` and `b` is reading or writing one
/// file, by whatever names, links of both kinds included. Files that do not
/// exist are the same if they would be: their names in one folder. Devices and
/// pipes are never the same: nothing of theirs is lost.
bool isSameFile(llvm::StringRef a, llvm::StringRef b);

} // namespace sluice::io

#endif // SLUICE_LIB_IO_PATHS_H
