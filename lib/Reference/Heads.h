//===- Heads.h - Every sequence of every head, in parallel ------*- C++ -*-===//
//-*-===//
//
// What the interpreters share: they are private to this library.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_HEADS_H
#define SLUICE_LIB_REFERENCE_HEADS_H

#include "lib/Reference/Interpreter.h"
#include "lib/Runtime/OutputSums.h"
#include "lib/Support/HostThreads.h"
#include "lib/Support/Memory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/Parallel.h"
#include <algorithm>
#include <atomic>
#include <mutex>

namespace sluice::reference {

/// Counts tokens of all workers, and tells who waits.
class Meter {
public:
  Meter(int64_t total, const Progress &progress)
      : total(total), progress(progress) {}

  void add(int64_t tokens) {
    int64_t sum = done.fetch_add(tokens, std::memory_order_relaxed) + tokens;
    if (!progress || !mutex.try_lock())
      return;
    progress(static_cast<double>(sum) / static_cast<double>(total));
    mutex.unlock();
  }

private:
  int64_t total;
  const Progress &progress;
  std::atomic<int64_t> done = 0;
  std::mutex mutex;
};

/// State number `place` of the tensor of a state argument; zeros where it has
/// none.
inline void loadInitialState(const runtime::Problem &problem, unsigned argument,
                             int64_t place,
                             llvm::MutableArrayRef<double> state) {
  if (problem.hasInitialState(argument))
    runtime::loadElements(problem.args[argument],
                          place * static_cast<int64_t>(state.size()), state);
  else
    llvm::fill(state, 0);
}

/// Calls `run` once for every sequence and value head, from several threads.
/// It adds the tokens that it has done to the meter, takes `bytes` of memory,
/// and returns false where there is none.
inline llvm::Error forEachHead(
    const runtime::Problem &problem, uint64_t bytes, const Progress &progress,
    llvm::function_ref<bool(int64_t sequence, int64_t head, Meter &meter)>
        run) {
  const runtime::Sizes &sizes = problem.sizes;
  int64_t heads = sizes["HV"];
  Meter meter(std::max<int64_t>(1, sizes["B"] * sizes["T"] * heads), progress);
  std::atomic<bool> outOfMemory = false;
  size_t count = sizes["N"] * heads;
  unsigned threads =
      std::min<size_t>(count, llvm::parallel::strategy.compute_thread_count());
  MemoryNeed need;
  need.add("the states of " + std::to_string(threads) +
               " threads of the reference",
           threads, bytes);
  if (llvm::Error error = need.check())
    return error;
  forEachInParallel(count, threads, [&](size_t task) {
    auto sequence = static_cast<int64_t>(task) / heads;
    auto head = static_cast<int64_t>(task) % heads;
    if (!run(sequence, head, meter))
      outOfMemory = true;
  });
  if (outOfMemory)
    return llvm::createStringError(llvm::errc::not_enough_memory,
                                   "no memory for the states of the reference");
  return llvm::Error::success();
}

/// The results of a problem, of its types or of `dtype`, as `interpret` gives
/// them for each token and value head: what they share is summed.
inline llvm::Expected<runtime::Results>
interpretOutputs(const runtime::Problem &problem,
                 std::optional<io::DType> dtype,
                 llvm::function_ref<llvm::Error(const runtime::Problem &problem,
                                                runtime::Results &results)>
                     interpret) {
  if (llvm::any_of(problem.signature.outputs, runtime::isShared)) {
    runtime::Problem unsummed = problem;
    unsummed.signature = runtime::getUnsummed(problem.signature);
    llvm::Expected<runtime::Results> results =
        interpretOutputs(unsummed, io::DType::F64, interpret);
    return results ? runtime::sumResults(problem, *results, dtype)
                   : std::move(results);
  }
  llvm::Expected<runtime::Results> results =
      runtime::Results::allocate(problem, dtype);
  if (!results)
    return results.takeError();
  if (llvm::Error error = interpret(problem, *results))
    return std::move(error);
  return results;
}

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_HEADS_H
