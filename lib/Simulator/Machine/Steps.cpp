//===- Steps.cpp - what instructions cost, by their text ------------------===//

#include "lib/Simulator/Machine/Steps.h"
#include "lib/Simulator/Execute/Matrix/MatrixProduct.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using estimate::Math;
using estimate::MatrixKind;
using estimate::Role;
using estimate::Step;
using llvm::StringRef;
using ptx::Class;
using ptx::Instruction;
using ptx::Type;

static bool has(const Instruction &instruction, StringRef qualifier) {
  return llvm::is_contained(instruction.qualifiers, qualifier);
}

/// The widest type that the instruction names: 0 if it names none.
static unsigned getBits(const Instruction &instruction) {
  unsigned bits = 0;
  for (StringRef qualifier : instruction.qualifiers)
    if (std::optional<Type> type = ptx::parseType(qualifier))
      bits = std::max(bits, ptx::getBitWidth(*type));
  return bits;
}

static void setMath(Step &step, Math math, unsigned count = 1,
                    bool isChain = false) {
  step.role = Role::Math;
  step.math = math;
  step.count = count;
  step.isChain = isChain;
}

static void setInteger(Step &step, const Instruction &instruction) {
  StringRef name = instruction.mnemonic;
  bool isWide = getBits(instruction) > 32;
  // An address space is a number that is added once, if at all.
  if (name == "cvta")
    return;
  if (name == "div" || name == "rem")
    // What ptxas calls: a division by Newton's method of the wider kind.
    return setMath(step, Math::IntegerMultiply, isWide ? 70 : 20, true);
  if (name == "popc" || name == "clz" || name == "brev" || name == "bfind")
    return setMath(step, Math::BitCount, isWide ? 2 : 1);
  if (name == "fns")
    return setMath(step, Math::Integer, 32, true);
  bool isProduct = llvm::StringSwitch<bool>(name)
                       .Cases({"mul", "mad", "madc", "mul24", "mad24"}, true)
                       .Cases({"dp4a", "dp2a"}, true)
                       .Default(false);
  if (isProduct)
    // 64 bits from 32-bit halves; .wide is one instruction.
    return setMath(step, Math::IntegerMultiply, isWide ? 4 : 1);
  setMath(step, Math::Integer, isWide ? 2 : 1);
}

/// Exact f32 and f64 division, reciprocal and root are short programs.
static bool setExact(Step &step, const Instruction &instruction, Math math) {
  StringRef name = instruction.mnemonic;
  if (name != "div" && name != "rcp" && name != "sqrt")
    return false;
  setMath(step, math, name == "div" ? 10 : 8, true);
  return true;
}

static void setFloat(Step &step, const Instruction &instruction, Math math) {
  StringRef name = instruction.mnemonic;
  if (setExact(step, instruction, math))
    return;
  // Signs are the reader's.
  if (name == "neg" || name == "abs")
    return;
  bool isCompare = llvm::StringSwitch<bool>(name)
                       .Cases({"min", "max", "setp", "set"}, true)
                       .Cases({"testp", "copysign"}, true)
                       .Default(false);
  if (isCompare && math == Math::Fp32)
    math = Math::Integer;
  bool isPair = has(instruction, "f32x2");
  setMath(step, math, isPair ? 2 : 1);
}

static void setConvert(Step &step, const Instruction &instruction) {
  bool isFloat = false, isFromHalf = false;
  for (StringRef qualifier : instruction.qualifiers)
    if (std::optional<Type> type = ptx::parseType(qualifier)) {
      ptx::TypeKind kind = ptx::getKind(*type);
      isFloat |= kind == ptx::TypeKind::Float || kind == ptx::TypeKind::Other;
    }
  if (instruction.qualifiers.size() >= 2) {
    StringRef from = instruction.qualifiers.back(),
              to = instruction.qualifiers[instruction.qualifiers.size() - 2];
    isFromHalf = to == "f32" && (from == "f16" || from == "bf16");
  }
  if (!isFloat)
    setMath(step, Math::Integer);
  else if (getBits(instruction) > 32)
    setMath(step, Math::ConvertWide);
  else
    setMath(step, isFromHalf ? Math::Half : Math::Convert);
}

static void setAccess(Step &step, const Instruction &instruction) {
  StringRef name = instruction.mnemonic;
  bool isParameter = false, isUncached = false, isStrong = false;
  for (StringRef qualifier : instruction.qualifiers) {
    isParameter |= qualifier.starts_with("param");
    isUncached |= qualifier == "cg" || qualifier == "cv";
    isStrong |= llvm::StringSwitch<bool>(qualifier)
                    .Cases({"volatile", "relaxed"}, true)
                    .Cases({"acquire", "mmio"}, true)
                    .Default(false);
  }
  bool isHint = llvm::StringSwitch<bool>(name)
                    .Cases({"prefetch", "prefetchu"}, true)
                    .Cases({"applypriority", "createpolicy"}, true)
                    .Default(false);
  if (isHint)
    return setMath(step, Math::Integer);
  // Parameters are operands from the constant bank, or registers of a call.
  if (isParameter)
    return;
  step.role = Role::Access;
  step.usesL1 = !isUncached && !isStrong;
  step.isPoll = name == "ld" && isStrong;
}

static void setAsync(Step &step, const Instruction &instruction,
                     const Operation &operation) {
  bool isMatrix = instruction.mnemonic == "wgmma",
       isBulk = has(instruction, "bulk");
  step.pending = static_cast<int32_t>(operation.immediate);
  if (has(instruction, "commit_group")) {
    step.role = isMatrix ? Role::CommitMatrix
                : isBulk ? Role::CommitBulk
                         : Role::CommitCopies;
  } else if (has(instruction, "wait_group") || has(instruction, "wait_all")) {
    step.role = isMatrix ? Role::WaitMatrix
                : isBulk ? Role::WaitBulk
                         : Role::WaitCopies;
    step.isForReads = has(instruction, "read");
  } else if (isMatrix || has(instruction, "prefetch")) {
    setMath(step, Math::Integer);
  } else if (has(instruction, "mbarrier")) {
    step.role = Role::Synchronise;
  } else if (instruction.mnemonic != "cp" && !isMatrix) {
    // st.async, red.async: stores that an mbarrier learns of.
    step.role = Role::Access;
  } else if (isBulk) {
    step.role = Role::Bulk;
  } else {
    step.role = Role::Copy;
    step.usesL1 = has(instruction, "ca");
  }
}

static void setMatrix(Step &step, const Instruction &instruction,
                      const Operation &operation) {
  MatrixProduct product = MatrixProduct::decode(operation);
  const layout::MatrixShape &shape = product.shape;
  step.matrix = product.a == Type::F64    ? MatrixKind::Fp64
                : product.a == Type::TF32 ? MatrixKind::Tf32
                : product.a == Type::F16 || product.a == Type::BF16
                    ? MatrixKind::Half
                    : MatrixKind::Byte;
  step.flop = 2 * shape.m * shape.n * shape.k;
  step.role = Role::Matrix;
  if (instruction.mnemonic != "wgmma")
    return;
  step.role = Role::AsyncMatrix;
  // The group reads B once; each warp its rows of A.
  constexpr unsigned kWarpsInGroup = 4, kWavefront = 128;
  unsigned bits = ptx::getBitWidth(product.a);
  unsigned elements = shape.n * shape.k / kWarpsInGroup +
                      (product.isAShared ? shape.m * shape.k : 0);
  step.sharedWavefronts = elements * bits / 8 / kWavefront;
}

static void setWarp(Step &step, const Instruction &instruction) {
  StringRef name = instruction.mnemonic;
  setMath(step, name == "shfl" || name == "movmatrix" ? Math::Shuffle
                : name == "redux"                     ? Math::Reduction
                                                      : Math::Vote);
}

static void setBarrier(Step &step, const Instruction &instruction) {
  StringRef name = instruction.mnemonic;
  bool isFence = name == "fence" || name == "membar";
  bool isOfWarp = has(instruction, "warp");
  bool isCount = has(instruction, "pending_count");
  if (isFence || isOfWarp || isCount)
    return setMath(step, Math::Vote);
  step.role = Role::Synchronise;
  step.isPoll = has(instruction, "try_wait") || has(instruction, "test_wait");
}

static void setControl(Step &step, const Instruction &instruction) {
  bool jumps = llvm::StringSwitch<bool>(instruction.mnemonic)
                   .Cases({"bra", "brx", "call", "ret", "exit"}, true)
                   .Default(false);
  if (!jumps)
    return setMath(step, Math::Integer);
  step.role = Role::Branch;
  step.math = Math::Branch;
}

static void setRole(Step &step, const Instruction &instruction,
                    const Operation &operation) {
  switch (operation.which) {
  case Class::Move:
    return;
  case Class::Integer:
    return setInteger(step, instruction);
  case Class::Float32:
    return setFloat(step, instruction, Math::Fp32);
  case Class::Float64:
    return setFloat(step, instruction, Math::Fp64);
  case Class::Half:
    return setFloat(step, instruction, Math::Half);
  case Class::Special:
    return setMath(step, Math::Special,
                   instruction.qualifiers.back().ends_with("x2") ? 2 : 1);
  case Class::Convert:
    return setConvert(step, instruction);
  case Class::Memory:
    return setAccess(step, instruction);
  case Class::Atomic:
    step.role = Role::Access;
    step.isPoll = has(instruction, "cas") || has(instruction, "exch");
    return;
  case Class::Async:
    return setAsync(step, instruction, operation);
  case Class::Matrix:
    return setMatrix(step, instruction, operation);
  case Class::Warp:
    return setWarp(step, instruction);
  case Class::Barrier:
    return setBarrier(step, instruction);
  case Class::Control:
    return setControl(step, instruction);
  }
}

Step sim::makeStep(const Operation &operation, uint32_t firstRegister) {
  Step step;
  if (!operation.source)
    return step;
  step.instruction = operation.source;
  setRole(step, *operation.source, operation);
  for (auto [i, row] : llvm::enumerate(operation.rows)) {
    if (i >= operation.destinations)
      step.sources.push_back(firstRegister + row);
    // What wgmma makes is there after a wait, and nobody may look before.
    else if (step.role != Role::AsyncMatrix)
      step.destinations.push_back(firstRegister + row);
  }
  if (operation.guard != kNoRow)
    step.sources.push_back(firstRegister + operation.guard);
  return step;
}
