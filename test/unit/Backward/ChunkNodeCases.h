//===- ChunkNodeCases.h - graphs that use each node -------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_BACKWARD_CHUNKNODECASES_H
#define SLUICE_TEST_UNIT_BACKWARD_CHUNKNODECASES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace sluice::test {

/// Nodes of a scan that give the outputs %o0, %o1, … of the types `outputs` (k
/// and v: vectors, s: a number) and, where they define them, the states %T and
/// %N behind %S and %M.
///
/// Arguments: ak bk xk yk along key, uv wv along value, ms ns numbers; log
/// gates gk gv gs; factors fk fv fs and ek hk jk, es hs js, of which some are
/// 0; factors pk ps that are not; and params ck cv cs, which are constants. The
/// types of a chunk's tensors are !k, !v, !s for tokens, !K, !V, !n for
/// constants, !p for pairs and !S for states.
struct ChunkNodeCase {
  llvm::StringLiteral node, what, outputs, lines;
};

llvm::ArrayRef<ChunkNodeCase> getChunkNodeCases();

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_BACKWARD_CHUNKNODECASES_H
