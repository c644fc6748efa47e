//===- ReportPrinter.h - a run's report, for people and programs *- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_REPORTPRINTER_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_REPORTPRINTER_H

#include "lib/Simulator/Machine/Device.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::sim {

struct ReportContext {
  /// Of the PTX, as given.
  llvm::StringRef fileName;
  /// Has the text and the names of its sources.
  const ptx::Module &module;
  const LaunchResult &result;
};

/// Findings in the order of the result, each with its instruction, thread and
/// conflicting access; then the counts, then one line that sums up.
void printReport(llvm::raw_ostream &os, const ReportContext &context);

/// {"findings": [...], "counts": {...}} (docs/simulator.md).
void printReportAsJSON(llvm::raw_ostream &os, const ReportContext &context);

/// The text, each line with what was executed of it, what its accesses cost and
/// what was found there.
void printListing(llvm::raw_ostream &os, const ReportContext &context);

/// The instruction table.
void printForms(llvm::raw_ostream &os, llvm::ArrayRef<ptx::Form> forms);

// For both printers.

/// The instruction's text: its line from where it begins, without comments.
std::string getText(const ptx::Module &module,
                    const ptx::Instruction &instruction);
/// The file of a .loc; empty if the instruction has none.
llvm::StringRef getSourceFile(const ptx::Module &module,
                              const ptx::Instruction &instruction);
/// False of what happens to no place in memory: a deadlock, a trap, a
/// register's poison.
bool hasAddress(const Finding &finding);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_REPORTPRINTER_H
