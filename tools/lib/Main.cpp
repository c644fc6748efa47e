//===- Main.cpp - What every main() does ----------------------------------===//

#include "tools/lib/Main.h"

#include "lib/Support/SourceError.h"
#include "tools/lib/Files.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

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

int tool::runTool(int argc, char **argv, StringRef name,
                  function_ref<Expected<Verdict>()> body) {
  InitLLVM init(argc, argv);
  Expected<Verdict> verdict = body();
  Error error = joinErrors(verdict ? Error::success() : verdict.takeError(),
                           flushOutput());
  if (!error)
    return *verdict == Verdict::Right ? kRight : kWrong;
  printError(name, std::move(error));
  return kBadInput;
}
