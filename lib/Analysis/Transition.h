//===- Transition.h - the class of a recurrence's step ----------*- C++ -*-===//
//
// The *transition* of a token is the linear map M that its step applies to the
// states, S ↦ M S + R; that of a run of tokens is the product of theirs. This
// analysis says what is known of it, and which chunk form the step has.
//
// A step is a straight line. Give every state value a *position*: 0 for the
// incoming states, then 1, 2, … for the ops that produce a state, in program
// order. "Read before the decay", "after it", "between two writes" differ in
// the position that is read and in nothing else. Every state value V is then
//
//   V = Σ_j D(V, j) ∘ S_j  +  Σ_{writes m in V} D(V, m) ∘ (x_m y_mᵀ)
//
// where S_j are the incoming states, D are products of the gates between two
// positions, and y_m is a *correction* if it depends on what was read:
// y_m = c_m + Σ_r β_r ∘ (a_rᵀ S at position p_r), β_r a scalar or a vector.
//
// Over a chunk of tokens, rows ordered token by token and write by write:
//
//   read r  :  a_rᵀ S = (a_r ∘ D(p_r, start))ᵀ S₀
//                       + Σ_{m before p_r} [Σ_c a_rc x_mc D(p_r, m)_c] y_m
//   so      :  (I − β ∘ scores(a, x)) Y = c + β ∘ (a ∘ D) S₀
//
// one unit lower-triangular solve for all y_m: the WY / UT form of the delta
// rule (Yang et al., arXiv:2406.06484), with gates (arXiv:2412.06464). An entry
// of scores exists where the write precedes the read *by position*: two writes
// whose reads both precede them do not see each other. That is the form's
// existence proof, and its conditions are the classes below.
//
//   linear     No write depends on a read: decays, couplings and plain writes.
//              The system is the identity.
//   delta      Corrections from one side: every y_m is affine in left reads
//              aᵀS, its entry v a function of the states' column v alone (or,
//              mirrored, every x_m in right reads S b, by rows). One solve.
//   affine     The step is affine in the states, but no such system holds:
//              left and right corrections meet; a correction mixes columns
//              (a sum along value over a left read) or rows; states feed each
//              other through factors along both axes, so that the n×n matrix
//              of a tuple is neither one per row nor one per column; or decays
//              along both axes are added, so that D is not an outer product of
//              a key and a value vector.
//   nonlinear  What was read goes through a function that is not linear, and
//              back into a state. Only the step form exists.
//
// A decay along value with left corrections stays delta (the system differs
// from column to column; solvable by halves), and so does a decay along both
// axes: D is then an outer product and each axis is accumulated by itself.
//
// Only what reaches a yielded *state* counts: an output may be any function of
// reads, and dead ops are free.
//
// Numbers are not looked at (0 · aᵀS is a correction: it is NaN where aᵀS is
// infinite); fold first. Vectors that repeat one scalar count as that scalar.
//
// Cost: time and memory linear in the ops, times the number of states for the
// decays between them. Paths are never enumerated, so a step whose sums of
// states share operands is as cheap as any other.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_ANALYSIS_TRANSITION_H
#define SLUICE_LIB_ANALYSIS_TRANSITION_H

#include "dialects/Delta/DeltaOps.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <string>

namespace sluice::delta {

/// The class of a step, by its transition; in the order of what they ask of a
/// lowering.
enum class TransitionClass { Linear, Delta, Affine, Nonlinear };
llvm::StringRef stringifyTransitionClass(TransitionClass value);

/// How a value depends on the incoming states.
enum class DependenceKind {
  /// Not at all.
  None,
  /// A state whose entry (i, v) is a function of the entries (i, v) alone.
  Elementwise,
  /// Entry v (of a vector, or of every row) is a function of column v alone.
  Columns,
  /// Entry i is a function of row i alone.
  Rows,
  /// Affine, and nothing more.
  Mixed,
  Nonlinear
};

/// Invariant: a value that does not depend has both properties, and a
/// nonlinear one has a culprit. Joins only lose properties, so every value is
/// visited once.
struct Dependence {
  bool dependent = false;
  bool byColumns = true;
  bool byRows = true;
  bool nonlinear = false;
  /// The first op that lost affinity, or else both properties; may be null
  /// while the value is one-sided or independent.
  mlir::Operation *culprit = nullptr;

  DependenceKind getKind() const;
};

/// What of a write S + x yᵀ depends on the incoming states.
enum class WriteKind {
  /// Neither vector.
  Plain,
  /// y, by columns: β (v − kᵀS) and the like.
  Left,
  /// x, by rows: β (k − S v).
  Right,
  /// One of them, affine, but neither by columns nor by rows.
  Mixed,
  /// Both, or one in a way that is not affine.
  Nonlinear
};
llvm::StringRef stringifyWriteKind(WriteKind value);

/// What is known of D(V, U): the factor, entry by entry, by which an earlier
/// state value U stands in a later one V. Along a path factors multiply (axes
/// unite); paths that meet in a sum of states add.
///
/// Invariant: an absent factor is 0 and has no other property; an identity has
/// no axes and is time invariant.
class DecayFactor {
public:
  /// The factor 0: U is not in V.
  DecayFactor() = default;
  static DecayFactor identity();
  /// A factor along `axis`, or a scalar one.
  static DecayFactor along(std::optional<Axis> axis, bool timeInvariant);

  bool isPresent() const { return present; }
  /// Returns true if the factor is known to be 1.
  bool isIdentity() const { return one; }
  /// The same for all entries of the state.
  bool isScalar() const { return present && !key && !value; }
  /// Made of params and constants only.
  bool isTimeInvariant() const { return present && invariant; }
  /// An outer product of a factor along key and one along value (each may be
  /// trivial). False only for sums of paths along both axes.
  bool isSeparable() const { return separable; }
  bool varies(Axis axis) const { return axis == Axis::Key ? key : value; }
  bool variesAlongBoth() const { return key && value; }

  DecayFactor operator*(DecayFactor other) const;
  DecayFactor operator+(DecayFactor other) const;
  /// The same factor twice: S + S.
  DecayFactor doubled() const;

  bool operator==(const DecayFactor &) const = default;

private:
  bool present : 1 = false;
  bool one : 1 = false;
  bool key : 1 = false;
  bool value : 1 = false;
  bool invariant : 1 = false;
  bool separable : 1 = true;
};

/// none, scalar, key, value or both, and "(constant)" where time invariant.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, DecayFactor factor);

/// The analysis of one verified recurrence's transition; any change of its body
/// invalidates it. Cheap enough to be asked for by every pass:
/// `getChildAnalysis<TransitionAnalysis>(recurrence)`.
class TransitionAnalysis {
public:
  explicit TransitionAnalysis(RecurrenceOp recurrence);

  RecurrenceOp getRecurrence() const { return recurrence; }

  //===--------------------------------------------------------------------===//
  // The step as a whole
  //===--------------------------------------------------------------------===//

  /// The worst of what reaches a yielded state.
  TransitionClass getClass() const { return kind; }
  /// Why the class is no better, and the first op in the step that makes it
  /// so (the recurrence itself where the class is linear).
  llvm::StringRef getReason() const { return reason; }
  mlir::Operation *getReasonOp() const { return reasonOp; }
  /// The earlier op that the reason speaks of, null where there is none.
  mlir::Operation *getReasonEarlierOp() const { return reasonEarlierOp; }

  /// Writes a token that reach a yielded state, through states or through
  /// reads of them: plain ones and corrections.
  unsigned getNumWrites() const { return numWrites; }
  /// The corrections among them: rows a token adds to the triangular system.
  unsigned getRank() const { return rank; }
  /// The longest chain of corrections within a token in which each one's
  /// reads see the one before: two deltas in sequence make 2, two whose reads
  /// both precede them make 1.
  unsigned getMicroSteps() const { return microSteps; }

  //===--------------------------------------------------------------------===//
  // The states
  //===--------------------------------------------------------------------===//

  llvm::ArrayRef<mlir::BlockArgument> getStates() const { return states; }
  /// D from incoming state `from` to the yielded state `to`.
  DecayFactor getDecay(unsigned to, unsigned from) const {
    return decays[size_t(to) * states.size() + from];
  }
  /// Some state is fed by another one.
  bool isCoupled() const;
  /// The states, in classes of those that feed each other (in one direction or
  /// both, directly or through others); alone where uncoupled.
  llvm::ArrayRef<llvm::SmallVector<unsigned>> getGroups() const {
    return groups;
  }

  //===--------------------------------------------------------------------===//
  // Values
  //===--------------------------------------------------------------------===//

  /// The position of a state value.
  unsigned getPosition(mlir::Value state) const;
  Dependence getDependence(mlir::Value value) const;
  /// Made of params and constants only.
  bool isTimeInvariant(mlir::Value value) const;
  /// D(to, from) for two state values; `from` may be a write's result.
  DecayFactor getFactor(mlir::Value from, mlir::Value to) const;
  /// The reads that `value` is computed from without passing through a state,
  /// in program order.
  llvm::SmallVector<ReadOp> getReads(mlir::Value value) const;
  /// The writes that a state value contains, in program order.
  llvm::SmallVector<WriteOp> getWrites(mlir::Value state) const;

  //===--------------------------------------------------------------------===//
  // Operations
  //===--------------------------------------------------------------------===//

  /// Returns true if the op reaches a yielded state.
  bool isLive(mlir::Operation *op) const;
  /// Returns true if the op reaches a yielded state or an output.
  bool isUsed(mlir::Operation *op) const;
  WriteKind getWriteKind(WriteOp op) const;
  /// The reads that the vectors of a write are computed from.
  llvm::SmallVector<ReadOp> getReads(WriteOp op) const;
  /// The micro-step of a correction: 1 + the greatest micro-step among the
  /// corrections contained in the states that its reads see; 0 for plain.
  unsigned getMicroStep(WriteOp op) const;

  //===--------------------------------------------------------------------===//
  // For people
  //===--------------------------------------------------------------------===//

  /// One line on a state op: its position, its role, the reads it depends on.
  std::string describe(StateOpInterface op) const;
  /// The class, the states, the state ops in order, the outputs, the reason.
  void print(llvm::raw_ostream &os) const;

private:
  struct ValueInfo {
    Dependence dependence;
    /// The greatest micro-step of the corrections in a state, or in the states
    /// that a value's reads see.
    unsigned level = 0;
    bool timeInvariant = false;
    /// A scalar, or a vector whose entries are all equal.
    bool uniform = false;
  };

  unsigned number(mlir::Value value) const;
  unsigned slot(mlir::Value state) const;
  const ValueInfo &info(mlir::Value value) const {
    return values[number(value)];
  }

  void markLive();
  void visit(mlir::Operation &op);
  Dependence visitElementwise(ElementwiseOpInterface op);
  Dependence visitSum(mlir::Operation *op);
  Dependence visitRead(ReadOp op);
  Dependence visitGate(mlir::Operation *op);
  Dependence visitWrite(WriteOp op);
  Dependence join(mlir::Operation *op) const;
  Dependence makeNonlinear(mlir::Operation *op, const llvm::Twine &why);
  /// The class is at least `to`, if `op` is live.
  void raise(TransitionClass to, mlir::Operation *op, const llvm::Twine &why,
             mlir::Operation *earlier = nullptr);

  void classifySides();
  void classifyDecays();
  void classifyCouplings(llvm::ArrayRef<DecayFactor> unions);
  DecayFactor gateFactor(mlir::Value gate) const;
  llvm::SmallVector<DecayFactor> factorsFrom(mlir::Value from) const;
  llvm::BitVector collect(llvm::ArrayRef<mlir::Value> roots,
                          llvm::function_ref<bool(mlir::Value)> follow) const;
  void printPosition(llvm::raw_ostream &os, mlir::Value state) const;
  void printReads(llvm::raw_ostream &os, llvm::ArrayRef<ReadOp> reads) const;

  RecurrenceOp recurrence;
  llvm::SmallVector<mlir::BlockArgument> states;
  /// The incoming states, then the produced ones in program order.
  llvm::SmallVector<mlir::Value> stateValues;
  /// By number: arguments first, then one for every op, in program order.
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::DenseMap<mlir::Operation *, unsigned> numbers;
  llvm::SmallVector<ValueInfo> values;
  llvm::DenseMap<mlir::Value, unsigned> slots;
  llvm::BitVector live, used;

  TransitionClass kind = TransitionClass::Linear;
  std::string reason;
  mlir::Operation *reasonOp;
  mlir::Operation *reasonEarlierOp = nullptr;
  unsigned numWrites = 0, rank = 0, microSteps = 0;
  llvm::SmallVector<DecayFactor> decays;
  llvm::SmallVector<llvm::SmallVector<unsigned>> groups;
};

} // namespace sluice::delta

#endif // SLUICE_LIB_ANALYSIS_TRANSITION_H
