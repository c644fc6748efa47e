//===- WYToVector.td - the chunk form on a CPU -------------*- tablegen -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR
#define SLUICE_PASSES_WYTOVECTOR

include "mlir/Pass/PassBase.td"

def WYToVector : Pass<"wy-to-vector", "::mlir::ModuleOp"> {
  let summary = "lower chunk scans to loops over chunks, with vector operations";
  let description = [{
    Each `wy.scan` becomes a `func.func` of the same name with the arguments
    that `delta-to-vector` describes, so that one runner calls both. The states
    are held in float32, cut in panels of `panel` vectors of `lanes` columns; a
    block of `block` chunks is prepared (what needs no state), then each panel
    runs through it. These numbers are those of the scan's schedule, in its part
    for processors (`#wy.cpu_schedule`). A graph that mixes columns runs chunk by chunk
    instead.

    Gates are held as factors, one exponential each, and multiplied; a whole
    chunk's decay is the exponential of the sum of its logs. No exponential of a
    positive number is evaluated where gates are at most 0, nothing is divided,
    and no number computed for a token depends on a later one.

    A scan with `reverse` walks from its last chunk to its first. Channels are
    further arguments, those that come before those that go, each a memref like
    a state's, [chunks, heads, K, V]: states before chunks, of which that of a
    chunk which begins with token t of row b of the batch, in sequence n, is number
    ⌊(b T + t) / C⌋ + n, so that no two are one. With `scan=NAME` that scan of each
    `wy.placed` becomes the function, with the name of the placement, and the rest
    of it goes.

    Many scores of one kind, as n writes a token have, are one loop over a table
    of their places, and so are the terms of a system of many unknowns: code
    grows linearly with the maths of a token.

    **Needs** a schedule, which `choose-schedule` writes, and what `delta-to-wy`
    makes, or `wy-differentiate` of that: a state's next one is the state itself or
    a `wy.update`, which nothing else uses, of states that the chunk begins with, or of
    other updates; channels of such states; no `delta.l2norm` (`expand-l2norm`); no
    operation of another dialect; and gates over more than four tokens spelt out
    by `wy-decompose` with a leaf of at most four. Fails at the operation where
    that is not so. For speed it counts on `wy-share-exponentials` (gates as
    factors need no exponential) and on `wy-split-tokens`; products of gates are
    made with the `wy.tokens` that take those of one block, in registers and for
    the rows that masks leave, if these have not been merged with others.

    **Guarantees** that no scan is left at the module's top level, and with `scan` no
    placement.

    This input

    ```mlir
    wy.scan @sum chunk(4) key(8) value(32)
        schedule(#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> () {
      %0 = wy.update states(%S : tensor<8x32xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x32xf32>) -> tensor<8x32xf32>
      wy.yield %0 : tensor<8x32xf32>
    }
    ```

    becomes

    ```mlir
    func.func @sum(%arg0: memref<?x?x?x8xf32>, %arg1: memref<?x?x?x32xf32>,
                   %arg2: memref<?x?x8x32xf32>, %arg3: memref<?x?x8x32xf32>,
                   %arg4: memref<?xf32>, %arg5: index, …
        attributes {delta.signature = #delta.signature<qk_heads(k: !delta.vec<key>) …>,
                    llvm.emit_c_interface, sluice.panels = 2 : i64, …} {
    …
    ```

    a function of `k`, `v`, the initial state, the final state and scratch, then of
    the sequence, its tokens, heads and panels.
  }];
  let options = [
    ListOption<"argTypes", "arg-types", "std::string",
               "element types of the arguments (f32, f16, bf16), states "
               "included; f32 where the list ends">,
    Option<"outputType", "output-type", "std::string", "\"f32\"",
           "element type of the outputs that are not sums">,
    Option<"scan", "scan", "std::string", "\"\"",
           "the scan of each placement that becomes a function">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif // SLUICE_PASSES_WYTOVECTOR
