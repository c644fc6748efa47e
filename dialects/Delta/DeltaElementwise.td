//===- DeltaElementwise.td - functions of real numbers -----*- tablegen -*-===//

#ifndef SLUICE_DELTA_ELEMENTWISE
#define SLUICE_DELTA_ELEMENTWISE

include "dialects/Delta/DeltaOpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

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
  /// ∂f/∂x_i, made of delta operations by e, an AdjointBuilder; r is the result.
  code partial = ?;

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
    ::mlir::Value $cppClass::emitPartial(AdjointBuilder &e, unsigned i) {
      [[maybe_unused]] ::mlir::OperandRange x = (*this)->getOperands();
      [[maybe_unused]] ::mlir::Value r = getResult();
      return }] # partial # [{;
    }
    void $cppClass::buildAdjoint(AdjointBuilder &adjoint) {
      addPartials(*this, adjoint);
    }
  }];
}

/// `partials` is for the reader what `partial` is for the compiler.
class Delta_BinaryOp<string mnemonic, string formula, string partials,
                     list<Trait> traits = []>
    : Delta_ElementwiseOp<mnemonic, !listconcat([InferTypeOpAdaptor], traits)> {
  let summary = formula # ", element by element";
  let description = [{
    Computes }] # formula # [{ element by element. Both operands
    are scalars, or vectors along one axis; a scalar broadcasts over a vector.

    Partial derivatives, r being the result: }] # partials # [{.

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

def Delta_AddOp : Delta_BinaryOp<"add", "a + b",
    "1 by either operand", [Commutative]> {
  let number = "x[0] + x[1]";
  let interval = "x[0] + x[1]";
  let lowering = "e.make<arith::AddFOp>(x[0], x[1])";
  let linear = "true";
  let folder = "foldNeutral(*this, 0, /*onEitherSide=*/true)";
  let partial = "e.number(1)";
}
def Delta_SubOp : Delta_BinaryOp<"sub", "a − b", "1 by a, −1 by b"> {
  let number = "x[0] - x[1]";
  let interval = "x[0] - x[1]";
  let lowering = "e.make<arith::SubFOp>(x[0], x[1])";
  let linear = "true";
  let folder = "foldNeutral(*this, 0, /*onEitherSide=*/false)";
  let partial = "e.number(i == 0 ? 1 : -1)";
}
def Delta_MulOp : Delta_BinaryOp<"mul", "a · b",
    "b by a, a by b", [Commutative]> {
  let number = "x[0] * x[1]";
  let interval = "getLhs() == getRhs() ? square(x[0]) : x[0] * x[1]";
  let lowering = "e.make<arith::MulFOp>(x[0], x[1])";
  let linear = "true";
  let folder = "foldNeutral(*this, 1, /*onEitherSide=*/true)";
  let partial = "x[1 - i]";
}
def Delta_DivOp : Delta_BinaryOp<"div", "a ÷ b", "1 ÷ b by a, −r ÷ b by b"> {
  let number = "x[0] / x[1]";
  let interval = "x[0] / x[1]";
  let lowering = "e.make<arith::DivFOp>(x[0], x[1])";
  let linear = "i == 0";
  let folder = "foldNeutral(*this, 1, /*onEitherSide=*/false)";
  let partial = "i == 0 ? e.div(e.number(1), x[1]) : e.neg(e.div(r, x[1]))";
}
def Delta_MaxOp : Delta_BinaryOp<"max", "max(a, b)",
    "1 by the larger operand, 0 by the other; if they are equal that of a is 1",
    [Commutative]> {
  let number = "std::isnan(x[0]) ? x[0] : (x[1] <= x[0] ? x[0] : x[1])";
  let interval = "max(x[0], x[1])";
  let lowering = "e.make<arith::MaximumFOp>(x[0], x[1])";
  let folder = "foldIdempotent(*this)";
  let partial = "e.select(x[0], x[1], e.number(i == 0), e.number(i == 1))";
}
def Delta_MinOp : Delta_BinaryOp<"min", "min(a, b)",
    "1 by the smaller operand, 0 by the other; if they are equal that of a is 1",
    [Commutative]> {
  let number = "std::isnan(x[0]) ? x[0] : (x[0] <= x[1] ? x[0] : x[1])";
  let interval = "min(x[0], x[1])";
  let lowering = "e.make<arith::MinimumFOp>(x[0], x[1])";
  let folder = "foldIdempotent(*this)";
  let partial = "e.select(x[1], x[0], e.number(i == 0), e.number(i == 1))";
}

class Delta_UnaryOp<string mnemonic, string formula, string partials,
                    list<Trait> traits = []>
    : Delta_ElementwiseOp<mnemonic,
                          !listconcat([SameOperandsAndResultType], traits)> {
  let summary = formula # ", element by element";
  let description = [{
    Computes }] # formula # [{ element by element, of a scalar or a vector.

    Derivative, r being the result: }] # partials # [{.

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

def Delta_NegOp : Delta_UnaryOp<"neg", "−a", "−1"> {
  let number = "-x[0]";
  let interval = "-x[0]";
  let lowering = "e.make<arith::NegFOp>(x[0])";
  let linear = "true";
  let nonExpansive = "true";
  let folder = "foldInvolution(*this)";
  let partial = "e.number(-1)";
}
def Delta_AbsOp : Delta_UnaryOp<"abs", "|a|",
    "1, −1 at negative numbers, 0 at 0"> {
  let number = "std::fabs(x[0])";
  let interval = "abs(x[0])";
  let lowering = "e.make<math::AbsFOp>(x[0])";
  let nonExpansive = "true";
  let partial = [{
    e.select(x[0], e.number(0),
             e.select(e.number(0), x[0], e.number(0), e.number(1)),
             e.number(-1))
  }];
}
def Delta_ExpOp : Delta_UnaryOp<"exp", "e^a, with e^(−inf) = 0", "r"> {
  let number = "std::exp(x[0])";
  let interval = "exp(x[0])";
  let lowering = "e.make<math::ExpOp>(x[0])";
  let exponential = "true";
  let partial = "r";
}
def Delta_Expm1Op : Delta_UnaryOp<"expm1", "e^a − 1, exact near 0", "e^a"> {
  let number = "std::expm1(x[0])";
  let interval = "expm1(x[0])";
  let lowering = "e.make<math::ExpM1Op>(x[0])";
  let exponential = "true";
  let partial = "e.exp(x[0])";
}
def Delta_LogOp : Delta_UnaryOp<
    "log", "the natural logarithm, with log 0 = −inf",
    "1 ÷ a"> {
  let number = "std::log(x[0])";
  let interval = "log(x[0])";
  let lowering = "e.make<math::LogOp>(x[0])";
  let partial = "e.div(e.number(1), x[0])";
}
def Delta_SqrtOp : Delta_UnaryOp<"sqrt", "the square root", "1 ÷ 2r"> {
  let number = "std::sqrt(x[0])";
  let interval = "sqrt(x[0])";
  let lowering = "e.make<math::SqrtOp>(x[0])";
  let partial = "e.div(e.number(0.5), r)";
}
def Delta_TanhOp : Delta_UnaryOp<"tanh", "the hyperbolic tangent", "1 − r²"> {
  let number = "std::tanh(x[0])";
  let interval = "tanh(x[0])";
  let lowering = "e.make<math::TanhOp>(x[0])";
  let nonExpansive = "true";
  let exponential = "true";
  let partial = "e.sub(e.number(1), e.mul(r, r))";
}
def Delta_SigmoidOp : Delta_UnaryOp<"sigmoid", "1 ÷ (1 + e^(−a))",
    "r · (1 − r)"> {
  let number = "sigmoidOf(x[0])";
  let interval = "sigmoid(x[0])";
  let lowering = "e.sigmoid(x[0])";
  let exponential = "true";
  let partial = "e.mul(r, e.sub(e.number(1), r))";
}
def Delta_LogSigmoidOp : Delta_UnaryOp<
    "logsigmoid", "log sigmoid(a) = −softplus(−a)",
    "sigmoid(−a)"> {
  let number = "std::fmin(x[0], 0) - std::log1p(std::exp(-std::fabs(x[0])))";
  let interval = "logsigmoid(x[0])";
  let lowering = "e.logsigmoid(x[0])";
  let exponential = "true";
  let partial = "e.sigmoid(e.neg(x[0]))";
}
def Delta_SoftplusOp : Delta_UnaryOp<
    "softplus", "log(1 + e^a), without overflow",
    "sigmoid(a)"> {
  let number = "std::fmax(x[0], 0) + std::log1p(std::exp(-std::fabs(x[0])))";
  let interval = "softplus(x[0])";
  let lowering = "e.softplus(x[0])";
  let exponential = "true";
  let partial = "e.sigmoid(x[0])";
}
def Delta_SiluOp : Delta_UnaryOp<"silu", "a · sigmoid(a)",
    "s + r · (1 − s) with s = sigmoid(a)"> {
  let number = "siluOf(x[0])";
  let interval = "silu(x[0])";
  let lowering = "e.silu(x[0])";
  let nonExpansive = "true";
  let exponential = "true";
  let partial = [{
    [&] {
      ::mlir::Value s = e.sigmoid(x[0]);
      return e.add(s, e.mul(r, e.sub(e.number(1), s)));
    }()
  }];
}

def Delta_SelectOp : Delta_ElementwiseOp<"select", [InferTypeOpAdaptor]> {
  let summary = "one of two numbers by a comparison, element by element";
  let description = [{
    Computes x where a ≥ b, and y elsewhere: also where a or b is NaN. Operands,
    in the order a, b, x, y, are scalars, or vectors along one axis; scalars
    broadcast over vectors. What is not selected counts for nothing, be it NaN.

    Partial derivatives: where a ≥ b 1 by x and 0 by y, elsewhere 0 by x and 1 by
    y; 0 by a and b.

    ```mlir
    %r = delta.select %q, %beta, %k, %beta
    ```
  }];
  let arguments = (ins Delta_Value:$lhs, Delta_Value:$rhs,
                       Delta_Value:$greater, Delta_Value:$less);
  let results = (outs Delta_Value:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($lhs, type($lhs)) `,`
    custom<InferredOperand>($rhs, type($rhs)) `,`
    custom<InferredOperand>($greater, type($greater)) `,`
    custom<InferredOperand>($less, type($less)) attr-dict
  }];
  let number = "x[0] >= x[1] ? x[2] : x[3]";
  let interval = "unite(x[2], x[3])";
  let lowering = "e.select(x[0], x[1], x[2], x[3])";
  let partial = [{
    i < 2 ? ::mlir::Value()
          : e.select(x[0], x[1], e.number(i == 2), e.number(i == 3))
  }];
}

def Delta_ChainOp : Delta_ElementwiseOp<"chain", [InferTypeOpAdaptor]> {
  let summary = "the product of a gradient and a derivative, element by element";
  let description = [{
    Computes g · d, and 0 where the gradient g is 0: what does not count has no
    gradient, be its derivative infinite. So a log gate of −inf has gradient 0,
    and so has what it was multiplied by. (Others call such a zero strong.)
    Both operands are scalars, or vectors along one axis; a scalar broadcasts over
    a vector.

    Partial derivatives: d by g, g by d.

    ```mlir
    %dq = delta.chain %k, %q
    ```
  }];
  let arguments = (ins Delta_Value:$gradient, Delta_Value:$derivative);
  let results = (outs Delta_Value:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($gradient, type($gradient)) `,`
    custom<InferredOperand>($derivative, type($derivative)) attr-dict
  }];
  let number = "x[0] == 0 ? 0 : x[0] * x[1]";
  let interval = "unite(x[0] * x[1], ::sluice::Interval::at(0))";
  let lowering = [{
    e.select(e.number(0), e.make<math::AbsFOp>(x[0]), e.number(0),
             e.make<arith::MulFOp>(x[0], x[1]))
  }];
  let partial = "x[1 - i]";
}

#endif // SLUICE_DELTA_ELEMENTWISE
