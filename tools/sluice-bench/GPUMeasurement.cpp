//===- GPUMeasurement.cpp - Every recurrence on a GPU ---------------------===//

#include "tools/sluice-bench/GPUMeasurement.h"

#include "lib/Assembler/Program.h"
#include "tools/lib/Console.h"
#include "tools/sluice-bench/Measurement.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::compiler;
using namespace sluice::tool;

namespace {
/// Measures one form of a recurrence at one size after the other.
class GPUMeasurement {
public:
  GPUMeasurement(const BenchOptions &options, GPUSetting &setting)
      : options(options), setting(setting) {}

  /// Finds the GPU, or ptxas for the simulator.
  Error initialize();
  Error measure(StringRef spec, delta::RecurrenceOp op);
  std::vector<GPURow> takeRows() { return std::move(rows); }

private:
  Error measure(StringRef spec, delta::RecurrenceOp op, int64_t chunk);
  /// The form at a problem's sizes: as a schedule says where one fits.
  Expected<CompileOptions> getOptions(delta::RecurrenceOp op, int64_t chunk,
                                      const runtime::Problem &problem) const;
  Expected<GPURow> run(delta::RecurrenceOp op, const CompiledForm &form,
                       const reference::GenerateOptions &inputs,
                       const GeneratedProblem &problem, BenchProgress progress);
  /// Tokens of each form's chunks; 0: the step form.
  SmallVector<int64_t> listForms() const;

  const BenchOptions &options;
  GPUSetting &setting;
  SimCaseOptions sim;
  std::unique_ptr<runtime::CudaDevice> device;
  std::vector<GPURow> rows;
};
} // namespace

Error GPUMeasurement::initialize() {
  const reference::GenerateOptions &inputs = options.everyCase.inputs;
  setting.target = options.gpu->name.str();
  setting.dtype = inputs.dtype;
  setting.seed = inputs.seed;
  setting.onlySampled = options.sim.onlySampled;
  sim = options.sim;
  if (options.device == BenchDevice::Sim) {
    // Registers are a column without numbers where there is none.
    Expected<std::string> ptxas = assembler::findProgram("ptxas");
    if (ptxas)
      sim.ptxas = *ptxas;
    else
      consumeError(ptxas.takeError());
    return Error::success();
  }
  if (Error error = runtime::CudaDevice::create().moveInto(device))
    return error;
  setting.device = device->getName().str();
  return Error::success();
}

SmallVector<int64_t> GPUMeasurement::listForms() const {
  const CaseOptions &every = options.everyCase;
  SmallVector<int64_t> forms;
  if (every.form == Form::Step || options.takesAnyForm)
    forms.push_back(0);
  if (every.form == Form::Chunk)
    forms.push_back(every.chunk.value_or(kDefaultGPUChunk));
  append_range(forms, every.otherChunks);
  return forms;
}

Expected<CompileOptions>
GPUMeasurement::getOptions(delta::RecurrenceOp op, int64_t chunk,
                           const runtime::Problem &problem) const {
  CompileOptions made = getCompileOptions(problem);
  made.gpu = options.gpu;
  made.exactness = options.exactness;
  made.chunk = chunk;
  if (!options.everyCase.schedules)
    return made;
  ScheduleQuery query = getScheduleQuery(
      op, problem, chunk ? Form::Chunk : Form::Step, options.gpu);
  if (chunk)
    query.chunk = options.everyCase.chunk;
  if (Error error =
          options.everyCase.schedules->choose(query).moveInto(made.schedule))
    return std::move(error);
  if (made.schedule)
    made.chunk = made.schedule.getChunk();
  return made;
}

Expected<GPURow> GPUMeasurement::run(delta::RecurrenceOp op,
                                     const CompiledForm &form,
                                     const reference::GenerateOptions &inputs,
                                     const GeneratedProblem &problem,
                                     BenchProgress progress) {
  if (device)
    return measureOnGPU(*device, op, inputs, form, options.cuda, progress);
  return simulate(problem, form, sim, progress);
}

Error GPUMeasurement::measure(StringRef spec, delta::RecurrenceOp op,
                              int64_t chunk) {
  reference::GenerateOptions inputs = options.everyCase.inputs;
  std::optional<CompiledForm> form;
  wy::ScheduleAttr schedule;
  for (int64_t tokens : options.tokens) {
    inputs.sizes["T"] = tokens;
    auto problem = GeneratedProblem::create(op, inputs);
    if (!problem)
      return problem.takeError();
    Expected<CompileOptions> compile =
        getOptions(op, chunk, (*problem)->getProblem());
    if (!compile)
      return compile.takeError();
    // All else that code depends on is the same for every number of tokens.
    if (!form || schedule != compile->schedule) {
      schedule = compile->schedule;
      if (Error error = compileForm(op, *compile, options.everyCase.cache)
                            .moveInto(form.emplace()))
        return error;
    }
    Expected<GPURow> row = [&] { // the line is gone before the row is printed
      ProgressLine line((spec + ", T = " + Twine(tokens) + ":").str());
      return run(op, *form, inputs, **problem,
                 [&](double fraction) { line.update(fraction); });
    }();
    if (!row)
      return row.takeError();
    row->schedule = schedule;
    if (row->simulated && row->chunk)
      if (Error error = countProductFlop(op, row->sizes, row->chunk)
                            .moveInto(row->simulated->productFlop.emplace()))
        return error;
    if (rows.empty())
      printTableHeader(outs(), setting, *row);
    printTableRow(outs(), *row);
    rows.push_back(std::move(*row));
  }
  return Error::success();
}

Error GPUMeasurement::measure(StringRef spec, delta::RecurrenceOp op) {
  for (int64_t chunk : listForms()) {
    Error error = measure(spec, op, chunk);
    if (error && error.isA<SpecError>() && options.takesAnyForm && chunk) {
      // All forms there are: the step form.
      std::string reason = toString(std::move(error));
      outs() << "no chunk form: " << StringRef(reason).split('\n').first
             << '\n';
      return Error::success();
    }
    if (error)
      return error;
  }
  return Error::success();
}

Expected<std::vector<GPURow>>
tool::measureAllOnGPU(const BenchOptions &options, GPUSetting &setting,
                      mlir::MLIRContext &context) {
  GPUMeasurement measurement(options, setting);
  if (Error error = measurement.initialize())
    return std::move(error);
  // What is wrong with one of them is said before any is measured.
  Expected<std::vector<Spec>> specs = loadSpecs(options, context);
  if (!specs)
    return specs.takeError();
  for (auto [name, spec] : zip_equal(options.specs, *specs))
    if (Error error = measurement.measure(name, spec.op))
      return std::move(error);
  // The first line of stderr is an error's, where there is one.
  for (const Spec &spec : *specs)
    errs() << spec.warnings;
  return measurement.takeRows();
}
