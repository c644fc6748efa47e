//===- LaunchPlan.h - Which kernels a run launches --------------*- C++ -*-===//
//
// Plain data: what is launched in which order, over which grid, with which
// arguments, and the memory that it takes between. Grids and shapes are
// expressions of the sizes of a run, which are those of runtime::Sizes and
//
//   G   segments of all sequences, in plans that cut sequences
//
// Example: one kernel over sequences, value heads and two panels of columns.
//
//   {"launches": [{"code": 0, "entry": "sluice_kernel",
//                  "grid": ["N", "HV", "2"], "over": "sequences",
//                  "arguments": [{"input": "q"}, {"initial": "S"},
//                                {"output": "o"}, {"final": "S"},
//                                {"scratch": 4096}, "task",
//                                {"present": {"initial": "S"}}, "scale"]}]}
//
// Kernels of a processor take what MLIR's calling convention makes of their
// arguments, and are called for each task of their grid. Kernels of a GPU say
// how many threads a block has: "block", and, where it is not 0, "shared". They
// take, in the order of their arguments and each aligned to its size:
//
//   a tensor   .u64, its address, or 0 where it is absent (a state that starts
//              at zero); then for each axis but the innermost, outermost first,
//              .s64, its stride in elements
//   scale      .f32
//   size       .s64, the value of an expression of the sizes
//   sequences  .u64, the address of N + 1 .s64 numbers (of G + 1, over
//              segments): the tokens before each sequence, and all; or 0, where
//              each row [b] of the tensors is one sequence of T tokens. Tokens
//              are counted through all rows.
//
//   {"launches": [{"code": 0, "entry": "step", "grid": ["N * HV", "1", "1"],
//                  "over": "sequences", "block": 128, "shared": 8192,
//                  "arguments": [{"input": "q"}, {"initial": "S"},
//                                {"output": "o"}, {"final": "S"}, "scale",
//                                {"size": "T"}, "sequences"]}]}
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_LAUNCHPLAN_H
#define SLUICE_LIB_RUNTIME_LAUNCHPLAN_H

#include "lib/IO/DType.h"
#include "lib/Runtime/Expression.h"
#include <variant>

namespace sluice::runtime {

/// A tensor that a plan speaks of.
struct TensorRef {
  enum class Space : uint8_t {
    None,      ///< no tensor: a state that starts at zero
    Input,     ///< an argument of the signature; of a state the initial one
    Output,    ///< an output of the signature
    Final,     ///< a state of the signature, after the last token
    Workspace, ///< a workspace of the plan
  };
  Space space = Space::None;
  unsigned index = 0;

  bool operator==(const TensorRef &) const = default;
};

/// Memory that a run takes beside its tensors.
struct Workspace {
  enum class Fill : uint8_t {
    None,     ///< anything
    Zeros,    ///< every element is 0
    Ones,     ///< every element is 1
    Identity, ///< the last two axes hold identities
  };
  std::string name;
  io::DType dtype = io::DType::F32;
  std::vector<Expression> shape;
  Fill fill = Fill::None;

  bool operator==(const Workspace &) const = default;
};

/// What a kernel takes at one place of its signature.
struct KernelArgument {
  enum class Kind : uint8_t {
    Tensor, ///< pointer, offset, sizes and strides; of a GPU as said above
    Scale,  ///< what delta.scale gives, as a float32
    // Of a processor's kernels only.
    Present, ///< whether the tensor is there
    Scratch, ///< `elements` of float32 for each task that runs at a time
    Task,    ///< sequence, row, first token, end, value head, query/key head,
             ///< first panel, end
    // Of a GPU's kernels only.
    Size,      ///< the value of `size`
    Sequences, ///< where sequences (or segments) begin
  };
  Kind kind = Kind::Tensor;
  TensorRef tensor;
  int64_t elements = 0;
  Expression size = 0;

  bool operator==(const KernelArgument &) const = default;
};

/// Threads of a block, and bytes of its shared memory, that any GPU has.
inline constexpr int64_t kMostBlockThreads = 1024;
inline constexpr int64_t kMostSharedBytes = int64_t{227} * 1024;

/// One launch of a kernel. Of a processor: a task for each sequence (or
/// segment), value head and panel; a device may hand neighbouring panels to one
/// task. Of a GPU: a block for each place of the grid.
struct KernelLaunch {
  /// Which of the artifact's codes, and the function in it.
  unsigned code = 0;
  std::string entry;
  /// Sequences or segments, heads, panels; of a GPU x, y, z.
  std::vector<Expression> grid;
  bool isOverSegments = false;
  std::vector<KernelArgument> arguments;
  /// 0: a kernel of a processor.
  int64_t blockThreads = 0;
  /// Of a block, beside its kernel's own variables.
  int64_t sharedBytes = 0;

  bool isForGPU() const { return blockThreads != 0; }
  /// Returns true if kernels of its sort take such arguments.
  bool takes(KernelArgument::Kind kind) const;

  bool operator==(const KernelLaunch &) const = default;
};

/// Follows states over the segments of each sequence, S ← M S + R, in float64:
/// the states before each segment, and after the last.
struct SegmentJoin {
  enum class Kind : uint8_t {
    Left,        ///< M S
    Right,       ///< S M
    Elementwise, ///< M ∘ S, axes of size 1 of M repeated
  };
  struct Term {
    /// Counts the join's states; M is [G, HV, ·, ·].
    unsigned state = 0;
    TensorRef transition;
    Kind kind = Kind::Left;
    bool operator==(const Term &) const = default;
  };
  struct State {
    /// [N, HV, rows, columns]
    TensorRef initial, final;
    /// The state before each segment goes to `start`; R. Both are
    /// [G, HV, rows, columns].
    TensorRef start, written;
    std::vector<Term> terms;
    bool operator==(const State &) const = default;
  };
  std::vector<State> states;

  bool operator==(const SegmentJoin &) const = default;
};

/// Sums what every token and value head gives, [B, T, HV, …], into an output of
/// a kind that they share, in the order of heads or tokens, in float64.
struct OutputSum {
  TensorRef from;
  unsigned output = 0;

  bool operator==(const OutputSum &) const = default;
};

struct LaunchPlan {
  /// Sequences are cut every so many tokens; 0: they are not.
  int64_t segmentTokens = 0;
  std::vector<Workspace> workspaces;
  std::vector<std::variant<KernelLaunch, SegmentJoin, OutputSum>> launches;

  bool operator==(const LaunchPlan &) const = default;
};

llvm::json::Value toJSON(const LaunchPlan &plan, const Signature &signature);
/// The plan that toJSON() has written. An error where a name is not one of the
/// signature or of the plan's workspaces, or an expression does not parse.
llvm::Expected<LaunchPlan> parseLaunchPlan(const llvm::json::Value &value,
                                           const Signature &signature);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_LAUNCHPLAN_H
