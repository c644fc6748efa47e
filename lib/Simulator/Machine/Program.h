//===- Program.h - a module made ready to run -------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_PROGRAM_H
#define SLUICE_LIB_SIMULATOR_MACHINE_PROGRAM_H

#include "lib/PTX/Module.h"
#include "lib/Simulator/Machine/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Error.h"

namespace sluice::sim {

class InstructionSet;

/// Special registers that are rows: written when a warp starts.
enum class SpecialRow : uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NumWarps,
  LanemaskEq,
  LanemaskLe,
  LanemaskLt,
  LanemaskGe,
  LanemaskGt,
  ClusterIdX,
  ClusterIdY,
  ClusterIdZ,
  NumClusterX,
  NumClusterY,
  NumClusterZ,
  ClusterCtaIdX,
  ClusterCtaIdY,
  ClusterCtaIdZ,
  ClusterNumCtaX,
  ClusterNumCtaY,
  ClusterNumCtaZ,
  ClusterCtaRank,
  ClusterNumCtaRank,
  DynamicSharedSize,
  TotalSharedSize,
  SmId,
  NumSms,
  /// A predicate.
  IsExplicitCluster,
};

/// One function, decoded.
struct Code {
  const ptx::Function *function = nullptr;
  std::vector<Operation> operations;
  Row numRows = 0;
  /// What is added to a constant when a frame begins.
  enum class Base : uint8_t {
    None,
    /// The CTA's place in the cluster's shared window.
    Shared,
    /// Where the frame's .local variables begin.
    Local,
    /// The address of the entry's parameters.
    EntryParameters,
  };
  /// Rows that hold the same in all lanes from the start: immediates, addresses
  /// of variables. 64-bit ones take two rows; a predicate is 0 or all lanes.
  struct Constant {
    Row row;
    unsigned bits;
    uint64_t value;
    Base base = Base::None;
  };
  std::vector<Constant> constants;
  std::vector<std::pair<Row, SpecialRow>> specials;
  /// The rows that change, and how many bits a lane has there.
  std::vector<std::pair<Row, unsigned>> registers;
  std::vector<std::vector<uint32_t>> jumpTables;
  /// Bytes of .local and of .param variables of one frame, and of .shared
  /// variables of the whole call tree.
  uint64_t localBytes = 0, parameterBytes = 0;
  /// Offsets of .local variables, places of parameters.
  llvm::DenseMap<const ptx::Variable *, uint64_t> places;
};

/// The places of a module's variables.
struct Layout {
  /// Offset in the window of .shared, or address of .global and .const.
  llvm::DenseMap<const ptx::Variable *, uint64_t> places;
  uint64_t staticSharedBytes = 0;
};

/// An entry and all that it can reach. Unknown instructions are an error here,
/// not when parsed.
struct Program {
  std::shared_ptr<const ptx::Module> module;
  /// Whose handlers the operations have.
  const InstructionSet *instructions = nullptr;
  const ptx::Function *entry = nullptr;
  /// By function; the entry is first.
  llvm::MapVector<const ptx::Function *, std::unique_ptr<Code>> codes;
  Layout layout;
};

/// The entry of that name; the only one if the name is empty. Errors: "FILE:
/// error: …" with the names that there are.
llvm::Expected<const ptx::Function *> getEntry(const ptx::Module &module,
                                               llvm::StringRef entry,
                                               llvm::StringRef fileName);

/// Decodes `entry`, one of the module's. Errors: "FILE:LINE:COLUMN: error: …",
/// of an instruction that is in no form, operands that do not fit, recursion.
/// `globalPlace` is asked for the address of each .global and .const variable.
llvm::Expected<std::unique_ptr<Program>>
decode(const InstructionSet &instructions,
       const std::shared_ptr<const ptx::Module> &module,
       const ptx::Function &entry, llvm::StringRef fileName,
       llvm::function_ref<uint64_t(const ptx::Variable &)> globalPlace);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_PROGRAM_H
