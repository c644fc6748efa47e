//===- PlanBuilder.cpp - Kernels and launches of an artifact --------------===//

#include "lib/Compiler/PlanBuilder.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/ObjectCode.h"
#include "lib/Compiler/PipelineOptions.h"
#include "lib/Runtime/OutputSums.h"
#include "passes/Pipelines/Pipelines.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

/// Not the spec's name: that could be "memcpy", which code may call.
static constexpr StringLiteral kFunction = "sluice_kernel";
static constexpr StringLiteral kEntry = "sluice_launch";

PlanBuilder::PlanBuilder(const Signature &signature,
                         const CompileOptions &options) {
  artifact.signature = signature;
  artifact.argumentTypes.assign(options.argTypes.begin(),
                                options.argTypes.end());
  artifact.argumentTypes.resize(signature.arguments.size(), io::DType::F32);
  artifact.outputType = options.outputType;
  artifact.sizes = {{"K", options.keyDim}, {"V", options.valueDim}};
  if (options.gpu) {
    artifact.resources.target = options.gpu->name.str();
    return;
  }
  const target::Cpu &cpu = getCpu(options);
  artifact.resources = {cpu.name.str(), getHostFeatures(), cpu.lanes};
}

io::DType PlanBuilder::getArgType(StringRef name) const {
  for (auto [argument, type] :
       zip_equal(artifact.signature.arguments, artifact.argumentTypes))
    if (argument.name == name)
      return type;
  llvm_unreachable("a kernel takes the artifact's arguments");
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

static Signature getSignatureOf(mlir::Operation *op) {
  if (auto scan = dyn_cast<wy::ScanOp>(op))
    return getSignature(scan);
  return getSignature(cast<delta::RecurrenceOp>(op));
}

/// What a kernel takes, in the order of KernelFunction::create().
std::vector<Parameter>
compiler::getTensorParameters(const Signature &signature,
                              const CompileOptions &options) {
  using Kind = KernelArgument::Kind;
  std::vector<Parameter> parameters;
  auto addTensor = [&](io::DType dtype, SymbolicShape shape) {
    for (std::string &size : shape)
      if (size == "K" || size == "V")
        size = std::to_string(size == "K" ? options.keyDim : options.valueDim);
    parameters.push_back({Kind::Tensor, dtype, std::move(shape), 0, 0});
  };
  for (auto [i, argument] : enumerate(signature.arguments))
    addTensor(signature.isState(i) || i >= options.argTypes.size()
                  ? io::DType::F32
                  : options.argTypes[i],
              argument.getShape());
  for (Output output : signature.outputs) {
    // What is added up later is not rounded before.
    io::DType dtype = isShared(output) ? io::DType::F32 : options.outputType;
    output.kind = ArgumentKind::VHeads;
    addTensor(dtype, output.getShape());
  }
  for (unsigned state : signature.getStates())
    addTensor(io::DType::F32, signature.arguments[state].getShape());
  return parameters;
}

/// And what else a kernel of a processor takes.
static std::vector<Parameter> getParameters(const Signature &signature,
                                            const CompileOptions &options,
                                            int64_t scratch) {
  using Kind = KernelArgument::Kind;
  std::vector<Parameter> parameters = getTensorParameters(signature, options);
  auto add = [&](Kind kind) -> Parameter & {
    parameters.emplace_back().kind = kind;
    return parameters.back();
  };
  add(Kind::Scratch).elements = scratch;
  add(Kind::Task);
  for (unsigned state : signature.getStates())
    add(Kind::Present).tensor = state;
  add(Kind::Scale);
  return parameters;
}

Expected<unsigned> PlanBuilder::addKernel(mlir::Operation *op,
                                          const CompileOptions &options) {
  return addKernel(op, getSignatureOf(op), /*scan=*/"", options);
}

/// What a channel's matrices are counted by: chunks of all sequences, none
/// twice.
static Expression countChunks(int64_t chunk) {
  return cantFail(
      Expression::parse(("ceildiv(B * T, " + Twine(chunk) + ") + N").str()));
}

Expected<unsigned> PlanBuilder::addKernel(wy::PlacedOp placed, wy::ScanOp scan,
                                          const CompileOptions &options) {
  Expected<unsigned> kernel =
      addKernel(placed, ::getSignature(scan), scan.getSymName(), options);
  if (!kernel)
    return kernel;
  auto add = [&](wy::ChannelAttr channel) {
    SymbolicShape shape{countChunks(options.chunk).str(), "HV"};
    for (int64_t size : channel.getType().getShape())
      shape.push_back(std::to_string(size));
    artifact.codes.back().parameters.push_back(
        {KernelArgument::Kind::Tensor, io::DType::F32, shape, 0, 0});
  };
  for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
    add(scan.getInChannel(i));
  for (unsigned i = 0, e = scan.getNumOutChannels(); i < e; ++i)
    add(scan.getOutChannel(i));
  return kernel;
}

Expected<unsigned> PlanBuilder::addKernel(mlir::Operation *op,
                                          const Signature &signature,
                                          StringRef scan,
                                          const CompileOptions &options) {
  const target::Cpu &cpu = getCpu(options);
  if (!target::runsHere(cpu))
    return createStringError(inconvertibleErrorCode(),
                             "this processor does not run code for " +
                                 cpu.name);
  TargetPipelineOptions pipeline;
  setPipelineOptions(options, pipeline);
  pipeline.scan = scan.str();
  auto module = derive(
      op,
      [&](mlir::OpPassManager &manager) {
        buildCPUPipeline(manager, pipeline);
        buildVectorToLLVMPipeline(manager);
      },
      kFunction);
  if (!module)
    return module.takeError();
  mlir::Operation *function = (*module)->lookupSymbol(kFunction);
  auto getSize = [&](StringRef name) {
    return function->getAttrOfType<mlir::IntegerAttr>(name).getInt();
  };
  kernels.push_back({signature, options.keyDim, options.valueDim,
                     getSize("sluice.scratch"), getSize("sluice.panels")});
  Expected<Code> code =
      emitObject(**module, kFunction, kEntry,
                 options.chunk == 0 ? CodeEffort::Loops : CodeEffort::Vectors);
  if (!code)
    return code.takeError();
  const Kernel &kernel = kernels.back();
  code->parameters = getParameters(kernel.signature, options, kernel.scratch);
  addCode(std::move(*code));
  return kernels.size() - 1;
}

unsigned PlanBuilder::addCode(Code code) {
  artifact.codes.push_back(std::move(code));
  return artifact.codes.size() - 1;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

TensorRef PlanBuilder::getOutput(unsigned index) {
  Output output = artifact.signature.outputs[index];
  if (!isShared(output))
    return {Space::Output, index};
  auto [found, isNew] = unsummed.try_emplace(index);
  if (isNew) {
    output.kind = ArgumentKind::VHeads;
    Workspace workspace;
    workspace.name = output.name + " of tokens and heads";
    for (const std::string &axis : output.getShape())
      workspace.shape.push_back(cantFail(Expression::parse(axis)));
    found->second = {Space::Workspace,
                     static_cast<unsigned>(artifact.plan.workspaces.size())};
    artifact.plan.workspaces.push_back(std::move(workspace));
  }
  return found->second;
}

Artifact PlanBuilder::take() {
  for (auto [output, from] : unsummed)
    artifact.plan.launches.emplace_back(OutputSum{from, output});
  // Else the artifact would not be read again.
  cantFail(checkLaunches(artifact));
  return std::move(artifact);
}

KernelBinding PlanBuilder::bindWhole() {
  KernelBinding whole;
  const Signature &signature = artifact.signature;
  for (unsigned i = 0, e = signature.arguments.size(); i < e; ++i)
    whole.arguments.push_back({Space::Input, i});
  for (unsigned i = 0, e = signature.outputs.size(); i < e; ++i)
    whole.outputs.push_back(getOutput(i));
  for (unsigned i = 0, e = signature.getStates().size(); i < e; ++i)
    whole.finals.push_back({Space::Final, i});
  return whole;
}

TensorRef PlanBuilder::addWorkspace(StringRef name, int64_t rows,
                                    int64_t columns, Workspace::Fill fill) {
  artifact.plan.workspaces.push_back(
      {name.str(),
       io::DType::F32,
       {cantFail(Expression::parse("G")), cantFail(Expression::parse("HV")),
        rows, columns},
       fill});
  return {Space::Workspace,
          static_cast<unsigned>(artifact.plan.workspaces.size() - 1)};
}

TensorRef PlanBuilder::addChannel(wy::ChannelAttr channel, int64_t chunk) {
  Workspace workspace;
  workspace.name = channel.getName().str();
  workspace.shape = {countChunks(chunk), cantFail(Expression::parse("HV"))};
  for (int64_t size : channel.getType().getShape())
    workspace.shape.emplace_back(size);
  return addWorkspace(std::move(workspace));
}

TensorRef PlanBuilder::addWorkspace(Workspace workspace) {
  std::vector<Workspace> &workspaces = artifact.plan.workspaces;
  auto found = find_if(workspaces, [&](const Workspace &other) {
    return other.name == workspace.name;
  });
  assert((found == workspaces.end() || *found == workspace) &&
         "kernels have one workspace by one name");
  if (found == workspaces.end())
    found = workspaces.insert(workspaces.end(), std::move(workspace));
  return {Space::Workspace, static_cast<unsigned>(found - workspaces.begin())};
}

/// What a kernel may look at in place of a state that starts at zero.
TensorRef PlanBuilder::addZeros(int64_t rows, int64_t columns) {
  Workspace zeros{"zeros " + std::to_string(rows) + " x " +
                      std::to_string(columns),
                  io::DType::F32,
                  {1, 1, rows, columns},
                  Workspace::Fill::Zeros};
  std::vector<Workspace> &workspaces = artifact.plan.workspaces;
  auto found = find(workspaces, zeros);
  if (found == workspaces.end())
    found = workspaces.insert(workspaces.end(), std::move(zeros));
  return {Space::Workspace, static_cast<unsigned>(found - workspaces.begin())};
}

/// The kernel's arguments in the order of KernelFunction::create().
void PlanBuilder::addLaunch(unsigned index, const KernelBinding &binding) {
  using Kind = KernelArgument::Kind;
  const Kernel &kernel = kernels[index];
  KernelLaunch launch;
  launch.code = index;
  launch.entry = kEntry.str();
  launch.isOverSegments = binding.isOverSegments;
  launch.grid = {
      cantFail(Expression::parse(binding.isOverSegments ? "G" : "N")),
      cantFail(Expression::parse("HV")), kernel.panels};
  auto add = [&](Kind kind, TensorRef tensor = {}, int64_t elements = 0) {
    launch.arguments.push_back({kind, tensor, elements});
  };
  SmallVector<TensorRef> states;
  for (auto [argument, tensor] :
       zip_equal(kernel.signature.arguments, binding.arguments)) {
    bool isState = argument.kind == ArgumentKind::State;
    add(Kind::Tensor, isState && tensor.space == Space::None
                          ? addZeros(kernel.keyDim, kernel.valueDim)
                          : tensor);
    if (isState)
      states.push_back(tensor);
  }
  for (const TensorRef &tensor : binding.outputs)
    add(Kind::Tensor, tensor);
  for (const TensorRef &tensor : binding.finals)
    add(Kind::Tensor, tensor);
  add(Kind::Scratch, {}, kernel.scratch);
  add(Kind::Task);
  for (const TensorRef &state : states)
    add(Kind::Present, state);
  add(Kind::Scale);
  for (const TensorRef &channel : binding.channels)
    add(Kind::Tensor, channel);
  artifact.plan.launches.emplace_back(std::move(launch));
}
