//===- LinearForm.cpp - tensors as factors of other tensors ---------------===//

#include "passes/WYMoveFactors/LinearForm.h"
#include "passes/WYMoveFactors/PeelTokens.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

/// More parts than a recurrence has are left alone, and so are parts of more
/// products or factors: what is shared may double them at every step.
static constexpr size_t kMostParts = 32;

static bool isVector(Type tokenType) { return isa<delta::VecType>(tokenType); }

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

/// A log gate of the graph, at most 0, or a parameter that is repeated as one.
static bool isLogGate(Value tensor) {
  return llvm::any_of(tensor.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto accumulate = dyn_cast<AccumulateOp>(user))
      return accumulate.getKind() == GateKind::Log &&
             llvm::is_contained(accumulate.getGate(), tensor);
    if (auto decays = dyn_cast<DecaysOp>(user))
      return decays.getKind() == GateKind::Log;
    auto tokens = dyn_cast<TokensOp>(user);
    if (!tokens)
      return false;
    Value argument = tokens.getStep().getArgument(use.getOperandNumber());
    return llvm::any_of(
        llvm::zip(tokens.getYield().getValues(), tokens.getResults()),
        [&](auto given) {
          auto [value, result] = given;
          return value == argument && isLogGate(result);
        });
  });
}

/// Ranges are a scan's: another holder has none.
bool LinearForms::hasSmallRange(Value value) {
  auto scan = dyn_cast<ScanOp>(holder.getOperation());
  if (!scan)
    return false;
  if (!ranges)
    ranges.emplace(scan);
  return ranges->get(value).range.getMagnitude() <= 1;
}

/// Of what one token has.
bool LinearForms::isAtMostOneToken(Value token, TokensOp tokens) {
  if (auto argument = dyn_cast<BlockArgument>(token))
    return isAtMostOne(tokens.getInputs()[argument.getArgNumber()]);
  Operation *op = token.getDefiningOp();
  if (isa<delta::ScaleOp>(op) || hasSmallRange(token))
    return true;
  if (isa<delta::NegOp, delta::MulOp>(op))
    return llvm::all_of(op->getOperands(), [&](Value operand) {
      return isAtMostOneToken(operand, tokens);
    });
  if (!isa<delta::ExpOp>(op))
    return false;
  Value log = op->getOperand(0);
  if (auto argument = dyn_cast<BlockArgument>(log);
      argument && isLogGate(tokens.getInputs()[argument.getArgNumber()]))
    return true;
  // A log gate that the same node gives.
  return llvm::any_of(
      llvm::zip(tokens.getYield().getValues(), tokens.getResults()),
      [&](auto given) {
        auto [value, result] = given;
        return value == log && isLogGate(result);
      });
}

bool LinearForms::isAtMostOne(Value tensor) {
  if (auto known = bounds.find(tensor); known != bounds.end())
    return known->second;
  bool isBounded = hasSmallRange(tensor);
  if (auto accumulate = tensor.getDefiningOp<AccumulateOp>()) {
    isBounded = accumulate.getKind() == GateKind::Log;
  } else if (auto tokens = tensor.getDefiningOp<TokensOp>()) {
    unsigned result = cast<OpResult>(tensor).getResultNumber();
    isBounded |=
        isAtMostOneToken(tokens.getYield().getValues()[result], tokens);
  }
  bounds[tensor] = isBounded;
  return isBounded;
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

bool LinearPart::isInput() const {
  return vectors.size() == 1 && isa<BlockArgument>(vectors.front());
}

bool LinearForms::isBounded(const LinearPart &part) {
  return part.coefficient.size() == 1 && !hasUnbounded(part);
}

bool LinearForms::hasUnbounded(const LinearPart &part) {
  return llvm::any_of(part.coefficient, [&](const ScalarProduct &product) {
    return llvm::any_of(product.scalars,
                        [&](Value scalar) { return !isAtMostOne(scalar); });
  });
}

static SmallVector<LinearPart, 1> makeOpaque(Value tensor) {
  return {LinearPart{{ScalarProduct{}}, {tensor}}};
}

static void negate(SmallVectorImpl<LinearPart> &parts) {
  for (LinearPart &part : parts)
    for (ScalarProduct &product : part.coefficient)
      product.isNegative = !product.isNegative;
}

/// Adds parts to others, those of the same vectors together.
static void append(SmallVectorImpl<LinearPart> &parts,
                   ArrayRef<LinearPart> more) {
  for (const LinearPart &part : more) {
    LinearPart *same = llvm::find_if(parts, [&](const LinearPart &other) {
      return other.vectors == part.vectors;
    });
    if (same == parts.end())
      parts.push_back(part);
    else
      llvm::append_range(same->coefficient, part.coefficient);
  }
}

/// A parameter has no row of its own to stand in.
static bool isParameter(Value vectors) {
  return cast<RankedTensorType>(vectors.getType()).getRank() < 2;
}

/// scalar ∘ x. What is in x stays there if the product might be larger than
/// anything that is computed.
std::optional<LinearForms::Parts> LinearForms::multiply(Value scalar,
                                                        Value vectors) {
  if (isParameter(vectors))
    return std::nullopt;
  Parts parts = find(vectors);
  if (!isAtMostOne(scalar) && llvm::any_of(parts, [&](const LinearPart &part) {
        return hasUnbounded(part);
      }))
    parts = makeOpaque(vectors);
  for (LinearPart &part : parts)
    for (ScalarProduct &product : part.coefficient)
      product.scalars.push_back(scalar);
  return parts;
}

/// x ∘ y of two vectors: one part each.
std::optional<LinearForms::Parts> LinearForms::multiplyVectors(Value x,
                                                               Value y) {
  if (isParameter(x) && isParameter(y))
    return std::nullopt;
  Parts lhs = find(x), rhs = find(y);
  if (lhs.size() != 1 || rhs.size() != 1 || lhs[0].coefficient.size() != 1 ||
      rhs[0].coefficient.size() != 1 ||
      (hasUnbounded(lhs[0]) && hasUnbounded(rhs[0])))
    return std::nullopt;
  ScalarProduct &product = lhs[0].coefficient.front();
  const ScalarProduct &other = rhs[0].coefficient.front();
  product.isNegative ^= other.isNegative;
  llvm::append_range(product.scalars, other.scalars);
  llvm::append_range(lhs[0].vectors, rhs[0].vectors);
  if (product.scalars.size() > kMostParts || lhs[0].vectors.size() > kMostParts)
    return std::nullopt;
  return lhs;
}

std::optional<LinearForms::Parts>
LinearForms::findSum(ValueRange terms, ArrayRef<bool> isNegative) {
  if (llvm::any_of(terms, isParameter))
    return std::nullopt;
  Parts parts;
  for (auto [term, negative] : llvm::zip_equal(terms, isNegative)) {
    Parts more = find(term);
    if (negative)
      negate(more);
    append(parts, more);
  }
  if (parts.size() > kMostParts ||
      llvm::any_of(parts, [](const LinearPart &part) {
        return part.coefficient.size() > kMostParts;
      }))
    return std::nullopt;
  return parts;
}

std::optional<LinearForms::Parts> LinearForms::findOf(Value tensor) {
  if (auto sum = tensor.getDefiningOp<SumOp>())
    return findSum(sum.getTerms(), SmallVector<bool>(sum.getTerms().size()));
  SingleOp single = findSingleOp(tensor);
  if (!single || !isVector(single.op->getResult(0).getType()))
    return std::nullopt;
  bool areVectors = llvm::all_of(single.op->getOperandTypes(), isVector);
  if (isa<delta::MulOp>(single.op)) {
    if (areVectors)
      return multiplyVectors(single.operands[0], single.operands[1]);
    bool isFirst = !isVector(single.op->getOperand(0).getType());
    return multiply(single.operands[isFirst ? 0 : 1],
                    single.operands[isFirst ? 1 : 0]);
  }
  // A number that is added to a vector is not a factor.
  if (!areVectors)
    return std::nullopt;
  if (isa<delta::NegOp>(single.op))
    return findSum(single.operands, {true});
  if (isa<delta::AddOp, delta::SubOp>(single.op))
    return findSum(single.operands, {false, isa<delta::SubOp>(single.op)});
  return std::nullopt;
}

SmallVector<LinearPart, 1> LinearForms::find(Value tensor) {
  if (auto known = forms.find(tensor); known != forms.end())
    return known->second;
  std::optional<Parts> found = findOf(tensor);
  Parts parts = found ? *found : makeOpaque(tensor);
  forms[tensor] = parts;
  return parts;
}

//===----------------------------------------------------------------------===//
// Factors of scalars
//===----------------------------------------------------------------------===//

bool LinearForms::isFormable(const ScalarProduct &product) {
  return llvm::count_if(product.scalars, [&](Value scalar) {
           return !isAtMostOne(scalar);
         }) <= 1;
}

/// Of one token, into arguments; false where anything but a product is met.
static bool factorizeToken(Value token, bool &isNegative,
                           SmallVectorImpl<BlockArgument> &factors) {
  if (auto argument = dyn_cast<BlockArgument>(token)) {
    factors.push_back(argument);
    return isa<delta::ScalarType>(argument.getType());
  }
  Operation *op = token.getDefiningOp();
  if (!isa<delta::MulOp, delta::NegOp>(op))
    return false;
  isNegative ^= isa<delta::NegOp>(op);
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return factorizeToken(operand, isNegative, factors);
  });
}

void LinearForms::factorize(Value scalar, ScalarProduct &product) {
  bool isNegative = false;
  SmallVector<BlockArgument> factors;
  auto tokens = scalar.getDefiningOp<TokensOp>();
  if (!tokens || !factorizeToken(
                     tokens.getYield()
                         .getValues()[cast<OpResult>(scalar).getResultNumber()],
                     isNegative, factors)) {
    product.scalars.push_back(scalar);
    return;
  }
  product.isNegative ^= isNegative;
  for (BlockArgument factor : factors)
    factorize(tokens.getInputs()[factor.getArgNumber()], product);
}

ScalarProduct LinearForms::factorize(const ScalarProduct &product) {
  ScalarProduct factors;
  factors.isNegative = product.isNegative;
  for (Value scalar : product.scalars)
    factorize(scalar, factors);
  return factors;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static Type getTokenType(Value tensor, ChunkHolderOpInterface holder,
                         const ChunkShapes &shapes) {
  ChunkShape shape = *shapes.find(tensor);
  if (!shape.axis)
    return delta::ScalarType::get(holder->getContext());
  return delta::VecType::get(holder->getContext(), *shape.axis);
}

static ChunkHolderOpInterface getHolder(OpBuilder &b) {
  return cast<ChunkHolderOpInterface>(b.getInsertionBlock()->getParentOp());
}

Value LinearPart::buildCoefficient(OpBuilder &b, Location loc) const {
  llvm::SetVector<Value> inputs;
  for (const ScalarProduct &product : coefficient)
    inputs.insert(product.scalars.begin(), product.scalars.end());
  ChunkHolderOpInterface holder = getHolder(b);
  Type scalar = delta::ScalarType::get(b.getContext());
  Type result = holder.getChunkType(scalar, delta::ArgKind::VHeads);
  // As it is, if it has a number for each token.
  if (coefficient.size() == 1 && !coefficient[0].isNegative &&
      coefficient[0].scalars.size() == 1 && inputs[0].getType() == result)
    return inputs[0];
  auto node = TokensOp::create(b, loc, TypeRange{result}, inputs.getArrayRef());
  OpBuilder::InsertionGuard guard(b);
  Block *step = b.createBlock(&node.getBody(), {},
                              SmallVector<Type>(inputs.size(), scalar),
                              SmallVector<Location>(inputs.size(), loc));
  auto argumentOf = [&](Value tensor) -> Value {
    return step->getArgument(llvm::find(inputs, tensor) - inputs.begin());
  };
  Value total;
  for (const ScalarProduct &product : coefficient) {
    Value term;
    for (Value factor : product.scalars)
      term = term ? delta::MulOp::create(b, loc, term, argumentOf(factor))
                        .getResult()
                  : argumentOf(factor);
    if (!term)
      term = delta::ConstantOp::create(b, loc, scalar, b.getF64FloatAttr(1));
    if (product.isNegative)
      term = delta::NegOp::create(b, loc, term);
    total =
        total ? delta::AddOp::create(b, loc, total, term).getResult() : term;
  }
  YieldOp::create(b, loc, total);
  return node.getResult(0);
}

Value sluice::buildProduct(OpBuilder &b, Location loc, Value coefficient,
                           Value vectors) {
  ChunkHolderOpInterface holder = getHolder(b);
  ChunkShapes shapes(holder);
  SmallVector<Type> tokens = {getTokenType(coefficient, holder, shapes),
                              getTokenType(vectors, holder, shapes)};
  Type result = holder.getChunkType(tokens[1], delta::ArgKind::VHeads);
  auto node = TokensOp::create(b, loc, TypeRange{result},
                               ValueRange{coefficient, vectors});
  OpBuilder::InsertionGuard guard(b);
  Block *step = b.createBlock(&node.getBody(), {}, tokens, {loc, loc});
  Value product =
      delta::MulOp::create(b, loc, step->getArgument(0), step->getArgument(1));
  YieldOp::create(b, loc, product);
  return node.getResult(0);
}

Value LinearPart::buildVectors(OpBuilder &b, Location loc) const {
  Value product = vectors.front();
  for (Value vector : ArrayRef(vectors).drop_front())
    product = buildProduct(b, loc, product, vector);
  return product;
}

Value LinearPart::build(OpBuilder &b, Location loc) const {
  Value product = buildVectors(b, loc);
  return hasCoefficient()
             ? buildProduct(b, loc, buildCoefficient(b, loc), product)
             : product;
}

Value sluice::buildSum(OpBuilder &b, Location loc, ValueRange terms) {
  if (terms.size() == 1)
    return terms.front();
  return SumOp::create(b, loc, terms.front().getType(), terms);
}
