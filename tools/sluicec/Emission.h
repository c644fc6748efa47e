//===- Emission.h - From a spec to what is emitted --------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICEC_EMISSION_H
#define SLUICE_TOOLS_SLUICEC_EMISSION_H

#include "lib/Compiler/SpecLoader.h"
#include "tools/sluicec/Options.h"

namespace sluice::tool {

/// The module that what is emitted is printed of. `remarks` gets what passes
/// say, if the options ask for it.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
deriveModule(const compiler::Spec &spec, const EmitOptions &options,
             std::string &remarks);

/// The text, or the bytes of a cubin, that is emitted; an error where LLVM or
/// ptxas has no code for it. `remarks` gets what ptxas says, as above.
llvm::Expected<std::string> print(const compiler::Spec &spec,
                                  mlir::ModuleOp module,
                                  const EmitOptions &options,
                                  std::string &remarks);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICEC_EMISSION_H
