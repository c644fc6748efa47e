// RUN: sluice-opt %s --tile-allocate-shared=most=64 -split-input-file -verify-diagnostics

// Two at once do not fit; what fits exactly does.

// expected-error@+1 {{'tile.kernel' op needs 96 bytes of shared memory, and a CTA has at most 64}}
tile.kernel @much() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.shared : memref<16xf32, #gpu.address_space<workgroup>>
  %b = tile.shared : memref<8xf32, #gpu.address_space<workgroup>>
  %0 = tile.load %a[%c0] along [] : memref<16xf32, #gpu.address_space<workgroup>> -> f32
  %1 = tile.load %b[%c0] along [] : memref<8xf32, #gpu.address_space<workgroup>> -> f32
  tile.return
}

// -----

tile.kernel @enough() warps(1) grid("1") {
  %a = tile.shared : memref<16xf32, #gpu.address_space<workgroup>>
  tile.return
}
