//===- ShareExponentials.td - one exponential, two uses ----*- tablegen -*-===//

#ifndef SLUICE_PASSES_SHAREEXPONENTIALS
#define SLUICE_PASSES_SHAREEXPONENTIALS

include "mlir/Pass/PassBase.td"

def ShareExponentials : Pass<"wy-share-exponentials"> {
  let summary = "let the exponential of a log gate serve maths and gate";
  let description = [{
    Where a `wy.tokens` that depends on no state computes f = e^g of a log gate
    g, an input or a result of its own, f becomes one more result, and a gate
    `log g` behind it becomes `factor f`: in `wy.scores`, `wy.apply`,
    `wy.decays` and `wy.accumulate` over `before` or `after`. One exponential is evaluated in
    place of two. `wy.accumulate all` keeps its log: a whole chunk's decay is
    one exponential of a sum, which is more exact than a product. So do gates of
    coupled states, which are factors anyway, and those of `wy.solve`, which has
    one kind for all of them.

    **Needs** nothing; what another operation holds is left alone. **Guarantees**
    the same values but for rounding: −inf becomes 0 where it would have, and no
    node depends on a state that did not.

    This input

    ```mlir
    wy.scan @share chunk(4) key(8) value(16)
        qk_heads(%k: !delta.vec<key>) v_heads(%g: !delta.vec<key>)
        state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, b: !delta.vec<key>) {
      %0 = wy.tokens(%arg0: !delta.vec<key> = %g : tensor<4x8xf32>, %arg1: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
        %2 = delta.exp %arg0
        %3 = delta.mul %2, %arg1
        wy.yield %3 : !delta.vec<key>
      }
      %1 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
      wy.yield %S, %0, %1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
    }
    ```

    becomes

    ```mlir
    wy.scan @share chunk(4) key(8) value(16)
        qk_heads(%k: !delta.vec<key>) v_heads(%g: !delta.vec<key>)
        state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, b: !delta.vec<key>) {
      %0:2 = wy.tokens(%arg0: !delta.vec<key> = %g : tensor<4x8xf32>, %arg1: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
        %2 = delta.exp %arg0
        %3 = delta.mul %2, %arg1
        wy.yield %3, %2 : !delta.vec<key>, !delta.vec<key>
      }
      %1 = wy.accumulate before factor %0#1 : tensor<4x8xf32> -> tensor<4x8xf32>
      wy.yield %S, %0#0, %1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_SHAREEXPONENTIALS
