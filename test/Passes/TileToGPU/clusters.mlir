// RUN: sluice-opt %s --tile-to-gpu --cse | FileCheck %s
// RUN: sluice-opt %s --sluice-tile-to-nvvm | FileCheck %s --check-prefix=NVVM

!buffer = memref<8xf32, #gpu.address_space<workgroup>>

// What all of a cluster's CTAs get is stored in a CTA's own memory as ever, and in
// what its address is for each other one.
// CHECK-LABEL: gpu.func @all
// CHECK-SAME:    known_cluster_size = array<i32: 4, 1, 1>
// CHECK:         %[[START:.*]] = llvm.mlir.addressof @shared
// CHECK:         %[[OWN:.*]] = llvm.getelementptr %[[START]][64]
// CHECK:         %[[RANK:.*]] = gpu.cluster_block_id x
// CHECK:         %[[ONE:.*]] = arith.xori %[[RANK]], %{{.*}}
// CHECK:         %[[ONE32:.*]] = arith.index_cast %[[ONE]] : index to i32
// CHECK:         %[[THERE:.*]] = nvvm.mapa %[[START]], %[[ONE32]] : !llvm.ptr<3> -> !llvm.ptr<7>
// CHECK:         %[[COPY:.*]] = llvm.getelementptr %[[THERE]][64]
// CHECK-COUNT-2: nvvm.mapa %[[START]], {{.*}} : !llvm.ptr<3> -> !llvm.ptr<7>
// CHECK:         scf.if
// CHECK:           llvm.store %[[X:.*]], %[[OWN]] {{.*}} : f32, !llvm.ptr<3>
// CHECK:           llvm.store %[[X]], %[[COPY]] {{.*}} : f32, !llvm.ptr<7>
// CHECK-COUNT-2:   llvm.store %[[X]], {{.*}} : f32, !llvm.ptr<7>
// CHECK-NOT:       llvm.store
// CHECK:         nvvm.cluster.arrive {aligned}
// CHECK-NEXT:    nvvm.cluster.wait {aligned}
// CHECK:         llvm.load %[[OWN]] {{.*}} : !llvm.ptr<3> -> f32
// NVVM:        llvm.func @all
// NVVM-SAME:     nvvm.cluster_dim = array<i32: 4, 1, 1>
// NVVM:          nvvm.read.ptx.sreg.cluster.ctaid.x
tile.kernel @all(%x: f32 {tile.binding = #tile.binding<scale>}, %y: memref<8xf32> {tile.binding = #tile.binding<output "y">})
    warps(1) cluster(4) grid("4") {
  %c0 = arith.constant 0 : index
  %m = tile.shared multicast offset(64) : !buffer
  tile.store %x, %m[%c0] along [] : f32, !buffer
  tile.sync_cluster
  %0 = tile.load %m[%c0] along [] : !buffer -> f32
  tile.store %0, %y[%c0] along [] : f32, memref<8xf32>
  tile.return
}

// One that is stored to is asked for its address; a CTA knows its own.
// CHECK-LABEL: gpu.func @one
// CHECK:         %[[OTHER:.*]] = arith.index_cast %c0{{.*}} : index to i32
// CHECK:         %[[THERE:.*]] = nvvm.mapa %{{.*}}, %[[OTHER]]
// CHECK:         %[[COPY:.*]] = llvm.getelementptr %[[THERE]][64]
// CHECK:         llvm.store %{{.*}}, %[[COPY]] {{.*}} !llvm.ptr<7>
// CHECK-NOT:     nvvm.mapa
// CHECK:         llvm.store %{{.*}} !llvm.ptr<3>
tile.kernel @one(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) cluster(2) grid("2") {
  %c0 = arith.constant 0 : index
  %rank = gpu.cluster_block_id x
  %m = tile.shared multicast offset(64) : !buffer
  tile.store %x, %m[%c0] along [] to(%c0) : f32, !buffer
  tile.store %x, %m[%c0] along [] to(%rank) : f32, !buffer
  tile.return
}
