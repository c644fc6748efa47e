//===- Cubin.cpp - Kernels that ptxas has assembled -----------------------===//

#include "tools/sluicec/Cubin.h"

#include "lib/Assembler/Ptxas.h"
#include "lib/Diagnostics/SourceDiagnostics.h"
#include "lib/Support/Remarks.h"
#include "lib/Target/GPU/PTXCode.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;
using assembler::AssemblerReport;
using assembler::Resources;

/// What ptxas says of a kernel, as its passes say what they chose.
static void remark(mlir::Location loc, const AssemblerReport &report) {
  using mlir::remark::metric;
  using mlir::remark::RemarkOpts;
  constexpr StringLiteral category = "ptxas";
  const Resources &resources = report.resources;
  mlir::remark::analysis(loc, RemarkOpts::name("Resources").category(category))
      << metric("Registers", resources.registers)
      << metric("SpillStoreBytes", resources.spillStoreBytes)
      << metric("SpillLoadBytes", resources.spillLoadBytes)
      << metric("StackBytes", resources.stackBytes)
      << metric("StaticSharedBytes", resources.sharedBytes);
  for (const std::string &message : report.messages)
    mlir::remark::missed(loc,
                         RemarkOpts::name("Performance").category(category))
        << mlir::remark::reason("{0}", message);
}

static void checkBudget(mlir::Operation *kernel, StringRef name,
                        const Resources &resources) {
  if (resources.getSpillBytes() <= target::kMostSpilledBytes)
    return;
  kernel->emitWarning("a thread of kernel '")
      << name << "' spills " << resources.getSpillBytes()
      << " bytes of registers (" << resources.spillStoreBytes << " stored, "
      << resources.spillLoadBytes << " loaded), expected at most "
      << target::kMostSpilledBytes;
}

Expected<std::string> tool::emitCubin(mlir::gpu::GPUModuleOp kernels,
                                      const EmitOptions &options,
                                      std::string &remarks) {
  Expected<std::string> ptx = target::emitPTX(kernels, *options.gpu);
  if (!ptx)
    return ptx.takeError();
  Expected<assembler::Cubin> cubin =
      assembler::assemble(options.ptxas, *ptx, options.gpu->name);
  if (!cubin)
    return cubin.takeError();
  ErrorOr<std::unique_ptr<MemoryBuffer>> bytes =
      MemoryBuffer::getFile(cubin->path, /*IsText=*/false,
                            /*RequiresNullTerminator=*/false);
  if (!bytes)
    return createStringError("cannot read what ptxas has written: " +
                             bytes.getError().message());
  for (const std::string &name : assembler::findEntries(cubin->messages)) {
    mlir::Operation *kernel = kernels.lookupSymbol(name);
    mlir::Location loc = kernel ? kernel->getLoc() : kernels.getLoc();
    SourceDiagnostics diagnostics(*kernels.getContext(), findSource(loc));
    AssemblerReport report =
        assembler::parseAssemblerReport(cubin->messages, name);
    remark(loc, report);
    checkBudget(kernel ? kernel : kernels, name, report.resources);
    remarks += diagnostics.getWarnings();
  }
  return (*bytes)->getBuffer().str();
}
