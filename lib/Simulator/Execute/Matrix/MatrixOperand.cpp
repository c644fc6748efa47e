//===- MatrixOperand.cpp - what a warp reads of shared memory -------------===//

#include "lib/Simulator/Execute/Matrix/MatrixOperand.h"
#include <algorithm>

using namespace sluice::layout;
using namespace sluice::sim;

MatrixOperand::MatrixOperand(const MatrixPart &part) : part(part) {
  bool isK = part.major == MatrixMajor::K;
  unsigned coreMN = part.getCoreMN(), coreK = part.getCoreK();
  unsigned endMN = part.firstMN + part.numMN;
  for (unsigned mn = part.firstMN; mn < endMN; mn += coreMN)
    for (unsigned k = 0; k < part.depth; k += coreK)
      cores.push_back(getCoreOffsets(part.descriptor, part.major, isK ? mn : k,
                                     isK ? k / coreK : mn / coreMN));
  first = ~0u;
  for (const CoreOffsets &core : cores)
    for (uint32_t offset : core.granules) {
      first = std::min(first, offset);
      last = std::max(last, offset);
      uint32_t block = offset / kGranuleSetBytes * kGranuleSetBytes;
      if (granules.empty() || granules.back().address != block)
        granules.push_back({block, 0});
      granules.back().granules |= uint64_t(1)
                                  << offset % kGranuleSetBytes / kGranuleBytes;
    }
}

const MatrixOperand &MatrixOperands::get(const MatrixPart &part) {
  uint32_t key = part.descriptor.start / kGranuleBytes + (part.firstMN << 14);
  unsigned slot = (key * 0x9e3779b1u) >> (32 - kSlotBits);
  std::unique_ptr<MatrixOperand> &operand = slots[slot];
  if (!operand || operand->part != part)
    operand = std::make_unique<MatrixOperand>(part);
  return *operand;
}
