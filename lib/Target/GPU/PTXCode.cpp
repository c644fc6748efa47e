//===- PTXCode.cpp - Kernels in the nvvm dialect as PTX -------------------===//

#include "lib/Target/GPU/PTXCode.h"
#include "lib/Support/Quote.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::target;

/// Kernels are straight lines and a few loops already; what is left are
/// addresses and conditions that were written once an access. Nothing moves
/// values: out of loops, or into the branches that use them, they would be
/// alive for longer, or what they are made of would, and ptxas, which knows its
/// registers, moves what it has room for.
static constexpr StringLiteral kPasses =
    "function(early-cse<memssa>,instsimplify,simplifycfg)";

static Expected<std::unique_ptr<TargetMachine>> createMachine(const Gpu &gpu) {
  static const bool initialized = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)initialized;
  Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError("this LLVM makes no PTX: " + error);
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Fast;
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(
      triple, gpu.name, gpu.features, options, Reloc::PIC_, CodeModel::Small,
      CodeGenOptLevel::Aggressive));
}

/// Fails where LLVM would end the program, or write what is no PTX (ISA 4.4).
static Error checkNames(const Module &module) {
  for (const Function &function : module) {
    StringRef name = function.getName();
    if (function.isDeclaration())
      continue;
    if (isDigit(name.front()) ||
        !all_of(name, [](char c) { return isAlnum(c) || c == '_'; }))
      return createStringError("a kernel in PTX is called by letters, digits "
                               "and '_', and begins with no digit, found " +
                               quote(name));
  }
  return Error::success();
}

/// LLVM's mma instructions are not marked convergent, though all lanes of a
/// warp take part: a pass may sink one whose result only some lanes store into
/// their branch, where the others never come.
static void keepWarpsTogether(Module &module) {
  for (Function &function : module)
    if (function.getName().starts_with("llvm.nvvm.mma."))
      for (User *user : function.users())
        cast<CallBase>(user)->setConvergent();
}

static Error optimize(Module &module, TargetMachine &machine) {
  PassBuilder builder(&machine);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  ModulePassManager manager;
  if (Error error = builder.parsePassPipeline(manager, kPasses))
    return error;
  manager.run(module, modules);
  return Error::success();
}

/// What addPassesToEmitFile adds, but for the sinking of values.
static bool addCodeGeneration(TargetMachine &machine,
                              legacy::PassManager &manager,
                              raw_pwrite_stream &os) {
  auto *functions = new MachineModuleInfoWrapperPass(&machine);
  TargetPassConfig *config = machine.createPassConfig(manager);
  config->disablePass(&MachineSinkingLegacyID);
  manager.add(config);
  manager.add(functions);
  if (config->addISelPasses())
    return false;
  config->addMachinePasses();
  config->setInitialized();
  if (machine.addAsmPrinter(manager, os, nullptr, CodeGenFileType::AssemblyFile,
                            functions->getMMI().getContext()))
    return false;
  manager.add(createFreeMachineFunctionPass());
  return true;
}

Expected<std::string> target::emitPTX(mlir::gpu::GPUModuleOp kernels,
                                      const Gpu &gpu) {
  mlir::MLIRContext &mlirContext = *kernels.getContext();
  mlir::registerBuiltinDialectTranslation(mlirContext);
  mlir::registerGPUDialectTranslation(mlirContext);
  mlir::registerLLVMDialectTranslation(mlirContext);
  mlir::registerNVVMDialectTranslation(mlirContext);
  auto machine = createMachine(gpu);
  if (!machine)
    return machine.takeError();
  LLVMContext context;
  std::unique_ptr<Module> code =
      mlir::translateModuleToLLVMIR(kernels, context);
  if (!code)
    return createStringError(
        "the llvm and nvvm dialects of a kernel do not become LLVM's IR");
  if (Error error = checkNames(*code))
    return std::move(error);
  code->setDataLayout((*machine)->createDataLayout());
  code->setTargetTriple((*machine)->getTargetTriple());
  keepWarpsTogether(*code);
  if (Error error = optimize(*code, **machine))
    return std::move(error);

  SmallString<0> text;
  raw_svector_ostream os(text);
  legacy::PassManager manager;
  if (!addCodeGeneration(**machine, manager, os))
    return createStringError("LLVM writes no PTX for " + gpu.name);
  manager.run(*code);
  return text.str().str();
}
