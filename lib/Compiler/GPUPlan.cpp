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

/// A name that PTX has no other use for.
static std::string getEntry(StringRef name, bool isChunkForm) {
  std::string entry = (Twine(isDigit(name.front()) ? "_" : "") + name +
                       (isChunkForm ? "_chunk" : "_step"))
                          .str();
  for (char &c : entry)
    if (!isAlnum(c))
      c = '_';
  return entry;
}

/// What a launch gives for an argument of a kernel.
static KernelArgument getArgument(tile::BindingAttr binding,
                                  const Signature &signature,
                                  const KernelBinding &tensors) {
  auto find = [&](auto &&range) {
    auto found = find_if(range, [&](const auto &each) {
      return each.name == binding.getName().getValue();
    });
    return static_cast<unsigned>(std::distance(range.begin(), found));
  };
  KernelArgument argument;
  switch (binding.getKind()) {
  case tile::BindingKind::Input:
    argument.tensor = tensors.arguments[find(signature.arguments)];
    break;
  case tile::BindingKind::Output:
    argument.tensor = tensors.outputs[find(signature.outputs)];
    break;
  case tile::BindingKind::Final: {
    unsigned place = find(signature.arguments);
    for (auto [state, tensor] :
         zip_equal(signature.getStates(), tensors.finals))
      if (state == place)
        argument.tensor = tensor;
    break;
  }
  case tile::BindingKind::Size:
    argument.kind = KernelArgument::Kind::Size;
    argument.size = cantFail(Expression::parse(binding.getName().getValue()));
    break;
  case tile::BindingKind::Sequences:
    argument.kind = KernelArgument::Kind::Sequences;
    break;
  case tile::BindingKind::Scale:
    argument.kind = KernelArgument::Kind::Scale;
    break;
  }
  return argument;
}

static KernelLaunch getLaunch(tile::KernelOp kernel, const Signature &signature,
                              const KernelBinding &tensors) {
  KernelLaunch launch;
  launch.entry = kernel.getSymName().str();
  for (StringRef size : kernel.getGrid().getAsValueRange<mlir::StringAttr>())
    launch.grid.push_back(cantFail(Expression::parse(size)));
  launch.grid.resize(3, cantFail(Expression::parse("1")));
  launch.blockThreads =
      static_cast<int64_t>(kernel.getWarps()) * target::kWarpLanes;
  if (auto bytes = kernel->getAttrOfType<mlir::IntegerAttr>(
          tile::KernelOp::getSharedBytesName()))
    launch.sharedBytes = bytes.getInt();
  for (unsigned i = 0, e = kernel.getArgumentTypes().size(); i < e; ++i)
    launch.arguments.push_back(
        getArgument(kernel.getBinding(i), signature, tensors));
  return launch;
}

/// Tensors, then what the kernel says of its other arguments.
static std::vector<Parameter> getParameters(tile::KernelOp kernel,
                                            const PlanBuilder &builder,
                                            const CompileOptions &options) {
  std::vector<Parameter> parameters =
      getTensorParameters(builder.getSignature(), options);
  for (unsigned i = parameters.size(), e = kernel.getArgumentTypes().size();
       i < e; ++i) {
    Parameter &parameter = parameters.emplace_back();
    switch (kernel.getBinding(i).getKind()) {
    case tile::BindingKind::Size:
      parameter.kind = KernelArgument::Kind::Size;
      break;
    case tile::BindingKind::Sequences:
      parameter.kind = KernelArgument::Kind::Sequences;
      break;
    case tile::BindingKind::Scale:
      parameter.kind = KernelArgument::Kind::Scale;
      break;
    case tile::BindingKind::Input:
    case tile::BindingKind::Output:
    case tile::BindingKind::Final:
      llvm_unreachable("tensors come first");
    }
  }
  return parameters;
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
  auto kernel = *(*module)->getOps<tile::KernelOp>().begin();
  auto code = derive(kernel, [&](mlir::OpPassManager &manager) {
    buildTileToNVVMPipeline(manager);
  });
  if (!code)
    return code.takeError();
  Expected<std::string> ptx = target::emitPTX(
      *(*code)->getOps<mlir::gpu::GPUModuleOp>().begin(), *options.gpu);
  if (!ptx)
    return ptx.takeError();
  KernelLaunch launch =
      getLaunch(kernel, builder.getSignature(), builder.bindWhole());
  launch.code = builder.addCode({Code::Format::PTX,
                                 {ptx->begin(), ptx->end()},
                                 getParameters(kernel, builder, options)});
  builder.addLaunch(std::move(launch));
  return Error::success();
}
