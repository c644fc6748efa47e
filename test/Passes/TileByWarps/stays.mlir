// RUN: sluice-opt %s --tile-by-warps | FileCheck %s --implicit-check-not=' apart'

// Kernels that stay as they are, and one of the same kind that does not.

!keys = memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>>
!values = memref<?x?x?x32xbf16, strided<[?, ?, ?, 1]>>
!state = memref<?x?x16x32xf32, strided<[?, ?, 32, 1]>>

// As it may be.
// CHECK: tile.kernel @divided{{.*}} warps(2) apart
tile.kernel @divided(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// CTAs are numbered along two axes.
// CHECK: tile.kernel @axes
tile.kernel @axes(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N", "HV") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// How many tokens a chunk has is not known.
// CHECK: tile.kernel @step
tile.kernel @step(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %T iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// There are two loops, and which is over chunks is not known.
// CHECK: tile.kernel @loops
tile.kernel @loops(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  scf.for %i = %c0 to %T step %c16 {
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// There is none.
// CHECK: tile.kernel @straight
tile.kernel @straight() warps(2) grid("1") {
  tile.return
}

// It carries no state,
// CHECK: tile.kernel @stateless
tile.kernel @stateless(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  scf.for %first = %c0 to %T step %c16 {
  }
  tile.return
}

// or a vector,
// CHECK: tile.kernel @vector
tile.kernel @vector(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<32xf32>
  %0 = scf.for %first = %c0 to %T step %c16 iter_args(%sum = %zero) -> (tensor<32xf32>) {
    %1 = math.exp %sum : tensor<32xf32>
    scf.yield %1 : tensor<32xf32>
  }
  tile.return
}

// or states whose columns are not the same axis.
// CHECK: tile.kernel @states
tile.kernel @states(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %0:2 = scf.for %first = %c0 to %T step %c16 iter_args(%a = %zero, %b = %zero) -> (tensor<16x32xf32>, tensor<16x32xf32>) {
    %1 = math.exp %a : tensor<16x32xf32>
    %2 = math.exp %b : tensor<16x32xf32>
    scf.yield %1, %2 : tensor<16x32xf32>, tensor<16x32xf32>
  }
  tile.return
}

// A product of the state with itself: its rows are its columns.
// CHECK: tile.kernel @square
tile.kernel @square(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<32x32xf32>
  %0 = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<32x32xf32>) {
    %1 = arith.truncf %state : tensor<32x32xf32> to tensor<32x32xbf16>
    %2 = tile.dot %1, %1 : tensor<32x32xbf16>, tensor<32x32xbf16> -> tensor<32x32xf32>
    scf.yield %2 : tensor<32x32xf32>
  }
  tile.return
}

// Something that has no columns is stored for each chunk: of one CTA each warp
// stores its own chunk's, of two both would.
// CHECK: tile.kernel @rows{{.*}} warps(2) apart grid("N * HV * 1")
tile.kernel @rows(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">}, %o: !keys {tile.binding = #tile.binding<output "o">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    tile.store %0, %o[%b, %first, %c0, %c0] along [1, 3] in_bounds : tensor<16x16xbf16>, !keys
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// CHECK: tile.kernel @rows_of_two
tile.kernel @rows_of_two(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">}, %o: !keys {tile.binding = #tile.binding<output "o">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(1) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    tile.store %0, %o[%b, %first, %c0, %c0] along [1, 3] in_bounds : tensor<16x16xbf16>, !keys
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// Something is stored once, behind the loop: all warps would.
// CHECK: tile.kernel @once
tile.kernel @once(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">}, %o: !keys {tile.binding = #tile.binding<output "o">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  %3 = tile.load %k[%b, %c0, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
  tile.store %3, %o[%b, %c0, %c0, %c0] along [1, 3] in_bounds : tensor<16x16xbf16>, !keys
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// A part of the chunk is a loop.
// CHECK: tile.kernel @nested
tile.kernel @nested(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    scf.for %i = %c0 to %c16 step %c16 {
    }
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// Products are not those of tensor cores.
// CHECK: tile.kernel @fma
tile.kernel @fma(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %3 = arith.extf %0 : tensor<16x16xbf16> to tensor<16x16xf32>
    %4 = arith.extf %1 : tensor<16x32xbf16> to tensor<16x32xf32>
    %2 = tile.dot %3, %4 transpose_lhs into %state : tensor<16x16xf32>, tensor<16x32xf32> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// All warps meet in shared memory already,
// CHECK: tile.kernel @shared
tile.kernel @shared(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %m = tile.shared : memref<16xf32, #gpu.address_space<workgroup>>
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// or at a barrier.
// CHECK: tile.kernel @barrier
tile.kernel @barrier(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    gpu.barrier
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// Values are summed over in a product,
// CHECK: tile.kernel @contracted
tile.kernel @contracted(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %3 = arith.truncf %state : tensor<16x32xf32> to tensor<16x32xbf16>
    %4 = tile.dot %1, %3 transpose_rhs : tensor<16x32xbf16>, tensor<16x32xbf16> -> tensor<16x16xf32>
    %5 = arith.truncf %4 : tensor<16x16xf32> to tensor<16x16xbf16>
    %2 = tile.dot %5, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// or in a sum: all warps have it, and all would store it.
// CHECK: tile.kernel @sum_stored
tile.kernel @sum_stored(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %o: memref<?x?x?xf32, strided<[?, ?, 1]>> {tile.binding = #tile.binding<output "o">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %3 = tile.reduce sum %state axis(1) : tensor<16x32xf32> -> tensor<16xf32>
    tile.store %3, %o[%b, %first, %c0] along [1] in_bounds : tensor<16xf32>, memref<?x?x?xf32, strided<[?, ?, 1]>>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// Columns that are summed over are more than those of eight warps, which have all
// registers.
// CHECK: tile.kernel @wide
tile.kernel @wide(%final: memref<?x?x16x144xf32, strided<[?, ?, 144, 1]>> {tile.binding = #tile.binding<final "S">},
    %T: index {tile.binding = #tile.binding<size "T">})
    warps(16) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x144xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x144xf32>) {
    %0 = tile.reduce sum %state axis(1) : tensor<16x144xf32> -> tensor<16xf32>
    %1 = tile.broadcast %0 along [0] : tensor<16xf32> -> tensor<16x144xf32>
    scf.yield %1 : tensor<16x144xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x144xf32>, memref<?x?x16x144xf32, strided<[?, ?, 144, 1]>>
  tile.return
}

// Values follow one another;
// CHECK: tile.kernel @prefix
tile.kernel @prefix(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %c1 = arith.constant 1 : index
    %3 = tile.load %final[%b, %c0, %c1, %c0] along [3] : !state -> tensor<32xf32>
    %4 = tile.prefix sum %3 : tensor<32xf32>
    %5 = tile.broadcast %4 along [1] : tensor<32xf32> -> tensor<16x32xf32>
    %2 = tile.dot %0, %1 transpose_lhs into %5 : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// each is multiplied by each.
// CHECK: tile.kernel @pairs
tile.kernel @pairs(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %3 = tile.dot %1, %1 transpose_lhs : tensor<16x32xbf16>, tensor<16x32xbf16> -> tensor<32x32xf32>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}
