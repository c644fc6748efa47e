//===- CompiledForm.cpp - A form of a recurrence, compiled ----------------===//

#include "lib/Bench/CompiledForm.h"
#include <chrono>

using namespace llvm;
using namespace sluice;

Expected<bench::CompiledForm>
bench::compileForm(delta::RecurrenceOp op,
                   const compiler::CompileOptions &options,
                   const compiler::ArtifactCache &cache) {
  using Clock = std::chrono::steady_clock;
  CompiledForm compiled;
  compiled.chunk = options.chunk;
  bool isCached = false;
  Clock::time_point start = Clock::now();
  if (Error error =
          cache.compile(op, options, &isCached).moveInto(compiled.artifact))
    return std::move(error);
  if (!isCached)
    compiled.seconds =
        std::chrono::duration<double>(Clock::now() - start).count();
  return compiled;
}
