//===- ConvertPatterns.cpp - tensors from lane to lane --------------------===//
//
// What a thread has already has another number. What another lane of the warp
// has comes by shuffles, in the rounds of a ShufflePlan: a word is what goes in
// one round, and where its registers depend on the lane, lanes choose between
// two words as often as there are independent bits that they depend on.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Layout/ShufflePlan.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/TileToGPU/Patterns.h"
#include "passes/TileToGPU/ThreadWords.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;
using layout::kLane;
using layout::ShufflePlan;

namespace {
/// A linear function of the lane: the sum of those places whose condition
/// holds.
struct Choice {
  uint64_t place;
  Value condition;
};

/// The rounds of one conversion.
class Shuffler {
public:
  Shuffler(OpBuilder &b, Location loc, const ShufflePlan &plan,
           ValueRange operand)
      : b(b), loc(loc), plan(plan), operand(operand),
        element(operand.front().getType()),
        elements(uint64_t(1) << plan.filled.getInputBits("element")) {}

  /// The thread's registers of the result.
  SmallVector<Value> run();

private:
  Value integer(uint64_t value) {
    return arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value getLane() {
    if (!lane)
      lane = arith::AndIOp::create(
          b, loc,
          arith::IndexCastOp::create(b, loc, b.getI32Type(), getThread(b, loc)),
          integer(target::kWarpLanes - 1));
    return lane;
  }
  /// Whether the sum of some bits of the lane's number is 1.
  Value getParity(uint64_t bits);
  /// A function of the lane, by the places of its bits.
  SmallVector<Choice> getChoices(ArrayRef<uint64_t> places);

  using Words = llvm::DenseMap<uint64_t, Value>;
  /// Of words by the first of their registers the one at `at` plus what the
  /// choices say. `made` has those that were asked for, by the choices left.
  Value choose(ArrayRef<Choice> choices, uint64_t at,
               MutableArrayRef<Words> made);

  /// Elements in one word, and back.
  Value pack(ArrayRef<Value> values);
  SmallVector<Value> unpack(Value word);
  /// What another lane offers.
  Value shuffle(unsigned round, Value word);

  OpBuilder &b;
  Location loc;
  const ShufflePlan &plan;
  ValueRange operand;
  Type element;
  uint64_t elements;
  Value lane;
};
} // namespace

Value Shuffler::getParity(uint64_t bits) {
  Value own = arith::AndIOp::create(b, loc, getLane(), integer(bits));
  if (!llvm::has_single_bit(bits))
    own = arith::AndIOp::create(b, loc, math::CtPopOp::create(b, loc, own),
                                integer(1));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, own,
                               integer(0));
}

SmallVector<Choice> Shuffler::getChoices(ArrayRef<uint64_t> places) {
  layout::Span span;
  layout::Vectors basis, bits;
  for (auto [bit, place] : llvm::enumerate(places)) {
    if (!span.contains(place)) {
      span.insert(place);
      basis.push_back(place);
      bits.push_back(0);
    }
    uint64_t used = *span.solve(place);
    for (auto [i, all] : llvm::enumerate(bits))
      all |= (used >> i & 1) << bit;
  }
  return llvm::map_to_vector(llvm::zip_equal(basis, bits), [&](auto pair) {
    auto [place, of] = pair;
    return Choice{place, getParity(of)};
  });
}

Value Shuffler::choose(ArrayRef<Choice> choices, uint64_t at,
                       MutableArrayRef<Words> made) {
  Value &word = made[choices.size()][at];
  if (word)
    return word;
  auto [place, condition] = choices.back();
  choices = choices.drop_back();
  Value other = choose(choices, at ^ place, made),
        same = choose(choices, at, made);
  Value chosen = arith::SelectOp::create(b, loc, condition, other, same);
  return made[choices.size() + 1][at] = chosen;
}

Value Shuffler::pack(ArrayRef<Value> values) {
  if (element.getIntOrFloatBitWidth() == 32)
    return values.front();
  Type word = b.getI32Type();
  if (values.size() == 1) {
    Value half = LLVM::BitcastOp::create(b, loc, b.getI16Type(), values[0]);
    return LLVM::ZExtOp::create(b, loc, word, half);
  }
  return LLVM::BitcastOp::create(b, loc, word, packElements(b, loc, values));
}

SmallVector<Value> Shuffler::unpack(Value word) {
  if (element.getIntOrFloatBitWidth() == 32)
    return {word};
  if (elements == 1)
    return {LLVM::BitcastOp::create(
        b, loc, element, LLVM::TruncOp::create(b, loc, b.getI16Type(), word))};
  return unpackElements(
      b, loc,
      LLVM::BitcastOp::create(b, loc, VectorType::get({2}, element), word));
}

Value Shuffler::shuffle(unsigned round, Value word) {
  constexpr auto kWidth = static_cast<int32_t>(target::kWarpLanes);
  if (std::optional<uint64_t> distance = plan.getButterfly(round))
    return gpu::ShuffleOp::create(b, loc, word, static_cast<int32_t>(*distance),
                                  kWidth, gpu::ShuffleMode::XOR)
        .getShuffleResult();
  Value from = integer(plan.from.apply({{"round", round}}));
  for (auto [bit, place] : llvm::enumerate(plan.from.getBases(kLane))) {
    if (place == 0)
      continue;
    Value own = arith::ShRUIOp::create(b, loc, getLane(), integer(bit));
    own = arith::AndIOp::create(b, loc, own, integer(1));
    own = arith::MulIOp::create(b, loc, own, integer(place));
    from = arith::XOrIOp::create(b, loc, from, own);
  }
  return gpu::ShuffleOp::create(b, loc, word, from, integer(kWidth),
                                gpu::ShuffleMode::IDX)
      .getShuffleResult();
}

SmallVector<Value> Shuffler::run() {
  SmallVector<Choice> offers = getChoices(plan.offered.getBases(kLane)),
                      fills = getChoices(plan.filled.getBases(kLane));
  auto getRegister = [](const layout::LinearLayout &side, uint64_t element,
                        uint64_t round) {
    return side.apply({{"element", element}, {"round", round}});
  };
  // Any sum of places that lanes differ by may be asked for.
  SmallVector<Words> offered(offers.size() + 1), received(fills.size() + 1);
  for (unsigned round = 0; round < plan.getNumRounds(); ++round)
    for (uint64_t sum = 0; sum < uint64_t(1) << offers.size(); ++sum) {
      uint64_t first = getRegister(plan.offered, 0, round);
      for (auto [i, offer] : llvm::enumerate(offers))
        first ^= sum >> i & 1 ? offer.place : 0;
      Value &word = offered[0][first];
      if (word)
        continue;
      SmallVector<Value> values;
      for (uint64_t i = 0; i < elements; ++i)
        values.push_back(operand[first ^ getRegister(plan.offered, i, 0)]);
      word = pack(values);
    }
  for (unsigned round = 0; round < plan.getNumRounds(); ++round) {
    Value word = choose(offers, getRegister(plan.offered, 0, round), offered);
    if (!plan.isOwn[round])
      word = shuffle(round, word);
    received[0][getRegister(plan.filled, 0, round)] = word;
  }
  SmallVector<Value> results(plan.copies.getInputs().front().getSize());
  for (unsigned round = 0; round < plan.getNumRounds(); ++round) {
    Value word = choose(fills, getRegister(plan.filled, 0, round), received);
    for (auto [i, value] : llvm::enumerate(unpack(word)))
      results[getRegister(plan.filled, i, round)] = value;
  }
  for (auto [reg, result] : llvm::enumerate(results))
    result = results[plan.copies.apply(reg)];
  return results;
}

namespace {
struct ConvertPattern : OpConversionPattern<ConvertOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ConvertOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ValueRange operand = adaptor.getOperand();
    SmallVector<Value> results;
    if (std::optional<layout::LinearLayout> registers = op.findRegisters()) {
      for (uint64_t reg = 0, e = registers->getInputs().front().getSize();
           reg < e; ++reg)
        results.push_back(operand[registers->apply(reg)]);
    } else if (std::optional<ShufflePlan> plan = op.planShuffles()) {
      results = Shuffler(rewriter, op.getLoc(), *plan, operand).run();
    } else {
      return op.emitOpError("moves elements between warps, or such as are no "
                            "words: run tile-through-shared before "
                            "tile-to-gpu");
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};
} // namespace

void sluice::populateConvertPatterns(RewritePatternSet &patterns,
                                     const ThreadTypeConverter &converter) {
  patterns.add<ConvertPattern>(converter, patterns.getContext());
}
