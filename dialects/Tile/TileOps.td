//===- TileOps.td - the operations of a kernel -------------*- tablegen -*-===//

#ifndef SLUICE_TILE_OPS
#define SLUICE_TILE_OPS

include "dialects/Tile/TileOpBase.td"

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

include "dialects/Tile/TileMemory.td"
include "dialects/Tile/TileTensors.td"
include "dialects/Tile/TileRoles.td"

#endif // SLUICE_TILE_OPS
