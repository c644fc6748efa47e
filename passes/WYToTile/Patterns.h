//===- Patterns.h - a graph's nodes as tile operations ----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOTILE_PATTERNS_H
#define SLUICE_PASSES_WYTOTILE_PATTERNS_H

#include "mlir/Transforms/DialectConversion.h"
#include "passes/WYToTile/ChunkTensors.h"

namespace sluice {

/// Nodes that are products and maps of whole tensors.
void populateGraphPatterns(mlir::RewritePatternSet &patterns,
                           const mlir::TypeConverter &converter,
                           const Chunk &chunk);
/// Nodes that go from row to row.
void populateRowPatterns(mlir::RewritePatternSet &patterns,
                         const mlir::TypeConverter &converter,
                         const Chunk &chunk);
/// Maths of single tokens.
void populateTokenPatterns(mlir::RewritePatternSet &patterns,
                           const mlir::TypeConverter &converter,
                           const Chunk &chunk);

} // namespace sluice

#endif // SLUICE_PASSES_WYTOTILE_PATTERNS_H
