//===- Console.cpp - Stage times and a progress line ----------------------===//

#include "tools/lib/Console.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/Process.h"

using namespace llvm;
using namespace sluice::tool;

void StageTimes::print(raw_ostream &os) const {
  double total = 0;
  for (const auto &[stage, seconds] : stages) {
    os << format("%-9s %9.3f ms\n", stage.c_str(), 1e3 * seconds);
    total += seconds;
  }
  os << format("%-9s %9.3f ms\n", "total", 1e3 * total);
}

ProgressLine::ProgressLine(StringRef stage)
    : stage(stage), isTerminal(sys::Process::StandardErrIsDisplayed()),
      nextTime(Clock::now() + std::chrono::seconds(1)) {}

ProgressLine::~ProgressLine() {
  if (isShown)
    errs() << "\r\033[K";
}

void ProgressLine::update(double fraction) {
  if (!isTerminal || Clock::now() < nextTime)
    return;
  isShown = true;
  nextTime = Clock::now() + std::chrono::milliseconds(100);
  errs() << '\r' << stage << format(" %3.0f%%", 100 * fraction);
}
