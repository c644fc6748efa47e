//===- Report.h - The table and the JSON file -------------------*- C++ -*-===//

#ifndef SLUICE_LIB_BENCH_REPORT_H
#define SLUICE_LIB_BENCH_REPORT_H

#include "lib/Bench/Case.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::bench {

/// What holds for all rows. No path of this machine is in it.
struct Setting {
  std::string command;
  io::DType dtype = io::DType::F32;
  unsigned threads = 1, rounds = 1;
  uint64_t seed = 0;
  /// Tokens of a chunk, where no schedule says otherwise; 0: the step form.
  int64_t chunk = 0;
  /// Several forms take turns: each has a line of its own (FormTable.h).
  bool comparesForms = false;
  bool hasSchedules = false;
  /// Runnable processes when the measurement began, over the last minute.
  double loadAverage = 0;
  /// Empty without ggml.
  std::string ggmlVersion;
};

/// The processor's name as the system knows it, else as LLVM does.
std::string getProcessorName();

/// The setting, with the peak of the first row's rounds, and the titles.
void printTableHeader(llvm::raw_ostream &os, const Setting &setting,
                      const Row &first);
/// "-" where ggml did not run.
void printTableRow(llvm::raw_ostream &os, const Setting &setting,
                   const Row &row);

void printJSON(llvm::raw_ostream &os, const Setting &setting,
               llvm::ArrayRef<Row> rows);

// For the printers.

/// Now, as ISO 8601 writes it, in UTC.
std::string getDate();
llvm::json::Object toJSON(const Quartiles &quartiles, double factor);
llvm::json::Object toJSON(llvm::ArrayRef<reference::TensorError> errors);

/// A text in its column.
struct Cell {
  std::string text;
  unsigned width = 0;
  bool isLeft = false;
};
void printLine(llvm::raw_ostream &os, llvm::ArrayRef<Cell> cells);

/// "2 threads, 16 lanes; peak 120.3 GFLOP/s", with the peak of a row's rounds.
std::string describeMachine(const Setting &setting, const Row &row);
double getGflops(const Row &row, const Outcome &outcome);
/// The part of the peak that an outcome reached, round by round.
Quartiles getPeakShare(const Row &row, const Outcome &outcome,
                       double Sample::*member);
/// "cached" where it was compiled before.
std::string getCompileText(std::optional<double> seconds);
std::string getMicros(const Outcome &outcome);
std::string getErrorText(const Outcome &outcome);
/// How many times longer `slow` took: "1.20 [1.18, 1.23]".
std::string getRatioText(const Outcome &slow, const Outcome &fast);
/// The same of processor time: "1.21".
std::string getRatioByCPU(const Outcome &slow, const Outcome &fast);

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_REPORT_H
