// RUN: sluice-opt %s --wy-report-stages=format=dot -o /dev/null | FileCheck %s
// RUN: sluice-opt %s --wy-report-stages=format=dot -o /dev/null > %t.first
// RUN: sluice-opt %s --wy-report-stages=format=dot -o /dev/null | diff - %t.first

// A picture for Graphviz: inputs, params and states; each node with the shapes
// of its results and the colour of its stage, one edge for each value it uses,
// bold and with the value's bytes where it crosses a cut; then the states after
// the chunk, the outputs, a legend.

// CHECK:      digraph "say \"hi\" \\ bye" {
// CHECK-NEXT:   label="@say \"hi\" \\ bye: chunk 4, key 8, value 16";
// CHECK:        arg0 [label="k\n4x8\n64 B", shape=invtrapezium];
// CHECK-NEXT:   arg1 [label="v\n4x16\n128 B", shape=invtrapezium];
// CHECK-NEXT:   arg2 [label="f\n1\nparam", shape=invtrapezium];
// CHECK-NEXT:   arg3 [label="S\n8x16", shape=cylinder, fillcolor="#f4cccc"];
// CHECK-NEXT:   node0 [label="wy.tokens\n4x8, 4x16", shape=box, fillcolor="#cfe2f3"];
// CHECK-NEXT:   arg0 -> node0;
// CHECK-NEXT:   arg1 -> node0;
// CHECK-NEXT:   node1 [label="wy.update\n8x16", shape=box, fillcolor="#f4cccc"];
// CHECK-NEXT:   arg3 -> node1;
// CHECK-NEXT:   arg2 -> node1;
// CHECK-NEXT:   node0 -> node1 [label="128 B", style=bold];
// CHECK-NEXT:   node0 -> node1 [label="256 B", style=bold];
// CHECK-NEXT:   node2 [label="wy.read\n4x16", shape=box, fillcolor="#d9ead3"];
// CHECK-NEXT:   arg3 -> node2 [label="512 B", style=bold];
// CHECK-NEXT:   arg0 -> node2;
// CHECK-NEXT:   node3 [label="wy.sum\n4x16", shape=box, fillcolor="#d9ead3"];
// CHECK-NEXT:   node2 -> node3;
// CHECK-NEXT:   next0 [label="S after the chunk\n8x16", shape=cylinder, fillcolor="#f4cccc"];
// CHECK-NEXT:   node1 -> next0;
// CHECK-NEXT:   out0 [label="o\n4x16\n128 B", shape=house];
// CHECK-NEXT:   node3 -> out0;
// CHECK-NEXT:   subgraph cluster_legend {
// CHECK-NEXT:     label="stages";
// CHECK-NEXT:     legend_pre [label="pre\n96 FLOP", shape=box, fillcolor="#cfe2f3"];
// CHECK-NEXT:     legend_scan [label="scan\n1152 FLOP", shape=box, fillcolor="#f4cccc"];
// CHECK-NEXT:     legend_post [label="post\n1088 FLOP", shape=box, fillcolor="#d9ead3"];
// CHECK:      }
wy.scan @"say \22hi\22 \5C bye" chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    params(%f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %x, %y = wy.tokens(%k1: !delta.vec<key> = %k : tensor<4x8xf32>,
                     %v1: !delta.vec<value> = %v : tensor<4x16xf32>)
      -> (tensor<4x8xf32>, tensor<4x16xf32>) {
    %x1 = delta.neg %k1
    %y1 = delta.neg %v1
    wy.yield %x1, %y1 : !delta.vec<key>, !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%f : tensor<f32>) writes(%x, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %r = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %o = wy.sum %r, %r : tensor<4x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<4x16xf32>
}
