//===- Device.cpp - Where a problem is run --------------------------------===//

#include "tools/sluice-run/Device.h"

#include "lib/Compiler/ChunkForm.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/CUDA/CudaDevice.h"
#include "lib/Runtime/Run.h"
#include "lib/Runtime/Sim/SimReport.h"
#include "lib/Support/Quote.h"
#include "tools/lib/Files.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static Expected<runtime::Artifact> getArtifact(const CodeSource &source,
                                               StageTimes &times) {
  if (!source.artifact.empty())
    return times.measure(
        "read", [&] { return runtime::readArtifact(source.artifact); });
  bool isCached = false;
  Clock::time_point start = Clock::now();
  Expected<runtime::Artifact> artifact =
      source.cache.compile(source.op, source.options, &isCached);
  times.add(isCached ? "cached" : "compile", secondsSince(start));
  return artifact;
}

static Expected<std::unique_ptr<runtime::LoadedArtifact>>
load(runtime::Device &device, const CodeSource &source, StageTimes &times) {
  Expected<runtime::Artifact> artifact = getArtifact(source, times);
  if (!artifact)
    return artifact.takeError();
  return times.measure("load", [&] {
    return runtime::LoadedArtifact::load(device, std::move(*artifact));
  });
}

static Expected<runtime::Results> run(const runtime::LoadedArtifact &loaded,
                                      const runtime::Problem &problem,
                                      StageTimes &times) {
  ProgressLine line("running");
  return times.measure("run", [&] {
    return runtime::runArtifact(
        loaded, problem, [&](double fraction) { line.update(fraction); });
  });
}

Expected<runtime::Results> tool::runOnCPU(const CodeSource &source,
                                          const runtime::Problem &problem,
                                          unsigned threads, StageTimes &times) {
  runtime::CPUDevice device(threads);
  auto loaded = load(device, source, times);
  if (!loaded)
    return loaded.takeError();
  return run(**loaded, problem, times);
}

Expected<runtime::Results> tool::runOnCUDA(const CodeSource &source,
                                           const runtime::Problem &problem,
                                           StageTimes &times) {
  auto device =
      times.measure("driver", [] { return runtime::CudaDevice::create(); });
  if (!device)
    return device.takeError();
  auto loaded = load(**device, source, times);
  if (!loaded)
    return loaded.takeError();
  Expected<runtime::Results> results = runtime::Results::allocate(problem);
  if (!results)
    return results.takeError();
  SmallVector<void *> places;
  for (runtime::OwnedTensor &tensor : results->tensors)
    places.push_back(tensor.data());
  auto run = times.measure("copy in", [&] {
    return runtime::Run::create(**loaded, problem, places);
  });
  if (!run)
    return run.takeError();
  Expected<double> seconds =
      (*device)->measure([&] { return (*run)->execute(); });
  if (!seconds)
    return seconds.takeError();
  times.add("run", *seconds);
  if (Error error =
          times.measure("copy out", [&] { return (*run)->copyResults(); }))
    return std::move(error);
  return results;
}

Expected<Simulated> tool::runOnSim(const CodeSource &source,
                                   const runtime::Problem &problem,
                                   const runtime::SimOptions &simulator,
                                   StringRef report, StageTimes &times) {
  runtime::SimDevice device(simulator);
  auto loaded = load(device, source, times);
  if (!loaded)
    return loaded.takeError();
  Expected<runtime::Results> results = run(**loaded, problem, times);
  ArrayRef<runtime::SimLaunch> launches = device.getLaunches();
  Simulated simulated;
  runtime::printFindings(outs(), launches);
  outs().flush();
  for (const runtime::SimLaunch &launch : launches)
    if (launch.isWrong() && launch.result.finished)
      printError("sluice-run",
                 createStringError("the simulator found errors in kernel " +
                                   quote(launch.kernel)));
  if (device.foundErrors())
    simulated.verdict = Verdict::Wrong;
  if (results)
    simulated.results = std::move(*results);
  else if (simulated.verdict == Verdict::Wrong)
    printError("sluice-run", results.takeError());
  else
    return results.takeError();
  if (!report.empty())
    if (Error error = writeOutput(report, [&](raw_ostream &os) {
          runtime::printReportAsJSON(os, launches);
        }))
      return std::move(error);
  return simulated;
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
