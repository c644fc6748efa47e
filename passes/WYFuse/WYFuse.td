//===- WYFuse.td - scans joined by channels, as one --------*- tablegen -*-===//

#ifndef SLUICE_PASSES_WYFUSE
#define SLUICE_PASSES_WYFUSE

include "mlir/Pass/PassBase.td"

def WYFuse : Pass<"wy-fuse", "::mlir::ModuleOp"> {
  let summary = "make one scan of scans that walk over the same chunks";
  let description = [{
    Replaces every `wy.placed` of the module whose scans have chunks of one size,
    in one direction and without segments by one `wy.scan` of its name: the
    graphs one after another, a channel being the value that was yielded for it.
    So a placement runs where all its parts are one kernel: what would be a
    buffer with a tensor for each chunk is one chunk's tensor.

    **Guarantees** that `wy.placed` is gone. **Fails** at a scan that does not
    walk over the chunks that the first one walks over.

    This input

    ```mlir
    wy.placed @sum key(8) value(16)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      wy.scan @scan chunk(4) key(8) value(16)
          qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
          state(%S: !delta.state<key, value>)
          -> () channels(S0: state tensor<8x16xf32>) {
        %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
        wy.yield %0, %S : tensor<8x16xf32>, tensor<8x16xf32>
      }
      wy.scan @post chunk(4) key(8) value(16)
          channels(%S0: state tensor<8x16xf32>)
          qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<value>) {
        %0 = wy.read left %S0, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
        wy.yield %0 : tensor<4x16xf32>
      }
    }
    ```

    becomes

    ```mlir
    wy.scan @sum chunk(4) key(8) value(16)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
      %1 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
      wy.yield %0, %1 : tensor<8x16xf32>, tensor<4x16xf32>
    }
    ```
  }];
  let dependentDialects = ["::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_WYFUSE
