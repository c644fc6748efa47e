// RUN: sluice-opt %s --split-input-file --verify-diagnostics

// What MLIR's parser takes for something else is named.

delta.recurrence @type_behind_operands v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{no type stands behind operands: that of a value is known from its definition}}
  %x = delta.mul %a, %k : !delta.vec<key>
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @type_behind_one v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{no type stands behind operands}}
  %x = delta.neg %k: !delta.vec<key>
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @infix v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands have no '*' between them: expected 'delta.mul %a, %b'}}
  %x = %a * %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @infix_operand v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands have no '+' between them: expected 'delta.add %a, %b'}}
  %x = delta.add %a + %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @infix_of_operation v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands have no '-' between them: expected 'delta.sub %a, %b'}}
  %x = delta.exp %k - %a
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @slash v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands have no '/' between them: expected 'delta.div %a, %b'}}
  %x = delta.div %k / %a
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @alias v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected an operation after '=', found '%k'}}
  %x = %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @operand_of_scale v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'delta.scale' has no further operand, found '%k'}}
  %x = delta.scale %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @third_operand v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'delta.mul' has no further operand, found '%a'}}
  %x = delta.mul %a, %k, %a
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @no_comma v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'delta.mul' has a further operand: expected ','}}
  %x = delta.mul %a %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @brackets v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands of 'delta.read' stand without brackets}}
  %o = delta.read(%S, %k)
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @number v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a value, found '0.5': '%c = delta.constant' makes one of a number}}
  %x = delta.mul 0.5, %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @no_percent v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{names of values begin with '%': expected '%S'}}
  %o = delta.read S, %k
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @no_percent_of_result v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{names of values begin with '%': expected '%o'}}
  o = delta.read %S, %k
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @misspelt v_heads(%g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{custom op 'delta.decya' is unknown, did you mean 'delta.decay'?}}
  %S1 = delta.decya %S, %g
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @other_dialect v_heads(%g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{custom op 'detla.decay' is unknown, did you mean 'delta.decay'?}}
  %S1 = detla.decay %S, %g
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @no_dialect v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{custom op 'read' is unknown, did you mean 'delta.read'?}}
  %o = read %S, %k
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @return
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{custom op 'return' is unknown: a step ends with 'delta.yield states(…) outputs(…)'}}
  return %S
}

// -----

delta.recurrence @of_nothing v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{custom op 'delta.attention' is unknown}}
  %o = delta.attention %S, %k
  delta.yield states(%S) outputs(%o)
}

// -----

// expected-error@+1 {{custom op 'delta.recurence' is unknown, did you mean 'delta.recurrence'?}}
delta.recurence @misspelt_outside
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

// expected-note@+2 {{the step begins here}}
delta.recurrence @open_before_another
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()

// expected-error@+1 {{expected '}' at the end of the step, found 'delta.recurrence': recurrences do not nest}}
delta.recurrence @next
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @no_yield v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.write %S, %k, %v
// expected-error@+1 {{expected 'delta.yield states(…) outputs(…)' at the end of the step}}
}

// -----

// A type stands behind delta.broadcast, and a comment anywhere.

delta.recurrence @legal v_heads(%a: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %k = delta.broadcast %a // * : %a
       : !delta.vec<key>
  %l = delta.l2norm %k {epsilon = 1.0e-5 : f64}
  %o = delta.read %S, %l
  delta.yield states(%S) outputs(%o)
}

// -----

// expected-note@+2 {{the step begins here}}
delta.recurrence @open_at_the_end
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
// expected-error@+1 {{expected '}' at the end of the step, found the end of the text}}
