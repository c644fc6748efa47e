//===- WYTokens.cpp - maths of single tokens ------------------------------===//

#include "dialects/WY/WYOps.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

YieldOp TokensOp::getYield() {
  return cast<YieldOp>(getStep().getTerminator());
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

ParseResult TokensOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> args;
  auto parseBinding = [&]() -> ParseResult {
    OpAsmParser::Argument &arg = args.emplace_back();
    OpAsmParser::UnresolvedOperand operand;
    Type type;
    return failure(parser.parseArgument(arg, /*allowType=*/true) ||
                   parser.parseEqual() || parser.parseOperand(operand) ||
                   parser.parseColonType(type) ||
                   parser.resolveOperand(operand, type, result.operands));
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren,
                                     parseBinding) ||
      parser.parseArrowTypeList(result.types) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  // Isolated from above: names of the scan may be used anew.
  return parser.parseRegion(*result.addRegion(), args,
                            /*enableNameShadowing=*/true);
}

void TokensOp::print(OpAsmPrinter &printer) {
  printer << '(';
  llvm::interleaveComma(llvm::zip(getStep().getArguments(), getInputs()),
                        printer, [&](auto binding) {
                          auto [arg, input] = binding;
                          printer.printRegionArgument(arg);
                          printer << " = " << input << " : " << input.getType();
                        });
  printer << ')';
  printer.printArrowTypeList(getResultTypes());
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Verifier
//===----------------------------------------------------------------------===//

/// A chunk's tensor of `token` has a row for each token and the columns of its
/// axis, or, where `mayBeConstant`, no rows.
static bool matches(ChunkHolderOpInterface chunk, Type token, Type tensor,
                    bool mayBeConstant) {
  if (tensor == chunk.getChunkType(token, delta::ArgKind::VHeads))
    return true;
  return mayBeConstant &&
         tensor == chunk.getChunkType(token, delta::ArgKind::Params);
}

LogicalResult TokensOp::verifyRegions() {
  auto chunk = cast<ChunkHolderOpInterface>((*this)->getParentOp());
  // W17: maths without states.
  for (Operation &op : getStep().without_terminator())
    if (!isa_and_nonnull<delta::DeltaDialect>(op.getDialect()) ||
        isa<delta::StateOpInterface, delta::RecurrenceOp, delta::YieldOp>(op))
      return op.emitOpError("cannot stand in 'wy.tokens': only delta "
                            "operations without states can");
  auto yield = dyn_cast<YieldOp>(getStep().getTerminator());
  if (!yield)
    return emitOpError("ends with wy.yield");
  // W18: tensors and what one token has of them.
  if (getStep().getNumArguments() != getInputs().size() ||
      yield.getValues().size() != getResults().size())
    return emitOpError() << "binds " << getInputs().size() << " tensors to "
                         << getStep().getNumArguments() << " arguments and "
                         << yield.getValues().size() << " values to "
                         << getResults().size() << " results";
  auto isToken = [](Type type) {
    return isa<delta::ScalarType, delta::VecType>(type);
  };
  for (auto [arg, input] : llvm::zip(getStep().getArguments(), getInputs()))
    if (!isToken(arg.getType()) ||
        !matches(chunk, arg.getType(), input.getType(), /*mayBeConstant=*/true))
      return emitOpError() << arg.getType() << " of one token does not stand "
                           << "for " << input.getType() << " of a chunk";
  for (auto [value, result] : llvm::zip(yield.getValues(), getResults()))
    if (!isToken(value.getType()) ||
        !matches(chunk, value.getType(), result.getType(), false))
      return emitOpError() << value.getType() << " of one token does not stand "
                           << "for " << result.getType() << " of a chunk";
  return success();
}

//===----------------------------------------------------------------------===//
// Canonicalisation
//===----------------------------------------------------------------------===//

namespace {
/// Drops results and inputs that nothing uses, and merges equal ones.
struct PruneTokens : OpRewritePattern<TokensOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TokensOp op,
                                PatternRewriter &rewriter) const override {
    Block &step = op.getStep();
    YieldOp yield = op.getYield();
    // Inputs first: a merge of arguments may make results equal.
    llvm::SmallDenseMap<Value, unsigned> firstInput;
    for (auto [i, input] : llvm::enumerate(op.getInputs())) {
      auto [it, isNew] = firstInput.try_emplace(input, i);
      BlockArgument first = step.getArgument(it->second);
      if (!isNew && !step.getArgument(i).use_empty() &&
          first.getType() == step.getArgument(i).getType()) {
        rewriter.replaceAllUsesWith(step.getArgument(i), first);
        return success();
      }
    }
    llvm::SmallDenseMap<Value, Value> firstResult;
    for (auto [value, result] : llvm::zip(yield.getValues(), op.getResults())) {
      auto [it, isNew] = firstResult.try_emplace(value, result);
      if (!isNew && !result.use_empty() &&
          it->second.getType() == result.getType()) {
        rewriter.replaceAllUsesWith(result, it->second);
        return success();
      }
    }
    SmallVector<unsigned> keptResults, keptInputs;
    for (auto [i, result] : llvm::enumerate(op.getResults()))
      if (!result.use_empty())
        keptResults.push_back(i);
    for (unsigned i = 0, e = step.getNumArguments(); i < e; ++i)
      if (!step.getArgument(i).use_empty())
        keptInputs.push_back(i);
    if (keptResults.size() == op.getNumResults() &&
        keptInputs.size() == op.getInputs().size())
      return failure();
    SmallVector<Value> values, inputs;
    SmallVector<Type> types;
    for (unsigned i : keptResults) {
      values.push_back(yield.getValues()[i]);
      types.push_back(op.getResult(i).getType());
    }
    rewriter.modifyOpInPlace(yield,
                             [&] { yield.getValuesMutable().assign(values); });
    // An argument may have been used by a dropped result only.
    keptInputs.clear();
    for (unsigned i = 0, e = step.getNumArguments(); i < e; ++i)
      if (!step.getArgument(i).use_empty()) {
        keptInputs.push_back(i);
        inputs.push_back(op.getInputs()[i]);
      }
    auto pruned = TokensOp::create(rewriter, op.getLoc(), types, inputs);
    rewriter.inlineRegionBefore(op.getBody(), pruned.getBody(),
                                pruned.getBody().end());
    Block &kept = pruned.getStep();
    for (unsigned i = kept.getNumArguments(); i-- > 0;)
      if (kept.getArgument(i).use_empty())
        kept.eraseArgument(i);
    SmallVector<Value> replacements(op.getNumResults());
    for (auto [i, result] : llvm::zip(keptResults, pruned.getResults()))
      replacements[i] = result;
    rewriter.replaceOp(op, replacements);
    return success();
  }
};
} // namespace

void TokensOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<PruneTokens>(context);
}
