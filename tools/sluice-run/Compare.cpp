//===- Compare.cpp - Results against the reference ------------------------===//

#include "tools/sluice-run/Compare.h"

#include "tools/lib/Console.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::tool;

static constexpr double kTolerance16 = 5e-3, kTolerance32 = 1e-5,
                        kTolerance64 = 1e-10;

double tool::getTolerance(io::DType dtype) {
  switch (io::byteWidth(dtype)) {
  case 2:
    return kTolerance16;
  case 4:
    return kTolerance32;
  default:
    return kTolerance64;
  }
}

std::string tool::describeTolerances() {
  std::string text;
  raw_string_ostream(text) << format("%g for bf16 and f16, ", kTolerance16)
                           << format("%g for f32, ", kTolerance32)
                           << format("%g for f64", kTolerance64);
  return text;
}

static void printTooLarge(const reference::TensorError &error,
                          double tolerance) {
  errs() << "sluice-run: error: '" << error.name << "'";
  if (std::isfinite(error.relativeRMS))
    errs() << format(": the relative RMS error %.3e is above the tolerance of "
                     "%g (--tolerance)\n",
                     error.relativeRMS, tolerance);
  else
    errs() << ": it has a NaN or an infinity where the reference has another "
              "number\n";
}

Expected<Verdict> tool::compareToReference(RunExactly runExactly,
                                           const Results &results,
                                           io::DType factors,
                                           std::optional<double> tolerance) {
  Expected<Results> exact = [&] { // the line is gone before errors are printed
    ProgressLine line("comparing");
    return runExactly([&](double fraction) { line.update(fraction); });
  }();
  if (!exact)
    return exact.takeError();
  Expected<std::vector<reference::TensorError>> errors =
      reference::compare(results, *exact);
  if (!errors)
    return errors.takeError();
  for (const reference::TensorError &error : *errors)
    outs() << error.name
           << format(": relative RMS error %.3e, max absolute error %.3e\n",
                     error.relativeRMS, error.maxAbsolute);
  outs().flush();
  Verdict verdict = Verdict::Right;
  for (const reference::TensorError &error : *errors) {
    double most = tolerance.value_or(std::max(
        getTolerance(results.find(error.name)->dtype), getTolerance(factors)));
    if (error.relativeRMS <= most) // false of a NaN
      continue;
    printTooLarge(error, most);
    verdict = Verdict::Wrong;
  }
  return verdict;
}
