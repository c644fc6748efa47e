//===- TileOps.td - the operations of a kernel -------------*- tablegen -*-===//

#ifndef SLUICE_TILE_OPS
#define SLUICE_TILE_OPS

include "dialects/Tile/TileAttrs.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tile_Op<string mnemonic, list<Trait> traits = []>
    : Op<Tile_Dialect, mnemonic, traits>;

/// Numbers, and what is compared and chosen by.
def Tile_Element : AnyTypeOf<[F32, F16, BF16, I32, I1]>;
def Tile_Tensor : RankedTensorOf<[F32, F16, BF16, I32, I1]>;
def Tile_FloatTensor : RankedTensorOf<[F32, F16, BF16]>;
/// A tensor, or one number.
def Tile_Value : AnyTypeOf<[Tile_Tensor, Tile_Element]>;
def Tile_Starts
    : Type<CPred<"::sluice::tile::isStarts($_self)">, "memref<?xi64>", "::mlir::MemRefType">,
      BuildableType<"::mlir::MemRefType::get({::mlir::ShapedType::kDynamic}, $_builder.getI64Type())">;
def Tile_Memory
    : Type<CPred<"::sluice::tile::isMemory($_self)">,
           "1D/2D/3D/4D memref of 32-bit float or 16-bit float or bfloat16 type values, "
           "dense along its last axis and without an offset", "::mlir::MemRefType">;

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

def Tile_KernelOp : Tile_Op<"kernel", [
    IsolatedFromAbove, FunctionOpInterface, AutomaticAllocationScope]> {
  let summary = "what a CTA runs";
  let description = [{
    A function without results, run once by each CTA of a grid, by `warps` warps
    of 32 threads. All of them take the same way through it, in loops (`scf.for`)
    and branches (`scf.if`). `grid` has one expression of the sizes of a run for each axis
    of the grid (sizes, integers, `+`, `-`, `*`, `ceildiv(a, b)`, `min`, `max`).
    `ctas` is how many CTAs a multiprocessor is to hold at least, which bounds
    the registers of a thread; 1 if nothing is said.

    Values are the CTA's, unless the kernel's warps are `apart`: then each warp
    has values of its own, which `gpu.subgroup_id` tells apart, and layouts have
    no places of warps. They still take the same way, and meet in shared memory;
    but in `tile.roles` each role takes its own.

    `cluster` is how many CTAs, next to one another along the first axis of the
    grid, are a cluster: they run at the same time, take the same way, and store
    to one another's `multicast` memory. `gpu.cluster_block_id x` is a CTA's rank
    in its cluster. The grid has whole clusters.

    Each argument says by `tile.binding` what it is. The attribute
    `delta.signature` is that of the recurrence.

    ```mlir
    tile.kernel @copy(%x: memref<?x?x?x128xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "x">},
                      %y: memref<?x?x?x128xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "y">})
        warps(4) grid("T", "B") {
      %t = gpu.block_id x
      %b = gpu.block_id y
      %c0 = arith.constant 0 : index
      %0 = tile.load %x[%b, %t, %c0, %c0] along [3] : memref<?x?x?x128xf32, strided<[?, ?, ?, 1]>> -> tensor<128xf32>
      tile.store %0, %y[%b, %t, %c0, %c0] along [3] : tensor<128xf32>, memref<?x?x?x128xf32, strided<[?, ?, ?, 1]>>
      tile.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       ConfinedAttr<I64Attr, [IntPositive]>:$warps,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$ctas,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$cluster,
                       UnitAttr:$apart,
                       StrArrayAttr:$grid,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    static constexpr ::llvm::StringLiteral getBindingName() {
      return "tile.binding";
    }
    /// The discardable attribute that says how much shared memory there is.
    static constexpr ::llvm::StringLiteral getSharedBytesName() {
      return "tile.shared_bytes";
    }
    /// How many warps share a tensor: all, or each has its own.
    int64_t getWarpsOfTensors() {
      return getApart() ? 1 : static_cast<int64_t>(getWarps());
    }
    /// What an argument is.
    BindingAttr getBinding(unsigned index) {
      return getArgAttrOfType<BindingAttr>(index, getBindingName());
    }
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return {}; }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

def Tile_ReturnOp : Tile_Op<"return", [
    Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "the end of a kernel";
  let description = [{
    ```mlir
    tile.kernel @nothing() warps(1) grid("1") {
      tile.return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

def Tile_SequenceOp : Tile_Op<"sequence", [
    MemoryEffects<[MemRead]>]> {
  let summary = "where a sequence's tokens are";
  let description = [{
    The row, the first token and the token after the last of sequence number
    `sequence`. Where `starts` is not there, row n is sequence n, of all `tokens`
    tokens. Else all sequences are packed in row 0, and sequence n has the tokens
    from starts[n] to starts[n + 1].

    ```mlir
    tile.kernel @lengths(%starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
                         %T: index {tile.binding = #tile.binding<size "T">})
        warps(1) grid("N") {
      %n = gpu.block_id x
      %row, %begin, %end = tile.sequence %n of %starts tokens(%T)
      tile.return
    }
    ```
  }];
  let arguments = (ins Index:$sequence, Tile_Starts:$starts, Index:$tokens);
  let results = (outs Index:$row, Index:$begin, Index:$end);
  let assemblyFormat = "$sequence `of` $starts `tokens` `(` $tokens `)` attr-dict";
}

def Tile_PieceOp : Tile_Op<"piece", [
    MemoryEffects<[MemRead]>]> {
  let summary = "the piece of a sequence that has a number";
  let description = [{
    All `sequences` are cut in pieces of `size` tokens, of which the last of a
    sequence may be short; of a sequence without tokens there is one, which has
    none. With b tokens before sequence n, in all rows, its pieces have the numbers
    from ⌊b ÷ size⌋ + n on. No two pieces have the same, and none is as large as
    ⌈tokens of all rows ÷ size⌉ + sequences: so a grid, or memory with a row for
    each piece, has a size that depends on sizes alone. Some numbers are of no piece.

    The results are the sequence, its row, the piece's first token and the token
    after its last, and whether it is the last of its sequence. A number of no
    piece gives no tokens, and is not the last. `starts` and `tokens` are as of
    `tile.sequence`.

    ```mlir
    tile.kernel @chunks(%starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
                        %T: index {tile.binding = #tile.binding<size "T">},
                        %N: index {tile.binding = #tile.binding<size "N">})
        warps(1) grid("ceildiv(B * T, 16) + N") {
      %i = gpu.block_id x
      %sequence, %row, %begin, %end, %last = tile.piece %i of %starts tokens(%T) sequences(%N) size(16)
      tile.return
    }
    ```
  }];
  let arguments = (ins Index:$number, Tile_Starts:$starts, Index:$tokens,
                       Index:$sequences,
                       ConfinedAttr<I64Attr, [IntPositive]>:$size);
  let results = (outs Index:$sequence, Index:$row, Index:$begin, Index:$end,
                      I1:$is_last);
  let assemblyFormat = [{
    $number `of` $starts `tokens` `(` $tokens `)` `sequences` `(` $sequences `)`
    `size` `(` $size `)` attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "a tensor repeated along new axes";
  let description = [{
    Axis i of the operand is axis `along[i]` of the result, which is the same
    along its others, of which there is one at least. A number has no axis.

    ```mlir
    tile.kernel @f(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %0 = tile.broadcast %scale along [] : f32 -> tensor<8xf32>
      %1 = tile.broadcast %0 along [0] : tensor<8xf32> -> tensor<8x4xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Value:$operand, DenseI64ArrayAttr:$along);
  let results = (outs Tile_Tensor:$result);
  let assemblyFormat = [{
    $operand `along` $along attr-dict `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_PlaceOp : Tile_Op<"place", [Pure]> {
  let summary = "where along an axis each element stands";
  let description = [{
    Element i, j, … of the result is its number along `axis`: for masks, by
    comparisons of `arith`.

    ```mlir
    tile.kernel @f() warps(1) grid("1") {
      %0 = tile.place axis(0) : tensor<8x8xi32>
      %1 = tile.place axis(1) : tensor<8x8xi32>
      %2 = arith.cmpi sge, %0, %1 : tensor<8x8xi32>
      tile.return
    }
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs RankedTensorOf<[I32]>:$result);
  let assemblyFormat = "`axis` `(` $axis `)` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_PrefixOp : Tile_Op<"prefix", [
    Pure, AllTypesMatch<["operand", "result"]>]> {
  let summary = "sums or products of what stands before, along the first axis";
  let description = [{
    Row t of the result is the sum (product, maximum, minimum) of the operand's
    rows u < t, of nothing for the first. With `reverse` of the rows u > t. With
    `block` rows count that are in the same block of so many rows.

    ```mlir
    tile.kernel @f(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %a = tile.broadcast %x along [] : f32 -> tensor<16x8xf32>
      %0 = tile.prefix product %a : tensor<16x8xf32>
      %1 = tile.prefix sum %a reverse block(4) : tensor<16x8xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_ReductionAttr:$kind, Tile_FloatTensor:$operand,
                       UnitAttr:$reverse,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$block);
  let results = (outs Tile_FloatTensor:$result);
  let assemblyFormat = [{
    `` $kind $operand (`reverse` $reverse^)? (`block` `(` $block^ `)`)? attr-dict
    `:` type($result)
  }];
}

def Tile_InverseOp : Tile_Op<"inverse", [
    Pure, AllTypesMatch<["operand", "result"]>]> {
  let summary = "inverses of the diagonal blocks of a triangular system";
  let description = [{
    T = (I − N)⁻¹ in each diagonal block of `block` rows, of which the last may
    be short, where N is the operand's part strictly below the diagonal: its other
    entries are not looked at. Outside of the blocks and above the diagonal T
    is 0. In a block

      T_ij = [i = j] + Σ_{j ≤ t < i} N_it T_tj

    by substitution in float32, an exact product and a sum at a time: each row
    that is known is added to all later ones.

    ```mlir
    tile.kernel @f(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %n = tile.broadcast %x along [] : f32 -> tensor<40x40xf32>
      %t = tile.inverse %n block(16) : tensor<40x40xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32]>:$operand,
                       ConfinedAttr<I64Attr, [IntPositive]>:$block);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = "$operand `block` `(` $block `)` attr-dict `:` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Rows of the largest block: code grows with their square.
    static constexpr int64_t kMostBlock = 64;
    /// Rows of a block that may exist, to the next power of two.
    int64_t getRowsOfBlock();
  }];
}

def Tile_DotOp : Tile_Op<"dot", [
    Pure, OptionalTypesMatchWith<"a product is added into one of its type",
                                 "result", "into", "$_self">]> {
  let summary = "the product of two matrices";
  let description = [{
    c_mn + Σ_k a_mk b_kn, where c is what the product is added `into`, or 0. With
    `transpose_lhs` the left operand is given as k × m, with `transpose_rhs` the
    right one as n × k. Products are exact, and sums float32: what the operands'
    type cannot hold is lost before. Operands in bf16 or f16 are multiplied by
    tensor cores, in float32 one by one.

    ```mlir
    tile.kernel @f(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %a = tile.broadcast %x along [] : f32 -> tensor<16x8xf32>
      %b = tile.broadcast %x along [] : f32 -> tensor<8x32xf32>
      %0 = tile.dot %a, %b : tensor<16x8xf32>, tensor<8x32xf32> -> tensor<16x32xf32>
      %1 = tile.dot %a, %a transpose_rhs : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
      %2 = tile.dot %a, %b into %0 : tensor<16x8xf32>, tensor<8x32xf32> -> tensor<16x32xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32, F16, BF16]>:$lhs,
                       2DTensorOf<[F32, F16, BF16]>:$rhs,
                       Optional<2DTensorOf<[F32]>>:$into,
                       UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs);
  let results = (outs 2DTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`transpose_lhs` $transpose_lhs^)?
    (`transpose_rhs` $transpose_rhs^)? (`into` $into^)? attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$lhs,
                                 "::mlir::Value":$rhs, "bool":$transpose_lhs,
                                 "bool":$transpose_rhs), [{
    build($_builder, $_state, result, lhs, rhs, /*into=*/::mlir::Value(),
          transpose_lhs, transpose_rhs);
  }]>];
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "a sum, maximum or minimum along an axis";
  let description = [{
    The result has the operand's other axes; without any it is a number. The
    order is that of the layout: registers, then lanes, as a tree.

    With `by_warp` the warps stay apart: the result's axis `axis` counts what
    the bits of a warp's number that move along it tell apart, and has one
    element for each.

    ```mlir
    tile.kernel @f(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %0 = tile.broadcast %scale along [] : f32 -> tensor<8x4xf32>
      %1 = tile.reduce sum %0 axis(0) : tensor<8x4xf32> -> tensor<4xf32>
      %2 = tile.reduce max %1 axis(0) : tensor<4xf32> -> f32
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_ReductionAttr:$kind, Tile_FloatTensor:$operand,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       UnitAttr:$by_warp);
  let results = (outs Tile_Value:$result);
  let assemblyFormat = [{
    `` $kind $operand `axis` `(` $axis `)` (`by_warp` $by_warp^)? attr-dict
    `:` type($operand) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Returns true if no warps that differ along `axis` differ along another
    /// axis, too, so that they can be left apart.
    static bool canLeaveWarpsApart(LayoutAttr layout, unsigned axis);
    /// The type of a reduction's result.
    static ::mlir::Type inferType(::mlir::RankedTensorType operand,
                                  unsigned axis, bool byWarp);
  }];
  let builders = [
    OpBuilder<(ins "Reduction":$kind, "::mlir::Value":$operand, "unsigned":$axis,
               CArg<"bool", "false">:$by_warp), [{
      auto type = ::llvm::cast<::mlir::RankedTensorType>(operand.getType());
      build($_builder, $_state, inferType(type, axis, by_warp), kind, operand,
            axis, by_warp);
    }]>];
}

def Tile_ConvertOp : Tile_Op<"convert", [
    Pure, AllShapesMatch<["operand", "result"]>,
    AllElementTypesMatch<["operand", "result"]>]> {
  let summary = "the same tensor, held by others";
  let description = [{
    The result is the operand; their encodings differ.

    ```mlir
    tile.kernel @f(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
      %0 = tile.broadcast %scale along [] : f32 -> tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>
      %1 = tile.convert %0 : tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>
                          -> tensor<64xf32, #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tensor:$operand);
  let results = (outs Tile_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// Who shall hold the tensor, in axes as long as those of the operand's
    /// layout: what lies beyond does not exist.
    ::sluice::layout::LinearLayout getWanted();
    /// The register of the operand for each of the result, if each thread has
    /// what it needs.
    std::optional<::sluice::layout::LinearLayout> findRegisters();
    /// The shuffles that bring each thread what it needs, if its warp has that
    /// and elements fit into words.
    std::optional<::sluice::layout::ShufflePlan> planShuffles();
  }];
}

include "dialects/Tile/TileRoles.td"

#endif // SLUICE_TILE_OPS
