//===- WYMoveFactors.td - factors to where they cost least -*- tablegen -*-===//

#ifndef SLUICE_PASSES_WYMOVEFACTORS
#define SLUICE_PASSES_WYMOVEFACTORS

include "mlir/Pass/PassBase.td"

def WYMoveFactors : Pass<"wy-move-factors", "::mlir::ModuleOp"> {
  let summary = "bring factors to where they cost least";
  let description = [{
    A factor is a number for each token, f, that is multiplied into vectors or
    into the rows or columns of a matrix of pairs: a decay, a weight of a write,
    the scale of the run. Products are linear, so it may stand elsewhere:

      read(S, f ∘ x)           = f ∘ read(S, x)
      scores(f ∘ x, h ∘ y)     = scale(scores(x, y), rows f, columns h)
      scores(x, y; a scalar g) = scale(scores(x, y), decays(g))
      dot(f ∘ x, h ∘ y)        = f h dot(x, y)
      update(f ∘ x, y)         = update(x, f ∘ y)
      apply(A, Σ f c ∘ y)      = apply(scale(A, columns f), Σ c ∘ y)
      f ∘ apply(A, y)          = apply(scale(A, rows f), y)
      Σ scale(A, rows f)       = scale(Σ A, rows f)
      apply(A, apply(T, r))    = apply(A T, r)
      solve(c + f ∘ read(S, a)) = solve(c) + read(S, solve(f ∘ a))

    In words: a factor without the contracted axis commutes out of a product, one
    of the contracted axis alone changes sides, and both are absorbed by matrices
    of pairs that no state reaches. So with a scalar gate arguments as they are,
    q and k, become the operands of scores, reads and updates. A factor that is a
    vector along the contracted axis (a gate along key) is part of the sum and
    stays, as nothing commutes with it. The rules look at axes, and know no
    recurrence.

    Beforehand the products, sums and differences of vectors, and the dot
    products, that a `wy.tokens` ends with are taken out of it, one node each;
    maths that is not linear stays as it is. What an operand is made of is then
    read off the nodes: a sum of products of factors and vectors. A sum goes apart
    only where that makes no more products than there were, as where several
    corrections of a token share their keys.

    *Legal.* Nothing is divided. In exact arithmetic each rule is an equation; in
    floating point it must not make a number larger than all that are computed
    anyway. So a factor may always leave a product: the product without it has
    the size of the data, and times the factor what it had. It may enter a
    matrix, or cross to the other operand of an update, only if it is at most 1 in
    size; factors are multiplied with each other only if all of them but one are.
    At most 1 are products of gates that are given as logs, exponentials of such a
    gate, the scale of the run, what is known to be by its range (declared, or
    that of a function such as a sigmoid), and products of all these. Columns of an
    inverse take what is in the rows of its scores, too, whatever its size: of
    T = (I − f ∘ M)⁻¹ nothing larger is made by T f, as T f M = T − I. Not finite
    data are outside: 0 · ∞ may appear where the product was 0 by the factor.

    *Where to.* The smallest of the arrays beside the product that a factor can
    stand on; of equal ones that which no state reaches. An array costs its
    elements, a matrix of pairs its lower half; an operand that would be an
    argument without its factors costs three times its elements, as it has to be
    made, stored and loaded, and nothing if other maths of tokens needs it as it
    is, or is made from a vector that does. What is scaled already takes another
    factor for a number a token. Of the two vectors of a write, at equal cost, those
    along value are scaled.

    The W form, and products of maps, add work that no state waits for and take a
    product from between a read of the state and its update. Which is better is
    the schedule's choice: `automatic` takes it for reads whose vectors have to
    be made anyway, `compose-maps` multiplies matrices also where that saves
    nothing.

    **Needs** nothing: aggregates and what `wy-decompose` made of them are
    treated alike. An inverse that `wy-decompose` has spelled out is a matrix like
    any other.

    **Guarantees** that each result is equal to what it was but for rounding. It
    ends: no rule takes a factor off a matrix or brings it to an operand of the
    product that it left, so it moves along the graph in one direction; across an
    update it moves only to what costs less, or at equal cost from key to value.
    Of the last two rules each takes a read from under a solve, or one `wy.apply`
    from another.

    This input

    ```mlir
    wy.scan @retention chunk(64) key(128) value(128)
        qk_heads(%q: !delta.vec<key>) v_heads(%g: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %0 = wy.accumulate before log %g : tensor<64xf32> -> tensor<64xf32>
      %1 = wy.tokens(%x: !delta.vec<key> = %q : tensor<64x128xf32>, %d: !delta.scalar = %0 : tensor<64xf32>) -> tensor<64x128xf32> {
        %3 = delta.mul %x, %d
        wy.yield %3 : !delta.vec<key>
      }
      %2 = wy.read left %S, %1 : tensor<128x128xf32>, tensor<64x128xf32> -> tensor<64x128xf32>
      wy.yield %S, %2 : tensor<128x128xf32>, tensor<64x128xf32>
    }
    ```

    becomes

    ```mlir
    wy.scan @retention chunk(64) key(128) value(128)
        qk_heads(%q: !delta.vec<key>) v_heads(%g: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %0 = wy.accumulate before log %g : tensor<64xf32> -> tensor<64xf32>
      %1 = wy.read left %S, %q : tensor<128x128xf32>, tensor<64x128xf32> -> tensor<64x128xf32>
      %2 = wy.tokens(%d: !delta.scalar = %0 : tensor<64xf32>, %x: !delta.vec<value> = %1 : tensor<64x128xf32>) -> tensor<64x128xf32> {
        %3 = delta.mul %d, %x
        wy.yield %3 : !delta.vec<value>
      }
      wy.yield %S, %2 : tensor<128x128xf32>, tensor<64x128xf32>
    }
    ```
  }];
  let options = [
    Option<"wForm", "w-form", "std::string", "\"not_formed\"",
           "for scans without a schedule: not_formed, automatic or formed">,
    Option<"composeMaps", "compose-maps", "bool", "false",
           "multiply matrices of pairs also where what the first gives is used">,
  ];
  let dependentDialects = ["::sluice::delta::DeltaDialect",
                           "::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_WYMOVEFACTORS
