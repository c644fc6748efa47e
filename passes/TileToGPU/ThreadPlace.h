//===- ThreadPlace.h - which elements a thread has --------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILETOGPU_THREADPLACE_H
#define SLUICE_PASSES_TILETOGPU_THREADPLACE_H

#include "dialects/Tile/TileDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/Transforms/DialectConversion.h"

namespace sluice {

/// LLVM's address space of shared memory.
inline constexpr unsigned kSharedSpace = 3;

/// A converter of what a CTA has to what a thread has of it: a tensor becomes
/// its elements, by register; global memory a pointer and strides; shared
/// memory and a ring a pointer.
class ThreadTypeConverter : public mlir::TypeConverter {
public:
  ThreadTypeConverter();
};

/// The number of a thread in its CTA, an index.
mlir::Value getThread(mlir::OpBuilder &b, mlir::Location loc);
/// The attribute of a function that was a kernel whose warps are apart.
inline constexpr llvm::StringLiteral kApart = "tile.apart";
/// Whether the kernel that an operation is in has warps that are apart.
bool areWarpsApart(mlir::Operation *op);
/// How many CTAs are a cluster.
int64_t getCluster(mlir::Operation *op);
/// Whether a thread is the first of its CTA, or of its warp.
mlir::Value isFirstThread(mlir::OpBuilder &b, mlir::Location loc,
                          bool isOfWarp);
/// The number of its warp.
mlir::Value getWarp(mlir::OpBuilder &b, mlir::Location loc);

/// The place along `axis` of the thread's register 0; other registers are as
/// far from it as LayoutAttr::getPlace() says.
mlir::Value getThreadPlace(mlir::OpBuilder &b, mlir::Location loc,
                           tile::LayoutAttr layout, unsigned axis);
/// The same along an axis on which each bit of a thread's number has the place
/// that `places` gives it.
mlir::Value getThreadPlace(mlir::OpBuilder &b, mlir::Location loc,
                           llvm::ArrayRef<uint64_t> places);

/// The registers of a layout by their places.
class RegisterFinder {
public:
  explicit RegisterFinder(tile::LayoutAttr layout);

  /// The first register whose place, as far from that of register 0, is this.
  std::optional<int64_t> find(llvm::ArrayRef<int64_t> place) const;
  /// The same where there is one.
  int64_t get(llvm::ArrayRef<int64_t> place) const { return *find(place); }

private:
  layout::LinearLayout linear;
  layout::Span span;
};

/// Fails at `op` unless a thread that holds an element along the first axis of
/// a layout holds all of them, in its registers.
mlir::LogicalResult checkRowsInRegisters(mlir::Operation *op,
                                         tile::LayoutAttr layout);

/// Fails at `op` unless the bits of its layout, if it has one, have no place in
/// common, so that places add up.
mlir::LogicalResult checkLayout(mlir::Operation *op, tile::LayoutAttr layout);

/// Whether the thread is the first of those that hold its elements; null if all
/// are.
mlir::Value isFirstHolder(mlir::OpBuilder &b, mlir::Location loc,
                          tile::LayoutAttr layout);

} // namespace sluice

#endif // SLUICE_PASSES_TILETOGPU_THREADPLACE_H
