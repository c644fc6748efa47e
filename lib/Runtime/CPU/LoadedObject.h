//===- LoadedObject.h - An object file in this process ----------*- C++ -*-===//

#ifndef SLUICE_LIB_RUNTIME_CPU_LOADEDOBJECT_H
#define SLUICE_LIB_RUNTIME_CPU_LOADEDOBJECT_H

#include "lib/Runtime/Device.h"

namespace sluice::runtime {

/// A relocatable object that was linked into this process.
class LoadedObject : public LoadedCode {
public:
  /// Takes a pointer to every argument; of tensors to a pointer to MLIR's
  /// memref descriptor.
  using Function = void (*)(void **arguments);

  /// An error where this processor lacks a feature that the code asks for, or
  /// the object does not link.
  static llvm::Expected<std::shared_ptr<LoadedCode>>
  load(const Code &code, const Resources &resources);
  ~LoadedObject() override;

  llvm::Expected<Function> find(llvm::StringRef entry) const;

private:
  struct Linker;
  explicit LoadedObject(std::unique_ptr<Linker> linker);
  std::unique_ptr<Linker> linker;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_CPU_LOADEDOBJECT_H
