// mLSTM (xLSTM, arXiv:2405.04517, eqs. 19 to 21) with f = sigmoid(fg), i = e^ig:
//   C_t = f C_{t-1} + i k vᵀ,  n_t = f n_{t-1} + i k
//   o_t = sigmoid(og) ∘ (qᵀ C_t) ÷ max(|qᵀ n_t|, 1),  with scale · q for q
// States are matrices: n is every column of N. The paper's running maximum, which
// divides C and n by one number, is not part of it: i stands as it is.
delta.recurrence @mlstm
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %og: !delta.vec<value>, %ig: !delta.scalar,
            %fg: !delta.scalar)
    state(%C: !delta.state<key, value>, %N: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  %one = delta.constant 1.0
  %g = delta.logsigmoid %fg
  %i = delta.exp %ig
  %iv = delta.mul %i, %v
  %in = delta.broadcast %i : !delta.vec<value>
  %C1 = delta.decay %C, %g
  %C2 = delta.write %C1, %k, %iv
  %N1 = delta.decay %N, %g
  %N2 = delta.write %N1, %k, %in
  %c = delta.scale
  %qs = delta.mul %c, %q
  %y = delta.read %C2, %qs
  %m = delta.read %N2, %qs
  %size = delta.abs %m
  %n = delta.max %size, %one
  %yn = delta.div %y, %n
  %out = delta.sigmoid %og
  %o = delta.mul %out, %yn
  delta.yield states(%C2, %N2) outputs(%o)
}
