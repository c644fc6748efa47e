//===- WYSchedule.td - how a scan is computed, as data -----*- tablegen -*-===//

#ifndef SLUICE_WY_SCHEDULE
#define SLUICE_WY_SCHEDULE

include "dialects/WY/WYAttrs.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

class WY_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<WY_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// What a schedule chooses from
//===----------------------------------------------------------------------===//

def WY_LeafScheme : WY_EnumAttr<"LeafScheme", "how a leaf is evaluated", [
    I32EnumAttrCase<"Pairwise", 0, "pairwise">,
    I32EnumAttrCase<"Shifted", 1, "shifted">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `pairwise` | the decay of each pair of tokens of a leaf by itself |
    | `shifted` | where a bound of the gate allows it the leaf is one product of shifted factors, and pair by pair elsewhere |
  }];
}

def WY_SolveMethod : WY_EnumAttr<"SolveMethod", "how unknowns are found", [
    I32EnumAttrCase<"Substitution", 0, "substitution">,
    I32EnumAttrCase<"Inverse", 1, "inverse">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `substitution` | row by row from the right sides |
    | `inverse` | inverses of small diagonal blocks, then by doubling, and one product with the right sides |
  }];
}

def WY_Precision : WY_EnumAttr<"Precision", "the factors of a product", [
    I32EnumAttrCase<"F32", 0, "f32">,
    I32EnumAttrCase<"TF32", 1, "tf32">,
    I32EnumAttrCase<"BF16", 2, "bf16">,
    I32EnumAttrCase<"BF16x2", 3, "bf16x2">,
    I32EnumAttrCase<"BF16x3", 4, "bf16x3">,
    I32EnumAttrCase<"F16", 5, "f16">,
  ]> {
  let description = [{
    Sums are f32 whichever it is.

    | case | meaning |
    |---|---|
    | `f32` | float32 |
    | `tf32` | float32 with the 10 bits of mantissa that tensor cores take |
    | `bf16` | bfloat16 |
    | `bf16x2` | each factor is the sum of two bf16 numbers: three products |
    | `bf16x3` | each factor is the sum of three bf16 numbers: six products |
    | `f16` | IEEE's half precision: three bits more than bfloat16, and infinite beyond 65504 |

    A factor that comes from a tensor of 16 bits, as it is there, is the sum of
    fewer: of one number in bf16 where the tensor is, of two where it is in f16.
    Its products are as many less, two for `bf16x2` and one where both are such.
  }];
}

def WY_Storage : WY_EnumAttr<"Storage", "how a node's values are held", [
    I32EnumAttrCase<"F32", 0, "f32">,
    I32EnumAttrCase<"F16", 1, "f16">,
    I32EnumAttrCase<"BF16", 2, "bf16">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `f32` | float32 |
    | `f16` | IEEE's half precision |
    | `bf16` | bfloat16 |
  }];
}

def WY_WForm : WY_EnumAttr<"WForm", "whether the W matrix is formed", [
    I32EnumAttrCase<"Automatic", 0, "automatic">,
    I32EnumAttrCase<"Formed", 1, "formed">,
    I32EnumAttrCase<"NotFormed", 2, "not_formed">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `automatic` | as the cost of either says |
    | `formed` | W = T (ã ∘ D) is a matrix of its own, and Y = T v − W S |
    | `not_formed` | Y = T (v − ã ∘ D S) |
  }];
}

def WY_PlacementKind : WY_EnumAttr<"PlacementKind", "which scans a graph becomes", [
    I32EnumAttrCase<"OneKernel", 0, "one_kernel">,
    I32EnumAttrCase<"PreScanPost", 1, "pre_scan_post">,
    I32EnumAttrCase<"Segments", 2, "segments">,
  ]> {
  let description = [{
    | case | meaning |
    |---|---|
    | `one_kernel` | one scan |
    | `pre_scan_post` | what does not depend on the carry, the carry, and what only depends on it, each a scan of its own, joined by channels |
    | `segments` | time is cut, all segments are scanned at once, each with its transition, and joined by a scan |
  }];
}

//===----------------------------------------------------------------------===//
// The part of a target
//===----------------------------------------------------------------------===//

def WY_TargetScheduleAttrInterface : AttrInterface<"TargetScheduleAttrInterface"> {
  let cppNamespace = "::sluice::wy";
  let description = [{
    What a schedule says for one kind of target: sizes that mean nothing
    elsewhere, and what that kind can do.
  }];
  let methods = [
    InterfaceMethod<"Whether products can have factors of that precision.",
        "bool", "hasPrecision", (ins "::sluice::wy::Precision":$precision)>,
    InterfaceMethod<"Whether values can be held that way.",
        "bool", "hasStorage", (ins "::sluice::wy::Storage":$storage)>,
  ];
}

def WY_CPUScheduleAttr : WY_Attr<"CPUSchedule", "cpu_schedule", [
    DeclareAttrInterfaceMethods<WY_TargetScheduleAttrInterface>]> {
  let summary = "how a processor's vectors are used";
  let description = [{
    `lanes`: float32 elements of a vector, a power of two up to 64. `panel`:
    vectors side by side in a panel, 1 to 64: the states are cut in panels of
    lanes · panel columns, which stay in the first-level cache. `block`: chunks
    (tokens, of a step form) whose state-independent values are computed
    together before the panels run through them, 1 to 1024. `registers`: vector
    registers that may be used, 4 to 1024.

    Products are f32, and so are the values that are held.
  }];
  // All are needed; the verifier says so better than the parser.
  let parameters = (ins DefaultValuedParameter<"int64_t", "0">:$lanes,
                        DefaultValuedParameter<"int64_t", "0">:$panel,
                        DefaultValuedParameter<"int64_t", "0">:$block,
                        DefaultValuedParameter<"int64_t", "0">:$registers);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def WY_GPUScheduleAttr : WY_Attr<"GPUSchedule", "gpu_schedule", [
    DeclareAttrInterfaceMethods<WY_TargetScheduleAttrInterface>]> {
  let summary = "how a GPU's CTAs and warps are used";
  let description = [{
    `warps`: warps of a CTA, a power of two up to 32. `value_block`: columns of
    the states that one CTA has, 1 to 2^20; those of a head are spread over as
    many CTAs as that takes. Where columns are not independent it is all of them.
    `ctas`: how many CTAs a multiprocessor is to hold at least, 1 to 32, which
    bounds the registers of a thread; 1 if it is not given.
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "0">:$warps,
                        DefaultValuedParameter<"int64_t", "0">:$value_block,
                        DefaultValuedParameter<"int64_t", "1">:$ctas);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let builders = [
    AttrBuilder<(ins "int64_t":$warps, "int64_t":$value_block), [{
      return $_get($_ctxt, warps, value_block, /*ctas=*/1);
    }]>];
}

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

def WY_PrecisionsAttr : WY_Attr<"Precisions", "precision"> {
  let summary = "how each kind of product is computed";
  let description = [{
    One of `f32`, `tf32`, `bf16`, `bf16x2`, `bf16x3` and `f16` for each kind of
    product. What is not given is `f32`.

    | kind | products |
    |---|---|
    | `scores` | all scores |
    | `solve` | among the blocks of an inverse |
    | `apply` | of scores, or an inverse, with values that the next states depend on |
    | `read` | reads of a state that the next states depend on |
    | `update` | writes into states |
    | `outputs` | of scores with values and reads that nothing but outputs depends on: their errors stay with one token |
  }];
  let parameters = (ins
    DefaultValuedParameter<"Precision", "Precision::F32">:$scores,
    DefaultValuedParameter<"Precision", "Precision::F32">:$apply,
    DefaultValuedParameter<"Precision", "Precision::F32">:$solve,
    DefaultValuedParameter<"Precision", "Precision::F32">:$read,
    DefaultValuedParameter<"Precision", "Precision::F32">:$update,
    DefaultValuedParameter<"Precision", "Precision::F32">:$outputs);
  let assemblyFormat = "`<` struct(params) `>`";
  let extraClassDeclaration = [{
    /// The same of all kinds.
    static PrecisionsAttr getAll(::mlir::MLIRContext *context, Precision precision);
    static PrecisionsAttr getF32(::mlir::MLIRContext *context) {
      return getAll(context, Precision::F32);
    }
  }];
}

def WY_ScheduleAttr : WY_Attr<"Schedule", "schedule"> {
  let summary = "how a recurrence is computed, of all the ways that are equal";
  let description = [{
    A `wy.scan` says what is computed; its schedule says how. `choose-schedule`
    writes it and nothing else does; passes read it. Whatever it says, results
    are those of the recurrence, to rounding.

    | parameter | what it is | default |
    |---|---|---|
    | `chunk` | tokens of a chunk, where the schedule is written down before there is a scan; on a scan, the scan's | none |
    | `leaf` | blocks of so many tokens are not halved any further: a power of two | 1 |
    | `scheme` | the leaf: `pairwise`, or `shifted` where a bound of the gate allows it | `pairwise` |
    | `solve` | `substitution`, or `inverse` | `substitution` |
    | `solve_leaf` | of `inverse`: diagonal blocks of so many tokens are inverted by substitution: a power of two | `leaf` |
    | `w_form` | whether W = T (ã ∘ D) is formed: `formed`, `not_formed`, or `automatic`, by cost | `automatic` |
    | `precision` | of each kind of product: `#wy.precision` | f32 |
    | `storage` | `f32`, `f16` or `bf16`: how values go from node to node | `f32` |
    | `placement` | `one_kernel`, `pre_scan_post` or `segments` | `one_kernel` |
    | `segment` | tokens of a segment, with `segments` only | none |
    | `target` | the part of a target: `#wy.cpu_schedule` or `#wy.gpu_schedule` | none |

    A default is not printed. A `delta.recurrence` that is computed token by
    token carries a schedule of nothing but a target part as its discardable
    attribute `wy.schedule`.

    ```mlir
    wy.scan @sum chunk(4) key(8) value(32)
        schedule(#wy.schedule<chunk = 4, leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> () {
      %0 = wy.update states(%S : tensor<8x32xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x32xf32>) -> tensor<8x32xf32>
      wy.yield %0 : tensor<8x32xf32>
    }
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0">:$chunk,
    DefaultValuedParameter<"int64_t", "1">:$leaf,
    DefaultValuedParameter<"LeafScheme", "LeafScheme::Pairwise">:$scheme,
    DefaultValuedParameter<"SolveMethod", "SolveMethod::Substitution">:$solve,
    DefaultValuedParameter<"int64_t", "0">:$solve_leaf,
    DefaultValuedParameter<"WForm", "WForm::Automatic">:$w_form,
    DefaultValuedParameter<"PrecisionsAttr", "PrecisionsAttr::getF32($_ctxt)">:$precision,
    DefaultValuedParameter<"Storage", "Storage::F32">:$storage,
    DefaultValuedParameter<"PlacementKind", "PlacementKind::OneKernel">:$placement,
    DefaultValuedParameter<"int64_t", "0">:$segment,
    OptionalParameter<"TargetScheduleAttrInterface">:$target);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let builders = [
    AttrBuilder<(ins "TargetScheduleAttrInterface":$target), [{
      return $_get($_ctxt, /*chunk=*/0, /*leaf=*/1, LeafScheme::Pairwise,
                   SolveMethod::Substitution, /*solve_leaf=*/0, WForm::Automatic,
                   PrecisionsAttr::getF32($_ctxt), Storage::F32, PlacementKind::OneKernel,
                   /*segment=*/0, target);
    }]>];
  let extraClassDeclaration = [{
    /// The part of a processor; null if there is none.
    CPUScheduleAttr getCPU() const;
    /// The part of a GPU; null if there is none.
    GPUScheduleAttr getGPU() const;
    /// As a step form carries it: of the target part alone.
    bool isOfStep() const;
    /// The same for a scan that is placed already.
    ScheduleAttr asOneKernel() const;
  }];
}

#endif // SLUICE_WY_SCHEDULE
