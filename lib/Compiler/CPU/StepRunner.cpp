//===- StepRunner.cpp - the step form over a whole problem ----------------===//

#include "lib/Compiler/CPU/StepRunner.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/PlacedRun.h"
#include "passes/Pipelines/CPUPipeline.h"
#include <chrono>
#include <tuple>

using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

/// MLIR's memref descriptor of rank `sizes.size()`, flattened: two pointers,
/// an offset, sizes, strides.
struct StepRun::Descriptor {
  llvm::SmallVector<int64_t, 11> words;
  void *pointer;

  Descriptor(const void *data, llvm::ArrayRef<int64_t> shape) {
    auto address = static_cast<int64_t>(reinterpret_cast<intptr_t>(data));
    words = {address, address, 0};
    words.append(shape.begin(), shape.end());
    llvm::SmallVector<int64_t, 4> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
      strides[i - 1] = strides[i] * shape[i];
    words.append(strides);
    pointer = words.data();
  }
};

void StepRun::makeDescriptor(const void *data, llvm::ArrayRef<int64_t> shape) {
  descriptors.push_back(std::make_unique<Descriptor>(data, shape));
}

StepKernelOptions StepRun::getKernelOptions(const Problem &problem,
                                            int64_t chunk) {
  StepKernelOptions options;
  options.chunk = chunk;
  options.keyDim = problem.sizes["K"];
  options.valueDim = problem.sizes["V"];
  for (unsigned i = 0, e = problem.args.size(); i < e; ++i)
    options.argTypes.push_back(
        problem.signature.isState(i) ? io::DType::F32 : problem.args[i].dtype);
  options.outputType = problem.outputDType;
  return options;
}

/// A dense copy of `view` as `dtype`.
static llvm::Expected<OwnedTensor> copyAs(const io::TensorView &view,
                                          io::DType dtype) {
  auto copy = OwnedTensor::create("a copy of an argument", dtype, view.shape);
  if (!copy)
    return copy.takeError();
  std::vector<double> elements(1024);
  int64_t total = view.numElements();
  for (int64_t first = 0; first < total; first += elements.size()) {
    llvm::MutableArrayRef<double> part(
        elements.data(), std::min<int64_t>(elements.size(), total - first));
    loadElements(view, first, part);
    copy->store(first, part);
  }
  return copy;
}

static bool isAligned(const io::TensorView &view) {
  return reinterpret_cast<uintptr_t>(view.bytes.data()) %
             io::byteWidth(view.dtype) ==
         0;
}

/// The descriptor of one argument, with a copy behind it where the tensor does
/// not serve as it is.
llvm::Error StepRun::prepareArgument(unsigned index) {
  const io::TensorView &view = problem.args[index];
  bool isState = problem.signature.isState(index);
  io::DType wanted = isState ? io::DType::F32 : view.dtype;
  if (isState)
    hasInitial.push_back(problem.hasInitialState(index));
  bool isAbsent = isState && !hasInitial.back();
  if (!isAbsent && view.dtype == wanted && isAligned(view)) {
    makeDescriptor(view.bytes.data(), view.shape);
    return llvm::Error::success();
  }
  auto copy =
      isAbsent
          ? OwnedTensor::create("a state of zeros", io::DType::F32,
                                {1, 1, problem.sizes["K"], problem.sizes["V"]})
          : copyAs(view, wanted);
  if (!copy)
    return copy.takeError();
  copies.push_back(std::move(*copy));
  makeDescriptor(copies.back().data(), copies.back().shape);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<StepRun>>
StepRun::create(const Problem &problem, const StepKernel &kernel,
                llvm::ArrayRef<void *> outputs, llvm::ArrayRef<float *> finals,
                WorkerPool &pool) {
  std::unique_ptr<StepRun> run(new StepRun(problem, kernel, pool));
  const Sizes &sizes = problem.sizes;
  for (unsigned i = 0, e = problem.args.size(); i < e; ++i)
    if (llvm::Error error = run->prepareArgument(i))
      return std::move(error);
  for (auto [i, data] : llvm::enumerate(outputs))
    run->makeDescriptor(
        data, evaluate(problem.signature.outputs[i].getShape(), sizes));
  for (float *data : finals)
    run->makeDescriptor(data,
                        {sizes["N"], sizes["HV"], sizes["K"], sizes["V"]});
  auto scratch = OwnedTensor::create(
      "scratch", io::DType::F32,
      {run->getThreadScratch(), static_cast<int64_t>(pool.size())});
  if (!scratch)
    return scratch.takeError();
  run->scratch = std::move(*scratch);
  run->tasks = run->makeTasks();
  return run;
}

StepRun::StepRun(const Problem &problem, const StepKernel &kernel,
                 WorkerPool &pool)
    : problem(problem), kernel(kernel), pool(pool) {}

StepRun::~StepRun() = default;

/// One task a sequence and head; heads are cut where that leaves threads idle.
std::vector<StepRun::Task> StepRun::makeTasks() const {
  const Sizes &sizes = problem.sizes;
  int64_t threads = pool.size();
  int64_t heads = sizes["N"] * sizes["HV"], panels = kernel.getNumPanels();
  // Several tasks a thread even out their ends.
  int64_t pieces = 1;
  while (heads > 0 && heads * pieces < 4 * threads && pieces < panels)
    ++pieces;
  std::vector<Task> made;
  for (int64_t n = 0; n < sizes["N"]; ++n)
    for (int64_t h = 0; h < sizes["HV"]; ++h)
      for (int64_t piece = 0; piece < pieces; ++piece)
        made.push_back(
            {n, h, panels * piece / pieces, panels * (piece + 1) / pieces});
  // Longest first, so that no long one is left for the end.
  auto key = [&](const Task &task) {
    const Sequence &of = problem.sequences[task.sequence];
    return std::tuple(of.begin - of.end, task.sequence, task.head,
                      task.firstPanel);
  };
  llvm::sort(made,
             [&](const Task &a, const Task &b) { return key(a) < key(b); });
  return made;
}

void StepRun::runTask(const Task &task, float *threadScratch) const {
  const Sequence &sequence = problem.sequences[task.sequence];
  Descriptor scratchDescriptor(threadScratch, kernel.getScratchSize());
  llvm::SmallVector<void *, 48> arguments;
  for (const std::unique_ptr<Descriptor> &descriptor : descriptors)
    arguments.push_back(static_cast<void *>(&descriptor->pointer));
  arguments.push_back(static_cast<void *>(&scratchDescriptor.pointer));
  int64_t indices[] = {task.sequence,   sequence.batch,
                       sequence.begin,  sequence.end,
                       task.head,       getQKHead(problem.sizes, task.head),
                       task.firstPanel, task.endPanel};
  for (int64_t &index : indices)
    arguments.push_back(&index);
  llvm::SmallVector<bool, 4> initial(hasInitial.begin(), hasInitial.end());
  for (bool &has : initial)
    arguments.push_back(&has);
  float scale = static_cast<float>(problem.scale);
  arguments.push_back(&scale);
  kernel.call(arguments.data());
}

/// Whole cache lines, so that threads do not share one.
int64_t StepRun::getThreadScratch() const {
  return static_cast<int64_t>(llvm::alignTo(kernel.getScratchSize(), 16));
}

void StepRun::execute(const std::function<void(double)> &progress) {
  float *base = reinterpret_cast<float *>(scratch.data());
  pool.forEach(tasks.size(), [&](int64_t i, unsigned thread) {
    runTask(tasks[i], base + getThreadScratch() * thread);
    if (thread == 0 && progress)
      progress(static_cast<double>(i + 1) / tasks.size());
  });
}

/// Scan by scan, as the schedule places the chunk form.
static llvm::Expected<Results> runPlacement(delta::RecurrenceOp op,
                                            const Problem &problem,
                                            const StepOptions &options,
                                            StepTimings &timings) {
  StepKernelOptions kernel = StepRun::getKernelOptions(problem, options.chunk);
  kernel.target = options.target;
  kernel.schedule = options.schedule;
  CPUPipelineOptions pipeline;
  setPipelineOptions(kernel, pipeline);
  auto module = derive(op, [&](mlir::OpPassManager &manager) {
    buildPlacementPipeline(manager, pipeline);
  });
  if (!module)
    return module.takeError();
  auto runScan = [&](wy::ScanOp scan,
                     const Problem &part) -> llvm::Expected<Results> {
    StepOptions own = options;
    own.scan = scan;
    own.chunk = static_cast<int64_t>(scan.getChunk());
    own.schedule = options.schedule.asOneKernel();
    own.progress = nullptr;
    StepTimings spent;
    auto results = runStep(op, part, own, &spent);
    timings.compile += spent.compile;
    timings.run += spent.run;
    return results;
  };
  return runPlaced(*(*module)->getOps<wy::PlacedOp>().begin(), problem,
                   runScan);
}

llvm::Expected<Results> runtime::runStep(delta::RecurrenceOp op,
                                         const Problem &problem,
                                         const StepOptions &options,
                                         StepTimings *timings) {
  if (options.schedule &&
      options.schedule.getPlacement() != wy::PlacementKind::OneKernel) {
    StepTimings spent;
    auto results = runPlacement(op, problem, options, spent);
    if (timings)
      *timings = spent;
    return results;
  }
  using Clock = std::chrono::steady_clock;
  auto seconds = [](Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  };
  auto start = Clock::now();
  StepKernelOptions kernelOptions =
      StepRun::getKernelOptions(problem, options.chunk);
  kernelOptions.target = options.target;
  kernelOptions.schedule = options.schedule;
  kernelOptions.scan = options.scan;
  auto kernel = StepKernel::compile(op, kernelOptions);
  if (!kernel)
    return kernel.takeError();
  double compileTime = seconds(start);

  auto results = Results::allocate(problem);
  if (!results)
    return results.takeError();
  llvm::SmallVector<void *> outputs;
  llvm::SmallVector<float *> finals;
  for (auto [i, tensor] : llvm::enumerate(results->tensors))
    if (i < results->numOutputs)
      outputs.push_back(tensor.data());
    else
      finals.push_back(reinterpret_cast<float *>(tensor.data()));
  WorkerPool pool(options.threads);
  start = Clock::now();
  auto run = StepRun::create(problem, **kernel, outputs, finals, pool);
  if (!run)
    return run.takeError();
  (*run)->execute(options.progress);
  if (timings)
    *timings = {compileTime, seconds(start)};
  return results;
}
