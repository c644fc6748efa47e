//===- TileRun.h - generated steps as kernels, compared ---------*- C++ -*-===//
//
// Kernels for a GPU after each pass, by their meaning, and as PTX in the
// simulator.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_TILERUN_H
#define SLUICE_TEST_UNIT_GENERATOR_TILERUN_H

#include "dialects/Tile/TileOps.h"
#include "lib/Compiler/Compile.h"
#include "test/unit/Generator/StepData.h"

namespace sluice::delta {

/// Fails where the relative RMS error of a result is above `bar`.
void expectNear(const runtime::Results &results,
                const runtime::Results &expected, double bar);
void expectSameBits(const runtime::Results &results,
                    const runtime::Results &expected);

/// Interprets the kernel of a module's recurrence after each pass; `look` gets
/// to see the last. Returns false where shared memory is too small for it.
bool expectMeaning(mlir::ModuleOp module, const runtime::Problem &problem,
                   const compiler::CompileOptions &options,
                   const runtime::Results &expected, double bar,
                   llvm::function_ref<void(tile::KernelOp)> look = {});

/// The results of an artifact in the simulator, where nothing may be found.
llvm::Expected<runtime::Results> simulate(StepData &data,
                                          runtime::Artifact artifact,
                                          uint64_t seed, bool inPlace);

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_TILERUN_H
