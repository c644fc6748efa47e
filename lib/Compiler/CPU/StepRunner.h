//===- StepRunner.h - the step form over a whole problem --------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_CPU_STEPRUNNER_H
#define SLUICE_LIB_COMPILER_CPU_STEPRUNNER_H

#include "lib/Compiler/CPU/StepKernel.h"
#include "lib/Runtime/CPU/WorkerPool.h"
#include "lib/Runtime/Problem.h"
#include <functional>

namespace sluice::runtime {

struct StepOptions {
  /// Tokens of a chunk; 0: the step form.
  int64_t chunk = 0;
  /// The chunk form, if it is not to be derived from the recurrence.
  wy::ScanOp scan;
  /// Threads to use; 0: one a core.
  unsigned threads = 0;
  /// Null: this processor, and its default.
  const target::Cpu *target = nullptr;
  wy::ScheduleAttr schedule;
  /// Called by the caller's thread now and then with the part that is done,
  /// between 0 and 1.
  std::function<void(double)> progress;
};

/// Seconds spent.
struct StepTimings {
  double compile = 0, run = 0;
};

/// Compiles `op`, to whose signature the problem is bound, for its sizes and
/// types and runs it.
llvm::Expected<Results> runStep(delta::RecurrenceOp op, const Problem &problem,
                                const StepOptions &options = {},
                                StepTimings *timings = nullptr);

/// A kernel bound to memory, for embedders and benchmarks: prepared once, run
/// as often as the memory's contents change.
class StepRun {
public:
  /// The kernel's options for a problem.
  static StepKernelOptions getKernelOptions(const Problem &problem,
                                            int64_t chunk = 0);

  /// The problem's tensors must outlive the run. Tensors that a kernel cannot
  /// take as they are (misaligned for their type, initial states that are not
  /// float32) are copied here, once.
  ///
  /// `outputs` and `finals` point to dense tensors shaped as Results are. A
  /// final state may be the very memory of its initial state: each part of a
  /// state is read before it is written, so a decode step can update in place.
  ///
  /// An error where the memory for copies and scratch is not to be had.
  static llvm::Expected<std::unique_ptr<StepRun>>
  create(const Problem &problem, const StepKernel &kernel,
         llvm::ArrayRef<void *> outputs, llvm::ArrayRef<float *> finals,
         WorkerPool &pool);
  ~StepRun();

  /// Runs on the pool given to create(). Calls `progress`, if any, from the
  /// caller's thread with the part that is done.
  void execute(const std::function<void(double)> &progress = {});

private:
  StepRun(const Problem &problem, const StepKernel &kernel, WorkerPool &pool);

  struct Descriptor;
  struct Task {
    int64_t sequence, head, firstPanel, endPanel;
  };
  void runTask(const Task &task, float *scratch) const;
  std::vector<Task> makeTasks() const;
  void makeDescriptor(const void *data, llvm::ArrayRef<int64_t> shape);
  llvm::Error prepareArgument(unsigned index);
  int64_t getThreadScratch() const;

  const Problem &problem;
  const StepKernel &kernel;
  WorkerPool &pool;
  std::vector<std::unique_ptr<Descriptor>> descriptors;
  /// Copies made for alignment or type, and zeros for absent states.
  std::vector<OwnedTensor> copies;
  std::vector<bool> hasInitial;
  std::vector<Task> tasks;
  /// getThreadScratch() elements for each thread.
  OwnedTensor scratch;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_COMPILER_CPU_STEPRUNNER_H
