//===- ExecuteForms.h - decoders that need the machine ----------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_EXECUTEFORMS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_EXECUTEFORMS_H

#include "lib/Simulator/Machine/Decoder.h"
#include "lib/Simulator/Machine/InstructionSet.h"
#include <cstring>

namespace sluice::sim {

llvm::ArrayRef<InstructionDecoder> getMemoryDecoders();
llvm::ArrayRef<InstructionDecoder> getAddressDecoders();
/// discard, st.bulk.
llvm::ArrayRef<InstructionDecoder> getMemoryRangeDecoders();
/// alloca, stacksave, stackrestore.
llvm::ArrayRef<InstructionDecoder> getStackDecoders();
llvm::ArrayRef<InstructionDecoder> getControlDecoders();
llvm::ArrayRef<InstructionDecoder> getBarrierDecoders();
llvm::ArrayRef<InstructionDecoder> getAsyncCopyDecoders();
llvm::ArrayRef<InstructionDecoder> getMbarrierDecoders();
llvm::ArrayRef<InstructionDecoder> getClusterDecoders();

/// mov from a special register that changes while a warp runs (%clock): true if
/// the operation is decoded.
bool decodeChangingSpecial(Decoder &decoder);

/// The lanes return from the path's function, with its results.
Flow returnFromFunction(Warp &warp, Mask active);

/// What a family keeps in an operation's `detail`.
template <typename T> void setDetail(Operation &operation, const T &value) {
  static_assert(sizeof(T) <= sizeof(operation.detail));
  std::memcpy(operation.detail, &value, sizeof(T));
}
template <typename T> T getDetail(const Operation &operation) {
  T value;
  std::memcpy(&value, operation.detail, sizeof(T));
  return value;
}

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_EXECUTEFORMS_H
