//===- Cost.cpp - what instructions count as, and what runs them ----------===//

#include "lib/PTX/Cost.h"
#include "llvm/Support/ErrorHandling.h"

using namespace sluice;
using namespace sluice::ptx;

llvm::StringRef ptx::getName(Class which) {
  switch (which) {
  case Class::Move:
    return "move";
  case Class::Integer:
    return "integer";
  case Class::Float32:
    return "float32";
  case Class::Float64:
    return "float64";
  case Class::Half:
    return "half";
  case Class::Special:
    return "special";
  case Class::Convert:
    return "convert";
  case Class::Memory:
    return "memory";
  case Class::Atomic:
    return "atomic";
  case Class::Async:
    return "async";
  case Class::Matrix:
    return "matrix";
  case Class::Warp:
    return "warp";
  case Class::Barrier:
    return "barrier";
  case Class::Control:
    return "control";
  }
  llvm_unreachable("not a class");
}

llvm::StringRef ptx::getName(Unit unit) {
  switch (unit) {
  case Unit::Fp32:
    return "fp32";
  case Unit::Integer:
    return "integer";
  case Unit::Add:
    return "integer or fp32";
  case Unit::IntegerMultiply:
    return "integer multiply";
  case Unit::Half:
    return "half";
  case Unit::Fp64:
    return "fp64";
  case Unit::Special:
    return "special function";
  case Unit::Pack:
    return "pack";
  case Unit::FromInteger:
    return "convert from integer";
  case Unit::Convert:
    return "convert";
  case Unit::ConvertWide:
    return "convert wide";
  case Unit::BitCount:
    return "bit count";
  case Unit::Shuffle:
    return "shuffle";
  case Unit::Vote:
    return "vote";
  case Unit::Reduction:
    return "reduction";
  case Unit::Branch:
    return "branch";
  }
  llvm_unreachable("a unit");
}

/// Branches have a unit, too; what else is not arithmetic has none that counts.
static constexpr Unit getUnit(Role role) {
  return role == Role::Branch ? Unit::Branch : Unit::Integer;
}

const CostRow &ptx::getRow(Cost cost) {
  static constexpr CostRow kRows[] = {
#define SLUICE_PTX_MATH(Name, Main, count, Wide, wideCount, order)             \
  {Role::Math, Unit::Main,     Unit::Wide,       count,                        \
   wideCount,  CostRow::order, CostRow::NoFlags, ""},
#define SLUICE_PTX_ROLE(Name, Which, flags, text)                              \
  {Role::Which, getUnit(Role::Which), getUnit(Role::Which), 1,                 \
   1,           CostRow::Pipelined,   CostRow::flags,       text},
#include "lib/PTX/Costs.def"
  };
  return kRows[static_cast<size_t>(cost)];
}
