// RUN: sluice-opt %s --wy-differentiate --canonicalize --cse | FileCheck %s

// Of a log: what each product gives that has the gate, R ∘ dR, over the tokens whose
// products have it.

// CHECK-LABEL: wy.placed @logs_adjoint
// CHECK:       wy.scan @gradients
// CHECK:         %[[BEFORE:.+]] = wy.accumulate before block(2) log %g
// CHECK-NEXT:    %[[AFTER:.+]] = wy.accumulate after log %g
// CHECK-NEXT:    %[[ALL:.+]] = wy.accumulate all log %g
// CHECK-NEXT:    %[[DALL:.+]] = wy.dot_states key %S_start, %dS : tensor<8x16xf32> -> tensor<8xf32>
// CHECK-NEXT:    %[[OFALL:.+]] = wy.tokens(%{{.+}} = %[[ALL]] : tensor<8xf32>, %{{.+}} = %[[DALL]] : tensor<8xf32>) -> tensor<2x8xf32> {
// CHECK-NEXT:      delta.mul
// CHECK:         %[[X:.+]] = wy.tokens(%{{.+}} = %[[AFTER]] : tensor<2x8xf32>, %{{.+}} = %db : tensor<2x8xf32>)
// CHECK:         %[[OFAFTER:.+]] = wy.token_sums before %[[X]] : tensor<2x8xf32> -> tensor<2x8xf32>
// CHECK:         %[[Y:.+]] = wy.tokens(%{{.+}} = %[[BEFORE]] : tensor<2x8xf32>, %{{.+}} = %da : tensor<2x8xf32>)
// CHECK:         %[[OFBEFORE:.+]] = wy.token_sums after block(2) %[[Y]] : tensor<2x8xf32> -> tensor<2x8xf32>
// CHECK-NEXT:    %[[DS:.+]] = wy.update states(%dS : tensor<8x16xf32>) decays(%[[ALL]] : tensor<8xf32>)
// CHECK-NEXT:    %[[DG:.+]] = wy.sum %[[OFALL]], %[[OFAFTER]], %[[OFBEFORE]]
// CHECK-NEXT:    wy.yield %[[DS]], %[[DG]]
wy.scan @logs chunk(2) key(8) value(16)
    v_heads(%g: !delta.vec<key>) state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, b: !delta.vec<key>) {
  %0 = wy.accumulate before block(2) log %g : tensor<2x8xf32> -> tensor<2x8xf32>
  %1 = wy.accumulate after log %g : tensor<2x8xf32> -> tensor<2x8xf32>
  %2 = wy.accumulate all log %g : tensor<2x8xf32> -> tensor<8xf32>
  %3 = wy.update states(%S : tensor<8x16xf32>) decays(%2 : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %3, %0, %1 : tensor<8x16xf32>, tensor<2x8xf32>, tensor<2x8xf32>
}

// Of a factor: with all other factors, so that a 0 has the derivative that it has.

// CHECK-LABEL: wy.placed @factors_adjoint
// CHECK:       wy.scan @gradients
// CHECK:         %[[BEFORE:.+]] = wy.accumulate before block(2) factor %g
// CHECK-NEXT:    %[[AFTER:.+]] = wy.accumulate after factor %g
// CHECK:         %[[DALL:.+]] = wy.dot_states %S_start, %dS : tensor<8x16xf32> -> tensor<f32>
// CHECK-NEXT:    %[[START:.+]] = wy.accumulate before factor %g
// CHECK-NEXT:    %[[OTHERS:.+]] = wy.tokens(%{{.+}} = %[[START]] : tensor<2xf32>, %{{.+}} = %[[AFTER]] : tensor<2xf32>)
// CHECK:         %[[OFALL:.+]] = wy.tokens(%{{.+}} = %[[OTHERS]] : tensor<2xf32>, %{{.+}} = %[[DALL]] : tensor<f32>)
// CHECK:         %[[X:.+]] = wy.token_sums before %db : tensor<2xf32> gate(factor %g : tensor<2xf32>)
// CHECK-NEXT:    %[[OFAFTER:.+]] = wy.tokens(%{{.+}} = %[[X]] : tensor<2xf32>, %{{.+}} = %[[AFTER]] : tensor<2xf32>)
// CHECK:         %[[Y:.+]] = wy.token_sums after block(2) %da : tensor<2xf32> gate(factor %g : tensor<2xf32>)
// CHECK-NEXT:    %[[OFBEFORE:.+]] = wy.tokens(%{{.+}} = %[[Y]] : tensor<2xf32>, %{{.+}} = %[[BEFORE]] : tensor<2xf32>)
// CHECK:         wy.sum %[[OFALL]], %[[OFAFTER]], %[[OFBEFORE]]
wy.scan @factors chunk(2) key(8) value(16)
    v_heads(%g: !delta.scalar) state(%S: !delta.state<key, value>) -> (a: !delta.scalar, b: !delta.scalar) {
  %0 = wy.accumulate before block(2) factor %g : tensor<2xf32> -> tensor<2xf32>
  %1 = wy.accumulate after factor %g : tensor<2xf32> -> tensor<2xf32>
  %2 = wy.accumulate all factor %g : tensor<2xf32> -> tensor<f32>
  %3 = wy.update states(%S : tensor<8x16xf32>) decays(%2 : tensor<f32>) -> tensor<8x16xf32>
  wy.yield %3, %0, %1 : tensor<8x16xf32>, tensor<2xf32>, tensor<2xf32>
}

// Of a matrix of factors: zeros where a product has no gradient, and products with
// the transposed ones before it: da = X_00 P_00 + X_01 P_01, …

// CHECK-LABEL: wy.placed @matrices_adjoint
// CHECK:         %[[P:.+]]:4 = wy.accumulate before factor %a, %b, %c, %d
// CHECK:         %[[ZERO:.+]] = wy.tokens() -> tensor<2xf32> {
// CHECK:         %[[X:.+]]:4 = wy.token_sums after %[[ZERO]], %do, %[[ZERO]], %[[ZERO]]
// CHECK-SAME:      gate(factor %a, %b, %c, %d
// CHECK:         %[[DA:.+]] = wy.tokens(%{{.+}} = %[[X]]#0 : tensor<2xf32>, %{{.+}} = %[[P]]#0 : tensor<2xf32>, %{{.+}} = %[[X]]#1 : tensor<2xf32>, %{{.+}} = %[[P]]#1 : tensor<2xf32>)
// CHECK:         %[[DB:.+]] = wy.tokens(%{{.+}} = %[[X]]#0 : tensor<2xf32>, %{{.+}} = %[[P]]#2 : tensor<2xf32>, %{{.+}} = %[[X]]#1 : tensor<2xf32>, %{{.+}} = %[[P]]#3 : tensor<2xf32>)
// CHECK:         %[[DC:.+]] = wy.tokens(%{{.+}} = %[[X]]#2 : tensor<2xf32>, %{{.+}} = %[[P]]#0
// CHECK:         %[[DD:.+]] = wy.tokens(%{{.+}} = %[[X]]#2 : tensor<2xf32>, %{{.+}} = %[[P]]#2
// CHECK:         wy.yield %[[DA]], %[[DB]], %[[DC]], %[[DD]]
wy.scan @matrices chunk(2) key(8) value(16)
    v_heads(%a: !delta.scalar, %b: !delta.scalar, %c: !delta.scalar, %d: !delta.scalar) -> (o: !delta.scalar) {
  %0:4 = wy.accumulate before factor %a, %b, %c, %d : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  wy.yield %0#1 : tensor<2xf32>
}

// A scalar gate between pairs: over all pairs that it stands between.

// CHECK-LABEL: wy.placed @pairs_adjoint
// CHECK:         %[[D:.+]] = wy.decays factor %g
// CHECK-NEXT:    %[[A:.+]] = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated
// CHECK-NEXT:    %[[DECAYED:.+]] = wy.scale %[[A]] by(%[[D]] : tensor<4x4xf32>)
// CHECK-NEXT:    %[[GRADIENT:.+]] = wy.scores rows(%do : tensor<4x16xf32>) columns(%v : tensor<4x16xf32>) ungated
// CHECK-NEXT:    %[[DV:.+]] = wy.apply_transposed %[[DECAYED]], %do
// CHECK-NEXT:    %[[DA:.+]] = wy.scale %[[GRADIENT]] by(%[[D]] : tensor<4x4xf32>)
// CHECK-NEXT:    %[[DD:.+]] = wy.scale %[[GRADIENT]] by(%[[A]] : tensor<4x4xf32>)
// CHECK-NEXT:    %[[DQ:.+]] = wy.apply %[[DA]], %k
// CHECK-NEXT:    %[[DK:.+]] = wy.apply_transposed %[[DA]], %q
// CHECK-NEXT:    %[[DG:.+]] = wy.pair_sums between %[[DD]] : tensor<4x4xf32> gate(factor %g : tensor<4xf32>)
// CHECK-NEXT:    wy.yield %[[DQ]], %[[DK]], %[[DG]], %[[DV]]
wy.scan @pairs chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%g: !delta.scalar, %v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(factor %g : tensor<4xf32>) after_product -> tensor<4x4xf32>
  %1 = wy.apply %0, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %1 : tensor<4x16xf32>
}

// A gate along value, in a chunk of two tokens: nothing stands between them.

// CHECK-LABEL: wy.placed @value_gate_adjoint
// CHECK-NOT:     wy.accumulate
// CHECK:         wy.apply_transposed %[[A:.+]], %do mask(<pairs 1>)
// CHECK:         wy.apply_transposed %[[A]], %do mask(<pairs 0>)
// CHECK:         %[[DG:.+]] = wy.tokens() -> tensor<2x16xf32> {
// CHECK:         wy.yield %{{.+}}, %{{.+}}, %[[DG]], %{{.+}}
wy.scan @value_gate chunk(2) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%g: !delta.vec<value>, %v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<2x8xf32>) columns(%k : tensor<2x8xf32>) ungated -> tensor<2x2xf32>
  %1 = wy.apply %0, %v gate(log %g : tensor<2x16xf32>) : tensor<2x2xf32>, tensor<2x16xf32>
  wy.yield %1 : tensor<2x16xf32>
}

// In one of four the level of halves of two has factors: before the later half's row
// what its tokens have decayed, behind the earlier half's row likewise.

// CHECK-LABEL: wy.placed @value_levels_adjoint
// CHECK:         %[[A:.+]] = wy.scores rows(%q
// CHECK:         %[[U:.+]] = wy.accumulate after block(2) log %g
// CHECK-NEXT:    %[[UV:.+]] = wy.tokens(%{{.+}} = %[[U]] : tensor<4x16xf32>, %{{.+}} = %v
// CHECK:         %[[SUM:.+]] = wy.apply %[[A]], %[[UV]] mask(<pairs 2>)
// CHECK-NEXT:    %[[P:.+]] = wy.accumulate before block(2) log %g
// CHECK-NEXT:    %[[P_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[P]] : tensor<4x16xf32>, %{{.+}} = %[[SUM]] : tensor<4x16xf32>, %{{.+}} = %do
// CHECK:         wy.token_sums after block(2)
// CHECK:         wy.apply_transposed %[[A]], %[[P_BACK]]#1 mask(<pairs 2>)
// CHECK:         wy.token_sums before block(2)
wy.scan @value_levels chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%g: !delta.vec<value>, %v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %1 = wy.apply %0, %v gate(log %g : tensor<4x16xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %1 : tensor<4x16xf32>
}

// A system with a weight and a gate: what it adds is spelled out behind it, level
// by level, for the derivatives by weight, scores and gate; its unknowns do not
// have that gradient twice.

// CHECK-LABEL: wy.placed @system_adjoint
// CHECK:         %[[N:.+]] = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated
// CHECK-NEXT:    %[[Y:.+]] = wy.solve rhs(%v : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>) weights [0](%w : tensor<4x16xf32>) gates [0](log %g : tensor<4x16xf32>)
// CHECK-NEXT:    %[[R1:.+]] = wy.apply %[[N]], %[[Y]] mask(<pairs 1>)
// CHECK-NEXT:    %[[U:.+]] = wy.accumulate after block(2) log %g
// CHECK-NEXT:    %[[UY:.+]] = wy.tokens(%{{.+}} = %[[U]] : tensor<4x16xf32>, %{{.+}} = %[[Y]]
// CHECK:         %[[AUY:.+]] = wy.apply %[[N]], %[[UY]] mask(<pairs 2>)
// CHECK-NEXT:    %[[P:.+]] = wy.accumulate before block(2) log %g
// CHECK-NEXT:    %[[R2:.+]] = wy.tokens(%{{.+}} = %[[P]] : tensor<4x16xf32>, %{{.+}} = %[[AUY]]
// CHECK:         %[[R:.+]] = wy.sum %[[R1]], %[[R2]]
// CHECK-NEXT:    %[[X:.+]] = wy.solve_transposed rhs(%do : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>) weights [0](%w : tensor<4x16xf32>) gates [0](log %g : tensor<4x16xf32>)
// CHECK-NEXT:    %[[DW:.+]] = wy.tokens(%{{.+}} = %[[X]] : tensor<4x16xf32>, %{{.+}} = %[[R]]
// CHECK:         %[[WX:.+]] = wy.tokens(%{{.+}} = %[[X]] : tensor<4x16xf32>, %{{.+}} = %w
// CHECK:         %[[LATER:.+]] = wy.token_sums after block(2)
// CHECK:         wy.scores rows(%[[PWX:.+]] : tensor<4x16xf32>) columns(%[[UY]] : tensor<4x16xf32>) mask(<pairs 2>)
// CHECK-NEXT:    %[[BACK:.+]] = wy.apply_transposed %[[N]], %[[PWX]] mask(<pairs 2>)
// CHECK-NOT:     wy.apply_transposed %[[N]]
// CHECK:         %[[EARLIER:.+]] = wy.token_sums before block(2)
// CHECK-NEXT:    wy.scores rows(%[[WX]] : tensor<4x16xf32>) columns(%[[Y]] : tensor<4x16xf32>) mask(<pairs 1>)
// CHECK:         %[[DG:.+]] = wy.sum %[[LATER]], %[[EARLIER]]
// CHECK-NEXT:    wy.yield %{{.+}}, %[[X]], %[[DW]], %[[DG]]
wy.scan @system chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %w: !delta.vec<value>, %g: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %1 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%0 : tensor<4x4xf32>) weights [0](%w : tensor<4x16xf32>) gates [0](log %g : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield %1 : tensor<4x16xf32>
}
