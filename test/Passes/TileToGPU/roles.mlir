// RUN: sluice-opt %s --tile-to-gpu --cse | FileCheck %s --check-prefixes=CHECK,ANY
// RUN: sluice-opt %s --tile-to-gpu=target=sm_80 --cse | FileCheck %s --check-prefixes=CHECK,ANY
// RUN: sluice-opt %s --tile-to-gpu=target=sm_90a --cse | FileCheck %s --check-prefixes=CHECK,HOPPER

!slots = memref<4xf32, #gpu.address_space<workgroup>>

// Thread 0 makes the barriers: of slots that are full, and that are empty. Warps
// take the branch of their role, with the registers that it says: 168 are those
// that 12 warps begin with.
// CHECK-LABEL: gpu.func @roles
// CHECK:         %[[R:.*]] = llvm.getelementptr %{{.*}}[64] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
// CHECK:         scf.if
// CHECK-COUNT-4:   nvvm.mbarrier.init %{{.*}}, %[[C1:.*]] : !llvm.ptr<3>, i32
// CHECK-COUNT-4:   nvvm.mbarrier.init %{{.*}}, %[[C8:.*]] : !llvm.ptr<3>, i32
// CHECK-NOT:       nvvm.mbarrier.init
// CHECK:         gpu.barrier
// CHECK:         %[[WARP:.*]] = arith.divui
// CHECK:         %[[MAKES:.*]] = arith.cmpi ult, %[[WARP]], %[[W4:.*]] : index
// CHECK:         scf.if %[[MAKES]] {
// HOPPER-NEXT:     nvvm.setmaxregister decrease 40
// ANY-NOT:         nvvm.setmaxregister
// A slot is empty when the round before is over, of which there is none at first.
// CHECK:           %[[ROUND:.*]] = arith.divui %[[OWN:.*]], %[[W4]]
// CHECK:           %[[BIT:.*]] = arith.andi %[[ROUND]], %{{.*}}
// CHECK:           %[[SLOT:.*]] = arith.remui %[[OWN]], %[[W4]]
// CHECK:           %[[PARITY:.*]] = arith.xori
// CHECK:           %[[AT:.*]] = arith.addi %[[SLOT]], %[[W4]]
// CHECK:           scf.while
// ANY:               nvvm.mbarrier.test.wait %{{.*}}, %[[PARITY]] : !llvm.ptr<3>, i32 -> i1
// HOPPER:            nvvm.mbarrier.try_wait %{{.*}}, %[[PARITY]] : !llvm.ptr<3>, i32 -> i1
// CHECK:             scf.condition
// CHECK:           llvm.store
// What the warp has written its first lane hands on.
// CHECK:           nvvm.bar.warp.sync
// CHECK:           scf.if
// CHECK-NEXT:        nvvm.mbarrier.arrive
// CHECK:         } else {
// CHECK:           scf.if
// HOPPER-NEXT:       nvvm.setmaxregister increase 232
// ANY-NOT:           nvvm.setmaxregister
// CHECK:             nvvm.barrier id = %{{.*}} number_of_threads = %{{.*}}
// CHECK:             scf.while
// CHECK:             nvvm.bar.warp.sync
// CHECK:             scf.if
// CHECK-NEXT:          nvvm.mbarrier.arrive
// CHECK:         gpu.return
tile.kernel @roles() warps(12) apart grid("1") {
  %x = arith.constant 1.0 : f32
  %m = tile.shared offset(0) : !slots
  %r = tile.ring "r" of %m from "make" each to "own" offset(64) : !slots
  gpu.barrier
  tile.roles {
    tile.role "make" warps(4) registers(40) (%warp) {
      %s = tile.acquire %r[%warp]
      tile.store %x, %m[%s] along [] : f32, !slots
      tile.commit %r[%s]
    }
    tile.role "own" warps(8) registers(232) (%warp) {
      %c0 = arith.constant 0 : index
      tile.sync_role
      %s = tile.wait %r[%c0]
      %0 = tile.load %m[%s] along [] : !slots -> f32
      tile.release %r[%s]
    }
  }
  tile.return
}
