//===- WYPairs.td - matrices of pairs of tokens ------------*- tablegen -*-===//
//
// A part of WYOps.td, which has the classes that these are of.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_WY_PAIRS
#define SLUICE_WY_PAIRS

def WY_DecaysOp : WY_BodyOp<"decays", [WY_Differentiable]> {
  let summary = "what a scalar gate lets through from each token to each later one";
  let description = [{
    Entry (t, s) is D(t, s) for s < t, the product of the gates of the tokens
    between them; 1 for s = t, and 0 above. Products, or the exponentials of
    sums of what lies between: never a difference of sums from the start.

    Adjoint: dg_u = Σ_{s < u < t} dD_ts D_ts, of a factor the product of the
    others in place of D_ts.

    ```mlir
    %0 = wy.decays log %beta : tensor<4xf32> -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins WY_GateKind:$kind, 1DTensorOf<[F32]>:$gate);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    $kind $gate attr-dict `:` type($gate) `->` type($result)
  }];
  let hasVerifier = 1;
}

def WY_ScaleOp : WY_BodyOp<"scale", [
    AttrSizedOperandSegments, AllTypesMatch<["scores", "result"]>,
    WY_Differentiable]> {
  let summary = "scores, element by element times other things";
  let description = [{
    Entry (t, s) is A_ts · rows_t · columns_s · Π B_ts over the matrices B: a
    decay between two tokens, and what either of them multiplies by.

    Adjoint: of each factor the sum, over what it is repeated along, of dR_ts
    times the other factors.

    ```mlir
    %0 = wy.scale %A by(%D : tensor<4x4xf32>) columns(%beta : tensor<4xf32>) : tensor<4x4xf32>
    ```
  }];
  let arguments = (ins WY_Matrix:$scores, Variadic<WY_Matrix>:$factors,
                       Optional<1DTensorOf<[F32]>>:$rows,
                       Optional<1DTensorOf<[F32]>>:$columns);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    $scores (`by` `(` $factors^ `:` type($factors) `)`)?
    (`rows` `(` $rows^ `:` type($rows) `)`)?
    (`columns` `(` $columns^ `:` type($columns) `)`)?
    attr-dict `:` type($result)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def WY_ProductOp : WY_BodyOp<"product", [
    AttrSizedOperandSegments]> {
  let summary = "the product of grids of lower-triangular matrices";
  let description = [{
    Of n × n grids of C × C matrices, row-major, of which only entries s ≤ t are
    looked at or made:

      (A B)_ij(t, s) = Σ_k Σ_{s ≤ u ≤ t} A_ik(t, u) · B_kj(u, s)

    with (t, u) of A among the pairs of a mask, where one is given; with `block`
    only for t and s in one block of so many tokens, and 0 elsewhere. `entries`
    says where in its grid each matrix of A stands, and the others are zero;
    without it all are given.

    ```mlir
    %0 = wy.product lhs(%A : tensor<4x4xf32>) rhs(%T : tensor<4x4xf32>) mask(<pairs 2>) block(4) -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins Variadic<WY_Matrix>:$lhs, Variadic<WY_Matrix>:$rhs,
                       OptionalAttr<DenseI64ArrayAttr>:$entries,
                       OptionalAttr<WY_MaskAttr>:$mask,
                       OptionalAttr<I64Attr>:$block);
  let results = (outs Variadic<WY_Matrix>:$results);
  let assemblyFormat = [{
    `lhs` `(` $lhs `:` type($lhs) `)` (`at` $entries^)?
    `rhs` `(` $rhs `:` type($rhs) `)` (`mask` `(` $mask^ `)`)?
    (`block` `(` $block^ `)`)? attr-dict `->` type($results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// n of the n × n grids.
    int64_t getGrid();
    /// Where matrix `index` of the left grid stands, row-major.
    int64_t getEntry(unsigned index) {
      return getEntries() ? (*getEntries())[index] : index;
    }
  }];
}

def WY_InverseOp : WY_BodyOp<"inverse"> {
  let summary = "inverses of the diagonal blocks of a chunk's system";
  let description = [{
    The n × n grid, row-major, of T = (I − N)⁻¹ where N is a grid of strictly
    lower scores (what stands on their diagonals and above is not looked at) of
    which only the pairs inside blocks of `block` tokens are taken:

      T_ij(t, s) = [i = j, t = s] + Σ_k Σ_{s ≤ u < t} N_ik(t, u) · T_kj(u, s)

    by substitution, in each block from its first token on; 0 outside the blocks
    and above the diagonal. `entries` says where in the grid each score stands,
    row-major, and the others are zero; n² is the number of results.

    Blocks of twice the size follow by products:
    T' = T + T (N | `pairs block`) T.

    ```mlir
    %0 = wy.inverse scores(%N : tensor<4x4xf32>) at [0] block(2) -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$entries, Variadic<WY_Matrix>:$scores,
                       I64Attr:$block);
  let results = (outs Variadic<WY_Matrix>:$results);
  let assemblyFormat = [{
    (`scores` `(` $scores^ `:` type($scores) `)`)? `at` $entries
    `block` `(` $block `)` attr-dict `->` type($results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// n of the n × n grids.
    int64_t getGrid();
  }];
}

#endif // SLUICE_WY_PAIRS
