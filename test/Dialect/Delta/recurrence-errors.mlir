// RUN: sluice-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect
// One case for each rule; the numbers are those of docs/spec.md.

// R1: names are identifiers.

// expected-error@+1 {{custom op 'delta.recurrence' argument name 'S.1' is not an identifier (letters, digits and _, not starting with a digit)}}
delta.recurrence @dotted_argument state(%S.1: !delta.state<key, value>) -> () {
  delta.yield states(%S.1) outputs()
}

// -----

// expected-error@+1 {{custom op 'delta.recurrence' argument name '0' is not an identifier (letters, digits and _, not starting with a digit)}}
delta.recurrence @numbered_argument state(%0: !delta.state<key, value>) -> () {
  delta.yield states(%0) outputs()
}

// -----

"delta.recurrence"() <{sym_name = "empty_name",
    // expected-error@+1 {{argument name '' is not an identifier (letters, digits and _, not starting with a digit)}}
    signature = #delta.signature<state("": !delta.state<key, value>) -> ()>}> ({
^bb0(%S: !delta.state<key, value>):
  delta.yield states(%S) outputs()
}) : () -> ()

// -----

delta.recurrence @output_name
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
    // expected-error@+1 {{custom op 'delta.recurrence' output name 'o$' is not an identifier (letters, digits and _, not starting with a digit)}}
    -> (o$: !delta.scalar) {
  delta.yield states(%S) outputs(%b)
}

// -----

// R1: no name is reserved.

delta.recurrence @reserved_argument
    // expected-error@+1 {{custom op 'delta.recurrence' argument name 'cu_seqlens' is reserved for a tensor of the run}}
    v_heads(%cu_seqlens: !delta.scalar) state(%S: !delta.state<key, value>)
    -> () {
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @reserved_state
    // expected-error@+1 {{custom op 'delta.recurrence' argument name 'initial_state_S' is reserved for a tensor of the run}}
    state(%initial_state_S: !delta.state<key, value>) -> () {
  delta.yield states(%initial_state_S) outputs()
}

// -----

delta.recurrence @reserved_output
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
    // expected-error@+1 {{custom op 'delta.recurrence' output name 'final_state' is reserved for a tensor of the run}}
    -> (final_state: !delta.scalar) {
  delta.yield states(%S) outputs(%b)
}

// -----

// R1: names are distinct.

"delta.recurrence"() <{sym_name = "argument_twice",
    signature = #delta.signature<state(S: !delta.state<key, value>,
    // expected-error@+1 {{argument name 'S' is used twice}}
                                       S: !delta.state<key, value>) -> ()>}> ({
^bb0(%S: !delta.state<key, value>, %M: !delta.state<key, value>):
  delta.yield states(%S, %M) outputs()
}) : () -> ()

// -----

delta.recurrence @argument_twice
    v_heads(%b: !delta.scalar)
    // expected-error@+1 {{custom op 'delta.recurrence' argument name 'b' is used twice}}
    params(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @output_twice
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
    // expected-error@+1 {{custom op 'delta.recurrence' output name 'o' is used twice}}
    -> (o: !delta.scalar, o: !delta.scalar) {
  delta.yield states(%S) outputs(%b, %b)
}

// -----

// R2: the types of arguments.

delta.recurrence @foreign_type
    // expected-error@+1 {{custom op 'delta.recurrence' argument 'b' is a scalar, a vector or a state, found 'f32'}}
    v_heads(%b: f32) state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @state_in_heads
    // expected-error@+1 {{custom op 'delta.recurrence' argument 'M' of type '!delta.state<key, value>' cannot stand in 'v_heads'}}
    state(%S: !delta.state<key, value>) v_heads(%M: !delta.state<key, value>)
    -> () {
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @vector_in_state
    // expected-error@+1 {{custom op 'delta.recurrence' argument 'g' of type '!delta.vec<key>' cannot stand in 'state'}}
    state(%S: !delta.state<key, value>, %g: !delta.vec<key>) -> () {
  delta.yield states(%S) outputs()
}

// -----

// R3: there is a state.

// expected-error@+1 {{'delta.recurrence' op needs at least one state}}
delta.recurrence @no_state v_heads(%b: !delta.scalar) -> (o: !delta.scalar) {
  delta.yield states() outputs(%b)
}

// -----

// R4: the types of outputs.

delta.recurrence @output_state
    // expected-error@+1 {{custom op 'delta.recurrence' output 'o' is a scalar or a vector, found '!delta.state<key, value>'}}
    state(%S: !delta.state<key, value>) -> (o: !delta.state<key, value>) {
  delta.yield states(%S) outputs(%S)
}

// -----

// R5: only delta operations, and a yield at the end.

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @foreign_op state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'arith.constant' op cannot stand in a step: only delta operations can}}
  %c = arith.constant 1.0 : f32
  delta.yield states(%S) outputs()
}

// -----

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @unregistered_op state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'foo.bar' op cannot stand in a step: only delta operations can}}
  "foo.bar"() : () -> ()
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @nested state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.recurrence' op symbol's parent must have the SymbolTable trait}}
  delta.recurrence @inner state(%T: !delta.state<key, value>) -> () {
    delta.yield states(%T) outputs()
  }
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @no_yield
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  %e = delta.exp %b
// expected-error@+1 {{expected 'delta.yield states(…) outputs(…)' at the end of the step}}
}

// -----

// R5: in the generic form.
"delta.recurrence"() <{sym_name = "no_yield", signature = #delta.signature<
    v_heads(b: !delta.scalar) state(S: !delta.state<key, value>) -> ()>}> ({
^bb0(%b: !delta.scalar, %S: !delta.state<key, value>):
  // expected-error@+1 {{block with no terminator, has %0 = "delta.exp"(%arg0) : (!delta.scalar) -> !delta.scalar}}
  %e = "delta.exp"(%b) : (!delta.scalar) -> !delta.scalar
}) : () -> ()

// -----

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @foreign_terminator
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'llvm.unreachable' op cannot stand in a step: only delta operations can}}
  llvm.unreachable
}

// -----

// expected-error@+1 {{'delta.recurrence' op expects a non-empty block}}
delta.recurrence @empty state(%S: !delta.state<key, value>) -> () {
}

// -----

delta.recurrence @two_yields state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.yield' op must be the last operation in the parent block}}
  delta.yield states(%S) outputs()
  delta.yield states(%S) outputs()
}

// -----

// R6: what the yield gives is what the recurrence declares.

// expected-note@+1 {{the states are declared here}}
delta.recurrence @states_missing
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.yield' op yields 1 states, expected 2: 'M' is missing}}
  delta.yield states(%S) outputs()
}

// -----

// expected-note@+1 {{the outputs are declared here}}
delta.recurrence @outputs_missing
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  // expected-error@+1 {{'delta.yield' op yields 0 outputs, expected 1: 'o' is missing}}
  delta.yield states(%S) outputs()
}

// -----

// expected-note@+1 {{the states are declared here}}
delta.recurrence @states_too_many v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.write %S, %k, %v
  // expected-error@+1 {{'delta.yield' op yields 2 states, expected 1 ('S'): '%S' is one too many}}
  delta.yield states(%S1, %S) outputs()
}

// -----

// expected-note@+1 {{the outputs are declared here}}
delta.recurrence @outputs_too_many v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  %c = delta.neg %b
  %0 = delta.neg %c
  // expected-error@+1 {{'delta.yield' op yields 3 outputs, expected 1 ('o'): '%c', number 3 are too many}}
  delta.yield states(%S) outputs(%b, %c, %0)
}

// -----

// expected-note@+1 {{declared here}}
delta.recurrence @output_type
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'delta.yield' op output 'o' is declared as '!delta.vec<value>', found '!delta.scalar'}}
  delta.yield states(%S) outputs(%b)
}

// -----

delta.recurrence @scalar_as_state
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.yield' op operand #0 must be variadic of a state, but got '!delta.scalar'}}
  delta.yield states(%b) outputs()
}

// -----

// R13: the clauses.

// expected-error@+1 {{custom op 'delta.recurrence' unknown clause 'heads': expected qk_heads, v_heads, params or state}}
delta.recurrence @clause heads(%b: !delta.scalar) -> () {
}

// -----

// R13: the clauses of outputs.

delta.recurrence @output_clause
    state(%S: !delta.state<key, value>)
    // expected-error@+1 {{custom op 'delta.recurrence' unknown clause 'heads': expected qk_heads, v_heads or params}}
    -> heads(b: !delta.scalar) {
}

// -----

// R15: the generic form has a signature, of the step's arguments.

// expected-error@+1 {{'delta.recurrence' op has 1 arguments, expected 2: 'S' is missing}}
"delta.recurrence"() <{sym_name = "count",
    signature = #delta.signature<v_heads(b: !delta.scalar)
        state(S: !delta.state<key, value>) -> ()>}> ({
^bb0(%S: !delta.state<key, value>):
  delta.yield states(%S) outputs()
}) : () -> ()

// -----

// expected-error@+1 {{'delta.recurrence' op argument 'b' is '!delta.scalar' in the signature, found '!delta.vec<key>'}}
"delta.recurrence"() <{sym_name = "type",
    signature = #delta.signature<v_heads(b: !delta.scalar)
        state(S: !delta.state<key, value>) -> ()>}> ({
^bb0(%b: !delta.vec<key>, %S: !delta.state<key, value>):
  delta.yield states(%S) outputs()
}) : () -> ()

// -----

// expected-error@+1 {{'delta.recurrence' op requires attribute 'signature'}}
"delta.recurrence"() <{sym_name = "missing"}> ({
^bb0(%S: !delta.state<key, value>):
  delta.yield states(%S) outputs()
}) : () -> ()

// -----

// expected-error@+1 {{Invalid attribute `signature` in property conversion: "S"}}
"delta.recurrence"() <{sym_name = "string", signature = "S"}> ({
^bb0(%S: !delta.state<key, value>):
  delta.yield states(%S) outputs()
}) : () -> ()
