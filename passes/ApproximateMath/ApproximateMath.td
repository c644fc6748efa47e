//===- ApproximateMath.td - math on vectors ----------------*- tablegen -*-===//

#ifndef SLUICE_PASSES_APPROXIMATEMATH
#define SLUICE_PASSES_APPROXIMATEMATH

include "mlir/Pass/PassBase.td"

def ApproximateMath : Pass<"approximate-math"> {
  let summary = "exponentials and their like as polynomials on vectors";
  let description = [{
    Left alone, `math.exp` of a vector becomes one call a lane. This pass
    replaces `math` operations on floats and vectors of floats by polynomials:
    exponentials by one of its own, whose results underflow step by step, the
    others by MLIR's, logarithms of subnormal numbers through normal ones. For a
    GPU (`gpu`) an exponential is PTX's `ex2.approx`, with what rounding leaves
    of the exponent made good. Where it may be approximate (`fastmath<afn>`) it is
    one product and `ex2.approx.ftz`: |x| 2⁻²⁴ of the result are lost, at most
    5e-6 of it, and of a decay (x not above 0) no more than 0.4 · 2⁻²⁴; subnormal
    results are 0. log(1 + e^−|x|), which softplus has, takes a polynomial of its own
    there, without a quotient or a choice; where it may be approximate, a shorter one, within
    6e-5 of the result. A quotient by a square root that may be approximate is `rsqrt.approx`, and a
    product unless 1 is divided.

    **Needs** nothing. **Guarantees** otherwise results within a few units in the last
    place over all of float32, subnormal numbers included, exact ones at 0, and
    infinities and NaN where they belong, of the functions that `delta` has
    (`Integration/CPU/function-bounds.test` measures each). That does not hold
    of all polynomials of MLIR: `math.atan` is off by some forty units,
    `math.sin` and `math.cos` are not near around their zeros, `math.log2` and
    `math.cbrt` not of subnormal numbers.

    This input

    ```mlir
    func.func @grow(%x: vector<16xf32>) -> vector<16xf32> {
      %e = math.exp %x : vector<16xf32>
      return %e : vector<16xf32>
    }
    ```

    becomes

    ```mlir
    func.func @grow(
    …
    math.fma
    …
    arith.bitcast
    …
    arith.shrui
    …
    arith.mulf
    …
    ```

    a straight line of `arith` and `math.fma` operations, without a call.
  }];
  let options = [
    Option<"gpu", "gpu", "bool", "false",
           "exponentials by PTX's instruction; there are no vectors">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // SLUICE_PASSES_APPROXIMATEMATH
