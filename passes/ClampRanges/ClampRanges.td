//===- ClampRanges.td - declared ranges made true ----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_CLAMPRANGES
#define SLUICE_PASSES_CLAMPRANGES

include "mlir/Pass/PassBase.td"

def ClampRanges : Pass<"clamp-ranges", "::sluice::delta::RecurrenceOp"> {
  let summary = "make the declared ranges of arguments true";
  let description = [{
    A scheme that is legal only under a bound on a gate must not trust the
    caller of a kernel. At the head of the step this pass puts

      max(min(x, upper), lower)

    in the place of every argument x with a range; lower and upper are the outer
    ends of its `#delta.range`, so that no number in range is changed, and one
    that is infinite is left out. NaN stays NaN.

    Needs: nothing; it runs first in every pipeline that ends in a kernel.
    Guarantees: every use of an argument with a range is a clamp, and what
    `GateBounds` says of values holds for any tensor. The ranges stay, and
    nothing removes a clamp of an argument: what is proved about it rests on
    the clamp.

    This input

    ```mlir
    delta.recurrence @fading
        v_heads(%g: !delta.scalar range(-5.0, 0.0))
        state(%S: !delta.state<key, value>) -> () {
      %S1 = delta.decay %S, %g
      delta.yield states(%S1) outputs()
    }
    ```

    becomes

    ```mlir
    delta.recurrence @fading
        v_heads(%g: !delta.scalar range(-5.0, 0.0))
        state(%S: !delta.state<key, value>) -> () {
      %upper = delta.constant 0.0
      %cut = delta.min %g, %upper
      %lower = delta.constant -5.0
      %clamped = delta.max %cut, %lower
      %S1 = delta.decay %S, %clamped
      delta.yield states(%S1) outputs()
    }
    ```
  }];
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
}

#endif // SLUICE_PASSES_CLAMPRANGES
