//===- Module.h - what a PTX text says --------------------------*- C++ -*-===//
//
// The tree that the parser makes: names resolved to variables, registers,
// labels and functions; instructions not yet matched to forms. All text is
// referred to, not copied: a Module keeps its source.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_PTX_MODULE_H
#define SLUICE_LIB_PTX_MODULE_H

#include "lib/PTX/Type.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include <memory>
#include <string>
#include <vector>

namespace sluice::ptx {

/// A place in the PTX text, counted from 1.
struct Place {
  unsigned line = 0, column = 0;
};

/// What a `.loc` says: of the source that the PTX was made from. File 0: none.
struct SourceLine {
  unsigned file = 0, line = 0, column = 0;
};

enum class Space : uint8_t {
  Generic,
  Register,
  Param,
  Shared,
  Global,
  Local,
  Const
};
/// The name without the dot; "generic" for Generic.
llvm::StringRef getName(Space space);

/// A variable in memory: of the module, of a function, or a parameter.
struct Variable {
  llvm::StringRef name;
  /// Space::Register for a .reg parameter or result of a .func: the first
  /// registers of the function are its results of that kind, then its
  /// parameters, in order.
  Space space = Space::Global;
  Type type = Type::B8;
  /// Elements of a vector type (.v2, .v4): 1 for a scalar.
  unsigned vectorLength = 1;
  /// Bytes; at least that of the type.
  uint64_t alignment = 1;
  /// Bytes; 0 for an array without a size (.extern .shared).
  uint64_t size = 0;
  bool isExtern = false;
  /// Bytes from the start; shorter than `size` if the rest is zero, empty if
  /// there is no initialiser.
  std::vector<uint8_t> initializer;
  /// Places in the initialiser that hold an address.
  struct Relocation {
    uint64_t offset;
    unsigned bytes;
    /// A variable or a function of the module.
    llvm::StringRef symbol;
    int64_t addend;
    /// generic(symbol).
    bool isGeneric;
    /// The address is shifted right by so many bits: 8 for 0xFF00(symbol).
    unsigned shift = 0;
  };
  std::vector<Relocation> relocations;
  Place place;
};

/// A virtual register. Scopes are resolved: two registers of one name in
/// sibling blocks are two.
struct Register {
  /// "%r" of %r7 if that was declared by %r<100>.
  llvm::StringRef name;
  Type type;
  /// %r<100> declares 100: this one's number.
  unsigned number = 0;
  bool isNumbered = false;
};

struct Operand {
  enum class Kind : uint8_t {
    /// `reg`; `isNegated` for !p and -r, `selector` for the "b0" of r.b0.
    Register,
    /// `bits`, sign-extended to 64 for an integer; a float literal's bits
    /// (0f…: 32, 0d… and decimal: 64) with `floatBits` 32 or 64.
    Immediate,
    /// A special register or constant of the ISA: %tid.x, WARP_SZ. `name`.
    Special,
    /// `variable` (+ bits): its address as a value.
    Symbol,
    /// [base + bits]: base is elements[0] (Register, Symbol or Immediate), the
    /// rest are coordinates of a tensor access: [base, {c0, c1}].
    Address,
    /// {a, b, …}, or p|q (isPair). A register of a vector type is the vector of
    /// its elements. A call has three operands whatever it leaves out: results,
    /// callee, arguments, the first and the last vectors, maybe empty; and a
    /// fourth if it names a prototype.
    Vector,
    /// A label of this function: `label`.
    Label,
    /// `name` of a function, for call, or its address as a value.
    Function,
    /// `_`: thrown away.
    Sink,
    /// `name` of a .branchtargets, .calltargets or .callprototype.
    Table,
  };
  Kind kind = Kind::Sink;
  bool isNegated = false;
  bool isPair = false;
  unsigned floatBits = 0;
  uint64_t bits = 0;
  /// Into Function::registers.
  unsigned reg = 0;
  const Variable *variable = nullptr;
  /// Into Function::labels.
  unsigned label = 0;
  llvm::StringRef name, selector;
  std::vector<Operand> elements;
  Place place;
};

struct Instruction {
  /// "ld" of ld.global.v2.f32.
  llvm::StringRef mnemonic;
  /// In the text's order, without dots; "shared::cta" is one.
  llvm::SmallVector<llvm::StringRef, 6> qualifiers;
  /// A predicate, or none.
  bool isGuarded = false, guardIsNegated = false;
  unsigned guard = 0;
  llvm::SmallVector<Operand, 4> operands;
  Place place;
  SourceLine source;
  /// Bytes of a load that are used (.pragma "used_bytes_mask"); all if 0.
  uint64_t usedBytes = 0;
};

struct Label {
  llvm::StringRef name;
  /// Of the instruction behind it; may be one past the last.
  unsigned instruction = 0;
};

struct Function {
  llvm::StringRef name;
  bool isEntry = false, isExtern = false, isNoReturn = false;
  /// False if it is only declared.
  bool hasBody = false;
  std::vector<std::unique_ptr<Variable>> parameters, results;
  /// .local, .shared and .param variables of its blocks.
  std::vector<std::unique_ptr<Variable>> variables;
  std::vector<Register> registers;
  std::vector<Label> labels;
  std::vector<Instruction> instructions;
  /// Targets of brx.idx: names of .branchtargets, with labels.
  llvm::StringMap<std::vector<unsigned>> branchTargets;
  /// Names of .calltargets, with functions.
  llvm::StringMap<std::vector<llvm::StringRef>> callTargets;
  /// Zeros where nothing is required.
  uint32_t requiredThreads[3] = {0, 0, 0}, maximumThreads[3] = {0, 0, 0},
           requiredCluster[3] = {0, 0, 0};
  Place place;
};

struct Module {
  std::string text;
  unsigned versionMajor = 0, versionMinor = 0;
  std::string target;
  std::vector<std::unique_ptr<Variable>> variables;
  std::vector<std::unique_ptr<Function>> functions;
  /// Files of .loc, by number.
  std::vector<std::string> files;
  /// Names by .alias, with the functions that they stand for.
  llvm::StringMap<llvm::StringRef> aliases;

  /// Returns the function of that name, null if there is none. An alias gives
  /// what it stands for.
  const Function *findFunction(llvm::StringRef name) const;
  const Variable *findVariable(llvm::StringRef name) const;
};

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_MODULE_H
