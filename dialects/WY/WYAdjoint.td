//===- WYAdjoint.td - what gradients of a chunk need -------*- tablegen -*-===//
//
// A part of WYOps.td, which has the classes that these are of.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_WY_ADJOINT
#define SLUICE_WY_ADJOINT

def WY_ApplyTransposedOp : WY_BodyOp<"apply_transposed", [
    AllTypesMatch<["values", "result"]>]> {
  let summary = "what later reads give back to the writes of the chunk";
  let description = [{
    Row s is Σ_{t ≥ s} A_ts · y_t over the pairs of the mask: `wy.apply` without a
    gate, of the transposed matrix.

    ```mlir
    %0 = wy.apply_transposed %A, %y : tensor<4x4xf32>, tensor<4x16xf32>
    %1 = wy.apply_transposed %A, %y mask(<pairs 2>) : tensor<4x4xf32>, tensor<4x16xf32>
    ```
  }];
  let arguments = (ins WY_Matrix:$scores, WY_Matrix:$values,
                       OptionalAttr<WY_MaskAttr>:$mask);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    $scores `,` $values (`mask` `(` $mask^ `)`)? attr-dict
    `:` type($scores) `,` type($values)
  }];
  let hasVerifier = 1;
}

def WY_SolveTransposedOp : WY_SystemOp<"solve_transposed"> {
  let summary = "the adjoint of the corrections of a chunk";
  let description = [{
    The transpose of `wy.solve` with the same scores, terms, weights and gates:

      X_m' = rhs_m' + Σ_{terms with source m'} Σ_{t > s} A_ts · D(t, s) ∘ (weight ∘ X_m)_t

    in row s, with m the term's destination. Row s needs rows behind it, so it is
    solved from the last token to the first. Without weights and gates it is
    (I − N)⁻ᵀ rhs.

    ```mlir
    %0 = wy.solve_transposed rhs(%r : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
    ```
  }];
}

def WY_TokenSumsOp : WY_BodyOp<"token_sums", [AttrSizedOperandSegments]> {
  let summary = "sums over the tokens of a chunk";
  let description = [{
    `after`: row t is Σ_{u > t} D(u, t)ᵀ x_u, `before`: row t is
    Σ_{s < t} x_s D(t, s)ᵀ, with D the product of the gates of the tokens between
    them, and with `block(n)` over the tokens of the row's own block of n. `all`:
    Σ x_t over the whole chunk, without a row and without a gate. Without a gate D
    is 1; of n coupled states x and the gate are n × n matrices of tensors,
    row-major.

    These are adjoints of the products that `wy.accumulate` makes: of a log, the
    sum of what each product that has it gives, R ∘ dR; of a factor, which may be
    0, `after` of dR times the product before it. Nothing is subtracted or divided.

    ```mlir
    %0 = wy.token_sums after block(2) %x : tensor<4x8xf32> -> tensor<4x8xf32>
    %1 = wy.token_sums before %x : tensor<4x8xf32> gate(factor %g : tensor<4x8xf32>) -> tensor<4x8xf32>
    %2 = wy.token_sums all %x : tensor<4x8xf32> -> tensor<8xf32>
    ```
  }];
  let arguments = (ins WY_Range:$range, OptionalAttr<I64Attr>:$block,
                       Variadic<WY_TokenTensor>:$terms,
                       OptionalAttr<WY_GateKind>:$kind,
                       Variadic<WY_TokenTensor>:$gate);
  let results = (outs Variadic<WY_Tensor>:$results);
  let assemblyFormat = [{
    $range (`block` `(` $block^ `)`)? $terms `:` type($terms)
    (`gate` `(` $kind^ $gate `:` type($gate) `)`)?
    attr-dict `->` type($results)
  }];
  let hasVerifier = 1;
}

def WY_PairSumsOp : WY_BodyOp<"pair_sums"> {
  let summary = "a number for each token, summed over pairs of tokens";
  let description = [{
    Number u is the sum of M_ts over those pairs s ≤ t that the kind says. Of
    `between` each may have a factor D(t, u) · D(u, s), the gates of the tokens
    between s and t but for u's own.

    That is the adjoint of `wy.decays`: of a log M = D ∘ dD without a gate, of a
    factor M = dD with the gate.

    ```mlir
    %0 = wy.pair_sums rows %A : tensor<4x4xf32> -> tensor<4xf32>
    %1 = wy.pair_sums between %A : tensor<4x4xf32> gate(factor %beta : tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins WY_PairSum:$sum, WY_Matrix:$pairs,
                       OptionalAttr<WY_GateKind>:$kind,
                       Optional<1DTensorOf<[F32]>>:$gate);
  let results = (outs 1DTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $sum $pairs `:` type($pairs) (`gate` `(` $kind^ $gate `:` type($gate) `)`)?
    attr-dict `->` type($result)
  }];
  let hasVerifier = 1;
}

def WY_DotStatesOp : WY_BodyOp<"dot_states", [
    AllTypesMatch<["lhs", "rhs"]>, Commutative]> {
  let summary = "the dot product of two states, along one axis or both";
  let description = [{
    Σ A ∘ B over the axes that the result does not run along: with `key` number i
    is Σ_j A_ij B_ij, with `value` number j is Σ_i A_ij B_ij, without either it
    is Σ_ij A_ij B_ij. The adjoint of a state's decay.

    ```mlir
    %0 = wy.dot_states key %S, %dS : tensor<8x16xf32> -> tensor<8xf32>
    %1 = wy.dot_states %S, %dS : tensor<8x16xf32> -> tensor<f32>
    ```
  }];
  let arguments = (ins OptionalAttr<Delta_Axis>:$axis, WY_Matrix:$lhs,
                       WY_Matrix:$rhs);
  let results = (outs WY_Tensor:$result);
  let assemblyFormat = [{
    ($axis^)? $lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // SLUICE_WY_ADJOINT
