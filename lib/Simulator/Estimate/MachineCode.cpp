//===- MachineCode.cpp - what ptxas has made of the text ------------------===//

#include "lib/Simulator/Estimate/MachineCode.h"
#include "lib/PTX/Module.h"
#include "lib/Simulator/Estimate/ListSchedule.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim;
using namespace sluice::sim::estimate;

using Kind = MachineInstruction::Kind;

namespace {
/// The machine instructions of one line, in their order.
struct Line {
  /// Into the code.
  llvm::SmallVector<uint32_t, 4> places;
  /// Of the text.
  unsigned steps = 0;
};

class MachineCodeSetter {
public:
  MachineCodeSetter(Trace &trace, llvm::ArrayRef<MachineInstruction> code)
      : trace(trace), code(code), positions(trace.steps.size()) {
    for (auto [place, instruction] : llvm::enumerate(code))
      lines[instruction.line].places.push_back(static_cast<uint32_t>(place));
    for (const Step &step : trace.steps)
      if (step.instruction)
        ++lines[getLine(step)].steps;
  }

  void run() {
    // Here a block goes on over barriers: what is unrolled is all of it.
    size_t first = 0;
    for (size_t i = 0; i < trace.steps.size(); ++i) {
      const Step &step = trace.steps[i];
      if (step.place.isTarget) {
        setBlock(first, i);
        first = i;
      }
      if (step.role == Role::Branch || !step.instruction) {
        setBlock(first, i + 1);
        first = i + 1;
      }
    }
    setBlock(first, trace.steps.size());
    trace.blocks = scheduleByPosition(trace, positions);
  }

private:
  static unsigned getLine(const Step &step) {
    return step.instruction->place.line;
  }
  /// Null if the text says it better: several steps share a line, or it calls a
  /// subroutine.
  const Line *findLine(const Step &step) const {
    if (!step.instruction)
      return nullptr;
    const Line &line = lines.find(getLine(step))->second;
    bool calls = llvm::any_of(line.places, [&](uint32_t place) {
      return code[place].kind == Kind::Call;
    });
    return line.steps == 1 && !calls ? &line : nullptr;
  }
  void setBlock(size_t first, size_t end);
  size_t findCopies(size_t first, size_t end, uint32_t depth) const;
  void setStep(size_t number, llvm::ArrayRef<uint32_t> places, size_t copies);

  Trace &trace;
  llvm::ArrayRef<MachineInstruction> code;
  std::vector<uint32_t> positions;
  llvm::DenseMap<unsigned, Line> lines;
};
} // namespace

/// The one that the step is for, of those that its line takes.
static bool isOwn(const Step &step, const MachineInstruction &instruction) {
  switch (step.role) {
  case Role::Math:
    return instruction.kind == Kind::Math && instruction.math == step.math;
  case Role::Branch:
    return instruction.kind == Kind::Branch;
  case Role::Matrix:
  case Role::AsyncMatrix:
    return instruction.kind == Kind::Product;
  case Role::Access:
  case Role::Copy:
    return instruction.kind == Kind::Access;
  case Role::Free:
    return false;
  default:
    return instruction.kind == Kind::Other;
  }
}

/// How many times the block stands in the code: as often as its accesses,
/// products and shuffles do, each of which is one instruction, or as what is
/// there least often.
size_t MachineCodeSetter::findCopies(size_t first, size_t end,
                                     uint32_t depth) const {
  std::optional<size_t> ofOwn, ofAny;
  auto note = [](std::optional<size_t> &least, size_t count) {
    if (count)
      least = std::min(least.value_or(count), count);
  };
  for (size_t i = first; i < end; ++i) {
    const Step &step = trace.steps[i];
    const Line *line = findLine(step);
    if (!line)
      continue;
    size_t own = 0, any = 0;
    for (uint32_t place : line->places) {
      any += code[place].depth == depth;
      own += code[place].depth == depth && isOwn(step, code[place]);
    }
    bool isOne = step.role == Role::Access || step.role == Role::Copy ||
                 step.role == Role::Matrix || step.role == Role::AsyncMatrix ||
                 (step.role == Role::Math && step.math == Math::Shuffle);
    if (isOne)
      note(ofOwn, own);
    note(ofAny, any);
  }
  return ofOwn.value_or(ofAny.value_or(1));
}

void MachineCodeSetter::setBlock(size_t first, size_t end) {
  uint32_t depth = 0;
  for (size_t i = first; i < end; ++i)
    if (const Line *line = findLine(trace.steps[i]))
      for (uint32_t place : line->places)
        depth = std::max(depth, code[place].depth);
  size_t copies = findCopies(first, end, depth);
  uint32_t before = 0;
  for (size_t i = first; i < end; ++i) {
    const Line *line = findLine(trace.steps[i]);
    if (!line) {
      positions[i] = before;
      continue;
    }
    llvm::SmallVector<uint32_t, 8> places;
    llvm::copy_if(line->places, std::back_inserter(places),
                  [&](uint32_t place) { return code[place].depth == depth; });
    setStep(i, places, copies);
    if (positions[i])
      before = positions[i];
  }
}

/// One of `copies` equal shares of what stands at `places`.
void MachineCodeSetter::setStep(size_t number, llvm::ArrayRef<uint32_t> places,
                                size_t copies) {
  Step &step = trace.steps[number];
  size_t share = (places.size() + copies / 2) / copies;
  // The results are there after the last; what takes none holds nobody up.
  positions[number] = share ? places[share - 1] : 0;
  // Its own last.
  llvm::SmallVector<uint32_t, 8> sorted(places);
  llvm::sort(sorted, [&](uint32_t x, uint32_t y) {
    auto rank = [&](uint32_t place) {
      const MachineInstruction &instruction = code[place];
      return std::tuple(isOwn(step, instruction), instruction.kind,
                        instruction.math, place);
    };
    return rank(x) < rank(y);
  });
  llvm::SmallVector<MachineInstruction, 8> taken;
  for (size_t i = 0; i < share; ++i)
    taken.push_back(code[sorted[sorted.size() - 1 - (share - 1 - i) * copies]]);
  bool hasOwn = !taken.empty() && isOwn(step, taken.back());
  if (step.role == Role::Free || step.role == Role::Math) {
    step.role = taken.empty() ? Role::Free : Role::Math;
    step.count = 1;
    if (!taken.empty())
      step.math = taken.pop_back_val().math;
  } else if (step.role == Role::Branch || step.role == Role::Access ||
             step.role == Role::Matrix) {
    // Nobody branches, nothing is accessed: the line is arithmetic, or nothing.
    if (hasOwn) {
      taken.pop_back();
    } else {
      step.role = taken.empty() ? Role::Free : Role::Math;
      if (!taken.empty())
        step.math = taken.pop_back_val().math;
    }
  } else if (hasOwn) {
    // Others have an effect even where ptxas has an instruction for several.
    taken.pop_back();
  }
  for (const MachineInstruction &instruction : taken)
    step.extra.push_back(instruction.math);
  // Which has no pipe of its own; nobody shuffles beside something else.
  llvm::replace(step.extra, Math::Shuffle, Math::Integer);
}

void estimate::setMachineCode(Trace &trace,
                              llvm::ArrayRef<MachineInstruction> code) {
  MachineCodeSetter(trace, code).run();
}
