//===- GradientName.h - What gradients are called ---------------*- C++ -*-===//

#ifndef SLUICE_LIB_SUPPORT_GRADIENTNAME_H
#define SLUICE_LIB_SUPPORT_GRADIENTNAME_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace sluice {

/// What the gradient by `name` is called: "dq" for "q".
inline std::string getGradientName(llvm::StringRef name) {
  return ("d" + name).str();
}

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_GRADIENTNAME_H
