//===- TileSumsByDots.td - sums of products by tensor cores -*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILESUMSBYDOTS
#define SLUICE_PASSES_TILESUMSBYDOTS

include "mlir/Pass/PassBase.td"

def TileSumsByDots : Pass<"tile-sums-by-dots", "::sluice::tile::KernelOp"> {
  let summary = "sums along rows of products by tensor cores";
  let description = [{
    Dot products of the rows of two matrices are the diagonal of A Bᵀ. Where both
    have 16 bits and the kernel's warps are apart, tensor cores compute all of it
    sooner than a warp adds up what its lanes have, row by row: a row of 128 takes
    five shuffles and as many additions, and all sixteen rows take sixteen
    instructions of tensor cores. Products are exact in both, sums float32.
    So are the squares of a power of two times a bf16: that is a bf16, or so small that its
    square is 0 in float32, and is multiplied in 16 bits.

    This input

    ```mlir
    tile.kernel @f(%x: memref<16x128xbf16> {tile.binding = #tile.binding<input "x">},
                   %y: memref<16xf32> {tile.binding = #tile.binding<output "y">}) warps(1) apart grid("1") {
      %c0 = arith.constant 0 : index
      %0 = tile.load %x[%c0, %c0] along [0, 1] : memref<16x128xbf16> -> tensor<16x128xbf16>
      %1 = arith.extf %0 : tensor<16x128xbf16> to tensor<16x128xf32>
      %2 = arith.mulf %1, %1 : tensor<16x128xf32>
      %3 = tile.reduce sum %2 axis(1) : tensor<16x128xf32> -> tensor<16xf32>
      tile.store %3, %y[%c0] along [0] : tensor<16xf32>, memref<16xf32>
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    tile.dot
    …
    arith.cmpi eq
    …
    arith.select
    …
    tile.reduce sum
    …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILESUMSBYDOTS
