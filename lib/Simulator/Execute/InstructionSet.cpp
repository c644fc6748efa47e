//===- InstructionSet.cpp - the instructions of PTX -----------------------===//

#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Execute/Async/Bulk.h"
#include "lib/Simulator/Execute/Collective/Collective.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Execute/Perturb.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Execute/ValueForms.h"

using namespace sluice;
using namespace sluice::sim;

namespace {
class Instructions final : public InstructionSet {
public:
  Instructions() {
    for (llvm::ArrayRef<InstructionDecoder> family :
         {getMoveDecoders(),           getIntegerDecoders(),
          getCarryDecoders(),          getBitDecoders(),
          getLogicDecoders(),          getCompareDecoders(),
          getFloatDecoders(),          getSpecialDecoders(),
          getHalfDecoders(),           getConvertDecoders(),
          getVideoDecoders(),          getMemoryDecoders(),
          getMemoryRangeDecoders(),    getStackDecoders(),
          getAddressDecoders(),        getAtomicDecoders(),
          getControlDecoders(),        getBarrierDecoders(),
          getWarpDecoders(),           getClusterDecoders(),
          getMbarrierDecoders(),       getAsyncCopyDecoders(),
          getBulkDecoders(),           getAsyncStoreDecoders(),
          getTensorDecoders(),         getTensorMapDecoders(),
          getTensorMapFenceDecoders(), getMmaDecoders(),
          getMatrixMoveDecoders(),     getWmmaDecoders(),
          getWgmmaDecoders()})
      llvm::append_range(decoders, family);
  }

  llvm::ArrayRef<InstructionDecoder> getDecoders() const override {
    return decoders;
  }
  Flow returnFromFunction(Warp &warp, Mask lanes) const override {
    return sim::returnFromFunction(warp, lanes);
  }
  void checkExit(Warp &warp, Mask lanes) const override {
    sim::checkExit(warp, lanes);
  }
  void checkRest(Warp &warp) const override { checkProductReads(warp); }
  void perturb(Program &program) const override {
    perturbApproximations(program);
  }

private:
  std::vector<InstructionDecoder> decoders;
};
} // namespace

const InstructionSet &sim::getInstructionSet() {
  static const Instructions instructions;
  return instructions;
}
