// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/Tile.

// T4: warps that are apart are at most 32, and of any number.

// expected-error@+1 {{'tile.kernel' op has warps, at most 32, found 33}}
tile.kernel @many() warps(33) apart grid("1") {
  tile.return
}

// -----

// T19: roles tell warps apart.

tile.kernel @together() warps(2) grid("1") {
  // expected-error@+1 {{'tile.roles' op tells warps apart, so it is in a kernel whose warps are apart}}
  tile.roles {
    tile.role "all" warps(2) (%warp) {
    }
  }
  tile.return
}

// -----

// T21: each warp has one role.

tile.kernel @few() warps(4) apart grid("1") {
  // expected-error@+1 {{'tile.roles' op gives each of the kernel's 4 warps a role, found roles of 3}}
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(2) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @twice() warps(1) apart grid("1") {
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
  }
  // expected-error@+1 {{'tile.roles' op is the second of its kernel, which has one}}
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @beside() warps(1) apart grid("1") {
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    // expected-error@+1 {{'tile.sync_warp' op is beside roles, where nothing but roles are}}
    tile.sync_warp
  }
  tile.return
}

// -----

tile.kernel @names() warps(2) apart grid("1") {
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    // expected-error@+1 {{'tile.role' op has the name of another, 'a'}}
    tile.role "a" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @crowd() warps(16) apart grid("1") {
  // expected-error@+1 {{'tile.roles' op has at most 15 roles, found 16}}
  tile.roles {
    tile.role "0" warps(1) (%warp) {
    }
    tile.role "1" warps(1) (%warp) {
    }
    tile.role "2" warps(1) (%warp) {
    }
    tile.role "3" warps(1) (%warp) {
    }
    tile.role "4" warps(1) (%warp) {
    }
    tile.role "5" warps(1) (%warp) {
    }
    tile.role "6" warps(1) (%warp) {
    }
    tile.role "7" warps(1) (%warp) {
    }
    tile.role "8" warps(1) (%warp) {
    }
    tile.role "9" warps(1) (%warp) {
    }
    tile.role "10" warps(1) (%warp) {
    }
    tile.role "11" warps(1) (%warp) {
    }
    tile.role "12" warps(1) (%warp) {
    }
    tile.role "13" warps(1) (%warp) {
    }
    tile.role "14" warps(1) (%warp) {
    }
    tile.role "15" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @nobody() warps(1) apart grid("1") {
  tile.roles {
    tile.role "b" warps(1) (%warp) {
    }
    // expected-error@+1 {{'tile.role' op attribute 'warps' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
    tile.role "a" warps(0) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @numberless() warps(1) apart grid("1") {
  "tile.roles"() ({
    // expected-error@+1 {{'tile.role' op gets the number of its warp, an index}}
    "tile.role"() <{name = "a", warps = 1 : i64}> ({
    ^bb0(%warp: i32):
    }) : () -> ()
  }) : () -> ()
  tile.return
}

// -----

tile.kernel @deep() warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %is = arith.cmpi eq, %c0, %c0 : index
  scf.if %is {
    // expected-error@+1 {{'tile.roles' op expects parent op 'tile.kernel'}}
    tile.roles {
      tile.role "a" warps(1) (%warp) {
      }
    }
  }
  tile.return
}

// -----

// T22: registers of a role.

tile.kernel @registers() warps(4) apart grid("1") {
  tile.roles {
    // expected-error@+1 {{'tile.role' op has a multiple of 8 registers a thread, from 24 to 240, found 20}}
    tile.role "a" warps(4) registers(20) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @registers() warps(4) apart grid("1") {
  tile.roles {
    // expected-error@+1 {{found 16}}
    tile.role "a" warps(4) registers(16) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @registers() warps(4) apart grid("1") {
  tile.roles {
    // expected-error@+1 {{found 248}}
    tile.role "a" warps(4) registers(248) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @group() warps(6) apart grid("1") {
  tile.roles {
    // expected-error@+1 {{'tile.role' op has registers of its own, so its warps are groups of 4, found 6}}
    tile.role "a" warps(6) registers(64) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @some() warps(8) apart grid("1") {
  // expected-error@+1 {{'tile.roles' op says of all roles, or of none, how many registers they have, found 1 of 2}}
  tile.roles {
    tile.role "a" warps(4) registers(64) (%warp) {
    }
    tile.role "b" warps(4) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @sum() warps(12) apart grid("1") {
  // expected-error@+1 {{'tile.roles' op has at most 2016 registers for a lane of all its warps, as the kernel begins, found 2080}}
  tile.roles {
    tile.role "a" warps(4) registers(40) (%warp) {
    }
    tile.role "b" warps(8) registers(240) (%warp) {
    }
  }
  tile.return
}

// -----

// T23: roles meet in rings alone.

tile.kernel @memory() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      tile.store %x, %m[%c0] along [] : f32, memref<2xf32, #gpu.address_space<workgroup>>
    }
    tile.role "b" warps(1) (%warp) {
      // expected-error@+1 {{'tile.load' op is of shared memory that role 'a' looks at, too, and no ring's}}
      %0 = tile.load %m[%c0] along [] : memref<2xf32, #gpu.address_space<workgroup>> -> f32
    }
  }
  tile.return
}

// -----

// T24: who waits for whom.

tile.kernel @barrier() warps(1) apart grid("1") {
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      // expected-error@+1 {{'gpu.barrier' op is for all warps, and not in a role: tile.sync_role is for the role's}}
      gpu.barrier
    }
  }
  tile.return
}

// -----

tile.kernel @sync() warps(1) apart grid("1") {
  // expected-error@+1 {{'tile.sync_role' op is in a role, whose threads wait for one another}}
  tile.sync_role
  tile.return
}

// -----

// T25: a ring goes from role to role, and has slots enough.

tile.kernel @nothing() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  // expected-error@+1 {{'tile.ring' op has a buffer at least}}
  %ring = "tile.ring"() <{name = "r", producer = "a", consumer = "b"}> : () -> !tile.ring
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @by_warp() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared by_warp : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.ring' op is of memory that tile.shared gives the CTA, each once and in no other ring, with as many slots as the first, found 'memref<2x8xf32, #gpu.address_space<workgroup>>'}}
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @slots() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %n = tile.shared : memref<3xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.ring' op is of memory that tile.shared gives the CTA, each once and in no other ring, with as many slots as the first, found 'memref<3xf32, #gpu.address_space<workgroup>>'}}
  %ring = tile.ring "r" of %m, %n from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>, memref<3xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @same() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{is of memory that tile.shared gives the CTA, each once and in no other ring, with as many slots as the first, found 'memref<2x8xf32, #gpu.address_space<workgroup>>'}}
  %ring = tile.ring "r" of %m, %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>, memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @two() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{is of memory that tile.shared gives the CTA, each once and in no other ring, with as many slots as the first, found}}
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  %other = tile.ring "s" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @offset() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.ring' op starts at a multiple of 8 bytes, found 4}}
  %ring = tile.ring "r" of %m from "a" to "b" offset(4) : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @stranger() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.ring' op goes from one role of its kernel to another, found 'a' and 'c'}}
  %ring = tile.ring "r" of %m from "a" to "c" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @itself() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.ring' op goes from one role of its kernel to another, found 'a' and 'a'}}
  %ring = tile.ring "r" of %m from "a" to "a" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @shallow() warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.ring' op has a slot at least for each of the 3 warps of role 'a', found 2}}
  %ring = tile.ring "r" of %m from "a" each to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(3) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

// T26: slots are taken, used and handed on.

tile.kernel @taken() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
      // expected-error@+1 {{'tile.acquire' op is of ring 'r', whose producer is role 'a', found it in role 'b'}}
      %s = tile.acquire %ring[%c0]
      tile.commit %ring[%s]
    }
  }
  tile.return
}

// -----

tile.kernel @outside() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  // expected-error@+1 {{'tile.wait' op is of ring 'r', whose consumer is role 'b', found it in no role}}
  %s = tile.wait %ring[%c0]
  tile.release %ring[%s]
  tile.return
}

// -----

tile.kernel @kept() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      // expected-error@+1 {{'tile.acquire' op has a tile.commit of its slot behind it in the same block}}
      %s = tile.acquire %ring[%c0]
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @unread() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
      // expected-error@+1 {{'tile.wait' op has a tile.release of its slot behind it in the same block}}
      %s = tile.wait %ring[%c0]
    }
  }
  tile.return
}

// -----

tile.kernel @again() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      // expected-error@+1 {{'tile.acquire' op has one tile.commit, found two}}
      %s = tile.acquire %ring[%c0]
      tile.commit %ring[%s]
      tile.commit %ring[%s]
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @inner() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      // expected-error@+1 {{'tile.acquire' op has a tile.commit of its slot behind it in the same block}}
      %s = tile.acquire %ring[%c0]
      %is = arith.cmpi eq, %c0, %c0 : index
      scf.if %is {
        tile.commit %ring[%s]
      }
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @late() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      %s = tile.acquire %ring[%c0]
      tile.commit %ring[%s]
      // expected-error@+1 {{'tile.store' op uses a slot of ring 'r' behind its tile.commit}}
      tile.store %x, %m[%s, %c0] along [] : f32, memref<2x8xf32, #gpu.address_space<workgroup>>
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @late_load() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
      %s = tile.wait %ring[%c0]
      tile.release %ring[%s]
      // expected-error@+1 {{'tile.load' op uses a slot of ring 'r' behind its tile.release}}
      %0 = tile.load %m[%s, %c0] along [] : memref<2x8xf32, #gpu.address_space<workgroup>> -> f32
    }
  }
  tile.return
}

// -----

tile.kernel @arithmetic() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      %s = tile.acquire %ring[%c0]
      // expected-error@+1 {{'arith.addi' op takes a slot of ring 'r', which is only an index of its buffers}}
      %t = arith.addi %s, %s : index
      tile.commit %ring[%s]
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @axis() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      %s = tile.acquire %ring[%c0]
      // expected-error@+1 {{'tile.store' op takes a slot of ring 'r', which is only an index of its buffers}}
      tile.store %x, %m[%s, %s] along [] : f32, memref<2x8xf32, #gpu.address_space<workgroup>>
      tile.commit %ring[%s]
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @elsewhere() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %n = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      %s = tile.acquire %ring[%c0]
      // expected-error@+1 {{'tile.store' op takes a slot of ring 'r', which is only an index of its buffers}}
      tile.store %x, %n[%s, %c0] along [] : f32, memref<2x8xf32, #gpu.address_space<workgroup>>
      tile.commit %ring[%s]
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @other() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      // expected-error@+1 {{'tile.commit' op hands on a slot that a tile.acquire of the same ring gives}}
      tile.commit %ring[%c0]
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @released() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
      // expected-error@+1 {{'tile.release' op hands on a slot that a tile.wait of the same ring gives}}
      tile.release %ring[%c0]
    }
  }
  tile.return
}

// -----

// T27: nobody else looks at a ring's buffers.

tile.kernel @anywhere() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
      // expected-error@+1 {{'tile.store' op is of a buffer of ring 'r', at a slot from tile.acquire, or from tile.wait if it loads}}
      tile.store %x, %m[%c0, %c0] along [] : f32, memref<2x8xf32, #gpu.address_space<workgroup>>
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @before() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{is of a buffer of ring 'r', at a slot from tile.acquire, or from tile.wait if it loads}}
  tile.store %x, %m[%c0, %c0] along [] : f32, memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

tile.kernel @written() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : memref<2x8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "r" of %m from "a" to "b" : memref<2x8xf32, #gpu.address_space<workgroup>>
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
      %s = tile.wait %ring[%c0]
      // expected-error@+1 {{'tile.store' op is of a buffer of ring 'r', at a slot from tile.acquire, or from tile.wait if it loads}}
      tile.store %x, %m[%s, %c0] along [] : f32, memref<2x8xf32, #gpu.address_space<workgroup>>
      tile.release %ring[%s]
    }
  }
  tile.return
}
