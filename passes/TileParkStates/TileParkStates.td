//===- TileParkStates.td - states out of the way -----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILEPARKSTATES
#define SLUICE_PASSES_TILEPARKSTATES

include "mlir/Pass/PassBase.td"

def TileParkStates : Pass<"tile-park-states", "::sluice::tile::KernelOp"> {
  let summary = "states wait in shared memory while a block's chunks are made";
  let description = [{
    In a kernel whose warps are apart (`tile-by-warps`) a warp's columns of the
    states are carried from block to block, and only the second phase looks at
    them. Where the first phase keeps many matrices of its own, both do not fit into
    a thread's registers, and ptxas would put what is left over into local memory.
    There the states go to shared memory, each warp's to its own, at the end of
    the second phase, and come back at its start.

    The first phase is taken to need the registers if more than `most` are alive at its
    widest point, the states' own included ([TileLives](../tile-rationale.md)). States stay,
    too, where they and all buffers, with one more for the largest tensor of the first phase,
    which may have to go from lane to lane, would take more than `most-bytes` of shared memory.

    This input

    ```mlir
    tile.kernel @f(%x: memref<?x256xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) apart grid("1") {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c16 = arith.constant 16 : index
      %zero = arith.constant dense<0.0> : tensor<128x16xf32>
      %0 = scf.for %block = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<128x16xf32>) {
        %1 = tile.load %x[%block, %c0] along [0, 1] : memref<?x256xf32, strided<[?, 1]>> -> tensor<16x256xf32>
        %2 = math.exp %1 : tensor<16x256xf32>
        tile.store %2, %x[%block, %c0] along [0, 1] : tensor<16x256xf32>, memref<?x256xf32, strided<[?, 1]>>
        %3 = scf.for %chunk = %c0 to %c1 step %c1 iter_args(%s = %state) -> (tensor<128x16xf32>) {
          %4 = arith.addf %s, %s : tensor<128x16xf32>
          scf.yield %4 : tensor<128x16xf32>
        }
        scf.yield %3 : tensor<128x16xf32>
      }
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    tile.shared by_warp : memref<16x136xf32, #gpu.address_space<workgroup>>
    …
    tile.store
    …
    scf.for
    …
    tile.load
    …
    scf.for
    …
    tile.store
    …
    tile.load
    …
    ```
  }];
  let options = [
    Option<"most", "most", "int64_t", "152",
           "registers of a thread in the first phase up to which states stay">,
    Option<"mostBytes", "most-bytes", "int64_t", "int64_t(227) << 10",
           "bytes of shared memory that a CTA has">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILEPARKSTATES
