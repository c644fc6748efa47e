//===- ReportTransition.td - say what a step is ------------*- tablegen -*-===//

#ifndef SLUICE_PASSES_REPORTTRANSITION
#define SLUICE_PASSES_REPORTTRANSITION

include "mlir/Pass/PassBase.td"

def ReportTransition : Pass<"delta-report-transition", "::mlir::ModuleOp"> {
  let summary = "report the class of every recurrence's transition";
  let description = [{
    Runs the transition analysis on every `delta.recurrence` of the module, in
    order, and says what it found: the class (`linear`, `delta`, `affine`,
    `nonlinear`), with the reason where there is no chunk form; the rank, the
    number of corrections a token adds to the triangular system; the
    micro-steps, how many of them follow one upon another within a token; the
    decay of each state and what other states feed into it; every state op with
    its position and its role.

    **Needs** a module that verifies; nothing else. Recurrences may stand beside
    anything, and at any depth.

    **Guarantees** that the module does not change, and that all analyses are
    kept. Never fails: a recurrence without a chunk form is a finding.

    With `format=text` this input

    ```mlir
    delta.recurrence @kda
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>,
                %beta: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.decay %S, %g
      %p = delta.read %S1, %k
      %e = delta.sub %v, %p
      %u = delta.mul %beta, %e
      %S2 = delta.write %S1, %k, %u
      %c = delta.scale
      %qs = delta.mul %c, %q
      %o = delta.read %S2, %qs
      delta.yield states(%S2) outputs(%o)
    }
    ```

    prints this on standard output:

    ```
    recurrence @kda: class delta, rank 1, micro-steps 1, writes 1
      state S: decay key
      decay at 1: key
      read at 1: left
      write at 2: left correction, micro-step 1, reads at 1
      read at 2: left
      output o: reads at 2
    ```

    With `format=remarks` the first line (`class delta: rank 1, micro-steps 1`)
    is a remark at the recurrence, `Class`, and every line about a state op one at
    that op, `Role`: `analysis` remarks of the category `delta-report-transition`.
    In either format an affine or nonlinear class comes with the reason: as a line
    `reason: …` with the culprit's place, or as a remark at it, `Reason`.
  }];
  let options = [
    Option<"format", "format", "ReportFormat", "ReportFormat::Text",
           "Where the report goes", [{::llvm::cl::values(
             clEnumValN(ReportFormat::Text, "text", "standard output"),
             clEnumValN(ReportFormat::Remarks, "remarks",
                        "remarks at the source locations, for --remarks-filter"))}]>,
  ];
}

#endif // SLUICE_PASSES_REPORTTRANSITION
