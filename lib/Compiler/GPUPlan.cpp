//===- GPUPlan.cpp - A spec as kernels of a GPU ---------------------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/PipelineOptions.h"
#include "lib/Compiler/PlanBuilder.h"
#include "lib/Target/GPU/PTXCode.h"
#include "passes/Pipelines/Pipelines.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

/// A name as PTX has them.
static std::string makePlain(StringRef name) {
  std::string plain = name.str();
  for (char &c : plain)
    if (!isAlnum(c))
      c = '_';
  return plain;
}

/// A name that PTX has no other use for.
static std::string getEntry(StringRef name, bool isChunkForm) {
  return makePlain((Twine(isDigit(name.front()) ? "_" : "") + name +
                    (isChunkForm ? "_chunk" : "_step"))
                       .str());
}

namespace {
/// The launches of a module's kernels.
class KernelPlan {
public:
  KernelPlan(const CompileOptions &options, PlanBuilder &builder)
      : options(options), builder(builder), whole(builder.bindWhole()),
        tensors(getTensorParameters(builder.getSignature(), options)) {}

  Error add(tile::KernelOp kernel);

private:
  /// What a launch gives for an argument of a kernel, and what its code takes
  /// there.
  struct Place {
    KernelArgument argument;
    Parameter parameter;
  };
  Place getPlace(mlir::Type type, tile::BindingAttr binding);
  /// Of the tensors in the order of getTensorParameters().
  Place getTensor(size_t number, TensorRef tensor) const {
    Place place;
    place.argument.tensor = tensor;
    place.parameter = tensors[number];
    return place;
  }
  Place getWorkspace(mlir::MemRefType type, tile::BindingAttr binding);

  const CompileOptions &options;
  PlanBuilder &builder;
  KernelBinding whole;
  std::vector<Parameter> tensors;
};
} // namespace

static io::DType getDType(mlir::Type element) {
  return element.isBF16()  ? io::DType::BF16
         : element.isF16() ? io::DType::F16
                           : io::DType::F32;
}

KernelPlan::Place KernelPlan::getWorkspace(mlir::MemRefType type,
                                           tile::BindingAttr binding) {
  Workspace workspace;
  workspace.name = binding.getName().str();
  workspace.dtype = getDType(type.getElementType());
  workspace.shape = {cantFail(Expression::parse(binding.getRows().getValue())),
                     cantFail(Expression::parse("HV"))};
  for (int64_t size : type.getShape().drop_front(2))
    workspace.shape.emplace_back(size);
  Place place;
  place.parameter.dtype = workspace.dtype;
  for (const Expression &size : workspace.shape)
    place.parameter.shape.push_back(size.str());
  place.argument.tensor = builder.addWorkspace(std::move(workspace));
  return place;
}

KernelPlan::Place KernelPlan::getPlace(mlir::Type type,
                                       tile::BindingAttr binding) {
  const Signature &signature = builder.getSignature();
  auto find = [&](auto &&range) {
    return static_cast<size_t>(
        std::distance(range.begin(), find_if(range, [&](const auto &each) {
                        return each.name == binding.getName().getValue();
                      })));
  };
  auto plain = [](KernelArgument::Kind kind) {
    Place place;
    place.argument.kind = place.parameter.kind = kind;
    return place;
  };
  size_t arguments = signature.arguments.size(),
         outputs = signature.outputs.size();
  switch (binding.getKind()) {
  case tile::BindingKind::Input: {
    size_t number = find(signature.arguments);
    return getTensor(number, whole.arguments[number]);
  }
  case tile::BindingKind::Output: {
    size_t number = find(signature.outputs);
    return getTensor(arguments + number, whole.outputs[number]);
  }
  case tile::BindingKind::Final: {
    SmallVector<unsigned, 2> states = signature.getStates();
    auto number = static_cast<size_t>(
        llvm::find(states, find(signature.arguments)) - states.begin());
    return getTensor(arguments + outputs + number, whole.finals[number]);
  }
  case tile::BindingKind::Workspace:
    return getWorkspace(cast<mlir::MemRefType>(type), binding);
  case tile::BindingKind::Size: {
    Place place = plain(KernelArgument::Kind::Size);
    place.argument.size =
        cantFail(Expression::parse(binding.getName().getValue()));
    return place;
  }
  case tile::BindingKind::Sequences:
    return plain(KernelArgument::Kind::Sequences);
  case tile::BindingKind::Scale:
    return plain(KernelArgument::Kind::Scale);
  }
  llvm_unreachable("covered switch");
}

/// Compiles a kernel, as code of its own, and launches it.
Error KernelPlan::add(tile::KernelOp kernel) {
  KernelLaunch launch;
  // Those of a placement have names of states, too.
  launch.entry = makePlain(kernel.getSymName());
  kernel.setSymName(launch.entry);
  for (StringRef size : kernel.getGrid().getAsValueRange<mlir::StringAttr>())
    launch.grid.push_back(cantFail(Expression::parse(size)));
  launch.grid.resize(3, cantFail(Expression::parse("1")));
  launch.blockThreads =
      static_cast<int64_t>(kernel.getWarps()) * target::kWarpLanes;
  if (auto bytes = kernel->getAttrOfType<mlir::IntegerAttr>(
          tile::KernelOp::getSharedBytesName()))
    launch.sharedBytes = bytes.getInt();
  std::vector<Parameter> parameters;
  for (auto [i, type] : enumerate(kernel.getArgumentTypes())) {
    Place place = getPlace(type, kernel.getBinding(static_cast<unsigned>(i)));
    launch.arguments.push_back(std::move(place.argument));
    parameters.push_back(std::move(place.parameter));
  }
  auto code = derive(kernel, [&](mlir::OpPassManager &manager) {
    buildTileToNVVMPipeline(manager, options.gpu->name);
  });
  if (!code)
    return code.takeError();
  Expected<std::string> ptx = target::emitPTX(
      *(*code)->getOps<mlir::gpu::GPUModuleOp>().begin(), *options.gpu);
  if (!ptx)
    return ptx.takeError();
  launch.code = builder.addCode(
      {Code::Format::PTX, {ptx->begin(), ptx->end()}, std::move(parameters)});
  builder.addLaunch(std::move(launch));
  return Error::success();
}

Error compiler::planOnGPU(delta::RecurrenceOp op, const CompileOptions &options,
                          PlanBuilder &builder) {
  if (options.segment != 0)
    return createStringError("sequences are not cut in segments on " +
                             options.gpu->name);
  TargetPipelineOptions pipeline;
  setPipelineOptions(options, pipeline);
  auto module = derive(
      op,
      [&](mlir::OpPassManager &manager) {
        buildTilePipeline(manager, pipeline);
      },
      getEntry(op.getSymName(), options.chunk != 0));
  if (!module)
    return module.takeError();
  KernelPlan plan(options, builder);
  for (auto kernel : (*module)->getOps<tile::KernelOp>())
    if (Error error = plan.add(kernel))
      return error;
  return Error::success();
}
