//===- sluice-bench.cpp - time recurrences on this machine ----------------===//

#include "dialects/Registration.h"
#include "lib/Bench/Report.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/IO/AtomicFile.h"
#include "lib/Support/Version.h"
#include "lib/Variants/Variants.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/sluice-run/Console.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::compiler;
using namespace sluice::reference;
using namespace sluice::runtime;

static constexpr StringLiteral kOverview = R"(Times recurrences on this machine.

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
  compile ms   from the spec to native code, once for all T

All take turns: in every round each contestant and the peak's loop run for at
least 20 ms, ratios are formed within the round, and medians over the rounds are
printed. The first round is dropped.

EXAMPLES
  sluice-bench
        gated_delta_rule and kda with 32 heads of 128 x 128
  sluice-bench --variants=mamba2 --tokens=1 --dtype=bf16 --threads=1
        a decode step on one core
  sluice-bench --form=chunk --tokens=256,1024
        by chunks, against token by token
  sluice-bench --form=chunk --schedule=mine.json
        as the file's schedules say, where one fits
  sluice-bench --ggml=ggml/build/src --json=result.json
        against ggml, with all numbers in a file

ggml is built by you, with shared libraries:
  cmake -B build -DBUILD_SHARED_LIBS=ON -DGGML_NATIVE=ON
        -DCMAKE_BUILD_TYPE=Release
  cmake --build build
)";

namespace {
/// The flags as they are given. Not globals: LLVM's options must go first.
struct Flags {
  cl::OptionCategory category{"sluice-bench options"};
  cl::opt<std::string> variants{
      "variants", cl::desc("Of the library (sluice-run --list names them)"),
      cl::value_desc("NAME,..."), cl::init("gated_delta_rule,kda"),
      cl::cat(category)};
  cl::opt<std::string> tokens{
      "tokens", cl::desc("Numbers of tokens (1,64,256,1024)"),
      cl::value_desc("T,..."), cl::init("1,64,256,1024"), cl::cat(category)};
  cl::opt<std::string> heads{"heads", cl::desc("Heads (32)"),
                             cl::value_desc("N"), cl::init("32"),
                             cl::cat(category)};
  cl::opt<std::string> keyDim{"key-dim", cl::desc("Rows of a state (128)"),
                              cl::value_desc("K"), cl::init("128"),
                              cl::cat(category)};
  cl::opt<std::string> valueDim{
      "value-dim", cl::desc("Columns of a state (128)"), cl::value_desc("V"),
      cl::init("128"), cl::cat(category)};
  cl::opt<std::string> dtype{
      "dtype", cl::desc("f32 (default), bf16 or f16; states are f32"),
      cl::value_desc("TYPE"), cl::init("f32"), cl::cat(category)};
  cl::opt<std::string> threads{
      "threads", cl::desc("Threads to use (default: all there are)"),
      cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> rounds{"rounds", cl::desc("Rounds to measure (15)"),
                              cl::value_desc("N"), cl::init("15"),
                              cl::cat(category)};
  cl::opt<std::string> form{
      "form", cl::desc("step (default): token by token; chunk: by chunks"),
      cl::value_desc("FORM"), cl::init("step"), cl::cat(category)};
  cl::opt<std::string> chunk{
      "chunk",
      cl::desc("Tokens in a chunk, 1 to 128 (--form=chunk;\n"
               "default: the schedule's)"),
      cl::value_desc("C"), cl::cat(category)};
  cl::opt<std::string> schedule{
      "schedule",
      cl::desc("Schedules of a file, for those that fit, instead of\n"
               "the default"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> seed{"seed", cl::desc("Another seed, other inputs"),
                            cl::value_desc("N"), cl::init("0"),
                            cl::cat(category)};
  cl::opt<std::string> ggml{
      "ggml", cl::desc("Folder with libggml-base.so and libggml-cpu.so"),
      cl::value_desc("FOLDER"), cl::cat(category)};
  cl::opt<std::string> json{"json", cl::desc("Where all numbers go"),
                            cl::value_desc("FILE"), cl::cat(category)};
};

struct Options {
  std::vector<std::string> variants;
  std::vector<int64_t> tokens;
  CaseOptions everyCase;
  std::string ggml, json, schedules;
};
} // namespace

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

/// Nothing useful is larger, and products of a few stay below 2^63.
static constexpr uint64_t kMostOfASize = 1 << 20;

static Expected<uint64_t> parseNumber(StringRef flag, StringRef text,
                                      uint64_t least, uint64_t most) {
  uint64_t number;
  if (text.getAsInteger(10, number) || number < least || number > most)
    return error("--" + flag + " takes numbers from " + Twine(least) + " to " +
                 Twine(most) + ", found '" + text + "'");
  return number;
}

static Error parseNumber(const cl::opt<std::string> &flag, uint64_t most,
                         function_ref<void(uint64_t)> take) {
  Expected<uint64_t> number = parseNumber(flag.ArgStr, flag, 1, most);
  if (number)
    take(*number);
  return number.takeError();
}

static Error parseVariants(StringRef text, Options &options) {
  for (StringRef name : split(text, ',')) {
    if (!findVariant(name)) {
      StringRef near = nearestVariant(name);
      return error("no variant '" + name + "'" +
                   (near.empty() ? "; sluice-run --list names them"
                                 : ", did you mean '" + near + "'?"));
    }
    options.variants.push_back(name.str());
  }
  return Error::success();
}

static Error parseSizes(const Flags &flags, Options &options) {
  for (StringRef text : split(flags.tokens.getValue(), ',')) {
    Expected<uint64_t> tokens = parseNumber("tokens", text, 1, kMostOfASize);
    if (!tokens)
      return tokens.takeError();
    options.tokens.push_back(static_cast<int64_t>(*tokens));
  }
  GenerateOptions &inputs = options.everyCase.inputs;
  MeasureOptions &measure = options.everyCase.measure;
  Sizes &sizes = inputs.sizes;
  sizes["B"] = sizes["N"] = 1;
  auto takeSize = [](int64_t &size) {
    return [&](uint64_t number) { size = static_cast<int64_t>(number); };
  };
  if (Error error =
          parseNumber(flags.heads, kMostOfASize, takeSize(sizes["H"])))
    return error;
  sizes["HV"] = sizes["H"];
  if (Error error =
          parseNumber(flags.keyDim, kMostOfASize, takeSize(sizes["K"])))
    return error;
  if (Error error =
          parseNumber(flags.valueDim, kMostOfASize, takeSize(sizes["V"])))
    return error;
  if (Error error = parseNumber(flags.rounds, 10000, [&](uint64_t number) {
        measure.rounds = static_cast<unsigned>(number);
      }))
    return error;
  Expected<uint64_t> seed =
      parseNumber("seed", flags.seed, 0, std::numeric_limits<uint64_t>::max());
  if (!seed)
    return seed.takeError();
  inputs.seed = *seed;
  measure.threads = hardware_concurrency().compute_thread_count();
  if (!flags.threads.getNumOccurrences())
    return Error::success();
  return parseNumber(flags.threads, 1024, [&](uint64_t number) {
    measure.threads = static_cast<unsigned>(number);
  });
}

static Error checkPaths(const Flags &flags) {
  if (flags.ggml.getNumOccurrences() && flags.ggml.empty())
    return error("--ggml is a folder, found nothing");
  if (!flags.json.getNumOccurrences())
    return Error::success();
  // A long measurement should not end with a file that cannot be written.
  StringRef file = flags.json, folder = sys::path::parent_path(file);
  if (file.empty() || sys::fs::is_directory(file))
    return error("--json is a file, found '" + file + "'");
  if (!folder.empty() && !sys::fs::is_directory(folder))
    return error("--json: no folder '" + folder + "'");
  StringRef written = sys::fs::exists(file) ? file
                      : folder.empty()      ? "."
                                            : folder;
  if (std::error_code code =
          sys::fs::access(written, sys::fs::AccessMode::Write))
    return error("cannot write '" + file + "': " + code.message());
  return Error::success();
}

static Error parseForm(const Flags &flags, Options &options) {
  if (flags.form != "step" && flags.form != "chunk")
    return error("--form is step or chunk, found '" + flags.form + "'");
  bool isGiven = flags.chunk.getNumOccurrences() > 0;
  if (flags.form == "step")
    return isGiven ? error("--chunk goes with --form=chunk") : Error::success();
  options.everyCase.form = Form::Chunk;
  if (!isGiven)
    return Error::success();
  constexpr uint64_t kMostTokens = 128;
  return parseNumber(flags.chunk, kMostTokens, [&](uint64_t number) {
    options.everyCase.chunk = static_cast<int64_t>(number);
  });
}

static Expected<Options> toOptions(const Flags &flags) {
  Options options;
  if (Error error = parseVariants(flags.variants, options))
    return error;
  if (Error error = parseSizes(flags, options))
    return error;
  if (Error error = parseForm(flags, options))
    return error;
  std::optional<io::DType> dtype =
      io::parseDType(StringRef(flags.dtype).upper());
  if (dtype != io::DType::F32 && dtype != io::DType::BF16 &&
      dtype != io::DType::F16)
    return error("--dtype is f32, bf16 or f16, found '" + flags.dtype + "'");
  options.everyCase.inputs.dtype = *dtype;
  options.everyCase.inputs.initialStates = true;
  if (Error error = checkPaths(flags))
    return error;
  options.ggml = flags.ggml;
  options.json = flags.json;
  if (flags.schedule.getNumOccurrences() && flags.schedule.empty())
    return error("--schedule is a file, found nothing");
  options.schedules = flags.schedule;
  return options;
}

static Expected<Options> parseOptions(int argc, char **argv) {
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
    message.consume_front("sluice-bench: ");
    return error(message);
  }
  return toOptions(flags);
}

/// The command without the places of this machine.
static std::string describeCommand(int argc, char **argv) {
  std::string command = "sluice-bench";
  StringRef placeholder;
  for (StringRef argument : ArrayRef(argv, argc).drop_front()) {
    command += ' ';
    if (!placeholder.empty()) {
      command += std::exchange(placeholder, "");
      continue;
    }
    if (argument.starts_with("@")) { // a file of more arguments
      command += "@FILE";
      continue;
    }
    StringRef flag = argument.split('=').first;
    StringRef name = flag.ltrim('-');
    placeholder = name == "ggml"                         ? "FOLDER"
                  : name == "json" || name == "schedule" ? "FILE"
                                                         : "";
    if (placeholder.empty() || argument == flag)
      command += argument;
    else
      command += (flag + "=" + std::exchange(placeholder, "")).str();
  }
  return command;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

static Expected<std::vector<Row>> measureAll(const Options &options,
                                             const Setting &setting,
                                             mlir::MLIRContext &context) {
  std::vector<Row> rows;
  for (StringRef variant : options.variants) {
    Expected<Spec> spec = loadSpec(context, variant);
    if (!spec)
      return spec.takeError();
    CompiledCase compiled;
    for (int64_t tokens : options.tokens) {
      CaseOptions caseOptions = options.everyCase;
      caseOptions.inputs.sizes["T"] = tokens;
      auto made = Case::create(spec->op, caseOptions);
      if (!made)
        return made.takeError();
      Expected<wy::ScheduleAttr> schedule = (*made)->chooseSchedule();
      if (!schedule)
        return schedule.takeError();
      if (!compiled.kernel || compiled.schedule != *schedule) {
        Expected<CompiledCase> anew = (*made)->compile(*schedule);
        if (!anew)
          return anew.takeError();
        compiled = std::move(*anew);
      }
      Expected<Row> row = [&] { // the line is gone before the row is printed
        tool::ProgressLine line(
            (variant + ", T = " + Twine(tokens) + ":").str());
        return (*made)->run(compiled,
                            [&](double fraction) { line.update(fraction); });
      }();
      if (!row)
        return row.takeError();
      if (rows.empty())
        printTableHeader(outs(), setting, *row);
      printTableRow(outs(), setting, *row);
      rows.push_back(std::move(*row));
    }
  }
  return rows;
}

static Error run(int argc, char **argv) {
  Expected<Options> options = parseOptions(argc, argv);
  if (!options)
    return options.takeError();
  Setting setting;
  setting.command = describeCommand(argc, argv);
  setting.dtype = options->everyCase.inputs.dtype;
  setting.seed = options->everyCase.inputs.seed;
  if (options->everyCase.form == Form::Chunk)
    setting.chunk = options->everyCase.chunk.value_or(kDefaultChunk);
  setting.hasSchedules = !options->schedules.empty();
  setting.threads = options->everyCase.measure.threads;
  setting.rounds = options->everyCase.measure.rounds;
  if (getloadavg(&setting.loadAverage, 1) != 1)
    setting.loadAverage = 0;

  std::unique_ptr<GgmlPeer> ggml;
  if (!options->ggml.empty()) {
    auto loaded = GgmlPeer::load(options->ggml);
    if (!loaded)
      return loaded.takeError();
    ggml = std::move(*loaded);
    options->everyCase.ggml = ggml.get();
    setting.ggmlVersion = ggml->getVersion();
  }

  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::optional<ScheduleFile> schedules;
  if (!options->schedules.empty()) {
    Expected<ScheduleFile> file =
        ScheduleFile::load(context, options->schedules);
    if (!file)
      return file.takeError();
    schedules = std::move(*file);
    options->everyCase.schedules = &*schedules;
  }
  Expected<std::vector<Row>> rows = measureAll(*options, setting, context);
  if (!rows)
    return rows.takeError();
  if (options->json.empty())
    return Error::success();
  return io::writeFileAtomically(options->json, [&](raw_ostream &os) {
    printJSON(os, setting, *rows);
    return Error::success();
  });
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  Error error = run(argc, argv);
  int status = 0;
  handleAllErrors(std::move(error), [&](const ErrorInfoBase &error) {
    errs() << "sluice-bench: error: " << error.message() << '\n';
    status = 1;
  });
  return status;
}
