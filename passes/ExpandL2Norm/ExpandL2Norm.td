//===- ExpandL2Norm.td - normalisation by simpler operations *- tablegen -*-===//

#ifndef SLUICE_PASSES_EXPANDL2NORM
#define SLUICE_PASSES_EXPANDL2NORM

include "mlir/Pass/PassBase.td"

def ExpandL2Norm : Pass<"expand-l2norm"> {
  let summary = "expand l2norm to reductions and elementwise operations";
  let description = [{
    Replaces every `delta.l2norm`, in whatever operation holds the step: with
    s = Σ_c |a_c| and b = a ÷ s,

      a ÷ √(a·a + ε)  =  (1 ÷ √(b·b + (√ε ÷ s)²)) · b

    so that only elementwise operations and reductions are left: what computes
    scalars of a token is then told apart from what computes its vectors. The
    squares of a itself would leave float32 from |a_c| = 1e19 on, and below
    1e-23. s is at least √ε, and between 2⁻¹²⁶ and 2¹²⁶, where it has a
    reciprocal in float32: b's squares are small enough and large enough then,
    too.

    **Needs** nothing. **Guarantees** that no `delta.l2norm` is left inside the
    operation. The meaning is the same but for rounding: unit vectors of
    whatever length, 0 of zeros (NaN where ε is 0), NaN of infinite elements and
    0 beside them.

    This input

    ```mlir
    %n = delta.l2norm %k
    ```

    becomes

    ```mlir
    %0 = delta.abs %k
    %1 = delta.reduce sum %0
    %2 = delta.constant 1.0e-03
    %3 = delta.max %1, %2
    %4 = delta.constant 8.5070591730234616E+37
    %5 = delta.min %3, %4
    %6 = delta.constant 1.0
    %7 = delta.div %6, %5
    %8 = delta.mul %7, %k
    %9 = delta.dot %8, %8
    %10 = delta.constant 1.0e-03
    %11 = delta.mul %7, %10
    %12 = delta.mul %11, %11
    %13 = delta.add %9, %12
    %14 = delta.sqrt %13
    %15 = delta.div %6, %14
    %n = delta.mul %15, %8
    ```
  }];
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
}

#endif // SLUICE_PASSES_EXPANDL2NORM
