//===- Fusion.cpp - PTX that becomes one machine instruction --------------===//

#include "lib/Simulator/Machine/Fusion.h"
#include "lib/PTX/Module.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using estimate::Math;
using estimate::Role;
using estimate::Step;

namespace {
enum class Shape : uint8_t {
  Other,
  WideProduct,
  Product,
  Shift,
  WideShift,
  Add,
  WideAdd,
  Logic,
};

/// Of a register: who writes it, how often it is written and read.
struct Register {
  size_t writer = 0;
  unsigned writes = 0, reads = 0;
};
} // namespace

static Shape getShape(const Step &step) {
  if (step.role != Role::Math || step.place.isGuarded || !step.instruction)
    return Shape::Other;
  const ptx::Instruction &instruction = *step.instruction;
  unsigned bits = 0;
  bool isWide = false, isHigh = false;
  for (llvm::StringRef qualifier : instruction.qualifiers) {
    if (std::optional<ptx::Type> type = ptx::parseType(qualifier)) {
      ptx::TypeKind kind = ptx::getKind(*type);
      // Neither floats nor pairs of 16 bits.
      if (kind == ptx::TypeKind::Float || kind == ptx::TypeKind::Other ||
          qualifier.ends_with("x2"))
        return Shape::Other;
      bits = std::max(bits, ptx::getBitWidth(*type));
    }
    isWide |= qualifier == "wide";
    isHigh |= qualifier == "hi" || qualifier == "sat" || qualifier == "cc";
  }
  if (isHigh || bits < 32)
    return Shape::Other;
  bool is64 = bits == 64, isByConstant = instruction.operands.back().kind ==
                                         ptx::Operand::Kind::Immediate;
  return llvm::StringSwitch<Shape>(instruction.mnemonic)
      .Case("mul", is64     ? Shape::Other
                   : isWide ? Shape::WideProduct
                            : Shape::Product)
      .Case("shl", !isByConstant ? Shape::Other
                   : is64        ? Shape::WideShift
                                 : Shape::Shift)
      .Case("add", is64 ? Shape::WideAdd : Shape::Add)
      .Case("sub", is64 ? Shape::Other : Shape::Add)
      .Cases({"and", "or", "xor", "not"}, is64 ? Shape::Other : Shape::Logic)
      .Default(Shape::Other);
}

/// What the second becomes; false if they stay two.
static bool fuse(Shape first, Shape second, Step &step) {
  if (second == Shape::WideAdd && first == Shape::WideProduct) {
    step.math = Math::IntegerMultiply;
    step.count = 1;
    return true;
  }
  if (second == Shape::WideAdd)
    return first == Shape::WideShift;
  if (second == Shape::Add && first == Shape::Product) {
    step.math = Math::IntegerMultiply;
    return true;
  }
  if (second == Shape::Add && first == Shape::Add) {
    step.math = Math::Integer;
    return true;
  }
  return (second == Shape::Add && first == Shape::Shift) ||
         (second == Shape::Logic && first == Shape::Logic);
}

void sim::fuseSteps(llvm::MutableArrayRef<Step> steps) {
  llvm::DenseMap<uint32_t, Register> registers;
  for (auto [i, step] : llvm::enumerate(steps)) {
    for (uint32_t number : step.sources)
      ++registers[number].reads;
    for (uint32_t number : step.destinations) {
      registers[number].writer = i;
      ++registers[number].writes;
    }
  }
  // A fused one has three operands: it takes part in no other.
  std::vector<Shape> shapes;
  size_t blockBegin = 0;
  for (auto [i, step] : llvm::enumerate(steps)) {
    shapes.push_back(getShape(step));
    if (step.role == Role::Branch)
      blockBegin = i;
    for (uint32_t number : step.sources) {
      const Register &source = registers.find(number)->second;
      if (source.writes != 1 || source.reads != 1 || source.writer >= i ||
          source.writer < blockBegin ||
          !fuse(shapes[source.writer], shapes[i], step))
        continue;
      steps[source.writer].role = Role::Free;
      shapes[source.writer] = shapes[i] = Shape::Other;
      break;
    }
  }
}
