//===- Options.cpp - The command line of sluice-run -----------------------===//

#include "tools/sluice-run/Options.h"

#include "lib/Support/Version.h"
#include "llvm/Support/CommandLine.h"
#include <cmath>
#include <cstdlib>

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static constexpr StringLiteral kOverview = R"(Runs a recurrence over tensors.

SPEC is a variant of the library (--list names them) or an .mlir file. Tensors
are matched by the names of the spec's arguments; final states are written
beside the outputs. What is bound to what is checked before anything runs.

EXAMPLES
  sluice-run --list
        the variants, with the tensors that each takes and gives
  sluice-run kda --inputs=in.safetensors --outputs=out.safetensors
        runs Kimi Delta Attention over q, k, v, g, beta of that file
  sluice-run kda --generate=B=1,T=1024,H=4,K=128,V=128 --compare=reference
        makes random inputs, prints the error against float64
  sluice-run kda --form=chunk --schedule=mine.json --generate
             --compare=reference
        computes it as an entry of that file says, where one fits
  sluice-run mine.mlir --entry=step --inputs=in.safetensors
             --outputs=out.safetensors --device=reference
        what a spec of your own means, exactly

--generate takes sizes and more, separated by commas; what is left out is as
here: B=1,T=1024,H=4,HV=4,K=128,V=128,dtype=f32. Also: initial (initial states,
too), seqlens=5:0:3 (lengths of sequences packed into one row). Key vectors have
length 1, gates lie below 0, write strengths between 0 and 1.
)";

namespace {
/// The flags as they are given. Not globals: LLVM's options must go first.
struct Flags {
  cl::OptionCategory category{"sluice-run options"};
  cl::opt<std::string> spec{cl::Positional, cl::desc("SPEC"),
                            cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::desc("The recurrence to run, if the file has several"),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> inputs{"inputs", cl::desc("Tensors to read"),
                              cl::value_desc("FILE.safetensors"),
                              cl::cat(category)};
  cl::opt<std::string> outputs{"outputs", cl::desc("Where results go"),
                               cl::value_desc("FILE.safetensors"),
                               cl::cat(category)};
  cl::opt<std::string> device{
      "device", cl::desc("cpu (default), reference (float64), sim or cuda"),
      cl::value_desc("DEVICE"), cl::init("cpu"), cl::cat(category)};
  cl::opt<std::string> form{
      "form", cl::desc("step (default): token by token; chunk: by chunks"),
      cl::value_desc("FORM"), cl::init("step"), cl::cat(category)};
  cl::opt<std::string> direction{
      "direction", cl::desc("forward (default) or backward: the gradients"),
      cl::value_desc("DIRECTION"), cl::init("forward"), cl::cat(category)};
  cl::opt<std::string> chunk{
      "chunk",
      cl::desc("Tokens in a chunk, 1 to 128 (--form=chunk;\n"
               "default: the schedule's)"),
      cl::value_desc("C"), cl::cat(category)};
  cl::opt<std::string> schedule{
      "schedule",
      cl::desc("Schedules of a file, for those that fit, instead of\n"
               "the default (--device=cpu)"),
      cl::value_desc("FILE.json"), cl::cat(category)};
  cl::opt<std::string> target{
      "target",
      cl::desc("Computes as on x86-64, x86-64-v2, x86-64-v3 or\n"
               "x86-64-v4 (--device=cpu; default: host, this\n"
               "processor)"),
      cl::value_desc("TARGET"), cl::init("host"), cl::cat(category)};
  cl::opt<std::string> segment{
      "segment",
      cl::desc("Cuts sequences every so many tokens, scans all\n"
               "segments at once and joins them exactly"),
      cl::value_desc("TOKENS"), cl::cat(category)};
  cl::opt<std::string> scale{
      "scale", cl::desc("What delta.scale gives (default: K^-1/2)"),
      cl::value_desc("X"), cl::cat(category)};
  cl::opt<std::string> compare{
      "compare",
      cl::desc("Prints the error of each result against the reference"),
      cl::value_desc("reference"), cl::cat(category)};
  cl::opt<std::string> list{
      "list", cl::desc("Names the library's variants and their tensors"),
      cl::value_desc("json"), cl::ValueOptional, cl::cat(category)};
  cl::opt<std::string> generate{
      "generate", cl::desc("Makes random inputs instead (see above)"),
      cl::value_desc("SIZES"), cl::ValueOptional, cl::cat(category)};
  cl::opt<std::string> seed{"seed", cl::desc("Another seed, other inputs"),
                            cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> saveInputs{
      "save-inputs", cl::desc("Keeps the generated inputs"),
      cl::value_desc("FILE.safetensors"), cl::cat(category)};
  cl::opt<bool> timing{"timing",
                       cl::desc("Prints the time of each stage on stderr"),
                       cl::cat(category)};
  cl::opt<std::string> threads{
      "threads", cl::desc("Threads to use (default: all there are)"),
      cl::value_desc("N"), cl::cat(category)};
};
} // namespace

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static Error checkListing(const Flags &flags, Options &options) {
  if (!flags.list.empty() && flags.list != "json")
    return error("--list or --list=json, found --list=" + flags.list);
  options.listing = flags.list.empty() ? Listing::Text : Listing::JSON;
  return Error::success();
}

/// What the flags ask for, and this build has not.
static Error checkAvailable(const Flags &flags) {
  if (flags.form != "step" && flags.form != "chunk")
    return error("--form is step or chunk, found '" + flags.form + "'");
  if (flags.direction == "backward")
    return error(
        "--direction=backward is not available in this build, only forward is");
  if (flags.direction != "forward")
    return error("--direction is forward or backward, found '" +
                 flags.direction + "'");
  if (flags.chunk.getNumOccurrences() && flags.form != "chunk")
    return error("--chunk goes with --form=chunk");
  return Error::success();
}

static Error parseTarget(const Flags &flags, Options &options) {
  for (const auto *flag : {&flags.schedule, &flags.target})
    if (flag->getNumOccurrences() && options.device != Device::CPU)
      return error("--" + flag->ArgStr + " goes with --device=cpu");
  // A segment's transition is another recurrence than the spec's.
  if (flags.schedule.getNumOccurrences() && flags.segment.getNumOccurrences())
    return error("--schedule and --segment exclude each other");
  if (flags.schedule.getNumOccurrences() && flags.schedule.empty())
    return error("--schedule is a file, found nothing");
  Expected<const target::Cpu *> cpu = target::findCpu(flags.target);
  if (!cpu)
    return error("--target: " + toString(cpu.takeError()));
  options.target = *cpu;
  options.schedules = flags.schedule;
  return Error::success();
}

static Error checkFiles(const Flags &flags) {
  bool generates = flags.generate.getNumOccurrences() > 0;
  if (flags.spec.empty())
    return error("no SPEC: a variant (--list names them) or an .mlir file");
  if (flags.inputs.empty() && !generates)
    return error("no inputs: --inputs=FILE.safetensors reads them, "
                 "--generate=… makes them");
  if (!flags.inputs.empty() && generates)
    return error("--inputs and --generate exclude each other");
  if (!generates && !flags.saveInputs.empty())
    return error("--save-inputs goes with --generate");
  if (!generates && flags.seed.getNumOccurrences())
    return error("--seed goes with --generate");
  if (flags.outputs.empty() && flags.saveInputs.empty() &&
      flags.compare.empty() && !flags.timing)
    return error("nothing to do with the results: give "
                 "--outputs=FILE.safetensors or --compare=reference");
  if (!flags.compare.empty() && flags.compare != "reference")
    return error("--compare=reference, found --compare=" + flags.compare);
  return Error::success();
}

static bool parse(StringRef text, double &number) {
  return !text.getAsDouble(number) && std::isfinite(number);
}
static bool parse(StringRef text, unsigned &number) {
  return !text.getAsInteger(10, number) && number > 0;
}
static bool parse(StringRef text, uint64_t &number) {
  return !text.getAsInteger(10, number);
}

/// Leaves `number` as it is if the flag is not given.
template <typename Number>
static Error parseNumber(const cl::opt<std::string> &flag, StringRef what,
                         Number &number) {
  if (flag.getNumOccurrences() && !parse(flag, number))
    return error("--" + flag.ArgStr + " is " + what + ", found '" + flag + "'");
  return Error::success();
}

static Error parseNumbers(const Flags &flags, Options &options) {
  if (Error error =
          parseNumber(flags.threads, "a number above 0", options.threads))
    return error;
  if (flags.form == "chunk") {
    constexpr unsigned kMostTokens = target::kMostChunkTokens;
    options.form = Form::Chunk;
    if (flags.chunk.getNumOccurrences())
      if (Error error = parseNumber(flags.chunk, "a number from 1 to 128",
                                    options.chunk.emplace()))
        return error;
    if (options.chunk > kMostTokens)
      return error("--chunk is a number from 1 to 128, found '" + flags.chunk +
                   "'");
  }
  if (Error error =
          parseNumber(flags.segment, "a number above 0", options.segment))
    return error;
  if (options.generate)
    if (Error error = parseNumber(flags.seed, "a number from 0 on",
                                  options.generate->seed))
      return error;
  if (!flags.scale.getNumOccurrences())
    return Error::success();
  return parseNumber(flags.scale, "a finite number", options.scale.emplace());
}

static Expected<Options> toOptions(const Flags &flags) {
  Options options;
  if (flags.list.getNumOccurrences()) {
    if (Error error = checkListing(flags, options))
      return error;
    return options;
  }
  if (Error error = checkFiles(flags))
    return error;
  if (Error error = checkAvailable(flags))
    return error;
  Expected<Device> device = parseDevice(flags.device);
  if (!device)
    return device.takeError();
  if (flags.generate.getNumOccurrences()) {
    Expected<reference::GenerateOptions> generate =
        reference::parseGenerateOptions(flags.generate);
    if (!generate)
      return generate.takeError();
    options.generate = *generate;
  }
  if (Error error = parseNumbers(flags, options))
    return error;
  options.device = *device;
  if (Error error = parseTarget(flags, options))
    return error;
  options.spec = flags.spec;
  options.entry = flags.entry;
  options.inputs = flags.inputs;
  options.outputs = flags.outputs;
  options.savedInputs = flags.saveInputs;
  options.compare = !flags.compare.empty();
  options.timing = flags.timing;
  return options;
}

Expected<Options> tool::parseOptions(int argc, char **argv) {
  // LLVM's shared library brings hundreds of options, some under our names.
  cl::ResetCommandLineParser();
  setVersionPrinter();
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  std::string text;
  raw_string_ostream os(text);
  if (!cl::ParseCommandLineOptions(argc, argv, kOverview, &os)) {
    // Some of its errors it has printed already.
    if (text.empty())
      std::exit(1);
    StringRef message = StringRef(text).trim();
    message.consume_front("sluice-run: ");
    return error(message);
  }
  return toOptions(flags);
}
