// Gated DeltaProduct (arXiv:2502.10297), two delta rules a token, one decay:
//   S' = e^g S_{t-1};  S'' = S' + k0 (β0 (v0 − k0ᵀ S'))ᵀ;
//   S_t = S'' + k1 (β1 (v1 − k1ᵀ S''))ᵀ;  o_t = scale · qᵀ S_t
delta.recurrence @gated_delta_product
    qk_heads(%q: !delta.vec<key>, %k0: !delta.vec<key>, %k1: !delta.vec<key>)
    v_heads(%v0: !delta.vec<value>, %beta0: !delta.scalar,
            %v1: !delta.vec<value>, %beta1: !delta.scalar, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %p0 = delta.read %S1, %k0
  %e0 = delta.sub %v0, %p0
  %u0 = delta.mul %beta0, %e0
  %S2 = delta.write %S1, %k0, %u0
  %p1 = delta.read %S2, %k1
  %e1 = delta.sub %v1, %p1
  %u1 = delta.mul %beta1, %e1
  %S3 = delta.write %S2, %k1, %u1
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S3, %qs
  delta.yield states(%S3) outputs(%o)
}
