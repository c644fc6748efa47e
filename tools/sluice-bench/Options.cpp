//===- Options.cpp - The command line of sluice-bench ---------------------===//

#include "tools/sluice-bench/Options.h"

#include "lib/Variants/Variants.h"
#include "tools/lib/Choices.h"
#include "tools/lib/Files.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Threading.h"
#include <utility>

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static constexpr StringLiteral kOverview =
    R"(Times recurrences on this machine, and kernels of GPUs.

SPEC is a variant of the library (sluice-run --list names them), an .mlir file
or - for standard input; several of them are measured one after the other.
Without any: gated_delta_rule and kda.

Random inputs (as those of sluice-run --generate) with initial states, one row
of a batch. Every line of the table is a variant at a number of tokens T:

  ours µs      one run of the form (--form), final states in memory of their own
  in place µs  step form: one run, final states over the initial states, as a
               decode does
  step µs      chunk form: one run of the step form, to compare
  ggml µs      the same inputs through ggml's CPU backend (--ggml), in float32
               whatever --dtype is; "-" where ggml has no op for the variant
  step/ours    how many times longer our step form took [lower, upper quartile]
  ggml/ours    how many times longer ggml took [lower, upper quartile]
  by CPU       the same of processor time: what a shared machine cannot blur
  GFLOP/s      of ours, counting what the algebra needs at least, for each token
               and head: K·V for a decay, a factor or a sum of states, 2·K·V for
               a read, 2·K·V for a write
  % peak       this over the machine's peak: a loop of nothing but float32
               multiply-adds on vector registers, on all threads; the line above
               the table has the peak of the first line's rounds
  error        the largest relative RMS error against float64, over outputs and
               final states, of ours; of the first heads if T is large (8192
               token-heads)
  of step      the same of the step form
  of ggml      the same of ggml
  compile ms   from the spec to native code, once for all T; "cached" where that
               was done before (--no-cache)

--form=all, or several numbers after --chunk, compares forms: each has a line,
"/fastest" is how many times longer it took than the fastest one, and the last
lines name that one, as the flags of sluice-run that choose it.

On this processor all take turns: in every round each contestant and the peak's loop run for at
least 20 ms, ratios are formed within the round, and medians over the rounds are
printed. The first round is dropped.

--device=sim runs kernels of a GPU in the simulator, which counts what they do
and estimates their time on the chips asked for. Each form has a line:

  bytes/min    what device memory must give and take, over the least bytes:
               inputs, outputs and states before and after, each once
  reads/min    32-byte sectors that loads touch, each time, over the same
  warp instr   instructions of warps
  wavefronts   of shared memory, and over the fewest for the same bytes (/ideal)
  MFLOP        of tensor cores, and over the products of the chunk graph (/graph)
  regs, spills of a thread, and the bytes of registers that it spills, by ptxas;
               "-" where there is none
  h200 µs      the estimate; floor: what device memory takes for the least bytes
  error        as above

--device=cuda measures on a GPU, by its clock: sets of tensors of 128 MiB take
turns, with gates as generated (mild) and ten times that (strong).

EXAMPLES
  sluice-bench
        gated_delta_rule and kda with 32 heads of 128 x 128
  sluice-bench mine.mlir --form=all
        which form and which chunk is the fastest for a spec of your own
  sluice-bench kda --chunk=4,8,64 --tokens=1024 --dtype=bf16
        the step form and chunks of 4, 8 and 64 tokens
  sluice-bench mamba2 --tokens=1 --dtype=bf16 --threads=1
        a decode step on one core
  sluice-bench --direction=backward --tokens=1024 --heads=8
        gradients, and how many times longer than forward they take
  sluice-bench --form=chunk --tokens=256,1024
        by chunks, against token by token
  sluice-bench --form=chunk --schedule=mine.json
        as the file's schedules say, where one fits
  sluice-bench kda --device=sim --target=sm_90a --form=all --chip=h100,h200
        what kernels of a GPU do, and how long they would take
  sluice-bench --ggml=ggml/build/src --json=result.json
        against ggml, with all numbers in a file

ggml is built by you, with shared libraries:
  cmake -B build -DBUILD_SHARED_LIBS=ON -DGGML_NATIVE=ON
        -DCMAKE_BUILD_TYPE=Release
  cmake --build build
)";

namespace {
enum class Forms { Step, Chunk, All };
} // namespace

static constexpr Choice<Forms> kFormNames[] = {
    {"step", Forms::Step}, {"chunk", Forms::Chunk}, {"all", Forms::All}};
static constexpr Choice<BenchDevice> kBenchDevices[] = {
    {"cpu", BenchDevice::CPU},
    {"sim", BenchDevice::Sim},
    {"cuda", BenchDevice::CUDA}};
/// What --form=all tries, of a processor and of a GPU.
static constexpr int64_t kTriedChunks[] = {4, 16, 64};
static constexpr int64_t kTriedGPUChunks[] = {kDefaultGPUChunk};
static constexpr size_t kMostSpecs = 100;

namespace {
struct Flags : CommandLine {
  Flags() : CommandLine("sluice-bench", kOverview) {}

  Operands specs{*this, "SPEC...", kMostSpecs};
  Flag variants{*this, "variants", "SPEC,...",
                "The same as SPEC..., with commas between them"};
  Flag entry{*this, "entry", "NAME",
             "The recurrence to time, if the file has several"};
  ChoiceFlag<BenchDevice> device{
      *this, "device", "DEVICE",
      "cpu (default); sim: GPU kernels in the simulator; cuda: on a GPU, by "
      "libcuda.so.1 (or $SLUICE_CUDA_DRIVER)",
      kBenchDevices};
  Flag target{*this, "target", "TARGET",
              "sm_80 (default) or sm_90a (--device=sim and cuda)"};
  Flag chip{*this, "chip", "NAME,...",
            "Whose time is estimated: a100, h100 or h200 (default) "
            "(--device=sim); whose floor it is (--device=cuda; default: by the "
            "GPU's name)"};
  ChoiceFlag<Exactness> precision{
      *this, "precision", "PRECISION",
      "How exact products of chunks are where outputs have 16 bits: plain, "
      "auto (default) or high (--device=sim and cuda)",
      kExactnesses};
  Switch onlySampled{*this, "only-sampled",
                     "Runs only CTAs that the estimate replays, and takes them "
                     "for all: no errors (--device=sim)"};
  NumberFlag tokens{*this,   "tokens",
                    "T,...", "Numbers of tokens",
                    kTokens, "(1,64,256,1024; 1,64 for --device=sim)"};
  NumberFlag heads{*this, "heads", "N", "Heads", kHeads, "(32)"};
  NumberFlag keyDim{*this,         "key-dim", "K", "Rows of a state",
                    kAxisElements, "(128)"};
  NumberFlag valueDim{*this,         "value-dim", "V", "Columns of a state",
                      kAxisElements, "(128)"};
  ChoiceFlag<io::DType> dtype{*this, "dtype", "TYPE",
                              "f32 (default), bf16 (default of GPUs) or f16; "
                              "states are f32",
                              kTensorTypes};
  NumberFlag threads{*this,    "threads",
                     "N",      "Threads to use",
                     kThreads, "(default: all there are; of the simulator 1)"};
  NumberFlag rounds{*this, "rounds", "N", "Rounds to measure", kRounds, "(15)"};
  ChoiceFlag<Forms> form{*this, "form", "FORM",
                         "step (default): token by token; chunk: by chunks; "
                         "all: each of them, which compares them",
                         kFormNames};
  ChoiceFlag<Direction> direction{
      *this, "direction", "DIRECTION",
      "forward (default) or backward: gradients by chunks, beside the forward "
      "run (--device=cpu)",
      kDirections};
  NumberFlag chunk{*this,
                   "chunk",
                   "C,...",
                   "Tokens in a chunk",
                   kCpuChunkTokens,
                   "(default: the schedule's; 4,16,64 for --form=all, 16 of "
                   "GPUs); implies --form=all"};
  Flag schedule{*this, "schedule", "FILE.json",
                "Schedules of a file, for those that fit, instead of the "
                "default"};
  NumberFlag seed{*this, "seed", "N", "Seed of the random inputs",
                  kSeed, "(0)"};
  Flag ggml{*this, "ggml", "FOLDER",
            "Folder with libggml-base.so and libggml-cpu.so"};
  Flag json{*this, "json", "FILE", "Where all numbers go"};
  Switch noCache{
      *this, "no-cache",
      "Compiles anew and keeps nothing; otherwise what was compiled "
      "before is taken from $XDG_CACHE_HOME/sluice (~/.cache/sluice)"};
};
} // namespace

static Error readSpecs(const Flags &flags, BenchOptions &options) {
  options.specs.assign(flags.specs.begin(), flags.specs.end());
  options.entry = flags.entry;
  if (flags.variants.isGiven()) {
    if (!options.specs.empty())
      return createStringError("SPEC and --variants exclude each other");
    for (StringRef spec : split(flags.variants.text(), ','))
      options.specs.push_back(spec.str());
  }
  if (options.specs.empty())
    options.specs = {"gated_delta_rule", "kda"};
  if (!options.entry.empty() && options.specs.size() > 1)
    return createStringError("--entry goes with one SPEC, found " +
                             Twine(options.specs.size()));
  return Error::success();
}

static Error readSizes(const Flags &flags, BenchOptions &options) {
  options.tokens = {1, 64, 256, 1024};
  if (options.device == BenchDevice::Sim)
    options.tokens = {1, 64};
  if (Error error = flags.tokens.read(options.tokens))
    return error;
  reference::GenerateOptions &inputs = options.everyCase.inputs;
  runtime::Sizes &sizes = inputs.sizes;
  sizes = {{"B", 1}, {"N", 1}, {"H", 32}, {"K", 128}, {"V", 128}};
  if (Error error = flags.heads.read(sizes["H"]))
    return error;
  sizes["HV"] = sizes["H"];
  if (Error error = flags.keyDim.read(sizes["K"]))
    return error;
  if (Error error = flags.valueDim.read(sizes["V"]))
    return error;
  inputs.initialStates = true;
  inputs.dtype =
      options.device == BenchDevice::CPU ? io::DType::F32 : io::DType::BF16;
  if (Error error = flags.dtype.read(inputs.dtype))
    return error;
  return flags.seed.read(inputs.seed);
}

static Error readMeasure(const Flags &flags, bench::MeasureOptions &measure) {
  if (Error error = flags.rounds.read(measure.rounds))
    return error;
  measure.threads = hardware_concurrency().compute_thread_count();
  return flags.threads.read(measure.threads);
}

/// An error where a flag is given that only other devices have.
static Error checkDevice(const Flags &flags, BenchDevice device) {
  constexpr auto cpu = BenchDevice::CPU, sim = BenchDevice::Sim,
                 cuda = BenchDevice::CUDA;
  struct Use {
    StringRef flag;
    bool isGiven;
    SmallVector<BenchDevice, 2> devices;
    StringRef names;
  };
  const Use uses[] = {
      {"ggml", flags.ggml.isGiven(), {cpu}, "cpu"},
      {"target", flags.target.isGiven(), {sim, cuda}, "sim and cuda"},
      {"chip", flags.chip.isGiven(), {sim, cuda}, "sim and cuda"},
      {"rounds", flags.rounds.isGiven(), {cpu, cuda}, "cpu and cuda"},
      {"threads", flags.threads.isGiven(), {cpu, sim}, "cpu and sim"},
      {"precision", flags.precision.isGiven(), {sim, cuda}, "sim and cuda"},
      {"only-sampled", flags.onlySampled, {sim}, "sim"}};
  for (const Use &use : uses)
    if (use.isGiven && !is_contained(use.devices, device))
      return createStringError("--" + use.flag +
                               " goes with --device=" + use.names);
  return Error::success();
}

/// An unknown chip is an error before anything runs.
static Error readDevice(const Flags &flags, BenchOptions &options) {
  if (Error error = flags.device.read(options.device))
    return error;
  if (Error error = checkDevice(flags, options.device))
    return error;
  if (options.device == BenchDevice::CPU)
    return Error::success();
  if (Error error = target::findGpu(flags.target.isGiven() ? flags.target.text()
                                                           : "sm_80")
                        .moveInto(options.gpu))
    return createStringError("--target: " + toString(std::move(error)));
  for (StringRef chip : split(flags.chip.text(), ',')) {
    if (!flags.chip.isGiven())
      chip = "h200";
    if (Error error = sim::estimate::findChip(chip).takeError())
      return error;
    if (!is_contained(options.sim.chips, chip))
      options.sim.chips.push_back(chip.str());
  }
  options.sim.onlySampled = flags.onlySampled;
  if (Error error = flags.precision.read(options.exactness))
    return error;
  if (Error error = flags.threads.read(options.sim.threads))
    return error;
  if (options.device == BenchDevice::Sim)
    return Error::success();
  if (options.sim.chips.size() > 1)
    return flags.chip.fail("one chip, with --device=cuda");
  options.cuda.chip = flags.chip;
  return flags.rounds.read(options.cuda.rounds);
}

/// Gradients by chunks, of one size.
static Error readBackward(const Flags &flags, BenchOptions &options) {
  options.isBackward = true;
  options.everyCase.form = Form::Chunk;
  if (options.device != BenchDevice::CPU)
    return createStringError("--direction=backward goes with --device=cpu");
  for (const Flag *flag :
       {static_cast<const Flag *>(&flags.form), &flags.schedule, &flags.ggml})
    if (flag->isGiven())
      return createStringError("--" + flag->name() +
                               " goes with --direction=forward");
  std::vector<int64_t> chunks;
  if (Error error = flags.chunk.read(chunks))
    return error;
  if (chunks.size() > 1)
    return flags.chunk.fail("one number, with --direction=backward");
  if (!chunks.empty())
    options.everyCase.chunk = chunks.front();
  return Error::success();
}

static Error readForm(const Flags &flags, BenchOptions &options) {
  auto direction = Direction::Forward;
  if (Error error = flags.direction.read(direction))
    return error;
  if (direction == Direction::Backward)
    return readBackward(flags, options);
  Forms forms = flags.chunk.isGiven() ? Forms::All : Forms::Step;
  if (Error error = flags.form.read(forms))
    return error;
  std::vector<int64_t> chunks;
  if (Error error = flags.chunk.read(chunks))
    return error;
  if (forms == Forms::Step)
    return chunks.empty()
               ? Error::success()
               : createStringError("--chunk goes with --form=chunk or all");
  if (forms == Forms::All && chunks.empty()) {
    if (options.device == BenchDevice::CPU)
      append_range(chunks, kTriedChunks);
    else
      append_range(chunks, kTriedGPUChunks);
  }
  options.takesAnyForm = forms == Forms::All;
  options.comparesForms = options.takesAnyForm || chunks.size() > 1;
  bench::CaseOptions &everyCase = options.everyCase;
  everyCase.form = Form::Chunk;
  if (chunks.empty())
    return Error::success();
  everyCase.chunk = chunks.front();
  everyCase.otherChunks.assign(chunks.begin() + 1, chunks.end());
  return Error::success();
}

static Error readFiles(const Flags &flags, BenchOptions &options) {
  if (options.comparesForms)
    for (const Flag *flag : {&flags.schedule, &flags.ggml})
      if (flag->isGiven())
        return createStringError("--" + flag->name() +
                                 " goes with one form, not with several");
  options.ggml = flags.ggml;
  options.json = flags.json;
  options.schedules = flags.schedule;
  std::vector<FileUse> files = {reads("--schedule", options.schedules),
                                writes("--json", options.json)};
  for (StringRef spec : options.specs)
    files.push_back(readsSpec(spec));
  if (Error error = checkFiles(files))
    return error;
  // A long measurement should not end with a file that cannot be written.
  return checkWritable(options.json);
}

Expected<BenchOptions> tool::parseBenchOptions(int argc, char **argv) {
  Flags flags;
  if (Error error = flags.parse(argc, argv))
    return std::move(error);
  BenchOptions options;
  for (auto *read : {readSpecs, readDevice, readSizes, readForm, readFiles})
    if (Error error = read(flags, options))
      return std::move(error);
  if (!flags.noCache)
    options.everyCase.cache = compiler::ArtifactCache::getUsers();
  if (Error error = readMeasure(flags, options.everyCase.measure))
    return std::move(error);
  return options;
}

/// A value of a flag, or of an operand where the flag is empty, with no file of
/// this machine in it.
static std::string describeValue(StringRef flag, StringRef value) {
  if (flag == "ggml")
    return "FOLDER";
  if (flag == "json" || flag == "schedule")
    return "FILE";
  if (!flag.empty() && flag != "variants")
    return value.str();
  SmallVector<std::string> specs;
  for (StringRef spec : split(value, ','))
    specs.push_back(findVariant(spec) || spec == "-" ? spec.str()
                                                     : "FILE.mlir");
  return join(specs, ",");
}

std::string tool::describeCommand(int argc, char **argv) {
  std::string command = "sluice-bench";
  StringRef flag;
  for (StringRef argument : ArrayRef(argv, argc).drop_front()) {
    command += ' ';
    if (!flag.empty()) { // --flag value
      command += describeValue(std::exchange(flag, ""), argument);
      continue;
    }
    if (argument.starts_with("@")) { // a file of more arguments
      command += "@FILE";
      continue;
    }
    if (!argument.starts_with("-") || argument == "-") {
      command += describeValue("", argument);
      continue;
    }
    auto [name, value] = argument.split('=');
    command += name;
    if (name == argument) {
      flag = name.ltrim('-');
      continue;
    }
    command += '=';
    command += describeValue(name.ltrim('-'), value);
  }
  return command;
}
