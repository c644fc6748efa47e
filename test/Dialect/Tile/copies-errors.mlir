// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/Tile.

// T20: copies of whole words from global to shared memory.

tile.kernel @from(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op is from global to shared memory, found 'memref<16x64xbf16, #gpu.address_space<workgroup>>' and 'memref<16x64xbf16, #gpu.address_space<workgroup>>'}}
  tile.copy %s[%c0, %c0] along [0, 1] to %s[%c0, %c0] along [0, 1] shape [16, 64] : memref<16x64xbf16, #gpu.address_space<workgroup>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @to(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op is from global to shared memory, found 'memref<?x64xbf16, strided<[?, 1]>>' and 'memref<?x64xbf16, strided<[?, 1]>>'}}
  tile.copy %x[%c0, %c0] along [0, 1] to %x[%c0, %c0] along [0, 1] shape [16, 64] : memref<?x64xbf16, strided<[?, 1]>>, memref<?x64xbf16, strided<[?, 1]>>
  tile.return
}

// -----

tile.kernel @nothing(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op is of a region of one element at least along each of its axes, found [0, 64]}}
  tile.copy %x[%c0, %c0] along [0, 1] to %s[%c0, %c0] along [0, 1] shape [0, 64] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @number(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op is of a region of one element at least along each of its axes, found []}}
  tile.copy %x[%c0, %c0] along [] to %s[%c0, %c0] along [] shape [] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @rows(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op is of rows that are rows in both memories, found [0, 1] and [1, 0]}}
  tile.copy %x[%c0, %c0] along [0, 1] to %s[%c0, %c0] along [1, 0] shape [16, 16] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @column(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op is of rows that are rows in both memories, found [0] and [0]}}
  tile.copy %x[%c0, %c0] along [0] to %s[%c0, %c0] along [0] shape [16] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @words(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op moves 4 bytes at a time at least, found rows of 6}}
  tile.copy %x[%c0, %c0] along [0, 1] to %s[%c0, %c0] along [0, 1] shape [16, 3] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @pending(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.wait_copies' op attribute 'pending' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  tile.wait_copies -1
  tile.return
}

// -----

// T8: it accesses both memories.

tile.kernel @axes(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op names another axis of the memory for each of the 2 axes of the tensor, found [1, 1]}}
  tile.copy %x[%c0, %c0] along [1, 1] to %s[%c0, %c0] along [0, 1] shape [16, 64] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @indices(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op has an index for each of the 2 axes of the memory, found 1}}
  tile.copy %x[%c0, %c0] along [0, 1] to %s[%c0] along [0, 1] shape [16, 64] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @elements(%x: memref<?x64xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %s = tile.shared : memref<16x64xbf16, #gpu.address_space<workgroup>>
  %h = tile.shared : memref<16x64xf16, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.copy' op moves elements of one type, found 'memref<?x64xbf16, strided<[?, 1]>>' and 'tensor<16x64xf16>'}}
  tile.copy %x[%c0, %c0] along [0, 1] to %h[%c0, %c0] along [0, 1] shape [16, 64] : memref<?x64xbf16, strided<[?, 1]>>, memref<16x64xf16, #gpu.address_space<workgroup>>
  tile.return
}
