//===- GPUReport.h - The table and the JSON file of a GPU -------*- C++ -*-===//

#ifndef SLUICE_LIB_BENCH_GPUREPORT_H
#define SLUICE_LIB_BENCH_GPUREPORT_H

#include "lib/Bench/GPUCase.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::bench {

/// What holds for all rows. No path of this machine is in it.
struct GPUSetting {
  std::string command;
  /// What code is made for: "sm_90a".
  std::string target;
  /// The GPU's name; empty: the simulator.
  std::string device;
  io::DType dtype = io::DType::BF16;
  uint64_t seed = 0;
  bool onlySampled = false;
};

void printTableHeader(llvm::raw_ostream &os, const GPUSetting &setting,
                      const GPURow &first);
/// A line; of a GPU one for each kind of gates. "-": not known.
void printTableRow(llvm::raw_ostream &os, const GPURow &row);

void printJSON(llvm::raw_ostream &os, const GPUSetting &setting,
               llvm::ArrayRef<GPURow> rows);

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_GPUREPORT_H
