//===- ValueForms.h - rows of the instruction table: values -----*- C++ -*-===//
//
// Instructions from rows to rows: their operations have `compute`.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFORMS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFORMS_H

#include "lib/PTX/Form.h"

namespace sluice::sim {

llvm::ArrayRef<ptx::Form> getIntegerForms();
/// add.cc, addc, …: they go through the condition-code register.
llvm::ArrayRef<ptx::Form> getCarryForms();
llvm::ArrayRef<ptx::Form> getBitForms();
llvm::ArrayRef<ptx::Form> getLogicForms();
/// setp, set, selp, slct.
llvm::ArrayRef<ptx::Form> getCompareForms();
/// f32, f64 and f32x2, without the approximate functions.
llvm::ArrayRef<ptx::Form> getFloatForms();
llvm::ArrayRef<ptx::Form> getSpecialForms();
llvm::ArrayRef<ptx::Form> getHalfForms();
llvm::ArrayRef<ptx::Form> getConvertForms();
llvm::ArrayRef<ptx::Form> getMoveForms();
/// vadd, vset4, …
llvm::ArrayRef<ptx::Form> getVideoForms();

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFORMS_H
