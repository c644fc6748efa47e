//===- TileMemory.td - global and shared memory ------------*- tablegen -*-===//

#ifndef SLUICE_TILE_MEMORY
#define SLUICE_TILE_MEMORY

include "dialects/Tile/TileOpBase.td"

def Tile_IsPresentOp : Tile_Op<"is_present", [Pure]> {
  let summary = "whether a launch gives an argument";
  let description = [{
    An initial state may be absent. Nothing may be loaded from it then.

    ```mlir
    tile.kernel @f(%S: memref<?x?x8x8xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "S">})
        warps(1) grid("1") {
      %0 = tile.is_present %S : memref<?x?x8x8xf32, strided<[?, ?, ?, 1]>>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Memory:$memory);
  let results = (outs I1:$result);
  let assemblyFormat = "$memory attr-dict `:` type($memory)";
}

def Tile_SharedOp : Tile_Op<"shared", [
    MemoryEffects<[MemAlloc]>]> {
  let summary = "shared memory of a CTA";
  let description = [{
    Memory that all threads of the CTA see, of any content. `offset`, in bytes
    from the start of the CTA's shared memory, is what `tile-allocate-shared`
    chose; memory may be shared with another that is not needed at the same time.

    In a kernel whose warps are apart, memory `by_warp` is a warp's own: warp w's
    is `stride` times w bytes behind `offset`.

    Of memory `multicast` every CTA of a cluster has a copy. What one of them
    stores all get; each loads from its own.

    ```mlir
    tile.kernel @f() warps(1) grid("1") {
      %0 = tile.shared : memref<128xf32, #gpu.address_space<workgroup>>
      %1 = tile.shared offset(512) : memref<4x32xf32, #gpu.address_space<workgroup>>
      tile.return
    }
    tile.kernel @g() warps(4) apart grid("1") {
      %0 = tile.shared by_warp offset(0) stride(512) : memref<128xf32, #gpu.address_space<workgroup>>
      tile.return
    }
    tile.kernel @h() warps(1) cluster(2) grid("2") {
      %0 = tile.shared multicast : memref<128xf32, #gpu.address_space<workgroup>>
      tile.return
    }
    ```
  }];
  let arguments = (ins UnitAttr:$by_warp, UnitAttr:$multicast,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>:$offset,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$stride);
  let results = (outs Tile_Memory:$memory);
  let assemblyFormat = [{
    (`by_warp` $by_warp^)? (`multicast` $multicast^)? (`offset` `(` $offset^ `)`)?
    (`stride` `(` $stride^ `)`)? attr-dict `:` type($memory)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$memory,
                                 CArg<"bool", "false">:$by_warp,
                                 CArg<"bool", "false">:$multicast), [{
    build($_builder, $_state, memory, by_warp, multicast,
          /*offset=*/::mlir::IntegerAttr(), /*stride=*/::mlir::IntegerAttr());
  }]>];
  let hasVerifier = 1;
}

def Tile_SyncWarpOp : Tile_Op<"sync_warp", [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "the threads of a warp wait for one another";
  let description = [{
    What any of them wrote before, all of them see behind it. `gpu.barrier` is
    the same for all threads of a CTA.

    ```mlir
    tile.kernel @f() warps(2) apart grid("1") {
      tile.sync_warp
      tile.return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_SyncClusterOp : Tile_Op<"sync_cluster", [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "the threads of a cluster wait for one another";
  let description = [{
    What any of them stored before, to shared memory of whichever CTA, all of
    them see behind it.

    ```mlir
    tile.kernel @f() warps(2) cluster(2) grid("2") {
      tile.sync_cluster
      tile.return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_LoadOp : Tile_Op<"load", [AttrSizedOperandSegments]> {
  let summary = "a tensor from memory";
  let description = [{
    Axis i of the tensor runs along axis `along[i]` of the memory, each along
    another, from the place at `indices`; without axes the result is the one number there. Elements
    beyond the end of a static axis of the memory, and with `valid` those of the
    tensor's first axis from that number on, do not exist: they are 0, and the
    memory there is not touched. `in_bounds` promises that there are none of the
    former kind.

    ```mlir
    tile.kernel @f(%x: memref<?x?x?x100xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "x">})
        warps(1) grid("1") {
      %c0 = arith.constant 0 : index
      %c7 = arith.constant 7 : index
      %c64 = arith.constant 64 : index
      %0 = tile.load %x[%c0, %c0, %c0, %c64] along [3] : memref<?x?x?x100xbf16, strided<[?, ?, ?, 1]>> -> tensor<64xbf16>
      %1 = tile.load %x[%c0, %c0, %c0, %c0] along [1, 3] valid(%c7) : memref<?x?x?x100xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x100xbf16>
      %2 = tile.load %x[%c0, %c0, %c0, %c7] along [] : memref<?x?x?x100xbf16, strided<[?, ?, ?, 1]>> -> bf16
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$memory,
                       Variadic<Index>:$indices,
                       DenseI64ArrayAttr:$along,
                       Optional<Index>:$valid, UnitAttr:$in_bounds);
  let results = (outs Tile_Value:$result);
  let assemblyFormat = [{
    $memory `[` $indices `]` `along` $along (`valid` `(` $valid^ `)`)?
    (`in_bounds` $in_bounds^)? attr-dict
    `:` type($memory) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_StoreOp : Tile_Op<"store", [AttrSizedOperandSegments]> {
  let summary = "a tensor to memory";
  let description = [{
    The opposite of `tile.load`: elements that exist are written, once, whoever
    holds them. To memory that is `multicast` they are written in the copies of
    all CTAs of the cluster, or in that of the CTA of rank `to`.

    ```mlir
    tile.kernel @f(%x: memref<?x?x?x100xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "x">})
        warps(1) grid("1") {
      %c0 = arith.constant 0 : index
      %0 = arith.constant dense<1.0> : tensor<100xf32>
      tile.store %0, %x[%c0, %c0, %c0, %c0] along [3] : tensor<100xf32>, memref<?x?x?x100xf32, strided<[?, ?, ?, 1]>>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Value:$value,
                       Arg<Tile_Memory, "", [MemWrite]>:$memory,
                       Variadic<Index>:$indices,
                       DenseI64ArrayAttr:$along,
                       Optional<Index>:$valid, Optional<Index>:$to,
                       UnitAttr:$in_bounds);
  let builders = [OpBuilder<(ins "::mlir::Value":$value, "::mlir::Value":$memory,
                                 "::mlir::ValueRange":$indices,
                                 "::llvm::ArrayRef<int64_t>":$along,
                                 "::mlir::Value":$valid, "bool":$in_bounds), [{
    build($_builder, $_state, value, memory, indices, along, valid,
          /*to=*/::mlir::Value(), in_bounds);
  }]>];
  let assemblyFormat = [{
    $value `,` $memory `[` $indices `]` `along` $along (`valid` `(` $valid^ `)`)?
    (`to` `(` $to^ `)`)? (`in_bounds` $in_bounds^)? attr-dict `:` type($value) `,` type($memory)
  }];
  let hasVerifier = 1;
}

def Tile_CopyOp : Tile_Op<"copy", [AttrSizedOperandSegments]> {
  let summary = "a region of global memory to shared memory, asynchronously";
  let description = [{
    Axis i of a region of `shape` runs along axis `from_along[i]` of the global
    memory and along axis `along[i]` of the shared one, from the places at their
    indices; the last axes of both are one axis of the region. Elements that do not exist, as `tile.load`
    has it, arrive as 0; in shared memory all exist.

    The copy takes no registers, and no thread waits for it. The bytes that it
    writes are in flight from the copy to the `tile.wait_copies` that waits for
    its group: until then nobody may read or write them. Copies in flight when
    the kernel ends are an error.

    ```mlir
    tile.kernel @f(%x: memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "x">})
        warps(4) grid("1") {
      %c0 = arith.constant 0 : index
      %c7 = arith.constant 7 : index
      %0 = tile.shared : memref<2x16x72xbf16, #gpu.address_space<workgroup>>
      tile.copy %x[%c0, %c0, %c0, %c0] along [1, 3] to %0[%c0, %c0, %c0] along [1, 2] shape [16, 64] valid(%c7) in_bounds
          : memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>>, memref<2x16x72xbf16, #gpu.address_space<workgroup>>
      tile.commit_copies
      tile.wait_copies 0
      %1 = tile.load %0[%c0, %c0, %c0] along [1, 2] in_bounds : memref<2x16x72xbf16, #gpu.address_space<workgroup>> -> tensor<16x64xbf16>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$from,
                       Variadic<Index>:$from_indices,
                       DenseI64ArrayAttr:$from_along,
                       Arg<Tile_Memory, "", [MemWrite]>:$memory,
                       Variadic<Index>:$indices,
                       DenseI64ArrayAttr:$along,
                       DenseI64ArrayAttr:$shape,
                       Optional<Index>:$valid, UnitAttr:$in_bounds);
  let assemblyFormat = [{
    $from `[` $from_indices `]` `along` $from_along
    `to` $memory `[` $indices `]` `along` $along
    `shape` $shape (`valid` `(` $valid^ `)`)?
    (`in_bounds` $in_bounds^)? attr-dict `:` type($from) `,` type($memory)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The tensor that is copied.
    ::mlir::RankedTensorType getRegionType();
  }];
}

def Tile_CommitCopiesOp : Tile_Op<"commit_copies", [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "the copies since the last group are one";
  let description = [{
    A group of all copies that a warp (or the CTA, where warps are not apart)
    has begun since the last `tile.commit_copies`; it may be empty.

    ```mlir
    tile.kernel @f() warps(1) grid("1") {
      tile.commit_copies
      tile.return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_WaitCopiesOp : Tile_Op<"wait_copies", [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "groups of copies have ended, but for the last";
  let description = [{
    Waits for all groups of copies but the last `pending` that were committed.
    What they wrote may then be read like any store: by other threads behind the
    waits that `tile-insert-barriers` puts there.

    ```mlir
    tile.kernel @f() warps(1) grid("1") {
      tile.commit_copies
      tile.commit_copies
      tile.wait_copies 1
      tile.wait_copies 0
      tile.return
    }
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$pending);
  let assemblyFormat = "$pending attr-dict";
}

#endif // SLUICE_TILE_MEMORY
