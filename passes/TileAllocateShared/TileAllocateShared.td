//===- TileAllocateShared.td - places in shared memory -----*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILEALLOCATESHARED
#define SLUICE_PASSES_TILEALLOCATESHARED

include "mlir/Pass/PassBase.td"

def TileAllocateShared : Pass<"tile-allocate-shared", "::sluice::tile::KernelOp"> {
  let summary = "say where in shared memory each buffer is";
  let description = [{
    Gives every `tile.shared` its offset, a multiple of 16 bytes. As long as all
    buffers of a kernel fit `apart` bytes each has its own place: places that are
    used again cost barriers. Otherwise buffers share a place where one is not
    used any more when the next begins to be, largest first at the lowest place
    that is free all its time. A buffer lives from its `tile.shared` to its last
    access, in the order of the program; in a loop that it was there before,
    throughout.

    A buffer that `tile.copy` writes is needed to the end, as what is in flight
    may still come. One in a `tile.role` is needed as long as any role goes on.
    Each `tile.ring` has a place for its barriers.

    Buffers `by_warp` lie behind those of the CTA, in one part for each warp: all
    have the part's size as their stride. If that fits `most`, no two of them in turn
    share a place, so that what passes through one need not wait for the other.

    **Needs** nothing. **Guarantees** that every buffer has an offset, and that
    the kernel says in `tile.shared_bytes` how much there is in all. Fails if that
    is more than `most`.

    This input

    ```mlir
    tile.kernel @f() warps(1) grid("1") {
      %0 = tile.shared : memref<5xf32, #gpu.address_space<workgroup>>
      %1 = tile.shared : memref<8xf32, #gpu.address_space<workgroup>>
      tile.return
    }
    ```

    becomes

    ```mlir
    tile.kernel @f() warps(1) grid("1") attributes {tile.shared_bytes = 64 : i64} {
      %0 = tile.shared offset(0) : memref<5xf32, #gpu.address_space<workgroup>>
      %1 = tile.shared offset(32) : memref<8xf32, #gpu.address_space<workgroup>>
      tile.return
    }
    ```
  }];
  let options = [
    Option<"apart", "apart", "int64_t", "16384",
           "bytes up to which no place is used twice">,
    Option<"most", "most", "int64_t", "101376",
           "bytes that a CTA may have: those of the target">,
  ];
  let dependentDialects = ["::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILEALLOCATESHARED
