// RUN: sluice-opt %s --wy-to-tile | FileCheck %s --check-prefixes=CHECK,F32
// RUN: sluice-opt %s --wy-to-tile='arg-types=bf16,bf16' --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: sluice-opt %s --wy-to-tile='arg-types=f16,f16' --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,F16

// Of two numbers in bf16 each. What was loaded in bf16 is one: two products where
// one factor is such, one where both are. What was loaded in f16 is two.
// CHECK-LABEL: tile.kernel @loaded
// F32-COUNT-6: tile.dot {{.*}}bf16>, {{.*}}bf16> -> tensor<{{.*}}xf32>
// BF16:        %[[K:.*]] = tile.load {{.*}} -> tensor<4x8xbf16>
// BF16:        %[[V:.*]] = tile.load {{.*}} -> tensor<4x16xbf16>
// BF16-DAG:    %[[HIGH:.*]] = arith.truncf %[[S:.*]] : tensor<8x16xf32> to tensor<8x16xbf16>
// BF16-DAG:    %[[BACK:.*]] = arith.extf %[[HIGH]]
// BF16-DAG:    %[[REST:.*]] = arith.subf %[[S]], %[[BACK]]
// BF16:        %[[LOW:.*]] = arith.truncf %[[REST]]
// BF16:        %[[FIRST:.*]] = tile.dot %[[K]], %[[LOW]] :
// BF16:        tile.dot %[[K]], %[[HIGH]] into %[[FIRST]] :
// BF16:        tile.dot %[[K]], %[[V]] transpose_lhs into %[[S]] :
// F16-COUNT-6: tile.dot {{.*}}bf16>, {{.*}}bf16> -> tensor<{{.*}}xf32>
// CHECK-NOT:   tile.dot
// CHECK:       tile.return
wy.scan @loaded chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, precision = #wy.precision<read = bf16x2, update = bf16x2>, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %0 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %2 = wy.accumulate all factor %0 : tensor<4x16xf32> -> tensor<16xf32>
  %3 = wy.update states(%M : tensor<8x16xf32>) value_decays(%2 : tensor<16xf32>) -> tensor<8x16xf32>
  wy.yield %1, %3 : tensor<8x16xf32>, tensor<8x16xf32>
}

// Of three numbers in bf16 each: six products of numbers that nothing is known of;
// f16 is two of them, of whose products one is too small.
// CHECK-LABEL: tile.kernel @thrice
// F32-COUNT-6:  tile.dot {{.*}}bf16>, {{.*}}bf16> -> tensor<{{.*}}xf32>
// BF16-COUNT-1: tile.dot {{.*}}bf16>, {{.*}}bf16> -> tensor<{{.*}}xf32>
// F16-COUNT-4:  tile.dot {{.*}}bf16>, {{.*}}bf16> -> tensor<{{.*}}xf32>
// CHECK-NOT:    tile.dot
// CHECK:        tile.return
wy.scan @thrice chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, precision = #wy.precision<update = bf16x3>, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}

// Reads and products with values that only outputs depend on have a precision of
// their own, also where the other kinds have another.
// CHECK-LABEL: tile.kernel @outputs
// CHECK:       tile.dot {{.*}} : tensor<4x8xf16>, tensor<8x16xf16> -> tensor<4x16xf32>
// CHECK:       tile.dot {{.*}} transpose_rhs : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
// CHECK:       tile.dot {{.*}} : tensor<4x4xf16>, tensor<4x16xf16> -> tensor<4x16xf32>
// CHECK:       tile.dot {{.*}} : tensor<4x8xbf16>, tensor<8x16xbf16> -> tensor<4x16xf32>
// CHECK:       tile.dot {{.*}} : tensor<4x4xbf16>, tensor<4x16xbf16> -> tensor<4x16xf32>
// CHECK:       tile.dot {{.*}} transpose_lhs {{.*}}: tensor<4x8xf32>, tensor<4x16xf32> -> tensor<8x16xf32>
// CHECK-NOT:   tile.dot
// CHECK:       tile.return
wy.scan @outputs chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, precision = #wy.precision<apply = bf16, read = bf16, outputs = f16>, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %0 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.apply %1, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %3 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %4 = wy.apply %1, %3 : tensor<4x4xf32>, tensor<4x16xf32>
  %5 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %4 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %5, %0, %2 : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>
}
