//===- TileThroughShared.td - tensors from thread to thread -*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILETHROUGHSHARED
#define SLUICE_PASSES_TILETHROUGHSHARED

include "mlir/Pass/PassBase.td"

def TileThroughShared : Pass<"tile-through-shared", "::sluice::tile::KernelOp"> {
  let summary = "conversions and sums over warps go through shared memory";
  let description = [{
    A `tile.convert` that moves elements between threads becomes a `tile.store`
    to shared memory and a `tile.load` from it. One that renames registers stays,
    and so does one for which shuffles within each warp cost less by the plan of
    lib/Layout. Of several of one tensor those whose threads have by an earlier one what they need
    take it from there.
    A `tile.reduce` along an axis that several warps hold becomes one of each warp
    (`by_warp`), whose results go through shared memory and are reduced by all.

    Operations of a block are put in the order of the number of such passages
    that they wait for, so that all stores come before the first load: one barrier
    serves them all. Tensors of more than 1 KiB do not wait for others: they would
    fill the memory. What else is stored to a buffer waits for the next who looks at
    it. Where warps are apart the order stays, and buffers are those of each warp; it
    also stays where there are asynchronous copies.

    A tensor that is converted behind a store of it to shared memory, the only one
    there, is loaded from where it lies; and only once for layouts that differ in the
    order of registers, as those of a left and a right operand do. What was loaded from
    shared memory is loaded from there again.

    **Needs** `tile-assign-layouts`. **Guarantees** that no other operation moves
    data between warps than accesses of memory, and that what stays of `tile.convert` is
    within a warp.

    This input

    ```mlir
    tile.kernel @f(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %0 = tile.broadcast %scale along [] : f32 -> tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>
      %1 = tile.convert %0 : tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>
                          -> tensor<64xf32, #tile.layout<register = [[1], [2], [4], [8], [16], [32]], lane = [[0], [0], [0], [0], [0]], warp = []>>
      %2 = tile.reduce sum %1 axis(0) : tensor<64xf32, #tile.layout<register = [[1], [2], [4], [8], [16], [32]], lane = [[0], [0], [0], [0], [0]], warp = []>> -> f32
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    tile.shared : memref<64xf32, #gpu.address_space<workgroup>>
    …
    tile.store
    …
    tile.load
    …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILETHROUGHSHARED
