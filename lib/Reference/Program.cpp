//===- Program.cpp - A step compiled for interpretation -------------------===//

#include "lib/Reference/Program.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <utility>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;
using mlir::Operation;
using mlir::Value;

namespace {
class Compiler {
public:
  Compiler(const runtime::Sizes &sizes, double scale, mlir::Block &block)
      : keyDim(sizes["K"]), valueDim(sizes["V"]), scale(scale), block(block) {}

  /// A step, of which the states `carried` lead to the next token, by their
  /// numbers among the arguments.
  Expected<Program> compileStep(SignatureOpInterface op,
                                ArrayRef<unsigned> carried);
  Expected<Program> compileTokens(wy::TokensOp tokens);

private:
  void findLastUses();
  void placeArguments(SignatureOpInterface op);
  Error compileOps();
  Error compile(Operation &step);
  void compileState(Operation &step, Instruction &instruction);

  int64_t sizeOf(mlir::Type type) const {
    auto vector = dyn_cast<VecType>(type);
    if (!vector)
      return 1;
    return vector.getAxis() == Axis::Key ? keyDim : valueDim;
  }
  Slot place(Value value) {
    Slot slot{program.numNumbers, sizeOf(value.getType())};
    program.numNumbers += slot.size;
    slots[value] = slot;
    return slot;
  }
  unsigned newBuffer() {
    return free.empty() ? program.numBuffers++ : free.pop_back_val();
  }

  int64_t keyDim, valueDim;
  double scale;
  mlir::Block &block;
  Program program;
  DenseMap<Value, Slot> slots;
  /// Buffers of states, and the ones no living state is in.
  DenseMap<Value, unsigned> buffers;
  SmallVector<unsigned> free;
  /// The last op that uses a state; null if none does.
  DenseMap<Value, Operation *> lastUses;
};
} // namespace

void Compiler::findLastUses() {
  for (Operation &step : block)
    for (Value operand : step.getOperands())
      if (isa<StateType>(operand.getType()))
        lastUses[operand] = &step;
}

void Compiler::placeArguments(SignatureOpInterface op) {
  for (mlir::BlockArgument argument : block.getArguments()) {
    unsigned index = argument.getArgNumber();
    if (op.getArgKind(index) == ArgKind::State)
      buffers[argument] = program.numBuffers++;
    else if (op.getArgKind(index) == ArgKind::Params)
      program.paramLoads.push_back({index, place(argument)});
    else
      program.tokenLoads.push_back(
          {index, place(argument), op.getArgKind(index) == ArgKind::QKHeads});
  }
}

static std::optional<Axis> axisOf(Value value) {
  if (auto vector = dyn_cast<VecType>(value.getType()))
    return vector.getAxis();
  return std::nullopt;
}

/// State operands are in buffers already; finds one for the result, in place
/// where the op is the last to see its operand.
void Compiler::compileState(Operation &step, Instruction &instruction) {
  auto states = make_filter_range(step.getOperands(), [](Value operand) {
    return isa<StateType>(operand.getType());
  });
  for (Value operand : step.getOperands())
    if (!isa<StateType>(operand.getType()))
      instruction.inputs.push_back(slots.at(operand));
  // The first state operand, and the last.
  bool isFirst = true;
  for (Value operand : states) {
    instruction.otherState = buffers.at(operand);
    if (std::exchange(isFirst, false))
      instruction.fromState = instruction.otherState;
  }

  // What dies here makes room, for this op's result first of all. A state that
  // is an operand twice dies once.
  SmallSetVector<Value, 2> operands(states.begin(), states.end());
  for (Value operand : operands)
    if (lastUses.lookup(operand) == &step)
      free.push_back(buffers.at(operand));
  Value result = step.getResult(0);
  if (!isa<StateType>(result.getType())) {
    instruction.out = place(result);
    return;
  }
  instruction.toState = buffers[result] = newBuffer();
  if (!lastUses.contains(result))
    free.push_back(instruction.toState);
}

Error Compiler::compile(Operation &step) {
  Instruction instruction;
  bool known =
      TypeSwitch<Operation *, bool>(&step)
          .Case([&](ConstantOp constant) {
            program.constants.emplace_back(
                place(constant), constant.getValue().convertToDouble());
            return true;
          })
          .Case([&](ScaleOp op) {
            program.constants.emplace_back(place(op), scale);
            return true;
          })
          .Case([&](ElementwiseOpInterface function) {
            instruction.opcode = Opcode::Elementwise;
            instruction.function = function;
            return true;
          })
          .Case([&](BroadcastOp) {
            instruction.opcode = Opcode::Broadcast;
            return true;
          })
          .Case([&](DotOp) {
            instruction.opcode = Opcode::Dot;
            return true;
          })
          .Case([&](ReduceOp reduce) {
            instruction.opcode = Opcode::Reduce;
            instruction.reduction = reduce.getKind();
            return true;
          })
          .Case([&](L2NormOp norm) {
            instruction.opcode = Opcode::L2Norm;
            instruction.epsilon = norm.getEpsilon().convertToDouble();
            return true;
          })
          .Case([&](DecayOp decay) {
            instruction.opcode = Opcode::Decay;
            instruction.axis = axisOf(decay.getGate());
            return true;
          })
          .Case([&](ScaleStateOp scale) {
            instruction.opcode = Opcode::ScaleState;
            instruction.axis = axisOf(scale.getFactor());
            return true;
          })
          .Case([&](ReadOp read) {
            instruction.opcode =
                read.isLeft() ? Opcode::ReadLeft : Opcode::ReadRight;
            return true;
          })
          .Case([&](WriteOp) {
            instruction.opcode = Opcode::Write;
            return true;
          })
          .Case([&](AddStatesOp) {
            instruction.opcode = Opcode::AddStates;
            return true;
          })
          .Case([&](ZeroOp) {
            instruction.opcode = Opcode::Zero;
            return true;
          })
          .Case([&](DotStatesOp dot) {
            instruction.opcode = Opcode::DotStates;
            instruction.axis = axisOf(dot.getResult());
            return true;
          })
          .Default([](Operation *) { return false; });
  if (!known)
    return createStringError(inconvertibleErrorCode(),
                             "the reference interpreter has no meaning for '" +
                                 step.getName().getStringRef() + "'");
  if (isa<ConstantOp, ScaleOp>(step))
    return Error::success();
  if (isa<StateOpInterface, ZeroOp>(step)) {
    compileState(step, instruction);
  } else {
    for (Value operand : step.getOperands())
      instruction.inputs.push_back(slots.at(operand));
    instruction.out = place(step.getResult(0));
  }
  program.instructions.push_back(std::move(instruction));
  return Error::success();
}

Error Compiler::compileOps() {
  for (Operation &step : block.without_terminator())
    if (Error error = compile(step))
      return error;
  return Error::success();
}

Expected<Program> Compiler::compileStep(SignatureOpInterface op,
                                        ArrayRef<unsigned> carried) {
  findLastUses();
  placeArguments(op);
  if (Error error = compileOps())
    return std::move(error);
  auto yield = cast<delta::YieldOp>(block.getTerminator());
  for (Value output : yield.getOutputs())
    program.outputs.push_back(slots.at(output));
  DenseMap<unsigned, unsigned> numbers;
  for (auto [number, index] : enumerate(op.getSignature().getStates()))
    numbers[index] = number;
  for (auto [index, state] : zip_equal(carried, yield.getStates()))
    program.nextStates.push_back({buffers.at(state), numbers.at(index)});
  return std::move(program);
}

Expected<Program> Compiler::compileTokens(wy::TokensOp tokens) {
  for (mlir::BlockArgument argument : block.getArguments())
    program.tokenLoads.push_back({argument.getArgNumber(), place(argument)});
  if (Error error = compileOps())
    return std::move(error);
  for (Value value : tokens.getYield().getValues())
    program.outputs.push_back(slots.at(value));
  return std::move(program);
}

Expected<Program> Program::compile(RecurrenceOp op,
                                   const runtime::Problem &problem) {
  return Compiler(problem.sizes, problem.scale, op.getStep())
      .compileStep(op, op.getSignature().getStates());
}

Expected<Program> Program::compile(RecurrenceOp op, AdjointOp adjoint,
                                   const runtime::Problem &problem) {
  return Compiler(problem.sizes, problem.scale, adjoint.getStep())
      .compileStep(adjoint, adjoint.getCarried(op));
}

Expected<Program> Program::compile(wy::TokensOp tokens,
                                   const runtime::Sizes &sizes, double scale) {
  return Compiler(sizes, scale, tokens.getStep()).compileTokens(tokens);
}
