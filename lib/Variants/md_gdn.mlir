// The output before the update; β in (0, 1) is the forget factor itself and g
// an input gate of either sign:
//   o_t = qᵀ S_{t-1},  S_t = β S_{t-1} + (g ∘ k) vᵀ
delta.recurrence @md_gdn
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.scale_state %S, %beta
  %gk = delta.mul %g, %k
  %S2 = delta.write %S1, %gk, %v
  delta.yield states(%S2) outputs(%o)
}
