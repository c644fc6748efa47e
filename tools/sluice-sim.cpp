//===- sluice-sim.cpp - run a PTX kernel on the CPU -----------------------===//

#include "lib/IO/AtomicFile.h"
#include "lib/PTX/Parser.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Launch/Buffers.h"
#include "lib/Simulator/Launch/Disassembly.h"
#include "lib/Simulator/Launch/Extents.h"
#include "lib/Simulator/Launch/Ptxas.h"
#include "lib/Simulator/Launch/ReportPrinter.h"
#include "lib/Simulator/Machine/Program.h"
#include "tools/sluice-run/Console.h"
#include "tools/sluice-sim/Options.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;
using namespace sluice::tool;

/// The kernel is wrong: neither success nor bad input.
static constexpr int kFoundErrors = 2;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static Expected<std::unique_ptr<MemoryBuffer>> readText(StringRef path) {
  auto fail = [&](const Twine &message) {
    return error("cannot read '" + path + "': " + message);
  };
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return fail(code.message());
  // Reading a device such as /dev/zero would not end.
  if (status.type() == sys::fs::file_type::character_file)
    return fail("it is a device");
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file)
    return fail(file.getError().message());
  return std::move(*file);
}

/// Found before a long run, not after it.
static Error checkFolder(StringRef path) {
  StringRef folder = sys::path::parent_path(path);
  if (folder.empty() || sys::fs::is_directory(folder))
    return Error::success();
  return error("cannot write '" + path + "': there is no folder '" + folder +
               "'");
}

static Expected<const ptx::Function *>
findEntry(const ptx::Module &module, StringRef fileName, StringRef name) {
  std::vector<const ptx::Function *> entries;
  for (const std::unique_ptr<ptx::Function> &function : module.functions)
    if (function->isEntry && function->hasBody)
      entries.push_back(function.get());
  if (entries.empty())
    return error(fileName + " has no .entry");
  if (name.empty() && entries.size() == 1)
    return entries.front();
  for (const ptx::Function *entry : entries)
    if (entry->name == name)
      return entry;
  std::string list;
  for (const ptx::Function *entry : entries)
    list += (list.empty() ? "'" : ", '") + entry->name.str() + "'";
  return error(name.empty()
                   ? fileName +
                         " has several entries, --entry=NAME says which"
                         " is run: " +
                         list
                   : fileName + " has no entry '" + name + "', it has " + list);
}

/// For the chip, or for the one variant of it that the module is for.
static void useAssembler(const SimOptions &options, const ptx::Module &module,
                         const ptx::Function &entry, StageTimes &times,
                         LaunchOptions &launch) {
  std::string target = module.target;
  if (StringRef(target).back() != 'a')
    target = "sm_" + std::to_string(unsigned(
                         cantFail(estimate::findChip(launch.chip))->target));
  AssemblerReport report = times.measure("ptxas", [&] {
    return askAssembler(options.ptxas, module, target, entry.name);
  });
  if (!launch.registers)
    launch.registers = report.registers;
  launch.estimateNotes = std::move(report.notes);
  launch.serialised = std::move(report.serialised);
}

/// Whether all went well but the kernel.
static Expected<bool> simulate(const SimOptions &options) {
  StageTimes times;
  for (StringRef path : {options.outputs, options.report, options.trace,
                         options.listing.value_or("")})
    if (Error error = checkFolder(path))
      return std::move(error);
  Expected<std::unique_ptr<MemoryBuffer>> file = readText(options.kernel);
  if (!file)
    return file.takeError();
  StringRef text = (*file)->getBuffer();
  Expected<std::unique_ptr<ptx::Module>> parsed = times.measure(
      "parse", [&] { return ptx::parseModule(text, options.kernel); });
  if (!parsed)
    return parsed.takeError();
  std::shared_ptr<const ptx::Module> module = std::move(*parsed);
  Expected<const ptx::Function *> entry =
      findEntry(*module, options.kernel, options.entry);
  if (!entry)
    return entry.takeError();

  LaunchOptions launch = options.launch;
  if (const auto &required = (*entry)->requiredCluster;
      !options.hasCluster && required[0])
    launch.cluster = {required[0], std::max(required[1], 1u),
                      std::max(required[2], 1u)};
  Expected<Limits> limits = getLimits(*module, launch.chip);
  if (!limits)
    return limits.takeError();
  if (Error error = checkLaunch(launch, **entry, *limits))
    return std::move(error);

  std::optional<io::TensorFile> inputs;
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
  if (Error error = checkArguments(*arguments, **entry))
    return std::move(error);
  Expected<std::vector<Argument>> buffers =
      parseBuffers(options.buffers, tensors);
  if (!buffers)
    return buffers.takeError();

  if (!options.ptxas.empty())
    useAssembler(options, *module, **entry, times, launch);

  if (launch.order == IssueOrder::Machine) {
    StringRef ptxas =
        options.ptxas.empty() ? StringRef("ptxas") : StringRef(options.ptxas);
    Expected<estimate::MachineCode> code =
        times.measure("assemble", [&] { return disassemble(ptxas, *module); });
    if (!code)
      return code.takeError();
    launch.machineCode = std::move(*code);
  }
  Device device(getInstructionSet());
  Expected<std::shared_ptr<LoadedModule>> loaded = times.measure(
      "load", [&] { return device.load(module, options.kernel); });
  if (!loaded)
    return loaded.takeError();
  Expected<BoundArguments> bound = times.measure("copy", [&] {
    return bindArguments(device, *arguments, *buffers, tensors, **entry);
  });
  if (!bound)
    return bound.takeError();
  launch.arguments = std::move(bound->parameters);
  Expected<LaunchResult> result = times.measure("run", [&] {
    ProgressLine line("running");
    launch.print = [](StringRef text) { outs() << text; };
    launch.progress = [&](uint64_t done, uint64_t all) {
      line.update(double(done) / double(all));
    };
    return device.launch(**loaded, (*entry)->name, launch);
  });
  if (!result)
    return result.takeError();

  ReportContext context{options.kernel, *module, *result};
  if (Error error = times.measure("write", [&]() -> Error {
        if (!options.outputs.empty() && result->finished)
          if (Error error =
                  writeBuffers(device, bound->buffers, options.outputs))
            return error;
        if (options.listing && !options.listing->empty())
          if (Error error = io::writeFileAtomically(*options.listing,
                                                    [&](raw_ostream &os) {
                                                      printListing(os, context);
                                                      return Error::success();
                                                    }))
            return error;
        if (!options.trace.empty() && result->estimate)
          if (Error error =
                  io::writeFileAtomically(options.trace, [&](raw_ostream &os) {
                    printTimeline(os, context);
                    return Error::success();
                  }))
            return error;
        if (options.report.empty())
          return Error::success();
        return io::writeFileAtomically(options.report, [&](raw_ostream &os) {
          printReportAsJSON(os, context);
          return Error::success();
        });
      }))
    return std::move(error);
  if (options.listing && options.listing->empty()) {
    printListing(outs(), context);
    outs() << '\n';
  }
  printReport(outs(), context);
  if (options.timing)
    times.print(errs());
  return result->finished && !result->hasErrors();
}

static Error flushOutput() {
  outs().flush();
  std::error_code code = outs().error();
  outs().clear_error();
  return code ? error("cannot write to standard output: " + code.message())
              : Error::success();
}

static Expected<bool> run(const SimOptions &options) {
  Expected<bool> isRight = true;
  if (options.listsInstructions)
    printForms(outs(), ptx::getForms());
  else
    isRight = simulate(options);
  if (!isRight)
    return isRight;
  if (Error error = flushOutput())
    return std::move(error);
  return isRight;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  std::string kernel;
  Expected<bool> isRight = [&]() -> Expected<bool> {
    Expected<SimOptions> options = parseSimOptions(argc, argv);
    if (!options)
      return options.takeError();
    kernel = options->kernel;
    return run(*options);
  }();
  if (isRight)
    return *isRight ? 0 : kFoundErrors;
  std::string message = toString(isRight.takeError());
  // Of the PTX text: FILE:LINE:COLUMN: error: …
  StringRef rest = message;
  bool hasPlace = !kernel.empty() && rest.consume_front(kernel) &&
                  rest.consume_front(":") && !rest.empty() && isDigit(rest[0]);
  errs() << (hasPlace ? "" : "sluice-sim: error: ")
         << StringRef(message).rtrim('\n') << '\n';
  return 1;
}
