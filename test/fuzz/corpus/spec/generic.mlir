"delta.recurrence"() <{signature = #delta.signature<qk_heads(q: !delta.vec<key>) params(a: !delta.scalar range(-1.0, inf)) state(S: !delta.state<key, value>) -> v_heads(o: !delta.vec<value>) qk_heads(dq: !delta.vec<key>) params(da: !delta.scalar)>, sym_name = "r"}> ({
^bb0(%q: !delta.vec<key>, %a: !delta.scalar, %S: !delta.state<key, value>):
  %o = "delta.read"(%S, %q) : (!delta.state<key, value>, !delta.vec<key>) -> !delta.vec<value>
  "delta.yield"(%S, %o, %q, %a) <{operandSegmentSizes = array<i32: 1, 3>}> : (!delta.state<key, value>, !delta.vec<value>, !delta.vec<key>, !delta.scalar) -> ()
}) : () -> ()
