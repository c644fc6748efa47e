//===- ProgramDecoder.cpp - functions to code -----------------------------===//

#include "lib/Simulator/Machine/ProgramDecoder.h"
#include "lib/Simulator/Machine/InstructionSet.h"
#include "lib/Simulator/Machine/Memory.h"
#include "lib/Simulator/Machine/Refusals.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Space;

/// Bytes of .local of one frame, and of .shared of a CTA, that are believable.
static constexpr uint64_t kMostLocal = 1 << 20, kMostShared = 1 << 22,
                          kMostParameters = 1 << 16;

ProgramDecoder::ProgramDecoder(Program &program, llvm::StringRef fileName,
                               GlobalPlace globalPlace)
    : program(program), fileName(fileName), globalPlace(globalPlace),
      decoders(ptx::kNumSemantics) {
  for (const InstructionDecoder &decoder : program.instructions->getDecoders())
    decoders[static_cast<size_t>(decoder.semantics)] = decoder.decode;
}

void ProgramDecoder::setError(ptx::Place place, const llvm::Twine &message) {
  if (error.empty())
    error = (fileName + ":" + llvm::Twine(place.line) + ":" +
             llvm::Twine(place.column) + ": error: " + message)
                .str();
}

const Code *ProgramDecoder::getCode(const ptx::Function &function) const {
  auto it = program.codes.find(&function);
  return it == program.codes.end() ? nullptr : it->second.get();
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Row ProgramDecoder::makeRows(unsigned bits) {
  Row row = code->numRows;
  code->numRows += getNumRows(bits);
  return row;
}

Row ProgramDecoder::makeRegister(unsigned bits) {
  Row row = makeRows(bits);
  code->registers.push_back({row, bits});
  return row;
}

Row ProgramDecoder::getRow(unsigned reg) {
  Row &row = registerRows[reg];
  if (row == kNoRow)
    row = makeRegister(ptx::getBitWidth(getFunction().registers[reg].type));
  return row;
}

Row ProgramDecoder::getCarryRow() {
  if (carryRow == kNoRow)
    carryRow = makeRegister(32);
  return carryRow;
}

Row ProgramDecoder::getConstant(unsigned bits, uint64_t value,
                                Code::Base base) {
  auto [it, isNew] = constants.insert({{bits, value, base}, kNoRow});
  if (isNew) {
    it->second = makeRows(bits);
    code->constants.push_back({it->second, bits, value, base});
  }
  return it->second;
}

Row ProgramDecoder::getSymbolRow(const ptx::Variable &variable, uint64_t offset,
                                 unsigned bits) {
  if (auto it = framePlaces.find(&variable); it != framePlaces.end()) {
    if (variable.space == Space::Local)
      return getConstant(bits, it->second + offset, Code::Base::Local);
    return getConstant(bits, it->second + offset,
                       code->function->isEntry && it->second < kParameterWindow
                           ? Code::Base::EntryParameters
                           : Code::Base::None);
  }
  uint64_t place = program.layout.places.lookup(&variable);
  return getConstant(bits, place + offset,
                     variable.space == Space::Shared ? Code::Base::Shared
                                                     : Code::Base::None);
}

Row ProgramDecoder::getSpecialRow(llvm::StringRef name, unsigned bits) {
  if (name == "WARP_SZ")
    return getConstant(bits, kLanes, Code::Base::None);
  // One grid, no driver that would set the others, no graph.
  if (name == "%gridid")
    return getConstant(bits, 1, Code::Base::None);
  if (name.starts_with("%envreg") || name == "%current_graph_exec")
    return getConstant(bits, 0, Code::Base::None);
  auto special =
      llvm::StringSwitch<std::optional<SpecialRow>>(name)
          .Case("%tid.x", SpecialRow::TidX)
          .Case("%tid.y", SpecialRow::TidY)
          .Case("%tid.z", SpecialRow::TidZ)
          .Case("%ntid.x", SpecialRow::NtidX)
          .Case("%ntid.y", SpecialRow::NtidY)
          .Case("%ntid.z", SpecialRow::NtidZ)
          .Case("%ctaid.x", SpecialRow::CtaidX)
          .Case("%ctaid.y", SpecialRow::CtaidY)
          .Case("%ctaid.z", SpecialRow::CtaidZ)
          .Case("%nctaid.x", SpecialRow::NctaidX)
          .Case("%nctaid.y", SpecialRow::NctaidY)
          .Case("%nctaid.z", SpecialRow::NctaidZ)
          .Case("%laneid", SpecialRow::LaneId)
          .Case("%warpid", SpecialRow::WarpId)
          .Case("%nwarpid", SpecialRow::NumWarps)
          .Case("%lanemask_eq", SpecialRow::LanemaskEq)
          .Case("%lanemask_le", SpecialRow::LanemaskLe)
          .Case("%lanemask_lt", SpecialRow::LanemaskLt)
          .Case("%lanemask_ge", SpecialRow::LanemaskGe)
          .Case("%lanemask_gt", SpecialRow::LanemaskGt)
          .Case("%clusterid.x", SpecialRow::ClusterIdX)
          .Case("%clusterid.y", SpecialRow::ClusterIdY)
          .Case("%clusterid.z", SpecialRow::ClusterIdZ)
          .Case("%nclusterid.x", SpecialRow::NumClusterX)
          .Case("%nclusterid.y", SpecialRow::NumClusterY)
          .Case("%nclusterid.z", SpecialRow::NumClusterZ)
          .Case("%cluster_ctaid.x", SpecialRow::ClusterCtaIdX)
          .Case("%cluster_ctaid.y", SpecialRow::ClusterCtaIdY)
          .Case("%cluster_ctaid.z", SpecialRow::ClusterCtaIdZ)
          .Case("%cluster_nctaid.x", SpecialRow::ClusterNumCtaX)
          .Case("%cluster_nctaid.y", SpecialRow::ClusterNumCtaY)
          .Case("%cluster_nctaid.z", SpecialRow::ClusterNumCtaZ)
          .Case("%cluster_ctarank", SpecialRow::ClusterCtaRank)
          .Case("%cluster_nctarank", SpecialRow::ClusterNumCtaRank)
          .Case("%dynamic_smem_size", SpecialRow::DynamicSharedSize)
          .Cases({"%total_smem_size", "%aggr_smem_size"},
                 SpecialRow::TotalSharedSize)
          .Case("%is_explicit_cluster", SpecialRow::IsExplicitCluster)
          .Case("%smid", SpecialRow::SmId)
          .Case("%nsmid", SpecialRow::NumSms)
          .Default(std::nullopt);
  if (!special || bits > 32)
    return kNoRow;
  auto [it, isNew] = specials.insert({*special, kNoRow});
  if (isNew) {
    it->second = makeRows(32);
    code->specials.push_back({it->second, *special});
  }
  return it->second;
}

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

void ProgramDecoder::placeShared() {
  uint64_t end = kSharedStart;
  auto place = [&](const ptx::Variable &variable) {
    if (variable.space != Space::Shared || variable.isExtern)
      return;
    end = llvm::alignTo(end, std::max<uint64_t>(variable.alignment, 1));
    program.layout.places[&variable] = end;
    end += variable.size;
    if (variable.size > kMostShared || end > kMostShared)
      setError(variable.place, "variable " + quote(variable.name) +
                                   " does not fit into shared memory");
  };
  for (const auto &variable : program.module->variables)
    place(*variable);
  for (const auto &entry : program.codes)
    for (const auto &variable : entry.first->variables)
      place(*variable);
  // .extern .shared arrays all begin behind, as aligned as any of them.
  llvm::SmallVector<const ptx::Variable *> dynamic;
  auto note = [&](const ptx::Variable &variable) {
    if (variable.space == Space::Shared && variable.isExtern)
      dynamic.push_back(&variable);
  };
  for (const auto &variable : program.module->variables)
    note(*variable);
  for (const auto &entry : program.codes)
    for (const auto &variable : entry.first->variables)
      note(*variable);
  uint64_t alignment = 16;
  for (const ptx::Variable *variable : dynamic)
    alignment = std::max(alignment, variable->alignment);
  if (!dynamic.empty())
    end = llvm::alignTo(end, std::min(alignment, kMostShared));
  for (const ptx::Variable *variable : dynamic)
    program.layout.places[variable] = end;
  program.layout.staticSharedBytes = end - kSharedStart;
}

/// .local variables and parameters of the function that is decoded.
void ProgramDecoder::placeVariables() {
  const ptx::Function &function = getFunction();
  framePlaces.clear();
  uint64_t entryParameters = 0, parameters = 0, local = 0;
  auto put = [&](const ptx::Variable &variable, uint64_t &end, uint64_t base) {
    uint64_t most =
        variable.space == Space::Param ? kMostParameters : kMostLocal;
    end = llvm::alignTo(end, std::max<uint64_t>(variable.alignment, 1));
    framePlaces[&variable] = base + end;
    end += variable.size;
    if (variable.size > most || end > most)
      setError(variable.place, "variable " + quote(variable.name) +
                                   " does not fit into a thread's memory");
  };
  for (const auto &variable : function.parameters)
    function.isEntry ? put(*variable, entryParameters, 0)
                     : put(*variable, parameters, kParameterWindow);
  for (const auto &variable : function.results)
    put(*variable, parameters, kParameterWindow);
  for (const auto &variable : function.variables) {
    if (variable->space == Space::Param)
      put(*variable, parameters, kParameterWindow);
    else if (variable->space == Space::Local)
      put(*variable, local, 0);
  }
  for (auto [variable, place] : framePlaces)
    code->places[variable] = place;
  code->localBytes = llvm::alignTo(local, 16);
  code->parameterBytes = parameters;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// All functions that the entry can reach; a function that can reach itself is
/// an error.
llvm::Error ProgramDecoder::findFunctions() {
  enum { Open, Done };
  llvm::DenseMap<const ptx::Function *, int> state;
  struct Visit {
    const ptx::Function *function;
    size_t next = 0;
  };
  llvm::SmallVector<Visit> stack{{program.entry}};
  state[program.entry] = Open;
  program.codes[program.entry] = std::make_unique<Code>();
  while (!stack.empty()) {
    Visit &visit = stack.back();
    if (visit.next == visit.function->instructions.size()) {
      state[visit.function] = Done;
      stack.pop_back();
      continue;
    }
    const ptx::Instruction &instruction =
        visit.function->instructions[visit.next++];
    if (instruction.mnemonic != "call")
      continue;
    for (const Operand &operand : instruction.operands) {
      if (operand.kind != Operand::Kind::Function)
        continue;
      const ptx::Function *callee = program.module->findFunction(operand.name);
      if (!callee || !callee->hasBody)
        continue; // a function of the system, or an error when decoded
      auto it = state.find(callee);
      if (it == state.end()) {
        state[callee] = Open;
        program.codes[callee] = std::make_unique<Code>();
        stack.push_back({callee});
        break;
      }
      if (it->second == Open) {
        setError(instruction.place,
                 "recursion is not supported: " + quote(callee->name) +
                     " can call itself");
        return llvm::Error::success();
      }
    }
  }
  for (auto &[function, owned] : program.codes)
    owned->function = function;
  return llvm::Error::success();
}

/// From the first instruction along branches.
std::vector<bool> ProgramDecoder::findReachable() const {
  const ptx::Function &function = getFunction();
  size_t count = function.instructions.size();
  std::vector<bool> reachable(count);
  llvm::SmallVector<size_t> open;
  auto visit = [&](size_t i) {
    if (i < count && !reachable[i]) {
      reachable[i] = true;
      open.push_back(i);
    }
  };
  visit(0);
  while (!open.empty()) {
    size_t i = open.pop_back_val();
    const ptx::Instruction &instruction = function.instructions[i];
    bool isEnd = false;
    if (instruction.mnemonic == "bra" || instruction.mnemonic == "brx") {
      isEnd = true;
      for (const Operand &operand : instruction.operands)
        if (operand.kind == Operand::Kind::Label)
          visit(function.labels[operand.label].instruction);
      if (instruction.mnemonic == "brx")
        for (const auto &targets : function.branchTargets)
          for (unsigned label : targets.second)
            visit(function.labels[label].instruction);
    } else if (instruction.mnemonic == "ret" ||
               instruction.mnemonic == "exit" ||
               instruction.mnemonic == "trap") {
      isEnd = true;
    }
    if (!isEnd || instruction.isGuarded)
      visit(i + 1);
  }
  return reachable;
}

static Flow runUnreachable(Warp &, const Operation &, Mask) {
  return Flow::Exited;
}

bool ProgramDecoder::decode(const ptx::Instruction &instruction,
                            Operation &operation) {
  operation.source = &instruction;
  if (instruction.isGuarded) {
    operation.guard = getRow(instruction.guard);
    operation.guardIsNegated = instruction.guardIsNegated;
  }
  Decoder decoder;
  decoder.current = &instruction;
  decoder.op = &operation;
  decoder.owner = this;
  if (std::string refusal = getRefusal(instruction); !refusal.empty()) {
    setError(instruction.place, refusal);
    return false;
  }
  const ptx::FormTable &table = ptx::getFormTable();
  if (!table.knows(instruction.mnemonic)) {
    setError(instruction.place, "instruction " + quote(instruction.mnemonic) +
                                    " is not supported");
    return false;
  }
  llvm::Expected<const ptx::Form *> form =
      table.find(instruction, decoder.currentMatch);
  if (!form) {
    setError(instruction.place, llvm::toString(form.takeError()));
    return false;
  }
  operation.which = (*form)->which;
  operation.cost = (*form)->cost;
  // Barriers gather their lanes themselves.
  operation.isWarpWide = operation.which != ptx::Class::Barrier &&
                         !instruction.isGuarded &&
                         llvm::is_contained(instruction.qualifiers, "aligned");
  auto *decode = decoders[static_cast<size_t>((*form)->semantics)];
  if (!decode) {
    setError(instruction.place, "instruction " + quote(instruction.mnemonic) +
                                    " is not supported");
    return false;
  }
  return decode(decoder) && error.empty();
}

llvm::Error ProgramDecoder::decodeFunction(Code &into) {
  code = &into;
  const ptx::Function &function = getFunction();
  registerRows.assign(function.registers.size(), kNoRow);
  constants.clear();
  specials.clear();
  carryRow = kNoRow;
  placeVariables();
  std::vector<bool> reachable = findReachable();
  code->operations.resize(function.instructions.size());
  for (auto [i, instruction] : llvm::enumerate(function.instructions)) {
    Operation &operation = code->operations[i];
    if (!reachable[i]) {
      operation.source = &instruction;
      operation.run = runUnreachable;
    } else if (!decode(instruction, operation)) {
      break;
    }
  }
  return llvm::Error::success();
}

llvm::Error ProgramDecoder::run() {
  if (auto failed = findFunctions())
    return failed;
  if (error.empty())
    placeShared();
  for (const auto &variable : program.module->variables)
    if (variable->space == Space::Global || variable->space == Space::Const)
      program.layout.places[variable.get()] = globalPlace(*variable);
  for (auto &[function, owned] : program.codes)
    if (error.empty())
      if (auto failed = decodeFunction(*owned))
        return failed;
  if (!error.empty())
    return llvm::createStringError(error);
  return llvm::Error::success();
}

llvm::Expected<const ptx::Function *> sim::getEntry(const ptx::Module &module,
                                                    llvm::StringRef entry,
                                                    llvm::StringRef fileName) {
  // Mangled names are long, and somebody may want to copy one.
  constexpr size_t kMostNames = 100, kMostBytes = 1000;
  const ptx::Function *found = nullptr;
  std::string names;
  size_t entries = 0;
  for (const auto &function : module.functions) {
    if (!function->isEntry)
      continue;
    if (entries++ < kMostNames) {
      names += names.empty() ? "" : ", ";
      names += quote(function->name, kMostBytes);
    }
    if (function->name == entry || entry.empty())
      found = function.get();
  }
  if (entries > kMostNames)
    names += " and " + std::to_string(entries - kMostNames) + " more";
  if (!entries)
    return llvm::createStringError(fileName + ": error: has no .entry");
  if (entry.empty() && entries > 1)
    return llvm::createStringError(
        fileName + ": error: has several entries, name one: " + names);
  if (!found)
    return llvm::createStringError(fileName + ": error: has no entry " +
                                   quote(entry) + ": it has " + names);
  return found;
}

llvm::Expected<std::unique_ptr<Program>>
sim::decode(const InstructionSet &instructions,
            const std::shared_ptr<const ptx::Module> &module,
            const ptx::Function &entry, llvm::StringRef fileName,
            llvm::function_ref<uint64_t(const ptx::Variable &)> globalPlace) {
  auto program = std::make_unique<Program>();
  program->module = module;
  program->instructions = &instructions;
  program->entry = &entry;
  if (auto error = ProgramDecoder(*program, fileName, globalPlace).run())
    return error;
  return program;
}
