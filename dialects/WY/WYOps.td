//===- WYOps.td - the operations of the chunk form ---------*- tablegen -*-===//

#ifndef SLUICE_WY_OPS
#define SLUICE_WY_OPS

include "dialects/Delta/DeltaAttrs.td"
include "dialects/Delta/DeltaInterfaces.td"
include "dialects/Delta/DeltaSignature.td"
include "dialects/WY/WYAttrs.td"
include "dialects/WY/WYInterfaces.td"
include "dialects/WY/WYSchedule.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def WY_Tensor : StaticShapeTensorOf<[F32]>;
def WY_TokenTensor : TensorRankOf<[F32], [1, 2]>;
def WY_Summand : TensorRankOf<[F32], [0, 1, 2]>;
def WY_Matrix : 2DTensorOf<[F32]>;

class WY_Op<string mnemonic, list<Trait> traits = []>
    : Op<WY_Dialect, mnemonic, traits>;

/// Also ends what holds one token's maths.
def WY_InChunkOrTokens : NativeOpTrait<"InChunkOrTokens"> {
  let cppNamespace = "::sluice::wy";
}

/// A node of the body.
class WY_BodyOp<string mnemonic, list<Trait> traits = []>
    : WY_Op<mnemonic, !listconcat([Pure, WY_InChunk], traits)>;

//===----------------------------------------------------------------------===//
// The scan
//===----------------------------------------------------------------------===//

def WY_ScanOp : WY_Op<"scan", [
    IsolatedFromAbove, Symbol, SingleBlock, RegionKindInterface,
    WY_ChunkHolderOpInterface, Delta_SignatureOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "a recurrence, chunk by chunk";
  let description = [{
    Runs the body for every chunk of C tokens of every sequence and value head,
    in order. Clauses, names and heads are those of `delta.recurrence`, whose
    types say what one token has; the body's arguments are a chunk's tensors:

    | one token has | a chunk has |
    |---|---|
    | `!delta.scalar` per token | `tensor<Cxf32>` |
    | `!delta.vec<key>` per token | `tensor<CxKxf32>`, rows past the last token do not exist |
    | `!delta.scalar` in `params` | `tensor<f32>` |
    | `!delta.vec<key>` in `params` | `tensor<Kxf32>` |
    | `!delta.state<key, value>` | `tensor<KxVxf32>`, the state before the chunk |

    The body yields the states after the chunk, then the outputs: whatever an
    output's kind, what each token of the chunk gives for this value head, as for
    `v_heads`. The sums that other kinds are, over heads or tokens, whoever runs
    the scan forms. Besides
    operations of this dialect it may hold pure ones of any other, so that a
    graph may be lowered piece by piece. After the sizes may stand the schedule,
    `schedule(#wy.schedule<…>)`: how all that is computed.

    A scan without states carries nothing: its chunks may run at the same time.
    With `reverse` the chunks run from the last to the first, each with the
    states that the chunk after it left: the first that runs has the initial
    states, and what the sequence's first chunk leaves are the final ones. The
    body is that of a chunk as it always is, and says itself in which order it
    looks at tokens.

    In `wy.placed` a scan may take values of other scans, `channels` before the
    other clauses, and give values to others, `channels` after the outputs; both
    are tensors of a chunk, as `#wy.channel` says. The body's arguments for
    channels follow those of the clauses, and what it yields for channels follows
    the outputs. A state's argument yielded for a channel is the state before
    each chunk. `segments` has the states start anew, as `#wy.segments` says.

    ```mlir
    wy.scan @linear_attention chunk(4) key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
      %1 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
      %2 = wy.apply %1, %v : tensor<4x4xf32>, tensor<4x16xf32>
      %3 = wy.sum %0, %2 : tensor<4x16xf32>
      %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
      wy.yield %4, %3 : tensor<8x16xf32>, tensor<4x16xf32>
    }
    ```
    (of which the output sees the writes of earlier tokens only).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$chunk,
                       I64Attr:$key_dim, I64Attr:$value_dim,
                       OptionalAttr<WY_ScheduleAttr>:$schedule,
                       Delta_SignatureAttr:$signature, UnitAttr:$reverse,
                       OptionalAttr<WY_SegmentsAttr>:$segments,
                       OptionalAttr<WY_ChannelArrayAttr>:$in_channels,
                       OptionalAttr<WY_ChannelArrayAttr>:$out_channels);
  let builders = [
    /// Without channels, forward in time.
    OpBuilder<(ins "::mlir::StringAttr":$name, "::mlir::IntegerAttr":$chunk,
                   "::mlir::IntegerAttr":$keyDim,
                   "::mlir::IntegerAttr":$valueDim,
                   "::sluice::wy::ScheduleAttr":$schedule,
                   "::sluice::delta::SignatureAttr":$signature), [{
      build($_builder, $_state, name, chunk, keyDim, valueDim, schedule,
            signature, UnitAttr(), SegmentsAttr(), ArrayAttr(), ArrayAttr());
    }]>];
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getGraph() { return getBody().front(); }
    /// The body's arguments that are states, in order. Those of channels stand
    /// after those of the signature.
    ::llvm::SmallVector<::mlir::BlockArgument> getStates() {
      return delta::getStateArguments(getSignature(), getGraph());
    }
    /// The name of an argument of the body that is not a channel's.
    ::llvm::StringRef getName(::mlir::BlockArgument argument) {
      return getArgName(argument.getArgNumber());
    }
    YieldOp getYield();
    /// What the body yields: states first.
    ::mlir::OperandRange getNextStates();
    ::mlir::OperandRange getOutputs();
    unsigned getNumInChannels() {
      return getInChannels() ? getInChannels()->size() : 0;
    }
    unsigned getNumOutChannels() {
      return getOutChannels() ? getOutChannels()->size() : 0;
    }
    ChannelAttr getInChannel(unsigned index) {
      return ::llvm::cast<ChannelAttr>((*getInChannels())[index]);
    }
    ChannelAttr getOutChannel(unsigned index) {
      return ::llvm::cast<ChannelAttr>((*getOutChannels())[index]);
    }
    /// The body's argument for a channel, and what it yields for one.
    ::mlir::BlockArgument getChannelArgument(unsigned index) {
      return getGraph().getArgument(getNumArgs() + index);
    }
    ::mlir::OperandRange getChannelValues();
    /// True if it stands alone: nothing comes from other scans or goes there.
    bool isWhole() {
      return !getSegments() && !getNumInChannels() && !getNumOutChannels();
    }
    int64_t getDim(delta::Axis axis) {
      return axis == delta::Axis::Key ? getKeyDim() : getValueDim();
    }
    /// The chunk's tensor for what one token (of `kind`) has.
    ::mlir::RankedTensorType getChunkType(::mlir::Type type, delta::ArgKind kind);
    ChunkShape getArgumentShape(unsigned index);
    static ::mlir::RegionKind getRegionKind(unsigned) {
      return ::mlir::RegionKind::SSACFG;
    }
  }];
}

def WY_YieldOp : WY_Op<"yield", [
    Pure, Terminator, WY_InChunkOrTokens]> {
  let summary = "what a body, or a token, gives";
  let description = [{
    In `wy.scan` the states after the chunk, then the outputs; in `wy.tokens`
    the results of one token.

    ```mlir
    wy.yield %S, %v : tensor<8x16xf32>, tensor<4x16xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

//===----------------------------------------------------------------------===//
// Token by token
//===----------------------------------------------------------------------===//

def WY_TokensOp : WY_BodyOp<"tokens", [
    SingleBlock, IsolatedFromAbove, HoldsStep,
    WY_Differentiable]> {
  let summary = "maths of every token by itself";
  let description = [{
    Runs its region for every token of the chunk. Inside stand the operations of
    `delta` that know no state: elementwise maths, dot products, reductions. Row
    t of a result depends on row t of the operands, and on operands that are
    constant in time (params: `tensor<f32>`, `tensor<Kxf32>`).

    ```mlir
    %0 = wy.tokens(%b: !delta.scalar = %beta : tensor<4xf32>,
                   %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
      %1 = delta.mul %b, %x
      wy.yield %1 : !delta.vec<key>
    }
    ```
  }];
  let arguments = (ins Variadic<WY_Tensor>:$inputs);
  let results = (outs Variadic<WY_TokenTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getStep() { return getBody().front(); }
    YieldOp getYield();
  }];
}

def WY_SumOp : WY_BodyOp<"sum", [
    SameOperandsAndResultType,
    WY_Differentiable]> {
  let summary = "the sum of tensors";
  let description = [{
    Σ operands, element by element: of what the state, the tokens before and the
    token itself give.

    ```mlir
    %0 = wy.sum %v, %y : tensor<4x16xf32>
    ```
  }];
  let arguments = (ins Variadic<WY_Summand>:$terms);
  let results = (outs WY_Summand:$result);
  let assemblyFormat = "$terms attr-dict `:` type($result)";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Between tokens
//===----------------------------------------------------------------------===//

def WY_AccumulateOp : WY_BodyOp<"accumulate", [
    AttrSizedOperandSegments,
    WY_Differentiable]> {
  let summary = "products of gates over the tokens of a chunk";
  let description = [{
    `before`: row t is D(t, start), the product of the gates of tokens u < t.
    `after`: row s is D(end, s), the product over u > s. `all`: the product over
    the whole chunk, without a row. Of logs: the exponential of their sum, added
    up and never subtracted. One result for every gate tensor.

    With `block(n)` `before` and `after` take tokens u of the row's own block of
    n tokens, counted from the chunk's first. For s < t in the two halves of a
    block of 2n tokens D(t, s) is then row t of `before block(n)` times row s of
    `after block(n)`. Such products may be merged from those of half the block,
    `from`, which have the same gate and range: the later half's rows of `before`
    times the gates of all of the earlier half, the earlier half's rows of
    `after` times those of the later. That changes no value but what has to be
    computed: one exponential for each gate serves all blocks.

    ```mlir
    %0 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
    %1 = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
    %2 = wy.accumulate after block(2) log %g : tensor<4x8xf32> -> tensor<4x8xf32>
    %3 = wy.accumulate after block(4) log %g from(%2 : tensor<4x8xf32>) : tensor<4x8xf32> -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins WY_Range:$range, OptionalAttr<I64Attr>:$block,
                       WY_GateKind:$kind, Variadic<WY_TokenTensor>:$gate,
                       Variadic<WY_TokenTensor>:$finer);
  let results = (outs Variadic<WY_Tensor>:$results);
  let assemblyFormat = [{
    $range (`block` `(` $block^ `)`)? $kind $gate
    (`from` `(` $finer^ `:` type($finer) `)`)?
    attr-dict `:` type($gate) `->` type($results)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::TypeRange":$results, "::sluice::wy::Range":$range,
                   "::sluice::wy::GateKind":$kind, "::mlir::ValueRange":$gate)>];
  let hasVerifier = 1;
}

def WY_ScoresOp : WY_BodyOp<"scores", [
    AttrSizedOperandSegments,
    WY_Differentiable]> {
  let summary = "decayed products of every token with those before it";
  let description = [{
    Entry (t, s) is Σ_c a_tc · D(t, s)_c · x_sc for s < t, `diagonal`_t for s = t
    where that is given and 0 otherwise, and 0 above. With n coupled states
    `rows` and `columns` are n tensors each, and the entry is
    Σ_ij Σ_c a^i_tc · D_ij(t, s)_c · x^j_sc. Without a gate D is 1, or the
    identity.

    The scheme says how that is evaluated; the value is the same. `shifted` needs
    the bound that holds for the gate: of logs at most 0 and above −inf, of
    factors above 0 and at most 1. With a mask only pairs s < t that the mask has are not 0; `diagonal` stands as it is.

    Adjoint, without a gate: d a_t = Σ_s dA_ts x_s, d x_s = Σ_t dA_ts a_t, and the
    diagonal's is dA's.

    ```mlir
    %0 = wy.scores rows(%a : tensor<4x8xf32>) columns(%x : tensor<4x8xf32>)
        gate(log %g : tensor<4x8xf32>) dyadic -> tensor<4x4xf32>
    %1 = wy.scores rows(%a : tensor<4x8xf32>) columns(%x : tensor<4x8xf32>)
        mask(<pairs 2>) ungated -> tensor<4x4xf32>
    %2 = wy.scores rows(%a : tensor<4x8xf32>) columns(%x : tensor<4x8xf32>)
        gate(log %g : tensor<4x8xf32>) bound(<-5.0, 0.0>) shifted -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins Variadic<WY_Matrix>:$rows, Variadic<WY_Matrix>:$columns,
                       OptionalAttr<WY_GateKind>:$kind,
                       Variadic<WY_TokenTensor>:$gate, WY_Scheme:$scheme,
                       Optional<1DTensorOf<[F32]>>:$diagonal,
                       OptionalAttr<WY_MaskAttr>:$mask,
                       OptionalAttr<Delta_RangeAttr>:$bound);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    `rows` `(` $rows `:` type($rows) `)`
    `columns` `(` $columns `:` type($columns) `)`
    (`gate` `(` $kind^ $gate `:` type($gate) `)`)?
    (`diagonal` `(` $diagonal^ `:` type($diagonal) `)`)?
    (`mask` `(` $mask^ `)`)? (`bound` `(` $bound^ `)`)? $scheme
    attr-dict `->` type($result)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::ValueRange":$rows,
                   "::mlir::ValueRange":$columns,
                   "::sluice::wy::GateKindAttr":$kind, "::mlir::ValueRange":$gate,
                   "::sluice::wy::SchemeAttr":$scheme, "::mlir::Value":$diagonal,
                   CArg<"::sluice::wy::MaskAttr", "{}">:$mask), [{
      build($_builder, $_state, result, rows, columns, kind, gate, scheme,
            diagonal, mask, delta::RangeAttr());
    }]>];
  let hasVerifier = 1;
}

def WY_ApplyOp : WY_BodyOp<"apply", [
    AllTypesMatch<["values", "result"]>,
    WY_Differentiable]> {
  let summary = "what the writes of the chunk give to later reads";
  let description = [{
    Row t is Σ_{s ≤ t} A_ts · D(t, s) ∘ y_s, with D(t, t) = 1. The gate runs along
    the axis that is not contracted; without one this is a product of matrices.

    Adjoint, without a gate: dA_ts = do_t · y_s over the pairs of the mask,
    d y_s = Σ_{t ≥ s} A_ts do_t.

    ```mlir
    %0 = wy.apply %A, %y gate(log %gv : tensor<4x16xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
    %1 = wy.apply %A, %y mask(<pairs 2>) : tensor<4x4xf32>, tensor<4x16xf32>
    ```
  }];
  let arguments = (ins WY_Matrix:$scores, WY_Matrix:$values,
                       OptionalAttr<WY_GateKind>:$kind,
                       Variadic<WY_TokenTensor>:$gate,
                       OptionalAttr<WY_MaskAttr>:$mask);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    $scores `,` $values (`gate` `(` $kind^ $gate `:` type($gate) `)`)?
    (`mask` `(` $mask^ `)`)? attr-dict `:` type($scores) `,` type($values)
  }];
  let hasVerifier = 1;
  let builders = [
    OpBuilder<(ins "::mlir::Value":$scores, "::mlir::Value":$values,
                   "::sluice::wy::GateKindAttr":$kind,
                   "::mlir::ValueRange":$gate)>,
    OpBuilder<(ins "::mlir::Value":$scores, "::mlir::Value":$values,
                   CArg<"::sluice::wy::MaskAttr", "{}">:$mask)>];
}

/// A system between the tokens of a chunk, or the transposed one.
class WY_SystemOp<string mnemonic, list<Trait> traits = []>
    : WY_BodyOp<mnemonic, !listconcat([AttrSizedOperandSegments], traits)> {
  let arguments = (ins Variadic<WY_Matrix>:$rhs, Variadic<WY_Matrix>:$scores,
                       Variadic<WY_Matrix>:$weights,
                       Variadic<WY_TokenTensor>:$gates,
                       ArrayAttr:$terms,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$weighted,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$gated,
                       OptionalAttr<WY_GateKind>:$kind);
  let results = (outs Variadic<WY_Matrix>:$results);
  let assemblyFormat = [{
    `rhs` `(` $rhs `:` type($rhs) `)`
    (`scores` `(` $scores^ `:` type($scores) `)`)?
    (`weights` $weighted `(` $weights^ `:` type($weights) `)`)?
    (`gates` $gated `(` $kind $gates^ `:` type($gates) `)`)?
    `terms` $terms attr-dict `->` type($results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    using Term = ::sluice::wy::SystemTerm;
    ::llvm::SmallVector<Term> getTermList();
  }];
}

def WY_SolveOp : WY_SystemOp<"solve", [WY_Differentiable]> {
  let summary = "the corrections of a chunk: one unit lower-triangular system";
  let description = [{
    n unknowns Y_0 … Y_{n−1}, one for each correcting write of a token, n right
    sides, and terms. Term i has a destination m, a source m', strictly lower
    scores A, and may have a weight and a gate, both along the axis that is not
    contracted:

      Y_m = rhs_m + Σ_{terms with destination m} weight ∘ apply(A, Y_m', gate)

    Every A is strictly lower (what stands on its diagonal and above is not
    looked at), so row t needs rows before t and the solution is
    found by substitution, token by token or by halves. Without weights and
    gates it is (I − N)⁻¹ rhs, with N the scores side by side: the triangular
    system of the WY form. With a gate along the other axis the triangular
    matrix differs from column to column of the unknowns, and is never formed.

    `terms` lists destination and source of each; `weights` and `gates` give a
    tensor to the terms listed in `weighted` and `gated`.

    Adjoint: d rhs is `wy.solve_transposed` of dY, and with it dA_ts =
    Σ_{terms} (weight ∘ d rhs_m)_t · Y_m'_s for s < t, without a gate.

    ```mlir
    %0 = wy.solve rhs(%r : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Matrices of pairs of tokens
//===----------------------------------------------------------------------===//

include "dialects/WY/WYPairs.td"

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

include "dialects/WY/WYAdjoint.td"

//===----------------------------------------------------------------------===//
// The state
//===----------------------------------------------------------------------===//

def WY_ReadOp : WY_BodyOp<"read", [
    WY_Differentiable]> {
  let summary = "the state before the chunk, read by every token";
  let description = [{
    `left`: row t is a_tᵀ S; `right`: row t is S b_t. What has decayed since the
    chunk's start is multiplied into the vectors and, along the other axis, into
    the result, by operations beside this one.

    ```mlir
    %0 = wy.read left %S, %a : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
    %1 = wy.read right %S, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins WY_Side:$side, WY_Matrix:$state, WY_Matrix:$vectors);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    $side $state `,` $vectors attr-dict `:` type($state) `,` type($vectors)
    `->` type($result)
  }];
  let hasVerifier = 1;
  let builders = [
    OpBuilder<(ins "::sluice::wy::Side":$side, "::mlir::Value":$state,
                   "::mlir::Value":$vectors)>];
}

def WY_UpdateOp : WY_BodyOp<"update", [
    AttrSizedOperandSegments,
    WY_Differentiable]> {
  let summary = "the state after the chunk";
  let description = [{
    Σ_j Diag(d_j) S_j Diag(e) + Σ_m Σ_t x^m_t (y^m_t)ᵀ: the states before the
    chunk, each times its decay over the chunk along key (a tensor `Kxf32` or
    `f32`, `decays`) and along value (`Vxf32` or `f32`, `value_decays`); then the
    chunk's writes, each a tensor of x along key and one of y along value, already
    decayed to the chunk's end.

    Adjoint: d S_j = Diag(d_j) dS Diag(e), d x_t = dS y_t, d y_t = dSᵀ x_t; of the
    decays the sums of S_j ∘ dS, times the other decay, along what they are
    repeated along.

    ```mlir
    %0 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<8xf32>)
        writes(%x, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
    ```
  }];
  let arguments = (ins Variadic<WY_Matrix>:$states, Variadic<WY_Tensor>:$decays,
                       Optional<WY_Tensor>:$value_decays,
                       Variadic<WY_Matrix>:$writes);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    (`states` `(` $states^ `:` type($states) `)`)?
    (`decays` `(` $decays^ `:` type($decays) `)`)?
    (`value_decays` `(` $value_decays^ `:` type($value_decays) `)`)?
    (`writes` `(` $writes^ `:` type($writes) `)`)?
    attr-dict `->` type($result)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    unsigned getNumWrites() { return getWrites().size() / 2; }
    /// x, along key, and y, along value, of write m.
    ::mlir::Value getAlongKey(unsigned m) { return getWrites()[2 * m]; }
    ::mlir::Value getAlongValue(unsigned m) { return getWrites()[2 * m + 1]; }
  }];
}

//===----------------------------------------------------------------------===//
// Placement
//===----------------------------------------------------------------------===//

def WY_JoinOp : WY_BodyOp<"join", [
    AttrSizedOperandSegments, AllTypesMatch<["written", "result"]>]> {
  let summary = "the state after a segment, from that before it";
  let description = [{
    A segment of tokens maps the states S_j before it to M S + R. Of one state
    after it: R, what its tokens write into zeros, plus

      Σ_j M_j S_j    `left`, M_j a K × K matrix
      Σ_j S_j M_j    `right`, V × V
      Σ_j M_j ∘ S_j  `elementwise`, K × V; an axis of size 1 is repeated

    ```mlir
    %M = wy.update -> tensor<8x8xf32>
    %0 = wy.join left %S states(%S : tensor<8x16xf32>) transitions(%M : tensor<8x8xf32>) : tensor<8x16xf32>
    ```
  }];
  let arguments = (ins WY_JoinKind:$kind, WY_Matrix:$written,
                       Variadic<WY_Matrix>:$states,
                       Variadic<WY_Matrix>:$transitions);
  let results = (outs WY_Matrix:$result);
  let assemblyFormat = [{
    $kind $written (`states` `(` $states^ `:` type($states) `)`)?
    (`transitions` `(` $transitions^ `:` type($transitions) `)`)?
    attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def WY_PlacedOp : WY_Op<"placed", [
    IsolatedFromAbove, Symbol, SymbolTable, SingleBlock, NoTerminator,
    NoRegionArguments, Delta_SignatureOpInterface]> {
  let summary = "a recurrence as several scans, joined by channels";
  let description = [{
    Runs its scans one after another over every sequence and value head; what
    one makes for others goes through channels, which are found by name. The
    clauses are those of `delta.recurrence`, and the outputs too. Each scan lists
    those arguments that it looks at, and those outputs that it makes, as they
    stand in the recurrence's signature; every output is made once.

    A state of a scan without `segments` is a state of the recurrence, which one
    such scan carries from the run's initial state to the final state. In a scan
    with `segments` a state is its own and may have any size and name.

    A channel is made by one scan, and used by later ones only. It has a tensor
    for each chunk of the scan that makes it, or for each segment where it is an
    end of segments, and is used by scans with as many tokens a chunk, or by
    segments of as many tokens as their start. So a scan over segments is one
    whose chunks are as long as segments.

    What a channel is held in (memory between kernels, a ring between the roles
    of one kernel, registers) is the schedule's business: a channel has a value,
    and no address.

    ```mlir
    wy.placed @linear_attention key(8) value(16)
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      wy.scan @pre chunk(4) key(8) value(16)
          qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
          -> () channels(A: pairs tensor<4x4xf32>) {
        %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
        wy.yield %0 : tensor<4x4xf32>
      }
      wy.scan @scan chunk(4) key(8) value(16)
          qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
          state(%S: !delta.state<key, value>)
          -> () channels(S0: state tensor<8x16xf32>) {
        %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
        wy.yield %0, %S : tensor<8x16xf32>, tensor<8x16xf32>
      }
      wy.scan @post chunk(4) key(8) value(16)
          channels(%A: pairs tensor<4x4xf32>, %S0: state tensor<8x16xf32>)
          qk_heads(%q: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
          -> (o: !delta.vec<value>) {
        %0 = wy.read left %S0, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
        %1 = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
        %2 = wy.sum %0, %1 : tensor<4x16xf32>
        wy.yield %2 : tensor<4x16xf32>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$key_dim,
                       I64Attr:$value_dim, Delta_SignatureAttr:$signature);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getScans() { return getBody().front(); }
    int64_t getDim(delta::Axis axis) {
      return axis == delta::Axis::Key ? getKeyDim() : getValueDim();
    }
  }];
}

#endif // SLUICE_WY_OPS
