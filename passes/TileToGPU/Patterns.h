//===- Patterns.h - tile operations as code of a thread ---------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILETOGPU_PATTERNS_H
#define SLUICE_PASSES_TILETOGPU_PATTERNS_H

#include "passes/TileToGPU/ThreadPlace.h"

namespace sluice {

/// Loads and stores.
void populateMemoryPatterns(mlir::RewritePatternSet &patterns,
                            const ThreadTypeConverter &converter);
/// Elementwise operations, and those that look at several elements.
void populateTensorPatterns(mlir::RewritePatternSet &patterns,
                            const ThreadTypeConverter &converter);
/// Products on tensor cores.
void populateDotPatterns(mlir::RewritePatternSet &patterns,
                         const ThreadTypeConverter &converter);
/// Kernels, sequences and buffers.
void populateKernelPatterns(mlir::RewritePatternSet &patterns,
                            const ThreadTypeConverter &converter);

/// The array that all shared memory is in. No kernel has such a name in PTX.
inline constexpr llvm::StringLiteral kSharedMemory = "shared$";

} // namespace sluice

#endif // SLUICE_PASSES_TILETOGPU_PATTERNS_H
