//===- StepKernel.cpp - a step, compiled for this processor ---------------===//

#include "lib/Compiler/CPU/StepKernel.h"
#include "lib/Compiler/Derivation.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "passes/Pipelines/CPUPipeline.h"
#include "passes/Pipelines/Pipelines.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

StepKernel::StepKernel() = default;
StepKernel::~StepKernel() = default;

/// What a chunk form's code has not been given by the passes before: it comes
/// with vectors, straight lines where they pay and invariants outside loops.
/// -O3 would look for more of these by analyses of all loops' counts, whose
/// time grows with the square of the code, and makes nothing faster.
static constexpr llvm::StringLiteral kChunkPasses =
    "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,"
    "simplifycfg,loop-mssa(loop-rotate,licm),gvn,dse,"
    "instcombine<no-verify-fixpoint>)";

/// A step's few loops get -O3, without the vectorisers: what is worth vectors
/// has them already.
static llvm::Error optimizeCode(llvm::Module *module,
                                llvm::TargetMachine *target, bool isStep) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.SLPVectorization = false;
  llvm::PassBuilder builder(target, tuning);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager manager;
  if (isStep)
    manager =
        builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3);
  else if (llvm::Error error = builder.parsePassPipeline(manager, kChunkPasses))
    return error;
  manager.run(*module, modules);
  return llvm::Error::success();
}

static const target::Cpu &getCpu(const StepKernelOptions &options) {
  return options.target ? *options.target : target::getHostCpu();
}

void runtime::setPipelineOptions(const StepKernelOptions &options,
                                 CPUPipelineOptions &pipeline) {
  pipeline.keyDim = options.keyDim;
  pipeline.valueDim = options.valueDim;
  pipeline.chunk = options.chunk;
  pipeline.target = getCpu(options).name.str();
  if (options.schedule)
    llvm::raw_string_ostream(pipeline.schedule.getValue()) << options.schedule;
  for (io::DType type : options.argTypes)
    pipeline.argTypes.push_back(io::dtypeName(type).str());
  pipeline.outputType = io::dtypeName(options.outputType).str();
}

llvm::Expected<std::unique_ptr<StepKernel>>
StepKernel::compile(delta::RecurrenceOp op, const StepKernelOptions &options) {
  static const bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
    return true;
  }();
  (void)initialized;
  MLIRContext *context = op.getContext();
  registerBuiltinDialectTranslation(*context);
  registerLLVMDialectTranslation(*context);

  const target::Cpu &cpu = getCpu(options);
  if (!target::runsHere(cpu))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "this processor does not run code for " +
                                       cpu.name);
  CPUPipelineOptions pipeline;
  setPipelineOptions(options, pipeline);

  // Not the spec's name: that could be "memcpy", which code here may call.
  constexpr llvm::StringLiteral kName = "sluice_kernel";
  // The pipeline takes either.
  wy::ScanOp scan = options.scan;
  auto module = derive(
      scan ? scan.getOperation() : op.getOperation(),
      [&](OpPassManager &manager) {
        buildCPUPipeline(manager, pipeline);
        buildVectorToLLVMPipeline(manager);
      },
      kName);
  if (!module)
    return module.takeError();
  std::unique_ptr<StepKernel> kernel(new StepKernel());
  kernel->lanes = static_cast<unsigned>(cpu.lanes);
  auto getSize = [function = (*module)->lookupSymbol(kName)](StringRef name) {
    return function->getAttrOfType<IntegerAttr>(name).getInt();
  };
  kernel->scratchSize = getSize("sluice.scratch");
  kernel->numPanels = getSize("sluice.panels");

  auto targetBuilder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!targetBuilder)
    return targetBuilder.takeError();
  targetBuilder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  auto target = targetBuilder->createTargetMachine();
  if (!target)
    return target.takeError();
  ExecutionEngineOptions engineOptions;
  auto optimize = [&](llvm::Module *code) {
    return optimizeCode(code, target->get(), /*isStep=*/options.chunk == 0);
  };
  engineOptions.transformer = optimize;
  engineOptions.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  engineOptions.enableGDBNotificationListener = false;
  engineOptions.enablePerfNotificationListener = false;
  auto engine = ExecutionEngine::create(**module, engineOptions);
  if (!engine)
    return engine.takeError();
  kernel->engine = std::move(*engine);
  auto function = kernel->engine->lookupPacked("_mlir_ciface_sluice_kernel");
  if (!function)
    return function.takeError();
  kernel->entry = *function;
  return kernel;
}
