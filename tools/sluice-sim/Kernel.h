//===- Kernel.h - The PTX file and the entry that is run --------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_SIM_KERNEL_H
#define SLUICE_TOOLS_SLUICE_SIM_KERNEL_H

#include "lib/PTX/Module.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace sluice::tool {

/// The text of a file; a device is not a file.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readKernel(llvm::StringRef path);

/// The same error: a SourceError if it names a place in the file at `path`, as
/// FILE:LINE:COLUMN: error: …
llvm::Error asSourceError(llvm::Error error, llvm::StringRef path);

/// The entry called `name`, or the only one where there is no name.
llvm::Expected<const ptx::Function *> findEntry(const ptx::Module &module,
                                                llvm::StringRef fileName,
                                                llvm::StringRef name);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_SIM_KERNEL_H
