// RUN: sluice-opt %s --tile-to-gpu -split-input-file -verify-diagnostics

tile.kernel @no_layout(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op gives a tensor without a layout: run tile-assign-layouts before tile-to-gpu}}
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32>
  tile.return
}

// -----

tile.kernel @no_offset() warps(1) grid("1") {
  // expected-error@+2 {{failed to legalize operation 'tile.shared'}}
  // expected-error@+1 {{'tile.shared' op has no offset: run tile-allocate-shared before tile-to-gpu}}
  %0 = tile.shared : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

#a = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[32]]>
#b = #tile.layout<register = [], lane = [[2], [4], [8], [16], [32]], warp = [[1]]>
tile.kernel @warps() warps(2) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<64xf32, #a>
  // expected-error@+2 {{failed to legalize operation 'tile.convert'}}
  // expected-error@+1 {{'tile.convert' op moves elements between warps, or such as are no words: run tile-through-shared before tile-to-gpu}}
  %1 = tile.convert %0 : tensor<64xf32, #a> -> tensor<64xf32, #b>
  tile.return
}

// -----

// Predicates are not shuffled.

#a = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>
#b = #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>
tile.kernel @predicates() warps(1) grid("1") {
  %0 = arith.constant dense<true> : tensor<64xi1, #a>
  // expected-error@+2 {{failed to legalize operation 'tile.convert'}}
  // expected-error@+1 {{'tile.convert' op moves elements between warps, or such as are no words}}
  %1 = tile.convert %0 : tensor<64xi1, #a> -> tensor<64xi1, #b>
  tile.return
}

// -----

// An operand by columns where the instruction has rows.

#a = #tile.layout<register = [[0, 1], [8, 0], [0, 8]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#b = #tile.layout<register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#c = #tile.layout<register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
tile.kernel @operand() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<16x16xbf16, #a>
  %1 = arith.constant dense<1.0> : tensor<16x8xbf16, #b>
  // expected-error@+2 {{failed to legalize operation 'tile.dot'}}
  // expected-error@+1 {{'tile.dot' op has tensors that threads do not hold as mma.m16n8k16 has them: tile-assign-layouts makes them so}}
  %2 = tile.dot %0, %1 : tensor<16x16xbf16, #a>, tensor<16x8xbf16, #b> -> tensor<16x8xf32, #c>
  tile.return
}

// -----

#warps = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[32]]>
tile.kernel @warps() warps(2) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<64xf32, #warps>
  // expected-error@+2 {{failed to legalize operation 'tile.reduce'}}
  // expected-error@+1 {{'tile.reduce' op is over several warps: run tile-through-shared before tile-to-gpu}}
  %1 = tile.reduce sum %0 axis(0) : tensor<64xf32, #warps> -> f32
  tile.return
}

// -----

// Lanes 1 and 2 hold the same: their places do not add up, nor do sums over
// lanes count each once.

#same = #tile.layout<register = [], lane = [[1], [1], [2], [4], [8]], warp = []>
tile.kernel @load(%x: memref<16xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+2 {{failed to legalize operation 'tile.load'}}
  // expected-error@+1 {{'tile.load' op has a layout whose bits overlap along an axis: #tile.layout}}
  %0 = tile.load %x[%c0] along [0] : memref<16xf32> -> tensor<16xf32, #same>
  tile.return
}

// -----

#same = #tile.layout<register = [], lane = [[1], [1], [2], [4], [8]], warp = []>
tile.kernel @store(%x: memref<16xf32> {tile.binding = #tile.binding<output "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = arith.constant dense<1.0> : tensor<16xf32, #same>
  // expected-error@+2 {{failed to legalize operation 'tile.store'}}
  // expected-error@+1 {{'tile.store' op has a layout whose bits overlap along an axis: #tile.layout}}
  tile.store %0, %x[%c0] along [0] : tensor<16xf32, #same>, memref<16xf32>
  tile.return
}

// -----

#same = #tile.layout<register = [], lane = [[1], [1], [2], [4], [8]], warp = []>
tile.kernel @reduce() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<16xf32, #same>
  // expected-error@+2 {{failed to legalize operation 'tile.reduce'}}
  // expected-error@+1 {{'tile.reduce' op has a layout whose bits overlap along an axis: #tile.layout}}
  %1 = tile.reduce sum %0 axis(0) : tensor<16xf32, #same> -> f32
  tile.return
}

// -----

// PTX has no shuffle of 16 bits.

#row = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>
tile.kernel @halves() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<32xf16, #row>
  // expected-error@+2 {{failed to legalize operation 'tile.reduce'}}
  // expected-error@+1 {{'tile.reduce' op is over lanes, which hand on f32 to one another, found 'f16'}}
  %1 = tile.reduce sum %0 axis(0) : tensor<32xf16, #row> -> f16
  tile.return
}

// -----

// An operation with two results has no code for one element.

#row = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>
tile.kernel @two_results() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<32xf32, #row>
  // expected-error@+1 {{failed to legalize operation 'math.sincos'}}
  %1, %2 = math.sincos %0 : tensor<32xf32, #row>
  tile.return
}

// -----

// A prefix and an inverse go from row to row in one thread.

#rows = #tile.layout<register = [[0, 1], [0, 2]], lane = [[1, 0], [2, 0], [0, 0], [0, 0], [0, 0]], warp = []>
tile.kernel @prefix() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<4x4xf32, #rows>
  // expected-error@+2 {{failed to legalize operation 'tile.prefix'}}
  // expected-error@+1 {{'tile.prefix' op is along an axis that several threads hold: tile-assign-layouts gives it to one}}
  %1 = tile.prefix sum %0 : tensor<4x4xf32, #rows>
  tile.return
}

// -----

#rows = #tile.layout<register = [[0, 1], [0, 2]], lane = [[1, 0], [2, 0], [0, 0], [0, 0], [0, 0]], warp = []>
tile.kernel @inverse() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<4x4xf32, #rows>
  // expected-error@+2 {{failed to legalize operation 'tile.inverse'}}
  // expected-error@+1 {{'tile.inverse' op is along an axis that several threads hold: tile-assign-layouts gives it to one}}
  %1 = tile.inverse %0 block(4) : tensor<4x4xf32, #rows>
  tile.return
}

// -----

#same = #tile.layout<register = [[1, 0], [2, 0]], lane = [[0, 1], [0, 2], [0, 1], [0, 0], [0, 0]], warp = []>
tile.kernel @overlap() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<4x4xf32, #same>
  // expected-error@+2 {{failed to legalize operation 'tile.inverse'}}
  // expected-error@+1 {{'tile.inverse' op has a layout whose bits overlap along an axis: #tile.layout}}
  %1 = tile.inverse %0 block(4) : tensor<4x4xf32, #same>
  tile.return
}

// -----

#warps = #tile.layout<register = [[1, 0], [2, 0]], lane = [[0, 1], [0, 0], [0, 0], [0, 0], [0, 0]], warp = [[0, 2]]>
tile.kernel @columns() warps(2) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<4x4xf32, #warps>
  // expected-error@+2 {{failed to legalize operation 'tile.inverse'}}
  // expected-error@+1 {{'tile.inverse' op has blocks of 4 columns that several warps hold: tile-assign-layouts gives each to one}}
  %1 = tile.inverse %0 block(4) : tensor<4x4xf32, #warps>
  tile.return
}

// -----

// Rows of 16-bit elements that start anywhere.

!global = memref<?x?xbf16, strided<[?, 1]>>
!shared = memref<8x8xbf16, #gpu.address_space<workgroup>>
tile.kernel @words(%x: !global {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared offset(0) : !shared
  // expected-error@+2 {{failed to legalize operation 'tile.copy'}}
  // expected-error@+1 {{'tile.copy' op moves 4 bytes at a time at least, and its rows start at multiples of 2}}
  tile.copy %x[%c0, %c0] along [0, 1] to %0[%c0, %c0] along [0, 1] shape [8, 8] : !global, !shared
  tile.return
}

// -----

!global = memref<8x262144xf32>
!shared = memref<1x262144xf32, #gpu.address_space<workgroup>>
tile.kernel @large(%x: !global {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared offset(0) : !shared
  // expected-error@+2 {{failed to legalize operation 'tile.copy'}}
  // expected-error@+1 {{'tile.copy' op is of too large a region: a layout has at most 12 places of registers and 5 of warps, found 13 and 0}}
  tile.copy %x[%c0, %c0] along [0, 1] to %0[%c0, %c0] along [0, 1] shape [1, 262144] : !global, !shared
  tile.return
}

// -----

!slots = memref<2xf32, #gpu.address_space<workgroup>>
tile.kernel @ring() warps(2) apart grid("1") {
  %m = tile.shared offset(0) : !slots
  // expected-error@+2 {{failed to legalize operation 'tile.ring'}}
  // expected-error@+1 {{'tile.ring' op has no offset: run tile-allocate-shared before tile-to-gpu}}
  %r = tile.ring "r" of %m from "a" to "b" : !slots
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}
