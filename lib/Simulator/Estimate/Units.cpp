//===- Units.cpp - what the warps of an SM share --------------------------===//

#include "lib/Simulator/Estimate/Units.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"

using namespace sluice::sim;
using namespace sluice::sim::estimate;

llvm::StringRef estimate::getName(Resource resource) {
  switch (resource) {
  case Resource::IssueSlots:
    return "issue slots";
  case Resource::Fp32Unit:
    return "FP32 unit";
  case Resource::IntegerUnit:
    return "integer unit";
  case Resource::Fp64Unit:
    return "FP64 unit";
  case Resource::SpecialUnit:
    return "special-function unit";
  case Resource::TensorCores:
    return "tensor cores";
  case Resource::AccessUnit:
    return "load/store unit";
  case Resource::SharedMemory:
    return "shared memory and L1 wavefronts";
  case Resource::L2:
    return "L2";
  case Resource::DeviceMemory:
    return "device memory";
  case Resource::BulkUnit:
    return "TMA unit";
  }
  llvm_unreachable("a resource");
}

llvm::StringRef estimate::getName(Stall stall) {
  switch (stall) {
  case Stall::Math:
    return "math dependency";
  case Stall::Product:
    return "mma dependency";
  case Stall::SharedLoad:
    return "shared load";
  case Stall::GlobalLoad:
    return "global load";
  case Stall::Branch:
    return "branch";
  case Stall::Barrier:
    return "barrier";
  case Stall::ClusterBarrier:
    return "cluster barrier";
  case Stall::Mbarrier:
    return "mbarrier wait";
  case Stall::Copies:
    return "async copies";
  case Stall::AsyncProduct:
    return "wgmma wait";
  case Stall::Unit:
    return "unit busy";
  case Stall::Memory:
    return "memory queue";
  case Stall::NotSelected:
    return "not selected";
  }
  llvm_unreachable("a stall");
}

Slots::Span Slots::take(double time, uint64_t count, double spacing) {
  Span span;
  double wanted = time;
  uint64_t next = 0;
  for (uint64_t i = 0; i < count; ++i, wanted += spacing) {
    span.last = takeFirst(std::max(next, toCycle(wanted)));
    next = span.last + 1;
    if (i == 0)
      span.first = span.last;
  }
  busy += count;
  end = std::max(end, next);
  return span;
}

uint64_t Slots::takeFirst(uint64_t cycle) {
  cycle = std::max(cycle, firstWord * kBits);
  uint64_t word = cycle / kBits - firstWord;
  uint64_t before = (uint64_t(1) << cycle % kBits) - 1;
  for (;; ++word, before = 0) {
    if (word >= words.size())
      words.resize(word + 1);
    if (uint64_t taken = words[word] | before; ~taken) {
      unsigned bit = llvm::countr_one(taken);
      words[word] |= uint64_t(1) << bit;
      return (firstWord + word) * kBits + bit;
    }
  }
}

void Slots::forget(uint64_t time) {
  while (!words.empty() && firstWord < time / kBits) {
    words.pop_front();
    ++firstWord;
  }
  if (words.empty())
    firstWord = std::max(firstWord, time / kBits);
}

/// From Hopper on the integer unit makes f32 of integers (I2FP in SASS).
static bool isFromIntegerSpecial(const Chip &chip) { return chip.target < 90; }

Server &SubCore::getPipe(const Chip &chip, Math math) {
  switch (math) {
  // Integer products take the way of FP32 (Abdelkhalik et al. 2022).
  case Math::Fp32:
  case Math::IntegerMultiply:
  case Math::Half:
    return fma;
  case Math::Integer:
  case Math::Pack:
  case Math::Vote:
  case Math::Branch:
    return integer;
  case Math::Add:
    return fma.getFree() < integer.getFree() ? fma : integer;
  case Math::FromInteger:
    return isFromIntegerSpecial(chip) ? special : integer;
  case Math::Fp64:
    return fp64;
  case Math::Special:
  case Math::Convert:
  case Math::ConvertWide:
  case Math::BitCount:
  case Math::Reduction:
    return special;
  case Math::Shuffle:
    break;
  }
  llvm_unreachable("shuffles go through the load/store unit");
}

Pipe estimate::getPipe(const Chip &chip, const Step &step) {
  if (step.role != Role::Math)
    return Pipe::Other;
  switch (step.math) {
  case Math::Fp32:
  case Math::IntegerMultiply:
  case Math::Half:
    return Pipe::Fma;
  case Math::Integer:
  case Math::Pack:
  case Math::Vote:
    return Pipe::Integer;
  case Math::FromInteger:
    return isFromIntegerSpecial(chip) ? Pipe::Other : Pipe::Integer;
  case Math::Add:
    return Pipe::Any;
  default:
    return Pipe::Other;
  }
}

double estimate::getDistance(const Chip &chip, Pipe from, Pipe to,
                             bool isGuard) {
  if (from == Pipe::Other)
    return 0;
  if (isGuard)
    return chip.guardLatency - chip.mathLatency;
  bool isNear =
      from == to || (from == Pipe::Any && to != Pipe::Other) || to == Pipe::Any;
  return isNear ? 0 : chip.otherPipeLatency - chip.mathLatency;
}

static double getLanes(const Chip &chip, Math math) {
  switch (math) {
  case Math::Fp32:
    return chip.fp32;
  case Math::Integer:
  case Math::Add:
    return chip.integer;
  case Math::IntegerMultiply:
    return chip.integerMultiply;
  case Math::Half:
    return chip.half;
  case Math::Fp64:
    return chip.fp64;
  case Math::Special:
    return chip.special;
  case Math::Pack:
    return chip.pack;
  case Math::FromInteger:
    return chip.fromInteger;
  case Math::Convert:
    return chip.convert;
  case Math::ConvertWide:
    return chip.convertWide;
  case Math::BitCount:
    return chip.bitCount;
  case Math::Shuffle:
    return chip.shuffle;
  case Math::Vote:
    return chip.vote;
  case Math::Reduction:
    return chip.reduction;
  case Math::Branch:
    return chip.branch;
  }
  llvm_unreachable("a row of the table");
}

double estimate::getCycles(const Chip &chip, Math math) {
  constexpr double kWarp = 32;
  return kWarp * chip.subCores / getLanes(chip, math);
}

double estimate::getLatency(const Chip &chip, Math math) {
  switch (math) {
  case Math::Fp64:
    return chip.fp64Latency;
  case Math::FromInteger:
    return isFromIntegerSpecial(chip) ? chip.specialLatency : chip.mathLatency;
  case Math::Special:
  case Math::Convert:
  case Math::ConvertWide:
  case Math::BitCount:
    return chip.specialLatency;
  case Math::Reduction:
    return chip.reductionLatency;
  case Math::Shuffle:
    return chip.shuffleLatency;
  default:
    return chip.mathLatency;
  }
}

double estimate::getMatrixCycles(const Chip &chip, const Step &step) {
  double flop = step.matrix == MatrixKind::Half   ? chip.tensorHalf
                : step.matrix == MatrixKind::Tf32 ? chip.tensorTf32
                : step.matrix == MatrixKind::Byte ? chip.tensorByte
                                                  : chip.tensorFp64;
  // Power holds down what comes nearest to the peak, so the smaller counts.
  double share = chip.tensorSustained;
  if (step.role == Role::Matrix)
    share = std::min(share, chip.mmaShare);
  return step.flop * chip.subCores / (flop * share);
}
