//===- MLIRText.cpp - May a text be given to MLIR's parser? ---------------===//

#include "lib/IO/MLIRText.h"
#include "lib/IO/NestingScan.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace sluice::io;

static std::string describe(MLIRHazard hazard) {
  switch (hazard) {
  case MLIRHazard::Nesting:
    return ("nests deeper than " + Twine(kMLIRNestingLimit) +
            " levels, or an alias expands to more than " +
            Twine(kMLIRAliasLimit) + " others")
        .str();
  case MLIRHazard::Number:
    return ("a number has at most " + Twine(kMLIRNumberLimit) + " characters")
        .str();
  case MLIRHazard::Metadata:
    return "metadata of a file, {-# … #-}, is not read";
  }
  llvm_unreachable("covered switch");
}

std::optional<TextFault> sluice::io::findMLIRTextFault(StringRef text,
                                                       StringRef what) {
  if (text.size() > kMaxMLIRBytes)
    return TextFault{0, (what + " has at most " + Twine(kMaxMLIRBytes) +
                         " bytes, found " + Twine(text.size()))
                            .str()};
  if (text.starts_with("ML\xefR"))
    return TextFault{0,
                     ("MLIR bytecode is no " + what.substr(what.find(' ') + 1) +
                      "; expected MLIR text")
                         .str()};
  if (std::optional<MLIRHazardPlace> place = findMLIRHazard(text))
    return TextFault{place->offset, describe(place->hazard)};
  return std::nullopt;
}
