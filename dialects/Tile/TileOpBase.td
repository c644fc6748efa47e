//===- TileOpBase.td - what operations have in common ------*- tablegen -*-===//

#ifndef SLUICE_TILE_OP_BASE
#define SLUICE_TILE_OP_BASE

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

#endif // SLUICE_TILE_OP_BASE
