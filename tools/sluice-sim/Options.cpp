//===- Options.cpp - The command line of sluice-sim -----------------------===//

#include "tools/sluice-sim/Options.h"

#include "lib/Simulator/Launch/Extents.h"
#include "tools/lib/CommandLine.h"
#include "tools/lib/Files.h"

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

static constexpr Limit kRegisters{1, ptx::kRegistersOfThread};
static constexpr Limit kHostThreads{0, sim::kMostHostThreads};
static constexpr Limit kInstructions{1};
/// Of shared memory: the target says how many.
static constexpr Limit kBytes{};

static constexpr Choice<sim::IssueOrder> kOrders[] = {
    {"list", sim::IssueOrder::List},
    {"ptx", sim::IssueOrder::Text},
    {"sass", sim::IssueOrder::Machine}};

namespace {
struct Flags : CommandLine {
  Flags() : CommandLine("sluice-sim", kOverview) {}

  Operands kernel{*this, "KERNEL.ptx"};
  Flag entry{*this, "entry", "NAME",
             "The kernel to run, if the file has several"};
  Flag grid{*this, "grid", "X[,Y[,Z]]",
            "CTAs of the grid: " + sim::describeLimits(sim::ExtentKind::Grid)};
  Flag block{
      *this, "block", "X[,Y[,Z]]",
      "Threads of a CTA: " + sim::describeLimits(sim::ExtentKind::Block) +
          ", at most " + Twine(ptx::kThreadsOfCta) + " in all"};
  Flag cluster{
      *this, "cluster", "X[,Y[,Z]]",
      "CTAs of a cluster: " + sim::describeLimits(sim::ExtentKind::Cluster) +
          ", as many in all as the target has (default: what the "
          "entry requires, or 1)"};
  NumberFlag smem{
      *this,   "smem",
      "BYTES", "Dynamic shared memory of a CTA",
      kBytes,  ", as far as the target's shared memory goes (default: 0)"};
  NumberFlag regs{*this, "regs", "N",
                  "Registers of a thread, as ptxas prints them", kRegisters};
  Flag args{*this, "args", "A,B,...", "What the kernel is given"};
  Flag buffers{*this, "buffers", "A,B,...",
               "Tensors that no argument names, and what is put into them"};
  Flag inputs{*this, "inputs", "IN.safetensors", "Tensors to read"};
  Flag outputs{*this, "outputs", "OUT.safetensors",
               "Where all tensors that are named go, if the grid finished"};
  NumberFlag seed{*this, "seed",        "N", "Seed of the order of warps",
                  kSeed, "(default: 0)"};
  NumberFlag threads{*this,
                     "threads",
                     "N",
                     "Host threads to run on",
                     kHostThreads,
                     "(default: 1, whose order is the seed's alone; 0: all "
                     "there are)"};
  Switch perturb{*this, "perturb",
                 "Moves approximate functions within their error, and the "
                 "order of sums inside mma"};
  Switch strictWarp{*this, "strict-warp",
                    "A warp's .sync collectives do not order its lanes' "
                    "memory accesses"};
  Switch strictProxy{*this, "strict-proxy",
                     "What a plain load has read needs a fence.proxy.async "
                     "before the async proxy writes it, too"};
  NumberFlag limit{*this,
                   "limit",
                   "N",
                   "Thread-instructions of the grid after which it is stopped",
                   kInstructions,
                   "(default: 10^11)"};
  Flag report{*this, "report", "FILE.json", "The report as JSON"};
  Flag listing{*this, "listing", "FILE",
               "The PTX, each line with its executions, bank conflicts, "
               "sectors and findings (default: on standard output)",
               cl::ValueOptional};
  Flag chip{*this, "chip", "NAME",
            "How long it would take on a100, h100 or h200, and what it would "
            "wait for"};
  Flag ptxas{*this, "ptxas", "PATH",
             "Runs ptxas for the registers, and for whether wgmma is "
             "serialised (with --chip; default: that of PATH)",
             cl::ValueOptional};
  Switch onlySampled{*this, "only-sampled",
                     "Runs only the CTAs that the estimate replays: fast, but "
                     "what the others would write is missing"};
  ChoiceFlag<sim::IssueOrder> order{
      *this, "order", "ORDER",
      "In which order the estimate issues instructions: list (default), as a "
      "compiler would; ptx, as the PTX has them; sass, as ptxas has, by ptxas "
      "and nvdisasm of PATH",
      kOrders};
  Flag trace{*this, "trace", "FILE.json",
             "One SM's time for chrome://tracing or Perfetto (with --chip)"};
  Switch listInstructions{*this, "list-instructions",
                          "Prints the instructions that can be run"};
  Switch timing{*this, "timing", "Prints the time of each stage on stderr"};
};
} // namespace

static Error parseExtents(const Flags &flags, SimOptions &options) {
  struct {
    const Flag &flag;
    sim::ExtentKind kind;
    sim::Extent &extent;
    StringRef what;
  } extents[] = {
      {flags.grid, sim::ExtentKind::Grid, options.launch.grid, "CTAs"},
      {flags.block, sim::ExtentKind::Block, options.launch.block, "threads"},
      {flags.cluster, sim::ExtentKind::Cluster, options.launch.cluster, ""}};
  for (auto &[flag, kind, extent, what] : extents) {
    if (!flag.isGiven()) {
      if (what.empty())
        continue;
      return createStringError("no --" + flag.name() + "=X[,Y[,Z]]: how many " +
                               what);
    }
    Expected<sim::Extent> parsed = sim::parseExtent(kind, flag.text());
    if (!parsed)
      return parsed.takeError();
    extent = *parsed;
  }
  options.hasCluster = flags.cluster.isGiven();
  return Error::success();
}

static Error parseNumbers(const Flags &flags, SimOptions &options) {
  if (Error error = flags.smem.read(options.launch.dynamicShared))
    return error;
  if (Error error = flags.regs.read(options.launch.registers))
    return error;
  if (Error error = flags.seed.read(options.launch.seed))
    return error;
  if (Error error = flags.threads.read(options.launch.threads))
    return error;
  return flags.limit.read(options.launch.limit);
}

/// An unknown chip is an error before the run.
static Error parseEstimate(const Flags &flags, SimOptions &options) {
  if (flags.chip.empty()) {
    if (flags.trace.isGiven())
      return createStringError(
          "--trace needs --chip=NAME: the times of which chip");
    if (flags.onlySampled)
      return createStringError(
          "--only-sampled needs --chip=NAME: it is for the estimate");
    if (flags.order.isGiven())
      return createStringError(
          "--order needs --chip=NAME: the times of which chip");
    if (flags.ptxas.isGiven())
      return createStringError("--ptxas needs --chip=NAME: what it says is for "
                               "the estimate");
  }
  if (flags.ptxas.isGiven())
    options.ptxas = flags.ptxas.empty() ? "ptxas" : flags.ptxas.getValue();
  if (Error error = flags.order.read(options.launch.order))
    return error;
  options.trace = flags.trace;
  options.launch.chip = flags.chip;
  options.launch.onlySampled = flags.onlySampled;
  options.launch.keepsTimeline = !flags.trace.empty();
  if (!flags.chip.isGiven())
    return Error::success();
  return sim::estimate::findChip(flags.chip).takeError();
}

static Error checkPaths(const SimOptions &options) {
  StringRef listing = options.listing ? StringRef(*options.listing) : "";
  FileUse files[] = {
      reads("KERNEL.ptx", options.kernel),  reads("--inputs", options.inputs),
      writes("--outputs", options.outputs), writes("--report", options.report),
      writes("--listing", listing),         writes("--trace", options.trace)};
  if (Error error = checkFiles(files))
    return error;
  for (const FileUse &file : files)
    if (file.isWritten)
      if (Error error = checkWritable(file.path))
        return error;
  return Error::success();
}

Expected<SimOptions> tool::parseSimOptions(int argc, char **argv) {
  Flags flags;
  if (Error error = flags.parse(argc, argv))
    return std::move(error);
  SimOptions options;
  options.listsInstructions = flags.listInstructions;
  if (options.listsInstructions)
    return options;
  if (flags.kernel.empty())
    return createStringError("no KERNEL.ptx");
  if (Error error = parseExtents(flags, options))
    return std::move(error);
  if (Error error = parseNumbers(flags, options))
    return std::move(error);
  if (Error error = parseEstimate(flags, options))
    return std::move(error);
  options.kernel = flags.kernel.text();
  options.entry = flags.entry;
  options.arguments = flags.args;
  options.buffers = flags.buffers;
  options.inputs = flags.inputs;
  options.outputs = flags.outputs;
  options.report = flags.report;
  if (flags.listing.isGiven())
    options.listing = flags.listing;
  options.launch.perturb = flags.perturb;
  options.launch.strictWarp = flags.strictWarp;
  options.launch.strictProxy = flags.strictProxy;
  options.timing = flags.timing;
  if (Error error = checkPaths(options))
    return std::move(error);
  return options;
}
