//===- ScanBuilder.h - the chunk's graph of a token form --------*- C++ -*-===//
//
// From one token's normal form (TokenForm.h) to a chunk. Over a chunk that
// starts from S₀, with D(t, s) the gates of the tokens between s and t:
//
//   read     aᵀ S at t = (a_t ∘ D(t, start))ᵀ S₀ + Σ_{s<t} A_ts y_s,
//            A_ts = Σ_c a_tc x_sc D(t, s)_c, the scores of a and x
//   writes   (I − N) Y = c + (ã ∘ D)ᵀ S₀, N = scores(ã, x), ã_m = Σ_r β_mr a_r
//   outputs  o = (q̃ ∘ D)ᵀ S₀ + (scores(q̃, x) + diag δ) Y + const
//   next     S = D(end, start) ∘ S₀ + Σ_m (x_m ∘ D(end, ·))ᵀ Y_m
//
// The WY form of Yang et al., arXiv:2406.06484, for any step.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_DELTATOWY_SCANBUILDER_H
#define SLUICE_PASSES_DELTATOWY_SCANBUILDER_H

#include "dialects/WY/TokenMaps.h"
#include "lib/Algebra/TokenForm.h"

namespace sluice {

struct ChunkSizes {
  int64_t chunk, keyDim, valueDim;
};

/// Builds one wy.scan beside the recurrence.
class ScanBuilder {
public:
  ScanBuilder(TokenForm &form, const ChunkSizes &sizes);
  /// Builds the scan; fails where there is no chunk form, with an error that
  /// says why.
  mlir::FailureOr<wy::ScanOp> build();

private:
  using Value = mlir::Value;

  /// The gate of a class of coupled states, and its products over the chunk.
  struct Gate {
    /// n² tensors and n = 1 tensor; empty where there is no gate.
    llvm::SmallVector<Value> contracted, free;
    std::optional<wy::GateKind> contractedKind, freeKind;
    llvm::SmallVector<Value> contractedBefore, contractedAfter, contractedAll;
    Value freeBefore, freeAfter, freeAll;
  };

  /// What an affine form says of one weight (null is 1):
  /// weight ∘ (Σ_j a_jᵀ S_j + Σ_m δ_m y_m), δ for the weight 1 only.
  struct Part {
    Value weight;
    llvm::SmallVector<Value> vectors;  // a_j, by state; null where none
    llvm::SmallVector<Value> diagonal; // δ_m, by write; null where none
  };
  /// constant + Σ parts + Σ coefficient ∘ y_m.
  struct Row {
    Value constant;
    llvm::SmallVector<Part> parts;
    llvm::SmallVector<std::pair<Value, unsigned>> weightedValues;
  };

  // The scan and its arguments.
  void createScan();
  /// The chunk's tensor of a value.
  Value tensorOf(Value tokenValue);
  void finishTokenMaths();
  bool isSource(Value value);
  llvm::SmallVector<mlir::Operation *> getSlice(llvm::ArrayRef<Value> values);
  /// Builds one wy.tokens that computes `values` from sources.
  wy::TokensOp buildTokens(llvm::ArrayRef<Value> values);
  mlir::RankedTensorType tensorType(mlir::Type tokenType);

  // Algebra of one token, before anything is built.
  Row makeRow(const AffineForm &form);

  // Gates.
  llvm::LogicalResult buildGates();
  llvm::LogicalResult buildGate(unsigned group);

  mlir::Location findGateLoc(llvm::ArrayRef<unsigned> group);
  llvm::LogicalResult refuseCoupled(mlir::Operation *decay,
                                    llvm::ArrayRef<unsigned> group,
                                    const llvm::Twine &why);

  // Reads from the other side.
  llvm::LogicalResult checkOtherReads();
  llvm::LogicalResult refuseOtherRead(delta::ReadOp read,
                                      llvm::ArrayRef<unsigned> group);
  llvm::LogicalResult refuseCycle(unsigned state, delta::ReadOp read);

  // Nodes.
  Value buildReads(const Part &part, unsigned group);
  Value buildScores(llvm::ArrayRef<Value> vectors, unsigned group,
                    unsigned write, Value diagonal);
  void buildWriteValues();
  void appendPart(const Part &part, llvm::SmallVectorImpl<Value> &terms);
  Value buildRow(const Row &row);
  void buildDependent(llvm::ArrayRef<Value> values);
  Value tensorOfRead(delta::ReadOp read);
  Value buildOtherRead(delta::ReadOp read);
  Value buildNextState(unsigned state);

  // Small maths on tensors, spelled as token maths.
  using Operand = wy::TokenTensor;
  Value mul(Operand a, Operand b);
  Value dot(llvm::ArrayRef<std::pair<Operand, Operand>> products);
  Value sum(llvm::ArrayRef<Value> terms);
  Value zeros(mlir::Type tokenType);

  mlir::Type scalarType();
  mlir::Type contractedType(), freeType();
  mlir::Type gateType(Value gate, mlir::Type vector);
  bool isWrittenTo(unsigned write, unsigned group) const;

  TokenForm &form;
  delta::RecurrenceOp op;
  ChunkSizes sizes;
  mlir::OpBuilder b;
  /// Of what is being built: the place and the name of the spec's value.
  mlir::Location loc;
  wy::ScanOp scan;

  /// Placeholders of tensors that the first wy.tokens will give.
  llvm::MapVector<Value, mlir::Operation *> tokenValues;
  /// Tensors of values that are made of reads.
  llvm::DenseMap<Value, Value> dependentTensors;
  std::vector<Gate> gates;
  llvm::SmallVector<unsigned> groupOf;
  llvm::SmallVector<Value> writeValues; // tensors, by write
};

} // namespace sluice

#endif // SLUICE_PASSES_DELTATOWY_SCANBUILDER_H
