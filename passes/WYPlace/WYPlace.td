//===- WYPlace.td - a scan as several, joined by channels --*- tablegen -*-===//

#ifndef SLUICE_PASSES_WYPLACE
#define SLUICE_PASSES_WYPLACE

include "mlir/Pass/PassBase.td"

def WYPlace : Pass<"wy-place", "::mlir::ModuleOp"> {
  let summary = "cut scans into parts that are kernels, or roles, of their own";
  let description = [{
    Replaces every `wy.scan` of the module by a `wy.placed` of the same name,
    whose scans are parts of its graph:

    - `one_kernel`: the scan as it is.
    - `pre_scan_post`: three scans, `pre` with the nodes that do not depend on
      the states, `scan` with those between the states before a chunk and after
      it, `post` with the others. `pre` and `post` carry nothing, so their chunks
      may run at the same time. Every value that one makes and another looks at
      becomes a channel, a state that `post` looks at too: the states before each
      chunk. What has no node and no output is left out.
    - `segments`: the sequence in segments of `segment` tokens that run at the
      same time. `written` finds where each would end from states of zeros, R;
      `transition_S`, for each state S, its transition M from S: what the linear
      part of the graph makes of the identity in S. `join`, whose chunks are as
      long as segments, has the true states before each segment by S ← M S + R,
      and the final states. `main` is the whole scan from these. Each computes
      what it needs from the arguments: between them are only M, R and the
      states before segments.

    The schedule of a scan says which, and the options say it of scans without
    one. Parts have the scan's schedule, but for `join`.

    M is K × K where the states are read from the left and V × V, to the right of
    S, where they are read from the right. Where nothing that is read feeds the
    states they only decay, and M is what becomes of ones: as many numbers as the
    decays have, for each segment.

    **Guarantees** that the placed scans equal the one, but for rounding in the
    states at segments' starts. **Fails**, at the operation that is the reason,
    where the transition of a segment is not a matrix: something on the way from the
    states to the states differs along the axis that reads do not contract.

    With `placement=pre_scan_post` this input

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
    wy.placed @linear_attention key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      wy.scan @pre chunk(4) key(8) value(16)
          qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
          v_heads(%v: !delta.vec<value>) -> () channels(value0: tokens value tensor<4x16xf32>) {
        %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
        %1 = wy.apply %0, %v : tensor<4x4xf32>, tensor<4x16xf32>
        wy.yield %1 : tensor<4x16xf32>
      }
      wy.scan @scan chunk(4) key(8) value(16)
          qk_heads(%k: !delta.vec<key>)
          v_heads(%v: !delta.vec<value>)
          state(%S: !delta.state<key, value>) -> () channels(S_start: state tensor<8x16xf32>) {
        %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
        wy.yield %0, %S : tensor<8x16xf32>, tensor<8x16xf32>
      }
      wy.scan @post chunk(4) key(8) value(16)
          channels(%S_start: state tensor<8x16xf32>, %value0: tokens value tensor<4x16xf32>)
          qk_heads(%q: !delta.vec<key>) -> (o: !delta.vec<value>) {
        %0 = wy.read left %S_start, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
        %1 = wy.sum %0, %value0 : tensor<4x16xf32>
        wy.yield %1 : tensor<4x16xf32>
      }
    }
    ```
  }];
  let options = [
    Option<"placement", "placement", "std::string", "\"one_kernel\"",
           "one_kernel, pre_scan_post or segments">,
    Option<"segment", "segment", "int64_t", "1024",
           "tokens of a segment, whole chunks">,
  ];
  let dependentDialects = ["::sluice::delta::DeltaDialect",
                           "::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_WYPLACE
