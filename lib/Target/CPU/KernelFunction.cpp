//===- KernelFunction.cpp - the signature of a CPU kernel -----------------===//

#include "lib/Target/CPU/KernelFunction.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static constexpr int64_t kAny = ShapedType::kDynamic;

/// [B,T,heads,K] and alike per token, [HV,K] and alike for a param.
static MemRefType memRefOf(const KernelSignature &signature, ArgKind kind,
                           Type type, Type element) {
  if (kind == ArgKind::State)
    return MemRefType::get({kAny, kAny, signature.keyDim, signature.valueDim},
                           element);
  SmallVector<int64_t> shape(kind == ArgKind::Params ? 1 : 3, kAny);
  if (auto vec = dyn_cast<VecType>(type))
    shape.push_back(vec.getAxis() == Axis::Key ? signature.keyDim
                                               : signature.valueDim);
  return MemRefType::get(shape, element);
}

KernelFunction KernelFunction::create(OpBuilder &b, Location loc,
                                      const KernelSignature &signature) {
  SmallVector<Type> types;
  auto args = signature.signature.getArguments();
  auto outputs = signature.signature.getOutputs();
  size_t numStates = signature.signature.getStates().size();
  for (auto [arg, element] : llvm::zip_equal(args, signature.argElements))
    types.push_back(memRefOf(signature, arg.getKind(), arg.getType(), element));
  for (OutputAttr output : outputs) {
    // What is added up later is not rounded before.
    Type element = output.getKind() == ArgKind::VHeads ? signature.outputElement
                                                       : b.getF32Type();
    types.push_back(
        memRefOf(signature, ArgKind::VHeads, output.getType(), element));
  }
  types.append(numStates,
               memRefOf(signature, ArgKind::State, Type(), b.getF32Type()));
  types.push_back(MemRefType::get({kAny}, b.getF32Type()));
  types.append(8, b.getIndexType());
  types.append(numStates, b.getI1Type());
  types.push_back(b.getF32Type());
  types.append(signature.channels.begin(), signature.channels.end());

  KernelFunction kernel;
  kernel.function = func::FuncOp::create(b, loc, signature.name,
                                         b.getFunctionType(types, {}));
  kernel.function->setAttr("llvm.emit_c_interface", b.getUnitAttr());
  kernel.function->setAttr(DeltaDialect::getSignatureName(),
                           signature.signature);
  auto values = kernel.function.addEntryBlock()->getArguments();
  auto take = [&](size_t count) {
    SmallVector<Value> taken(values.take_front(count));
    values = values.drop_front(count);
    return taken;
  };
  auto takeOne = [&] { return take(1).front(); };
  kernel.args = take(args.size());
  kernel.outputs = take(outputs.size());
  kernel.finals = take(numStates);
  kernel.scratch = takeOne();
  for (Value *place :
       {&kernel.sequence, &kernel.batch, &kernel.begin, &kernel.end,
        &kernel.head, &kernel.qkHead, &kernel.firstPanel, &kernel.endPanel})
    *place = takeOne();
  kernel.hasInitial = take(numStates);
  kernel.scale = takeOne();
  kernel.channels = take(signature.channels.size());
  return kernel;
}

void KernelFunction::setSizes(int64_t scratchElements, int64_t panels) {
  Builder b(function.getContext());
  function->setAttr("sluice.scratch", b.getI64IntegerAttr(scratchElements));
  function->setAttr("sluice.panels", b.getI64IntegerAttr(panels));
}

SmallVector<Value> KernelFunction::argumentIndices(ArgKind kind,
                                                   Value token) const {
  switch (kind) {
  case ArgKind::QKHeads:
    return {batch, token, qkHead};
  case ArgKind::VHeads:
    return {batch, token, head};
  case ArgKind::Params:
    return {head};
  case ArgKind::State:
    break;
  }
  llvm_unreachable("states are read by sweeps");
}

Type sluice::parseKernelType(StringRef name, MLIRContext *context) {
  if (name == "f32")
    return Float32Type::get(context);
  if (name == "f16")
    return Float16Type::get(context);
  if (name == "bf16")
    return BFloat16Type::get(context);
  return nullptr;
}
