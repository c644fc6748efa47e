//===- Options.cpp - The command line of sluicec --------------------------===//

#include "tools/sluicec/Options.h"

#include "tools/lib/Choices.h"
#include "tools/lib/Files.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static constexpr StringLiteral kOverview = R"(Compiles a recurrence.

SPEC is a variant of the library (sluice-run --list names them) or an .mlir
file. What is emitted goes to standard output, or to the file after -o as a
whole or not at all.

EXAMPLES
  sluicec kda
        the chunk form of Kimi Delta Attention: chunks of 64, K = V = 128
  sluicec kda --emit=stages --chunk=32
        what of it depends on the carry, with FLOP and bytes of each part
  sluicec kda --emit=dot | dot -Tsvg -o kda.svg
        the same as a picture
  sluicec mine.mlir --entry=step --emit=delta
        a spec of your own, verified; - for SPEC reads standard input
  sluicec mine.mlir --emit=class
        what kind of step it is, why, and what reads and writes do
  sluicec kda --emit=vector --target=x86-64-v3
        what runs on a processor with AVX2: loops, with operations on vectors
  sluicec kda --emit=schedule --target=x86-64-v3 > mine.json
        how that is computed, as a file to be changed
  sluicec kda --emit=vector --target=x86-64-v3 --schedule=mine.json
        computed as the file says
  sluicec kda --form=step --emit=cubin --target=sm_90a --remarks=ptxas -o kda.cubin
        machine code of a GPU, and how many registers it takes
)";

namespace {
/// A level of --emit.
struct Level {
  StringLiteral name;
  /// Nothing: there is no such level yet.
  std::optional<Emit> emit;
  /// It depends on a target, of these kinds.
  bool isOfProcessors = false, isOfGPUs = false;
  /// It is made of the chunk form only.
  bool isGraph = false;

  bool hasTarget() const { return isOfProcessors || isOfGPUs; }
};
} // namespace

static constexpr Level kLevels[] = {
    {"delta", Emit::Delta},
    {"class", Emit::Class},
    {"wy", Emit::WY, /*isOfProcessors=*/false, /*isOfGPUs=*/false,
     /*isGraph=*/true},
    {"dot", Emit::Dot, /*isOfProcessors=*/false, /*isOfGPUs=*/false,
     /*isGraph=*/true},
    {"stages", Emit::Stages, /*isOfProcessors=*/false, /*isOfGPUs=*/false,
     /*isGraph=*/true},
    {"schedule", Emit::Schedule, /*isOfProcessors=*/true, /*isOfGPUs=*/true},
    {"placed", Emit::Placed, /*isOfProcessors=*/true, /*isOfGPUs=*/true,
     /*isGraph=*/true},
    {"tile", Emit::Tile, /*isOfProcessors=*/false, /*isOfGPUs=*/true},
    {"vector", Emit::Vector, /*isOfProcessors=*/true},
    {"llvm", Emit::LLVM, /*isOfProcessors=*/true, /*isOfGPUs=*/true},
    {"ptx", Emit::PTX, /*isOfProcessors=*/false, /*isOfGPUs=*/true},
    {"cubin", Emit::Cubin, /*isOfProcessors=*/false, /*isOfGPUs=*/true},
    {"obj", std::nullopt},
    {"package", std::nullopt}};

namespace {
struct Flags : CommandLine {
  Flags() : CommandLine("sluicec", kOverview) {}

  Operands spec{*this, "SPEC"};
  Flag entry{*this, "entry", "NAME",
             "The recurrence to compile, if the file has several"};
  Flag emit{*this, "emit", "LEVEL",
            "delta: the verified spec; class: what kind of step it is; wy "
            "(default): the chunk form; dot: its graph for Graphviz; stages: "
            "its stages with FLOP and bytes; schedule: how it is computed, as "
            "a file; placed: its scans, joined by channels, as the schedule "
            "has them; tile: a GPU's kernels; vector: a processor's loops and "
            "vectors; llvm: the llvm dialect; ptx: what a GPU's driver loads; "
            "cubin: what ptxas makes of that"};
  ChoiceFlag<Form> form{*this, "form", "FORM",
                        "chunk (default): by chunks; step: token by token",
                        kForms};
  ChoiceFlag<Direction> direction{
      *this, "direction", "DIRECTION",
      "forward (default) or backward: the gradients (--emit=delta, wy)",
      kDirections};
  NumberFlag keyDim{*this,         "key-dim",       "K", "Size of key vectors",
                    kAxisElements, "(default: 128)"};
  NumberFlag valueDim{*this,         "value-dim",
                      "V",           "Size of value vectors",
                      kAxisElements, "(default: 128)"};
  NumberFlag chunk{
      *this,
      "chunk",
      "C",
      "Tokens in a chunk",
      kChunkTokens,
      "(default: the schedule's; 64 for wy, dot and stages); 1 to 128 for "
      "--emit=schedule, placed, vector and llvm"};
  Flag schedule{*this, "schedule", "FILE.json",
                "Schedules of a file, for those that fit, instead of the "
                "default"};
  ChoiceFlag<io::DType> dtype{
      *this, "dtype", "TYPE",
      "Type of inputs and outputs: bf16 (default), f16 or "
      "f32",
      kTensorTypes};
  ChoiceFlag<Exactness> precision{
      *this, "precision", "PRECISION",
      "How exact a GPU's products are, by chunks and of 16-bit outputs: "
      "plain: factors of 16 bits; auto (default): as the recurrence needs; "
      "high: factors of two such numbers",
      kExactnesses};
  Flag target{*this, "target", "TARGET",
              "x86-64, x86-64-v2, x86-64-v3, x86-64-v4 or host (this "
              "processor), sm_80 or sm_90a: for --emit=schedule, placed, tile, "
              "vector, llvm, ptx and cubin, which need one"};
  Flag output{*this, "o", "OUT",
              "Where the result goes (default: standard output)"};
  Flag remarks{*this, "remarks", "REGEX",
               "Prints on stderr what the passes whose names it matches chose, "
               "missed and counted, and what ptxas says (of it, ptxas)"};
  Flag ptxas{*this, "ptxas", "PATH",
             "Assembles with this ptxas (--emit=cubin; default: that of PATH, "
             "of the CUDA toolkit or of a Python package)"};
  Switch timing{*this, "timing", "Prints the time of each stage on stderr"};
};
} // namespace

/// "a, b and c": the levels of which `isNamed` is true.
static std::string joinLevels(function_ref<bool(const Level &)> isNamed,
                              StringRef last = "and") {
  SmallVector<StringRef> names;
  for (const Level &level : kLevels)
    if (isNamed(level))
      names.push_back(level.name);
  return joinNames(names, last);
}

/// What is asked for, if this build has it.
static Expected<const Level *> findLevel(const Flags &flags, Form form) {
  StringRef name = flags.emit.text();
  if (!flags.emit.isGiven())
    name = form == Form::Step ? "delta" : "wy";
  SmallVector<StringRef> names;
  for (const Level &level : kLevels)
    names.push_back(level.name);
  if (Error error = checkName("emit", name, names))
    return error;
  const Level &level =
      *find_if(kLevels, [&](const Level &level) { return level.name == name; });
  if (!level.emit)
    return createStringError(
        "--emit=" + name + ": there is no such level yet: " +
        joinLevels([](const Level &level) { return level.emit.has_value(); }) +
        " can be emitted");
  if (form == Form::Step && level.isGraph)
    return createStringError(
        "--form=step --emit=" + name + ": the step form has no chunk graph: " +
        joinLevels([](auto &level) { return level.emit && !level.isGraph; }) +
        " can be emitted, and the rest with --form=chunk");
  return &level;
}

/// A flag of levels that depend on a target, given for one that does not.
static Error failWithoutTarget(const Flag &flag, const Level &level) {
  return createStringError(
      "--" + flag.name() + " goes with --emit=" +
      joinLevels([](const Level &level) { return level.hasTarget(); }, "or") +
      ": --emit=" + level.name + " does not depend on a target");
}

static Error readTarget(const Flags &flags, const Level &level,
                        EmitOptions &options) {
  SmallVector<StringRef> names;
  for (const target::Gpu &gpu : target::getGpus())
    names.push_back(gpu.name);
  for (const target::Cpu &cpu : target::getCpus())
    names.push_back(cpu.name);
  names.push_back("host");
  if (flags.target.isGiven())
    if (Error error = checkName("target", flags.target, names))
      return error;
  if (!level.hasTarget()) {
    for (const Flag *flag : {&flags.schedule, &flags.target,
                             static_cast<const Flag *>(&flags.precision)})
      if (flag->isGiven())
        return failWithoutTarget(*flag, level);
    return Error::success();
  }
  options.schedules = flags.schedule;
  if (!flags.target.isGiven())
    return createStringError(
        "--emit=" + level.name + " needs a --target, such as " +
        (level.isOfProcessors ? "x86-64-v3 or host" : "sm_80"));
  options.gpu = target::lookUpGpu(flags.target.text());
  if (flags.precision.isGiven() &&
      (!options.gpu || options.form != Form::Chunk))
    return createStringError("--precision goes with --form=chunk and a "
                             "--target that is a GPU");
  if (options.gpu ? !level.isOfGPUs : !level.isOfProcessors)
    return createStringError(
        "--emit=" + level.name + " --target=" + flags.target + ": " +
        (options.gpu ? "a GPU has " : "a processor has ") +
        joinLevels([&](const Level &level) {
          return options.gpu ? level.isOfGPUs : level.isOfProcessors;
        }));
  if (options.gpu)
    return Error::success();
  if (options.chunk.value_or(1) > target::kMostChunkTokens)
    return createStringError("--emit=" + level.name + ": --chunk is at most " +
                             Twine(target::kMostChunkTokens) +
                             " on a processor, found " + Twine(*options.chunk));
  return target::findCpu(flags.target).moveInto(options.target);
}

static Error readSizes(const Flags &flags, EmitOptions &options) {
  if (Error error = flags.keyDim.read(options.keyDim))
    return error;
  if (Error error = flags.valueDim.read(options.valueDim))
    return error;
  if (Error error = flags.dtype.read(options.dtype))
    return error;
  if (Error error = flags.precision.read(options.exactness))
    return error;
  if (flags.chunk.isGiven() && options.form == Form::Step)
    return createStringError("--chunk goes with --form=chunk");
  return flags.chunk.read(options.chunk);
}

Expected<EmitOptions> tool::parseEmitOptions(int argc, char **argv) {
  Flags flags;
  if (Error error = flags.parse(argc, argv))
    return std::move(error);
  EmitOptions options;
  if (flags.spec.empty())
    return createStringError("no SPEC: a variant (sluice-run --list names "
                             "them) or an .mlir file");
  options.spec = flags.spec.text();
  options.entry = flags.entry;
  options.output = flags.output;
  options.timing = flags.timing;
  options.remarks = flags.remarks;
  if (Error error = flags.form.read(options.form))
    return std::move(error);
  if (Error error = flags.direction.read(options.direction))
    return std::move(error);
  if (Error error = readSizes(flags, options))
    return std::move(error);
  Expected<const Level *> level = findLevel(flags, options.form);
  if (!level)
    return level.takeError();
  options.emit = *(*level)->emit;
  if (options.direction == Direction::Backward && options.emit != Emit::Delta &&
      options.emit != Emit::WY)
    return createStringError("--direction=backward --emit=" + (*level)->name +
                             ": backward has no such level yet: delta and wy "
                             "can be emitted");
  if (flags.ptxas.isGiven() && options.emit != Emit::Cubin)
    return createStringError("--ptxas goes with --emit=cubin");
  if (flags.ptxas.isGiven())
    options.ptxas = flags.ptxas;
  if (Error error = readTarget(flags, **level, options))
    return std::move(error);
  if (Error error = checkFiles({readsSpec(options.spec),
                                reads("--schedule", options.schedules),
                                writes("-o", options.output)}))
    return std::move(error);
  return options;
}
