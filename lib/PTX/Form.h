//===- Form.h - the instruction table ---------------------------*- C++ -*-===//
//
// A form is one row of the table: a mnemonic, the qualifiers that it takes, its
// operands, its class, and the function that decodes it. The families of
// lib/Simulator/Execute own the rows; the decoder matches with them, and the
// list of what is supported is printed from them.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_PTX_FORM_H
#define SLUICE_LIB_PTX_FORM_H

#include "lib/PTX/Module.h"
#include "llvm/Support/Error.h"

namespace sluice::sim {
class Decoder;
}

namespace sluice::ptx {

/// How an instruction is counted.
enum class Class : uint8_t {
  Move,
  Integer,
  Float32,
  Float64,
  Half,
  /// ex2, sin, rsqrt, …: the multi-function unit.
  Special,
  Convert,
  Memory,
  Atomic,
  Async,
  Matrix,
  /// Shuffles, votes, match, redux.
  Warp,
  Barrier,
  Control,
};
llvm::StringRef getName(Class which);

struct Form {
  llvm::StringRef mnemonic;
  /// Items, with spaces between:
  ///   .x          the qualifier x
  ///   [.x]        x or nothing
  ///   n=a|b|c     one of these, which is then called n
  ///   [n=a|b]     one of these or nothing
  /// Each qualifier of an instruction goes, in the text's order, to the first
  /// free item that takes it, so that flags may stand in any order while types
  /// keep theirs. `types` alone stands for nothing: types are spelt out.
  llvm::StringRef qualifiers;
  /// For people and for counting operands, as the ISA writes them: "d, a, b",
  /// "d|p, a", "[a], b {, c}" (braces: may be left out).
  llvm::StringRef operands;
  Class which;
  /// Fills in the operation; false after Decoder::fail.
  bool (*decode)(sim::Decoder &decoder);
};

/// What an instruction's qualifiers were matched to.
class Match {
public:
  /// The alternative that item `name` took; empty if it took none.
  llvm::StringRef get(llvm::StringRef name) const;
  /// Flag x of "[.x]" is there.
  bool has(llvm::StringRef flag) const;
  /// The type that item `name` took: it must be one.
  Type getType(llvm::StringRef name) const;

private:
  friend llvm::Expected<const Form *> findForm(const Instruction &instruction,
                                               llvm::ArrayRef<Form> forms,
                                               Match &match);
  llvm::SmallVector<std::pair<llvm::StringRef, llvm::StringRef>, 6> taken;
};

/// The first of `forms` (those of one mnemonic or of all) that takes the
/// instruction's qualifiers and number of operands. Errors name the
/// instruction, and the nearest form or the qualifier that none takes; they
/// have no position.
llvm::Expected<const Form *> findForm(const Instruction &instruction,
                                      llvm::ArrayRef<Form> forms, Match &match);

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_FORM_H
