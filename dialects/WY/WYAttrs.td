//===- WYAttrs.td - enums of the chunk form ----------------*- tablegen -*-===//

#ifndef SLUICE_WY_ATTRS
#define SLUICE_WY_ATTRS

include "dialects/WY/WYDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class WY_EnumAttr<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::sluice::wy";
}

/// `log`: its natural logarithm, so products are sums and one exponential.
/// `factor`: the factor itself, 0 and negative numbers included.
def WY_GateKind : WY_EnumAttr<"GateKind", "what a gate is given as", [
    I32EnumAttrCase<"Log", 0, "log">,
    I32EnumAttrCase<"Factor", 1, "factor">,
  ]>;

/// `before`: for each token, those before it; `after`: those after it; `all`:
/// the whole chunk's.
def WY_Range : WY_EnumAttr<"Range", "which tokens' gates are multiplied", [
    I32EnumAttrCase<"Before", 0, "before">,
    I32EnumAttrCase<"After", 1, "after">,
    I32EnumAttrCase<"All", 2, "all">,
  ]>;

/// `ungated`: there is no gate. `after_product`: the gate is a scalar, so the
/// product a xᵀ is formed first and multiplied by a C × C matrix of decays.
/// `dyadic`: for block sizes 2, 4, …, C the rows of each block's later half,
/// with the decay since the half's first row, times those of the earlier half,
/// with the decay to the half's end; both are merged from block to block, so
/// no factor exceeds 1 and nothing is divided. Legal for every gate, and causal
/// to the bit. `pairwise`: each pair of tokens with its own product of gates;
/// what `wy-decompose` leaves of the others for blocks of a few tokens.
/// `shifted`: as `dyadic`, but in blocks of 8 tokens or more one product of rows
/// with the decay since the block's first token, times e^c, and columns with its
/// inverse, times e^(−c): for a gate that is known to lie in a bound, which gives
/// c and the size of the blocks. A constant shift, so it is causal to the bit.
def WY_Scheme : WY_EnumAttr<"Scheme", "how gated scores are evaluated", [
    I32EnumAttrCase<"Ungated", 0, "ungated">,
    I32EnumAttrCase<"AfterProduct", 1, "after_product">,
    I32EnumAttrCase<"Dyadic", 2, "dyadic">,
    I32EnumAttrCase<"Pairwise", 3, "pairwise">,
    I32EnumAttrCase<"Shifted", 4, "shifted">,
  ]>;

/// `left`: aᵀS, over keys. `right`: S b, over values.
def WY_Side : WY_EnumAttr<"Side", "from which side a state is read", [
    I32EnumAttrCase<"Left", 0, "left">,
    I32EnumAttrCase<"Right", 1, "right">,
  ]>;

def WY_MaskKind : WY_EnumAttr<"MaskKind", "which pairs of tokens", [
    I32EnumAttrCase<"Pairs", 0, "pairs">,
    I32EnumAttrCase<"Inside", 1, "inside">,
  ]>;

def WY_MaskAttr : AttrDef<WY_Dialect, "Mask"> {
  let mnemonic = "mask";
  let summary = "pairs of tokens that a C × C matrix is restricted to";
  let description = [{
    Of the pairs (t, s), s ≤ t, of a chunk's tokens:

    | mask | pairs |
    |---|---|
    | `pairs 0` | the diagonal, s = t |
    | `pairs n` | t in the later half and s in the earlier half of one block of 2n tokens |
    | `inside n` | t and s in one block of n tokens, the diagonal included |

    Blocks are counted from the chunk's first token; the last one, and a later
    half in it, may be short. The diagonal and, of blocks that double, `pairs 1`,
    `pairs 2`, `pairs 4`, … or `inside n`, `pairs n`, `pairs 2n`, … have every
    pair of a chunk once. Of scores a mask restricts the pairs s < t only.

    ```mlir
    #wy.mask<pairs 4>
    #wy.mask<inside 4>
    ```
  }];
  let parameters = (ins EnumParameter<WY_MaskKind>:$kind, "int64_t":$size);
  let assemblyFormat = "`<` $kind $size `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// True for a pair s ≤ t that the mask has.
    bool contains(int64_t t, int64_t s) const;
    /// How many pairs s < t of a chunk of `tokens` the mask has.
    uint64_t countPairs(uint64_t tokens) const;
  }];
}

#endif // SLUICE_WY_ATTRS
