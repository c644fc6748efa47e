//===- Patterns.h - tile operations as code of a thread ---------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILETOGPU_PATTERNS_H
#define SLUICE_PASSES_TILETOGPU_PATTERNS_H

#include "passes/TileToGPU/ThreadPlace.h"

namespace sluice {

/// Loads and stores.
void populateMemoryPatterns(mlir::RewritePatternSet &patterns,
                            const ThreadTypeConverter &converter);
/// Asynchronous copies.
void populateCopyPatterns(mlir::RewritePatternSet &patterns,
                          const ThreadTypeConverter &converter);
/// Loads of fragments from shared memory, by ldmatrix.
void populateMatrixLoadPatterns(mlir::RewritePatternSet &patterns,
                                const ThreadTypeConverter &converter);
/// Conversions between f32 and two elements in a 32-bit register.
void populatePairPatterns(mlir::RewritePatternSet &patterns,
                          const ThreadTypeConverter &converter);
/// Elementwise operations, and those that look at several elements.
void populateTensorPatterns(mlir::RewritePatternSet &patterns,
                            const ThreadTypeConverter &converter);
/// Conversions within a warp.
void populateConvertPatterns(mlir::RewritePatternSet &patterns,
                             const ThreadTypeConverter &converter);
/// Inverses of triangular systems.
void populateInversePatterns(mlir::RewritePatternSet &patterns,
                             const ThreadTypeConverter &converter);
/// Products on tensor cores.
void populateDotPatterns(mlir::RewritePatternSet &patterns,
                         const ThreadTypeConverter &converter);
/// Kernels, sequences and buffers.
void populateKernelPatterns(mlir::RewritePatternSet &patterns,
                            const ThreadTypeConverter &converter);

/// Roles and rings, with what came with sm_90 or without it.
void populateRolePatterns(mlir::RewritePatternSet &patterns,
                          const ThreadTypeConverter &converter, bool isHopper);

/// A power of two that divides an index.
int64_t getAlignmentOf(mlir::Value index);

/// The array that all shared memory is in. No kernel has such a name in PTX.
inline constexpr llvm::StringLiteral kSharedMemory = "shared$";

} // namespace sluice

#endif // SLUICE_PASSES_TILETOGPU_PATTERNS_H
