// DEFINE: %{derive} = --sluice-chunk='key-dim=8 value-dim=16 chunk=4' --wy-differentiate --canonicalize --cse
// RUN: sluice-opt %source/lib/Variants/linear_attention.mlir %{derive} | FileCheck %s --check-prefix=LINEAR
// RUN: sluice-opt %source/lib/Variants/gated_delta_rule.mlir %{derive} | FileCheck %s --check-prefix=DELTA
// RUN: sluice-opt %source/lib/Variants/kda.mlir %{derive} | FileCheck %s --check-prefix=KDA

// The graphs of three variants: every node between tokens or with the state, and what
// it looks at. Maths of tokens is that of delta-differentiate.

// What is read from S writes to dS with the vectors that it was read with, what is
// written is read from dS; within the chunk an apply goes back as a transposed one.

// LINEAR-LABEL: wy.placed @linear_attention_adjoint
// LINEAR:       wy.scan @states chunk(4) key(8) value(16)
// LINEAR:         state(%S: !delta.state<key, value>) -> () channels(S_start: state tensor<8x16xf32>) {
// LINEAR:       wy.scan @gradients chunk(4) key(8) value(16) reverse
// LINEAR-NEXT:        channels(%S_start: state tensor<8x16xf32>)
// LINEAR-NEXT:        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// LINEAR-NEXT:        v_heads(%v: !delta.vec<value>, %do: !delta.vec<value>)
// LINEAR-NEXT:        state(%dS: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>, dk: !delta.vec<key>) v_heads(dv: !delta.vec<value>) {
// LINEAR:         %[[T:.+]]:2 = wy.tokens(%{{.+}} = %q : {{.+}}, %{{.+}} = %k :
// LINEAR:         %[[A:.+]] = wy.scores rows(%[[T]]#0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%[[T]]#1 : tensor<4xf32>) ungated
// LINEAR-NEXT:    %[[DK_LATER:.+]] = wy.read right %dS, %v
// LINEAR-NEXT:    %[[DV_LATER:.+]] = wy.read left %dS, %k
// LINEAR-NEXT:    %[[DA:.+]] = wy.scores rows(%do : tensor<4x16xf32>) columns(%v : tensor<4x16xf32>) ungated
// LINEAR-NEXT:    %[[DDIAG:.+]] = wy.tokens(%{{.+}} = %do : {{.+}}, %{{.+}} = %v :
// LINEAR:         %[[DV_IN:.+]] = wy.apply_transposed %[[A]], %do
// LINEAR-NEXT:    %[[DQ_IN:.+]] = wy.apply %[[DA]], %k
// LINEAR-NEXT:    %[[DK_IN:.+]] = wy.apply_transposed %[[DA]], %[[T]]#0
// LINEAR-NEXT:    %[[DQ_START:.+]] = wy.read right %S_start, %do
// LINEAR-NEXT:    %[[DQS:.+]] = wy.sum %[[DQ_IN]], %[[DQ_START]]
// LINEAR-NEXT:    %[[BACK:.+]]:2 = wy.tokens(%{{.+}} = %q : {{.+}}, %{{.+}} = %k : {{.+}}, %{{.+}} = %[[DQS]] : {{.+}}, %{{.+}} = %[[DDIAG]] :
// LINEAR:         %[[DS:.+]] = wy.update states(%dS : tensor<8x16xf32>) writes(%[[T]]#0, %do : tensor<4x8xf32>, tensor<4x16xf32>)
// LINEAR-NEXT:    %[[DK:.+]] = wy.sum %[[DK_LATER]], %[[DK_IN]], %[[BACK]]#1
// LINEAR-NEXT:    %[[DV:.+]] = wy.sum %[[DV_LATER]], %[[DV_IN]]
// LINEAR-NEXT:    wy.yield %[[DS]], %[[BACK]]#0, %[[DK]], %[[DV]]

// A system is solved once more, transposed, and the gradient by its scores is a
// product of its solution with the corrections. The gate's gradient is a sum of what
// pairs (both tensors of scores have one D), the whole chunk, and products before
// and after each token give.

// DELTA-LABEL: wy.placed @gated_delta_rule_adjoint
// DELTA:       wy.scan @states chunk(4) key(8) value(16)
// DELTA:         state(%S: !delta.state<key, value>) -> () channels(S_start: state tensor<8x16xf32>) {
// DELTA:       wy.scan @gradients chunk(4) key(8) value(16) reverse
// DELTA-NEXT:        channels(%S_start: state tensor<8x16xf32>)
// DELTA-NEXT:        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// DELTA-NEXT:        v_heads(%v: !delta.vec<value>, %g: !delta.scalar, %beta: !delta.scalar, %do: !delta.vec<value>)
// DELTA-NEXT:        state(%dS: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>, dk: !delta.vec<key>) v_heads(dv: !delta.vec<value>, dg: !delta.scalar, dbeta: !delta.scalar) {
// DELTA:         %[[T:.+]]:4 = wy.tokens(%{{.+}} = %g : {{.+}}, %{{.+}} = %k : {{.+}}, %{{.+}} = %q : {{.+}}, %{{.+}} = %beta : {{.+}}, %{{.+}} = %v :
// DELTA:         %[[BEFORE:.+]] = wy.accumulate before log %g
// DELTA-NEXT:    %[[AFTER:.+]] = wy.accumulate after log %g
// DELTA-NEXT:    %[[ALL:.+]] = wy.accumulate all log %g
// DELTA-NEXT:    %[[W:.+]] = wy.tokens(%{{.+}} = %[[T]]#1 : {{.+}}, %{{.+}} = %[[BEFORE]] :
// DELTA:         %[[READ:.+]] = wy.read left %S_start, %[[W]]
// DELTA-NEXT:    %[[RHS:.+]] = wy.sum %[[T]]#0, %[[READ]]
// DELTA-NEXT:    %[[D:.+]] = wy.decays log %g
// DELTA-NEXT:    %[[NN:.+]] = wy.scores rows(%[[T]]#1 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated
// DELTA-NEXT:    %[[N:.+]] = wy.scale %[[NN]] by(%[[D]] : tensor<4x4xf32>)
// DELTA-NEXT:    %[[Y:.+]] = wy.solve rhs(%[[RHS]] : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>) terms {{\[\[}}0, 0]]
// DELTA-NEXT:    %[[QB:.+]] = wy.tokens(%{{.+}} = %[[T]]#2 : {{.+}}, %{{.+}} = %[[BEFORE]] :
// DELTA:         %[[AA:.+]] = wy.scores rows(%[[T]]#2 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%[[T]]#3 : tensor<4xf32>) ungated
// DELTA-NEXT:    %[[A:.+]] = wy.scale %[[AA]] by(%[[D]] : tensor<4x4xf32>)
// DELTA-NEXT:    %[[KA:.+]] = wy.tokens(%{{.+}} = %[[AFTER]] : {{.+}}, %{{.+}} = %k :
// DELTA:         %[[DKA:.+]] = wy.read right %dS, %[[Y]]
// DELTA-NEXT:    %[[DY_LATER:.+]] = wy.read left %dS, %[[KA]]
// DELTA-NEXT:    %[[DALL:.+]] = wy.dot_states %S_start, %dS
// DELTA-NEXT:    %[[KA_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[AFTER]] : {{.+}}, %{{.+}} = %k : {{.+}}, %{{.+}} = %[[DKA]] :
// DELTA:         %[[DP:.+]] = wy.scores rows(%do : tensor<4x16xf32>) columns(%[[Y]] : tensor<4x16xf32>) ungated
// DELTA-NEXT:    %[[DDIAG:.+]] = wy.tokens(%{{.+}} = %do : {{.+}}, %{{.+}} = %[[Y]] :
// DELTA:         %[[DY_IN:.+]] = wy.apply_transposed %[[A]], %do
// DELTA-NEXT:    %[[DA:.+]] = wy.scale %[[DP]] by(%[[D]] : tensor<4x4xf32>)
// DELTA-NEXT:    %[[DD1:.+]] = wy.scale %[[DP]] by(%[[AA]] : tensor<4x4xf32>)
// DELTA-NEXT:    %[[DQ_IN:.+]] = wy.apply %[[DA]], %k
// DELTA-NEXT:    %[[DK_A:.+]] = wy.apply_transposed %[[DA]], %[[T]]#2
// DELTA-NEXT:    %[[DQB:.+]] = wy.read right %S_start, %do
// DELTA-NEXT:    %[[QB_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[T]]#2 : {{.+}}, %{{.+}} = %[[BEFORE]] : {{.+}}, %{{.+}} = %[[DQB]] :
// DELTA:         %[[DY:.+]] = wy.sum %[[DY_LATER]], %[[DY_IN]]
// DELTA-NEXT:    %[[X:.+]] = wy.solve_transposed rhs(%[[DY]] : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>) terms {{\[\[}}0, 0]]
// DELTA-NEXT:    %[[DN:.+]] = wy.scores rows(%[[X]] : tensor<4x16xf32>) columns(%[[Y]] : tensor<4x16xf32>) ungated
// DELTA-NEXT:    %[[DNN:.+]] = wy.scale %[[DN]] by(%[[D]] : tensor<4x4xf32>)
// DELTA-NEXT:    %[[DD2:.+]] = wy.scale %[[DN]] by(%[[NN]] : tensor<4x4xf32>)
// DELTA-NEXT:    %[[DW_IN:.+]] = wy.apply %[[DNN]], %k
// DELTA-NEXT:    %[[DK_N:.+]] = wy.apply_transposed %[[DNN]], %[[T]]#1
// DELTA-NEXT:    %[[DD:.+]] = wy.sum %[[DD1]], %[[DD2]]
// DELTA-NEXT:    %[[DDD:.+]] = wy.scale %[[DD]] by(%[[D]] : tensor<4x4xf32>)
// DELTA-NEXT:    %[[DG_PAIRS:.+]] = wy.pair_sums between %[[DDD]]
// DELTA-NEXT:    %[[DW_START:.+]] = wy.read right %S_start, %[[X]]
// DELTA-NEXT:    %[[W_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[T]]#1 : {{.+}}, %{{.+}} = %[[BEFORE]] : {{.+}}, %{{.+}} = %[[DW_START]] :
// DELTA:         %[[DG_ALL:.+]] = wy.tokens(%{{.+}} = %[[ALL]] : {{.+}}, %{{.+}} = %[[DALL]] :
// DELTA:         %[[RA:.+]] = wy.tokens(%{{.+}} = %[[AFTER]] : {{.+}}, %{{.+}} = %[[KA_BACK]]#0 :
// DELTA:         %[[DG_AFTER:.+]] = wy.token_sums before %[[RA]]
// DELTA-NEXT:    %[[DBEFORE:.+]] = wy.sum %[[QB_BACK]]#1, %[[W_BACK]]#1
// DELTA-NEXT:    %[[RB:.+]] = wy.tokens(%{{.+}} = %[[BEFORE]] : {{.+}}, %{{.+}} = %[[DBEFORE]] :
// DELTA:         %[[DG_BEFORE:.+]] = wy.token_sums after %[[RB]]
// DELTA-NEXT:    %[[DW:.+]] = wy.sum %[[DW_IN]], %[[W_BACK]]#0
// DELTA-NEXT:    %[[DQ:.+]] = wy.sum %[[DQ_IN]], %[[QB_BACK]]#0
// DELTA-NEXT:    %[[BACK:.+]]:5 = wy.tokens(%{{.+}} = %g : {{.+}}, %{{.+}} = %k : {{.+}}, %{{.+}} = %q : {{.+}}, %{{.+}} = %beta : {{.+}}, %{{.+}} = %v : {{.+}}, %{{.+}} = %[[X]] : {{.+}}, %{{.+}} = %[[DW]] : {{.+}}, %{{.+}} = %[[DQ]] : {{.+}}, %{{.+}} = %[[DDIAG]] :
// DELTA:         %[[DS:.+]] = wy.update states(%dS : tensor<8x16xf32>) decays(%[[ALL]] : tensor<f32>) writes(%[[QB]], %do, %[[W]], %[[X]] : tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>)
// DELTA-NEXT:    %[[DK:.+]] = wy.sum %[[KA_BACK]]#1, %[[DK_A]], %[[DK_N]], %[[BACK]]#1
// DELTA-NEXT:    %[[DG:.+]] = wy.sum %[[DG_PAIRS]], %[[DG_ALL]], %[[DG_AFTER]], %[[DG_BEFORE]], %[[BACK]]#0
// DELTA-NEXT:    wy.yield %[[DS]], %[[BACK]]#2, %[[DK]], %[[BACK]]#4, %[[DG]], %[[BACK]]#3

// A gate along key: scores level by level, 1 and 2, and in each level the gradients
// by both factors, summed over the half of a block that they stand in.

// KDA-LABEL: wy.placed @kda_adjoint
// KDA:       wy.scan @states chunk(4) key(8) value(16)
// KDA:         state(%S: !delta.state<key, value>) -> () channels(S_start: state tensor<8x16xf32>) {
// KDA:       wy.scan @gradients chunk(4) key(8) value(16) reverse
// KDA-NEXT:        channels(%S_start: state tensor<8x16xf32>)
// KDA-NEXT:        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// KDA-NEXT:        v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %beta: !delta.scalar, %do: !delta.vec<value>)
// KDA-NEXT:        state(%dS: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>, dk: !delta.vec<key>) v_heads(dv: !delta.vec<value>, dg: !delta.vec<key>, dbeta: !delta.scalar) {
// KDA:         %[[T:.+]]:4 = wy.tokens(%{{.+}} = %g : {{.+}}, %{{.+}} = %k : {{.+}}, %{{.+}} = %q : {{.+}}, %{{.+}} = %beta : {{.+}}, %{{.+}} = %v :
// KDA:         %[[BEFORE:.+]] = wy.accumulate before log %g
// KDA-NEXT:    %[[AFTER:.+]] = wy.accumulate after log %g
// KDA-NEXT:    %[[ALL:.+]] = wy.accumulate all log %g
// KDA-NEXT:    %[[W:.+]] = wy.tokens(%{{.+}} = %[[T]]#1 : {{.+}}, %{{.+}} = %[[BEFORE]] :
// KDA:         %[[READ:.+]] = wy.read left %S_start, %[[W]]
// KDA-NEXT:    %[[RHS:.+]] = wy.sum %[[T]]#0, %[[READ]]
// KDA-NEXT:    %[[N1:.+]] = wy.scores rows(%[[T]]#1 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) mask(<pairs 1>) ungated
// KDA-NEXT:    %[[P2:.+]] = wy.accumulate before block(2) log %g
// KDA-NEXT:    %[[WP:.+]] = wy.tokens(%{{.+}} = %[[T]]#1 : {{.+}}, %{{.+}} = %[[P2]] :
// KDA:         %[[U2:.+]] = wy.accumulate after block(2) log %g
// KDA-NEXT:    %[[KU:.+]] = wy.tokens(%{{.+}} = %k : {{.+}}, %{{.+}} = %[[U2]] :
// KDA:         %[[N2:.+]] = wy.scores rows(%[[WP]] : tensor<4x8xf32>) columns(%[[KU]] : tensor<4x8xf32>) mask(<pairs 2>) ungated
// KDA-NEXT:    %[[N:.+]] = wy.sum %[[N1]], %[[N2]]
// KDA-NEXT:    %[[Y:.+]] = wy.solve rhs(%[[RHS]] : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>) terms {{\[\[}}0, 0]]
// KDA-NEXT:    %[[QB:.+]] = wy.tokens(%{{.+}} = %[[T]]#2 : {{.+}}, %{{.+}} = %[[BEFORE]] :
// KDA:         %[[A1:.+]] = wy.scores rows(%[[T]]#2 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%[[T]]#3 : tensor<4xf32>) mask(<pairs 1>) ungated
// KDA-NEXT:    %[[QP:.+]] = wy.tokens(%{{.+}} = %[[T]]#2 : {{.+}}, %{{.+}} = %[[P2]] :
// KDA:         %[[A2:.+]] = wy.scores rows(%[[QP]] : tensor<4x8xf32>) columns(%[[KU]] : tensor<4x8xf32>) mask(<pairs 2>) ungated
// KDA-NEXT:    %[[A:.+]] = wy.sum %[[A1]], %[[A2]]
// KDA-NEXT:    %[[KA:.+]] = wy.tokens(%{{.+}} = %[[AFTER]] : {{.+}}, %{{.+}} = %k :
// KDA:         %[[DKA:.+]] = wy.read right %dS, %[[Y]]
// KDA-NEXT:    %[[DY_LATER:.+]] = wy.read left %dS, %[[KA]]
// KDA-NEXT:    %[[DALL:.+]] = wy.dot_states key %S_start, %dS
// KDA-NEXT:    %[[KA_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[AFTER]] : {{.+}}, %{{.+}} = %k : {{.+}}, %{{.+}} = %[[DKA]] :
// KDA:         %[[DA:.+]] = wy.scores rows(%do : tensor<4x16xf32>) columns(%[[Y]] : tensor<4x16xf32>) ungated
// KDA-NEXT:    %[[DDIAG:.+]] = wy.tokens(%{{.+}} = %do : {{.+}}, %{{.+}} = %[[Y]] :
// KDA:         %[[DY_IN:.+]] = wy.apply_transposed %[[A]], %do
// KDA-NEXT:    %[[DQP:.+]] = wy.apply %[[DA]], %[[KU]] mask(<pairs 2>)
// KDA-NEXT:    %[[DKU_A:.+]] = wy.apply_transposed %[[DA]], %[[QP]] mask(<pairs 2>)
// KDA-NEXT:    %[[QP_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[T]]#2 : {{.+}}, %{{.+}} = %[[P2]] : {{.+}}, %{{.+}} = %[[DQP]] :
// KDA:         %[[DQ1:.+]] = wy.apply %[[DA]], %k mask(<pairs 1>)
// KDA-NEXT:    %[[DK_A1:.+]] = wy.apply_transposed %[[DA]], %[[T]]#2 mask(<pairs 1>)
// KDA-NEXT:    %[[DQB:.+]] = wy.read right %S_start, %do
// KDA-NEXT:    %[[QB_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[T]]#2 : {{.+}}, %{{.+}} = %[[BEFORE]] : {{.+}}, %{{.+}} = %[[DQB]] :
// KDA:         %[[DY:.+]] = wy.sum %[[DY_LATER]], %[[DY_IN]]
// KDA-NEXT:    %[[X:.+]] = wy.solve_transposed rhs(%[[DY]] : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>) terms {{\[\[}}0, 0]]
// KDA-NEXT:    %[[DN:.+]] = wy.scores rows(%[[X]] : tensor<4x16xf32>) columns(%[[Y]] : tensor<4x16xf32>) ungated
// KDA-NEXT:    %[[DWP:.+]] = wy.apply %[[DN]], %[[KU]] mask(<pairs 2>)
// KDA-NEXT:    %[[DKU_N:.+]] = wy.apply_transposed %[[DN]], %[[WP]] mask(<pairs 2>)
// KDA-NEXT:    %[[DKU:.+]] = wy.sum %[[DKU_A]], %[[DKU_N]]
// KDA-NEXT:    %[[KU_BACK:.+]]:2 = wy.tokens(%{{.+}} = %k : {{.+}}, %{{.+}} = %[[U2]] : {{.+}}, %{{.+}} = %[[DKU]] :
// KDA:         %[[RU:.+]] = wy.tokens(%{{.+}} = %[[U2]] : {{.+}}, %{{.+}} = %[[KU_BACK]]#1 :
// KDA:         %[[DG_U2:.+]] = wy.token_sums before block(2) %[[RU]]
// KDA-NEXT:    %[[WP_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[T]]#1 : {{.+}}, %{{.+}} = %[[P2]] : {{.+}}, %{{.+}} = %[[DWP]] :
// KDA:         %[[DP2:.+]] = wy.sum %[[QP_BACK]]#1, %[[WP_BACK]]#1
// KDA-NEXT:    %[[RP:.+]] = wy.tokens(%{{.+}} = %[[P2]] : {{.+}}, %{{.+}} = %[[DP2]] :
// KDA:         %[[DG_P2:.+]] = wy.token_sums after block(2) %[[RP]]
// KDA-NEXT:    %[[DW1:.+]] = wy.apply %[[DN]], %k mask(<pairs 1>)
// KDA-NEXT:    %[[DK_N1:.+]] = wy.apply_transposed %[[DN]], %[[T]]#1 mask(<pairs 1>)
// KDA-NEXT:    %[[DWB:.+]] = wy.read right %S_start, %[[X]]
// KDA-NEXT:    %[[WB_BACK:.+]]:2 = wy.tokens(%{{.+}} = %[[T]]#1 : {{.+}}, %{{.+}} = %[[BEFORE]] : {{.+}}, %{{.+}} = %[[DWB]] :
// KDA:         %[[DG_ALL:.+]] = wy.tokens(%{{.+}} = %[[ALL]] : {{.+}}, %{{.+}} = %[[DALL]] :
// KDA:         %[[RA:.+]] = wy.tokens(%{{.+}} = %[[AFTER]] : {{.+}}, %{{.+}} = %[[KA_BACK]]#0 :
// KDA:         %[[DG_AFTER:.+]] = wy.token_sums before %[[RA]]
// KDA-NEXT:    %[[DBEFORE:.+]] = wy.sum %[[QB_BACK]]#1, %[[WB_BACK]]#1
// KDA-NEXT:    %[[RB:.+]] = wy.tokens(%{{.+}} = %[[BEFORE]] : {{.+}}, %{{.+}} = %[[DBEFORE]] :
// KDA:         %[[DG_BEFORE:.+]] = wy.token_sums after %[[RB]]
// KDA-NEXT:    %[[DW:.+]] = wy.sum %[[WP_BACK]]#0, %[[DW1]], %[[WB_BACK]]#0
// KDA-NEXT:    %[[DQ:.+]] = wy.sum %[[QP_BACK]]#0, %[[DQ1]], %[[QB_BACK]]#0
// KDA-NEXT:    %[[BACK:.+]]:5 = wy.tokens(%{{.+}} = %g : {{.+}}, %{{.+}} = %k : {{.+}}, %{{.+}} = %q : {{.+}}, %{{.+}} = %beta : {{.+}}, %{{.+}} = %v : {{.+}}, %{{.+}} = %[[X]] : {{.+}}, %{{.+}} = %[[DW]] : {{.+}}, %{{.+}} = %[[DQ]] : {{.+}}, %{{.+}} = %[[DDIAG]] :
// KDA:         %[[DS:.+]] = wy.update states(%dS : tensor<8x16xf32>) decays(%[[ALL]] : tensor<8xf32>) writes(%[[QB]], %do, %[[W]], %[[X]] : tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>)
// KDA-NEXT:    %[[DK:.+]] = wy.sum %[[KA_BACK]]#1, %[[DK_A1]], %[[KU_BACK]]#0, %[[DK_N1]], %[[BACK]]#1
// KDA-NEXT:    %[[DG:.+]] = wy.sum %[[DG_U2]], %[[DG_P2]], %[[DG_ALL]], %[[DG_AFTER]], %[[DG_BEFORE]], %[[BACK]]#0
// KDA-NEXT:    wy.yield %[[DS]], %[[BACK]]#2, %[[DK]], %[[BACK]]#4, %[[DG]], %[[BACK]]#3
