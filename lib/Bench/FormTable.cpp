//===- FormTable.cpp - Which form of a recurrence is fastest --------------===//

#include "lib/Bench/FormTable.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;

std::vector<MeasuredForm> bench::getForms(const Row &row) {
  std::vector<MeasuredForm> forms;
  if (row.step)
    forms.push_back({/*chunk=*/0, row.stepCompileSeconds, &*row.step});
  forms.push_back({row.chunk, row.compileSeconds, &row.ours});
  for (const OtherForm &other : row.others)
    forms.push_back({other.chunk, other.compileSeconds, &other.outcome});
  return forms;
}

MeasuredForm bench::getFastest(const Row &row) {
  std::vector<MeasuredForm> forms = getForms(row);
  auto getSeconds = [](const MeasuredForm &form) {
    return getQuartiles(form.outcome->samples, &Sample::wall).median;
  };
  return *min_element(forms, [&](const auto &a, const auto &b) {
    return getSeconds(a) < getSeconds(b);
  });
}

std::string bench::getFlags(const MeasuredForm &form) {
  if (!form.chunk)
    return "--form=step";
  return ("--form=chunk --chunk=" + Twine(form.chunk)).str();
}

/// One cell for each column, in their order.
static std::vector<Cell> makeCells(ArrayRef<std::string> texts) {
  static constexpr struct {
    unsigned width;
    bool isLeft;
  } kColumns[] = {{20, true},   // variant
                  {6, false},   // T
                  {9, true},    // form
                  {10, false},  // µs
                  {20, true},   // ÷ fastest
                  {7, false},   // by CPU
                  {8, false},   // GFLOP/s
                  {7, false},   // % peak
                  {8, false},   // error
                  {10, false}}; // compile ms
  std::vector<Cell> cells;
  for (auto [column, text] : zip_equal(kColumns, texts))
    cells.push_back({text, column.width, column.isLeft});
  return cells;
}

void bench::printFormTableHeader(raw_ostream &os, const Setting &setting,
                                 const Row &first) {
  os << "forms take turns; " << describeMachine(setting, first) << '\n';
  printLine(os,
            makeCells({"variant", "T", "form", "µs", "/fastest [q1, q3]",
                       "by CPU", "GFLOP/s", "% peak", "error", "compile ms"}));
}

void bench::printFormTableRows(raw_ostream &os, const Row &row) {
  MeasuredForm fastest = getFastest(row);
  for (const MeasuredForm &form : getForms(row)) {
    const Outcome &outcome = *form.outcome;
    double share = getPeakShare(row, outcome, &Sample::wall).median;
    printLine(
        os,
        makeCells({row.variant, std::to_string(row.sizes["T"]),
                   form.chunk ? "chunk " + std::to_string(form.chunk) : "step",
                   getMicros(outcome), getRatioText(outcome, *fastest.outcome),
                   getRatioByCPU(outcome, *fastest.outcome),
                   formatv("{0:F1}", getGflops(row, outcome)).str(),
                   formatv("{0:F1}", 100 * share).str(), getErrorText(outcome),
                   getCompileText(form.compileSeconds)}));
  }
  os.flush();
}

void bench::printFastest(raw_ostream &os, ArrayRef<Row> rows) {
  // Both in the order of the rows.
  MapVector<StringRef, MapVector<int64_t, std::vector<std::string>>> variants;
  for (const Row &row : rows)
    variants[row.variant][getFastest(row).chunk].push_back(
        std::to_string(row.sizes["T"]));
  for (const auto &[variant, forms] : variants) {
    os << "fastest for " << variant << ": ";
    ListSeparator separator("; ");
    for (const auto &[chunk, tokens] : forms)
      os << separator << getFlags({chunk, {}, nullptr})
         << " at T = " << join(tokens, ", ");
    os << '\n';
  }
}
