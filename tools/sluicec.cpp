//===- sluicec.cpp - compile a recurrence ---------------------------------===//

#include "dialects/Registration.h"
#include "lib/Analysis/StageCutDot.h"
#include "lib/IO/AtomicFile.h"
#include "lib/IO/DType.h"
#include "lib/Runtime/SpecLoader.h"
#include "lib/Support/Version.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Pipelines/Pipelines.h"
#include "tools/sluice-run/Console.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include <cstdlib>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::tool;

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

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
        a spec of your own, verified
)";

namespace {
enum class Emit { Delta, WY, Dot, Stages };

struct Options {
  std::string spec, entry, output;
  Emit emit = Emit::WY;
  DeltaToWYOptions sizes;
  /// Of inputs and outputs.
  io::DType dtype = io::DType::BF16;
  bool timing = false;
};

/// The flags as they are given. Not globals: LLVM's options must go first.
struct Flags {
  cl::OptionCategory category{"sluicec options"};
  cl::opt<std::string> spec{cl::Positional, cl::desc("SPEC"),
                            cl::cat(category)};
  cl::opt<std::string> entry{
      "entry", cl::desc("The recurrence to compile, if the file has several"),
      cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> emit{
      "emit",
      cl::desc(
          "delta: the verified spec; wy (default): the chunk form; dot: "
          "its graph for Graphviz; stages: its stages with FLOP and bytes"),
      cl::value_desc("LEVEL"), cl::cat(category)};
  cl::opt<std::string> form{
      "form", cl::desc("chunk (default): by chunks; step: token by token"),
      cl::value_desc("FORM"), cl::init("chunk"), cl::cat(category)};
  cl::opt<std::string> direction{
      "direction", cl::desc("forward (default) or backward: the gradients"),
      cl::value_desc("DIRECTION"), cl::init("forward"), cl::cat(category)};
  cl::opt<std::string> keyDim{"key-dim",
                              cl::desc("Size of key vectors (default: 128)"),
                              cl::value_desc("K"), cl::cat(category)};
  cl::opt<std::string> valueDim{
      "value-dim", cl::desc("Size of value vectors (default: 128)"),
      cl::value_desc("V"), cl::cat(category)};
  cl::opt<std::string> chunk{"chunk",
                             cl::desc("Tokens in a chunk (default: 64)"),
                             cl::value_desc("C"), cl::cat(category)};
  cl::opt<std::string> dtype{
      "dtype", cl::desc("Of inputs and outputs: bf16 (default), f16 or f32"),
      cl::value_desc("TYPE"), cl::init("bf16"), cl::cat(category)};
  cl::opt<std::string> target{"target",
                              cl::desc("sm_80, sm_90a or x86-64: for machine "
                                       "code"),
                              cl::value_desc("TARGET"), cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::desc("Where it goes (default: standard output)"),
      cl::value_desc("OUT"), cl::cat(category)};
  cl::opt<bool> timing{"timing",
                       cl::desc("Prints the time of each stage on stderr"),
                       cl::cat(category)};
};
} // namespace

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

/// `flag`, if it was given, is one of `names`.
static Error checkName(const cl::opt<std::string> &flag,
                       ArrayRef<StringRef> names) {
  if (!flag.getNumOccurrences() || is_contained(names, StringRef(flag)))
    return Error::success();
  std::string list;
  for (auto [i, name] : enumerate(names))
    list += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + name.str();
  return error("--" + flag.ArgStr + " is " + list + ", found '" + flag + "'");
}

static Error parseSize(const cl::opt<std::string> &flag, int64_t most,
                       int64_t &size) {
  if (!flag.getNumOccurrences())
    return Error::success();
  if (StringRef(flag).getAsInteger(10, size) || size < 1 || size > most)
    return error("--" + flag.ArgStr + " is a number from 1 to " + Twine(most) +
                 ", found '" + flag + "'");
  return Error::success();
}

static Error checkNames(const Flags &flags) {
  if (Error error =
          checkName(flags.emit, {"delta", "wy", "dot", "stages", "tile", "llvm",
                                 "ptx", "cubin", "obj", "package"}))
    return error;
  if (Error error = checkName(flags.form, {"step", "chunk"}))
    return error;
  if (Error error = checkName(flags.direction, {"forward", "backward"}))
    return error;
  if (Error error = checkName(flags.dtype, {"bf16", "f16", "f32"}))
    return error;
  return checkName(flags.target, {"sm_80", "sm_90a", "x86-64"});
}

/// What is asked for, if this build has it.
static Expected<Emit> parseEmit(const Flags &flags) {
  bool isStep = flags.form == "step";
  StringRef name = flags.emit;
  if (!flags.emit.getNumOccurrences())
    name = isStep ? "delta" : "wy";
  std::optional<Emit> emit = StringSwitch<std::optional<Emit>>(name)
                                 .Case("delta", Emit::Delta)
                                 .Case("wy", Emit::WY)
                                 .Case("dot", Emit::Dot)
                                 .Case("stages", Emit::Stages)
                                 .Default(std::nullopt);
  if (!emit)
    return error("--emit=" + name +
                 ": there is no kernel level yet: delta, wy, dot and stages "
                 "can be emitted");
  if (flags.direction == "backward")
    return error("--direction=backward: there is no backward pass yet: forward "
                 "can be emitted");
  if (isStep && emit != Emit::Delta)
    return error("--form=step --emit=" + name +
                 ": the step form has no chunk graph: delta can be emitted, "
                 "and the rest with --form=chunk");
  return *emit;
}

static Expected<Options> toOptions(const Flags &flags) {
  Options options;
  if (flags.spec.empty())
    return error("no SPEC: a variant (sluice-run --list names them) or an "
                 ".mlir file");
  if (Error error = checkNames(flags))
    return error;
  constexpr int64_t kMostElements = 65536, kMostTokens = 1024;
  if (Error error =
          parseSize(flags.keyDim, kMostElements, options.sizes.keyDim))
    return error;
  if (Error error =
          parseSize(flags.valueDim, kMostElements, options.sizes.valueDim))
    return error;
  if (Error error = parseSize(flags.chunk, kMostTokens, options.sizes.chunk))
    return error;
  Expected<Emit> emit = parseEmit(flags);
  if (!emit)
    return emit.takeError();
  options.emit = *emit;
  options.dtype = StringSwitch<io::DType>(flags.dtype)
                      .Case("bf16", io::DType::BF16)
                      .Case("f16", io::DType::F16)
                      .Default(io::DType::F32);
  options.spec = flags.spec;
  options.entry = flags.entry;
  options.output = flags.output;
  options.timing = flags.timing;
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
    message.consume_front("sluicec: ");
    return error(message);
  }
  return toOptions(flags);
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

/// `file:line:col: ` where the location has one.
static std::string placeOf(mlir::Location loc) {
  auto place = loc->findInstanceOf<mlir::FileLineColLoc>();
  if (!place)
    return "sluicec: ";
  return (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" +
          Twine(place.getColumn()) + ": ")
      .str();
}

/// Replaces the recurrence of `spec` by its chunk form, which stands alone in
/// the module that is returned.
static Expected<mlir::OwningOpRef<mlir::ModuleOp>>
derive(const Spec &spec, const DeltaToWYOptions &sizes) {
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(spec.op->getLoc());
  mlir::OpBuilder::atBlockEnd(module->getBody()).clone(*spec.op);
  std::string text;
  mlir::ScopedDiagnosticHandler handler(
      spec.op->getContext(), [&](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
          return;
        text += placeOf(diagnostic.getLocation()) +
                "error: " + diagnostic.str() + "\n";
        for (mlir::Diagnostic &note : diagnostic.getNotes())
          text += placeOf(note.getLocation()) + "note: " + note.str() + "\n";
      });
  mlir::PassManager manager(spec.op->getContext());
  buildChunkPipeline(manager, sizes);
  if (failed(manager.run(*module)))
    return make_error<SpecError>(
        text.empty() ? "sluicec: error: there is no chunk form\n" : text);
  return std::move(module);
}

/// What is emitted of `op`, the recurrence or its scan over chunks.
static std::string emit(mlir::Operation *op, const Options &options) {
  std::string text;
  raw_string_ostream os(text);
  if (options.emit == Emit::Delta || options.emit == Emit::WY) {
    op->print(os);
    os << '\n';
    return text;
  }
  wy::StageCutOptions cutOptions;
  cutOptions.ioBytes = io::byteWidth(options.dtype);
  wy::StageCut cut(cast<wy::ScanOp>(op), cutOptions);
  if (options.emit == Emit::Dot)
    printDot(cut, os);
  else
    cut.print(os);
  return text;
}

static Error write(StringRef path, StringRef text) {
  auto put = [&](raw_ostream &os) {
    os << text;
    return Error::success();
  };
  if (!path.empty() && path != "-")
    return io::writeFileAtomically(path, put);
  outs() << text;
  outs().flush();
  std::error_code code = outs().error();
  outs().clear_error();
  return code ? error("cannot write to standard output: " + code.message())
              : Error::success();
}

static Error run(const Options &options) {
  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  StageTimes times;
  Expected<Spec> spec = times.measure(
      "parse", [&] { return loadSpec(context, options.spec, options.entry); });
  if (!spec)
    return spec.takeError();

  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::Operation *emitted = spec->op;
  if (options.emit != Emit::Delta) {
    Expected<mlir::OwningOpRef<mlir::ModuleOp>> derived =
        times.measure("derive", [&] { return derive(*spec, options.sizes); });
    if (!derived)
      return derived.takeError();
    module = std::move(*derived);
    emitted = &module->getBody()->front();
  }
  std::string text =
      times.measure("print", [&] { return emit(emitted, options); });
  if (Error error =
          times.measure("write", [&] { return write(options.output, text); }))
    return error;
  if (options.timing)
    times.print(errs());
  return Error::success();
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  Error error = [&]() -> Error {
    Expected<Options> options = parseOptions(argc, argv);
    return options ? run(*options) : options.takeError();
  }();
  int status = 0;
  handleAllErrors(
      std::move(error),
      [&](const SpecError &error) {
        error.log(errs());
        status = 1;
      },
      [&](const ErrorInfoBase &error) {
        errs() << "sluicec: error: " << error.message() << '\n';
        status = 1;
      });
  return status;
}
