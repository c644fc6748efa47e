//===- TileLoadAhead.td - loads of the next time round -----*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILELOADAHEAD
#define SLUICE_PASSES_TILELOADAHEAD

include "mlir/Pass/PassBase.td"

def TileLoadAhead : Pass<"tile-load-ahead", "::sluice::tile::KernelOp"> {
  let summary = "a loop copies what it loads one time round ahead";
  let description = [{
    In a kernel whose warps are apart, a loop over blocks may have loops in it that
    go along rows, as strips do, and load a part of a row each time round: nothing
    of that is under way before its turn. Such loads of global memory become loads of
    shared memory, where a `tile.copy` of whole rows has brought it while the block
    before was worked on. A warp has one buffer for each tensor: the copies of the
    next block begin behind the last load of this one, and are waited for before the
    first of the next.

    Loads are taken whose places depend on the numbers of both loops alone; loads of
    the same rows are of one buffer, also those of whole rows. Memory is that of an
    argument other than a state, tensors have several rows, of whole words: behind
    the loop's end none of them are there. Nothing happens where the buffers of all
    warps do not fit into `most` bytes, beside what the kernel has and its longest
    tensor for each warp.

    **Needs** nothing. **Guarantees** that what the kernel computes is the same.

    This input

    ```mlir
    tile.kernel @f(%x: memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "x">},
                   %y: memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "y">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) apart grid("1") {
      %c0 = arith.constant 0 : index
      %c16 = arith.constant 16 : index
      %c32 = arith.constant 32 : index
      scf.for %first = %c0 to %T step %c16 {
        %left = arith.subi %T, %first : index
        scf.for %k = %c0 to %c32 step %c16 {
          %0 = tile.load %x[%c0, %first, %c0, %k] along [1, 3] valid(%left) : memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>> -> tensor<16x16xf32>
          tile.store %0, %y[%c0, %first, %c0, %k] along [1, 3] valid(%left) : tensor<16x16xf32>, memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>>
        }
      }
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    tile.shared by_warp : memref<16x36xf32, #gpu.address_space<workgroup>>
    …
    tile.copy
    …
    tile.commit_copies
    …
    scf.for
    …
    tile.wait_copies 0
    …
    scf.for
    …
    tile.load
    …
    tile.copy
    …
    tile.commit_copies
    …
    tile.wait_copies 0
    …
    ```
  }];
  let options = [
    Option<"most", "most", "int64_t", "int64_t(227) << 10",
           "bytes of shared memory that a CTA has">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILELOADAHEAD
