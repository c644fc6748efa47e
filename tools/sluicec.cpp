//===- sluicec.cpp - compile a recurrence ---------------------------------===//

#include "dialects/Registration.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/lib/Console.h"
#include "tools/lib/Files.h"
#include "tools/lib/Main.h"
#include "tools/sluicec/Emission.h"
#include "tools/sluicec/Options.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::tool;

static Expected<Verdict> run(int argc, char **argv) {
  Expected<EmitOptions> options = parseEmitOptions(argc, argv);
  if (!options)
    return options.takeError();
  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  StageTimes times;
  Expected<Spec> spec = times.measure("parse", [&] {
    return loadSpec(context, options->spec, options->entry);
  });
  if (!spec)
    return spec.takeError();
  std::string remarks;
  Expected<mlir::OwningOpRef<mlir::ModuleOp>> module = times.measure(
      "derive", [&] { return deriveModule(*spec, *options, remarks); });
  if (!module)
    return module.takeError();
  Expected<std::string> text = times.measure(
      "print", [&] { return print(*spec, **module, *options, remarks); });
  if (!text)
    return text.takeError();
  // The first line is an error's, where there is one.
  errs() << spec->warnings << remarks;
  if (Error error = times.measure("write", [&] {
        return writeOutput(options->output,
                           [&](raw_ostream &os) { os << *text; });
      }))
    return std::move(error);
  if (options->timing)
    times.print(errs());
  return Verdict::Right;
}

int main(int argc, char **argv) {
  return runTool(argc, argv, "sluicec", [&] { return run(argc, argv); });
}
