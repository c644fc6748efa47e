//===- Compile.h - From a spec to an artifact -------------------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_COMPILE_H
#define SLUICE_LIB_COMPILER_COMPILE_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/WYOps.h"
#include "lib/Runtime/Artifact.h"
#include "lib/Target/Cpu.h"
#include "lib/Target/Gpu.h"
#include "passes/ChooseSchedule/ChooseSchedule.h"

namespace sluice::compiler {

/// All that an artifact depends on beside the spec, the compiler and the
/// machine.
struct CompileOptions {
  int64_t keyDim = 128, valueDim = 128;
  /// F32, F16 or BF16 for every argument; states are F32.
  llvm::SmallVector<io::DType> argTypes;
  io::DType outputType = io::DType::F32;
  /// Tokens of a chunk; 0: the step form, token by token.
  int64_t chunk = 0;
  /// Sequences are cut every so many tokens, and joined exactly; 0: they are
  /// not. Excludes a schedule.
  int64_t segment = 0;
  /// Whose vectors, and default schedule, are taken, by code for this
  /// processor. Null: this processor.
  const target::Cpu *target = nullptr;
  /// The GPU that code is for, if it is not for a processor.
  const target::Gpu *gpu = nullptr;
  /// Of the products of a GPU's default schedule.
  Exactness exactness = Exactness::Automatic;
  /// Null: the default for the target.
  wy::ScheduleAttr schedule;
};

/// The sizes and types of a problem; the step form.
CompileOptions getCompileOptions(const runtime::Problem &problem);

/// The axis along which the transition of a segment is a matrix, or an error
/// that says why there is no such matrix.
llvm::Expected<delta::Axis> findTransitionAxis(delta::RecurrenceOp op);

/// Compiles a verified spec, or an error (a SpecError with its place where the
/// spec is the reason) that says why that is not possible.
llvm::Expected<runtime::Artifact> compile(delta::RecurrenceOp op,
                                          const CompileOptions &options);
/// The same of a chunk form, or a placement, that there is: the options' chunk,
/// sizes and segment are its own.
llvm::Expected<runtime::Artifact> compile(wy::ScanOp scan,
                                          const CompileOptions &options);
llvm::Expected<runtime::Artifact> compile(wy::PlacedOp placed,
                                          const CompileOptions &options);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_COMPILE_H
