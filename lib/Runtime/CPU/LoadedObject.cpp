//===- LoadedObject.cpp - An object file in this process ------------------===//

#include "lib/Runtime/CPU/LoadedObject.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

struct LoadedObject::Linker {
  explicit Linker(std::unique_ptr<orc::ExecutorProcessControl> control)
      : session(std::move(control)),
        layer(session, session.getExecutorProcessControl().getMemMgr()) {}
  ~Linker() { cantFail(session.endSession()); }

  orc::ExecutionSession session;
  orc::ObjectLinkingLayer layer;
  orc::JITDylib *library = nullptr;
};

LoadedObject::LoadedObject(std::unique_ptr<Linker> linker)
    : linker(std::move(linker)) {}
LoadedObject::~LoadedObject() = default;

static Error checkFeatures(const Resources &resources) {
  StringMap<bool> has = sys::getHostCPUFeatures();
  for (StringRef feature : split(resources.features, ','))
    if (!feature.empty() && !has.lookup(feature))
      return createStringError(inconvertibleErrorCode(),
                               "this processor has no " + feature +
                                   ", which code for " + resources.target +
                                   " asks for");
  return Error::success();
}

Expected<std::shared_ptr<LoadedCode>>
LoadedObject::load(const Code &code, const Resources &resources) {
  if (Error error = checkFeatures(resources))
    return std::move(error);
  auto control = orc::SelfExecutorProcessControl::Create();
  if (!control)
    return control.takeError();
  auto linker = std::make_unique<Linker>(std::move(*control));
  // Errors come back from where they are asked for; here they would be printed.
  linker->session.setErrorReporter(consumeError);
  linker->library = &linker->session.createBareJITDylib("kernels");
  // Of another library, so that an entry is found among the kernels only.
  orc::JITDylib &process = linker->session.createBareJITDylib("process");
  // Code calls memcpy, and what the C library has of mathematics.
  auto symbols = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess('\0');
  if (!symbols)
    return symbols.takeError();
  process.addGenerator(std::move(*symbols));
  linker->library->addToLinkOrder(process);
  if (Error error = linker->layer.add(
          *linker->library,
          MemoryBuffer::getMemBufferCopy(toStringRef(code.bytes), "kernels")))
    return std::move(error);
  return std::shared_ptr<LoadedCode>(new LoadedObject(std::move(linker)));
}

Expected<LoadedObject::Function> LoadedObject::find(StringRef entry) const {
  orc::ExecutionSession &session = linker->session;
  auto symbol = session.lookup({linker->library}, session.intern(entry));
  if (!symbol)
    return symbol.takeError();
  return symbol->getAddress().toPtr<Function>();
}
