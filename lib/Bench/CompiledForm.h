//===- CompiledForm.h - A form of a recurrence, compiled --------*- C++ -*-===//

#ifndef SLUICE_LIB_BENCH_COMPILEDFORM_H
#define SLUICE_LIB_BENCH_COMPILEDFORM_H

#include "lib/Compiler/Cache.h"
#include <optional>

namespace sluice::bench {

struct CompiledForm {
  /// Tokens of a chunk; 0: the step form.
  int64_t chunk = 0;
  runtime::Artifact artifact;
  /// None where the artifact was found in the cache.
  std::optional<double> seconds;
};

llvm::Expected<CompiledForm>
compileForm(delta::RecurrenceOp op, const compiler::CompileOptions &options,
            const compiler::ArtifactCache &cache);

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_COMPILEDFORM_H
