//===- Run.h - A plan over a problem on a device ----------------*- C++ -*-===//

#ifndef SLUICE_LIB_RUNTIME_RUN_H
#define SLUICE_LIB_RUNTIME_RUN_H

#include "lib/Runtime/Device.h"

namespace sluice::runtime {

/// An artifact whose code a device has loaded; made once for all its runs.
class LoadedArtifact {
public:
  static llvm::Expected<std::unique_ptr<LoadedArtifact>>
  load(Device &device, Artifact artifact);

  const Artifact &getArtifact() const { return artifact; }
  Device &getDevice() const { return device; }
  const LoadedCode &getCode(unsigned index) const { return *codes[index]; }

private:
  LoadedArtifact(Device &device, Artifact artifact)
      : device(device), artifact(std::move(artifact)) {}

  Device &device;
  Artifact artifact;
  std::vector<std::shared_ptr<LoadedCode>> codes;
};

/// A plan bound to memory, for embedders and benchmarks: prepared once, run as
/// often as the memory's contents change.
class Run {
public:
  /// Artifact, problem and the memory that they speak of must outlive the run.
  /// Tensors that kernels cannot take as they are (misaligned for their type,
  /// states that are not float32, all of them where a device has a memory of
  /// its own) are copied here, once.
  ///
  /// `results` point to dense tensors shaped and ordered as Results are. A
  /// final state may be the very memory of its initial state: each part of a
  /// state is read before it is written, so a decode step can update in place;
  /// in a device's own memory, too.
  ///
  /// An error where the problem is not what the artifact was made for, or the
  /// memory for copies, workspaces and scratch is not to be had.
  static llvm::Expected<std::unique_ptr<Run>>
  create(const LoadedArtifact &artifact, const Problem &problem,
         llvm::ArrayRef<void *> results);
  ~Run();
  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;

  /// Launches all of the plan. Waits only where the runtime itself goes on with
  /// what kernels give.
  llvm::Error enqueue(const Progress &progress = {});
  /// The same, and waits for its end.
  llvm::Error execute(const Progress &progress = {});
  /// Copies what the last execution gave into `results`; nothing is to be done
  /// where kernels worked on them. An error names the result.
  llvm::Error copyResults();

private:
  Run(const LoadedArtifact &artifact, const Problem &problem)
      : artifact(artifact), plan(artifact.getArtifact().plan),
        device(artifact.getDevice()), problem(problem), sizes(problem.sizes) {}

  /// Returns an error if copies, workspaces and lists do not fit, before any is
  /// allocated.
  llvm::Error checkMemory() const;
  bool needsCopy(unsigned argument) const;
  int64_t countSegments() const;
  void cutSequences();
  llvm::Error placeInputs();
  llvm::Error placeResults(llvm::ArrayRef<void *> results);
  llvm::Expected<DeviceTensor> placeResult(llvm::StringRef name, void *result,
                                           llvm::ArrayRef<int64_t> shape,
                                           io::DType dtype,
                                           const DeviceTensor *inPlace);
  llvm::Error placeTokenOffsets();
  llvm::Error makeWorkspaces();
  llvm::Error prepareLaunches();
  llvm::Expected<LaunchConfig> configure(const KernelLaunch &kernel) const;
  llvm::Expected<uint64_t> allocate(uint64_t bytes);
  llvm::Expected<DeviceTensor> placeCopy(const io::TensorView &view,
                                         io::DType dtype);
  const DeviceTensor &at(const TensorRef &tensor) const;
  llvm::Error checkJoin(const SegmentJoin &join) const;
  llvm::Error checkSum(const OutputSum &sum) const;
  llvm::Error execute(const SegmentJoin &join);
  llvm::Error execute(const OutputSum &sum);
  /// Returns true if kernels work on this process's memory.
  bool isHostMemory() const { return device.getAddressOf(this) != 0; }

  const LoadedArtifact &artifact;
  const LaunchPlan &plan;
  Device &device;
  const Problem &problem;
  /// The problem's, and G.
  Sizes sizes;
  /// All segments, sequence by sequence; where a sequence's begin, and the end.
  std::vector<Sequence> segments;
  std::vector<int64_t> firstSegment;
  std::vector<DeviceTensor> inputs, outputs, finals, workspaces;
  std::vector<uint64_t> allocations;
  /// What is to be copied out of the device's own memory.
  struct Copy {
    std::string name;
    uint64_t from;
    llvm::MutableArrayRef<uint8_t> to;
  };
  std::vector<Copy> copies;
  /// Of sequences and of segments, for kernels of a GPU (LaunchPlan.h).
  uint64_t sequenceOffsets = 0, segmentOffsets = 0;
  /// Null where a launch is the runtime's own work.
  std::vector<std::unique_ptr<PreparedLaunch>> launches;
};

/// Binds an artifact to a problem, runs it once and gives the results.
llvm::Expected<Results> runArtifact(const LoadedArtifact &artifact,
                                    const Problem &problem,
                                    const Progress &progress = {});

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_RUN_H
