//===- TileDialect.cpp - registration and attributes ----------------------===//

#include "dialects/Tile/TileDialect.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

#include "dialects/Tile/TileDialect.cpp.inc"
#include "dialects/Tile/TileEnums.cpp.inc"

/// A kind, and a name in quotes if there is one, and rows if there are.
static ParseResult parseBinding(AsmParser &parser, BindingKind &kind,
                                StringAttr &name, StringAttr &rows) {
  FailureOr<BindingKind> parsed = FieldParser<BindingKind>::parse(parser);
  if (failed(parsed))
    return failure();
  kind = *parsed;
  std::string text;
  if (succeeded(parser.parseOptionalString(&text)))
    name = parser.getBuilder().getStringAttr(text);
  if (failed(parser.parseOptionalKeyword("rows")))
    return success();
  if (parser.parseString(&text))
    return failure();
  rows = parser.getBuilder().getStringAttr(text);
  return success();
}

static void printBinding(AsmPrinter &printer, BindingKind kind, StringAttr name,
                         StringAttr rows) {
  printer << stringifyBindingKind(kind);
  if (name)
    printer << ' ' << name;
  if (rows)
    printer << " rows " << rows;
}

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/TileAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/TileTypes.cpp.inc"

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tile/TileAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Tile/TileTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Tile/TileOps.cpp.inc"
      >();
}

// T3: tensors and sizes have names, workspaces rows, too; nothing else has.
LogicalResult BindingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  BindingKind kind, StringAttr name,
                                  StringAttr rows) {
  bool isNamed = kind != BindingKind::Sequences && kind != BindingKind::Scale;
  if (isNamed != (name != nullptr))
    return emitError() << "the binding '" << stringifyBindingKind(kind) << "' "
                       << (isNamed ? "has a name" : "has no name");
  bool hasRows = kind == BindingKind::Workspace;
  if (hasRows != (rows != nullptr))
    return emitError() << "the binding '" << stringifyBindingKind(kind) << "' "
                       << (hasRows ? "has rows" : "has no rows");
  return success();
}

bool tile::isShared(MemRefType type) {
  return gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(type);
}

MemRefType tile::getSharedType(ArrayRef<int64_t> shape, Type element) {
  Attribute space = gpu::AddressSpaceAttr::get(element.getContext(),
                                               gpu::AddressSpace::Workgroup);
  return MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space);
}

MemRefType tile::getPaddedType(ArrayRef<int64_t> shape, Type element) {
  constexpr int64_t kAccessBits = 128;
  SmallVector<int64_t> padded(shape);
  if (padded.size() > 1)
    padded.back() += kAccessBits / element.getIntOrFloatBitWidth();
  return getSharedType(padded, element);
}

int64_t tile::getBytes(ShapedType type) {
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

bool tile::isMemory(Type type) {
  constexpr int64_t kMostAxes = 4;
  auto memory = dyn_cast<MemRefType>(type);
  if (!memory || memory.getRank() < 1 || memory.getRank() > kMostAxes ||
      !isa<Float32Type, Float16Type, BFloat16Type>(memory.getElementType()))
    return false;
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  return succeeded(memory.getStridesAndOffset(strides, offset)) &&
         offset == 0 && strides.back() == 1;
}

bool tile::isStarts(Type type) {
  auto memory = dyn_cast<MemRefType>(type);
  return memory &&
         memory == MemRefType::get({ShapedType::kDynamic},
                                   IntegerType::get(type.getContext(), 64));
}
