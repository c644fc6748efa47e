// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// Signatures by themselves; those of operations are in recurrence-errors.mlir.
// The numbers are those of docs/spec.md.

// R17: no output is a state.

delta.recurrence @state_output
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
    // expected-error@+1 {{custom op 'delta.recurrence' output 'p' cannot stand in 'state': outputs stand in qk_heads, v_heads or params}}
    -> v_heads(o: !delta.scalar) state(p: !delta.scalar) {
  delta.yield states(%S) outputs(%b, %b)
}

// -----

// expected-error@+1 {{output 'o' cannot stand in 'state': outputs stand in qk_heads, v_heads or params}}
#signature = #delta.signature<-> state(o: !delta.scalar)>

// -----

// R4: the types of outputs, whatever their kind.

// expected-error@+1 {{output 'o' is a scalar or a vector, found '!delta.state<key, value>'}}
#signature = #delta.signature<-> params(o: !delta.state<key, value>)>

// -----

// R1: names.

// expected-error@+1 {{output name '' is not an identifier (letters, digits and _, not starting with a digit)}}
#signature = #delta.signature<-> ("": !delta.scalar)>

// -----

// Of all kinds together names are distinct.

#signature = #delta.signature<-> qk_heads(o: !delta.scalar)
// expected-error@+1 {{output name 'o' is used twice}}
    params(o: !delta.scalar)>

// -----

// expected-error@+1 {{argument name 'cu_seqlens' is reserved for a tensor of the run}}
#signature = #delta.signature<params(cu_seqlens: !delta.scalar) -> ()>

// -----

// R2: the types of arguments.

// expected-error@+1 {{argument 'S' of type '!delta.state<key, value>' cannot stand in 'params'}}
#signature = #delta.signature<params(S: !delta.state<key, value>) -> ()>

// -----

// R16: states have no range.

// expected-error@+1 {{argument 'S' is a state: scalars and vectors have ranges}}
#signature = #delta.signature<state(S: !delta.state<key, value> range(0.0, 1.0)) -> ()>

// -----

// R13: the clauses.

// expected-error@+1 {{unknown clause 'heads': expected qk_heads, v_heads, params or state}}
#signature = #delta.signature<heads(b: !delta.scalar) -> ()>

// -----

// expected-error@+1 {{unknown clause 'heads': expected qk_heads, v_heads or params}}
#signature = #delta.signature<-> heads(b: !delta.scalar)>

// -----

// expected-error@+1 {{expected '->'}}
#signature = #delta.signature<v_heads(b: !delta.scalar)>

// -----

// R18: where a signature may stand.

// expected-error@+1 {{'delta.signature' is the signature of a function, found #delta.signature<-> ()> at 'builtin.module'}}
module attributes {delta.signature = #delta.signature<-> ()>} {
}

// -----

// expected-error@+1 {{'delta.signature' is the signature of a function, found unit at 'func.func'}}
func.func private @unit() attributes {delta.signature}

// -----

// expected-error@+1 {{'delta.sinature' is not an attribute of this dialect, which has only 'delta.signature'}}
func.func private @name() attributes {delta.sinature = #delta.signature<-> ()>}
