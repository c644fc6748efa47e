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

def WY_GateKind : WY_EnumAttr<"GateKind", "what a gate is given as", [
    I32EnumAttrCase<"Log", 0, "log">,
    I32EnumAttrCase<"Factor", 1, "factor">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `log` | the natural logarithm of the factor, so products are sums and one exponential |
    | `factor` | the factor itself, 0 and negative numbers included |
  }];
}

def WY_Range : WY_EnumAttr<"Range", "which tokens' gates are multiplied", [
    I32EnumAttrCase<"Before", 0, "before">,
    I32EnumAttrCase<"After", 1, "after">,
    I32EnumAttrCase<"All", 2, "all">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `before` | for each token, the gates of those before it |
    | `after` | for each token, the gates of those after it |
    | `all` | the gates of the whole chunk |
  }];
}

def WY_Scheme : WY_EnumAttr<"Scheme", "how gated scores are evaluated", [
    I32EnumAttrCase<"Ungated", 0, "ungated">,
    I32EnumAttrCase<"AfterProduct", 1, "after_product">,
    I32EnumAttrCase<"Dyadic", 2, "dyadic">,
    I32EnumAttrCase<"Pairwise", 3, "pairwise">,
    I32EnumAttrCase<"Shifted", 4, "shifted">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `ungated` | there is no gate |
    | `after_product` | the gate is a scalar, so the product a xᵀ is formed first and multiplied by a C × C matrix of decays |
    | `dyadic` | for block sizes 2, 4, …, C the rows of each block's later half, with the decay since the half's first row, times those of the earlier half, with the decay to the half's end; both are merged from block to block, so no factor exceeds 1 and nothing is divided. Legal for every gate, and causal to the bit |
    | `pairwise` | each pair of tokens with its own product of gates; what `wy-decompose` leaves of the others for blocks of a few tokens |
    | `shifted` | as `dyadic`, but in blocks of 8 tokens or more one product of rows with the decay since the block's first token, times e^c, and columns with its inverse, times e^(−c): for a gate that is known to lie in a bound, which gives c and the size of the blocks. A constant shift, so it is causal to the bit |
  }];
}

def WY_Side : WY_EnumAttr<"Side", "from which side a state is read", [
    I32EnumAttrCase<"Left", 0, "left">,
    I32EnumAttrCase<"Right", 1, "right">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `left` | aᵀS, a sum over keys |
    | `right` | S b, a sum over values |
  }];
}

def WY_MaskKind : WY_EnumAttr<"MaskKind", "which pairs of tokens", [
    I32EnumAttrCase<"Pairs", 0, "pairs">,
    I32EnumAttrCase<"Inside", 1, "inside">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `pairs` | pairs with one token in either half of a block, or the diagonal |
    | `inside` | pairs with both tokens in one block |
  }];
}

def WY_PairSum : WY_EnumAttr<"PairSum", "which pairs of tokens are summed", [
    I32EnumAttrCase<"Rows", 0, "rows">,
    I32EnumAttrCase<"Columns", 1, "columns">,
    I32EnumAttrCase<"Diagonal", 2, "diagonal">,
    I32EnumAttrCase<"Between", 3, "between">,
  ]> {
  let description = [{
    | case | number u is |
    |---|---|
    | `rows` | Σ M_us over s ≤ u |
    | `columns` | Σ M_tu over t ≥ u |
    | `diagonal` | M_uu |
    | `between` | Σ M_ts over s < u < t |
  }];
}

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
  let assemblyFormat = "`<` custom<EnumWord>($kind) $size `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// True for a pair s ≤ t that the mask has.
    bool contains(int64_t t, int64_t s) const;
    /// How many pairs s < t of a chunk of `tokens` the mask has.
    uint64_t countPairs(uint64_t tokens) const;
  }];
}

//===----------------------------------------------------------------------===//
// Placement
//===----------------------------------------------------------------------===//

def WY_ShapeKind : WY_EnumAttr<"ShapeKind", "what a tensor of a chunk is", [
    I32EnumAttrCase<"Tokens", 0, "tokens">,
    I32EnumAttrCase<"Pairs", 1, "pairs">,
    I32EnumAttrCase<"Constant", 2, "constant">,
    I32EnumAttrCase<"State", 3, "state">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `tokens` | a row for each token, of one number (C) or of a vector (C × K, C × V) |
    | `pairs` | a number for each pair of tokens, C × C |
    | `constant` | the same for all tokens, a number or a vector |
    | `state` | a matrix that is carried from chunk to chunk, or multiplies such a one |
  }];
}

def WY_ChannelAttr : AttrDef<WY_Dialect, "Channel"> {
  let mnemonic = "channel";
  let summary = "a value that goes from one scan to others";
  let description = [{
    Its name, what it is (the type alone does not tell) and its tensor. There is
    one tensor for each chunk of the scan that makes it, or for each segment:

    | what | tensor |
    |---|---|
    | `tokens`, `tokens key`, `tokens value` | C, C × K, C × V: a row for each token |
    | `pairs` | C × C |
    | `constant`, `constant key`, `constant value` | one number, K, V: the same for all tokens of the chunk |
    | `state` | a state before a chunk or after a segment, or what multiplies one |

    ```mlir
    #wy.channel<"A" pairs tensor<4x4xf32>>
    #wy.channel<"k" tokens key tensor<4x8xf32>>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$name,
                        EnumParameter<WY_ShapeKind>:$kind,
                        "std::optional<::sluice::delta::Axis>":$axis,
                        "::mlir::RankedTensorType":$type);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// What follows the name: kind, axis, type.
    static ::mlir::FailureOr<ChannelAttr> parseShape(::mlir::AsmParser &parser,
                                                     ::llvm::StringRef name);
    void printShape(::mlir::AsmPrinter &printer) const;
  }];
}

def WY_ChannelArrayAttr
    : TypedArrayAttrBase<WY_ChannelAttr, "array of channels">;

def WY_Start : WY_EnumAttr<"Start", "where a segment's states start", [
    I32EnumAttrCase<"Zero", 0, "zero">,
    I32EnumAttrCase<"Identity", 1, "identity">,
    I32EnumAttrCase<"Ones", 2, "ones">,
    I32EnumAttrCase<"Channels", 3, "channels">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `zero` | all are zero |
    | `identity` | one is the identity, the others are zero |
    | `ones` | all entries of one are 1, the others are zero |
    | `channels` | each is what a channel has for the segment |
  }];
}

def WY_SegmentsAttr : AttrDef<WY_Dialect, "Segments"> {
  let mnemonic = "segments";
  let summary = "a scan that starts anew at every segment of the sequence";
  let description = [{
    Segments of so many tokens are counted from a sequence's first token, the
    last one may be short; they may run at the same time. `from` says where the
    states of each start, `to` names the channels that the states at its end go
    to, one for each state; without `to` they go nowhere.

    | start | |
    |---|---|
    | `zero` | all states are zero |
    | `identity(i)`, `ones(i)` | state i is the identity, has ones everywhere; the others are zero |
    | `(a, b)` | each is what its channel has for the segment |

    ```mlir
    #wy.segments<8 from zero to(R)>
    #wy.segments<8 from identity(0) to(M)>
    #wy.segments<8 from(S0)>
    ```
  }];
  let parameters = (ins "int64_t":$tokens, EnumParameter<WY_Start>:$start,
                        "int64_t":$state,
                        ArrayRefParameter<"::mlir::StringAttr">:$from,
                        ArrayRefParameter<"::mlir::StringAttr">:$to);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// What stands between the brackets.
    static ::mlir::FailureOr<SegmentsAttr> parseBody(::mlir::AsmParser &parser);
    void printBody(::mlir::AsmPrinter &printer) const;
  }];
}

def WY_JoinKind : WY_EnumAttr<"JoinKind", "how a transition meets a state", [
    I32EnumAttrCase<"Left", 0, "left">,
    I32EnumAttrCase<"Right", 1, "right">,
    I32EnumAttrCase<"Elementwise", 2, "elementwise">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `left` | M S |
    | `right` | S M |
    | `elementwise` | M ∘ S, repeated along an axis in which M has size 1 |
  }];
}

#endif // SLUICE_WY_ATTRS
