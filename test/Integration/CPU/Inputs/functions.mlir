// Every function that kernels approximate, of the numbers of %v.
delta.recurrence @functions
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>)
    -> (exp: !delta.vec<value>, expm1: !delta.vec<value>,
        log: !delta.vec<value>, sqrt: !delta.vec<value>,
        tanh: !delta.vec<value>, sigmoid: !delta.vec<value>,
        logsigmoid: !delta.vec<value>, softplus: !delta.vec<value>,
        silu: !delta.vec<value>) {
  %0 = delta.exp %v
  %1 = delta.expm1 %v
  %2 = delta.log %v
  %3 = delta.sqrt %v
  %4 = delta.tanh %v
  %5 = delta.sigmoid %v
  %6 = delta.logsigmoid %v
  %7 = delta.softplus %v
  %8 = delta.silu %v
  delta.yield states(%S) outputs(%0, %1, %2, %3, %4, %5, %6, %7, %8)
}
