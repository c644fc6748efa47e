//===- SplitTokens.td - maths of tokens in parts -----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_SPLITTOKENS
#define SLUICE_PASSES_SPLITTOKENS

include "mlir/Pass/PassBase.td"

def SplitTokens : Pass<"wy-split-tokens"> {
  let summary = "split per-token maths by axis";
  let description = [{
    Each `wy.tokens` that depends on no state becomes up to three, so that each
    can stand where it costs least:

    1. the *base*: scalars, yielded or needed by vectors of another part, and
       what they are made of. A vector that the base computes on the way and
       another part needs too is kept for it where it costs more than sums and
       products, and computed again where it does not;
    2. vectors along key;
    3. vectors along value.

    A reduction that is yielded and that nothing else in the maths needs goes
    with the axis that it runs along, not to the base. One that depends on a
    state is left as it is: panels of columns run through it once anyway.

    **Needs** nothing; `expand-l2norm` before it sets the scalar of a
    normalisation apart. **Guarantees** the same values to the bit.

    This input

    ```mlir
    wy.scan @split chunk(4) key(8) value(16)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
        state(%S: !delta.state<key, value>) -> () {
      %0:2 = wy.tokens(%arg0: !delta.scalar = %b : tensor<4xf32>, %arg1: !delta.vec<key> = %k : tensor<4x8xf32>, %arg2: !delta.vec<value> = %v : tensor<4x16xf32>) -> (tensor<4x8xf32>, tensor<4x16xf32>) {
        %2 = delta.sigmoid %arg0
        %3 = delta.mul %2, %arg1
        %4 = delta.mul %2, %arg2
        wy.yield %3, %4 : !delta.vec<key>, !delta.vec<value>
      }
      %1 = wy.update states(%S : tensor<8x16xf32>) writes(%0#0, %0#1 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
      wy.yield %1 : tensor<8x16xf32>
    }
    ```

    becomes

    ```mlir
    wy.scan @split chunk(4) key(8) value(16)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
        state(%S: !delta.state<key, value>) -> () {
      %0 = wy.tokens(%arg0: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
        %4 = delta.sigmoid %arg0
        wy.yield %4 : !delta.scalar
      }
      %1 = wy.tokens(%arg0: !delta.vec<key> = %k : tensor<4x8xf32>, %arg1: !delta.scalar = %0 : tensor<4xf32>) -> tensor<4x8xf32> {
        %4 = delta.mul %arg1, %arg0
        wy.yield %4 : !delta.vec<key>
      }
      %2 = wy.tokens(%arg0: !delta.vec<value> = %v : tensor<4x16xf32>, %arg1: !delta.scalar = %0 : tensor<4xf32>) -> tensor<4x16xf32> {
        %4 = delta.mul %arg1, %arg0
        wy.yield %4 : !delta.vec<value>
      }
      %3 = wy.update states(%S : tensor<8x16xf32>) writes(%1, %2 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
      wy.yield %3 : tensor<8x16xf32>
    }
    ```
  }];
  let dependentDialects = ["::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_SPLITTOKENS
