//===- Main.cpp - What every main() does ----------------------------------===//

#include "tools/lib/Main.h"

#include "lib/Support/SourceError.h"
#include "tools/lib/Files.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

void tool::printError(StringRef name, Error error) {
  handleAllErrors(
      std::move(error), [](const SourceError &error) { error.log(errs()); },
      [&](const ErrorInfoBase &error) {
        errs() << name << ": error: " << error.message() << '\n';
      });
}

/// For what runs at the end of the process, which takes no arguments.
static StringRef nameAtExit;

static void checkOutputAtExit() {
  Error error = flushOutput();
  if (!error)
    return;
  printError(nameAtExit, std::move(error));
  // The exit status of exit() is that of its caller.
  std::_Exit(kBadInput);
}

void tool::watchOutput(StringRef name) {
  // Made first, it dies after the check.
  outs();
  nameAtExit = name;
  std::atexit(checkOutputAtExit);
}

int tool::runTool(int argc, char **argv, StringRef name,
                  function_ref<Expected<Verdict>()> body) {
  InitLLVM init(argc, argv);
  watchOutput(name);
  Expected<Verdict> verdict = body();
  Error error = joinErrors(verdict ? Error::success() : verdict.takeError(),
                           flushOutput());
  if (!error)
    return *verdict == Verdict::Right ? kRight : kWrong;
  printError(name, std::move(error));
  return kBadInput;
}
