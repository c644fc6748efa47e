//===- StepKernel.cpp - a step, compiled for this processor ---------------===//

#include "lib/Runtime/CPU/StepKernel.h"
#include "lib/Runtime/ChunkForm.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "passes/Pipelines/Pipelines.h"
#include "passes/WYToVector/ChunkPlan.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::runtime;

unsigned runtime::getHostLanes() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto has = [&](StringRef name) { return features.lookup(name); };
  if (has("avx512f") && has("avx512vl") && has("avx512bw"))
    return 16;
  return has("avx2") && has("fma") ? 8 : 4;
}

/// A panel of the states should leave half of a 32 KiB first-level cache to
/// everything else; a row of each state, its operands and the sums of the
/// reads should fit the registers; and whole panels need no masks. Panels are
/// cut along the outer axis and as high as the inner one.
static unsigned choosePanelVectors(delta::RecurrenceOp op, int64_t innerDim,
                                   int64_t outerDim, unsigned lanes) {
  int64_t states = op.getStates().size();
  int64_t reads = llvm::range_size(op.getStep().getOps<delta::ReadOp>());
  int64_t byCache =
      16 * 1024 / std::max<int64_t>(innerDim * lanes * 4 * states, 1);
  int64_t registers = lanes == 16 ? 32 : 16;
  int64_t byRegisters = (registers - 4) / (2 * states + reads);
  int64_t most = std::clamp<int64_t>(std::min(byCache, byRegisters), 1, 4);
  for (int64_t vectors = most; vectors > 1; --vectors)
    if (outerDim % (vectors * lanes) == 0)
      return vectors;
  return outerDim % lanes == 0 ? 1 : most;
}

static llvm::Error failed(const llvm::Twine &what) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), what);
}

StepKernel::StepKernel() = default;
StepKernel::~StepKernel() = default;

int64_t runtime::getDefaultChunk() { return 4; }

/// The module with nothing but the recurrence, lowered to the llvm dialect.
/// `sizes` receives the attributes of the function in between.
static llvm::Error
lowerModule(ModuleOp module, llvm::function_ref<void(PassManager &)> addPasses,
            const llvm::Twine &form,
            llvm::function_ref<void(func::FuncOp)> inspect) {
  // Diagnostics become the error's text.
  std::string messages;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return failure();
        messages += (messages.empty() ? "" : "; ") + diagnostic.str();
        return success();
      });
  PassManager toVector(module.getContext());
  addPasses(toVector);
  if (failed(toVector.run(module)))
    return ::failed("the " + form +
                    " form does not lower to loops: " + messages);
  inspect(*module.getOps<func::FuncOp>().begin());
  PassManager toLLVM(module.getContext());
  buildVectorToLLVMPipeline(toLLVM);
  if (failed(toLLVM.run(module)))
    return ::failed("the " + form +
                    " form does not lower to LLVM: " + messages);
  return llvm::Error::success();
}

/// What the code has not been given by the passes before: it comes with vectors,
/// straight lines where they pay and invariants outside loops. -O3 would look
/// for more of these by analyses of all loops' counts, whose time grows with
/// the square of the code, and makes nothing faster.
static constexpr llvm::StringLiteral kCodePasses =
    "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,"
    "simplifycfg,loop-mssa(loop-rotate,licm),gvn,dse,"
    "instcombine<no-verify-fixpoint>)";

static llvm::Error optimizeCode(llvm::Module *module,
                                llvm::TargetMachine *target) {
  llvm::PassBuilder builder(target);
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
  if (llvm::Error error = builder.parsePassPipeline(manager, kCodePasses))
    return error;
  manager.run(*module, modules);
  return llvm::Error::success();
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

  std::unique_ptr<StepKernel> kernel(new StepKernel());
  kernel->lanes = options.lanes ? options.lanes : getHostLanes();
  int64_t innerDim = options.keyDim, outerDim = options.valueDim;

  // Not the spec's name: that could be "memcpy", which code here may call.
  constexpr llvm::StringLiteral kName = "sluice_kernel";
  OwningOpRef<ModuleOp> module;
  if (options.chunk == 0) {
    module = ModuleOp::create(op.getLoc());
    auto step = cast<delta::RecurrenceOp>(
        OpBuilder::atBlockEnd(module->getBody()).clone(*op));
    step.setSymName(kName);
  } else {
    llvm::Expected<ChunkForm> form =
        deriveChunkForm(op, options.keyDim, options.valueDim, options.chunk);
    if (!form)
      return form.takeError();
    ChunkKernelSizes anySizes{kernel->lanes, 1, 1, 16};
    if (ChunkPlan(form->scan, anySizes).getFree() == delta::Axis::Key)
      std::swap(innerDim, outerDim);
    form->scan.setSymName(kName);
    module = std::move(form->module);
  }

  unsigned panelVectors =
      options.panelVectors
          ? options.panelVectors
          : choosePanelVectors(op, innerDim, outerDim, kernel->lanes);
  auto addPasses = [&](PassManager &manager) {
    auto setCommon = [&](auto &passOptions) {
      passOptions.lanes = kernel->lanes;
      passOptions.panelVectors = panelVectors;
      for (io::DType type : options.argTypes)
        passOptions.argTypes.push_back(io::dtypeName(type).str());
      passOptions.outputType = io::dtypeName(options.outputType).str();
    };
    if (options.chunk == 0) {
      DeltaToVectorOptions step;
      setCommon(step);
      step.keyDim = options.keyDim;
      step.valueDim = options.valueDim;
      return buildStepToVectorPipeline(manager, step);
    }
    WYToVectorOptions lowering;
    setCommon(lowering);
    // So few tokens that what a block prepares stays near: with K = V = 128
    // a token takes some 2 KiB.
    lowering.blockChunks =
        static_cast<unsigned>(std::max<int64_t>(1, 16 / options.chunk));
    lowering.registers = kernel->lanes == 16 ? 32 : 16;
    buildChunkToVectorPipeline(manager, lowering);
  };

  if (llvm::Error error = lowerModule(
          *module, addPasses, options.chunk ? "chunk" : "step",
          [&](func::FuncOp function) {
            auto get = [&](StringRef name) {
              return function->getAttrOfType<IntegerAttr>(name).getInt();
            };
            kernel->scratchSize = get("sluice.scratch");
            kernel->numPanels = get("sluice.panels");
          }))
    return std::move(error);

  auto targetBuilder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!targetBuilder)
    return targetBuilder.takeError();
  targetBuilder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  auto target = targetBuilder->createTargetMachine();
  if (!target)
    return target.takeError();
  ExecutionEngineOptions engineOptions;
  auto optimize = [&](llvm::Module *code) {
    return optimizeCode(code, target->get());
  };
  engineOptions.transformer = optimize;
  engineOptions.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  engineOptions.enableGDBNotificationListener = false;
  engineOptions.enablePerfNotificationListener = false;
  auto engine = ExecutionEngine::create(*module, engineOptions);
  if (!engine)
    return engine.takeError();
  kernel->engine = std::move(*engine);
  auto function = kernel->engine->lookupPacked("_mlir_ciface_sluice_kernel");
  if (!function)
    return function.takeError();
  kernel->entry = *function;
  return kernel;
}
