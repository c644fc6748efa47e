//===- TileInsertBarriers.td - threads wait for each other -*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILEINSERTBARRIERS
#define SLUICE_PASSES_TILEINSERTBARRIERS

include "mlir/Pass/PassBase.td"

def TileInsertBarriers : Pass<"tile-insert-barriers", "::sluice::tile::KernelOp"> {
  let summary = "put barriers between accesses of memory that conflict";
  let description = [{
    Two accesses of shared memory conflict if their places overlap and one of them
    is a store. Of two that conflict, and may follow one another on some path, a
    `gpu.barrier` stands between. The pass walks over the program and remembers
    what was accessed since the last barrier; it puts one before the first
    operation that conflicts with any of that, and none elsewhere: before a loop, if
    anything in it conflicts with what was before. A loop's body also follows itself. All control flow of a kernel is the same for all of its
    threads, so a barrier may stand anywhere.

    Where warps are apart, a `tile.sync_warp` stands between accesses of which only
    one warp's own can meet: of memory `by_warp`, or of the slot of a CTA's buffer
    that the warp's number picks. In clusters a `tile.sync_cluster` stands where one
    of the two is a store to `multicast` memory, before the first such store, as
    other CTAs may not have begun, and behind the last, as one may be gone; the
    number of a warp is that in its cluster, and stores `to` different CTAs do not
    conflict.

    What `tile.copy` writes conflicts with what was before, and, from a
    `tile.wait_copies` on that may have waited for it, with what comes.

    In a `tile.role` it is `tile.sync_role` that stands between. Accesses of a ring's
    buffers conflict only if they are of the same use: what other roles do, and
    other uses, the ring keeps apart.

    A state's final tensor may be the memory of its initial one. So a store of the
    one conflicts with a load of the other, unless every element is one thread's
    in both.

    **Needs** `tile-allocate-shared`, and that nobody looks at what a copy writes
    before its wait. **Guarantees** that no two accesses race.

    This input

    ```mlir
    tile.kernel @f(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %c0 = arith.constant 0 : index
      %0 = tile.shared offset(0) : memref<8xf32, #gpu.address_space<workgroup>>
      tile.store %x, %0[%c0] along [] : f32, memref<8xf32, #gpu.address_space<workgroup>>
      %1 = tile.load %0[%c0] along [] : memref<8xf32, #gpu.address_space<workgroup>> -> f32
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f(
    …
    tile.store
    …
    gpu.barrier
    …
    tile.load
    …
    ```
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
}

#endif // SLUICE_PASSES_TILEINSERTBARRIERS
