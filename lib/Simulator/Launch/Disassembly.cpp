//===- Disassembly.cpp - SASS beside its PTX ------------------------------===//

#include "lib/Simulator/Launch/Disassembly.h"
#include "lib/Assembler/Program.h"
#include "lib/Assembler/Ptxas.h"
#include "lib/PTX/Module.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include <map>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;
using estimate::MachineCode;
using estimate::MachineInstruction;
using estimate::Math;
using Kind = MachineInstruction::Kind;

/// Part of the names of ptxas's own subroutines: divisions and their like. How
/// much of one is executed nobody knows; the PTX's text says it better.
static constexpr StringRef kSubroutine = "__internal";

/// By its name without modifiers: F2FP, LDG.
static void classify(MachineInstruction &instruction, StringRef name) {
  instruction.kind =
      StringSwitch<Kind>(name)
          .Cases({"LD", "LDG", "LDS", "LDSM", "LDL"}, Kind::Access)
          .Cases({"ST", "STG", "STS", "STSM", "STL"}, Kind::Access)
          .Cases({"ATOM", "ATOMG", "ATOMS", "RED", "REDG"}, Kind::Access)
          .Cases({"LDGSTS", "STAS", "REDAS"}, Kind::Access)
          .Cases({"HMMA", "IMMA", "DMMA", "BMMA", "QMMA"}, Kind::Product)
          .Cases({"HGMMA", "IGMMA", "QGMMA", "BGMMA"}, Kind::Product)
          .Cases({"BRA", "BRX", "EXIT", "RET", "JMP"}, Kind::Branch)
          .Case("CALL", Kind::Call)
          .Cases({"BAR", "SYNCS", "DEPBAR", "LDGDEPBAR"}, Kind::Other)
          .Cases({"WARPGROUP", "UCGABAR_ARV", "UCGABAR_WAIT"}, Kind::Other)
          .Cases({"UBLKCP", "UBLKRED", "UTMALDG", "UTMASTG"}, Kind::Other)
          .Cases({"UTMAREDG", "UTMACMDFLUSH"}, Kind::Other)
          .Default(Kind::Math);
  instruction.math = StringSwitch<Math>(name)
                         .Cases({"FFMA", "FADD", "FMUL", "FFMA32I"}, Math::Fp32)
                         .Cases({"FADD32I", "FMUL32I"}, Math::Fp32)
                         .Case("IMAD", Math::IntegerMultiply)
                         .Cases({"HFMA2", "HADD2", "HMUL2"}, Math::Half)
                         .Cases({"DFMA", "DADD", "DMUL", "DSETP"}, Math::Fp64)
                         .Case("MUFU", Math::Special)
                         .Case("F2FP", Math::Pack)
                         .Cases({"F2F", "F2I", "I2F", "FRND"}, Math::Convert)
                         .Cases({"POPC", "FLO", "BREV"}, Math::BitCount)
                         .Case("SHFL", Math::Shuffle)
                         .Cases({"VOTE", "VOTEU", "MATCH"}, Math::Vote)
                         .Case("REDUX", Math::Reduction)
                         .Default(Math::Integer);
}

namespace {
/// The code of one section: an entry and the functions that it calls.
class Section {
public:
  void read(StringRef text);
  /// Adds what can be reached.
  void finish(MachineCode &code);

private:
  struct Node {
    MachineInstruction instruction;
    SmallVector<StringRef, 1> targets;
    bool goesOn = true;
    bool isReached = false;
    SmallVector<size_t, 2> successors, predecessors;
  };
  void readInstruction(StringRef text);
  void link();
  void findLoops(size_t root);
  void addLoop(size_t head, ArrayRef<size_t> ends);

  std::vector<Node> nodes;
  StringMap<size_t> labels;
  /// Where functions begin.
  SmallVector<size_t> roots{0};
  unsigned line = 0;
};
} // namespace

void Section::read(StringRef text) {
  if (text.consume_front("//## File ")) {
    StringRef number = text.rsplit("line ").second;
    number.consumeInteger(10, line);
  } else if (text.starts_with("/*")) {
    readInstruction(text.split("*/").second.trim());
  } else if (text.ends_with(":")) {
    labels[text.drop_back()] = nodes.size();
    if (text.starts_with("$") && !text.contains(kSubroutine))
      roots.push_back(nodes.size());
  }
}

void Section::readInstruction(StringRef text) {
  Node node;
  bool isGuarded = text.consume_front("@");
  if (isGuarded)
    text = text.split(' ').second.trim();
  auto [name, operands] = text.rtrim(" ;").split(' ');
  operands = operands.trim();
  node.instruction.line = line;
  classify(node.instruction, name.split('.').first);
  // ptxas also leaves a loop by a call that never returns.
  bool isJump =
      node.instruction.kind == Kind::Branch ||
      (node.instruction.kind == Kind::Call && operands.contains(".L_"));
  if (node.instruction.kind == Kind::Call && !operands.contains(kSubroutine))
    node.instruction.kind = Kind::Branch;
  if (isJump) {
    // For lanes that have parted where no one expects it: a way round.
    bool isDetour = name.contains(".DIV");
    // Some have their condition among the operands.
    node.goesOn = isGuarded || isDetour ||
                  (name.starts_with("BRA") && !operands.starts_with("`("));
    while (!isDetour && operands.contains(".L_")) {
      operands = operands.substr(operands.find(".L_"));
      StringRef target = operands.take_until(
          [](char c) { return c == ')' || c == ',' || c == '"' || c == ' '; });
      node.targets.push_back(target);
      operands = operands.substr(target.size());
    }
  }
  nodes.push_back(std::move(node));
}

void Section::link() {
  for (auto [number, node] : enumerate(nodes)) {
    auto add = [&, from = number](size_t to) {
      if (to >= nodes.size())
        return;
      nodes[from].successors.push_back(to);
      nodes[to].predecessors.push_back(from);
    };
    if (node.goesOn)
      add(number + 1);
    for (StringRef target : node.targets)
      if (auto it = labels.find(target); it != labels.end())
        add(it->second);
  }
}

/// All that comes to one of `ends` without coming through `head`.
void Section::addLoop(size_t head, ArrayRef<size_t> ends) {
  std::vector<bool> isInside(nodes.size());
  isInside[head] = true;
  SmallVector<size_t> open(ends);
  ++nodes[head].instruction.depth;
  while (!open.empty()) {
    size_t number = open.pop_back_val();
    if (isInside[number] || !nodes[number].isReached)
      continue;
    isInside[number] = true;
    ++nodes[number].instruction.depth;
    append_range(open, nodes[number].predecessors);
  }
}

/// Depth first: what leads back to where the search has come from ends a loop.
void Section::findLoops(size_t root) {
  if (root >= nodes.size() || nodes[root].isReached)
    return;
  struct Visit {
    size_t number, next = 0;
  };
  std::vector<bool> isOpen(nodes.size());
  std::map<size_t, SmallVector<size_t>> loops;
  SmallVector<Visit> stack{{root}};
  nodes[root].isReached = isOpen[root] = true;
  while (!stack.empty()) {
    Visit &visit = stack.back();
    size_t number = visit.number;
    if (visit.next == nodes[number].successors.size()) {
      isOpen[number] = false;
      stack.pop_back();
      continue;
    }
    size_t to = nodes[number].successors[visit.next++];
    if (isOpen[to])
      loops[to].push_back(number);
    if (nodes[to].isReached)
      continue;
    nodes[to].isReached = isOpen[to] = true;
    stack.push_back({to});
  }
  for (const auto &[head, ends] : loops)
    addLoop(head, ends);
}

void Section::finish(MachineCode &code) {
  link();
  for (size_t root : roots)
    findLoops(root);
  for (const Node &node : nodes)
    if (node.isReached)
      code.push_back(node.instruction);
}

MachineCode sim::parseDisassembly(StringRef text) {
  MachineCode code;
  std::optional<Section> section;
  auto finish = [&] {
    if (section)
      section->finish(code);
  };
  while (!text.empty()) {
    StringRef row;
    std::tie(row, text) = text.split('\n');
    row = row.trim();
    if (row.consume_front(".section\t")) {
      finish();
      section.reset();
      if (row.starts_with(".text."))
        section.emplace();
    } else if (section) {
      section->read(row);
    }
  }
  finish();
  return code;
}

Expected<MachineCode> sim::disassemble(StringRef ptxas,
                                       const ptx::Module &module) {
  // Both are looked for before one of them runs.
  Expected<std::string> nvdisasm = assembler::findProgram("nvdisasm");
  if (!nvdisasm)
    return nvdisasm.takeError();
  Expected<assembler::Cubin> cubin =
      assembler::assemble(ptxas, module.text, module.target, {"-lineinfo"});
  if (!cubin)
    return cubin.takeError();
  Expected<std::string> text =
      assembler::runProgram(*nvdisasm, {"-c", "-gp", cubin->path});
  if (!text)
    return text.takeError();
  MachineCode code = parseDisassembly(*text);
  if (llvm::none_of(code, [](const MachineInstruction &instruction) {
        return instruction.line != 0;
      }))
    return createStringError(inconvertibleErrorCode(),
                             "nvdisasm shows no lines of the PTX: expected "
                             "those that ptxas -lineinfo writes");
  return code;
}
