//===- TileAttrs.td - attributes of the tile dialect -------*- tablegen -*-===//

#ifndef SLUICE_TILE_ATTRS
#define SLUICE_TILE_ATTRS

include "dialects/Tile/TileDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"

class Tile_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Tile_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Tile_LayoutAttr : Tile_Attr<"Layout", "layout", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "who holds which element of a tensor";
  let description = [{
    A linear map over the field of two elements (Zhou et al., *Linear Layouts*,
    2025): bit i of the number of a register, a lane or a warp moves the element
    by the place that stands i-th in its list, and moves are added by exclusive
    or. So register r of lane l of warp w holds the element at the exclusive or
    of the places of all bits that are set in r, l and w. A place of zeros says
    that the bit changes nothing: both hold the same element. The map is a
    `LinearLayout` of lib/Layout, which has the algebra.

    | parameter | bits of |
    |---|---|
    | `register` | the number of a thread's element |
    | `lane` | the number of a thread in its warp: five |
    | `warp` | the number of a warp in the CTA |

    The accumulator of m16n8k16 holds rows l ÷ 4 and l ÷ 4 + 8, columns
    2 (l mod 4) and the next:

    ```mlir
    #tile.layout<register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
    ```
  }];
  let parameters = (ins AttrParameter<"::sluice::layout::LinearLayout", "",
                        "const ::sluice::layout::LinearLayout &">:$linear);
  let skipDefaultBuilders = 1;
  let builders = [
    AttrBuilder<(ins "const ::sluice::layout::LinearLayout &":$linear), [{
      return $_get($_ctxt, normalize(linear));
    }]>];
  let hasCustomAssemblyFormat = 1;
  let genMnemonicAlias = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    using Places = ::llvm::ArrayRef<::llvm::SmallVector<int64_t>>;
    /// The layout of lists of places, as they are written; null, and an error,
    /// if it is none.
    static LayoutAttr
    getFromPlaces(::llvm::function_ref<::mlir::InFlightDiagnostic()> emitError,
                  ::mlir::MLIRContext *context, unsigned rank,
                  Places registers, Places lanes, Places warps);

    unsigned getRank() const { return getLinear().getOutputs().size(); }
    /// What the map calls an axis.
    ::llvm::StringRef getAxis(unsigned axis) const {
      return getLinear().getOutputs()[axis].name;
    }
    int64_t getNumRegisters() const {
      return int64_t(1) << getLinear().getInputBits(::sluice::layout::kRegister);
    }
    /// The place of an element, one number an axis.
    ::llvm::SmallVector<int64_t> getPlace(int64_t reg, int64_t lane = 0,
                                          int64_t warp = 0) const;
    /// What a thread's number says about an axis: (lane, warp) to the axis.
    ::sluice::layout::LinearLayout getThreadsAlong(unsigned axis) const;
    /// The sizes along each axis that the layout covers: powers of two.
    ::llvm::SmallVector<int64_t> getShape() const;
    /// The layout of what is left when `axis`, of several, is dropped, each element held by
    /// all that held any of its line; registers that hold the same are one.
    LayoutAttr dropAxis(unsigned axis) const;
  }];
}

def Tile_Reduction : I32EnumAttr<"Reduction", "what a reduction computes", [
    I32EnumAttrCase<"Sum", 0, "sum">,
    I32EnumAttrCase<"Max", 1, "max">,
    I32EnumAttrCase<"Min", 2, "min">,
    I32EnumAttrCase<"Product", 3, "product">,
  ]> {
  let cppNamespace = "::sluice::tile";
  let genSpecializedAttr = 0;
  let description = [{
    | case | meaning |
    |---|---|
    | `sum` | the sum; of nothing 0 |
    | `max` | the maximum, NaN where there is one; of nothing −inf |
    | `min` | the minimum, NaN where there is one; of nothing +inf |
    | `product` | the product; of nothing 1 |
  }];
}

def Tile_ReductionAttr
    : EnumAttr<Tile_Dialect, Tile_Reduction, "reduction"> {
  let assemblyFormat = "$value";
}

def Tile_BindingKind : I32EnumAttr<"BindingKind", "what an argument is", [
    I32EnumAttrCase<"Input", 0, "input">,
    I32EnumAttrCase<"Output", 1, "output">,
    I32EnumAttrCase<"Final", 2, "final">,
    I32EnumAttrCase<"Size", 3, "size">,
    I32EnumAttrCase<"Sequences", 4, "sequences">,
    I32EnumAttrCase<"Scale", 5, "scale">,
    I32EnumAttrCase<"Workspace", 6, "workspace">,
  ]> {
  let cppNamespace = "::sluice::tile";
  let genSpecializedAttr = 0;
  let description = [{
    | case | meaning |
    |---|---|
    | `input` | the tensor of an argument of the signature; of a state the initial one, and perhaps not there |
    | `output` | the tensor of an output |
    | `final` | the tensor of a state after the last token |
    | `size` | the size of an axis: B, T, N, H or HV |
    | `sequences` | where packed sequences begin and end, N + 1 numbers; not there if each row is a sequence |
    | `scale` | what `delta.scale` gives |
    | `workspace` | memory between the kernels of one plan, which have it under one name: so many rows, each with a tensor for every value head |
  }];
}

def Tile_BindingAttr : Tile_Attr<"Binding", "binding"> {
  let summary = "what an argument of a kernel is";
  let description = [{
    A kernel's argument says by its attribute `tile.binding` what a launch gives
    for it; `name` is that of the tensor or of the axis, `rows` how many a
    workspace has, an expression of the sizes of a run.

    ```mlir
    #tile.binding<input "q">
    #tile.binding<size "T">
    #tile.binding<scale>
    #tile.binding<workspace "pairs0" rows "ceildiv(B * T, 16) + N">
    ```
  }];
  let parameters = (ins EnumParameter<Tile_BindingKind>:$kind,
                        OptionalParameter<"::mlir::StringAttr">:$name,
                        OptionalParameter<"::mlir::StringAttr">:$rows);
  let assemblyFormat = "`<` custom<Binding>($kind, $name, $rows) `>`";
  let builders = [
    AttrBuilder<(ins "BindingKind":$kind, CArg<"::mlir::StringAttr", "{}">:$name), [{
      return $_get($_ctxt, kind, name, ::mlir::StringAttr());
    }]>];
  let genVerifyDecl = 1;
}

#endif // SLUICE_TILE_ATTRS
