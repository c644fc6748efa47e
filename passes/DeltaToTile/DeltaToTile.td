//===- DeltaToTile.td - the step form as a kernel ----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_DELTATOTILE
#define SLUICE_PASSES_DELTATOTILE

include "mlir/Pass/PassBase.td"

def DeltaToTile : Pass<"delta-to-tile", "::mlir::ModuleOp"> {
  let summary = "lower recurrences to kernels that run token by token";
  let description = [{
    Each `delta.recurrence` becomes a `tile.kernel` of the same name. A CTA has
    `value_block` columns of the states of one sequence and value head, as the
    recurrence's `wy.schedule` says, and holds them in float32 while it walks over
    the sequence's tokens: one pass over the states' memory, however long the
    sequence, which may be in place. CTAs that share a head come one after
    another in the grid, which has one axis: N · HV · ⌈V ÷ value_block⌉.

    Its arguments, in order:

    - a memref for every argument of the recurrence, a state's being its initial
      state, which may be absent (it is zero then): `[B,T,heads,K]` and alike per
      token, `[HV,K]` and alike for a param, `[N,HV,K,V]` for a state;
    - a memref for every output, then one for every final state. An output that
      is a sum over heads or tokens is handed out as its terms, `[B,T,HV,K]` and
      alike in float32 whatever `output-type` says;
    - where sequences start, the sizes T, H and HV, and the scale.

    All tensors' elements along their last axis are neighbours in memory, and so
    are the rows of a state; other strides are anything.

    **Needs** `choose-schedule` for a GPU. **Guarantees** that no operation of
    `delta` is left, and that no tensor has a layout. Fails where the schedule
    spreads the columns of a step that mixes them.

    With `key-dim=8 value-dim=16` this input

    ```mlir
    delta.recurrence @sum
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> ()
        attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 16>>} {
      %S1 = delta.write %S, %k, %v
      delta.yield states(%S1) outputs()
    }
    ```

    becomes

    ```mlir
    tile.kernel @sum(
    …
    warps(1) grid("N * HV * 1")
    …
    scf.for
    …
    tile.broadcast
    …
    arith.mulf
    …
    arith.addf
    …
    tile.store
    …
    ```

    a function of `k`, `v`, the initial and the final state.
  }];
  let options = [
    Option<"keyDim", "key-dim", "int64_t", "128", "K, the size of key">,
    Option<"valueDim", "value-dim", "int64_t", "128", "V, the size of value">,
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

#endif // SLUICE_PASSES_DELTATOTILE
