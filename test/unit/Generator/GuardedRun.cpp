//===- GuardedRun.cpp - generated steps on the CPU, watched ---------------===//

#include "test/unit/Generator/GuardedRun.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"
#include <atomic>
#include <cmath>
#include <thread>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

llvm::Expected<runtime::Results>
delta::runGuarded(StepData &data, const runtime::Artifact &artifact,
                  const GuardedOptions &options) {
  const runtime::Problem &problem = data.getProblem();
  auto results = runtime::Results::allocate(problem);
  if (!results)
    return results.takeError();
  SmallVector<unsigned, 2> states = problem.signature.getStates();
  std::deque<GuardedBuffer> own;
  SmallVector<GuardedBuffer *> places;
  SmallVector<void *> pointers;
  for (auto [i, tensor] : llvm::enumerate(results->tensors)) {
    bool isOutput = i < results->numOutputs;
    places.push_back(options.inPlace && !isOutput
                         ? data.getBuffer(states[i - results->numOutputs])
                         : &own.emplace_back(tensor.numBytes()));
    pointers.push_back(places.back()->data());
  }

  runtime::CPUDevice device(options.threads);
  auto loaded = runtime::LoadedArtifact::load(device, artifact);
  if (!loaded)
    return loaded.takeError();
  auto run = runtime::Run::create(**loaded, problem, pointers);
  if (!run)
    return run.takeError();
  data.poison();
  llvm::cantFail((*run)->execute());
  for (GuardedBuffer *place : places)
    place->poison();
  data.restore();
  if (!options.inPlace)
    data.makeReadOnly();
  llvm::cantFail((*run)->execute());
  for (auto [place, tensor] : llvm::zip(places, results->tensors))
    llvm::copy(place->view(), tensor.data());
  return results;
}

bool delta::isFinite(const runtime::Results &results) {
  for (const runtime::OwnedTensor &tensor : results.tensors)
    for (int64_t i = 0, e = tensor.view().numElements(); i < e; ++i)
      if (!std::isfinite(tensor.load(i)))
        return false;
  return true;
}

void delta::printDims(llvm::raw_ostream &os, const StepShape &shape) {
  for (const auto &[axis, size] : shape.sizes)
    os << ' ' << axis << '=' << size;
  os << " lengths";
  for (int64_t length : shape.sequenceLengths)
    os << ' ' << length;
  if (shape.initialStates)
    os << ", initial states";
}

const target::Cpu &delta::drawTarget(reference::Random &random) {
  for (;;) {
    llvm::ArrayRef<target::Cpu> all = target::getCpus();
    const target::Cpu &drawn = all[random.bits() % all.size()];
    if (target::runsHere(drawn))
      return drawn;
  }
}

wy::ScheduleAttr delta::makeSchedule(MLIRContext &context,
                                     const target::Cpu &target, int64_t panel,
                                     int64_t chunk) {
  if (panel == 0)
    return nullptr;
  context.loadDialect<wy::WYDialect>();
  auto part = wy::CPUScheduleAttr::get(
      &context, target.lanes, panel,
      chunk ? std::max<int64_t>(1, 16 / chunk) : 32, target.registers);
  if (chunk == 0)
    return wy::ScheduleAttr::get(&context, part);
  return wy::ScheduleAttr::get(
      &context, chunk, /*leaf=*/4, wy::LeafScheme::Pairwise,
      wy::SolveMethod::Substitution, /*solve_leaf=*/0, wy::WForm::Automatic,
      wy::PrecisionsAttr::getF32(&context), wy::Storage::F32,
      wy::PlacementKind::OneKernel, /*segment=*/0, part);
}

void delta::forEachByTwo(unsigned count,
                         llvm::function_ref<void(unsigned)> body) {
  std::atomic<unsigned> next{0};
  auto work = [&] {
    for (unsigned i; (i = next++) < count;)
      body(i);
  };
  std::thread second(work);
  work();
  second.join();
}
