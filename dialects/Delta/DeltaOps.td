//===- DeltaOps.td - the operations of a step --------------*- tablegen -*-===//

#ifndef SLUICE_DELTA_OPS
#define SLUICE_DELTA_OPS

include "dialects/Delta/DeltaAttrs.td"
include "dialects/Delta/DeltaInterfaces.td"
include "dialects/Delta/DeltaSignature.td"
include "dialects/Delta/DeltaTypes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Delta_Op<string mnemonic, list<Trait> traits = []>
    : Op<Delta_Dialect, mnemonic, traits>;

/// An operation of the step. Operands are written without types: the parser
/// finds the type of a value where it was defined.
class Delta_StepOp<string mnemonic, list<Trait> traits = []>
    : Delta_Op<mnemonic, !listconcat([Pure, InStep],
                                     traits)>;

//===----------------------------------------------------------------------===//
// The recurrence
//===----------------------------------------------------------------------===//

def Delta_RecurrenceOp : Delta_Op<"recurrence", [
    IsolatedFromAbove, Symbol, SingleBlock, HoldsStep,
    Delta_SignatureOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "one token's step, as a function of arguments and states";
  let description = [{
    The region is run once per token, in order, for every sequence and value
    head; the states it yields are the next token's states.

    Arguments stand in clauses, which may come in any order and repeat:
    `qk_heads` (per token and query/key head), `v_heads` (per token and value
    head), `params` (per value head, constant in time) and `state`. With H
    query/key heads and HV value heads, HV a multiple of H, value head h uses
    query/key head h ÷ (HV / H). Results are named after the arrow. Each token
    and value head yields one; `-> (…)` hands these out as they are, and clauses
    after the arrow say otherwise: `v_heads` the same, `qk_heads` the sum over the
    value heads that share a query/key head, `params` the sum over all tokens.

    After its type an argument that is not a state may have a range, in which its
    numbers are promised to lie: bounds of what is computed from it follow from
    that.

    Names are data: tensors are matched by them, so they are kept in an
    attribute, the signature, and survive every printing.

    ```mlir
    delta.recurrence @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %c = delta.scale
      %qs = delta.mul %c, %q
      %o = delta.read %S1, %qs
      delta.yield states(%S1) outputs(%o)
    }
    delta.recurrence @fading_sum
        v_heads(%x: !delta.vec<value>, %g: !delta.vec<key> range(-5.0, 0.0))
        state(%S: !delta.state<key, value>) -> () {
      %S1 = delta.decay %S, %g
      %S2 = delta.write %S1, %g, %x
      delta.yield states(%S2) outputs()
    }
    delta.recurrence @sums
        qk_heads(%q: !delta.vec<key>) v_heads(%b: !delta.scalar)
        state(%S: !delta.state<key, value>)
        -> v_heads(o: !delta.vec<value>) qk_heads(x: !delta.vec<key>)
           params(n: !delta.scalar) {
      %o = delta.read %S, %q
      %x = delta.mul %b, %q
      delta.yield states(%S) outputs(%o, %x, %b)
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       Delta_SignatureAttr:$signature);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getStep() { return getBody().front(); }
    /// The block arguments that are states, in order.
    ::llvm::SmallVector<::mlir::BlockArgument> getStates() {
      return getStateArguments(getSignature(), getStep());
    }
    /// The name of a block argument.
    ::llvm::StringRef getName(::mlir::BlockArgument argument) {
      return getArgName(argument.getArgNumber());
    }
    YieldOp getYield();
  }];
}

def Delta_YieldOp : Delta_Op<"yield", [
    Pure, Terminator, HasParent<"RecurrenceOp">, AttrSizedOperandSegments]> {
  let summary = "the next states and the outputs of a step";
  let description = [{
    One state for every state argument of the recurrence, in the same order,
    and one value for every declared output.

    ```mlir
    delta.yield states(%S, %M) outputs(%v)
    ```
  }];
  let arguments = (ins Variadic<Delta_StateType>:$states,
                       Variadic<Delta_Value>:$outputs);
  let assemblyFormat = [{
    `states` `(` custom<InferredOperands>($states, type($states)) `)`
    `outputs` `(` custom<InferredOperands>($outputs, type($outputs)) `)`
    attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

class Delta_StateOp<string mnemonic, list<Trait> traits = []>
    : Delta_StepOp<mnemonic, !listconcat(
          [DeclareOpInterfaceMethods<Delta_StateOpInterface>], traits)>;

def Delta_DecayOp : Delta_StateOp<"decay", [
    AllTypesMatch<["state", "result"]>]> {
  let summary = "multiply a state by the exponential of a log gate";
  let description = [{
    With a scalar g: e^g · S. With g along `key`: Diag(e^g) S, so row i is
    multiplied by e^(g_i). With g along `value`: S Diag(e^g), by columns.
    g = −inf is legal and forgets: e^(−inf) is 0. g > 0 is legal and outside
    the guarantee against overflow.

    Prefer this op to `delta.scale_state` where a log of the factor is at hand:
    later levels add logs instead of multiplying factors.

    ```mlir
    %S1 = delta.decay %S, %g
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_Value:$gate);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($gate, type($gate)) attr-dict
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Delta_ScaleStateOp : Delta_StateOp<"scale_state", [
    AllTypesMatch<["state", "result"]>]> {
  let summary = "multiply a state by a factor";
  let description = [{
    With a scalar f: f · S; along `key`: Diag(f) S; along `value`: S Diag(f).
    Any real factor is legal, 0 and negative ones too: a forget gate given as
    the factor itself, or a coupling between states.

    ```mlir
    %S1 = delta.scale_state %S, %beta
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_Value:$factor);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($factor, type($factor)) attr-dict
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Delta_ReadOp : Delta_StateOp<"read", [
    InferTypeOpAdaptor]> {
  let summary = "contract a state with a vector, from the left or the right";
  let description = [{
    The vector's axis decides. Along `key`, from the left: aᵀS, a vector along
    `value`. Along `value`, from the right: S b, a vector along `key`.

    ```mlir
    %left = delta.read %S, %k
    %right = delta.read %S, %v
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_VecType:$vector);
  let results = (outs Delta_VecType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($vector, type($vector)) attr-dict
  }];
  let extraClassDeclaration = [{
    /// True for aᵀS: the vector runs along the state's rows.
    bool isLeft();
  }];
  let hasCanonicalizer = 1;
}

def Delta_WriteOp : Delta_StateOp<"write", [
    AllTypesMatch<["state", "result"]>]> {
  let summary = "add an outer product to a state";
  let description = [{
    S + x yᵀ, with x along the state's rows and y along its columns.

    ```mlir
    %S1 = delta.write %S, %k, %v
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_VecType:$row,
                       Delta_VecType:$column);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($row, type($row)) `,`
    custom<InferredOperand>($column, type($column)) attr-dict
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Delta_AddStatesOp : Delta_StateOp<"add_states", [
    Commutative, SameOperandsAndResultType]> {
  let summary = "the sum of two states";
  let description = [{
    A + B, element by element. With `delta.scale_state` it lets the states of
    a tuple feed each other (momentum).

    ```mlir
    %S1 = delta.add_states %S, %M
    ```
  }];
  let arguments = (ins Delta_StateType:$lhs, Delta_StateType:$rhs);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($lhs, type($lhs)) `,`
    custom<InferredOperand>($rhs, type($rhs)) attr-dict
  }];
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// Sources of values
//===----------------------------------------------------------------------===//

def Delta_ScaleOp : Delta_StepOp<"scale"> {
  let summary = "the scale of the run";
  let description = [{
    A number given when the recurrence is run (`--scale`), K^(−1/2) by default.
    A recurrence without this op takes no scale.

    ```mlir
    %c = delta.scale
    ```
  }];
  let results = (outs Delta_ScalarType:$result);
  let assemblyFormat = "attr-dict";
}

def Delta_ConstantOp : Delta_StepOp<"constant", [
    ConstantLike,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a number";
  let description = [{
    A scalar that is known when the recurrence is compiled.

    ```mlir
    %half = delta.constant 0.5
    ```
  }];
  let arguments = (ins F64Attr:$value);
  let results = (outs Delta_ScalarType:$result);
  let hasCustomAssemblyFormat = 1;
  let hasFolder = 1;
}

def Delta_BroadcastOp : Delta_StepOp<"broadcast"> {
  let summary = "a scalar repeated along an axis";
  let description = [{
    Elementwise operations broadcast by themselves; this op is for places that
    ask for a vector, such as a write.

    ```mlir
    %one = delta.constant 1.0
    %ones = delta.broadcast %one : !delta.vec<value>
    ```
  }];
  let arguments = (ins Delta_ScalarType:$scalar);
  let results = (outs Delta_VecType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($scalar, type($scalar)) attr-dict
    `:` qualified(type($result))
  }];
}

//===----------------------------------------------------------------------===//
// Elementwise operations
//===----------------------------------------------------------------------===//

/// What is known of a function of real numbers, in C++; x are the operands.
/// Passes ask for it by Delta_ElementwiseOpInterface.
class Delta_ElementwiseOp<string mnemonic, list<Trait> traits>
    : Delta_StepOp<mnemonic, !listconcat([
          DeclareOpInterfaceMethods<Delta_ElementwiseOpInterface>], traits)> {
  /// Its value on numbers, in float64.
  code number = ?;
  /// Its value on intervals (dialects/Delta/Interval.h).
  code interval = ?;
  /// What is emitted for it; e is an ElementwiseEmitter.
  code lowering = ?;
  /// Whether it is linear in operand i.
  code linear = "false";
  /// Whether |f(a)| ≤ |a|, and whether it costs what an exponential does.
  code nonExpansive = "false";
  code exponential = "false";
  /// What it folds to.
  code folder = "foldConstants(*this)";

  let hasFolder = 1;
  let extraClassDefinition = [{
    double $cppClass::evaluate(::llvm::ArrayRef<double> x) {
      return }] # number # [{;
    }
    ::sluice::Interval
    $cppClass::evaluateInterval(::llvm::ArrayRef<::sluice::Interval> x) {
      return }] # interval # [{;
    }
    ::mlir::Value $cppClass::emit(::mlir::OpBuilder &builder,
                                  ::mlir::Location loc, ::mlir::ValueRange x) {
      ElementwiseEmitter e{builder, loc, x.front().getType()};
      return }] # lowering # [{;
    }
    bool $cppClass::isLinearIn(unsigned i) { return }] # linear # [{; }
    bool $cppClass::isNonExpansive() { return }] # nonExpansive # [{; }
    bool $cppClass::isExponential() { return }] # exponential # [{; }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor) {
      return }] # folder # [{;
    }
  }];
}

class Delta_BinaryOp<string mnemonic, string formula, list<Trait> traits = []>
    : Delta_ElementwiseOp<mnemonic, !listconcat([InferTypeOpAdaptor], traits)> {
  let summary = formula # ", element by element";
  let description = [{
    Computes }] # formula # [{ element by element. Both operands
    are scalars, or vectors along one axis; a scalar broadcasts over a vector.

    ```mlir
    %r = delta.}] # mnemonic # [{ %q, %k
    %s = delta.}] # mnemonic # [{ %beta, %v
    ```
  }];
  let arguments = (ins Delta_Value:$lhs, Delta_Value:$rhs);
  let results = (outs Delta_Value:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($lhs, type($lhs)) `,`
    custom<InferredOperand>($rhs, type($rhs)) attr-dict
  }];
}

def Delta_AddOp : Delta_BinaryOp<"add", "a + b", [Commutative]> {
  let number = "x[0] + x[1]";
  let interval = "x[0] + x[1]";
  let lowering = "e.make<arith::AddFOp>(x[0], x[1])";
  let linear = "true";
  let folder = "foldNeutral(*this, 0, /*onEitherSide=*/true)";
}
def Delta_SubOp : Delta_BinaryOp<"sub", "a − b"> {
  let number = "x[0] - x[1]";
  let interval = "x[0] - x[1]";
  let lowering = "e.make<arith::SubFOp>(x[0], x[1])";
  let linear = "true";
  let folder = "foldNeutral(*this, 0, /*onEitherSide=*/false)";
}
def Delta_MulOp : Delta_BinaryOp<"mul", "a · b", [Commutative]> {
  let number = "x[0] * x[1]";
  let interval = "getLhs() == getRhs() ? square(x[0]) : x[0] * x[1]";
  let lowering = "e.make<arith::MulFOp>(x[0], x[1])";
  let linear = "true";
  let folder = "foldNeutral(*this, 1, /*onEitherSide=*/true)";
}
def Delta_DivOp : Delta_BinaryOp<"div", "a ÷ b"> {
  let number = "x[0] / x[1]";
  let interval = "x[0] / x[1]";
  let lowering = "e.make<arith::DivFOp>(x[0], x[1])";
  let linear = "i == 0";
  let folder = "foldNeutral(*this, 1, /*onEitherSide=*/false)";
}
def Delta_MaxOp : Delta_BinaryOp<"max", "max(a, b)", [Commutative]> {
  let number = "std::isnan(x[0]) ? x[0] : (x[1] <= x[0] ? x[0] : x[1])";
  let interval = "max(x[0], x[1])";
  let lowering = "e.make<arith::MaximumFOp>(x[0], x[1])";
  let folder = "foldIdempotent(*this)";
}
def Delta_MinOp : Delta_BinaryOp<"min", "min(a, b)", [Commutative]> {
  let number = "std::isnan(x[0]) ? x[0] : (x[0] <= x[1] ? x[0] : x[1])";
  let interval = "min(x[0], x[1])";
  let lowering = "e.make<arith::MinimumFOp>(x[0], x[1])";
  let folder = "foldIdempotent(*this)";
}

class Delta_UnaryOp<string mnemonic, string formula, list<Trait> traits = []>
    : Delta_ElementwiseOp<mnemonic,
                          !listconcat([SameOperandsAndResultType], traits)> {
  let summary = formula # ", element by element";
  let description = [{
    Computes }] # formula # [{ element by element, of a scalar or a vector.

    ```mlir
    %r = delta.}] # mnemonic # [{ %g
    ```
  }];
  let arguments = (ins Delta_Value:$operand);
  let results = (outs Delta_Value:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($operand, type($operand)) attr-dict
  }];
}

def Delta_NegOp : Delta_UnaryOp<"neg", "−a"> {
  let number = "-x[0]";
  let interval = "-x[0]";
  let lowering = "e.make<arith::NegFOp>(x[0])";
  let linear = "true";
  let nonExpansive = "true";
  let folder = "foldInvolution(*this)";
}
def Delta_AbsOp : Delta_UnaryOp<"abs", "|a|"> {
  let number = "std::fabs(x[0])";
  let interval = "abs(x[0])";
  let lowering = "e.make<math::AbsFOp>(x[0])";
  let nonExpansive = "true";
}
def Delta_ExpOp : Delta_UnaryOp<"exp", "e^a, with e^(−inf) = 0"> {
  let number = "std::exp(x[0])";
  let interval = "exp(x[0])";
  let lowering = "e.make<math::ExpOp>(x[0])";
  let exponential = "true";
}
def Delta_Expm1Op : Delta_UnaryOp<"expm1", "e^a − 1, exact near 0"> {
  let number = "std::expm1(x[0])";
  let interval = "expm1(x[0])";
  let lowering = "e.make<math::ExpM1Op>(x[0])";
  let exponential = "true";
}
def Delta_LogOp : Delta_UnaryOp<"log", "the natural logarithm, with log 0 = −inf"> {
  let number = "std::log(x[0])";
  let interval = "log(x[0])";
  let lowering = "e.make<math::LogOp>(x[0])";
}
def Delta_SqrtOp : Delta_UnaryOp<"sqrt", "the square root"> {
  let number = "std::sqrt(x[0])";
  let interval = "sqrt(x[0])";
  let lowering = "e.make<math::SqrtOp>(x[0])";
}
def Delta_TanhOp : Delta_UnaryOp<"tanh", "the hyperbolic tangent"> {
  let number = "std::tanh(x[0])";
  let interval = "tanh(x[0])";
  let lowering = "e.make<math::TanhOp>(x[0])";
  let nonExpansive = "true";
  let exponential = "true";
}
def Delta_SigmoidOp : Delta_UnaryOp<"sigmoid", "1 ÷ (1 + e^(−a))"> {
  let number = "sigmoidOf(x[0])";
  let interval = "sigmoid(x[0])";
  let lowering = "e.sigmoid(x[0])";
  let exponential = "true";
}
def Delta_LogSigmoidOp
    : Delta_UnaryOp<"logsigmoid", "log sigmoid(a) = −softplus(−a)"> {
  let number = "std::fmin(x[0], 0) - std::log1p(std::exp(-std::fabs(x[0])))";
  let interval = "logsigmoid(x[0])";
  let lowering = "e.logsigmoid(x[0])";
  let exponential = "true";
}
def Delta_SoftplusOp
    : Delta_UnaryOp<"softplus", "log(1 + e^a), without overflow"> {
  let number = "std::fmax(x[0], 0) + std::log1p(std::exp(-std::fabs(x[0])))";
  let interval = "softplus(x[0])";
  let lowering = "e.softplus(x[0])";
  let exponential = "true";
}
def Delta_SiluOp : Delta_UnaryOp<"silu", "a · sigmoid(a)"> {
  let number = "siluOf(x[0])";
  let interval = "silu(x[0])";
  let lowering = "e.silu(x[0])";
  let nonExpansive = "true";
  let exponential = "true";
}

//===----------------------------------------------------------------------===//
// Along an axis
//===----------------------------------------------------------------------===//

def Delta_DotOp : Delta_StepOp<"dot", [Commutative]> {
  let summary = "the dot product of two vectors along one axis";
  let description = [{
    Σ_c a_c b_c, a scalar.

    ```mlir
    %r = delta.dot %q, %k
    ```
  }];
  let arguments = (ins Delta_VecType:$lhs, Delta_VecType:$rhs);
  let results = (outs Delta_ScalarType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($lhs, type($lhs)) `,`
    custom<InferredOperand>($rhs, type($rhs)) attr-dict
  }];
  let hasVerifier = 1;
}

def Delta_ReduceOp : Delta_StepOp<"reduce"> {
  let summary = "the sum, maximum or minimum of a vector";
  let description = [{
    Σ_c a_c, max_c a_c or min_c a_c, a scalar. Along an axis of size 0 the sum
    is 0, the maximum −inf, the minimum +inf.

    ```mlir
    %r = delta.reduce sum %k
    %m = delta.reduce max %k
    ```
  }];
  let arguments = (ins Delta_ReductionAttr:$kind, Delta_VecType:$operand);
  let results = (outs Delta_ScalarType:$result);
  let assemblyFormat = [{
    $kind custom<InferredOperand>($operand, type($operand)) attr-dict
  }];
}

def Delta_L2NormOp : Delta_StepOp<"l2norm", [SameOperandsAndResultType]> {
  let summary = "a vector divided by its euclidean norm";
  let description = [{
    a ÷ √(Σ_c a_c² + ε), with ε = 1e-6 unless said otherwise: what most models
    apply to q and k before a delta rule.

    ```mlir
    %r = delta.l2norm %k
    %s = delta.l2norm %k {epsilon = 1.0e-5 : f64}
    ```
  }];
  let arguments = (ins Delta_VecType:$operand,
                       DefaultValuedAttr<F64Attr, "1.0e-6">:$epsilon);
  let results = (outs Delta_VecType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($operand, type($operand)) attr-dict
  }];
  let hasVerifier = 1;
}

#endif // SLUICE_DELTA_OPS
