// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// The numbers are those of docs/spec.md.

// R16: the ends are in order.

delta.recurrence @reversed
    // expected-error@+1 {{the lower end of a range is at most the upper end, found 0, -5}}
    v_heads(%g: !delta.scalar range(0.0, -5.0))
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

// R16: NaN is not an end.

delta.recurrence @nan
    // expected-error@+1 {{the lower end of a range is at most the upper end, found nan, 0}}
    v_heads(%g: !delta.scalar range(0x7FF8000000000000, 0.0))
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

// R16: there is a finite number in it.

delta.recurrence @infinite
    // expected-error@+1 {{a range holds finite numbers, found -inf, -inf}}
    v_heads(%g: !delta.scalar range(-inf, -inf))
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

// R16: a state has none.

delta.recurrence @state
    // expected-error@+1 {{custom op 'delta.recurrence' argument 'S' is a state: scalars and vectors have ranges}}
    state(%S: !delta.state<key, value> range(-1.0, 1.0)) -> () {
  delta.yield states(%S) outputs()
}

// -----

// R16: of the attribute by itself.

// expected-error@+1 {{the lower end of a range is at most the upper end, found 1, 0}}
#range = #delta.range<1.0, 0.0>

// -----

// R8: numbers have a decimal point.

delta.recurrence @integer
    // expected-error@+1 {{expected '-5.0', found '-5': a number has a point, and digits on both sides of it}}
    v_heads(%g: !delta.scalar range(-5, 0.0))
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
