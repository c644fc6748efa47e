//===- WYToTile.td - the chunk form as a kernel ------------*- tablegen -*-===//

#ifndef SLUICE_PASSES_WYTOTILE
#define SLUICE_PASSES_WYTOTILE

include "mlir/Pass/PassBase.td"

def WYToTile : Pass<"wy-to-tile", "::mlir::ModuleOp"> {
  let summary = "lower scans to kernels that run chunk by chunk";
  let description = [{
    Each `wy.scan` becomes a `tile.kernel` of the same name. A CTA has the states
    of one sequence and value head in registers and walks over the sequence's
    chunks; its arguments are those of a kernel that `delta-to-tile` makes. Of a scan
    without states a CTA has one chunk.

    The scans of a `wy.placed` become kernels in their order, called by its name and
    theirs; if there is one, by its name. A channel is a workspace, float32, with a row
    for each chunk, by the number that `tile.piece` gives it. Of a scan in segments a
    CTA has one. Those whose states go to channels at their end leave out the last
    segment of each sequence; of those that start where channels say, and end nowhere, it
    has the final states. A scan of nothing but `wy.join`, in chunks as long as
    segments, follows the states from segment to segment, in float32 and a few
    columns a CTA. Other scans over segments, and chunks' channels in segments, are
    errors.

    Every node of the graph becomes operations on tensors of a chunk: maths of
    tokens elementwise operations and reductions along a row; scores, products of
    pairs, reads and updates a `tile.dot`, masked; products of gates over tokens
    `tile.prefix`, of coupled states' matrices from halves of a block to the block;
    inverses of the blocks of one system `tile.inverse`; substitution a loop over
    rows that are in shared memory. Rows past the last token are 0 wherever they come
    from, so that they add nothing: gates there are 1. Where all
    products have rounded factors, exponentials, log(1 + x) and square roots may be approximate
    (`fastmath<afn>`):
    they lose less.

    How exact products are depends on whether next states depend on them, through
    channels as well.

    **Needs** `wy-decompose` with a leaf of one token, `expand-l2norm`, and
    `choose-schedule` for a GPU. **Guarantees** that no operation of `wy` or `delta`
    is left, and that no tensor has a layout.

    This input

    ```mlir
    wy.scan @sum chunk(4) key(8) value(16)
        schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> () {
      %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
      wy.yield %0 : tensor<8x16xf32>
    }
    ```

    becomes

    ```mlir
    tile.kernel @sum(
    …
    scf.for
    …
    transpose_lhs : tensor<4x8xf32>, tensor<4x16xf32> -> tensor<8x16xf32>
    …
    tile.store
    …
    ```
  }];
  let options = [
    ListOption<"argTypes", "arg-types", "std::string",
               "element types of the arguments (f32, f16, bf16), states "
               "included; f32 where the list ends">,
    Option<"outputType", "output-type", "std::string", "\"f32\"",
           "element type of the outputs that are not sums">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_WYTOTILE
