// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// A gate along value stays outside the sums over key: scores have none, and apply
// multiplies by it what each pair of tokens gives. The output reads before the gate,
//   o = D(t, start) ∘ qᵀS₀ + Σ (q·k_s) D(t, s) ∘ v_s,
// and the state decays by columns.

// CHECK-LABEL: wy.scan @value_decay
// CHECK-DAG:     %[[BEFORE:.+]] = wy.accumulate before log %g : tensor<4x16xf32> -> tensor<4x16xf32>
// CHECK-DAG:     %[[AFTER:.+]] = wy.accumulate after log %g : tensor<4x16xf32> -> tensor<4x16xf32>
// CHECK-DAG:     %[[ALL:.+]] = wy.accumulate all log %g : tensor<4x16xf32> -> tensor<16xf32>
// CHECK:         %[[P:.+]] = wy.read left %S, %q :
// CHECK-NEXT:    %[[R:.+]] = wy.tokens({{.*}}: !delta.vec<value> = %[[BEFORE]] : {{.*}}: !delta.vec<value> = %[[P]] :
// CHECK:         %[[A:.+]] = wy.scores rows(%q : {{[^ ]+}}) columns(%k : {{[^ ]+}}) ungated
// CHECK-NEXT:    %[[W:.+]] = wy.apply %[[A]], %v gate(log %g : tensor<4x16xf32>) :
// CHECK-NEXT:    %[[O:.+]] = wy.sum %[[R]], %[[W]] :
// CHECK:         %[[Y:.+]] = wy.tokens({{.*}}: !delta.vec<value> = %[[AFTER]] : {{.*}}: !delta.vec<value> = %v :
// CHECK:         wy.update states(%S : {{[^ ]+}}) value_decays(%[[ALL]] : tensor<16xf32>) writes(%k, %[[Y]] :
delta.recurrence @value_decay
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}
