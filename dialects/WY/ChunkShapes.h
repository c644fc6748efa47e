//===- ChunkShapes.h - what a chunk's tensors are ---------------*- C++ -*-===//
//
// Types do not tell what a tensor of a chunk's graph is: where C = K = V a
// matrix may be key vectors of tokens, pairs of tokens or a state. It follows
// from where a value comes from. The verifier, the reference, costs and
// lowerings all ask here.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_WY_CHUNKSHAPES_H
#define SLUICE_DIALECTS_WY_CHUNKSHAPES_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/WYDialect.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace sluice::wy {
class ChunkHolderOpInterface;

/// The largest size of an axis, or of a chunk, that a graph is built for: a
/// matrix of two of them is counted in 64 bits. What a derivation accepts is
/// smaller: nobody's chunk is longer, and its graph's tensors are allocated.
inline constexpr int64_t kMostElements = int64_t{1} << 20;
inline constexpr int64_t kMostDerivedTokens = 1024, kMostDerivedDim = 65536;

/// What one tensor of a chunk's graph is.
struct ChunkShape {
  using Kind = ShapeKind;
  Kind kind = Kind::Tokens;
  /// Of the vectors of `Tokens` and `Constant`; none for numbers.
  std::optional<delta::Axis> axis;

  bool operator==(const ChunkShape &) const = default;
  bool isTokens() const { return kind == Kind::Tokens; }
  bool isPairs() const { return kind == Kind::Pairs; }
};

/// The shape of what one token (of `kind`) has.
ChunkShape getShapeOf(mlir::Type tokenType, delta::ArgKind kind);

/// The shape of what goes through a channel.
ChunkShape getShapeOf(ChannelAttr channel);

/// The n for which a gate of n coupled states has `tensors` = n² tensors; −1
/// for a number that is not a square.
int64_t getNumStates(size_t tensors);

/// The shapes of all values of one body. Any change of it invalidates them.
class ChunkShapes {
public:
  explicit ChunkShapes(ChunkHolderOpInterface holder);

  /// Returns the shape of a value, nothing for what operations of other
  /// dialects make and for what follows from it.
  std::optional<ChunkShape> find(mlir::Value value) const;
  /// The shape of a value that only operations of this dialect lead to.
  ChunkShape get(mlir::Value value) const { return *find(value); }
  /// Returns true if the value has a row for each token, of numbers, vectors or
  /// pairs.
  bool hasRows(mlir::Value value) const;

private:
  llvm::DenseMap<mlir::Value, ChunkShape> shapes;
};

/// Returns true if an operand has a row for each token, vectors or pairs; false
/// if it is the same for all of them; nothing if its operation takes either.
std::optional<bool> takesRows(mlir::OpOperand &operand,
                              const ChunkShapes &shapes);

} // namespace sluice::wy

#endif // SLUICE_DIALECTS_WY_CHUNKSHAPES_H
