//===- TileStrips.td - long axes worked off in strips ------*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILESTRIPS
#define SLUICE_PASSES_TILESTRIPS

include "mlir/Pass/PassBase.td"

def TileStrips : Pass<"tile-strips", "::sluice::tile::KernelOp"> {
  let summary = "a long axis is worked off in strips, one after another";
  let description = [{
    Operations of a block whose tensors have one long axis go into loops over strips
    of it (`scf.for`), so that a thread holds what is left of a strip instead of a whole
    axis. Where the axis ends, in a `tile.dot` that contracts it or a `tile.reduce` along
    it, the loop carries the sum; `arith.addf` of such sums is done in the loop,
    which then carries one.

    What takes a sum can only begin when all strips are done. So there are passes
    over the axis, a loop each: an operation is in the first one that all that it takes
    along the axis is made in, and before which all that it takes whole is there. The squares
    of a key are summed in one pass, the key divided by their root in the next. What is not a
    sum may be in a later pass as well: all of it waits for one of them, or for the first
    that needs it, if less goes from pass to pass then.
    Operations without the axis stand between the loops.

    A tensor that is made in one pass and used in a later one, or between passes, is
    loaded and computed again there, if that takes four loads and operations of
    floating point at most (no exponentials or quotients, and only memory that nobody
    in the kernel writes). Otherwise it goes through shared memory, as what its users
    take. Where that needs more of it than the CTA has left, `most-bytes` in all, 12 loads
    and operations are made again, exponentials and prefixes among them.

    Between the passes stays what carries the axis from one turn of a loop to the next,
    what other operations with regions give or take, what has the axis twice, and what
    only such operations take, unless it is smaller than what it is made of.

    All axes count as one along which operations go at the same pace. Of the classes
    that have an axis longer than `width` the one is taken by which the tensors in the
    passes shrink most, all together; none along which a `tile.prefix` runs.
    A strip is the largest divisor of the axis up to `width`, and `width` / 4 at least: an
    axis that has none stays whole. Nothing happens in a block unless a sum or a store is in
    a pass, and some tensor in the passes is large: a warp that held it would need more than
    `least` registers a thread for it.

    Where more than `registers` registers of a thread are alive in the kernel even so, in the
    order that `tile-shorten-lives` gives it, strips are half as wide, or a quarter. A loop in
    which so little is alive that with the loads of all rounds it is no more than `unroll`
    becomes its rounds, up to four; what they load of memory that nobody in the kernel writes
    comes first, as early in the block as its places are known: the warp waits for memory once.

    **Needs** tensors without layouts, so it comes before `tile-assign-layouts`, and a kernel
    without barriers. **Guarantees** the same results, but for the order of sums.

    This input

    ```mlir
    tile.kernel @f(%k: memref<?x512xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "k">},
                   %A: memref<16x16xf32> {tile.binding = #tile.binding<output "A">})
        warps(1) grid("1") {
      %c0 = arith.constant 0 : index
      %0 = tile.load %k[%c0, %c0] along [0, 1] in_bounds : memref<?x512xf32, strided<[?, 1]>> -> tensor<16x512xf32>
      %1 = math.exp %0 : tensor<16x512xf32>
      %2 = tile.dot %1, %1 transpose_rhs : tensor<16x512xf32>, tensor<16x512xf32> -> tensor<16x16xf32>
      tile.store %2, %A[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32>, memref<16x16xf32>
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    scf.for
    …
    arith.muli
    …
    tile.load %arg0[%c0,
    …
    math.exp
    …
    : tensor<16x64xf32>, tensor<16x64xf32> -> tensor<16x16xf32>
    …
    arith.addf
    …
    tile.store
    …
    ```
  }];
  let options = [
    Option<"width", "width", "int64_t", "64", "most elements of a strip">,
    Option<"least", "least", "int64_t", "32",
           "registers of a thread, were a tensor one warp's, up to which it "
           "may be whole">,
    Option<"registers", "registers", "int64_t", "352",
           "registers of a thread, of all that is alive, from which on strips "
           "are narrower">,
    Option<"unroll", "unroll", "int64_t", "192",
           "registers of a thread up to which all strips are loaded at once, and "
           "there is no loop">,
    Option<"mostBytes", "most-bytes", "int64_t", "int64_t(227) << 10",
           "bytes of shared memory that a CTA has">,
    Option<"onlyApart", "only-apart", "bool", "false",
           "leave kernels whose warps have tensors together">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILESTRIPS
