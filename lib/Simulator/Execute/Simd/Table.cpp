//===- Table.cpp - the loops of one instruction set -----------------------===//

#include "lib/Simulator/Execute/Simd/Lanes.h"

namespace sluice::sim::SLUICE_SIMD {

extern const ValueHandler kHandlers[];
const ValueHandler kHandlers[] = {
#define SLUICE_VALUE_OP(Name) Name,
#include "lib/Simulator/Execute/ValueOps.def"
};

} // namespace sluice::sim::SLUICE_SIMD
