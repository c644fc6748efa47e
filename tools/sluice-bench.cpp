//===- sluice-bench.cpp - time recurrences on this machine ----------------===//

#include "dialects/Registration.h"
#include "lib/Bench/Report.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/lib/Files.h"
#include "tools/lib/Main.h"
#include "tools/sluice-bench/GPUMeasurement.h"
#include "tools/sluice-bench/Measurement.h"
#include "tools/sluice-bench/Options.h"
#include <cstdlib>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::tool;

static Setting getSetting(const BenchOptions &options, std::string command) {
  const CaseOptions &everyCase = options.everyCase;
  Setting setting;
  setting.command = std::move(command);
  setting.dtype = everyCase.inputs.dtype;
  setting.seed = everyCase.inputs.seed;
  if (everyCase.form == Form::Chunk)
    setting.chunk = everyCase.chunk.value_or(kDefaultChunk);
  setting.comparesForms = options.comparesForms;
  setting.hasSchedules = !options.schedules.empty();
  setting.threads = everyCase.measure.threads;
  setting.rounds = everyCase.measure.rounds;
  if (getloadavg(&setting.loadAverage, 1) != 1)
    setting.loadAverage = 0;
  return setting;
}

/// The file of schedules that the options name, if they do.
static Error loadSchedules(BenchOptions &options, mlir::MLIRContext &context,
                           compiler::ScheduleFile &schedules) {
  if (options.schedules.empty())
    return Error::success();
  options.everyCase.schedules = &schedules;
  return compiler::ScheduleFile::load(context, options.schedules)
      .moveInto(schedules);
}

static Error runOnGPU(BenchOptions &options, std::string command) {
  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  compiler::ScheduleFile schedules;
  if (Error error = loadSchedules(options, context, schedules))
    return error;
  GPUSetting setting;
  setting.command = std::move(command);
  Expected<std::vector<GPURow>> rows =
      measureAllOnGPU(options, setting, context);
  if (!rows)
    return rows.takeError();
  if (options.json.empty())
    return Error::success();
  return writeOutput(options.json,
                     [&](raw_ostream &os) { printJSON(os, setting, *rows); });
}

static Expected<Verdict> run(int argc, char **argv) {
  Expected<BenchOptions> options = parseBenchOptions(argc, argv);
  if (!options)
    return options.takeError();
  if (options->device != BenchDevice::CPU) {
    if (Error error = runOnGPU(*options, describeCommand(argc, argv)))
      return std::move(error);
    return Verdict::Right;
  }
  Setting setting = getSetting(*options, describeCommand(argc, argv));
  std::unique_ptr<GgmlPeer> ggml;
  if (!options->ggml.empty()) {
    if (Error error = GgmlPeer::load(options->ggml).moveInto(ggml))
      return std::move(error);
    options->everyCase.ggml = ggml.get();
    setting.ggmlVersion = ggml->getVersion();
  }
  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  compiler::ScheduleFile schedules;
  if (Error error = loadSchedules(*options, context, schedules))
    return std::move(error);
  if (options->isBackward) {
    auto rows = measureAllBackward(*options, setting, context);
    if (!rows)
      return rows.takeError();
    if (!options->json.empty())
      if (Error error = writeOutput(options->json, [&](raw_ostream &os) {
            printJSON(os, setting, *rows);
          }))
        return std::move(error);
    return Verdict::Right;
  }
  Expected<std::vector<Row>> rows = measureAll(*options, setting, context);
  if (!rows)
    return rows.takeError();
  if (options->json.empty())
    return Verdict::Right;
  if (Error error = writeOutput(options->json, [&](raw_ostream &os) {
        printJSON(os, setting, *rows);
      }))
    return std::move(error);
  return Verdict::Right;
}

int main(int argc, char **argv) {
  return runTool(argc, argv, "sluice-bench", [&] { return run(argc, argv); });
}
