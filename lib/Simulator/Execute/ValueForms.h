//===- ValueForms.h - decoders of value instructions ------------*- C++ -*-===//
//
// Instructions from rows to rows: their operations have `compute`.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFORMS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFORMS_H

#include "lib/Simulator/Machine/InstructionSet.h"

namespace sluice::sim {

llvm::ArrayRef<InstructionDecoder> getIntegerDecoders();
/// add.cc, addc, …: they go through the condition-code register.
llvm::ArrayRef<InstructionDecoder> getCarryDecoders();
llvm::ArrayRef<InstructionDecoder> getBitDecoders();
llvm::ArrayRef<InstructionDecoder> getLogicDecoders();
/// setp, set, selp, slct.
llvm::ArrayRef<InstructionDecoder> getCompareDecoders();
/// f32, f64 and f32x2, without the approximate functions.
llvm::ArrayRef<InstructionDecoder> getFloatDecoders();
llvm::ArrayRef<InstructionDecoder> getSpecialDecoders();
llvm::ArrayRef<InstructionDecoder> getHalfDecoders();
llvm::ArrayRef<InstructionDecoder> getConvertDecoders();
llvm::ArrayRef<InstructionDecoder> getMoveDecoders();
/// vadd, vset4, …
llvm::ArrayRef<InstructionDecoder> getVideoDecoders();

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFORMS_H
