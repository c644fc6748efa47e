//===- TileTensors.td - operations on tensors --------------*- tablegen -*-===//

#ifndef SLUICE_TILE_TENSORS
#define SLUICE_TILE_TENSORS

include "dialects/Tile/TileOpBase.td"

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

#endif // SLUICE_TILE_TENSORS
