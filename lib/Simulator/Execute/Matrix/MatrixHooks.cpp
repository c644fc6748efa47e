//===- MatrixHooks.cpp - what the machine keeps for wgmma -----------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Grid.h"

using namespace sluice::sim;

MatrixInFlight *sluice::sim::getMatrixInFlight(Warp &warp) {
  bool check = warp.getCta().getGrid().getOptions().check;
  return check ? &warp.products : nullptr;
}
