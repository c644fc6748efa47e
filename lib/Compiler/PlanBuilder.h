//===- PlanBuilder.h - Kernels and launches of an artifact ------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_PLANBUILDER_H
#define SLUICE_LIB_COMPILER_PLANBUILDER_H

#include "lib/Compiler/Compile.h"

namespace sluice::compiler {

/// Which tensors a kernel's arguments are: one for each argument, output and
/// state of its signature, and for each of its channels. A state without a
/// tensor starts at zero.
struct KernelBinding {
  llvm::SmallVector<runtime::TensorRef> arguments, outputs, finals, channels;
  bool isOverSegments = false;
};

/// Compiles kernels into an artifact, and says in which order they run.
class PlanBuilder {
public:
  using Space = runtime::TensorRef::Space;

  PlanBuilder(const runtime::Signature &signature,
              const CompileOptions &options);

  /// Compiles a recurrence or a scan; the number to launch it by. The options'
  /// argument types are those of its own arguments.
  llvm::Expected<unsigned> addKernel(mlir::Operation *op,
                                     const CompileOptions &options);
  /// The same of one scan of a placement.
  llvm::Expected<unsigned> addKernel(wy::PlacedOp placed, wy::ScanOp scan,
                                     const CompileOptions &options);
  void addLaunch(unsigned kernel, const KernelBinding &binding);
  /// Adds code that is compiled already; the number to launch it by.
  unsigned addCode(runtime::Code code);
  void addLaunch(runtime::KernelLaunch launch) {
    artifact.plan.launches.emplace_back(std::move(launch));
  }
  void addJoin(runtime::SegmentJoin join) {
    artifact.plan.launches.emplace_back(std::move(join));
  }
  void setSegmentTokens(int64_t tokens) {
    artifact.plan.segmentTokens = tokens;
  }
  /// Adds float32 matrices, one for every segment and value head.
  runtime::TensorRef
  addWorkspace(llvm::StringRef name, int64_t rows, int64_t columns,
               runtime::Workspace::Fill fill = runtime::Workspace::Fill::None);

  /// Adds the float32 matrices of a channel, one for every chunk and value
  /// head; wy-to-vector says how chunks are counted. The same for the same
  /// channel.
  runtime::TensorRef addChannel(wy::ChannelAttr channel, int64_t chunk);

  /// Adds a workspace, unless there is one of that name; it is the same then.
  runtime::TensorRef addWorkspace(runtime::Workspace workspace);

  /// The artifact's own arguments, outputs and states, in order.
  KernelBinding bindWhole();
  /// The tensor in which a kernel leaves an output: what tokens or heads share
  /// is summed when all kernels have run.
  runtime::TensorRef getOutput(unsigned index);
  /// The type of an argument of that name.
  io::DType getArgType(llvm::StringRef name) const;
  const runtime::Signature &getSignature() const { return artifact.signature; }
  runtime::Artifact take();

private:
  struct Kernel {
    runtime::Signature signature;
    int64_t keyDim, valueDim, scratch, panels;
  };
  runtime::TensorRef addZeros(int64_t rows, int64_t columns);
  llvm::Expected<unsigned> addKernel(mlir::Operation *op,
                                     const runtime::Signature &signature,
                                     llvm::StringRef scan,
                                     const CompileOptions &options);

  runtime::Artifact artifact;
  std::vector<Kernel> kernels;
  /// Of shared outputs, by their number.
  std::map<unsigned, runtime::TensorRef> unsummed;
};

/// The plan of a spec whose sequences are cut into segments.
llvm::Error planSegments(delta::RecurrenceOp op, const CompileOptions &options,
                         PlanBuilder &builder);
/// What a kernel for a signature takes of tensors: its arguments, outputs and
/// final states.
std::vector<runtime::Parameter>
getTensorParameters(const runtime::Signature &signature,
                    const CompileOptions &options);

/// The plan of a spec's step or chunk form as kernels of the options' GPU.
llvm::Error planOnGPU(delta::RecurrenceOp op, const CompileOptions &options,
                      PlanBuilder &builder);
/// The plan of a placement, with or without segments.
llvm::Error planPlacement(wy::PlacedOp placed, const CompileOptions &options,
                          PlanBuilder &builder);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_PLANBUILDER_H
