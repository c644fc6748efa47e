//===- RunSpec.h - A spec's code over a problem -----------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_COMPILER_RUNSPEC_H
#define SLUICE_TEST_UNIT_COMPILER_RUNSPEC_H

#include "lib/Compiler/Compile.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"

namespace sluice::test {

/// Compiles the spec and runs it on one thread, in chunks or (0) token by
/// token.
inline runtime::Results runSpec(delta::RecurrenceOp op,
                                const runtime::Problem &problem, int64_t chunk,
                                const target::Cpu *target = nullptr) {
  compiler::CompileOptions options = compiler::getCompileOptions(problem);
  options.chunk = chunk;
  options.target = target;
  runtime::CPUDevice device(/*threads=*/1);
  auto loaded = llvm::cantFail(runtime::LoadedArtifact::load(
      device, llvm::cantFail(compiler::compile(op, options))));
  return llvm::cantFail(runtime::runArtifact(*loaded, problem));
}

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_COMPILER_RUNSPEC_H
