//===- TileDotsByFMA.td - products without tensor cores ----*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILEDOTSBYFMA
#define SLUICE_PASSES_TILEDOTSBYFMA

include "mlir/Pass/PassBase.td"

def TileDotsByFMA : Pass<"tile-dots-by-fma", "::sluice::tile::KernelOp"> {
  let summary = "products of matrices as sums of outer products";
  let description = [{
    A `tile.dot` of float32 becomes a loop over what it contracts. Both operands go to shared
    memory so that what one step needs of each is a row; a thread takes those
    elements that its part of the result needs, and adds their products.

    **Needs** `tile-assign-layouts`. **Guarantees** that no such `tile.dot` is left.

    This input

    ```mlir
    tile.kernel @f(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32, #tile.layout<register = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = []>>
      %0 = tile.dot %a, %a transpose_rhs : tensor<4x8xf32, #tile.layout<register = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = []>>, tensor<4x8xf32, #tile.layout<register = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = []>> -> tensor<4x4xf32, #tile.layout<register = [], lane = [[0, 1], [0, 2], [1, 0], [2, 0], [0, 0]], warp = []>>
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    tile.shared : memref<8x4xf32, #gpu.address_space<workgroup>>
    …
    scf.for
    …
    arith.mulf
    …
    arith.addf
    …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILEDOTSBYFMA
