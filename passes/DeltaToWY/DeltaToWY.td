//===- DeltaToWY.td - the chunk form by derivation ---------*- tablegen -*-===//

#ifndef SLUICE_PASSES_DELTATOWY
#define SLUICE_PASSES_DELTATOWY

include "mlir/Pass/PassBase.td"

def DeltaToWY : Pass<"delta-to-wy", "::mlir::ModuleOp"> {
  let summary = "derive the chunk form of every recurrence";
  let description = [{
    Each `delta.recurrence` of class linear or delta becomes a `wy.scan` of the
    same name: the chunkwise (WY) form of whatever its step says, for chunks of
    `chunk` tokens. Two steps:

    1. *Token form.* Reads are pushed to the incoming states and gates through
       writes, so that a token reads before all its gates and writes after all
       of them:

         reads R_r = a_rᵀ S_j,  write values y_m = c_m + Σ_r β_mr ∘ R_r,
         states S_i' = Σ_j D_ij ∘ S_j + Σ_m x_im y_mᵀ, x_im the write keys

       Positions within a token (a read before the decay, between two writes)
       have become coefficients; nothing later asks for them.
    2. *Chunk.* With D(t, s) the gates of the tokens between s and t, ã_m =
       Σ_r β_mr a_r and N = scores(ã, x), strictly lower:

         (I − N) Y = c + (ã ∘ D(·, start)) S₀
         o         = (q̃ ∘ D(·, start)) S₀ + (scores(q̃, x) + diag δ) Y + const
         S₁        = D(end, start) ∘ S₀ + (x ∘ D(end, ·))ᵀ Y

       For n states that feed each other D is an n × n matrix and the
       contraction runs over states × key; a coefficient β that is a vector
       along the other axis becomes a weight in the system. Corrections from
       the right are the same with key and value exchanged.

    The scheme of gated scores is chosen by what the gate is: none; scalar, so
    after the product; along the contracted axis or a matrix, so dyadic anchors.
    Where an analysis of the step bounds a gate along the contracted axis well
    enough for leaves of 8 tokens (a log in [−10, 0]) they are shifted: declared
    ranges count, and functions that keep limits, such as −5 sigmoid(x).
    Each choice is a remark of the category `delta-to-wy`, at what the scores were
    derived from: `passed`, or `missed` where a bound of the gate would give a better one.

    **Needs** a module that verifies. Canonicalise first: what is dead or
    constant is derived like anything else.

    **Guarantees** that no `delta.recurrence` is left at the module's top level.
    Fails, with an error at the operation that is the reason, where there is no
    chunk form: class affine or nonlinear; states that feed each other and
    decay along the axis that is not contracted, or are read from the other
    side than their corrections.

    With `chunk=4 key-dim=8 value-dim=16` this input

    ```mlir
    delta.recurrence @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %o = delta.read %S1, %q
      delta.yield states(%S1) outputs(%o)
    }
    ```

    becomes

    ```mlir
    wy.scan @linear_attention chunk(4) key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %0 = wy.tokens(%arg0: !delta.vec<key> = %q : tensor<4x8xf32>, %arg1: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4xf32> {
        %6 = delta.dot %arg0, %arg1
        wy.yield %6 : !delta.scalar
      }
      %1 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
      %2 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%0 : tensor<4xf32>) ungated -> tensor<4x4xf32>
      %3 = wy.apply %2, %v : tensor<4x4xf32>, tensor<4x16xf32>
      %4 = wy.sum %1, %3 : tensor<4x16xf32>
      %5 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
      wy.yield %5, %4 : tensor<8x16xf32>, tensor<4x16xf32>
    }
    ```

    `docs/chunk-form.md` derives a larger one.
  }];
  let options = [
    Option<"keyDim", "key-dim", "int64_t", "128", "K, the size of key">,
    Option<"valueDim", "value-dim", "int64_t", "128", "V, the size of value">,
    Option<"chunk", "chunk", "int64_t", "64", "C, tokens of a chunk">,
  ];
  let dependentDialects = ["::sluice::delta::DeltaDialect",
                           "::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_DELTATOWY
