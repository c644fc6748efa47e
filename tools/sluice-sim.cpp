//===- sluice-sim.cpp - run a PTX kernel on the CPU -----------------------===//

#include "lib/PTX/Form.h"
#include "lib/Simulator/Launch/ReportPrinter.h"
#include "tools/lib/Main.h"
#include "tools/sluice-sim/Kernel.h"
#include "tools/sluice-sim/Options.h"
#include "tools/sluice-sim/Simulation.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

static Expected<Verdict> run(int argc, char **argv) {
  Expected<SimOptions> options = parseSimOptions(argc, argv);
  if (!options)
    return options.takeError();
  if (options->listsInstructions) {
    sim::printForms(outs(), ptx::getForms());
    return Verdict::Right;
  }
  Expected<Verdict> verdict = Simulation(*options).run();
  if (!verdict)
    return asSourceError(verdict.takeError(), options->kernel);
  return verdict;
}

int main(int argc, char **argv) {
  return runTool(argc, argv, "sluice-sim", [&] { return run(argc, argv); });
}
