//===- Version.cpp - What --version prints --------------------------------===//

#include "lib/Support/Version.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

StringRef sluice::getVersion() { return SLUICE_VERSION; }

void sluice::setVersionPrinter() {
  cl::SetVersionPrinter([](raw_ostream &os) {
    os << "Sluice " << getVersion() << " (LLVM " LLVM_VERSION_STRING ")\n";
  });
}
