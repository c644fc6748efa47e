// RUN: sluice-opt %s --tile-insert-barriers -split-input-file -verify-diagnostics

!buffer = memref<8xf32, #gpu.address_space<workgroup>>
tile.kernel @no_offset() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.shared : !buffer
  // expected-error@+1 {{'tile.load' op accesses shared memory without an offset: run tile-allocate-shared before tile-insert-barriers}}
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// -----

// Which of two buffers it is nobody knows.

!buffer = memref<8xf32, #gpu.address_space<workgroup>>
tile.kernel @chosen(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared offset(32) : !buffer
  %some = arith.cmpi sgt, %T, %c0 : index
  %chosen = arith.select %some, %a, %b : !buffer
  scf.if %some {
    // expected-error@+1 {{'tile.store' op accesses shared memory without an offset}}
    tile.store %x, %chosen[%c0] along [] : f32, !buffer
  }
  tile.return
}

// -----

!slots = memref<2xf32, #gpu.address_space<workgroup>>
tile.kernel @ring() warps(2) apart grid("1") {
  %m = tile.shared offset(0) : !slots
  // expected-error@+1 {{'tile.ring' op is of a ring without an offset: run tile-allocate-shared before tile-insert-barriers}}
  %r = tile.ring "r" of %m from "a" to "b" : !slots
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

// One role may be at the end when another begins.

!state = memref<?x?x8x8xf32, strided<[?, ?, 8, 1]>>
tile.kernel @state(%first: !state {tile.binding = #tile.binding<input "S">},
                   %last: !state {tile.binding = #tile.binding<final "S">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      tile.store %x, %last[%c0, %c0, %c0, %c0] along [] : f32, !state
    }
    tile.role "b" warps(1) (%warp) {
      // expected-error@+1 {{'tile.load' op is in no order with what role 'a' does there}}
      %0 = tile.load %first[%c0, %c0, %c0, %c0] along [] : !state -> f32
    }
  }
  tile.return
}
