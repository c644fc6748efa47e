//===- WYDifferentiate.td - gradients of a chunk's graph ---*- tablegen -*-===//

#ifndef SLUICE_PASSES_WYDIFFERENTIATE
#define SLUICE_PASSES_WYDIFFERENTIATE

include "mlir/Pass/PassBase.td"

def WYDifferentiate : Pass<"wy-differentiate", "::mlir::ModuleOp"> {
  let summary = "derive the gradients of every chunk's graph";
  let description = [{
    Each `wy.scan @x` becomes a `wy.placed @x_adjoint`, which gives the gradients
    by its arguments and initial states, chunk by chunk. It takes what the scan
    takes, the gradients by its outputs (`do` for `o`) and states (`dS` for `S`),
    and is two scans:

    - `states`, forward: the states before each chunk, which go to a channel;
    - `gradients`, `reverse`: from the last chunk to the first, the gradients by
      the states before the chunk from those by the states behind it, and those
      by the chunk's arguments.

    What `gradients` computes is the graph in reverse mode: its nodes once more,
    as far as derivatives need their values, then each from the last to the
    first, which says itself what it adds (`DifferentiableOpInterface`). What the
    scan reads from a state is written to dS, with the vectors that it was read
    with; what it writes is read from dS; its state's decay is that of dS.
    Corrections are solved once more, transposed (`wy.solve_transposed`), and the
    gradient by a system's scores is a product of two tensors of tokens: no
    matrix is inverted that was not.

    *Gates.* Products with a gate are spelled out first, down to halves of
    one token, as `wy-decompose` does with `leaf=1`. Gradients by gates then come
    level by level: a gate's is the sum, over the half of a block that it stands
    in, of what each product that contains it gives (`wy.token_sums`), of a factor
    with the other factors (so that it is what it is where the factor is 0).
    Nothing is subtracted, and a log of −inf has the gradient 0. Of a system
    with gates the terms are spelled out behind it, for their derivatives only.

    `gradients` names the arguments, states among them, by which gradients are
    wanted; without it they are all states, and the arguments that an output or a next
    state depends on. Only what these need is computed and taken, `states` too. What
    is named and has no influence has the gradient 0.

    **Needs** scans that stand alone and run forward, as `delta-to-wy` derives
    them or decomposed with systems by substitution. **Guarantees** that no
    `wy.scan` is left at the module's top level. Fails, with an error at the
    operation, where there is a node without an adjoint (`wy.inverse`,
    `wy.product`, other dialects'), and at the scan where an argument has the
    name of a gradient, or `gradients` names what is no argument.

    With `gradients=q,v` this input

    ```mlir
    wy.scan @linear_attention chunk(4) key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
      %1 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
      %2 = wy.apply %1, %v : tensor<4x4xf32>, tensor<4x16xf32>
      %3 = wy.sum %0, %2 : tensor<4x16xf32>
      %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
      wy.yield %4, %3 : tensor<8x16xf32>, tensor<4x16xf32>
    }
    ```

    becomes

    ```mlir
    wy.placed @linear_attention_adjoint key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>)
        v_heads(%do: !delta.vec<value>)
        state(%dS: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>) v_heads(dv: !delta.vec<value>) {
      wy.scan @states chunk(4) key(8) value(16)
          qk_heads(%k: !delta.vec<key>)
          v_heads(%v: !delta.vec<value>)
          state(%S: !delta.state<key, value>) -> () channels(S_start: state tensor<8x16xf32>) {
        %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
        wy.yield %0, %S : tensor<8x16xf32>, tensor<8x16xf32>
      }
      wy.scan @gradients chunk(4) key(8) value(16) reverse
          channels(%S_start: state tensor<8x16xf32>)
          qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
          v_heads(%v: !delta.vec<value>, %do: !delta.vec<value>)
          state(%dS: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>) v_heads(dv: !delta.vec<value>) {
        %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
        %1 = wy.read left %dS, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
        %2 = wy.scores rows(%do : tensor<4x16xf32>) columns(%v : tensor<4x16xf32>) ungated -> tensor<4x4xf32>
        %3 = wy.apply_transposed %0, %do : tensor<4x4xf32>, tensor<4x16xf32>
        %4 = wy.apply %2, %k : tensor<4x4xf32>, tensor<4x8xf32>
        %5 = wy.read right %S_start, %do : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
        %6 = wy.update states(%dS : tensor<8x16xf32>) writes(%q, %do : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
        %7 = wy.sum %4, %5 : tensor<4x8xf32>
        %8 = wy.sum %1, %3 : tensor<4x16xf32>
        wy.yield %6, %7, %8 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>
      }
    }
    ```

    `docs/backward.md` derives one by hand.
  }];
  let options = [
    ListOption<"gradients", "gradients", "std::string",
               "The arguments to differentiate by (default: all that have "
               "influence)">,
  ];
  let dependentDialects = ["::sluice::delta::DeltaDialect",
                           "::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_WYDIFFERENTIATE
