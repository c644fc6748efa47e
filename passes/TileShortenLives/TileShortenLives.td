//===- TileShortenLives.td - who is needed soon comes soon -*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILESHORTENLIVES
#define SLUICE_PASSES_TILESHORTENLIVES

include "mlir/Pass/PassBase.td"

def TileShortenLives : Pass<"tile-shorten-lives", "::sluice::tile::KernelOp"> {
  let summary = "operations come in an order in which fewer tensors are alive";
  let description = [{
    Of a block in which more than `most` registers of a thread are alive at once, the
    operations come in another order, in which there are fewer, if one is found: what was
    made for all users at once is made when its user comes. An operation of a value passes
    none that it takes from, and an access of memory none that conflicts with it.

    The order is made step by step. A step goes to a *goal*, an operation that gives less than
    it takes (a product, a sum, a rounding, a store, a loop), with all that has to come before
    it. Of the goals that can be reached within a limit of registers it is the one behind which
    the fewest are alive; where there is none, the one on whose way the fewest are. Several
    limits are tried. What is loaded from global memory comes first, as far as it takes little,
    since it takes long.

    Registers are counted as [TileLives](../tile-rationale.md) does, with layouts or before.

    This input

    ```mlir
    tile.kernel @f(%x: memref<64x128xf32> {tile.binding = #tile.binding<input "x">},
                   %y: memref<64x128xf32> {tile.binding = #tile.binding<output "y">}) warps(1) apart grid("1") {
      %c0 = arith.constant 0 : index
      %c32 = arith.constant 32 : index
      %0 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<64x128xf32> -> tensor<32x128xf32>
      %1 = math.exp %0 : tensor<32x128xf32>
      %two = arith.constant dense<2.0> : tensor<32x128xf32>
      %2 = math.sqrt %two : tensor<32x128xf32>
      tile.store %1, %y[%c0, %c0] along [0, 1] in_bounds : tensor<32x128xf32>, memref<64x128xf32>
      tile.store %2, %y[%c32, %c0] along [0, 1] in_bounds : tensor<32x128xf32>, memref<64x128xf32>
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    math.exp
    …
    tile.store
    …
    math.sqrt
    …
    tile.store
    …
    ```
  }];
  let options = [
    Option<"most", "most", "int64_t", "192",
           "registers of a thread up to which a block's order stays">,
  ];
}

#endif // SLUICE_PASSES_TILESHORTENLIVES
