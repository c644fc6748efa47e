//===- SystemCalls.h - functions that the system has ------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_SYSTEMCALLS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_SYSTEMCALLS_H

#include "lib/Simulator/Machine/Decoder.h"

namespace sluice::sim {

/// vprintf and __assertfail; null for others.
Handler getSystemCall(llvm::StringRef name);
/// A .param variable of the function's frame, as calls hand them over; those of
/// an entry lie elsewhere.
bool isFrameParameter(Decoder &decoder, const ptx::Operand &operand);
/// The call's arguments as the handler wants them.
bool decodeSystemCall(Decoder &decoder);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_SYSTEMCALLS_H
