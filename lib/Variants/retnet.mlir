// Retention with its rotation (Retentive Network, arXiv:2307.08621, eq. 4). A complex
// key k1 + i k2 of K numbers stands for 2K real ones; A and B are the real and the
// imaginary part of S:
//   S_t = e^g e^(iθ) S_{t-1} + conj(k) vᵀ,  o_t = scale · Re(qᵀ S_t)
// θ is given as t = tan(θ/2), of which cos θ and sin θ are fractions.
delta.recurrence @retnet
    qk_heads(%q1: !delta.vec<key>, %q2: !delta.vec<key>,
             %k1: !delta.vec<key>, %k2: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    params(%g: !delta.scalar, %t: !delta.vec<key>)
    state(%A: !delta.state<key, value>, %B: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  %one = delta.constant 1.0
  %tt = delta.mul %t, %t
  %n = delta.add %one, %tt
  %d = delta.sub %one, %tt
  %t2 = delta.add %t, %t
  %cos = delta.div %d, %n
  %sin = delta.div %t2, %n
  %nsin = delta.neg %sin
  %A1 = delta.decay %A, %g
  %B1 = delta.decay %B, %g
  %Ac = delta.scale_state %A1, %cos
  %As = delta.scale_state %A1, %sin
  %Bc = delta.scale_state %B1, %cos
  %Bs = delta.scale_state %B1, %nsin
  %A2 = delta.add_states %Ac, %Bs
  %B2 = delta.add_states %As, %Bc
  %nk = delta.neg %k2
  %A3 = delta.write %A2, %k1, %v
  %B3 = delta.write %B2, %nk, %v
  %c = delta.scale
  %p1 = delta.mul %c, %q1
  %p2 = delta.mul %c, %q2
  %re = delta.read %A3, %p1
  %im = delta.read %B3, %p2
  %o = delta.sub %re, %im
  delta.yield states(%A3, %B3) outputs(%o)
}
