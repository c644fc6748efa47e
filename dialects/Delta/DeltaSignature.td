//===- DeltaSignature.td - what goes in and what comes out -*- tablegen -*-===//

#ifndef SLUICE_DELTA_SIGNATURE
#define SLUICE_DELTA_SIGNATURE

include "dialects/Delta/DeltaAttrs.td"

def Delta_ArgumentAttr : AttrDef<Delta_Dialect, "Argument"> {
  let attrName = "delta.argument";
  let summary = "an argument of a signature";
  let description = [{
    A name, a kind, the type of what one token has, and, unless it is a state,
    perhaps the range its numbers are promised to lie in. It is written as part
    of a `#delta.signature`.
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    EnumParameter<Delta_ArgKind>:$kind,
    "::mlir::Type":$type,
    OptionalParameter<"::sluice::delta::RangeAttr">:$range
  );
  let genVerifyDecl = 1;
}

def Delta_OutputAttr : AttrDef<Delta_Dialect, "Output"> {
  let attrName = "delta.output";
  let summary = "an output of a signature";
  let description = [{
    A name, a kind other than `state`, and the type of what a step yields for
    it. It is written as part of a `#delta.signature`.
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    EnumParameter<Delta_ArgKind>:$kind,
    "::mlir::Type":$type
  );
  let genVerifyDecl = 1;
}

def Delta_SignatureAttr : AttrDef<Delta_Dialect, "Signature"> {
  let mnemonic = "signature";
  let summary = "what goes into a recurrence, and what comes out";
  let description = [{
    The arguments and the outputs, in order. The same signature stands at every
    level: at `delta.recurrence`, at the `wy.scan` or `wy.placed` that is derived
    from it, and, as the attribute `delta.signature`, at a function that is
    compiled from those. Two levels agree if their signatures are equal.

    A type says what one token has: `!delta.scalar`, a vector of K or V numbers,
    or a state of K × V. A kind says how many of these there are. With B
    sequences of T tokens, H query/key heads and HV value heads, HV a multiple
    of H, and N states (of sequences that may differ in length), the shape of a
    tensor is that of its kind followed by that of its type:

    | kind | shape | an argument is | an output is |
    |---|---|---|---|
    | `qk_heads` | [B, T, H] | used by all value heads of its query/key head | the sum over the value heads h with h ÷ (HV / H) = its query/key head |
    | `v_heads` | [B, T, HV] | used by its value head | what its value head yields |
    | `params` | [HV] | constant in time | the sum over all tokens of all sequences |
    | `state` | [N, HV] | carried from token to token | |

    | type | shape |
    |---|---|
    | `!delta.scalar` | [] |
    | `!delta.vec<key>`, `!delta.vec<value>` | [K], [V] |
    | `!delta.state<key, value>` | [K, V] |

    So with y(b, t, h) what the step of token t of sequence b yields for value
    head h:

        v_heads:   o[b, t, h] = y(b, t, h)
        qk_heads:  o[b, t, i] = Σ y(b, t, h) over h with ⌊h ÷ (HV / H)⌋ = i
        params:    o[h]       = Σ y(b, t, h) over b and t

    A step, a chunk's graph and a kernel compute y alone: the sums are formed,
    in a fixed order, by whoever runs them over heads and tokens.

    It is written as the clauses of `delta.recurrence` are, with the names of
    arguments in place of their values. Outputs that are all `v_heads` stand
    behind the arrow without that word.

    ```mlir
    #delta.signature<qk_heads(q: !delta.vec<key>) state(S: !delta.state<key, value>) -> (o: !delta.vec<value>)>
    #delta.signature<v_heads(g: !delta.scalar range(-5.0, 0.0)) -> qk_heads(dq: !delta.vec<key>) params(dA: !delta.scalar)>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::sluice::delta::ArgumentAttr">:$arguments,
    ArrayRefParameter<"::sluice::delta::OutputAttr">:$outputs
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The places of the arguments that are states, in order.
    ::llvm::SmallVector<unsigned> getStates() const;
    /// Nothing where there is no such argument, output.
    std::optional<unsigned> findArg(::llvm::StringRef name) const;
    std::optional<unsigned> findOutput(::llvm::StringRef name) const;
  }];
}

#endif // SLUICE_DELTA_SIGNATURE
