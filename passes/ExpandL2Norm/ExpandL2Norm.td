//===- ExpandL2Norm.td - normalisation by simpler operations *- tablegen -*-===//

#ifndef SLUICE_PASSES_EXPANDL2NORM
#define SLUICE_PASSES_EXPANDL2NORM

include "mlir/Pass/PassBase.td"

def ExpandL2Norm : Pass<"expand-l2norm"> {
  let summary = "expand l2norm to reductions and elementwise operations";
  let description = [{
    Replaces every `delta.l2norm`, in whatever operation holds the step, by elementwise
    operations and reductions: what computes scalars of a token is then told apart from
    what computes its vectors. Squares leave float32 from |a_c| = 1e19 on. So

      a ÷ √(a·a + ε)  =  f · a,  f = max(1 ÷ √(a·a + ε), 2⁻⁸⁰ ÷ √max(b·b, 2⁻⁶⁰)),  b = 2⁻⁸⁰ a

    The second quotient is the smaller one for vectors shorter than 2⁵⁰, and the first is 0
    where a·a overflows; between the two they are one number. A scale of the step, or a
    constant from 1 to 2⁹⁰, that multiplies the result multiplies f. That is for ε from 2⁻⁶⁰ to
    2⁶⁰, beside which squares too small for float32 are nothing. For another ε

      a ÷ √(a·a + ε)  =  (1 ÷ √(b·b + (√ε ÷ s)²)) · b,  b = a ÷ s,  s = Σ_c |a_c|

    where s is at least √ε, and between 2⁻¹²⁶ and 2¹²⁶, where it has a
    reciprocal in float32: b's squares are small enough and large enough then, too.

    **Needs** nothing. **Guarantees** that no `delta.l2norm` is left inside the
    operation. The meaning is the same but for rounding: unit vectors of
    whatever length, 0 of zeros (NaN where ε is 0), NaN of infinite elements and
    0 beside them. Of a length above 2¹²⁶ the reciprocal is subnormal in float32, so that
    the error is 2⁻¹⁵⁰ of the length in place of 2⁻²⁴.

    This input

    ```mlir
    %n = delta.l2norm %k
    ```

    becomes

    ```mlir
    %0 = delta.constant 1.0
    %1 = delta.dot %k, %k
    %2 = delta.constant 9.9999999999999995E-7
    %3 = delta.add %1, %2
    %4 = delta.constant 8.2718061255302767E-25
    %5 = delta.mul %4, %k
    %6 = delta.dot %5, %5
    %7 = delta.constant 8.6736173798840355E-19
    %8 = delta.max %6, %7
    %9 = delta.sqrt %3
    %10 = delta.div %0, %9
    %11 = delta.sqrt %8
    %12 = delta.div %4, %11
    %13 = delta.max %10, %12
    %n = delta.mul %13, %k
    ```
  }];
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
}

#endif // SLUICE_PASSES_EXPANDL2NORM
