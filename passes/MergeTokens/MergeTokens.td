//===- MergeTokens.td - one loop over tokens ---------------*- tablegen -*-===//

#ifndef SLUICE_PASSES_MERGETOKENS
#define SLUICE_PASSES_MERGETOKENS

include "mlir/Pass/PassBase.td"

def MergeTokens : Pass<"wy-merge-tokens"> {
  let summary = "merge per-token maths that one function can do";
  let description = [{
    Derivation and decomposition leave many small `wy.tokens`: a product with a
    decay each. This pass makes one of those that

    - are of one *class*: the same stage (before the states are known, on their
      way from chunk to chunk, or behind it), results along the same axis (all
      along key, all along value, or neither), the same attributes;
    - stand on the same *level*: on the longest chain of operations behind them,
      per-token maths of some class gave way to another operation or another
      class equally often;
    - share an operand, or feed one another.

    A path from one to the other through another operation would give them
    different levels, so whatever is merged, no cycle is closed; what may run
    before the states are known still may, and what `wy-split-tokens` has set
    apart stays apart. The merged one stands where the first stood, and what it
    needs moves before it. A reduction counts as along the axis that it reduces.

    **Needs** nothing. **Guarantees** the same values to the bit: every operation
    inside is there as before, an input that several had is bound once, and
    results that only merged ones used are gone. What two of them both compute
    stands there twice: CSE is what merges it.

    This input

    ```mlir
    wy.scan @merge chunk(4) key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%g: !delta.vec<key>)
        state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, b: !delta.vec<key>) {
      %0 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
      %1 = wy.tokens(%arg0: !delta.vec<key> = %0 : tensor<4x8xf32>, %arg1: !delta.vec<key> = %q : tensor<4x8xf32>) -> tensor<4x8xf32> {
        %3 = delta.mul %arg0, %arg1
        wy.yield %3 : !delta.vec<key>
      }
      %2 = wy.tokens(%arg0: !delta.vec<key> = %0 : tensor<4x8xf32>, %arg1: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
        %3 = delta.mul %arg0, %arg1
        wy.yield %3 : !delta.vec<key>
      }
      wy.yield %S, %1, %2 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
    }
    ```

    becomes

    ```mlir
    wy.scan @merge chunk(4) key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%g: !delta.vec<key>)
        state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, b: !delta.vec<key>) {
      %0 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
      %1:2 = wy.tokens(%arg0: !delta.vec<key> = %0 : tensor<4x8xf32>, %arg1: !delta.vec<key> = %q : tensor<4x8xf32>, %arg2: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
        %2 = delta.mul %arg0, %arg1
        %3 = delta.mul %arg0, %arg2
        wy.yield %2, %3 : !delta.vec<key>, !delta.vec<key>
      }
      wy.yield %S, %1#0, %1#1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_MERGETOKENS
