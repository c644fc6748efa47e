//===- Main.h - What every main() does --------------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_LIB_MAIN_H
#define SLUICE_TOOLS_LIB_MAIN_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace sluice::tool {

/// What came of a run that had no error.
enum class Verdict {
  Right,
  /// It ran and is wrong: a result above its tolerance, a finding.
  Wrong
};

/// The exit status: 0 for Right, 1 for an error, which is bad input, 2 for
/// Wrong.
enum ExitStatus { kRight = 0, kBadInput = 1, kWrong = 2 };

/// Prints an error as every tool does: a SourceError as it is, any other as
/// "NAME: error: …".
void printError(llvm::StringRef name, llvm::Error error);

/// Ends the process with an error of the tool `name` where something that was
/// printed to standard output has not arrived, also where LLVM ends the process
/// (--help). LLVM itself would call it a bug of the program.
void watchOutput(llvm::StringRef name);

/// Runs a tool's body and returns what main() returns. Errors are printed, and
/// so is one of standard output.
int runTool(int argc, char **argv, llvm::StringRef name,
            llvm::function_ref<llvm::Expected<Verdict>()> body);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_LIB_MAIN_H
