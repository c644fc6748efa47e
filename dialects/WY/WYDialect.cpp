//===- WYDialect.cpp - registration and attributes ------------------------===//

#include "dialects/WY/WYDialect.h"
#include "dialects/WY/WYOps.h"

using namespace mlir;
using namespace sluice::wy;

#include "dialects/WY/WYDialect.cpp.inc"
#include "dialects/WY/WYEnums.cpp.inc"

void WYDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/WY/WYOps.cpp.inc"
      >();
}
