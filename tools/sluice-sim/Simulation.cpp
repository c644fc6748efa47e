//===- Simulation.cpp - One kernel, from its text to its report -----------===//

#include "tools/sluice-sim/Simulation.h"

#include "lib/Assembler/Ptxas.h"
#include "lib/PTX/Parser.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Launch/Disassembly.h"
#include "lib/Simulator/Launch/Extents.h"
#include "lib/Simulator/Launch/ReportPrinter.h"
#include "tools/lib/Files.h"
#include "tools/sluice-sim/Kernel.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;
using namespace sluice::tool;

Simulation::Simulation(const SimOptions &options)
    : options(options), launchOptions(options.launch),
      device(getInstructionSet()) {}

Error Simulation::parse() {
  Expected<std::unique_ptr<MemoryBuffer>> file = readKernel(options.kernel);
  if (!file)
    return file.takeError();
  Expected<std::unique_ptr<ptx::Module>> parsed = times.measure("parse", [&] {
    return ptx::parseModule((*file)->getBuffer(), options.kernel);
  });
  if (!parsed)
    return parsed.takeError();
  module = std::move(*parsed);
  if (Error error =
          findEntry(*module, options.kernel, options.entry).moveInto(entry))
    return error;

  if (const auto &required = entry->requiredCluster;
      !options.hasCluster && required[0])
    launchOptions.cluster = {required[0], std::max(required[1], 1u),
                             std::max(required[2], 1u)};
  Expected<Limits> limits = getLimits(*module, launchOptions.chip);
  if (!limits)
    return limits.takeError();
  return checkLaunch(launchOptions, *entry, *limits);
}

Error Simulation::bind() {
  if (!options.inputs.empty()) {
    Expected<io::TensorFile> opened = times.measure(
        "read", [&] { return io::TensorFile::open(options.inputs); });
    if (!opened)
      return opened.takeError();
    inputs = std::move(*opened);
  }
  const io::TensorFile *tensors = inputs ? &*inputs : nullptr;
  Expected<std::vector<Argument>> arguments =
      parseArguments(options.arguments, tensors);
  if (!arguments)
    return arguments.takeError();
  if (Error error = checkArguments(*arguments, *entry))
    return error;
  Expected<std::vector<Argument>> named =
      parseBuffers(options.buffers, tensors);
  if (!named)
    return named.takeError();
  if (Error error = assemble())
    return error;

  if (Error error =
          times
              .measure("load",
                       [&] { return device.load(module, options.kernel); })
              .moveInto(loaded))
    return error;
  Expected<BoundArguments> bound = times.measure("copy", [&] {
    return bindArguments(device, *arguments, *named, tensors, *entry);
  });
  if (!bound)
    return bound.takeError();
  buffers = std::move(bound->buffers);
  launchOptions.arguments = std::move(bound->parameters);
  return Error::success();
}

Error Simulation::assemble() {
  if (!options.ptxas.empty()) {
    // For the chip, or for the one variant of it that the module is for.
    std::string target = module->target;
    if (StringRef(target).back() != 'a')
      target = "sm_" +
               std::to_string(unsigned(
                   cantFail(estimate::findChip(launchOptions.chip))->target));
    assembler::AssemblerReport report = times.measure("ptxas", [&] {
      return assembler::askAssembler(options.ptxas, module->text, target,
                                     entry->name);
    });
    if (!launchOptions.registers)
      launchOptions.registers =
          static_cast<unsigned>(report.resources.registers);
    launchOptions.estimateNotes = std::move(report.notes);
    launchOptions.serialised = std::move(report.serialised);
  }
  if (launchOptions.order != IssueOrder::Machine)
    return Error::success();
  StringRef ptxas =
      options.ptxas.empty() ? StringRef("ptxas") : StringRef(options.ptxas);
  Expected<estimate::MachineCode> code =
      times.measure("assemble", [&] { return disassemble(ptxas, *module); });
  if (!code)
    return code.takeError();
  launchOptions.machineCode = std::move(*code);
  return Error::success();
}

Error Simulation::launch() {
  Expected<LaunchResult> launched = times.measure("run", [&] {
    ProgressLine line("running");
    launchOptions.print = [](StringRef text) { outs() << text; };
    launchOptions.progress = [&](uint64_t done, uint64_t all) {
      line.update(double(done) / double(all));
    };
    return device.launch(*loaded, entry->name, launchOptions);
  });
  if (!launched)
    return launched.takeError();
  result = std::move(*launched);
  return Error::success();
}

Error Simulation::write() {
  ReportContext context{options.kernel, *module, *result};
  auto print = [&](StringRef path, auto printer) {
    return path.empty() ? Error::success()
                        : writeOutput(path, [&](raw_ostream &os) {
                            printer(os, context);
                          });
  };
  if (!options.outputs.empty() && result->finished)
    if (Error error = writeBuffers(device, buffers, options.outputs))
      return error;
  if (Error error = print(options.listing.value_or(""), printListing))
    return error;
  if (result->estimate)
    if (Error error = print(options.trace, printTimeline))
      return error;
  return print(options.report, printReportAsJSON);
}

Expected<Verdict> Simulation::run() {
  if (Error error = parse())
    return std::move(error);
  if (Error error = bind())
    return std::move(error);
  if (Error error = launch())
    return std::move(error);
  if (Error error = times.measure("write", [&] { return write(); }))
    return std::move(error);
  ReportContext context{options.kernel, *module, *result};
  if (options.listing && options.listing->empty()) {
    printListing(outs(), context);
    outs() << '\n';
  }
  printReport(outs(), context);
  if (options.timing)
    times.print(errs());
  return result->finished && !result->hasErrors() ? Verdict::Right
                                                  : Verdict::Wrong;
}
