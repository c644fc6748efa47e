//===- WYAttrs.td - enums of the chunk form ----------------*- tablegen -*-===//

#ifndef SLUICE_WY_ATTRS
#define SLUICE_WY_ATTRS

include "dialects/WY/WYDialect.td"
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
/// to the bit.
def WY_Scheme : WY_EnumAttr<"Scheme", "how gated scores are evaluated", [
    I32EnumAttrCase<"Ungated", 0, "ungated">,
    I32EnumAttrCase<"AfterProduct", 1, "after_product">,
    I32EnumAttrCase<"Dyadic", 2, "dyadic">,
  ]>;

/// `left`: aᵀS, over keys. `right`: S b, over values.
def WY_Side : WY_EnumAttr<"Side", "from which side a state is read", [
    I32EnumAttrCase<"Left", 0, "left">,
    I32EnumAttrCase<"Right", 1, "right">,
  ]>;

#endif // SLUICE_WY_ATTRS
