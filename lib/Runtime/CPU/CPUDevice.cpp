//===- CPUDevice.cpp - This processor as a device -------------------------===//

#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/CPU/LoadedObject.h"
#include "lib/Support/Memory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/MathExtras.h"
#include <bit>
#include <cstdlib>
#include <tuple>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static uint8_t *toPointer(uint64_t address) {
  return std::bit_cast<uint8_t *>(address);
}

Expected<uint64_t> CPUDevice::allocate(uint64_t bytes) {
  // One byte more: a tensor without elements has an address, too.
  constexpr uint64_t kAlignment = 64, kMost = uint64_t{1} << 62;
  void *memory =
      bytes < kMost
          ? std::aligned_alloc(kAlignment, alignTo(bytes + 1, kAlignment))
          : nullptr;
  if (!memory)
    return createStringError(errc::not_enough_memory,
                             "no memory for " + Twine(bytes) + " bytes");
  return reinterpret_cast<uintptr_t>(memory);
}

void CPUDevice::free(uint64_t address) { std::free(toPointer(address)); }

Error CPUDevice::copyIn(uint64_t address, ArrayRef<uint8_t> bytes) {
  llvm::copy(bytes, toPointer(address));
  return Error::success();
}

Error CPUDevice::copyOut(uint64_t address, MutableArrayRef<uint8_t> bytes) {
  std::copy_n(toPointer(address), bytes.size(), bytes.begin());
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

namespace {
/// MLIR's memref descriptor of rank `shape.size()`, flattened: two pointers, an
/// offset, sizes, strides.
struct Descriptor {
  SmallVector<int64_t, 11> words;
  void *pointer;

  Descriptor(uint64_t address, ArrayRef<int64_t> shape) {
    words = {static_cast<int64_t>(address), static_cast<int64_t>(address), 0};
    words.append(shape.begin(), shape.end());
    SmallVector<int64_t, 4> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
      strides[i - 1] = strides[i] * shape[i];
    words.append(strides);
    pointer = words.data();
  }
  Descriptor(const Descriptor &) = delete;
};

/// A kernel's function with the memory it works on, and the tasks of its grid.
class PreparedTasks : public PreparedLaunch {
public:
  PreparedTasks(LoadedObject::Function function, LaunchConfig config,
                unsigned threads)
      : function(function), config(std::move(config)), threads(threads) {}

  Error prepare();
  void run(WorkerPool &pool, const Progress &progress);

private:
  using Kind = KernelArgument::Kind;
  struct Task {
    int64_t sequence, head, firstPanel, endPanel;
  };
  int64_t getPieces() const;
  void makeTasks();
  void runTask(const Task &task, unsigned thread) const;
  ArrayRef<KernelArgument> arguments() const {
    return config.kernel->arguments;
  }
  /// Whole cache lines, so that threads do not share one.
  static int64_t getThreadScratch(const KernelArgument &argument) {
    return static_cast<int64_t>(alignTo(argument.elements, 16));
  }

  LoadedObject::Function function;
  LaunchConfig config;
  unsigned threads;
  /// One for each argument; null for those that are not tensors.
  std::vector<std::unique_ptr<Descriptor>> descriptors;
  std::vector<Task> tasks;
  /// One for each argument that is scratch: getThreadScratch() elements for
  /// each thread.
  std::vector<OwnedTensor> scratch;
};
} // namespace

/// Panels are tasks of their own where threads would be idle.
int64_t PreparedTasks::getPieces() const {
  auto [sequences, heads, panels] = config.grid;
  // Several tasks a thread even out their ends.
  int64_t pieces = 1, whole = sequences * heads;
  while (whole > 0 && whole * pieces < int64_t{4} * threads && pieces < panels)
    ++pieces;
  return pieces;
}

/// One task for a piece of a sequence's head.
void PreparedTasks::makeTasks() {
  auto [sequences, heads, panels] = config.grid;
  int64_t pieces = getPieces();
  tasks.reserve(sequences * heads * pieces);
  for (int64_t n = 0; n < sequences; ++n)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t piece = 0; piece < pieces; ++piece)
        tasks.push_back(
            {n, h, panels * piece / pieces, panels * (piece + 1) / pieces});
  // Longest first, so that no long one is left for the end.
  auto key = [&](const Task &task) {
    const Sequence &of = config.sequences[task.sequence];
    return std::tuple(of.begin - of.end, task.sequence, task.head,
                      task.firstPanel);
  };
  llvm::sort(tasks,
             [&](const Task &a, const Task &b) { return key(a) < key(b); });
}

Error PreparedTasks::prepare() {
  MemoryNeed need;
  for (const KernelArgument &argument : arguments())
    if (argument.kind == Kind::Scratch)
      need.add("scratch of " + std::to_string(threads) + " threads", threads,
               getThreadScratch(argument) * sizeof(float));
  need.add("a list of tasks", config.grid[0] * config.grid[1],
           getPieces() * sizeof(Task));
  if (Error error = need.check())
    return error;
  for (auto [argument, tensor] : zip_equal(arguments(), config.tensors)) {
    descriptors.emplace_back();
    if (argument.kind == Kind::Tensor)
      descriptors.back() =
          std::make_unique<Descriptor>(tensor.address, tensor.shape);
    if (argument.kind != Kind::Scratch)
      continue;
    auto memory = OwnedTensor::create(
        "scratch", io::DType::F32,
        {getThreadScratch(argument), static_cast<int64_t>(threads)});
    if (!memory)
      return memory.takeError();
    scratch.push_back(std::move(*memory));
  }
  makeTasks();
  return Error::success();
}

void PreparedTasks::runTask(const Task &task, unsigned thread) const {
  const Sequence &sequence = config.sequences[task.sequence];
  int64_t indices[] = {task.sequence,   sequence.batch,
                       sequence.begin,  sequence.end,
                       task.head,       task.head / config.headsPerQKHead,
                       task.firstPanel, task.endPanel};
  auto scale = static_cast<float>(config.scale);
  bool isTrue = true, isFalse = false;
  SmallVector<std::unique_ptr<Descriptor>, 1> own;
  SmallVector<void *, 48> pointers;
  for (auto [argument, tensor, descriptor] :
       zip_equal(arguments(), config.tensors, descriptors)) {
    switch (argument.kind) {
    case Kind::Tensor:
      pointers.push_back(static_cast<void *>(&descriptor->pointer));
      break;
    case Kind::Present:
      pointers.push_back(tensor.isPresent ? &isTrue : &isFalse);
      break;
    case Kind::Scratch: {
      const auto *base =
          reinterpret_cast<const float *>(scratch[own.size()].data());
      own.push_back(std::make_unique<Descriptor>(
          reinterpret_cast<uintptr_t>(base +
                                      getThreadScratch(argument) * thread),
          argument.elements));
      pointers.push_back(static_cast<void *>(&own.back()->pointer));
      break;
    }
    case Kind::Task:
      for (int64_t &index : indices)
        pointers.push_back(&index);
      break;
    case Kind::Scale:
      pointers.push_back(&scale);
      break;
    case Kind::Size:
    case Kind::Sequences:
      llvm_unreachable("a run checks which arguments its kernels take");
    }
  }
  function(pointers.data());
}

void PreparedTasks::run(WorkerPool &pool, const Progress &progress) {
  pool.forEach(tasks.size(), [&](int64_t i, unsigned thread) {
    runTask(tasks[i], thread);
    if (thread == 0 && progress)
      progress(static_cast<double>(i + 1) / static_cast<double>(tasks.size()));
  });
}

Expected<std::unique_ptr<PreparedLaunch>>
CPUDevice::prepare(const LoadedCode &code, LaunchConfig config) {
  auto function =
      static_cast<const LoadedObject &>(code).find(config.kernel->entry);
  if (!function)
    return function.takeError();
  auto prepared = std::make_unique<PreparedTasks>(*function, std::move(config),
                                                  pool.size());
  if (Error error = prepared->prepare())
    return std::move(error);
  return prepared;
}

Error CPUDevice::launch(PreparedLaunch &launch, const Progress &progress) {
  static_cast<PreparedTasks &>(launch).run(pool, progress);
  return Error::success();
}

Expected<std::shared_ptr<LoadedCode>>
CPUDevice::load(const Code &code, const Resources &resources) {
  if (code.format != Code::Format::Object)
    return createStringError(inconvertibleErrorCode(),
                             "a processor runs objects, found code of the "
                             "format " +
                                 stringify(code.format));
  return LoadedObject::load(code, resources);
}
