//===- Signature.h - What a recurrence takes and gives ----------*- C++ -*-===//
//
// The names, kinds and axes of a recurrence's arguments, states and outputs, as
// plain data: made once from the op (lib/Analysis/Signatures.h), kept in an
// artifact's manifest, and read by whoever binds tensors or runs anything. What
// tensors are called and which shapes they have is computed here and nowhere
// else.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_SIGNATURE_H
#define SLUICE_LIB_RUNTIME_SIGNATURE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::runtime {

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The elements of one run along each axis, by the axis's name. Of a run:
///
///   B   rows of the batch             H   query/key heads
///   T   tokens in a row               HV  value heads, a multiple of H
///   N   sequences, each with a state of its own
///
/// and of a token's vectors and states: K along `key`, V along `value`.
class Sizes {
public:
  Sizes() = default;
  Sizes(std::initializer_list<std::pair<const std::string, int64_t>> sizes)
      : sizes(sizes) {}

  bool contains(llvm::StringRef axis) const {
    return sizes.find(axis) != sizes.end();
  }
  /// 0 where nothing is known of the axis.
  int64_t operator[](llvm::StringRef axis) const {
    auto found = sizes.find(axis);
    return found == sizes.end() ? 0 : found->second;
  }
  int64_t &operator[](llvm::StringRef axis);
  auto begin() const { return sizes.begin(); }
  auto end() const { return sizes.end(); }
  bool operator==(const Sizes &) const = default;

private:
  std::map<std::string, int64_t, std::less<>> sizes;
};

/// The query/key head that a value head uses: neighbours share one.
inline int64_t getQKHead(const Sizes &sizes, int64_t valueHead) {
  return valueHead / (sizes["HV"] / sizes["H"]);
}

/// Names of axes, outermost first.
using SymbolicShape = llvm::SmallVector<std::string, 4>;

/// A shape as it is printed: "[B,T,HV,V]".
std::string toString(llvm::ArrayRef<std::string> shape);
llvm::SmallVector<int64_t, 4> evaluate(llvm::ArrayRef<std::string> shape,
                                       const Sizes &sizes);

//===----------------------------------------------------------------------===//
// The signature
//===----------------------------------------------------------------------===//

/// What a tensor has an element, vector or matrix for.
enum class ArgumentKind : uint8_t {
  QKHeads, ///< each token and query/key head; [B,T,H,…]
  VHeads,  ///< each token and value head; [B,T,HV,…]
  Params,  ///< each value head; [HV,…]
  State,   ///< each sequence and value head; [N,HV,…]
};

/// The clause of a spec that holds such arguments: "qk_heads", "v_heads",
/// "params", "state".
llvm::StringRef stringify(ArgumentKind kind);
std::optional<ArgumentKind> parseArgumentKind(llvm::StringRef clause);

/// The numbers from `lower` to `upper`, both of them included; a NaN is in no
/// range.
struct NumberRange {
  double lower, upper;
  bool operator==(const NumberRange &) const = default;
};

/// An argument of a step.
struct Argument {
  std::string name;
  ArgumentKind kind = ArgumentKind::VHeads;
  /// The axes that one token (or state) has: none for a scalar, {"K"} for a
  /// vector along `key`, {"K", "V"} for a state.
  SymbolicShape axes;
  /// What the spec promises of its numbers.
  std::optional<NumberRange> range;

  SymbolicShape getShape() const;
  bool operator==(const Argument &) const = default;
};

/// A value that a step gives. Of a kind that several tokens or heads share, its
/// tensor holds their sum: over the value heads of a query/key head, or over
/// all tokens of all sequences, in a fixed order.
struct Output {
  std::string name;
  ArgumentKind kind = ArgumentKind::VHeads;
  SymbolicShape axes;

  SymbolicShape getShape() const;
  bool operator==(const Output &) const = default;
};

struct Signature {
  std::string name;
  std::vector<Argument> arguments;
  std::vector<Output> outputs;
  /// The step asks for the scale of the run (delta.scale).
  bool takesScale = false;

  /// The arguments that are states, in order.
  llvm::SmallVector<unsigned, 2> getStates() const;
  bool isState(unsigned argument) const {
    return arguments[argument].kind == ArgumentKind::State;
  }
  /// "initial_state", "final_state", or "initial_state_S", ... where there are
  /// several states. `state` counts the state arguments.
  std::string getInitialStateName(unsigned state) const;
  std::string getFinalStateName(unsigned state) const;

  /// Returns those of `sizes` that lie along axes of states: no other tensor
  /// need have them.
  Sizes getStateSizes(const Sizes &sizes) const;

  bool operator==(const Signature &) const = default;
};

/// An error that names what two signatures differ in, the arguments or outputs
/// that one of them lacks, the first one that is another, or a scale that only
/// `signature` takes: "`ours` has …, `theirs` …". What recurrences are called
/// does not count.
llvm::Error checkSame(llvm::StringRef ours, const Signature &signature,
                      llvm::StringRef theirs, const Signature &expected);

llvm::json::Value toJSON(const Signature &signature);
/// The signature that toJSON() has written, or an error that says at which
/// place of `value` what was expected: names are distinct and printable, an
/// output is not a state.
llvm::Expected<Signature> parseSignature(const llvm::json::Value &value);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_SIGNATURE_H
