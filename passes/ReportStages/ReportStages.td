//===- ReportStages.td - say how a chunk's graph is cut ----*- tablegen -*-===//

#ifndef SLUICE_PASSES_REPORTSTAGES
#define SLUICE_PASSES_REPORTSTAGES

include "mlir/Pass/PassBase.td"

def ReportStages : Pass<"wy-report-stages", "::mlir::ModuleOp"> {
  let summary = "report the stage cut of every scan over chunks";
  let description = [{
    Colours the body of every `wy.scan` of the module, in order, by the carry:
    *pre* does not depend on the states, *scan* lies on a path from the states
    before the chunk to those after it, *post* depends on the states and feeds
    nothing back. Prints four tables, all of them for one chunk of one head:

    1. every node with its stage and FLOP (exponentials beside them);
    2. the channels: every value that goes from one stage to another, inputs
       with the stages that load them, outputs;
    3. each stage's nodes, FLOP and bytes, where stages are kernels of their own;
    4. three placements with their bytes and FLOP: one kernel; pre, scan and
       post through memory; segments in time, run at once and joined by their
       exact transition. Below it, what that transition is, or why none is.

    How an operation is counted stands in `lib/Analysis/ChunkCost.h`, what a
    placement moves in `lib/Analysis/StageCut.h`.

    **Needs** a module that verifies; nothing else. Scans may stand at any
    depth. What reaches no output is counted too: canonicalise first.

    **Guarantees** that the module does not change, and that all analyses are
    kept. Fails where an option is 0, and at a scan with channels or segments:
    that is a part of a graph that has been cut already.

    This input

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

    prints this on standard output:

    ```
    scan @linear_attention: chunk 4, key 8, value 16. For one chunk of one head; an element of inputs and outputs has 2 bytes, any other 4.

      node  stage  result  FLOP  exp  operation
      %0    post   4x16    1024    0  wy.read %S, %q
      %1    pre    4x4       96    0  wy.scores %q, %k
      %2    pre    4x16     320    0  wy.apply %1, %v
      %3    post   4x16      64    0  wy.sum %0, %2
      %4    scan   8x16    1024    0  wy.update %S, %k, %v

      value  from   to         bytes  tensor
      %q     input  pre, post     64  4x8
      %k     input  pre, scan     64  4x8
      %v     input  pre, scan    128  4x16
      %S     scan   post         512  8x16
      %2     pre    post         256  4x16
      %3     post   output o     128  4x16

      stage  nodes  FLOP  a token  exp  bytes read  bytes written
      pre        2   416      104    0         256            256
      scan       1  1024      256    0         192            512
      post       2  1088      272    0         832            128

      placement              bytes  a token  FLOP  a token  exp
      one kernel               384       96  2528      632    0
      pre, scan, post         2176      544  2528      632    0
      segments of 16 chunks    704      176  3568      892    0

      transition of a segment: the identity; FLOP to form it: 0 a chunk, to join: 256 a segment
    ```

    With `format=dot` the same as a picture, for Graphviz.
  }];
  let options = [
    Option<"format", "format", "StageFormat", "StageFormat::Text",
           "What is printed", [{::llvm::cl::values(
             clEnumValN(StageFormat::Text, "text", "tables"),
             clEnumValN(StageFormat::Dot, "dot", "a graph for Graphviz"))}]>,
    Option<"ioBytes", "io-bytes", "uint64_t", "2",
           "bytes of an element of inputs and outputs">,
    Option<"innerBytes", "inner-bytes", "uint64_t", "4",
           "bytes of an element of everything else">,
    Option<"segment", "segment", "uint64_t", "16",
           "chunks of a segment in time">,
  ];
}

#endif // SLUICE_PASSES_REPORTSTAGES
