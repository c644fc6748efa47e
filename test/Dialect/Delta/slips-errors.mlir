// RUN: sluice-opt %s --split-input-file --verify-diagnostics

// What MLIR's parser takes for something else is named.

delta.recurrence @type_behind_operands v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands have no type behind them: a value has that of its definition}}
  %x = delta.mul %a, %k : !delta.vec<key>
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @type_behind_one v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands have no type behind them}}
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
  // expected-error@+1 {{'delta.scale' takes no further operand, found '%k'}}
  %x = delta.scale %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @third_operand v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'delta.mul' takes no further operand, found '%a'}}
  %x = delta.mul %a, %k, %a
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @no_comma v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'delta.mul' takes another operand: expected ','}}
  %x = delta.mul %a %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @brackets v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands of 'delta.read' are written without parentheses}}
  %o = delta.read(%S, %k)
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @number v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a value, found '0.5': a number is a value of its own, '%c = delta.constant 0.5'}}
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

// Numbers.

delta.recurrence @negative v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a value, found '-0.5': a number is a value of its own, '%c = delta.constant -0.5'}}
  %x = delta.mul -0.5, %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @second v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a value, found '-2': a number is a value of its own, '%c = delta.constant -2.0'}}
  %x = delta.mul %k, -2
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @positive v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a value, found '+.5e-3': a number is a value of its own, '%c = delta.constant 0.5e-3'}}
  %x = delta.mul %k, +.5e-3
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @point v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a value, found '.5': a number is a value of its own, '%c = delta.constant 0.5'}}
  %x = delta.mul %k, .5
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @exponent v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a value, found '1e-5': a number is a value of its own, '%c = delta.constant 1.0e-5'}}
  %x = delta.mul 1e-5, %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @alone v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected an operation, found '-0.5': a number is a value of its own, '%c = delta.constant -0.5'}}
  %x = -0.5
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @no_operation v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected an operation, found '2': a number is a value of its own, '%c = delta.constant 2.0'}}
  %x = 2
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @difference v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{operands have no '-' between them: expected 'delta.sub %a, %b'}}
  %x = delta.mul %k -0.5
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @whole_constant v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected '1.0', found '1': a number has a point, and digits on both sides of it}}
  %x = delta.constant 1
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @negative_constant v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected '-1.0', found '-1': a number has a point, and digits on both sides of it}}
  %x = delta.constant -1
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @short_constant v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected '0.5', found '.5': a number has a point, and digits on both sides of it}}
  %x = delta.constant .5
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @constant_of_value v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a number, such as 0.5, found '%a'}}
  %x = delta.constant %a
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @constant_of_nothing v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected a number, such as 0.5, behind 'delta.constant'}}
  %x = delta.constant
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

// Of other languages.

delta.recurrence @walrus v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected '=' behind the name of a result, found ':='}}
  %x := delta.mul %a, %k
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @semicolon v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{an operation ends with its line: expected no ';'}}
  %x = delta.mul %a, %k;
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @semicolon_at_the_end v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  // expected-error@+1 {{an operation ends with its line: expected no ';'}}
  delta.yield states(%S) outputs(%o);
}

// -----

delta.recurrence @comment v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{comments begin with '//', found '#'}}
  %x = delta.mul %a, %k #gated
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @yields v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  // expected-error@+1 {{expected 'states', found '%S': a step ends with 'delta.yield states(…) outputs(…)'}}
  delta.yield %S, %o
}

// -----

delta.recurrence @yields_output v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  // expected-error@+1 {{expected 'outputs', found 'output': a step ends with 'delta.yield states(…) outputs(…)'}}
  delta.yield states(%S) output(%o)
}

// -----

// Types.

delta.recurrence @broadcast v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected '!delta.vec', found 'vec': types begin with '!delta.'}}
  %x = delta.broadcast %a : vec<key>
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @broadcast_along v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected one of [key, value] for an axis of the state, got: keys}}
  %x = delta.broadcast %a : !delta.vec<keys>
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

delta.recurrence @broadcast_to_nothing v_heads(%a: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{expected ':' and the type of the result, !delta.vec<key> or !delta.vec<value>, at the end of 'delta.broadcast'}}
  %x = delta.broadcast %a
  %o = delta.read %S, %x
  delta.yield states(%S) outputs(%o)
}

// -----

// expected-error@+1 {{expected '!delta.vec', found 'vec': types begin with '!delta.'}}
delta.recurrence @no_mark v_heads(%k: vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '!delta.vec', found 'delta.vec': types begin with '!delta.'}}
delta.recurrence @no_mark_with_dialect v_heads(%k: delta.vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '!delta.vec', found '!vec': types begin with '!delta.'}}
delta.recurrence @no_dialect_of_type v_heads(%k: !vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '!delta.scalar', found '!scalar': types begin with '!delta.'}}
delta.recurrence @no_dialect_of_scalar v_heads(%k: !scalar) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected !delta.scalar, !delta.vec<…> or !delta.state<…>, found '!delta.vector'}}
delta.recurrence @other_type v_heads(%k: !delta.vector<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected !delta.scalar, !delta.vec<…> or !delta.state<…>, found 'float'}}
delta.recurrence @language_type v_heads(%k: float) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '!delta.vec', found 'vec': types begin with '!delta.'}}
delta.recurrence @no_mark_of_output state(%S: !delta.state<key, value>) -> (o: vec<value>) {
}

// -----

// expected-error@+1 {{expected ':' and a type behind '%k'}}
delta.recurrence @no_type v_heads(%k) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected a type behind '%k:'}}
delta.recurrence @empty_type v_heads(%k: ) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected one of [key, value] for an axis of the state, got: keys}}
delta.recurrence @axis v_heads(%k: !delta.vec<keys>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// Names and clauses.

// expected-error@+1 {{expected '@plain', found 'plain': the name of a recurrence begins with '@'}}
delta.recurrence plain v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '@text', found 'text': the name of a recurrence begins with '@'}}
delta.recurrence "text" v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected a name, such as '@step'}}
delta.recurrence v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '%k', found 'k': the name of an argument begins with '%'}}
delta.recurrence @argument v_heads(k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected an argument, such as '%k'}}
delta.recurrence @argument_of_nothing v_heads(: !delta.vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected 'o', found '%o': the name of an output has no '%'}}
delta.recurrence @percent_of_output state(%S: !delta.state<key, value>) -> (%o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected 'o', found '%o': the name of an output has no '%'}}
delta.recurrence @percent_in_clause state(%S: !delta.state<key, value>) -> v_heads(%o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '->', found 'output': outputs stand behind an arrow}}
delta.recurrence @output state(%S: !delta.state<key, value>) output(o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{expected '->' and the outputs}}
delta.recurrence @no_arrow state(%S: !delta.state<key, value>) (o: !delta.vec<value>) {
}

// -----

// expected-error@+1 {{unknown clause 'vheads': expected qk_heads, v_heads, params or state, did you mean 'v_heads'?}}
delta.recurrence @near_clause vheads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
}

// -----

// A type stands behind delta.broadcast, and a comment anywhere.

delta.recurrence @legal v_heads(%a: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %k = delta.broadcast %a // * : %a
       : !delta.vec<key>
  %l = delta.l2norm %k {epsilon = 1.0e-5 : f64}
  %c = delta.constant -1.0e-5
  %m = delta.mul %c, %l
  %o = delta.read %S, %m
  delta.yield states(%S) outputs(%o)
}

// -----

// expected-note@+2 {{the step begins here}}
delta.recurrence @open_at_the_end
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
// expected-error@+1 {{expected '}' at the end of the step, found the end of the text}}
