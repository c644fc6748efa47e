//===- KernelFrame.cpp - what stands around a kernel's maths --------------===//

#include "lib/Target/GPU/KernelFrame.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

LogicalResult sluice::setElements(Operation *op, unsigned numArgs,
                                  ArrayRef<std::string> argTypes,
                                  StringRef outputType, KernelSizes &sizes) {
  MLIRContext *context = op->getContext();
  auto parse = [&](StringRef name, Type &type) -> LogicalResult {
    type = llvm::StringSwitch<Type>(name)
               .Case("f32", Float32Type::get(context))
               .Case("f16", Float16Type::get(context))
               .Case("bf16", BFloat16Type::get(context))
               .Default(Type());
    if (type)
      return success();
    return op->emitError() << "unknown element type '" << name
                           << "': expected f32, f16 or bf16";
  };
  sizes.argElements.assign(numArgs, Float32Type::get(context));
  for (auto [type, name] : llvm::zip(sizes.argElements, argTypes))
    if (failed(parse(name, type)))
      return failure();
  return parse(outputType, sizes.outputElement);
}

KernelFrame::KernelFrame(OpBuilder &builder, Operation *op, StringRef name,
                         SignatureAttr signature, const KernelSizes &sizes)
    : b(builder), loc(op->getLoc()), signature(signature), sizes(sizes) {
  createKernel(op, name);
  findPlace();
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// Axes of what one token (head, sequence) has.
static SmallVector<Axis, 2> getTypeAxes(Type type) {
  if (auto vec = dyn_cast<VecType>(type))
    return {vec.getAxis()};
  if (auto state = dyn_cast<StateType>(type))
    return {state.getRows(), state.getColumns()};
  return {};
}

/// How many axes of a tensor come before those.
static unsigned getNumOuterAxes(ArgKind kind) {
  switch (kind) {
  case ArgKind::Params:
    return 1;
  case ArgKind::State:
    return 2;
  case ArgKind::QKHeads:
  case ArgKind::VHeads:
    return 3;
  }
  llvm_unreachable("covered switch");
}

MemRefType KernelFrame::getMemoryType(ArgKind kind, Type type, Type element) {
  SmallVector<int64_t> shape(getNumOuterAxes(kind), ShapedType::kDynamic);
  for (Axis axis : getTypeAxes(type))
    shape.push_back(sizes.getDim(axis));
  SmallVector<int64_t> strides(shape.size(), ShapedType::kDynamic);
  strides.back() = 1;
  if (isa<StateType>(type))
    strides[2] = shape[3];
  return MemRefType::get(shape, element,
                         StridedLayoutAttr::get(b.getContext(), 0, strides));
}

/// How many numbers pieces of so many tokens may have: more than there are.
static std::string countPieces(int64_t tokens) {
  return "ceildiv(B * T, " + std::to_string(tokens) + ") + N";
}

MemRefType KernelFrame::getMemoryType(const KernelWorkspace &workspace) {
  // Of each number of a piece, and head.
  SmallVector<int64_t> shape(2, ShapedType::kDynamic);
  llvm::append_range(shape, workspace.type.getShape());
  SmallVector<int64_t> strides(shape.size(), ShapedType::kDynamic);
  strides.back() = 1;
  if (workspace.type.getRank() == 2)
    strides[2] = shape[3];
  return MemRefType::get(shape, workspace.type.getElementType(),
                         StridedLayoutAttr::get(b.getContext(), 0, strides));
}

void KernelFrame::createKernel(Operation *op, StringRef name) {
  MLIRContext *context = b.getContext();
  Type f32 = b.getF32Type();
  SmallVector<Type> types;
  SmallVector<Attribute> bindings;
  auto add = [&](Type type, tile::BindingKind kind, StringRef name = {},
                 StringRef rows = {}) {
    types.push_back(type);
    auto getAttr = [&](StringRef text) {
      return text.empty() ? StringAttr() : b.getStringAttr(text);
    };
    bindings.push_back(b.getDictionaryAttr(b.getNamedAttr(
        tile::KernelOp::getBindingName(),
        tile::BindingAttr::get(context, kind, getAttr(name), getAttr(rows)))));
  };
  auto isTaken = [&](ArgumentAttr argument) {
    return argument.getKind() != ArgKind::State || sizes.takesInitial;
  };
  for (auto [argument, element] :
       llvm::zip(signature.getArguments(), sizes.argElements))
    if (isTaken(argument))
      add(getMemoryType(argument.getKind(), argument.getType(),
                        argument.getKind() == ArgKind::State ? f32 : element),
          tile::BindingKind::Input, argument.getName().getValue());
  for (OutputAttr output : signature.getOutputs())
    add(getMemoryType(ArgKind::VHeads, output.getType(),
                      output.getKind() == ArgKind::VHeads ? sizes.outputElement
                                                          : f32),
        tile::BindingKind::Output, output.getName().getValue());
  SmallVector<unsigned> states;
  if (sizes.givesFinal)
    states = signature.getStates();
  for (unsigned state : states) {
    ArgumentAttr argument = signature.getArguments()[state];
    add(getMemoryType(ArgKind::State, argument.getType(), f32),
        tile::BindingKind::Final, argument.getName().getValue());
  }
  for (const KernelWorkspace &workspace : sizes.workspaces)
    add(getMemoryType(workspace), tile::BindingKind::Workspace, workspace.name,
        countPieces(workspace.tokens));
  add(MemRefType::get({ShapedType::kDynamic}, b.getI64Type()),
      tile::BindingKind::Sequences);
  for (StringRef size : {"T", "H", "HV"})
    add(b.getIndexType(), tile::BindingKind::Size, size);
  if (sizes.pieceTokens)
    add(b.getIndexType(), tile::BindingKind::Size, "N");
  add(f32, tile::BindingKind::Scale);

  int64_t blocks = llvm::divideCeil(sizes.valueDim, sizes.valueBlock);
  std::string pieces =
      sizes.pieceTokens ? "(" + countPieces(sizes.pieceTokens) + ")" : "N";
  std::string grid = pieces + " * HV * " + std::to_string(blocks);
  b.setInsertionPoint(op);
  kernel = tile::KernelOp::create(
      b, loc, b.getStringAttr(name),
      TypeAttr::get(b.getFunctionType(types, {})),
      b.getI64IntegerAttr(sizes.warps), b.getI64IntegerAttr(sizes.ctas),
      /*cluster=*/b.getI64IntegerAttr(1), /*apart=*/UnitAttr(),
      b.getStrArrayAttr({grid}), b.getArrayAttr(bindings),
      /*res_attrs=*/ArrayAttr());
  kernel->setAttr("delta.signature", signature);
  Block *entry = b.createBlock(&kernel.getBody(), {}, types,
                               SmallVector<Location>(types.size(), loc));
  auto next = entry->args_begin();
  auto take = [&](size_t count) {
    SmallVector<Value> taken(next, next + count);
    next += count;
    return taken;
  };
  for (ArgumentAttr argument : signature.getArguments())
    args.push_back(isTaken(argument) ? Value(*next++) : Value());
  outputs = take(signature.getOutputs().size());
  finals = take(states.size());
  workspaces = take(sizes.workspaces.size());
  starts = *next++;
  tokenCount = *next++;
  qkHeads = *next++;
  vHeads = *next++;
  if (sizes.pieceTokens)
    sequenceCount = *next++;
  scale = *next++;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

KernelFrame::Access KernelFrame::getAccess(ArgKind kind, Type type, Value token,
                                           int64_t tokens) {
  Access access;
  switch (kind) {
  case ArgKind::Params:
    access.indices = {head};
    break;
  case ArgKind::State:
    access.indices = {sequence, head};
    break;
  case ArgKind::QKHeads:
    access.indices = {row, token, qkHead};
    break;
  case ArgKind::VHeads:
    access.indices = {row, token, head};
    break;
  }
  if (tokens > 0) {
    access.along.push_back(1);
    access.shape.push_back(tokens);
  }
  for (Axis axis : getTypeAxes(type)) {
    access.along.push_back(static_cast<int64_t>(access.indices.size()));
    access.indices.push_back(axis == Axis::Key ? zero : firstColumn);
    access.shape.push_back(axis == Axis::Key ? sizes.keyDim : sizes.valueBlock);
  }
  return access;
}

/// `shape` of an element type, or one element.
static Type getType(ArrayRef<int64_t> shape, Type element) {
  return shape.empty() ? element : RankedTensorType::get(shape, element);
}

Value KernelFrame::load(Value memory, const Access &access, Value count) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  Value loaded =
      tile::LoadOp::create(b, loc, getType(access.shape, element), memory,
                           access.indices, access.along, count, isInBounds());
  if (element.isF32())
    return loaded;
  return arith::ExtFOp::create(b, loc, getType(access.shape, b.getF32Type()),
                               loaded);
}

void KernelFrame::store(Value value, Value memory, const Access &access,
                        Value count) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  if (!element.isF32())
    value =
        arith::TruncFOp::create(b, loc, getType(access.shape, element), value);
  tile::StoreOp::create(b, loc, value, memory, access.indices, access.along,
                        count, isInBounds());
}

Value KernelFrame::loadArgument(unsigned index, Value token, int64_t tokens,
                                Value count) {
  ArgumentAttr argument = signature.getArguments()[index];
  return load(args[index],
              getAccess(argument.getKind(), argument.getType(), token, tokens),
              count);
}

void KernelFrame::storeOutput(unsigned index, Value value, Value token,
                              Value count) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  store(value, outputs[index],
        getAccess(ArgKind::VHeads, signature.getOutputs()[index].getType(),
                  token, count ? tensor.getDimSize(0) : 0),
        count);
}

void KernelFrame::storeFinal(unsigned index, Value value) {
  unsigned argument = signature.getStates()[index];
  store(value, finals[index],
        getAccess(ArgKind::State, signature.getArguments()[argument].getType(),
                  Value(), 0),
        Value());
}

KernelFrame::Access KernelFrame::getAccess(const KernelWorkspace &workspace,
                                           Value token) {
  // The number that tile.piece gives the piece: tokens are counted through all
  // rows.
  Value before = arith::MulIOp::create(b, loc, row, tokenCount);
  before = arith::AddIOp::create(b, loc, before, token);
  Value size = arith::ConstantIndexOp::create(b, loc, workspace.tokens);
  Value number = arith::DivUIOp::create(b, loc, before, size);
  number = arith::AddIOp::create(b, loc, number, sequence);
  Access access;
  access.indices = {number, head};
  for (int64_t dim : workspace.type.getShape()) {
    access.along.push_back(static_cast<int64_t>(access.indices.size()));
    access.indices.push_back(zero);
    access.shape.push_back(dim);
  }
  if (workspace.hasColumns) {
    access.indices.back() = firstColumn;
    access.shape.back() = sizes.valueBlock;
  }
  return access;
}

Value KernelFrame::loadWorkspace(unsigned index, Value token,
                                 bool withoutUnits) {
  Access access = getAccess(sizes.workspaces[index], token);
  if (withoutUnits)
    for (size_t axis = access.shape.size(); axis-- > 0;)
      if (access.shape[axis] == 1) {
        access.shape.erase(access.shape.begin() + axis);
        access.along.erase(access.along.begin() + axis);
      }
  return load(workspaces[index], access, Value());
}

void KernelFrame::storeWorkspace(unsigned index, Value value, Value token,
                                 Value exists) {
  Access access = getAccess(sizes.workspaces[index], token);
  Value count;
  if (exists) {
    if (access.shape.empty()) {
      // A number is a head's, and only tensors have rows that do not exist.
      access.shape.push_back(1);
      access.along.push_back(1);
      value = tile::BroadcastOp::create(
          b, loc, RankedTensorType::get({1}, value.getType()), value,
          ArrayRef<int64_t>());
    }
    count = arith::SelectOp::create(
        b, loc, exists,
        arith::ConstantIndexOp::create(b, loc, access.shape.front()), zero);
  }
  store(value, workspaces[index], access, count);
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// CTA number ((sequence or piece · HV) + head) · blocks + block.
void KernelFrame::findPlace() {
  auto index = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  // A grid's axis is shorter than 2^31, and quotients of 64 bits cost hundreds
  // of instructions.
  auto narrow = [&](Value x) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getI32Type(), x);
  };
  auto widen = [&](Value x) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), x);
  };
  auto divide = [&](Value x, Value y) -> Value {
    return arith::DivUIOp::create(b, loc, x, y);
  };
  auto rest = [&](Value x, Value y) -> Value {
    return arith::RemUIOp::create(b, loc, x, y);
  };
  zero = index(0);
  int64_t blocks = llvm::divideCeil(sizes.valueDim, sizes.valueBlock);
  Value cta = narrow(gpu::BlockIdOp::create(b, loc, gpu::Dimension::x));
  firstColumn = zero;
  if (blocks > 1) {
    Value count = narrow(index(blocks));
    firstColumn = arith::MulIOp::create(b, loc, widen(rest(cta, count)),
                                        index(sizes.valueBlock));
    cta = divide(cta, count);
  }
  Value heads = narrow(vHeads);
  head = rest(cta, heads);
  sequence = widen(divide(cta, heads));
  qkHead = widen(divide(head, divide(heads, narrow(qkHeads))));
  head = widen(head);
  if (sizes.pieceTokens) {
    auto piece = tile::PieceOp::create(b, loc, sequence, starts, tokenCount,
                                       sequenceCount, sizes.pieceTokens);
    sequence = piece.getSequence();
    row = piece.getRow();
    begin = piece.getBegin();
    end = piece.getEnd();
    isLast = piece.getIsLast();
    return;
  }
  auto place = tile::SequenceOp::create(b, loc, sequence, starts, tokenCount);
  row = place.getRow();
  begin = place.getBegin();
  end = place.getEnd();
}

Value KernelFrame::loadInitial(unsigned index) {
  Access access = getAccess(
      ArgKind::State, signature.getArguments()[index].getType(), Value(), 0);
  Value isPresent = tile::IsPresentOp::create(b, loc, args[index]);
  auto choice = scf::IfOp::create(
      b, loc, isPresent,
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(b, loc, load(args[index], access, Value()));
      },
      [&](OpBuilder &, Location) {
        auto type = RankedTensorType::get(access.shape, b.getF32Type());
        Value zeros = arith::ConstantOp::create(
            b, loc, DenseElementsAttr::get(type, b.getF32FloatAttr(0)));
        scf::YieldOp::create(b, loc, zeros);
      });
  return choice.getResult(0);
}
