//===- Scopes.h - what names mean, block by block ---------------*- C++ -*-===//

#ifndef SLUICE_LIB_PTX_SCOPES_H
#define SLUICE_LIB_PTX_SCOPES_H

#include "lib/PTX/Module.h"

namespace sluice::ptx {

/// What a declared name of a function stands for.
struct Name {
  enum class Kind : uint8_t { Register, VectorRegister, Variable };
  Kind kind = Kind::Register;
  /// First of `count` registers, which are elements of a vector or numbered.
  unsigned reg = 0, count = 0;
  const Variable *variable = nullptr;
  /// Blocks open when it was declared.
  unsigned depth = 0;
};

/// What a name stands for that may be used before it is declared.
struct Target {
  bool isTable = false;
  unsigned label = 0;
};

/// A use of such a name.
struct Reference {
  llvm::StringRef name;
  Place place;
  /// Nothing else than a label or table will do.
  bool isBranch = false;
  bool isResolved = false;
  Target target;
};

/// Registers and variables have to be declared before they are used, so that
/// their names are found at once. Labels belong to blocks, too, but may come
/// later: a use waits until its block ends, then goes to the block around it.
class Scopes {
public:
  /// Forgets everything.
  void clear();
  unsigned depth() const { return static_cast<unsigned>(blocks.size()); }
  void open();
  void close();

  /// Declares a name; returns false if this block has the name already.
  bool declare(llvm::StringRef name, Name what);
  /// name0 to name(count - 1).
  bool declareNumbered(llvm::StringRef name, Name what);
  bool declareTarget(llvm::StringRef name, Target target);

  /// A numbered register comes as itself. Nothing if none is declared.
  std::optional<Name> find(llvm::StringRef name) const;
  /// Index of the reference in `references`.
  unsigned refer(llvm::StringRef name, Place place, bool isBranch);

  std::vector<Reference> references;

private:
  /// What a name stands for in each open block that declares it, outermost
  /// first.
  using Meanings = llvm::SmallVector<Name, 1>;
  using Map = llvm::StringMap<Meanings>;
  bool declareIn(Map &map, llvm::StringRef name, Name what);

  struct Block {
    /// To be taken back at its end.
    std::vector<Meanings *> declared;
    llvm::StringMap<Target> targets;
    std::vector<unsigned> waiting;
  };
  Map names, numbered;
  std::vector<Block> blocks;
};

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_SCOPES_H
