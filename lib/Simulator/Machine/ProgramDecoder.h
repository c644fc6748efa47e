//===- ProgramDecoder.h - functions to code ---------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_PROGRAMDECODER_H
#define SLUICE_LIB_SIMULATOR_MACHINE_PROGRAMDECODER_H

#include "lib/Simulator/Machine/Decoder.h"
#include <map>

namespace sluice::sim {

/// Decodes an entry and what it calls, function by function.
class ProgramDecoder {
public:
  using GlobalPlace = llvm::function_ref<uint64_t(const ptx::Variable &)>;
  ProgramDecoder(Program &program, llvm::StringRef fileName,
                 GlobalPlace globalPlace);

  llvm::Error run();

  // For Decoder.
  void setError(ptx::Place place, const llvm::Twine &message);
  const ptx::Module &getModule() const { return *program.module; }
  const ptx::Function &getFunction() const { return *code->function; }
  const Code *getCode(const ptx::Function &function) const;
  /// Rows are for registers that are used.
  Row getRow(unsigned reg);
  Row makeRows(unsigned bits);
  uint32_t addJumpTable(std::vector<uint32_t> targets) {
    code->jumpTables.push_back(std::move(targets));
    return code->jumpTables.size() - 1;
  }
  Row getCarryRow();
  Row getConstant(unsigned bits, uint64_t value, Code::Base base);
  Row getSymbolRow(const ptx::Variable &variable, uint64_t offset,
                   unsigned bits);
  /// kNoRow if it does not exist or changes while a warp runs.
  Row getSpecialRow(llvm::StringRef name, unsigned bits);

private:
  Row makeRegister(unsigned bits);
  llvm::Error findFunctions();
  void placeShared();
  void placeVariables();
  std::vector<bool> findReachable() const;
  bool decode(const ptx::Instruction &instruction, Operation &operation);
  llvm::Error decodeFunction(Code &into);

  Program &program;
  llvm::StringRef fileName;
  GlobalPlace globalPlace;
  /// The decoders by semantics; null for what the instruction set lacks.
  std::vector<bool (*)(Decoder &)> decoders;
  std::string error;

  Code *code = nullptr;
  std::vector<Row> registerRows;
  Row carryRow = kNoRow;
  std::map<std::tuple<unsigned, uint64_t, Code::Base>, Row> constants;
  std::map<SpecialRow, Row> specials;
  /// Offsets of .local and .param variables of the function.
  llvm::DenseMap<const ptx::Variable *, uint64_t> framePlaces;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_PROGRAMDECODER_H
