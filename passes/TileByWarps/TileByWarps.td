//===- TileByWarps.td - every warp on its own --------------*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILEBYWARPS
#define SLUICE_PASSES_TILEBYWARPS

include "mlir/Pass/PassBase.td"

def TileByWarps : Pass<"tile-by-warps", "::sluice::tile::KernelOp"> {
  let summary = "each warp makes a chunk, then owns columns of the state";
  let description = [{
    A kernel that walks over chunks, all warps together, becomes one that walks
    over blocks of as many chunks as it has warps, which are `apart`. Each block
    has two phases:

    1. each warp takes one chunk of the block and makes all of it that depends on
       no state and has no value columns: gates, scores, inverses. What the second
       phase needs of it goes to a slot in shared memory, in the type in which it is
       needed, and so do the chunk's rows of values, as they were loaded;
    2. each warp has 16 value columns of the states, in registers from the first
       chunk to the last, and goes through the slots of the block one by one.

    The first phase begins with its loads, and what extends them to float32 comes behind the
    first stores to slots: a warp says that it needs the slots of the block before no more
    while its loads are under way. Nobody waits for another warp within a phase. A head whose warps do not reach
    over all columns has several CTAs. Where CTAs can be a cluster, a block has a
    chunk for each warp of all of them, and slots are `multicast`; else each CTA
    makes the first phase anew.

    Where values are summed over (a norm of the outputs, say) all columns of a head
    are one CTA's. Each warp sums its own columns into its row of shared memory, and
    then, when all have, the rows: for that the second phase waits.

    A kernel of independent chunks, whose loop carries nothing, has a CTA for each piece of
    a sequence (`tile.piece`). It becomes one whose CTA is one warp. If the largest
    tensor of a chunk is more than a warp holds in 128 registers a thread, its last axis
    is divided among CTAs, under the same conditions.

    The axis of values is the last axis of the loop's states
    ([AxisClasses](../tile-rationale.md)). The kernel stays as it is where columns
    are not independent otherwise (values are contracted, or compared), where all
    warps, or several CTAs, would store the same, where more than eight warps would
    have to be together for a sum, where products are not those of tensor
    cores, where a part of the chunk is a loop of its own, or where the slot of one
    warp does not fit into `most` bytes. The kernel's own `warps` are an upper
    bound, but for sums of values.

    This input

    ```mlir
    tile.kernel @f(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
                   %v: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
                   %final: memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<final "S">},
                   %T: index {tile.binding = #tile.binding<size "T">})
        warps(4) grid("N * HV * 1") {
      %b = gpu.block_id x
      %c0 = arith.constant 0 : index
      %c16 = arith.constant 16 : index
      %zero = arith.constant dense<0.0> : tensor<16x16xf32>
      %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x16xf32>) {
        %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
        %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
        %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
        scf.yield %2 : tensor<16x16xf32>
      }
      tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x16xf32>, memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>>
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    warps(1) apart
    …
    tile.shared : memref<1x16x24xbf16, #gpu.address_space<workgroup>>
    …
    scf.for
    …
    tile.store
    …
    scf.for
    …
    tile.load
    …
    tile.dot
    …
    ```
  }];
  let options = [
    Option<"most", "most", "int64_t", "int64_t(227) << 10",
           "bytes of shared memory that a CTA has">,
    Option<"mostWarps", "most-warps", "int64_t", "4",
           "warps of a CTA; more make more chunks at a time, fewer leave columns "
           "to other multiprocessors, which do them sooner">,
    Option<"mostCTAs", "most-ctas", "int64_t", "1", "CTAs of a cluster">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::scf::SCFDialect", "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILEBYWARPS
