//===- ObjectCode.cpp - The llvm dialect as an object file ----------------===//

#include "lib/Compiler/ObjectCode.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;

/// What a chunk form's code has not been given by the passes before: it comes
/// with vectors, straight lines where they pay and invariants outside loops.
/// -O3 would look for more of these by analyses of all loops' counts, whose
/// time grows with the square of the code, and makes nothing faster.
static constexpr StringLiteral kChunkPasses =
    "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,"
    "simplifycfg,loop-mssa(loop-rotate,licm),gvn,dse,"
    "instcombine<no-verify-fixpoint>)";

/// A step's few loops get -O3, without the vectorisers: what is worth vectors
/// has them already.
static Error optimize(Module &module, TargetMachine &target,
                      CodeEffort effort) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.SLPVectorization = false;
  PassBuilder builder(&target, tuning);
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
  if (effort == CodeEffort::Loops)
    manager = builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3);
  else if (Error error = builder.parsePassPipeline(manager, kChunkPasses))
    return error;
  manager.run(module, modules);
  return Error::success();
}

/// void entry(ptr arguments): calls `callee` with what the pointers point to.
static void addEntry(Module &module, Function &callee, StringRef name) {
  IRBuilder<> b(module.getContext());
  Type *pointer = b.getPtrTy();
  auto *entry = Function::Create(
      FunctionType::get(b.getVoidTy(), {pointer}, /*isVarArg=*/false),
      Function::ExternalLinkage, name, module);
  b.SetInsertPoint(BasicBlock::Create(module.getContext(), "", entry));
  SmallVector<Value *> values;
  for (auto [i, type] : enumerate(callee.getFunctionType()->params())) {
    Value *place = b.CreateConstGEP1_64(pointer, entry->getArg(0), i);
    values.push_back(b.CreateLoad(type, b.CreateLoad(pointer, place)));
  }
  b.CreateCall(&callee, values);
  b.CreateRetVoid();
}

std::string compiler::getHostFeatures() {
  std::vector<std::string> names;
  for (const auto &feature : sys::getHostCPUFeatures())
    if (feature.getValue())
      names.push_back(feature.getKey().str());
  llvm::sort(names);
  return join(names, ",");
}

static Expected<std::unique_ptr<TargetMachine>> createHostMachine() {
  static const bool initialized = [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  auto builder = orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(CodeGenOptLevel::Aggressive);
  builder->setRelocationModel(Reloc::PIC_);
  builder->setCodeModel(CodeModel::Small);
  return builder->createTargetMachine();
}

Expected<runtime::Code> compiler::emitObject(mlir::ModuleOp module,
                                             StringRef function,
                                             StringRef entry,
                                             CodeEffort effort) {
  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  auto target = createHostMachine();
  if (!target)
    return target.takeError();
  LLVMContext context;
  std::unique_ptr<Module> code = mlir::translateModuleToLLVMIR(module, context);
  Function *callee =
      code ? code->getFunction(("_mlir_ciface_" + function).str()) : nullptr;
  if (!callee)
    return createStringError(inconvertibleErrorCode(),
                             "the llvm dialect of '" + function +
                                 "' does not become LLVM's IR");
  code->setDataLayout((*target)->createDataLayout());
  code->setTargetTriple((*target)->getTargetTriple());
  for (Function &other : *code)
    if (!other.isDeclaration())
      other.setLinkage(Function::InternalLinkage);
  addEntry(*code, *callee, entry);
  if (Error error = optimize(*code, **target, effort))
    return std::move(error);

  SmallVector<char, 0> bytes;
  raw_svector_ostream os(bytes);
  legacy::PassManager manager;
  if ((*target)->addPassesToEmitFile(manager, os, nullptr,
                                     CodeGenFileType::ObjectFile))
    return createStringError(inconvertibleErrorCode(),
                             "no objects can be made for this processor");
  manager.run(*code);
  return runtime::Code{runtime::Code::Format::Object,
                       {bytes.begin(), bytes.end()},
                       /*parameters=*/{}};
}
