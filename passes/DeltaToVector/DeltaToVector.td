//===- DeltaToVector.td - the step form on a CPU -----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_DELTATOVECTOR
#define SLUICE_PASSES_DELTATOVECTOR

include "mlir/Pass/PassBase.td"

def DeltaToVector : Pass<"delta-to-vector", "::mlir::ModuleOp"> {
  let summary = "lower recurrences to loops over tokens, with vector operations";
  let description = [{
    Each `delta.recurrence` becomes a `func.func` of the same name that runs
    the step over the tokens of one sequence and one value head, with the state
    in float32. Its arguments, in order:

    - a memref for every argument of the recurrence, a state's being its
      initial state: `[B,T,heads,K]` and alike per token, `[HV,K]` and alike
      for a param, `[N,HV,K,V]` for a state;
    - a memref for every output, then one for every final state. An output
      that is a sum over heads or tokens is handed out as its terms,
      `[B,T,HV,K]` and alike in float32 whatever `output-type` says: the caller
      adds them up;
    - scratch: `memref<?xf32>` of at least `sluice.scratch` elements (an
      attribute of the function), aligned to 64 bytes;
    - `index`: sequence (of N), batch row, first token, end token, value head,
      query/key head, first panel, end panel; the number of panels is the
      function's attribute `sluice.panels`, 1 where the panels depend on each
      other;
    - `i1` for every state: whether there is an initial state (else zero, and
      the memref is of one [1,1,K,V] of zeros);
    - `f32`: the scale.

    Its attribute `delta.signature` is the recurrence's, so that arguments and
    outputs are found by name, kind and type without the spec.

    The columns of the state are cut in panels of `panel` vectors of `lanes`
    elements, held panel by panel in scratch so that a panel's rows are
    neighbours. In one sweep over a panel a token applies the update of the
    token before it and forms its own reads. Where the values of a step mix no
    columns, a panel runs through a block of `block` tokens before the next one
    starts, and what does not depend on the state is computed once a block.
    These numbers are those of `#wy.cpu_schedule` in the recurrence's
    `wy.schedule`.

    Needs: `choose-schedule`, `delta-single-sweep`. Guarantees: no operation of `delta` is left.

    With `key-dim=8 value-dim=16` this input

    ```mlir
    delta.recurrence @sum
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> ()
        attributes {wy.schedule = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>} {
      %S1 = delta.write %S, %k, %v
      delta.yield states(%S1) outputs()
    }
    ```

    becomes

    ```mlir
    func.func @sum(%arg0: memref<?x?x?x8xf32>, %arg1: memref<?x?x?x16xf32>,
                   %arg2: memref<?x?x8x16xf32>, %arg3: memref<?x?x8x16xf32>,
                   %arg4: memref<?xf32>, %arg5: index, …, %arg13: i1, %arg14: f32)
        attributes {delta.signature = #delta.signature<qk_heads(k: !delta.vec<key>) …>,
                    llvm.emit_c_interface, sluice.panels = 1 : i64, sluice.scratch = 256 : i64} {
    …
    vector.fma
    …
    vector.store
    …
    ```

    a function of `k`, `v`, the initial and the final state, and scratch.
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
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif // SLUICE_PASSES_DELTATOVECTOR
