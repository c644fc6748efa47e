//===- ValueHandlers.h - loops over a warp's lanes --------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_VALUEHANDLERS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_VALUEHANDLERS_H

#include "lib/Simulator/Machine/Operation.h"

namespace sluice::sim {

enum class ValueOp : uint16_t {
#define SLUICE_VALUE_OP(Name) Name,
#include "lib/Simulator/Execute/ValueOps.def"
};

/// Instruction sets of the host that the loops are compiled for: baseline
/// x86-64 (or whatever else the host is), x86-64-v3, x86-64-v4.
enum class Simd : uint8_t { Baseline, V3, V4 };
/// Says whether this program has it and the host runs it.
bool isSupported(Simd simd);

/// The loop for the best instruction set of the host. All give the same bits.
/// Rows of two operands must be the same or apart.
ValueHandler getValueHandler(ValueOp op);
ValueHandler getValueHandler(ValueOp op, Simd simd);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_VALUEHANDLERS_H
