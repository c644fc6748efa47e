//===- Options.cpp - The command line of sluice-run -----------------------===//

#include "tools/sluice-run/Options.h"

#include "lib/Simulator/Estimate/Chip.h"
#include "tools/lib/Choices.h"
#include "tools/lib/Files.h"
#include "tools/sluice-run/Compare.h"
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static constexpr StringLiteral kOverview = R"(Runs a recurrence over tensors.

SPEC is a variant of the library (--list names them), an .mlir file, or - for
standard input. Tensors are matched by the names of the spec's arguments; final
states are written beside the outputs. What is bound to what is checked before
anything runs. Exit status 0: it ran; 1: bad input; 2: an error is above the
tolerance, or the simulator found a kernel to be wrong.

EXAMPLES
  sluice-run --list
        the variants, with the tensors that each takes and gives
  sluice-run mine.mlir --describe
        the same of a spec of your own; its class and why, the forms it has
  sluice-run kda --inputs=in.safetensors --outputs=out.safetensors
        runs Kimi Delta Attention over q, k, v, g, beta of that file
  sluice-run kda --generate=B=1,T=1024,H=4,K=128,V=128 --compare=reference
        makes random inputs, prints the error against float64
  sluice-run kda --form=chunk --schedule=mine.json --generate
             --compare=reference
        computes it as an entry of that file says, where one fits
  sluice-run kda --device=sim --generate=T=64,K=16,V=16 --chip=h200
             --report=report.json
        runs its GPU kernels on the CPU and checks them: races, bounds, memory
        that nobody has written; what they did goes into the report
  sluice-run mine.mlir --entry=step --inputs=in.safetensors
             --outputs=out.safetensors --device=reference
        what a spec of your own means, exactly
  sluice-run kda --direction=backward --device=reference --gradients=q,k,v
             --inputs=in.safetensors --outputs=out.safetensors
        dq, dk and dv, given the inputs of forward, and do, dfinal_state or both
  sluice-run kda --direction=backward --form=chunk --inputs=in.safetensors
             --outputs=out.safetensors
        all gradients, by chunks on this processor

--generate takes sizes and more, separated by commas; what is left out is as
here: B=1,T=1024,H=4,HV=4,K=128,V=128,dtype=f32. Also: initial (initial states,
too), seqlens=5:0:3 (lengths of sequences packed into one row). Backwards it makes
gradients by the outputs and, with initial, by the final states. Sizes are at most
2^40 each. Key vectors have length 1, gates lie below 0, write strengths between
0 and 1.
)";

static constexpr Choice<Device> kDevices[] = {{"cpu", Device::CPU},
                                              {"reference", Device::Reference},
                                              {"sim", Device::Sim},
                                              {"cuda", Device::CUDA}};

namespace {
struct Flags : CommandLine {
  Flags() : CommandLine("sluice-run", kOverview) {}

  Operands spec{*this, "SPEC"};
  Flag entry{*this, "entry", "NAME",
             "The recurrence to run, if the file has several"};
  Flag inputs{*this, "inputs", "FILE.safetensors", "Tensors to read"};
  NumberFlag keyDim{*this,         "key-dim",
                    "K",           "Size of key vectors",
                    kAxisElements, "(--inputs, where no tensor tells it)"};
  NumberFlag valueDim{*this,         "value-dim",
                      "V",           "Size of value vectors",
                      kAxisElements, "(--inputs, where no tensor tells it)"};
  Flag outputs{*this, "outputs", "FILE.safetensors", "Where results go"};
  ChoiceFlag<Device> device{
      *this, "device", "DEVICE",
      "cpu (default); reference: float64; sim: GPU kernels in the simulator; "
      "cuda: on a GPU, by libcuda.so.1 (or $SLUICE_CUDA_DRIVER)",
      kDevices};
  ChoiceFlag<Form> form{*this, "form", "FORM",
                        "step (default): token by token; chunk: by chunks",
                        kForms};
  ChoiceFlag<Direction> direction{
      *this, "direction", "DIRECTION",
      "forward (default) or backward: the gradients by inputs, given those by "
      "results (--device=reference; cpu with --form=chunk)",
      kDirections};
  Flag gradients{*this, "gradients", "NAME,...",
                 "Inputs to differentiate by, initial_state among them "
                 "(--direction=backward; default: all)"};
  NumberFlag chunk{*this,
                   "chunk",
                   "C",
                   "Tokens in a chunk",
                   kCpuChunkTokens,
                   "(--form=chunk; default: the schedule's)"};
  Flag schedule{*this, "schedule", "FILE.json",
                "Schedules of a file, for those that fit, instead of the "
                "default"};
  ChoiceFlag<Exactness> precision{
      *this, "precision", "PRECISION",
      "How exact products are where outputs have 16 bits: plain: factors of "
      "16 bits; auto (default): as the recurrence needs; high: factors of two "
      "such numbers (--form=chunk, --device=sim and cuda)",
      kExactnesses};
  Flag target{*this, "target", "TARGET",
              "Computes as on x86-64, x86-64-v2, x86-64-v3 or x86-64-v4 "
              "(--device=cpu; default: host, this processor), sm_80 or sm_90a "
              "(--device=sim and cuda; default: sm_80)"};
  Flag artifact{*this, "artifact", "FILE.artifact",
                "Runs this code of SPEC instead of compiling it"};
  NumberFlag segment{*this,
                     "segment",
                     "TOKENS",
                     "Cuts sequences into segments",
                     kSegmentTokens,
                     "; all segments are scanned at once and "
                     "joined exactly (--device=cpu)"};
  NumberFlag simSeed{*this,
                     "sim-seed",
                     "N",
                     "Another order of warps",
                     kSeed,
                     "(--device=sim; default: 0): what is right gives the same "
                     "bits"};
  Flag chip{*this, "chip", "NAME",
            "How long kernels would take on a100, h100 or h200, in the report "
            "(--device=sim)"};
  Flag ptxas{*this, "ptxas", "PATH",
             "Runs ptxas for the registers, and for whether wgmma is "
             "serialised (with --chip; default: that of PATH)",
             cl::ValueOptional};
  Flag report{*this, "report", "FILE.json",
              "What each kernel did, and what was found (--device=sim)"};
  Flag scale{*this, "scale", "X",
             "What delta.scale gives, a finite number (default: K^-1/2)"};
  Flag compare{*this, "compare", "reference",
               "Prints the error of each result against the reference"};
  Flag tolerance{*this, "tolerance", "X",
                 "The relative RMS error that --compare lets pass, a number "
                 "from 0 on (default by the result's type: " +
                     describeTolerances() + ")"};
  Flag list{*this, "list", "json",
            "Names the library's variants and their tensors; with SPEC the "
            "same as --describe",
            cl::ValueOptional};
  Flag describe{*this, "describe", "json",
                "Says what SPEC is: its class and why, the forms it has, its "
                "tensors",
                cl::ValueOptional};
  Flag generate{*this, "generate", "SIZES",
                "Makes random inputs instead (see above)", cl::ValueOptional};
  NumberFlag seed{*this, "seed",        "N", "Seed of the random inputs",
                  kSeed, "(default: 0)"};
  Flag saveInputs{*this, "save-inputs", "FILE.safetensors",
                  "Keeps the generated inputs"};
  Switch timing{*this, "timing", "Prints the time of each stage on stderr"};
  Switch noCache{
      *this, "no-cache",
      "Compiles anew and keeps nothing; otherwise what was compiled "
      "before is taken from $XDG_CACHE_HOME/sluice (~/.cache/sluice)"};
  Switch cacheInfo{*this, "cache-info", "Says what that folder holds"};
  Switch cacheClear{*this, "cache-clear", "Removes what it holds"};
  NumberFlag threads{*this,
                     "threads",
                     "N",
                     "Threads to use",
                     kThreads,
                     "(default: all there are; of the simulator 1, "
                     "whose order is the seed's alone)"};
};
} // namespace

static Error readDirection(const Flags &flags, Options &options) {
  if (Error error = flags.direction.read(options.direction))
    return error;
  bool isBackward = options.direction == Direction::Backward;
  if (flags.gradients.isGiven() && !isBackward)
    return createStringError("--gradients goes with --direction=backward");
  if (!isBackward)
    return Error::success();
  StringRef device = flags.device.isGiven() ? flags.device.text() : "cpu";
  if (device != "reference" && (device != "cpu" || options.form != Form::Chunk))
    return createStringError(
        "--direction=backward goes with --device=reference, or with "
        "--device=cpu and --form=chunk: nothing else has gradients yet");
  for (const Flag *flag : {static_cast<const Flag *>(&flags.segment),
                           &flags.schedule, &flags.artifact})
    if (flag->isGiven())
      return createStringError("--" + flag->name() +
                               " goes with --direction=forward");
  if (!flags.gradients.isGiven())
    return Error::success();
  SmallVector<StringRef> names;
  flags.gradients.text().split(names, ',');
  for (StringRef name : names) {
    if (name.empty())
      return flags.gradients.fail("names of inputs with commas between them");
    options.gradients.push_back(name.str());
  }
  return Error::success();
}

static Error readForm(const Flags &flags, Options &options) {
  if (Error error = flags.form.read(options.form))
    return error;
  if (Error error = readDirection(flags, options))
    return error;
  if (flags.chunk.isGiven() && options.form != Form::Chunk)
    return createStringError("--chunk goes with --form=chunk");
  if (Error error = flags.chunk.read(options.chunk))
    return error;
  return flags.segment.read(options.segment);
}

/// What only the simulator has. An unknown chip is an error before the run.
static Error readSimulator(const Flags &flags, Options &options) {
  for (const Flag *flag : {static_cast<const Flag *>(&flags.simSeed),
                           &flags.chip, &flags.ptxas, &flags.report})
    if (flag->isGiven() && options.device != Device::Sim)
      return createStringError("--" + flag->name() + " goes with --device=sim");
  if (flags.ptxas.isGiven() && !flags.chip.isGiven())
    return createStringError("--ptxas needs --chip=NAME: what it says is for "
                             "the estimate");
  if (flags.chip.isGiven())
    if (Error error = sim::estimate::findChip(flags.chip).takeError())
      return error;
  options.simulator.chip = flags.chip;
  if (flags.ptxas.isGiven())
    options.simulator.ptxas =
        flags.ptxas.empty() ? "ptxas" : flags.ptxas.getValue();
  options.report = flags.report;
  if (Error error = flags.simSeed.read(options.simulator.seed))
    return error;
  return flags.threads.read(options.simulator.threads);
}

/// What says how code is made goes with none that is there.
static Error checkArtifact(const Flags &flags, Device device) {
  if (!flags.artifact.isGiven())
    return Error::success();
  if (device == Device::Reference)
    return createStringError("--artifact goes with --device=cpu, sim and cuda");
  for (const Flag *flag :
       {static_cast<const Flag *>(&flags.form),
        static_cast<const Flag *>(&flags.chunk), &flags.schedule,
        static_cast<const Flag *>(&flags.precision), &flags.target,
        static_cast<const Flag *>(&flags.segment)})
    if (flag->isGiven())
      return createStringError(
          "--artifact and --" + flag->name() +
          " exclude each other: an artifact is code already");
  return Error::success();
}

static Error readTarget(const Flags &flags, Options &options) {
  if (Error error = flags.device.read(options.device))
    return error;
  bool isGPU = options.device == Device::Sim || options.device == Device::CUDA;
  if (flags.segment.isGiven() && options.device != Device::CPU)
    return createStringError("--segment goes with --device=cpu");
  for (const Flag *flag : {&flags.schedule, &flags.target})
    if (flag->isGiven() && options.device == Device::Reference)
      return createStringError("--" + flag->name() +
                               " goes with --device=cpu, sim and cuda");
  if (Error error = checkArtifact(flags, options.device))
    return error;
  if (flags.precision.isGiven() && (!isGPU || options.form != Form::Chunk))
    return createStringError("--precision goes with --form=chunk and "
                             "--device=sim or cuda");
  if (Error error = flags.precision.read(options.exactness))
    return error;
  // A segment's transition is another recurrence than the spec's.
  if (flags.schedule.isGiven() && flags.segment.isGiven())
    return createStringError("--schedule and --segment exclude each other");
  options.schedules = flags.schedule;
  options.artifact = flags.artifact;
  auto fail = [](Error error) {
    return createStringError("--target: " + toString(std::move(error)));
  };
  if (isGPU) {
    Expected<const target::Gpu *> gpu =
        target::findGpu(flags.target.isGiven() ? flags.target.text() : "sm_80");
    if (!gpu)
      return fail(gpu.takeError());
    options.gpu = *gpu;
  }
  StringRef name =
      flags.target.isGiven() && !isGPU ? flags.target.text() : "host";
  Expected<const target::Cpu *> cpu = target::findCpu(name);
  if (!cpu)
    return fail(cpu.takeError());
  options.target = *cpu;
  return readSimulator(flags, options);
}

static Error readNumbers(const Flags &flags, Options &options) {
  if (Error error = flags.threads.read(options.threads))
    return error;
  auto parse = [](const Flag &flag, std::optional<double> &number) {
    // LLVM reads hexadecimal numbers, too.
    return !flag.isGiven() || (flag.text().find_first_not_of(
                                   "0123456789+-.eE") == StringRef::npos &&
                               !flag.text().getAsDouble(number.emplace()) &&
                               std::isfinite(*number));
  };
  if (!parse(flags.scale, options.scale))
    return flags.scale.fail("a finite decimal number");
  if (!parse(flags.tolerance, options.tolerance) ||
      options.tolerance.value_or(0) < 0)
    return flags.tolerance.fail("a decimal number from 0 on");
  if (flags.tolerance.isGiven() && !flags.compare.isGiven())
    return createStringError("--tolerance goes with --compare=reference");
  return Error::success();
}

static Error readFiles(const Flags &flags, Options &options) {
  for (auto [flag, axis] :
       {std::pair(&flags.keyDim, "K"), std::pair(&flags.valueDim, "V")}) {
    if (!flag->isGiven())
      continue;
    if (flags.generate.isGiven())
      return createStringError("--" + flag->name() +
                               " goes with --inputs: expected --generate=" +
                               axis + "=" + flag->text());
    if (Error error = flag->read(options.sizes[axis]))
      return error;
  }
  if (flags.generate.isGiven()) {
    if (flags.inputs.isGiven())
      return createStringError("--inputs and --generate exclude each other");
    Expected<reference::GenerateOptions> generate =
        reference::parseGenerateOptions(flags.generate);
    if (!generate)
      return generate.takeError();
    options.generate = *generate;
    if (Error error = flags.seed.read(options.generate->seed))
      return error;
  } else {
    for (const Flag *flag : {static_cast<const Flag *>(&flags.saveInputs),
                             static_cast<const Flag *>(&flags.seed)})
      if (flag->isGiven())
        return createStringError("--" + flag->name() + " goes with --generate");
  }
  if (flags.compare.isGiven() && flags.compare != "reference")
    return createStringError("--compare=reference, found --compare=" +
                             flags.compare);
  options.inputs = flags.inputs;
  options.outputs = flags.outputs;
  options.savedInputs = flags.saveInputs;
  options.compare = flags.compare.isGiven();
  options.timing = flags.timing;
  return checkFiles({readsSpec(options.spec), reads("--inputs", options.inputs),
                     reads("--schedule", options.schedules),
                     reads("--artifact", options.artifact),
                     writes("--outputs", options.outputs),
                     writes("--report", options.report),
                     writes("--save-inputs", options.savedInputs)});
}

/// --list and --describe, after which nothing else counts.
static Error readListing(const Flags &flags, Options &options) {
  if (flags.list.isGiven() && flags.describe.isGiven())
    return createStringError("--list and --describe exclude each other");
  for (const Flag *flag : {&flags.list, &flags.describe}) {
    if (!flag->isGiven())
      continue;
    if (!flag->empty() && *flag != "json")
      return createStringError("--" + flag->name() + " or --" + flag->name() +
                               "=json, found --" + flag->name() + "=" +
                               flag->text());
    options.listing = flag->empty() ? Listing::Text : Listing::JSON;
  }
  if (flags.describe.isGiven() && options.spec.empty())
    return createStringError("--describe says what a SPEC is: a variant "
                             "(--list names them) or an .mlir file");
  return Error::success();
}

/// --cache-info and --cache-clear, beside which there is nothing to do.
static Error readCache(const Flags &flags, Options &options, int argc) {
  if (!flags.noCache)
    options.cache = compiler::ArtifactCache::getUsers();
  if (!flags.cacheInfo && !flags.cacheClear)
    return Error::success();
  if (argc != 2)
    return createStringError(
        StringRef(flags.cacheInfo ? "--cache-info" : "--cache-clear") +
        " goes with no other argument");
  options.cacheAction =
      flags.cacheInfo ? CacheAction::Info : CacheAction::Clear;
  return Error::success();
}

Expected<Options> tool::parseOptions(int argc, char **argv) {
  Flags flags;
  if (Error error = flags.parse(argc, argv))
    return std::move(error);
  Options options;
  if (Error error = readCache(flags, options, argc))
    return std::move(error);
  if (options.cacheAction != CacheAction::None)
    return options;
  options.spec = flags.spec.text();
  options.entry = flags.entry;
  if (Error error = readListing(flags, options))
    return std::move(error);
  if (options.listing != Listing::None)
    return options;
  if (options.spec.empty())
    return createStringError(
        "no SPEC: a variant (--list names them) or an .mlir file");
  for (auto *read : {readForm, readTarget, readNumbers, readFiles})
    if (Error error = read(flags, options))
      return std::move(error);
  return options;
}

Error tool::checkPurpose(const Options &options) {
  if (options.inputs.empty() && !options.generate)
    return createStringError("no inputs: --inputs=FILE.safetensors reads "
                             "them, --generate=… makes them");
  // The simulator checks what it runs.
  if (options.outputs.empty() && options.savedInputs.empty() &&
      !options.compare && !options.timing && options.device != Device::Sim)
    return createStringError("nothing to do with the results: give "
                             "--outputs=FILE.safetensors or "
                             "--compare=reference");
  return Error::success();
}
