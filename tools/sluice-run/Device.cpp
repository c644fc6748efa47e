//===- Device.cpp - Where a problem is run --------------------------------===//

#include "tools/sluice-run/Device.h"

#include "lib/Compiler/ChunkForm.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

Expected<Device> tool::parseDevice(StringRef name) {
  if (name == "cpu")
    return Device::CPU;
  if (name == "reference")
    return Device::Reference;
  bool isKnown = name == "sim" || name == "cuda";
  return createStringError(
      inconvertibleErrorCode(),
      (isKnown ? "--device=" + name + " is not available in this build"
               : "no device '" + name + "'") +
          ", only cpu and reference are");
}

Expected<runtime::Results>
tool::runOnCPU(delta::RecurrenceOp op, const runtime::Problem &problem,
               const compiler::CompileOptions &options,
               const compiler::ArtifactCache &cache, unsigned threads,
               StageTimes &times) {
  bool isCached = false;
  Clock::time_point start = Clock::now();
  Expected<runtime::Artifact> artifact = cache.compile(op, options, &isCached);
  if (!artifact)
    return artifact.takeError();
  times.add(isCached ? "cached" : "compile", secondsSince(start));
  runtime::CPUDevice device(threads);
  auto loaded = times.measure("load", [&] {
    return runtime::LoadedArtifact::load(device, std::move(*artifact));
  });
  if (!loaded)
    return loaded.takeError();
  ProgressLine line("running");
  return times.measure("run", [&] {
    return runtime::runArtifact(
        **loaded, problem, [&](double fraction) { line.update(fraction); });
  });
}

Expected<runtime::Results> tool::runOnReference(delta::RecurrenceOp op,
                                                const runtime::Problem &problem,
                                                int64_t chunk,
                                                StageTimes &times) {
  ProgressLine line("running");
  auto progress = [&](double fraction) { line.update(fraction); };
  if (chunk == 0)
    return times.measure(
        "run", [&] { return reference::interpret(op, problem, progress); });
  Expected<compiler::ChunkForm> form = times.measure("derive", [&] {
    return compiler::deriveChunkForm(op, problem.sizes["K"], problem.sizes["V"],
                                     chunk);
  });
  if (!form)
    return form.takeError();
  return times.measure("run", [&] {
    return reference::interpretChunks(form->scan, problem, progress);
  });
}
