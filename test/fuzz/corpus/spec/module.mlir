// Names, locations, aliases and a generic operation.
!k = !delta.vec<key>
#loc = loc("elsewhere.mlir":3:4)
module @library attributes {a.b = [1 : i32, {c = "d"}]} {
  module @inner {
    delta.recurrence @r v_heads(%k: !k)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %o = "delta.read"(%S, %k) : (!delta.state<key, value>, !k) -> !delta.vec<value> loc(#loc)
      delta.yield states(%S) outputs(%o)
    }
  }
}
