//===- sluice-run.cpp - run a recurrence over tensors ---------------------===//

#include "dialects/Registration.h"
#include "lib/Compiler/SpecLoader.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/lib/Main.h"
#include "tools/sluice-run/List.h"
#include "tools/sluice-run/Options.h"
#include "tools/sluice-run/Run.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Parallel.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static Error list(const Options &options, mlir::MLIRContext &context) {
  bool isJSON = options.listing == Listing::JSON;
  if (options.spec.empty())
    return isJSON ? listVariantsAsJSON(context, outs())
                  : listVariants(context, outs());
  Expected<compiler::Spec> spec =
      compiler::loadSpec(context, options.spec, options.entry);
  if (!spec)
    return spec.takeError();
  if (isJSON)
    describeAsJSON(spec->op, outs());
  else
    describe(spec->op, outs());
  errs() << spec->warnings;
  return Error::success();
}

static Error describeCache(const Options &options) {
  const compiler::ArtifactCache &cache = options.cache;
  if (cache.getFolder().empty())
    return createStringError("there is no cache: neither XDG_CACHE_HOME nor "
                             "HOME is set");
  auto toMebibytes = [](uint64_t bytes) {
    return format("%.1f", static_cast<double>(bytes) / (1 << 20));
  };
  if (options.cacheAction == CacheAction::Info) {
    compiler::ArtifactCache::Info info = cache.getInfo();
    outs() << cache.getFolder() << ": " << info.files << " artifacts, "
           << toMebibytes(info.bytes) << " of " << (cache.getBound() >> 20)
           << " MiB\n";
    return Error::success();
  }
  Expected<compiler::ArtifactCache::Info> info = cache.clear();
  if (!info)
    return info.takeError();
  outs() << cache.getFolder() << ": removed " << info->files << " artifacts, "
         << toMebibytes(info->bytes) << " MiB\n";
  return Error::success();
}

static Expected<Verdict> run(int argc, char **argv) {
  Expected<Options> options = parseOptions(argc, argv);
  if (!options)
    return options.takeError();
  if (options->cacheAction != CacheAction::None) {
    if (Error error = describeCache(*options))
      return std::move(error);
    return Verdict::Right;
  }
  if (options->threads)
    parallel::strategy = hardware_concurrency(options->threads);
  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  if (options->listing == Listing::None)
    return runSpec(*options, context);
  if (Error error = list(*options, context))
    return std::move(error);
  return Verdict::Right;
}

int main(int argc, char **argv) {
  return runTool(argc, argv, "sluice-run", [&] { return run(argc, argv); });
}
