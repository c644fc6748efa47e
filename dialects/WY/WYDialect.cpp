//===- WYDialect.cpp - registration and attributes ------------------------===//

#include "dialects/WY/WYDialect.h"
#include "dialects/Delta/EnumWord.h"
#include "dialects/WY/WYOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
// For the assembly of attributes.
using sluice::delta::parseEnumWord;
using sluice::delta::printEnumWord;

#include "dialects/WY/WYDialect.cpp.inc"
#include "dialects/WY/WYEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/WY/WYAttrs.cpp.inc"

void WYDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/WY/WYAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/WY/WYOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

// W22: the sizes of a mask.
LogicalResult MaskAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               MaskKind kind, int64_t size) {
  int64_t least = kind == MaskKind::Inside ? 1 : 0;
  if (size >= least && size <= kMostElements)
    return success();
  return emitError() << "the size of a mask '" << stringifyMaskKind(kind)
                     << "' is between " << least << " and " << kMostElements
                     << ", found " << size;
}

bool MaskAttr::contains(int64_t t, int64_t s) const {
  int64_t size = getSize();
  if (getKind() == MaskKind::Inside)
    return t / size == s / size;
  if (size == 0)
    return t == s;
  return t / size == s / size + 1 && s / size % 2 == 0;
}

uint64_t MaskAttr::countPairs(uint64_t tokens) const {
  auto size = static_cast<uint64_t>(getSize());
  if (size == 0)
    return 0;
  if (getKind() == MaskKind::Inside) {
    uint64_t rest = tokens % size;
    return tokens / size * (size * (size - 1) / 2) +
           (rest > 0 ? rest * (rest - 1) / 2 : 0);
  }
  uint64_t rest = tokens % (2 * size);
  return tokens / (2 * size) * size * size +
         (rest > size ? (rest - size) * size : 0);
}
