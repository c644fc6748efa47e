//===- Form.h - the instruction table ---------------------------*- C++ -*-===//
//
// A form is one row of the table: a mnemonic, the qualifiers that it takes, its
// operands, and what it means, is counted as and costs. The rows are data, in
// Instructions.def; the simulator decodes by them, its estimate of time reads
// their costs, and docs/reference/instructions.md is printed from them.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_PTX_FORM_H
#define SLUICE_LIB_PTX_FORM_H

#include "lib/PTX/Cost.h"
#include "lib/PTX/Module.h"
#include "llvm/Support/Error.h"

namespace sluice::ptx {

/// What an instruction does: for those who execute or emit it, who have one
/// entry for each.
enum class Semantics : uint16_t {
#define SLUICE_PTX_SEMANTICS(Name) Name,
#include "lib/PTX/Semantics.def"
};
inline constexpr Semantics kAllSemantics[] = {
#define SLUICE_PTX_SEMANTICS(Name) Semantics::Name,
#include "lib/PTX/Semantics.def"
};
inline constexpr size_t kNumSemantics = std::size(kAllSemantics);
/// Its name in Semantics.def.
llvm::StringRef getName(Semantics semantics);

struct Form {
  Semantics semantics;
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
  Cost cost;
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
  friend class FormTable;
  llvm::SmallVector<std::pair<llvm::StringRef, llvm::StringRef>, 6> taken;
};

/// Forms, found by mnemonic.
class FormTable {
public:
  explicit FormTable(llvm::ArrayRef<Form> forms);

  /// The first form that takes the instruction's qualifiers and number of
  /// operands. Errors name the instruction, and the nearest form or the
  /// qualifier that none takes; they have no position.
  llvm::Expected<const Form *> find(const Instruction &instruction,
                                    Match &match) const;
  /// Some form has the mnemonic.
  bool knows(llvm::StringRef mnemonic) const {
    return byMnemonic.contains(mnemonic);
  }

private:
  /// One item of Form::qualifiers.
  struct Item {
    /// What Match::get and has call it.
    llvm::StringRef name;
    /// a|b|c
    llvm::StringRef alternatives;
    bool isOptional = false;

    bool takes(llvm::StringRef qualifier) const;
  };
  struct Row {
    const Form *form;
    llvm::SmallVector<Item, 8> items;
    /// Bit n: it takes n operands.
    uint64_t operandCounts;

    explicit Row(const Form &form);
    bool takesOperands(size_t count) const {
      return count < 64 && (operandCounts >> count & 1);
    }
  };
  struct Attempt;
  static llvm::Error explain(const Instruction &instruction,
                             llvm::ArrayRef<Row> rows);

  llvm::StringMap<std::vector<Row>> byMnemonic;
};

/// The rows of Instructions.def.
llvm::ArrayRef<Form> getForms();
const FormTable &getFormTable();

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_FORM_H
