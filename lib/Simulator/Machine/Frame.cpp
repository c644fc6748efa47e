//===- Frame.cpp - registers of a function, and what they hold at first ---===//

#include "lib/Simulator/Machine/Frame.h"
#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace sluice::sim;

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

static void setConstant(Frame &frame, Row row, unsigned bits, uint64_t value) {
  uint32_t *words = frame.words(row);
  if (bits == 1) {
    words[0] = value ? kAllLanes : 0;
  } else if (bits <= 32) {
    std::fill_n(words, kLanes, static_cast<uint32_t>(value));
  } else {
    auto *longs = reinterpret_cast<uint64_t *>(words);
    std::fill_n(longs, kLanes, value);
    if (bits > 64)
      std::fill_n(longs + kLanes, kLanes,
                  static_cast<int64_t>(value) < 0 ? ~uint64_t(0) : 0);
  }
  frame.poison[row] = 0;
}

static std::unique_ptr<Frame> makeNew(const Code &code) {
  auto frame = std::make_unique<Frame>();
  frame->code = &code;
  frame->rows.resize(code.numRows);
  frame->poison.assign(code.numRows, kAllLanes);
  for (const Code::Constant &constant : code.constants)
    setConstant(*frame, constant.row, constant.bits, constant.value);
  return frame;
}

/// As it was when it was new: only registers have changed.
static void reset(Frame &frame) {
  for (auto [row, bits] : frame.code->registers) {
    std::fill_n(frame.rows.begin() + row, getNumRows(bits), RowWords());
    frame.poison[row] = kAllLanes;
  }
  frame.halfPoison.clear();
}

FrameRef FramePool::take(const Code &code) {
  auto &known = idle[&code];
  std::unique_ptr<Frame> frame;
  if (known.empty()) {
    frame = makeNew(code);
  } else {
    frame = std::move(known.back());
    known.pop_back();
    reset(*frame);
  }
  return FrameRef(frame.release(), [this](Frame *used) {
    std::unique_ptr<Frame> owned(used);
    owned->caller = nullptr;
    idle[owned->code].push_back(std::move(owned));
  });
}

//===----------------------------------------------------------------------===//
// Special registers
//===----------------------------------------------------------------------===//

/// It is the same in all lanes.
static bool isOfWarp(SpecialRow special) {
  switch (special) {
  case SpecialRow::TidX:
  case SpecialRow::TidY:
  case SpecialRow::TidZ:
  case SpecialRow::LaneId:
  case SpecialRow::LanemaskEq:
  case SpecialRow::LanemaskLe:
  case SpecialRow::LanemaskLt:
  case SpecialRow::LanemaskGe:
  case SpecialRow::LanemaskGt:
    return false;
  default:
    return true;
  }
}

uint32_t Warp::getSpecial(SpecialRow special, unsigned lane) const {
  const LaunchOptions &options = cta->getGrid().getOptions();
  const Extent &block = options.block, &grid = options.grid,
               &cluster = options.cluster;
  uint32_t linear = index * kLanes + lane;
  const auto &place = cta->getIndex();
  unsigned rank = cta->getClusterRank();
  switch (special) {
  case SpecialRow::TidX:
    return linear % block.x;
  case SpecialRow::TidY:
    return linear / block.x % block.y;
  case SpecialRow::TidZ:
    return linear / block.x / block.y;
  case SpecialRow::NtidX:
    return block.x;
  case SpecialRow::NtidY:
    return block.y;
  case SpecialRow::NtidZ:
    return block.z;
  case SpecialRow::CtaidX:
    return place[0];
  case SpecialRow::CtaidY:
    return place[1];
  case SpecialRow::CtaidZ:
    return place[2];
  case SpecialRow::NctaidX:
    return grid.x;
  case SpecialRow::NctaidY:
    return grid.y;
  case SpecialRow::NctaidZ:
    return grid.z;
  case SpecialRow::LaneId:
    return lane;
  case SpecialRow::WarpId:
    return index;
  case SpecialRow::NumWarps:
    return (block.total() + kLanes - 1) / kLanes;
  case SpecialRow::LanemaskEq:
    return Mask(1) << lane;
  case SpecialRow::LanemaskLe:
    return (Mask(2) << lane) - 1;
  case SpecialRow::LanemaskLt:
    return (Mask(1) << lane) - 1;
  case SpecialRow::LanemaskGe:
    return ~((Mask(1) << lane) - 1);
  case SpecialRow::LanemaskGt:
    return ~((Mask(2) << lane) - 1);
  case SpecialRow::ClusterIdX:
    return place[0] / cluster.x;
  case SpecialRow::ClusterIdY:
    return place[1] / cluster.y;
  case SpecialRow::ClusterIdZ:
    return place[2] / cluster.z;
  case SpecialRow::NumClusterX:
    return grid.x / cluster.x;
  case SpecialRow::NumClusterY:
    return grid.y / cluster.y;
  case SpecialRow::NumClusterZ:
    return grid.z / cluster.z;
  case SpecialRow::ClusterCtaIdX:
    return place[0] % cluster.x;
  case SpecialRow::ClusterCtaIdY:
    return place[1] % cluster.y;
  case SpecialRow::ClusterCtaIdZ:
    return place[2] % cluster.z;
  case SpecialRow::ClusterNumCtaX:
    return cluster.x;
  case SpecialRow::ClusterNumCtaY:
    return cluster.y;
  case SpecialRow::ClusterNumCtaZ:
    return cluster.z;
  case SpecialRow::ClusterCtaRank:
    return rank;
  case SpecialRow::ClusterNumCtaRank:
    return cluster.total();
  case SpecialRow::DynamicSharedSize:
    return options.dynamicShared;
  case SpecialRow::TotalSharedSize:
    return cta->shared.bytes.size();
  case SpecialRow::SmId:
    return cta->getNumber() % Grid::kSms;
  case SpecialRow::NumSms:
    return Grid::kSms;
  case SpecialRow::IsExplicitCluster:
    return cluster.total() > 1 ? kAllLanes : 0;
  }
  llvm_unreachable("a special register");
}

//===----------------------------------------------------------------------===//
// A warp's frames
//===----------------------------------------------------------------------===//

bool Warp::growLocal(uint64_t place, uint64_t bytes) {
  // What a GPU has is half of that.
  constexpr uint64_t kMostLocal = 1 << 20;
  if (place > kMostLocal || bytes > kMostLocal - place)
    return false;
  uint64_t end = place + bytes;
  if (end <= localSize)
    return true;
  // Lane after lane: what is there moves.
  std::vector<uint8_t> newBytes(end * kLanes);
  std::vector<bool> written(end * kLanes);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    for (uint64_t i = 0; i < localSize; ++i) {
      newBytes[lane * end + i] = local[lane * localSize + i];
      written[lane * end + i] = localWritten[lane * localSize + i];
    }
  local = std::move(newBytes);
  localWritten = std::move(written);
  localSize = end;
  return true;
}

FrameRef Warp::makeFrame(const Code &code, uint64_t localBase) {
  Worker &worker = cta->getWorker();
  FrameRef frame = worker.frames.take(code);
  frame->counts = worker.getCounts(code);
  frame->depth = 0;
  frame->localBase = localBase;
  frame->parameters.assign(code.parameterBytes * kLanes, 0);
  frame->parametersWritten.assign(code.parameterBytes * kLanes, false);
  llvm::fill(frame->localTop, localBase + code.localBytes);
  growLocal(localBase, code.localBytes);
  for (const Code::Constant &constant : code.constants) {
    uint64_t base = 0;
    switch (constant.base) {
    case Code::Base::None:
      continue;
    case Code::Base::Shared:
      base = uint64_t(cta->getClusterRank()) << kSharedRankShift;
      break;
    case Code::Base::Local:
      base = localBase;
      break;
    case Code::Base::EntryParameters:
      base = cta->getGrid().getParameters();
      break;
    }
    setConstant(*frame, constant.row, constant.bits, base + constant.value);
  }
  for (auto [row, special] : code.specials) {
    uint32_t *words = frame->words(row), first = getSpecial(special, 0);
    // In a row of threads, as they nearly always are.
    bool isCounted =
        special == SpecialRow::TidX &&
        (index + 1) * kLanes <= cta->getGrid().getOptions().block.x;
    if (isCounted)
      std::iota(words, words + kLanes, first);
    else if (isOfWarp(special))
      std::fill_n(words, kLanes, first);
    else
      for (unsigned lane = 0; lane < kLanes; ++lane)
        words[lane] = getSpecial(special, lane);
    frame->poison[row] = 0;
  }
  return frame;
}
