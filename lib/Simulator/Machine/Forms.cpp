//===- Forms.cpp - all families -------------------------------------------===//

#include "lib/Simulator/Execute/Async/Bulk.h"
#include "lib/Simulator/Execute/Collective/Collective.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Execute/ValueForms.h"

using namespace sluice;

llvm::ArrayRef<ptx::Form> sim::getForms() {
  static const std::vector<ptx::Form> all = [] {
    std::vector<ptx::Form> forms;
    for (llvm::ArrayRef<ptx::Form> family :
         {getMoveForms(),        getIntegerForms(),   getCarryForms(),
          getBitForms(),         getLogicForms(),     getCompareForms(),
          getFloatForms(),       getSpecialForms(),   getHalfForms(),
          getConvertForms(),     getVideoForms(),     getMemoryForms(),
          getMemoryRangeForms(), getStackForms(),     getAddressForms(),
          getAtomicForms(),      getControlForms(),   getBarrierForms(),
          getWarpForms(),        getClusterForms(),   getMbarrierForms(),
          getAsyncCopyForms(),   getBulkForms(),      getAsyncStoreForms(),
          getTensorForms(),      getTensorMapForms(), getTensorMapFenceForms(),
          getMatrixForms()})
      llvm::append_range(forms, family);
    return forms;
  }();
  return all;
}
