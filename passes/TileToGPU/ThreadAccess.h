//===- ThreadAccess.h - where a thread's elements are in memory -*- C++ -*-===//

#ifndef SLUICE_PASSES_TILETOGPU_THREADACCESS_H
#define SLUICE_PASSES_TILETOGPU_THREADACCESS_H

#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace sluice {

/// The widest access of a thread.
inline constexpr int64_t kAccessBytes = 16;

/// What a load and a store have in common.
struct AccessedTensor {
  mlir::MemRefType memory;
  /// The tensor's; a number has neither axes nor a layout.
  llvm::SmallVector<int64_t> shape;
  mlir::Type element;
  tile::LayoutAttr layout;
  llvm::ArrayRef<int64_t> along;
  mlir::ValueRange indices;
  mlir::Value valid;
  bool isInBounds;
};

/// The addresses at which a thread's elements are, vector by vector.
class ThreadAccess {
public:
  ThreadAccess(mlir::OpBuilder &b, mlir::Location loc,
               const AccessedTensor &tensor, mlir::ValueRange memory)
      : b(b), loc(loc), tensor(tensor), pointer(memory.front()) {
    (void)tensor.memory.getStridesAndOffset(strides, offset);
    dynamicStrides.append(memory.begin() + 1, memory.end());
    findLimits();
    findVector();
    findPointer();
  }

  int64_t getNumRegisters() const {
    return tensor.layout ? tensor.layout.getNumRegisters() : 1;
  }
  /// Elements of an access.
  int64_t getVector() const { return vector; }
  int64_t getNumAccesses() const { return getNumRegisters() / vector; }
  /// The registers of an access, whose elements follow one another in memory.
  llvm::SmallVector<int64_t> getRegisters(int64_t access) const;
  mlir::Type getAccessType() const {
    return vector == 1 ? tensor.element
                       : mlir::VectorType::get({vector}, tensor.element);
  }
  unsigned getAlignment() const {
    return static_cast<unsigned>(vector * getElementBytes());
  }

  /// Where the elements from register `reg` on are.
  mlir::Value getAddress(int64_t reg);
  /// Whether they exist; null if they always do.
  mlir::Value exists(int64_t reg);

private:
  int64_t getElementBytes() const {
    return tensor.element.getIntOrFloatBitWidth() / 8;
  }
  mlir::Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(b, loc, value);
  }
  mlir::Value add(mlir::Value x, mlir::Value y) {
    return x ? mlir::arith::AddIOp::create(b, loc, x, y) : y;
  }
  mlir::Value multiply(mlir::Value x, mlir::Value y) {
    return mlir::arith::MulIOp::create(b, loc, x, y);
  }
  /// The stride of an axis of the memory.
  mlir::Value getStride(unsigned axis) {
    if (strides[axis] != mlir::ShapedType::kDynamic)
      return index(strides[axis]);
    return dynamicStrides[axis];
  }
  mlir::Value getPointer(mlir::Value from, mlir::Value elements) {
    mlir::Value bits =
        mlir::arith::IndexCastOp::create(b, loc, b.getI64Type(), elements);
    return mlir::LLVM::GEPOp::create(b, loc, from.getType(), tensor.element,
                                     from, bits);
  }

  /// Where a row begins: places along axes of unknown strides.
  mlir::Value getRow(llvm::ArrayRef<int64_t> places);
  void findLimits();
  void findVector();
  void findPointer();

  mlir::OpBuilder &b;
  mlir::Location loc;
  const AccessedTensor &tensor;
  mlir::Value pointer;
  llvm::SmallVector<int64_t> strides;
  llvm::SmallVector<mlir::Value> dynamicStrides;
  int64_t offset = 0, vector = 1;
  /// (element, step) to (register): an access is a step.
  layout::LinearLayout registers;
  /// An element exists if its place along an axis is below all of these.
  struct Limit {
    unsigned axis;
    mlir::Value below;
  };
  llvm::SmallVector<Limit> limits;
  llvm::SmallVector<mlir::Value> threadPlaces;
  /// The row that was asked for last, and its places.
  mlir::Value lastRow;
  llvm::SmallVector<int64_t> lastPlaces;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILETOGPU_THREADACCESS_H
