// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/Tile/TileOps.cpp.

// T7: shared memory has a size that is known, and starts at whole vectors.

tile.kernel @global() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op gives a dense memref of static shape in #gpu.address_space<workgroup>, found 'memref<8xf32>'}}
  %0 = tile.shared : memref<8xf32>
  tile.return
}

// -----

tile.kernel @unknown() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op gives a dense memref of static shape in #gpu.address_space<workgroup>, found 'memref<?xf32, #gpu.address_space<workgroup>>'}}
  %0 = tile.shared : memref<?xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @padded() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op gives a dense memref of static shape}}
  %0 = tile.shared : memref<8x8xf32, strided<[9, 1]>, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @askew() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op starts at a multiple of 16 bytes, found 8}}
  %0 = tile.shared offset(8) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

// The memory of the next warp, from one behind an offset on.

tile.kernel @stride() warps(2) apart grid("1") {
  // expected-error@+1 {{'tile.shared' op has a stride, a multiple of 16 bytes, only by_warp and behind an offset, found 40}}
  %0 = tile.shared by_warp offset(0) stride(40) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @nowhere() warps(2) apart grid("1") {
  // expected-error@+1 {{'tile.shared' op has a stride, a multiple of 16 bytes, only by_warp and behind an offset, found 32}}
  %0 = tile.shared by_warp stride(32) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @together() warps(2) apart grid("1") {
  // expected-error@+1 {{'tile.shared' op has a stride, a multiple of 16 bytes, only by_warp and behind an offset, found 32}}
  %0 = tile.shared offset(0) stride(32) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @large() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op ends at most 1048576 bytes from the start of shared memory, found 'memref<4294967296x4294967296xf32, #gpu.address_space<workgroup>>' at 0}}
  %0 = tile.shared : memref<4294967296x4294967296xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @far() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op ends at most 1048576 bytes from the start of shared memory, found 'memref<8xf32, #gpu.address_space<workgroup>>' at 4294967296}}
  %0 = tile.shared offset(4294967296) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @integers() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op result #0 must be 1D/2D/3D/4D memref of 32-bit float or 16-bit float or bfloat16 type values, dense along its last axis and without an offset, but got 'memref<8xi32, #gpu.address_space<workgroup>>'}}
  %0 = tile.shared : memref<8xi32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

// T8: an access of memory says where each axis of its tensor runs.

tile.kernel @types(%x: memref<8x8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op moves elements of one type, found 'memref<8x8xf32>' and 'tensor<8xbf16>'}}
  %0 = tile.load %x[%c0, %c0] along [1] : memref<8x8xf32> -> tensor<8xbf16>
  tile.return
}

// -----

tile.kernel @indices(%x: memref<8x8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op has an index for each of the 2 axes of the memory, found 1}}
  %0 = tile.load %x[%c0] along [1] : memref<8x8xf32> -> tensor<8xf32>
  tile.return
}

// -----

tile.kernel @too_few(%x: memref<8x8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op names another axis of the memory for each of the 2 axes of the tensor, found [1]}}
  %0 = tile.load %x[%c0, %c0] along [1] : memref<8x8xf32> -> tensor<8x8xf32>
  tile.return
}

// -----

tile.kernel @twice(%x: memref<8x8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op names another axis of the memory for each of the 2 axes of the tensor, found [1, 1]}}
  %0 = tile.load %x[%c0, %c0] along [1, 1] : memref<8x8xf32> -> tensor<8x8xf32>
  tile.return
}

// -----

tile.kernel @no_axis(%x: memref<8x8xf32> {tile.binding = #tile.binding<output "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.store' op names another axis of the memory for each of the 1 axes of the tensor, found [2]}}
  tile.store %0, %x[%c0, %c0] along [2] : tensor<8xf32>, memref<8x8xf32>
  tile.return
}

// -----

tile.kernel @valid(%x: memref<8x8xf32> {tile.binding = #tile.binding<output "x">},
                   %scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.store' op has one element, which is valid}}
  tile.store %scale, %x[%c0, %c0] along [] valid(%c0) : f32, memref<8x8xf32>
  tile.return
}

// -----

// T9: a broadcast keeps sizes, and who holds what.

tile.kernel @widened(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // expected-error@+1 {{'tile.broadcast' op repeats elements, found 'f32' and 'tensor<8xbf16>'}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<8xbf16>
  tile.return
}

// -----

tile.kernel @same() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.broadcast' op adds an axis at least, found 'tensor<8xf32>' and 'tensor<8xf32>'}}
  %1 = tile.broadcast %0 along [0] : tensor<8xf32> -> tensor<8xf32>
  tile.return
}

// -----

tile.kernel @nowhere() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.broadcast' op names an axis of the result, in order, for each of the 1 axes of the operand, found [2]}}
  %1 = tile.broadcast %0 along [2] : tensor<8xf32> -> tensor<8x4xf32>
  tile.return
}

// -----

tile.kernel @sizes() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.broadcast' op keeps sizes, found 8 along axis 1 of 'tensor<8x4xf32>'}}
  %1 = tile.broadcast %0 along [1] : tensor<8xf32> -> tensor<8x4xf32>
  tile.return
}

// -----

tile.kernel @elsewhere() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>
  // expected-error@+1 {{'tile.broadcast' op repeats what its threads hold, so the operand has the result's layout without the new axes}}
  %1 = tile.broadcast %0 along [0] : tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>> -> tensor<32x2xf32, #tile.layout<register = [], lane = [[0, 1], [1, 0], [2, 0], [4, 0], [8, 0]], warp = [[16, 0]]>>
  tile.return
}

// -----

// T10: a reduction takes one axis away, or leaves a place for each warp.

tile.kernel @no_axis() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.reduce' op is along one of the operand's 1 axes, found 1}}
  %1 = tile.reduce sum %0 axis(1) : tensor<8xf32> -> f32
  tile.return
}

// -----

tile.kernel @result() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8x4xf32>
  // expected-error@+1 {{'tile.reduce' op gives 'tensor<8xf32>', found 'tensor<4xf32>'}}
  %1 = tile.reduce sum %0 axis(1) : tensor<8x4xf32> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @no_layout() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.reduce' op leaves warps apart only where a layout says what they hold}}
  %1 = tile.reduce sum %0 axis(0) by_warp : tensor<8xf32> -> tensor<1xf32>
  tile.return
}

// -----

#skewed = #tile.layout<register = [[0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = [[32, 1]]>
tile.kernel @skewed() warps(2) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<64x2xf32, #skewed>
  // expected-error@+1 {{'tile.reduce' op leaves warps apart that differ along axis 1 only, found #tile.layout}}
  %1 = tile.reduce sum %0 axis(1) by_warp : tensor<64x2xf32, #skewed> -> tensor<64xf32>
  tile.return
}

// -----

// T17: a conversion keeps the tensor.

tile.kernel @shapes() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.convert' op failed to verify that all of {operand, result} have same shape}}
  %1 = tile.convert %0 : tensor<8xf32> -> tensor<4xf32>
  tile.return
}

// -----

tile.kernel @elements() warps(1) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error@+1 {{'tile.convert' op failed to verify that all of {operand, result} have same element type}}
  %1 = tile.convert %0 : tensor<8xf32> -> tensor<8xbf16>
  tile.return
}

// -----

// A piece of a sequence has a token at least.

tile.kernel @piece(%starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  // expected-error@+1 {{'tile.piece' op attribute 'size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %n, %row, %begin, %end, %last = tile.piece %T of %starts tokens(%T) sequences(%T) size(0)
  tile.return
}
