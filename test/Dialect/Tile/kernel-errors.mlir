// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/Tile.

// T3: names of bindings.

// expected-error@+1 {{the binding 'input' has a name}}
#a = #tile.binding<input>

// -----

// expected-error@+1 {{the binding 'size' has a name}}
#a = #tile.binding<size>

// -----

// expected-error@+1 {{the binding 'scale' has no name}}
#a = #tile.binding<scale "scale">

// -----

// expected-error@+1 {{the binding 'workspace' has a name}}
#a = #tile.binding<workspace rows "N">

// -----

// expected-error@+1 {{the binding 'workspace' has rows}}
#a = #tile.binding<workspace "pairs0">

// -----

// expected-error@+1 {{the binding 'output' has no rows}}
#a = #tile.binding<output "o" rows "N">

// -----

// T4: warps, CTAs of a multiprocessor, a grid's axes.

// expected-error@+1 {{'tile.kernel' op has a power of two of warps, at most 32, found 3}}
tile.kernel @three() warps(3) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op has a power of two of warps, at most 32, found 64}}
tile.kernel @many() warps(64) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{attribute 'warps' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
tile.kernel @none() warps(0) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op is for at most 32 CTAs in a multiprocessor, found 4294967297}}
tile.kernel @crowd() warps(1) ctas(4294967297) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op has a grid of one to three axes, found 0}}
tile.kernel @point() warps(1) grid() {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op has a grid of one to three axes, found 4}}
tile.kernel @hyper() warps(1) grid("1", "1", "1", "1") {
  tile.return
}

// -----

// T5: what a launch gives has the type of its kind; it gets nothing.

// expected-error@+1 {{'tile.kernel' op gives nothing back, found 1 results}}
"tile.kernel"() <{function_type = () -> f32, grid = ["1"], sym_name = "results", warps = 1 : i64}> ({
  "tile.return"() : () -> ()
}) : () -> ()

// -----

// expected-error@+1 {{'tile.kernel' op says by tile.binding what each argument is, and does not of argument 1}}
tile.kernel @unbound(%scale: f32 {tile.binding = #tile.binding<scale>}, %x: f32) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op takes f32 for 'scale', found 'f64' as argument 0}}
tile.kernel @scale(%scale: f64 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op takes an index for 'size', found 'i64' as argument 0}}
tile.kernel @size(%T: i64 {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op takes memref<?xi64> for 'sequences', found 'memref<4xi64>' as argument 0}}
tile.kernel @starts(%starts: memref<4xi64> {tile.binding = #tile.binding<sequences>}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op takes global memory: a memref of f32, f16 or bf16, of one to four axes, dense along the last and without an offset, for 'input', found 'tensor<8xf32>' as argument 0}}
tile.kernel @tensor(%x: tensor<8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{takes global memory: a memref of f32, f16 or bf16, of one to four axes, dense along the last and without an offset, for 'output', found 'memref<8xf32, #gpu.address_space<workgroup>>' as argument 0}}
tile.kernel @shared(%x: memref<8xf32, #gpu.address_space<workgroup>> {tile.binding = #tile.binding<output "x">}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{takes global memory: a memref of f32, f16 or bf16, of one to four axes, dense along the last and without an offset, for 'final', found 'memref<f32>' as argument 0}}
tile.kernel @point(%x: memref<f32> {tile.binding = #tile.binding<final "x">}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{takes global memory: a memref of f32, f16 or bf16, of one to four axes, dense along the last and without an offset, for 'input', found 'memref<8xf64>' as argument 0}}
tile.kernel @double(%x: memref<8xf64> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{takes global memory: a memref of f32, f16 or bf16, of one to four axes, dense along the last and without an offset, for 'input', found 'memref<?x8xf32, strided<[?, ?]>>' as argument 0}}
tile.kernel @columns(%x: memref<?x8xf32, strided<[?, ?]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  tile.return
}

// -----

// expected-error@+1 {{takes global memory: a memref of f32, f16 or bf16, of one to four axes, dense along the last and without an offset, for 'input', found 'memref<?x8xf32, strided<[?, 1], offset: 4>>' as argument 0}}
tile.kernel @offset(%x: memref<?x8xf32, strided<[?, 1], offset: 4>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  tile.return
}

// -----

// T6: layouts are of the kernel's warps, of results and of a loop's arguments.

tile.kernel @warps(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(2) grid("1") {
  // expected-error@+1 {{'tile.broadcast' op is in a kernel of 2 warps, so its layout has 1 places of warps, found 0}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>
  tile.return
}

// -----

// Warps that are apart have their own values, so no layout has places of them.

tile.kernel @apart(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(2) apart grid("1") {
  %0 = tile.broadcast %scale along [] : f32 -> tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>
  // expected-error@+1 {{'tile.broadcast' op is in a kernel of 2 warps apart, so its layout has 0 places of warps, found 1}}
  %1 = tile.broadcast %scale along [] : f32 -> tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[0]]>>
  tile.return
}

// -----

// T13: tensors that a CTA can hold.

tile.kernel @point() warps(1) grid("1") {
  // expected-error@+1 {{'arith.constant' op is in a kernel, so a tensor has one to 4 axes of known sizes, and 1 to 1048576 elements, found 'tensor<f32>'}}
  %0 = arith.constant dense<1.0> : tensor<f32>
  tile.return
}

// -----

tile.kernel @axes(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // expected-error@+1 {{'tile.broadcast' op is in a kernel, so a tensor has one to 4 axes of known sizes, and 1 to 1048576 elements, found 'tensor<2x2x2x2x2xf32>'}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<2x2x2x2x2xf32>
  tile.return
}

// -----

tile.kernel @unknown(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // expected-error@+1 {{found 'tensor<?xf32>'}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<?xf32>
  tile.return
}

// -----

tile.kernel @empty(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // expected-error@+1 {{found 'tensor<4x0xf32>'}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<4x0xf32>
  tile.return
}

// -----

tile.kernel @huge(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // expected-error@+1 {{found 'tensor<4294967296x4294967296xf32>'}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<4294967296x4294967296xf32>
  tile.return
}

// -----

// T14: elementwise operations look at one thread's elements.

tile.kernel @elementwise() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>
  %1 = arith.constant dense<1> : tensor<64xi32, #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>>
  // expected-error@+1 {{'math.fpowi' op is elementwise, so its tensors have one layout, found 'tensor<64xi32, #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>>' and 'tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>'}}
  %2 = math.fpowi %0, %1 : tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>, tensor<64xi32, #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>>
  tile.return
}

// -----

// T15: passes know what a kernel's control flow is.

tile.kernel @while(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  // expected-error@+1 {{'scf.while' op is in a kernel, whose control flow is scf.for and scf.if}}
  %0 = scf.while (%i = %T) : (index) -> index {
    %more = arith.constant false
    scf.condition(%more) %i : index
  } do {
  ^bb0(%i: index):
    scf.yield %i : index
  }
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op region #0 ('body') failed to verify constraint: region with 1 blocks}}
tile.kernel @blocks() warps(1) grid("1") {
  cf.br ^end
^end:
  tile.return
}

// -----

// T16: a tensor's constant.

tile.kernel @constant() warps(1) grid("1") {
  // expected-error@+1 {{'arith.constant' op is in a kernel, so a tensor's constant is one number, repeated}}
  %0 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  tile.return
}

// -----

// T19: only warps that are apart have something of their own.

tile.kernel @sync() warps(2) grid("1") {
  // expected-error@+1 {{'tile.sync_warp' op tells warps apart, so it is in a kernel whose warps are apart}}
  tile.sync_warp
  tile.return
}

// -----

tile.kernel @number() warps(2) grid("1") {
  // expected-error@+1 {{'gpu.subgroup_id' op tells warps apart, so it is in a kernel whose warps are apart}}
  %0 = gpu.subgroup_id : index
  tile.return
}

// -----

tile.kernel @memory() warps(2) grid("1") {
  // expected-error@+1 {{'tile.shared' op tells warps apart, so it is in a kernel whose warps are apart}}
  %0 = tile.shared by_warp : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

// T4: the CTAs of a cluster.

// expected-error@+1 {{'tile.kernel' op has a power of two of CTAs in a cluster, at most 8, found 3}}
tile.kernel @three() warps(1) cluster(3) grid("3") {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op has a power of two of CTAs in a cluster, at most 8, found 16}}
tile.kernel @many() warps(1) cluster(16) grid("16") {
  tile.return
}

// -----

// expected-error@+1 {{attribute 'cluster' failed to satisfy constraint}}
tile.kernel @none() warps(1) cluster(0) grid("1") {
  tile.return
}

// -----

// T28: only CTAs of a cluster have anything in common.

tile.kernel @sync() warps(1) grid("1") {
  // expected-error@+1 {{'tile.sync_cluster' op is of a cluster, so it is in a kernel whose CTAs are in clusters}}
  tile.sync_cluster
  tile.return
}

// -----

tile.kernel @memory() warps(1) grid("1") {
  // expected-error@+1 {{'tile.shared' op is of a cluster, so it is in a kernel whose CTAs are in clusters}}
  %0 = tile.shared multicast : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

tile.kernel @rank() warps(1) grid("1") {
  // expected-error@+1 {{'gpu.cluster_block_id' op is of a cluster, so it is in a kernel whose CTAs are in clusters}}
  %0 = gpu.cluster_block_id x
  tile.return
}

// -----

tile.kernel @roles() warps(2) cluster(2) apart grid("2") {
  // expected-error@+1 {{'tile.roles' op has rings of one CTA, so it is in a kernel whose CTAs are not in clusters}}
  tile.roles {
    tile.role "a" warps(1) (%warp) {
    }
    tile.role "b" warps(1) (%warp) {
    }
  }
  tile.return
}

// -----

// T7: memory is a warp's own or has copies.

tile.kernel @both() warps(2) cluster(2) apart grid("2") {
  // expected-error@+1 {{'tile.shared' op is by_warp, a warp's own, or multicast, found both}}
  %0 = tile.shared by_warp multicast : memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}

// -----

// T29: only memory that has copies is stored to in one of them.

tile.kernel @to(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) cluster(2) grid("2") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared : memref<8xf32, #gpu.address_space<workgroup>>
  // expected-error@+1 {{'tile.store' op is to the copy of one CTA, so its memory is multicast shared memory}}
  tile.store %x, %0[%c0] along [] to(%c0) : f32, memref<8xf32, #gpu.address_space<workgroup>>
  tile.return
}
