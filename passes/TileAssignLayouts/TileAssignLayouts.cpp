//===- TileAssignLayouts.cpp - who holds which element --------------------===//

#include "passes/TileAssignLayouts/TileAssignLayouts.h"
#include "dialects/Tile/TileAxes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/TileAssignLayouts/BlockedLayouts.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace sluice {
#define GEN_PASS_DEF_TILEASSIGNLAYOUTS
#include "passes/TileAssignLayouts/TileAssignLayouts.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

static RankedTensorType getTensorType(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

namespace {
/// Tensors that have one layout.
struct TensorClass {
  SmallVector<Value> values;
  LayoutAttr layout;
  /// Of products: whether an accumulator's rows are the tensor's columns.
  bool isByColumns = false;

  /// Returns true if a prefix is among the values.
  bool hasPrefix() const {
    return llvm::any_of(
        values, [](Value value) { return value.getDefiningOp<PrefixOp>(); });
  }
};

/// The tensors of a kernel, by class.
class TensorClasses {
public:
  explicit TensorClasses(KernelOp kernel) {
    kernel.getBody().walk([&](Operation *op) { visit(op); });
    for (Value value : all) {
      Value leader = members.getLeaderValue(value);
      auto [it, isNew] = numbers.try_emplace(leader, classes.size());
      if (isNew)
        classes.emplace_back();
      numbers[value] = it->second;
      classes[numbers[value]].values.push_back(value);
    }
  }

  MutableArrayRef<TensorClass> get() { return classes; }
  const TensorClass &get(Value value) const {
    return classes[numbers.lookup(value)];
  }
  LayoutAttr getLayout(Value value) const { return get(value).layout; }

private:
  void add(Value value) {
    if (!getTensorType(value) || members.contains(value))
      return;
    members.insert(value);
    all.push_back(value);
  }

  void connect(ValueRange a, ValueRange b) {
    for (auto [x, y] : llvm::zip_equal(a, b)) {
      add(x);
      add(y);
      if (getTensorType(x))
        members.unionSets(x, y);
    }
  }

  void visit(Operation *op) {
    for (Value result : op->getResults())
      add(result);
    for (Region &region : op->getRegions())
      for (Value argument : region.getArguments())
        add(argument);
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      connect(loop.getInitArgs(), loop.getRegionIterArgs());
      connect(loop.getYieldedValues(), loop.getRegionIterArgs());
      connect(loop.getResults(), loop.getRegionIterArgs());
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      if (branch.getNumResults() > 0) {
        connect(branch.thenYield().getOperands(), branch.getResults());
        connect(branch.elseYield().getOperands(), branch.getResults());
      }
    } else if (auto dot = dyn_cast<DotOp>(op)) {
      if (dot.getInto())
        connect(dot.getInto(), dot.getResult());
    } else if (isa<PrefixOp>(op) || OpTrait::hasElementwiseMappableTraits(op)) {
      for (ValueRange values :
           {ValueRange(op->getOperands()), ValueRange(op->getResults())})
        for (Value value : values)
          if (getTensorType(value))
            connect(value, op->getResult(0));
    }
  }

  llvm::EquivalenceClasses<Value> members;
  SmallVector<Value> all;
  DenseMap<Value, unsigned> numbers;
  SmallVector<TensorClass> classes;
};
} // namespace

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

/// Registers along the last axis that follow one another from register 0 on.
static int64_t getVectorLength(LayoutAttr layout) {
  unsigned rank = layout.getRank();
  ArrayRef<int64_t> places = layout.getRegisters();
  int64_t length = 1;
  for (size_t i = 0; i < places.size(); i += rank) {
    SmallVector<int64_t> next(rank, 0);
    next.back() = length;
    if (places.slice(i, rank) != ArrayRef<int64_t>(next))
      break;
    length *= 2;
  }
  return length;
}

namespace {
/// What it costs to hold a class of vectors in a layout, in instructions of a
/// thread.
class VectorCost {
public:
  VectorCost(const TensorClasses &classes, LayoutAttr layout)
      : classes(classes), layout(layout), registers(layout.getNumRegisters()) {}

  int64_t get(ArrayRef<Value> values) {
    for (Value value : values) {
      if (Operation *op = value.getDefiningOp())
        addResult(op);
      for (Operation *user : value.getUsers())
        addUse(user);
    }
    return cost;
  }

private:
  // Of exponentials, quotients and their like; of a round trip through shared
  // memory beside its accesses; of a sum over a warp, and over all warps.
  static constexpr int64_t kExpensive = 12, kConversion = 30, kShuffles = 20,
                           kWarps = 40;

  int64_t getAccesses(LayoutAttr of) const {
    constexpr int64_t kMostOfVector = 4;
    return of.getNumRegisters() / std::min(getVectorLength(of), kMostOfVector);
  }

  void addConversion(LayoutAttr other) {
    if (other != layout)
      cost += kConversion + getAccesses(layout) + getAccesses(other);
  }

  void addResult(Operation *op) {
    if (isa<LoadOp>(op))
      cost += 4 * getAccesses(layout);
    else if (auto reduce = dyn_cast<ReduceOp>(op))
      addConversion(
          classes.getLayout(reduce.getOperand()).dropAxis(reduce.getAxis()));
    else if (isa<arith::DivFOp>(op) ||
             (isa<math::MathDialect>(op->getDialect()) &&
              !isa<math::AbsFOp, math::FmaOp>(op)))
      cost += kExpensive * registers;
    else
      cost += registers;
  }

  void addUse(Operation *user) {
    if (isa<StoreOp>(user)) {
      cost += 4 * getAccesses(layout);
    } else if (auto broadcast = dyn_cast<BroadcastOp>(user)) {
      LayoutAttr result = classes.getLayout(broadcast.getResult());
      addConversion(result.dropAxis(1 - broadcast.getAlong().front()));
    } else if (isa<ReduceOp>(user)) {
      cost += registers;
      if (llvm::any_of(layout.getLanes(), [](int64_t n) { return n; }))
        cost += kShuffles;
      if (llvm::any_of(layout.getWarps(), [](int64_t n) { return n; }))
        cost += kWarps;
    }
  }

  const TensorClasses &classes;
  LayoutAttr layout;
  int64_t registers, cost = 0;
};
} // namespace

/// What the class has, and what its neighbours hold.
static SmallVector<LayoutAttr> getCandidates(const TensorClasses &classes,
                                             const TensorClass &of) {
  SmallVector<LayoutAttr> candidates{of.layout};
  auto add = [&](LayoutAttr matrix, unsigned dropped) {
    LayoutAttr layout = matrix.dropAxis(dropped);
    if (!llvm::is_contained(candidates, layout))
      candidates.push_back(layout);
  };
  for (Value value : of.values) {
    if (auto reduce = value.getDefiningOp<ReduceOp>())
      add(classes.getLayout(reduce.getOperand()), reduce.getAxis());
    for (Operation *user : value.getUsers())
      if (auto broadcast = dyn_cast<BroadcastOp>(user))
        add(classes.getLayout(broadcast.getResult()),
            1 - broadcast.getAlong().front());
  }
  return candidates;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Loads of operands from shared memory cost less than a way through it: each
/// product has its own, in its own layout.
static void separateLoads(KernelOp kernel) {
  SmallVector<LoadOp> loads;
  kernel.getBody().walk([&](LoadOp op) {
    if (getTensorType(op.getResult()) &&
        isShared(cast<MemRefType>(op.getMemory().getType())))
      loads.push_back(op);
  });
  for (LoadOp op : loads)
    for (OpOperand &use : llvm::make_early_inc_range(op->getUses()))
      if (!op->hasOneUse()) {
        OpBuilder b(op);
        use.set(b.clone(*op)->getResult(0));
      }
}

static void setType(Value value, LayoutAttr layout) {
  RankedTensorType type = withLayout(getTensorType(value), layout);
  value.setType(type);
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    constant.setValueAttr(
        cast<DenseElementsAttr>(constant.getValue()).reshape(type));
}

/// Returns true if tensor cores multiply the operands.
static bool isForTensorCores(DotOp op) {
  return !getElementTypeOrSelf(op.getLhs().getType()).isF32();
}

/// The layout of a product, or of an operand, on tensor cores. Where the
/// product is held by columns, the instruction computes (A B)ᵀ = Bᵀ Aᵀ.
static LayoutAttr getLayout(EmitError emitError, DotOp op, MMARole role,
                            bool isByColumns, int64_t warps) {
  Value tensor = role == MMARole::Left    ? op.getLhs()
                 : role == MMARole::Right ? op.getRhs()
                                          : op.getResult();
  bool isTransposed = role == MMARole::Left    ? op.getTransposeLhs()
                      : role == MMARole::Right ? op.getTransposeRhs()
                                               : false;
  SmallVector<int64_t> shape(getTensorType(tensor).getShape()),
      product(op.getType().getShape());
  if (isByColumns) {
    isTransposed = !isTransposed;
    std::swap(product[0], product[1]);
    if (role != MMARole::Product)
      role = role == MMARole::Left ? MMARole::Right : MMARole::Left;
  }
  if (isTransposed)
    std::swap(shape[0], shape[1]);
  LayoutAttr layout =
      getMMALayout(emitError, op.getContext(), role, shape, product, warps);
  return layout && isTransposed ? transpose(layout) : layout;
}

/// The axis of an operand that is not summed over.
static unsigned getFreeAxis(OpOperand &operand) {
  auto dot = cast<DotOp>(operand.getOwner());
  bool isRight = operand.getOperandNumber() == 1;
  return isRight ? !dot.getTransposeRhs() : dot.getTransposeLhs();
}

static bool isOperand(OpOperand &use) {
  auto dot = dyn_cast<DotOp>(use.getOwner());
  return dot && isForTensorCores(dot) && use.getOperandNumber() < 2;
}

/// Whether products of a class are held by columns. Who uses a product as an
/// operand has it where it is if an accumulator's rows are the free axis,
/// whichever operand it is: all fragments have rows of four lanes.
static bool chooseOrientation(const TensorClass &products) {
  int64_t rows = 0, columns = 0;
  for (Value value : products.values)
    for (OpOperand &use : value.getUses())
      if (isOperand(use))
        (getFreeAxis(use) == 0 ? rows : columns) +=
            getTensorType(value).getNumElements();
  return columns > rows;
}

/// The layout of an inverse and of what it is made from: columns, of which a
/// warp has whole blocks.
static LayoutAttr getLayout(EmitError emitError, InverseOp op, int64_t warps) {
  return getColumns(emitError, op.getContext(), op.getType().getShape(), warps,
                    op.getRowsOfBlock());
}

/// Has `operand` converted to a layout before `op`.
static void convertOperand(OpOperand &operand, LayoutAttr layout) {
  RankedTensorType type = getTensorType(operand.get());
  if (getLayout(type) == layout)
    return;
  OpBuilder b(operand.getOwner());
  operand.set(ConvertOp::create(b, operand.getOwner()->getLoc(),
                                withLayout(type, layout), operand.get()));
}

/// Has a result that is made in a layout converted to the one that its users
/// expect.
static void convertResult(Value result, Type made) {
  Type expected = result.getType();
  if (made == expected)
    return;
  OpBuilder b(result.getContext());
  b.setInsertionPointAfterValue(result);
  result.setType(made);
  auto convert = ConvertOp::create(b, result.getLoc(), expected, result);
  result.replaceAllUsesExcept(convert.getResult(), convert);
}

static LogicalResult convertBorders(DotOp op, bool isByColumns, int64_t warps) {
  auto emitError = [&] {
    return op.emitOpError() << "cannot be held by " << warps << " warps: ";
  };
  auto get = [&](MMARole role) {
    return getLayout(emitError, op, role, isByColumns, warps);
  };
  LayoutAttr left = get(MMARole::Left), right = get(MMARole::Right),
             product = get(MMARole::Product);
  if (!left || !right || !product)
    return failure();
  convertOperand(op.getLhsMutable(), left);
  convertOperand(op.getRhsMutable(), right);
  RankedTensorType made = withLayout(op.getType(), product);
  if (op.getInto())
    convertOperand(op.getIntoMutable()[0], product);
  convertResult(op.getResult(), made);
  return success();
}

static LogicalResult convertBorders(InverseOp op, int64_t warps) {
  auto emitError = [&] {
    return op.emitOpError() << "cannot be held by " << warps << " warps: ";
  };
  LayoutAttr layout = getLayout(emitError, op, warps);
  if (!layout)
    return failure();
  convertOperand(op.getOperandMutable(), layout);
  convertResult(op.getResult(), withLayout(op.getType(), layout));
  return success();
}

/// Puts conversions where operands are not held as results ask.
static LogicalResult convertBorders(KernelOp kernel,
                                    const TensorClasses &classes) {
  int64_t warps = kernel.getWarpsOfTensors();
  SmallVector<Operation *> borders;
  kernel.getBody().walk([&](Operation *op) {
    if (isa<BroadcastOp, DotOp, InverseOp, ReduceOp>(op))
      borders.push_back(op);
  });
  for (Operation *op : borders) {
    if (auto dot = dyn_cast<DotOp>(op)) {
      if (isForTensorCores(dot) &&
          failed(convertBorders(dot, classes.get(dot.getResult()).isByColumns,
                                warps)))
        return failure();
    } else if (auto inverse = dyn_cast<InverseOp>(op)) {
      if (failed(convertBorders(inverse, warps)))
        return failure();
    } else if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
      if (getTensorType(broadcast.getOperand()))
        convertOperand(broadcast.getOperandMutable(),
                       getLayout(broadcast.getType())
                           .dropAxis(1 - broadcast.getAlong().front()));
    } else {
      auto reduce = cast<ReduceOp>(op);
      convertResult(reduce.getResult(),
                    ReduceOp::inferType(getTensorType(reduce.getOperand()),
                                        reduce.getAxis(), /*byWarp=*/false));
    }
  }
  return success();
}

/// The product that alone uses what alone a class has, a load from shared
/// memory.
static OpOperand *getOnlyOperand(const TensorClass &matrices) {
  Value value = matrices.values.front();
  auto load = value.getDefiningOp<LoadOp>();
  if (matrices.values.size() != 1 || !load || !value.hasOneUse() ||
      !isShared(cast<MemRefType>(load.getMemory().getType())))
    return nullptr;
  OpOperand &use = *value.getUses().begin();
  return isOperand(use) ? &use : nullptr;
}

/// The layout of a class of matrices: a prefix wants whole columns, a product
/// is where tensor cores leave it, an inverse where it is made, and everything
/// else is read by rows.
static LayoutAttr getMatrixLayout(EmitError emitError,
                                  const TensorClasses &classes,
                                  const TensorClass &matrices, int64_t warps) {
  if (OpOperand *use = getOnlyOperand(matrices)) {
    auto dot = cast<DotOp>(use->getOwner());
    return getLayout(emitError, dot,
                     use->getOperandNumber() == 0 ? MMARole::Left
                                                  : MMARole::Right,
                     classes.get(dot.getResult()).isByColumns, warps);
  }
  MLIRContext *context = matrices.values.front().getContext();
  ArrayRef<int64_t> shape = getTensorType(matrices.values.front()).getShape();
  if (matrices.hasPrefix())
    return getColumns(emitError, context, shape, warps);
  for (Value value : matrices.values)
    if (auto dot = value.getDefiningOp<DotOp>(); dot && isForTensorCores(dot))
      return getLayout(emitError, dot, MMARole::Product, matrices.isByColumns,
                       warps);
  for (Value value : matrices.values)
    if (auto inverse = value.getDefiningOp<InverseOp>())
      return getLayout(emitError, inverse, warps);
  return getBlockedMatrix(emitError, context, shape[0], shape[1], warps);
}

/// Has what is stored to global memory time and again, and lies in columns of a
/// few bytes, gathered to rows before.
static void gatherRows(KernelOp kernel) {
  SmallVector<StoreOp> stores;
  kernel.getBody().walk([&](StoreOp op) {
    RankedTensorType type = getTensorType(op.getValue());
    if (type && type.getRank() == 2 && op->getParentOfType<scf::ForOp>() &&
        !isShared(cast<MemRefType>(op.getMemory().getType())) &&
        getVectorLength(getLayout(type)) == 1)
      stores.push_back(op);
  });
  for (StoreOp op : stores) {
    ArrayRef<int64_t> shape = getTensorType(op.getValue()).getShape();
    LayoutAttr rows =
        getBlockedMatrix([&] { return op.emitOpError(); }, op.getContext(),
                         shape[0], shape[1], kernel.getWarpsOfTensors());
    convertOperand(op.getValueMutable(), rows);
  }
}

/// Sets prefixes apart from products that share their class: a product's
/// elementwise maths stays where tensor cores leave it, and what is small
/// enough to be a product's result passes to columns and back.
static void separatePrefixes(KernelOp kernel) {
  TensorClasses classes(kernel);
  SmallVector<PrefixOp> prefixes;
  kernel.getBody().walk([&](PrefixOp op) {
    if (llvm::any_of(classes.get(op.getResult()).values, [](Value value) {
          auto dot = value.getDefiningOp<DotOp>();
          return dot && isForTensorCores(dot);
        }))
      prefixes.push_back(op);
  });
  for (PrefixOp op : prefixes) {
    OpBuilder b(op);
    auto convert = [&](Value value) -> Value {
      return ConvertOp::create(b, op.getLoc(), value.getType(), value);
    };
    op.getOperandMutable().set(convert(op.getOperand()));
    b.setInsertionPointAfter(op);
    Value after = convert(op.getResult());
    op.getResult().replaceAllUsesExcept(after, after.getDefiningOp());
  }
}

namespace {
struct TileAssignLayouts
    : sluice::impl::TileAssignLayoutsBase<TileAssignLayouts> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    int64_t warps = kernel.getWarpsOfTensors();
    separateUniforms(kernel);
    if (kernel.getApart())
      separateLoads(kernel);
    separatePrefixes(kernel);
    TensorClasses classes(kernel);
    for (TensorClass &one : classes.get())
      if (kernel.getApart())
        one.isByColumns = chooseOrientation(one);
    for (TensorClass &one : classes.get()) {
      RankedTensorType type = getTensorType(one.values.front());
      // Loops and branches only hand on what an operation gives.
      Operation *op = one.values.front().getDefiningOp();
      if (type.getRank() > 2 || type.getEncoding()) {
        op->emitOpError() << "has a layout already, or more axes than two: "
                          << type;
        return signalPassFailure();
      }
      auto emitError = [&] {
        return op->emitOpError() << "cannot be held by " << warps << " warps: ";
      };
      one.layout =
          type.getRank() == 2 ? getMatrixLayout(emitError, classes, one, warps)
          : one.hasPrefix()
              ? getColumns(emitError, &getContext(), type.getShape(), warps)
              : getBlockedVector(emitError, &getContext(), type.getDimSize(0),
                                 warps);
      if (!one.layout)
        return signalPassFailure();
    }
    for (TensorClass &one : classes.get()) {
      if (one.layout.getRank() > 1 || one.hasPrefix())
        continue;
      std::optional<int64_t> least;
      for (LayoutAttr candidate : getCandidates(classes, one)) {
        int64_t cost = VectorCost(classes, candidate).get(one.values);
        if (least && cost >= *least)
          continue;
        one.layout = candidate;
        least = cost;
      }
    }
    for (const TensorClass &one : classes.get())
      for (Value value : one.values)
        setType(value, one.layout);
    if (failed(convertBorders(kernel, classes)))
      return signalPassFailure();
    if (kernel.getApart())
      gatherRows(kernel);
  }
};
} // namespace
