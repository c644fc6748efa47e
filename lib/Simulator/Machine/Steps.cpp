//===- Steps.cpp - what instructions cost, by their text ------------------===//

#include "lib/Simulator/Machine/Steps.h"
#include "lib/Layout/Fragments.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice;
using namespace sluice::sim;
using estimate::MatrixKind;
using estimate::Role;
using estimate::Step;
using llvm::StringRef;
using ptx::CostRow;
using ptx::Instruction;
using ptx::Type;

/// The widest type that the instruction names: 0 if it names none.
static unsigned getBits(const Instruction &instruction) {
  unsigned bits = 0;
  for (StringRef qualifier : instruction.qualifiers)
    if (std::optional<Type> type = ptx::parseType(qualifier))
      bits = std::max(bits, ptx::getBitWidth(*type));
  return bits;
}

/// The type of A: the second of D, A, B and C, or f16 where D and C alone are
/// named.
static Type getMultiplicand(const Instruction &instruction) {
  llvm::SmallVector<Type, 4> types;
  for (StringRef qualifier : instruction.qualifiers)
    if (std::optional<Type> type = ptx::parseType(qualifier))
      types.push_back(*type);
  return types.size() > 2 ? types[1] : Type::F16;
}

static MatrixKind getMatrixKind(Type type) {
  switch (type) {
  case Type::F64:
    return MatrixKind::Fp64;
  case Type::TF32:
    return MatrixKind::Tf32;
  case Type::F16:
  case Type::BF16:
    return MatrixKind::Half;
  default:
    return MatrixKind::Byte;
  }
}

/// FLOP of a product, for one warp, and what it reads of shared memory.
static void setProduct(Step &step, const Instruction &instruction) {
  layout::MatrixShape shape;
  for (StringRef qualifier : instruction.qualifiers)
    if (auto found = layout::parseMatrixShape(qualifier))
      shape = *found;
  Type type = getMultiplicand(instruction);
  step.matrix = getMatrixKind(type);
  step.flop = 2 * shape.m * shape.n * shape.k;
  // mma.m8n8k4 of f16 is four products.
  if (type == Type::F16 && shape == layout::MatrixShape{8, 8, 4})
    step.flop *= 4;
  if (step.role != Role::AsyncMatrix)
    return;
  constexpr unsigned kWarpsInGroup = 4, kWavefront = 128;
  step.flop /= kWarpsInGroup;
  // The group reads B once; each warp its rows of A, unless it has them.
  bool isAShared = instruction.operands[1].kind != ptx::Operand::Kind::Vector;
  unsigned elements =
      (shape.n + (isAShared ? shape.m : 0)) * shape.k / kWarpsInGroup;
  step.sharedWavefronts = elements * ptx::getBitWidth(type) / 8 / kWavefront;
}

static void setCost(Step &step, const Instruction &instruction,
                    const Operation &operation) {
  const CostRow &row = ptx::getRow(operation.cost);
  unsigned bits = getBits(instruction);
  step.role = row.role;
  step.math = row.getUnit(bits);
  step.count = row.getCount(bits);
  step.isChain = row.order == CostRow::Chain;
  step.usesL1 = row.flags & CostRow::UsesL1;
  step.isPoll = row.flags & CostRow::Polls;
  step.isForReads = row.flags & CostRow::ForReads;
  if (operation.which == ptx::Class::Async)
    step.pending = static_cast<int32_t>(operation.immediate);
  if (operation.which == ptx::Class::Matrix)
    setProduct(step, instruction);
}

Step sim::makeStep(const Operation &operation, uint32_t firstRegister) {
  Step step;
  if (!operation.source)
    return step;
  step.instruction = operation.source;
  setCost(step, *operation.source, operation);
  for (auto [i, row] : llvm::enumerate(operation.rows)) {
    if (i >= operation.destinations)
      step.sources.push_back(firstRegister + row);
    // What wgmma makes is there after a wait, and nobody may look before.
    else if (step.role != Role::AsyncMatrix)
      step.destinations.push_back(firstRegister + row);
  }
  if (operation.guard != kNoRow)
    step.sources.push_back(firstRegister + operation.guard);
  step.place = makePlace(operation, step);
  return step;
}
