//===- WYDecompose.td - aggregates spelled out -------------*- tablegen -*-===//

#ifndef SLUICE_PASSES_WYDECOMPOSE
#define SLUICE_PASSES_WYDECOMPOSE

include "mlir/Pass/PassBase.td"

def WYDecompose : Pass<"wy-decompose", "::mlir::ModuleOp"> {
  let summary = "spell out how scores, gated products and systems are evaluated";
  let description = [{
    The aggregates of a chunk's graph keep their formula up to here; this pass
    spells out the scheme, so that later ones see nothing but masked products,
    maps of single tokens, block products, reads and updates.

    With P_n = `accumulate before block(n)` and U_n = `accumulate after block(n)`,
    each merged from those of half the block, and L the size of a leaf:

      scores(a, x, g) = leaf + Σ_n scores(a ∘ P_n, x ∘ U_n, `pairs n`)
      apply(A, y, g)  = leaf + Σ_n P_n ∘ apply(A, U_n ∘ y, `pairs n`)

    for n = L, 2L, … below C, and a leaf that is the same op with the mask
    `inside L` and, of scores, the scheme `pairwise`; for L = 1 there is none but
    the diagonal. Of n coupled states P and U are matrices, and a ∘ P, x ∘ U sums
    of products. A scalar gate leaves both sums:

      scores(a, x, g) = scale(scores(a, x), decays(g))
      apply(A, y, g)  = apply(scale(A, decays(g)), y)

    Scores with the scheme `shifted` have a larger leaf M, the most tokens with
    |b| M ≤ `shift-limit` for b the smallest log of their gate. With f = e^g, and
    P_M and Q_M = `accumulate before block(M)` of f and of 1 / f:

      leaf = scores(a ∘ e^c P_M, x ∘ e^(−c) Q_M / f, `inside M`)      c = |b| M / 2

    one product for all pairs, and terms n = M, 2M, … as above, of f. No factor
    leaves [e^(−c), e^c].

    A chunk of at most L tokens is one leaf, whatever its gate is.

    A system without gates and weights is left to substitution, or with
    `solve=inverse` becomes products:

      T_L  = inverse(N, block L)
      T_2n = T_n + T_n (N | `pairs n`) T_n        n = L, 2L, … below C
      Y    = apply(T, rhs)

    where L is `solve-leaf`, for any number of writes a token, as grids of matrices. With gates or weights
    along the free axis the matrix differs from column to column, and the system
    stays a primitive that is solved by halves.

    But for shifted leaves nothing is divided and no factor exceeds 1 where gates
    are at most 0, and nothing that belongs to a token depends on a later one.

    **Needs** nothing: a graph without aggregates is left alone. A scan's schedule
    says how large a leaf is, whether it is shifted and how systems are solved;
    the options do where there is none.

    **Guarantees** that scores are `ungated` or `pairwise`, and that gated
    `wy.apply` are leaves; with `solve=inverse` that every `wy.solve` left has a
    gate or a weight. Each rewrite is equal to what it replaces but for rounding.

    With `leaf=2` this input

    ```mlir
    wy.scan @gated chunk(4) key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>) -> (o: !delta.vec<value>) {
      %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) dyadic -> tensor<4x4xf32>
      %1 = wy.apply %0, %v : tensor<4x4xf32>, tensor<4x16xf32>
      wy.yield %1 : tensor<4x16xf32>
    }
    ```

    becomes

    ```mlir
    wy.scan @gated chunk(4) key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>) -> (o: !delta.vec<value>) {
      %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) mask(<inside 2>) pairwise -> tensor<4x4xf32>
      %1 = wy.accumulate before block(2) log %g : tensor<4x8xf32> -> tensor<4x8xf32>
      %2 = wy.tokens(%arg0: !delta.vec<key> = %q : tensor<4x8xf32>, %arg1: !delta.vec<key> = %1 : tensor<4x8xf32>) -> tensor<4x8xf32> {
        %8 = delta.mul %arg0, %arg1
        wy.yield %8 : !delta.vec<key>
      }
      %3 = wy.accumulate after block(2) log %g : tensor<4x8xf32> -> tensor<4x8xf32>
      %4 = wy.tokens(%arg0: !delta.vec<key> = %k : tensor<4x8xf32>, %arg1: !delta.vec<key> = %3 : tensor<4x8xf32>) -> tensor<4x8xf32> {
        %8 = delta.mul %arg0, %arg1
        wy.yield %8 : !delta.vec<key>
      }
      %5 = wy.scores rows(%2 : tensor<4x8xf32>) columns(%4 : tensor<4x8xf32>) mask(<pairs 2>) ungated -> tensor<4x4xf32>
      %6 = wy.sum %0, %5 : tensor<4x4xf32>
      %7 = wy.apply %6, %v : tensor<4x4xf32>, tensor<4x16xf32>
      wy.yield %7 : tensor<4x16xf32>
    }
    ```
  }];
  let options = [
    Option<"leaf", "leaf", "int64_t", "4",
           "tokens of a leaf, a power of two; 1 for none">,
    Option<"solve", "solve", "std::string", "\"substitution\"",
           "how systems without gates are solved: substitution or inverse">,
    Option<"solveLeaf", "solve-leaf", "int64_t", "0",
           "tokens of a block of the inverse that is not made of smaller ones, a "
           "power of two; 0 for those of a leaf">,
    Option<"shiftLimit", "shift-limit", "double", "80.0",
           "the most that |b| M of a shifted leaf may be: 80 for operands in "
           "float32 or bfloat16, 20 for float16, 0 for no such leaf">,
  ];
  let dependentDialects = ["::sluice::delta::DeltaDialect",
                           "::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_WYDECOMPOSE
