//===- TileFrame.cpp - What a cluster of an interpreted kernel knows ------===//

#include "lib/Reference/TileFrame.h"
#include "lib/Reference/TileCourse.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

io::DType reference::getDType(mlir::Type element) {
  if (element.isF32())
    return io::DType::F32;
  return element.isF16() ? io::DType::F16 : io::DType::BF16;
}

float reference::roundTo(mlir::Type type, double number) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  if (element.isF32())
    return static_cast<float>(number);
  return static_cast<float>(element.isF16()
                                ? runtime::fromF16(runtime::toF16(number))
                                : runtime::fromBF16(runtime::toBF16(number)));
}

ArrayRef<int64_t> reference::getShape(mlir::Type type) {
  auto tensor = dyn_cast<mlir::RankedTensorType>(type);
  return tensor ? tensor.getShape() : ArrayRef<int64_t>();
}

int64_t reference::countElements(mlir::Type type) {
  auto tensor = dyn_cast<mlir::RankedTensorType>(type);
  return tensor ? tensor.getNumElements() : 1;
}

/// Whether values of a type can be held.
static bool isKnown(mlir::Type type) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  bool isNumber =
      element.isF32() || element.isF16() || element.isBF16() ||
      element.isIndex() ||
      (element.isSignlessInteger() && element.getIntOrFloatBitWidth() <= 64);
  if (auto tensor = dyn_cast<mlir::RankedTensorType>(type))
    return isNumber && tensor.hasStaticShape();
  return isa<tile::RingType>(type) ||
         (isNumber && (element == type || isa<mlir::MemRefType>(type)));
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

Error reference::fail(mlir::Operation *op, const Twine &message) {
  std::string text;
  raw_string_ostream os(text);
  if (auto loc = op->getLoc()->findInstanceOf<mlir::FileLineColLoc>())
    os << loc.getFilename().getValue() << ':' << loc.getLine() << ':'
       << loc.getColumn() << ": ";
  os << '\'' << op->getName() << "' op " << message;
  return createStringError(text);
}

TileRules::TileRules() {
  addTile();
  addMaths();
  addMatrices();
}

const TileRules::Rule *TileRules::lookUp(mlir::Operation *op) const {
  auto found = rules.find(op->getName().getTypeID());
  return found == rules.end() ? nullptr : &found->second;
}

static int64_t getBytes(tile::SharedOp op) {
  mlir::MemRefType type = op.getType();
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

/// Whether a course goes by an operation, and not by a rule.
static bool isControl(mlir::Operation *op) {
  return isa<tile::ReturnOp, mlir::scf::YieldOp, mlir::scf::ForOp,
             mlir::scf::IfOp, tile::RolesOp, tile::RoleOp, tile::AcquireOp,
             tile::WaitOp>(op);
}

Expected<TileProgram> TileProgram::compile(tile::KernelOp kernel) {
  TileProgram program;
  program.kernel = kernel;
  if (kernel.getApart())
    program.warps = static_cast<int64_t>(kernel.getWarps());
  program.ctas = static_cast<int64_t>(kernel.getCluster());
  auto number = [&](mlir::ValueRange values) {
    for (mlir::Value value : values)
      program.numbers.try_emplace(value, program.numbers.size());
  };
  auto isWrong = [](mlir::Value value) { return !isKnown(value.getType()); };
  mlir::Operation *unknown = nullptr, *untyped = nullptr;
  SmallVector<tile::SharedOp> anywhere;
  kernel.getBody().walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
    for (mlir::Region &region : op->getRegions())
      number(region.getArguments());
    number(op->getResults());
    if (!isControl(op) && !program.rules.lookUp(op) && !unknown)
      unknown = op;
    if (any_of(op->getResults(), isWrong) && !untyped)
      untyped = op;
    if (auto ring = dyn_cast<tile::RingOp>(op); ring && ring.getOffset())
      program.sharedBytes =
          std::max(program.sharedBytes,
                   static_cast<int64_t>(*ring.getOffset()) + ring.getBytes());
    auto shared = dyn_cast<tile::SharedOp>(op);
    if (!shared)
      return;
    if (!shared.getOffset())
      return anywhere.push_back(shared);
    auto offset = static_cast<int64_t>(*shared.getOffset());
    program.sharedPlaces[op] = offset;
    int64_t end = offset + getBytes(shared);
    if (shared.getByWarp())
      end += (program.warps - 1) *
             static_cast<int64_t>(shared.getStride().value_or(0));
    program.sharedBytes = std::max(program.sharedBytes, end);
  });
  number(kernel.getBody().getArguments());
  if (unknown)
    return fail(unknown, "has no meaning for the interpreter of kernels");
  if (untyped)
    return fail(untyped, "gives what the interpreter of kernels cannot hold: "
                         "expected integers, f32, f16 and bf16");
  if (auto bytes = kernel->getAttrOfType<mlir::IntegerAttr>(
          tile::KernelOp::getSharedBytesName()))
    if (bytes.getInt() < program.sharedBytes)
      return fail(kernel, "has " + Twine(bytes.getInt()) +
                              " bytes of shared memory, and its buffers "
                              "need " +
                              Twine(program.sharedBytes));
  for (tile::SharedOp op : anywhere) {
    program.sharedPlaces[op] = program.sharedBytes;
    program.sharedBytes += getBytes(op) * (op.getByWarp() ? program.warps : 1);
  }
  return program;
}

//===----------------------------------------------------------------------===//
// Frames
//===----------------------------------------------------------------------===//

Error TileFrame::run() {
  tile::KernelOp kernel = program.kernel;
  TileCourse course(*this, kernel.getBody().front(), 0,
                    static_cast<int64_t>(values.size()));
  // Only roles wait, for one another.
  if (Error error = course.advance().takeError())
    return error;
  if (!all_of(copies, [](const TileCopies &of) { return of.hasEnded(); }))
    return fail(kernel, "ends before its asynchronous copies");
  return Error::success();
}

Error TileFrame::tryEachWarp(function_ref<Error()> visit) {
  for (current = firstWarp; current < endWarp; ++current)
    if (Error error = visit())
      return error;
  current = firstWarp;
  return Error::success();
}

Error TileFrame::runInEachWarp(mlir::Operation &op) {
  const TileRules::Rule &rule = *program.rules.lookUp(&op);
  return tryEachWarp([&] { return rule(&op, *this); });
}

void TileFrame::forEachWarp(function_ref<void()> visit) {
  for (current = firstWarp; current < endWarp; ++current)
    visit();
  current = firstWarp;
}

Expected<int64_t> TileFrame::getUniform(mlir::Operation *op,
                                        mlir::Value value) {
  int64_t first = integer(value);
  bool differs = false;
  forEachWarp([&] { differs |= integer(value) != first; });
  if (differs)
    return fail(op, "goes by a number that is not the same in all warps");
  return first;
}

void TileFrame::makeShared(tile::SharedOp op) {
  int64_t warp = op.getByWarp() ? getWarp() : 0;
  bool isFirst = op.getByWarp() || current == firstWarp || getWarp() == 0;
  std::shared_ptr<SharedBuffer> &buffer =
      buffers[{op, getRank() * program.warps + warp}];
  int64_t stride = op.getOffset()
                       ? static_cast<int64_t>(op.getStride().value_or(0))
                       : getBytes(op);
  if (isFirst)
    buffer = std::make_shared<SharedBuffer>(
        "shared memory", op.getType().getShape(), shared[getRank()],
        program.sharedPlaces.at(op) + warp * stride,
        getDType(op.getType().getElementType()));
  at(op.getResult()).memory = buffer.get();
}

ArrayRef<int64_t> TileFrame::getWarpPlaces(tile::ReduceOp op) {
  std::vector<int64_t> &places = warpPlaces[op];
  if (!places.empty())
    return places;
  auto type = cast<mlir::RankedTensorType>(op.getOperand().getType());
  tile::LayoutAttr result = tile::getLayout(op.getType());
  layout::LinearLayout holders =
      tile::getLayout(type).getLinear().pseudoInvert();
  SmallVector<int64_t> strides = mlir::computeStrides(type.getShape());
  for (int64_t element = 0; element < type.getNumElements(); ++element) {
    // Axes of the tensor are inputs here.
    uint64_t place = 0, first = 0;
    for (auto [axis, at] :
         zip(holders.getInputs(), mlir::delinearize(element, strides))) {
      place |= uint64_t(at) << first;
      first += axis.bits;
    }
    uint64_t warp = holders.getOutputValue(holders.apply(place), layout::kWarp);
    // Warps that are one place of the result are one here.
    places.push_back(
        result.getPlace(/*reg=*/0, /*lane=*/0, int64_t(warp))[op.getAxis()]);
  }
  return places;
}
