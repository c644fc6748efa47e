//===- DeltaDialect.cpp - registration, types, attributes -----------------===//

#include "dialects/Delta/DeltaDialect.h"
#include "dialects/Delta/DeltaOps.h"
#include "dialects/Delta/EnumWord.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice::delta;

#include "dialects/Delta/DeltaDialect.cpp.inc"
#include "dialects/Delta/DeltaEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Delta/DeltaAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Delta/DeltaTypes.cpp.inc"

void DeltaDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Delta/DeltaAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Delta/DeltaTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Delta/DeltaOps.cpp.inc"
      >();
}

Operation *DeltaDialect::materializeConstant(OpBuilder &builder,
                                             Attribute value, Type type,
                                             Location loc) {
  auto number = dyn_cast<FloatAttr>(value);
  if (!number || !isa<ScalarType>(type))
    return nullptr;
  return ConstantOp::create(builder, loc, type, number);
}

// R11: the axes of a state.
LogicalResult StateType::verify(function_ref<InFlightDiagnostic()> emitError,
                                Axis rows, Axis columns) {
  if (rows != Axis::Key || columns != Axis::Value)
    return emitError() << "the axes of a state are key, value in this order, "
                          "found "
                       << stringifyAxis(rows) << ", " << stringifyAxis(columns);
  return success();
}
