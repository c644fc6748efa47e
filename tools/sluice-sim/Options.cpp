//===- Options.cpp - The command line of sluice-sim -----------------------===//

#include "tools/sluice-sim/Options.h"

#include "lib/Simulator/Launch/Extents.h"
#include "lib/Support/Version.h"
#include "llvm/Support/CommandLine.h"
#include <cstdlib>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static constexpr StringLiteral kOverview =
    R"(Runs a PTX kernel on the CPU and checks it as it runs.

Reports races, reads of memory that nobody has written, accesses out of bounds
or misaligned, asynchronous copies used too soon, divergent barriers, deadlocks
and traps, each with its PTX line, thread and conflicting access; then what was
executed. Exit status 0: it finished without an error, 1: bad input, 2: the
kernel is wrong.

EXAMPLES
  sluice-sim scale.ptx --entry=scale --grid=4 --block=256
             --inputs=in.safetensors --args=x,out:y,f32:0.5,i32:1000
             --outputs=out.safetensors
        x and y are tensors of the file, y starts unwritten; both are written
  sluice-sim scale.ptx --entry=scale --grid=4 --block=256 --seed=7 ...
        the warps run in another order: what is right gives the same bits
  sluice-sim --list-instructions
        what it can run

--args has the entry's parameters in order, with commas between them:
  NAME[+BYTES]   the address of a tensor of the inputs; a name that is repeated
                 is the same buffer
  out:NAME       the same, but the buffer starts unwritten
  i32:-5, f16:1  a number: i8 to i64, u8 to u64, f16, bf16, f32, f64
  null           a null pointer
  bytes:0a00ff   a struct by value, as hexadecimal digits
  tma:NAME:dims=64,32:strides=128:box=16,8[:elem=f16][:swizzle=32][:oob=nan]
      [:elementstrides=1,2]
                 a tensor map, or its address, as the parameter wants it:
                 innermost first, strides in bytes of the second dimension on
  struct:64:0=x:8=out:y:16=i32:5
                 a struct of 64 bytes by value, arguments at their offsets, zero
                 elsewhere; one in another stands in parentheses
  at:ARG         the address of memory that holds ARG: a struct, a tensor map
--buffers has tensors that the kernel reaches in other ways, as NAME or out:NAME,
and writes arguments into them: table:0=x:8=y is a table of two addresses
)";

namespace {
/// The flags as they are given. Not globals: LLVM's options must go first.
struct Flags {
  cl::OptionCategory category{"sluice-sim options"};
  cl::opt<std::string> kernel{cl::Positional, cl::desc("KERNEL.ptx"),
                              cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::desc("The kernel to run, if the file has several"),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> grid{"grid", cl::desc("CTAs of the grid"),
                            cl::value_desc("X[,Y[,Z]]"), cl::cat(category)};
  cl::opt<std::string> block{"block", cl::desc("Threads of a CTA"),
                             cl::value_desc("X[,Y[,Z]]"), cl::cat(category)};
  cl::opt<std::string> cluster{
      "cluster",
      cl::desc("CTAs of a cluster (default: what the entry\nrequires, or 1)"),
      cl::value_desc("X[,Y[,Z]]"), cl::cat(category)};
  cl::opt<std::string> smem{
      "smem", cl::desc("Dynamic shared memory of a CTA (default: 0)"),
      cl::value_desc("BYTES"), cl::cat(category)};
  cl::opt<std::string> regs{
      "regs", cl::desc("Registers of a thread, as ptxas prints them"),
      cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> args{"args", cl::desc("What the kernel is given"),
                            cl::value_desc("A,B,..."), cl::cat(category)};
  cl::opt<std::string> buffers{
      "buffers",
      cl::desc("Tensors that no argument names, and what is put\ninto them"),
      cl::value_desc("A,B,..."), cl::cat(category)};
  cl::opt<std::string> inputs{"inputs", cl::desc("Tensors to read"),
                              cl::value_desc("IN.safetensors"),
                              cl::cat(category)};
  cl::opt<std::string> outputs{
      "outputs",
      cl::desc("Where all tensors that are named go,\nif the grid finished"),
      cl::value_desc("OUT.safetensors"), cl::cat(category)};
  cl::opt<std::string> seed{"seed",
                            cl::desc("Another order of warps (default: 0)"),
                            cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> threads{
      "threads",
      cl::desc("Host threads to run on (default: 1, whose order is\nthe seed's "
               "alone; 0: all there are)"),
      cl::value_desc("N"), cl::cat(category)};
  cl::opt<bool> perturb{
      "perturb",
      cl::desc("Moves approximate functions within their error,\nand the order "
               "of sums inside mma"),
      cl::cat(category)};
  cl::opt<bool> strictWarp{
      "strict-warp",
      cl::desc("A warp's .sync collectives do not order its lanes'\nmemory "
               "accesses"),
      cl::cat(category)};
  cl::opt<bool> strictProxy{
      "strict-proxy",
      cl::desc("What a plain load has read needs a fence.proxy.async\nbefore "
               "the async proxy writes it, too"),
      cl::cat(category)};
  cl::opt<std::string> limit{
      "limit",
      cl::desc("Thread-instructions of the grid after which it is\nstopped "
               "(default: 10^11)"),
      cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> report{"report", cl::desc("The report as JSON"),
                              cl::value_desc("FILE.json"), cl::cat(category)};
  cl::opt<std::string> listing{
      "listing", cl::ValueOptional,
      cl::desc("The PTX, each line with its executions, bank\nconflicts, "
               "sectors and findings (default: on\nstandard output)"),
      cl::value_desc("FILE"), cl::cat(category)};
  cl::opt<std::string> chip{
      "chip",
      cl::desc("How long it would take on a100, h100 or h200, and\nwhat it "
               "would wait for"),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> ptxas{
      "ptxas", cl::ValueOptional,
      cl::desc("Runs ptxas for the registers, and for whether wgmma\nis "
               "serialised (with --chip; default: that of PATH)"),
      cl::value_desc("PATH"), cl::cat(category)};
  cl::opt<bool> onlySampled{
      "only-sampled",
      cl::desc("Runs only the CTAs that the estimate replays: fast,\nbut what "
               "the others would write is missing"),
      cl::cat(category)};
  cl::opt<sim::IssueOrder> order{
      "order", cl::desc("In which order the estimate issues instructions:"),
      cl::values(
          clEnumValN(sim::IssueOrder::List, "list",
                     "as a compiler would: list scheduling (default)"),
          clEnumValN(sim::IssueOrder::Text, "ptx", "as the PTX has them"),
          clEnumValN(sim::IssueOrder::Machine, "sass",
                     "as ptxas has, by ptxas and nvdisasm of PATH")),
      cl::init(sim::IssueOrder::List), cl::cat(category)};
  cl::opt<std::string> trace{
      "trace",
      cl::desc("One SM's time for chrome://tracing or Perfetto\n(with --chip)"),
      cl::value_desc("FILE.json"), cl::cat(category)};
  cl::opt<bool> listInstructions{
      "list-instructions", cl::desc("Prints the instructions that can be run"),
      cl::cat(category)};
  cl::opt<bool> timing{"timing",
                       cl::desc("Prints the time of each stage on stderr"),
                       cl::cat(category)};
};
} // namespace

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

template <typename Number>
static Error parseNumber(const cl::opt<std::string> &flag, uint64_t least,
                         uint64_t most, Number &number) {
  if (!flag.getNumOccurrences())
    return Error::success();
  uint64_t value;
  if (StringRef(flag).getAsInteger(10, value) || value < least || value > most)
    return error("--" + flag.ArgStr + " is a number from " + Twine(least) +
                 (most == std::numeric_limits<uint64_t>::max()
                      ? Twine(" on")
                      : " to " + Twine(most)) +
                 ", found '" + flag + "'");
  number = Number(value);
  return Error::success();
}

static Error parseExtents(const Flags &flags, SimOptions &options) {
  struct {
    const cl::opt<std::string> &flag;
    sim::ExtentKind kind;
    sim::Extent &extent;
    StringRef what;
  } extents[] = {
      {flags.grid, sim::ExtentKind::Grid, options.launch.grid, "CTAs"},
      {flags.block, sim::ExtentKind::Block, options.launch.block, "threads"},
      {flags.cluster, sim::ExtentKind::Cluster, options.launch.cluster, ""}};
  for (auto &[flag, kind, extent, what] : extents) {
    if (!flag.getNumOccurrences()) {
      if (what.empty())
        continue;
      return error("no --" + flag.ArgStr + "=X[,Y[,Z]]: how many " + what);
    }
    Expected<sim::Extent> parsed = sim::parseExtent(kind, flag);
    if (!parsed)
      return parsed.takeError();
    extent = *parsed;
  }
  options.hasCluster = flags.cluster.getNumOccurrences() > 0;
  return Error::success();
}

static Error parseNumbers(const Flags &flags, SimOptions &options) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  if (Error error =
          parseNumber(flags.smem, 0, kMost, options.launch.dynamicShared))
    return error;
  if (Error error = parseNumber(flags.regs, 1, ptx::kRegistersOfThread,
                                options.launch.registers))
    return error;
  if (Error error = parseNumber(flags.seed, 0, kMost, options.launch.seed))
    return error;
  if (Error error = parseNumber(flags.threads, 0, sim::kMostHostThreads,
                                options.launch.threads))
    return error;
  return parseNumber(flags.limit, 1, kMost, options.launch.limit);
}

/// An unknown chip is an error before the run.
static Error parseEstimate(const Flags &flags, SimOptions &options) {
  if (flags.trace.getNumOccurrences() && flags.chip.empty())
    return error("--trace needs --chip=NAME: the times of which chip");
  if (flags.onlySampled && flags.chip.empty())
    return error("--only-sampled needs --chip=NAME: it is for the estimate");
  if (flags.order.getNumOccurrences() && flags.chip.empty())
    return error("--order needs --chip=NAME: the times of which chip");
  for (const cl::opt<std::string> *other :
       {&flags.outputs, &flags.report, &flags.listing})
    if (!flags.trace.empty() && flags.trace == *other)
      return error("--" + other->ArgStr + " and --trace are the same file, '" +
                   flags.trace + "'");
  if (flags.ptxas.getNumOccurrences()) {
    if (flags.chip.empty())
      return error("--ptxas needs --chip=NAME: what it says is for the "
                   "estimate");
    options.ptxas =
        flags.ptxas.empty() ? std::string("ptxas") : flags.ptxas.getValue();
  }
  options.trace = flags.trace;
  options.launch.chip = flags.chip;
  options.launch.order = flags.order;
  options.launch.onlySampled = flags.onlySampled;
  options.launch.keepsTimeline = !flags.trace.empty();
  if (!flags.chip.getNumOccurrences())
    return Error::success();
  return sim::estimate::findChip(flags.chip).takeError();
}

static Expected<SimOptions> toOptions(const Flags &flags) {
  SimOptions options;
  if (flags.listInstructions) {
    options.listsInstructions = true;
    return options;
  }
  if (flags.kernel.empty())
    return error("no KERNEL.ptx");
  if (Error error = parseExtents(flags, options))
    return error;
  if (Error error = parseNumbers(flags, options))
    return error;
  if (!flags.report.empty() && flags.report == flags.outputs)
    return error("--outputs and --report are the same file, '" + flags.report +
                 "'");
  if (flags.listing.getNumOccurrences())
    options.listing = flags.listing;
  for (const cl::opt<std::string> *other : {&flags.outputs, &flags.report})
    if (!flags.listing.empty() && flags.listing == *other)
      return error("--" + other->ArgStr +
                   " and --listing are the same file, '" + flags.listing + "'");
  if (Error error = parseEstimate(flags, options))
    return std::move(error);
  options.kernel = flags.kernel;
  options.entry = flags.entry;
  options.arguments = flags.args;
  options.buffers = flags.buffers;
  options.inputs = flags.inputs;
  options.outputs = flags.outputs;
  options.report = flags.report;
  options.launch.perturb = flags.perturb;
  options.launch.strictWarp = flags.strictWarp;
  options.launch.strictProxy = flags.strictProxy;
  options.timing = flags.timing;
  return options;
}

Expected<SimOptions> tool::parseSimOptions(int argc, char **argv) {
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
    message.consume_front("sluice-sim: ");
    return error(message);
  }
  return toOptions(flags);
}
