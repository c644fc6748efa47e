//===- DeltaAttrs.td - enums and attributes ----------------*- tablegen -*-===//

#ifndef SLUICE_DELTA_ATTRS
#define SLUICE_DELTA_ATTRS

include "dialects/Delta/DeltaDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/EnumAttr.td"

def Delta_Axis : I32EnumAttr<"Axis", "an axis of the state", [
    I32EnumAttrCase<"Key", 0, "key">,
    I32EnumAttrCase<"Value", 1, "value">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `key` | the rows of a state, K of them |
    | `value` | its columns, V of them |
  }];
  let cppNamespace = "::sluice::delta";
}

/// How many there are of an argument or output; see DeltaSignature.td.
def Delta_ArgKind : I32EnumAttr<"ArgKind", "what an argument follows", [
    I32EnumAttrCase<"QKHeads", 0, "qk_heads">,
    I32EnumAttrCase<"VHeads", 1, "v_heads">,
    I32EnumAttrCase<"Params", 2, "params">,
    I32EnumAttrCase<"State", 3, "state">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `qk_heads` | one value per token and query/key head |
    | `v_heads` | one per token and value head |
    | `params` | one per value head, constant in time |
    | `state` | the matrix that is carried from token to token, one per value head |
  }];
  let cppNamespace = "::sluice::delta";
  let genSpecializedAttr = 0;
}

def Delta_RangeAttr : AttrDef<Delta_Dialect, "Range"> {
  let mnemonic = "range";
  let summary = "where the numbers of an argument lie";
  let description = [{
    lower ≤ x ≤ upper for every number x of an argument that is declared
    `range(lower, upper)`; no NaN is in a range. An end is a number of float64,
    `-inf` or `inf`.

    Whoever runs a recurrence checks its tensors against the ends rounded to a
    tensor's type. A kernel may be handed anything: it clamps to the *outer*
    ends, the next numbers of bfloat16 at or beyond the ends. So no number that
    passes the check is changed, whichever type it is held in.

    ```mlir
    %S1 = delta.decay %S, %g {seen = #delta.range<-5.0, inf>}
    ```
  }];
  let parameters = (ins APFloatParameter<"">:$lower, APFloatParameter<"">:$upper);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    double getOuterLower() const;
    double getOuterUpper() const;
  }];
}

def Delta_Reduction : I32EnumAttr<"Reduction", "how a vector is reduced", [
    I32EnumAttrCase<"Sum", 0, "sum">,
    I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Min", 2, "min">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `sum` | Σ_c a_c |
    | `max` | the largest; NaN if there is one |
    | `min` | the smallest; NaN if there is one |
  }];
  let cppNamespace = "::sluice::delta";
  let genSpecializedAttr = 0;
}

def Delta_ReductionAttr
    : EnumAttr<Delta_Dialect, Delta_Reduction, "reduction"> {
  let assemblyFormat = "custom<EnumWord>($value)";
}

#endif // SLUICE_DELTA_ATTRS
