// RUN: sluice-opt %s --wy-to-tile | FileCheck %s
// RUN: sluice-opt %s --wy-to-tile='arg-types=bf16,bf16 output-type=bf16' | FileCheck %s --check-prefix=NARROW

// Rows past the last token are 0, of what is loaded and of its multiples.
// CHECK-LABEL: tile.kernel @linear
// CHECK-SAME:  warps(2) grid("N * HV * 1")
// CHECK:         %{{.*}}, %[[BEGIN:.*]], %[[END:.*]] = tile.sequence
// CHECK:         scf.for %[[FIRST:.*]] = %[[BEGIN]] to %[[END]] step %{{.*}} iter_args(%[[S:.*]] = %{{.*}})
// CHECK:           %[[LEFT:.*]] = arith.subi %[[END]], %[[FIRST]]
// CHECK:           %[[COUNT:.*]] = arith.minsi %[[LEFT]], %{{.*}}
// CHECK:           %[[Q:.*]] = tile.load %{{.*}}[%{{.*}}, %[[FIRST]], %{{.*}}, %{{.*}}] along [1, 3] valid(%[[COUNT]])
// CHECK:           %[[K:.*]] = tile.load
// CHECK:           %[[V:.*]] = tile.load
// CHECK:           %[[QT:.*]] = arith.mulf
// CHECK-NOT:       arith.select
// CHECK:           tile.dot %[[QT]], %[[S]] : tensor<4x8xf32>, tensor<8x16xf32> -> tensor<4x16xf32>
// CHECK:           %[[PRODUCT:.*]] = tile.dot %[[QT]], %[[K]] transpose_rhs
// CHECK:           arith.cmpi sgt
// CHECK:           arith.select %{{.*}}, %[[PRODUCT]]
// CHECK:           tile.dot %{{.*}}, %[[V]] : tensor<4x4xf32>, tensor<4x16xf32> -> tensor<4x16xf32>
// CHECK:           tile.dot %[[K]], %[[V]] transpose_lhs : tensor<4x8xf32>, tensor<4x16xf32> -> tensor<8x16xf32>
// CHECK:           tile.store %{{.*}} along [1, 3] valid(%[[COUNT]])
// CHECK:           scf.yield

// NARROW-LABEL: tile.kernel @linear
// NARROW:         tile.load {{.*}} -> tensor<4x8xbf16>
// NARROW:         arith.extf %{{.*}} : tensor<4x8xbf16> to tensor<4x8xf32>
// NARROW:         arith.truncf %{{.*}} : tensor<4x16xf32> to tensor<4x16xbf16>
wy.scan @linear chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 2, value_block = 16>>)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %qt = wy.tokens(%x: !delta.vec<key> = %q : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %c = delta.scale
    %1 = delta.mul %c, %x
    wy.yield %1 : !delta.vec<key>
  }
  %0 = wy.read left %S, %qt : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.scores rows(%qt : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.apply %1, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %3 = wy.sum %0, %2 : tensor<4x16xf32>
  %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %4, %3 : tensor<8x16xf32>, tensor<4x16xf32>
}

// One exponential a gate; products before and after each token, and of all.
// CHECK-LABEL: tile.kernel @gates
// CHECK:         %[[F:.*]] = math.exp %{{.*}} : tensor<4x8xf32>
// CHECK:         tile.prefix product %[[F]] : tensor<4x8xf32>
// CHECK:         %[[G:.*]] = math.exp
// CHECK:         tile.prefix product %[[G]] reverse block(2) : tensor<4x8xf32>
// CHECK:         %[[H:.*]] = math.exp
// CHECK:         tile.reduce product %[[H]] axis(0) : tensor<4x8xf32> -> tensor<8xf32>
wy.scan @gates chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    v_heads(%g: !delta.vec<key>) state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<key>, b: !delta.vec<key>) {
  %0 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %1 = wy.accumulate after block(2) log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
  %3 = wy.update states(%S : tensor<8x16xf32>) decays(%2 : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %3, %0, %1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// Two numbers in bf16 for each factor, and three of their products, the
// smallest first.
// CHECK-LABEL: tile.kernel @split
// CHECK:         %[[HIGH:.*]] = arith.truncf %[[X:.*]] : tensor<4x8xf32> to tensor<4x8xbf16>
// CHECK:         %[[BACK:.*]] = arith.extf %[[HIGH]]
// CHECK:         %[[REST:.*]] = arith.subf %[[X]], %[[BACK]]
// CHECK:         %[[LOW:.*]] = arith.truncf %[[REST]]
// CHECK:         %[[HIGH2:.*]] = arith.truncf %{{.*}} : tensor<4x16xf32> to tensor<4x16xbf16>
// CHECK:         %[[LOW2:.*]] = arith.truncf
// CHECK:         tile.dot %[[HIGH]], %[[LOW2]] transpose_lhs
// CHECK:         tile.dot %[[LOW]], %[[HIGH2]] transpose_lhs
// CHECK:         tile.dot %[[HIGH]], %[[HIGH2]] transpose_lhs
// CHECK-NOT:     tile.dot
wy.scan @split chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, precision = #wy.precision<update = bf16x2>, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}

// What is divided by a number of no token is not finite, and 0 times that is no
// number: such rows are masked.
// CHECK-LABEL: tile.kernel @quotient
// CHECK:         %[[ONE:.*]] = arith.divf
// CHECK:         %[[ROWS:.*]] = arith.mulf %[[ONE]], %{{.*}} : tensor<4x16xf32>
// CHECK:         arith.cmpi slt
// CHECK:         %[[W:.*]] = arith.select %{{.*}}, %[[ROWS]], %{{.*}} : tensor<4x16xi1>
// CHECK:         tile.dot %{{.*}}, %[[W]] transpose_lhs
wy.scan @quotient chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %u: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %w = wy.tokens(%x: !delta.vec<value> = %v : tensor<4x16xf32>, %y: !delta.vec<value> = %u : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %one = delta.constant 1.0
    %1 = delta.div %one, %y
    %2 = delta.mul %1, %x
    wy.yield %2 : !delta.vec<value>
  }
  %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %w : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}

// So is what an exponential, or a param, is multiplied by, either of which may be
// infinite; but e to what is 0 there is 1.
// CHECK-LABEL: tile.kernel @exponential
// CHECK:         %[[E:.*]] = math.exp
// CHECK:         %[[ROWS:.*]] = arith.mulf %{{.*}} : tensor<4x16xf32>
// CHECK:         arith.select %{{.*}}, %[[ROWS]], %{{.*}} : tensor<4x16xi1>
// CHECK:         math.exp
// CHECK:         %[[ZEROS:.*]] = arith.mulf %{{.*}} : tensor<4x16xf32>
// CHECK-NOT:     arith.select
// CHECK:         tile.dot %{{.*}}, %[[ZEROS]] transpose_lhs
wy.scan @exponential chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %u: !delta.vec<value>)
    params(%a: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  %w = wy.tokens(%x: !delta.vec<value> = %v : tensor<4x16xf32>, %y: !delta.scalar = %a : tensor<f32>) -> tensor<4x16xf32> {
    %1 = delta.exp %y
    %2 = delta.mul %1, %x
    wy.yield %2 : !delta.vec<value>
  }
  %z = wy.tokens(%x: !delta.vec<value> = %v : tensor<4x16xf32>, %y: !delta.vec<value> = %u : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %1 = delta.exp %y
    %2 = delta.mul %1, %x
    wy.yield %2 : !delta.vec<value>
  }
  %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %w : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %3 = wy.update states(%0 : tensor<8x16xf32>) writes(%k, %z : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %3 : tensor<8x16xf32>
}

// Blocks of one system are inverted in registers; a block that is no power of
// two, and those of several systems, row by row in shared memory.
// CHECK-LABEL: tile.kernel @inverse
// CHECK:         %[[N:.*]] = arith.select {{.*}} : tensor<6x6xi1>, tensor<6x6xf32>
// CHECK:         tile.inverse %[[N]] block(8) : tensor<6x6xf32>
// CHECK:         tile.inverse %[[N]] block(2) : tensor<6x6xf32>
// CHECK-NOT:     tile.inverse
// CHECK:         tile.shared
// CHECK:         scf.for
// CHECK:         scf.for
// CHECK-NOT:     tile.inverse
// CHECK:         tile.return
wy.scan @inverse chunk(6) key(8) value(16)
    schedule(#wy.schedule<chunk = 6, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    -> (a: !delta.vec<value>, b: !delta.vec<value>, c: !delta.vec<value>, d: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<6x8xf32>) columns(%k : tensor<6x8xf32>) ungated -> tensor<6x6xf32>
  %1 = wy.inverse scores(%0 : tensor<6x6xf32>) at [0] block(6) -> tensor<6x6xf32>
  %2 = wy.inverse scores(%0 : tensor<6x6xf32>) at [0] block(2) -> tensor<6x6xf32>
  %3 = wy.inverse scores(%0 : tensor<6x6xf32>) at [0] block(3) -> tensor<6x6xf32>
  %4:4 = wy.inverse scores(%0 : tensor<6x6xf32>) at [2] block(2) -> tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>
  %5 = wy.apply %1, %v : tensor<6x6xf32>, tensor<6x16xf32>
  %6 = wy.apply %2, %v : tensor<6x6xf32>, tensor<6x16xf32>
  %7 = wy.apply %3, %v : tensor<6x6xf32>, tensor<6x16xf32>
  %8 = wy.apply %4#2, %v : tensor<6x6xf32>, tensor<6x16xf32>
  wy.yield %5, %6, %7, %8 : tensor<6x16xf32>, tensor<6x16xf32>, tensor<6x16xf32>, tensor<6x16xf32>
}
