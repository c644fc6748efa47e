//===- StepEmitter.h - code of a step on a CPU ------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_DELTATOVECTOR_STEPEMITTER_H
#define SLUICE_PASSES_DELTATOVECTOR_STEPEMITTER_H

#include "lib/Target/CPU/KernelFunction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "passes/DeltaToVector/StepPlan.h"

namespace sluice {

/// Emits the function that delta-to-vector describes, at the insertion point
/// of its builder. One object emits one function.
class StepEmitter {
public:
  StepEmitter(mlir::OpBuilder &builder, delta::RecurrenceOp op,
              const StepPlan &plan, llvm::ArrayRef<mlir::Type> argTypes,
              mlir::Type outputType);

  mlir::func::FuncOp emit();

private:
  using Value = mlir::Value;

  void createFunction();

  // The order of things within a sequence.
  void emitBlock(Value firstToken);
  void emitColumnwise(Value firstToken, Value count);
  void emitTokenwise(Value firstToken, Value count);
  void carryUpdateOperands(Value lastSlot);

  // Sweeps over one panel of the states.
  enum class States { None, Initial, Scratch, Final };
  struct Sweep {
    States from, to;
    /// Apply the update of the token whose values are in this slot.
    Value updateSlot;
    /// Form the reads of this stage, with the vectors of this slot.
    unsigned readStage = 0;
    Value readSlot;
  };
  using Panel = llvm::SmallVector<Value>; // one vector per panelVectors
  void emitSweep(Value panel, const Sweep &sweep);
  void emitFirstOrNextSweep(Value panel, Value token, Value slot);
  Panel loadState(States from, unsigned state, Value panel, Value row);
  void storeState(States to, unsigned state, Value panel, Value row,
                  mlir::ValueRange vectors);
  void applyUpdate(llvm::DenseMap<Value, Panel> &states, Value row,
                   const llvm::DenseMap<Value, Panel> &invariants, Value slot);
  llvm::DenseMap<Value, Panel> loadInvariants(Value panel, const Sweep &sweep);

  // The values of one token.
  struct Token {
    Value index, slot;
    /// Scalars that this token's code has made so far.
    llvm::DenseMap<Value, Value> scalars{};
  };
  /// Elements of an axis that one vector covers; a mask if not all exist.
  struct VectorSpan {
    Value start, mask;
    llvm::DenseMap<Value, Value> vectors{};
  };
  void emitStage(unsigned stage, Token &token, Value panel);
  void emitScalar(Value value, Token &token);
  void emitAxis(delta::Axis axis, llvm::ArrayRef<Value> values, Token &token,
                Value panel);
  /// Reductions and what they have come to.
  using Accumulators = llvm::MapVector<Value, Value>;
  Accumulators makeAccumulators(llvm::ArrayRef<Value> values);
  void emitSpan(llvm::ArrayRef<Value> values, Token &token, VectorSpan &span,
                Accumulators &accumulators);
  Value combine(mlir::Operation *reduction, Value accumulator, Token &token,
                VectorSpan &span);
  void finish(Value value, Value computed, Token &token, VectorSpan *span);

  Value loadScalar(Value value, Token &token);
  Value loadVector(Value value, Token &token, VectorSpan &span);
  Value loadArgument(mlir::BlockArgument argument, Value token,
                     VectorSpan *span);

  // Small things.
  Value index(int64_t value);
  Value number(double value);
  Value splat(double value);
  Value broadcast(Value scalar);
  Value add(Value a, Value b);
  Value mul(Value a, int64_t b);
  Value element(const Buffer &buffer, Value slot, Value offset);
  Value vectorStart(Value panel, int64_t vector);
  Value vectorMask(Value start);
  Value toF32(Value value);
  Value fromF32(Value value, mlir::Type elementType);
  Value loop(Value from, Value to, int64_t step,
             llvm::function_ref<void(Value)> body);

  mlir::OpBuilder &b;
  mlir::Location loc;
  KernelFunction kernel;
  delta::RecurrenceOp op;
  const StepPlan &plan;
  const StepSizes &sizes;
  llvm::SmallVector<mlir::Type> argTypes;
  mlir::Type outputType;
  mlir::VectorType vectorType;
};

} // namespace sluice

#endif // SLUICE_PASSES_DELTATOVECTOR_STEPEMITTER_H
