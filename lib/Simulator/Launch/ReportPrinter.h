//===- ReportPrinter.h - a run's report, for people and programs *- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_REPORTPRINTER_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_REPORTPRINTER_H

#include "lib/PTX/Form.h"
#include "lib/Simulator/Machine/Device.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <map>

namespace sluice::sim {

struct ReportContext {
  /// Of the PTX, as given.
  llvm::StringRef fileName;
  /// Has the text and the names of its sources.
  const ptx::Module &module;
  const LaunchResult &result;
};

/// Findings in groups (FindingGroups.h), each with the instruction, thread and
/// conflicting access of its first; then the counts, then one line that sums
/// up.
void printReport(llvm::raw_ostream &os, const ReportContext &context);

/// {"findings": [...], "counts": {...}}, and "estimate" if there is one
/// (docs/simulator.md).
void printReportAsJSON(llvm::raw_ostream &os, const ReportContext &context);

/// The text, each line with what was executed of it, what its accesses cost and
/// what was found there.
void printListing(llvm::raw_ostream &os, const ReportContext &context);

/// The estimate's timeline of one SM, as Chrome's and Perfetto's viewers read
/// it. The result has an estimate.
void printTimeline(llvm::raw_ostream &os, const ReportContext &context);

/// The instruction table.
void printForms(llvm::raw_ostream &os, llvm::ArrayRef<ptx::Form> forms);

// Parts, for reports of several launches.

/// The findings alone, in groups.
void printFindings(llvm::raw_ostream &os, const ReportContext &context);
/// The attributes of printReportAsJSON()'s object.
void writeReport(llvm::json::OStream &json, const ReportContext &context);

// For the printers.

/// A few lines for people; attributes of an object for programs.
void printEstimate(llvm::raw_ostream &os, const ReportContext &context);
void writeEstimate(llvm::json::OStream &json,
                   const estimate::Estimate &estimate);
/// What was replayed of each line of the text.
std::map<unsigned, estimate::StepTimes>
getLineTimes(const estimate::Estimate &estimate);

/// The instruction's text: its line from where it begins, without comments.
std::string getText(const ptx::Module &module,
                    const ptx::Instruction &instruction);
/// The file of a .loc; empty if the instruction has none.
llvm::StringRef getSourceFile(const ptx::Module &module,
                              const ptx::Instruction &instruction);
/// Returns false for what happens at no place in memory: a deadlock, a trap, a
/// register's poison.
bool hasAddress(const Finding &finding);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_REPORTPRINTER_H
