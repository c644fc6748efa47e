//===- FormTable.h - Which form of a recurrence is fastest ------*- C++ -*-===//

#ifndef SLUICE_LIB_BENCH_FORMTABLE_H
#define SLUICE_LIB_BENCH_FORMTABLE_H

#include "lib/Bench/Report.h"

namespace sluice::bench {

/// A form of a row, which took turns with the row's others.
struct MeasuredForm {
  /// Tokens of a chunk; 0: the step form.
  int64_t chunk = 0;
  /// None where it was compiled before.
  std::optional<double> compileSeconds;
  /// In the row.
  const Outcome *outcome = nullptr;
};

/// The step form first, then chunk forms as they were asked for. None of them
/// runs in place.
std::vector<MeasuredForm> getForms(const Row &row);
/// The one of the least median time.
MeasuredForm getFastest(const Row &row);
/// "--form=chunk --chunk=16"
std::string getFlags(const MeasuredForm &form);

void printFormTableHeader(llvm::raw_ostream &os, const Setting &setting,
                          const Row &first);
/// A line for each form of the row.
void printFormTableRows(llvm::raw_ostream &os, const Row &row);
/// A line for each recurrence of the rows, with what is fastest at which number
/// of tokens.
void printFastest(llvm::raw_ostream &os, llvm::ArrayRef<Row> rows);

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_FORMTABLE_H
