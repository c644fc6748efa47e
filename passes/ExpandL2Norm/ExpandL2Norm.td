//===- ExpandL2Norm.td - normalisation by simpler operations *- tablegen -*-===//

#ifndef SLUICE_PASSES_EXPANDL2NORM
#define SLUICE_PASSES_EXPANDL2NORM

include "mlir/Pass/PassBase.td"

def ExpandL2Norm : Pass<"expand-l2norm"> {
  let summary = "expand l2norm to a dot product and a product";
  let description = [{
    Replaces every `delta.l2norm`, in whatever operation holds the step,

      a ÷ √(a·a + ε)  =  (1 ÷ √(a·a + ε)) · a

    so that only elementwise operations and reductions are left: what computes
    scalars of a token is then told apart from what computes its vectors.

    **Needs** nothing. **Guarantees** that no `delta.l2norm` is left inside the
    operation. The meaning is the same but for rounding: one division a vector
    in place of one an element.

    This input

    ```mlir
    %n = delta.l2norm %k
    ```

    becomes

    ```mlir
    %0 = delta.dot %k, %k
    %1 = delta.constant 1.0e-06
    %2 = delta.constant 1.0
    %3 = delta.add %0, %1
    %4 = delta.sqrt %3
    %5 = delta.div %2, %4
    %n = delta.mul %5, %k
    ```
  }];
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
}

#endif // SLUICE_PASSES_EXPANDL2NORM
