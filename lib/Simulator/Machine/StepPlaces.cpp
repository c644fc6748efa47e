//===- StepPlaces.cpp - how far a compiler may move an instruction --------===//

#include "lib/Simulator/Machine/Steps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using estimate::Place;
using estimate::Spaces;
using estimate::Step;
using llvm::StringRef;
using ptx::Class;
using ptx::Instruction;

static bool has(const Instruction &instruction, StringRef qualifier) {
  return llvm::is_contained(instruction.qualifiers, qualifier);
}

/// Any, of a generic address.
static Spaces getSpaces(const Instruction &instruction) {
  Spaces spaces = 0;
  for (StringRef qualifier : instruction.qualifiers)
    spaces |= llvm::StringSwitch<Spaces>(qualifier)
                  .Cases({"shared", "shared::cta", "shared::cluster"},
                         estimate::kShared)
                  .Case("global", estimate::kGlobal)
                  .Case("local", estimate::kLocal)
                  .Default(0);
  return spaces ? spaces : estimate::kAnySpace;
}

/// Others' accesses are ordered by it.
static bool isSynchronising(const Instruction &instruction) {
  return llvm::any_of(instruction.qualifiers, [](StringRef qualifier) {
    return llvm::StringSwitch<bool>(qualifier)
        .Cases({"acquire", "release", "acq_rel"}, true)
        .Cases({"sc", "mmio"}, true)
        .Default(false);
  });
}

/// Loads, stores, and what else has an address; not atomics.
static void setMemory(Place &place, const Instruction &instruction) {
  StringRef name = instruction.mnemonic;
  bool isHint = llvm::StringSwitch<bool>(name)
                    .Cases({"prefetch", "prefetchu"}, true)
                    .Cases({"applypriority", "createpolicy"}, true)
                    .Default(false);
  bool isParameter =
      llvm::any_of(instruction.qualifiers, [](StringRef qualifier) {
        return qualifier.starts_with("param");
      });
  // Nobody writes constants; the kernel does not write what it reads by .nc.
  bool isConstant = has(instruction, "const") || has(instruction, "nc");
  if (isHint || isParameter || isConstant)
    return;
  place.isFence |= isSynchronising(instruction);
  if (name.starts_with("ld") || has(instruction, "load")) {
    place.reads = getSpaces(instruction);
    return;
  }
  place.writes = getSpaces(instruction);
  place.isOrdered = true;
  place.isFence |= !name.starts_with("st") && !has(instruction, "store");
}

static void setAsync(Place &place, const Instruction &instruction,
                     const Step &step) {
  if (has(instruction, "prefetch"))
    return;
  bool isPlainCopy = step.role == estimate::Role::Copy,
       isCommit = step.role == estimate::Role::CommitCopies;
  place.isFence = !isPlainCopy && !isCommit;
  place.isOrdered = true;
  if (isPlainCopy) {
    place.reads = estimate::kGlobal;
    place.writes = estimate::kShared;
  }
}

static void setBarrier(Place &place, const Instruction &instruction) {
  if (has(instruction, "pending_count"))
    return;
  place.isFence = !has(instruction, "warp");
  // Between the lanes of a warp only memory is to be ordered.
  place.reads = place.writes = estimate::kAnySpace;
  place.isOrdered = true;
}

/// A clock is read where it stands.
static bool readsClock(const Instruction &instruction) {
  return llvm::any_of(instruction.operands, [](const ptx::Operand &operand) {
    return operand.kind == ptx::Operand::Kind::Special &&
           (operand.name.starts_with("%clock") ||
            operand.name.starts_with("%globaltimer"));
  });
}

Place sim::makePlace(const Operation &operation, const Step &step) {
  const Instruction &instruction = *operation.source;
  Place place;
  place.isGuarded = operation.guard != kNoRow;
  // A look at what others change; a product that goes on by itself.
  place.isFence = step.isPoll || step.role == estimate::Role::AsyncMatrix ||
                  readsClock(instruction);
  switch (operation.which) {
  case Class::Control:
    place.isFence = true;
    break;
  case Class::Memory:
    setMemory(place, instruction);
    break;
  case Class::Atomic:
    place.reads = place.writes = getSpaces(instruction);
    place.isOrdered = true;
    place.isFence |= isSynchronising(instruction);
    break;
  case Class::Async:
    setAsync(place, instruction, step);
    break;
  case Class::Barrier:
    setBarrier(place, instruction);
    break;
  case Class::Move:
  case Class::Integer:
  case Class::Float32:
  case Class::Float64:
  case Class::Half:
  case Class::Special:
  case Class::Convert:
  case Class::Matrix:
  case Class::Warp:
    break;
  }
  return place;
}
