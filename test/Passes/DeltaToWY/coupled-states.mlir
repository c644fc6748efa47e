// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// S' = S + f M', M' = e^g M + k vᵀ: a gate of 2 × 2 factors, row by row 1, f e^g; 0, e^g,
// and a write with a row in each state, f k and k. Reads and scores contract over states
// and key at once: of the output's vectors, q for S and 0 for M, both are there.

// CHECK-LABEL: wy.scan @coupled_states
// CHECK:         %[[T:.+]]:6 = wy.tokens(
// CHECK-DAG:       %[[ONE:.+]] = delta.constant 1.0
// CHECK-DAG:       %[[ZERO:.+]] = delta.constant 0.0
// CHECK-DAG:       %[[F:.+]] = delta.exp %{{.+}}
// CHECK-DAG:       %[[FK:.+]] = delta.mul %[[S:.+]], %[[K:.+]]
// CHECK-DAG:       %[[FM:.+]] = delta.mul %[[F]], %[[S]]
// CHECK-DAG:       %[[NONE:.+]] = delta.broadcast %[[ZERO]] : !delta.vec<key>
// CHECK:           wy.yield %[[ONE]], %[[FM]], %[[ZERO]], %[[F]], %[[FK]], %[[NONE]] : !delta.scalar, !delta.scalar, !delta.scalar, !delta.scalar, !delta.vec<key>, !delta.vec<key>
// CHECK-DAG:     %[[BEFORE:.+]]:4 = wy.accumulate before factor %[[T]]#0, %[[T]]#1, %[[T]]#2, %[[T]]#3 :
// CHECK-DAG:     %[[AFTER:.+]]:4 = wy.accumulate after factor %[[T]]#0, %[[T]]#1, %[[T]]#2, %[[T]]#3 :
// CHECK-DAG:     %[[ALL:.+]]:4 = wy.accumulate all factor %[[T]]#0, %[[T]]#1, %[[T]]#2, %[[T]]#3 :

// The output reads S, to which the chunk's first S and M have come: D_SS, D_SM.
// CHECK:         %[[QS:.+]] = wy.tokens({{.*}} = %q : {{.*}} = %[[BEFORE]]#0 :
// CHECK:         %[[RS:.+]] = wy.read left %S, %[[QS]] :
// CHECK:         %[[QM:.+]] = wy.tokens({{.*}} = %q : {{.*}} = %[[BEFORE]]#1 :
// CHECK:         %[[RM:.+]] = wy.read left %M, %[[QM]] :
// CHECK:         %[[A:.+]] = wy.scores rows(%q, %[[T]]#5 : {{[^)]+}}) columns(%[[T]]#4, %k : {{[^)]+}}) gate(factor %[[T]]#0, %[[T]]#1, %[[T]]#2, %[[T]]#3 : {{[^)]+}}) dyadic
// CHECK:         wy.apply %[[A]], %v :

// What a write has in each state at the end: D_SS f k + D_SM k, D_MS f k + D_MM k.
// CHECK:         %[[XS:.+]] = wy.tokens({{.*}} = %[[AFTER]]#0 : {{.*}} = %[[T]]#4 : {{.*}} = %[[AFTER]]#1 : {{.*}} = %k :
// CHECK:         %[[S1:.+]] = wy.update states(%S, %M : {{[^)]+}}) decays(%[[ALL]]#0, %[[ALL]]#1 : {{[^)]+}}) writes(%[[XS]], %v :
// CHECK:         %[[XM:.+]] = wy.tokens({{.*}} = %[[AFTER]]#2 : {{.*}} = %[[T]]#4 : {{.*}} = %[[AFTER]]#3 : {{.*}} = %k :
// CHECK:         %[[M1:.+]] = wy.update states(%S, %M : {{[^)]+}}) decays(%[[ALL]]#2, %[[ALL]]#3 : {{[^)]+}}) writes(%[[XM]], %v :
// CHECK:         wy.yield %[[S1]], %[[M1]],
delta.recurrence @coupled_states
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar, %f: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %M1 = delta.decay %M, %g
  %M2 = delta.write %M1, %k, %v
  %F = delta.scale_state %M2, %f
  %S1 = delta.add_states %S, %F
  delta.yield states(%S1, %M2) outputs(%o)
}
