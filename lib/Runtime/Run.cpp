//===- Run.cpp - A plan over a problem on a device ------------------------===//

#include "lib/Runtime/Run.h"
#include "lib/Runtime/OutputSums.h"
#include "lib/Runtime/RunMemory.h"
#include "lib/Support/Memory.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

Expected<std::unique_ptr<LoadedArtifact>>
LoadedArtifact::load(Device &device, Artifact artifact) {
  if (Error error = checkKernels(artifact))
    return std::move(error);
  std::unique_ptr<LoadedArtifact> made(
      new LoadedArtifact(device, std::move(artifact)));
  for (const Code &code : made->artifact.codes) {
    auto loaded = device.load(code, made->artifact.resources);
    if (!loaded)
      return loaded.takeError();
    made->codes.push_back(std::move(*loaded));
  }
  return made;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Run::~Run() {
  launches.clear();
  for (uint64_t address : allocations)
    device.free(address);
}

Expected<uint64_t> Run::allocate(uint64_t bytes) {
  Expected<uint64_t> address = device.allocate(bytes);
  if (address)
    allocations.push_back(*address);
  return address;
}

/// A dense copy of `view` as `dtype`.
Expected<DeviceTensor> Run::placeCopy(const io::TensorView &view,
                                      io::DType dtype) {
  std::optional<int64_t> bytes = io::tensorBytes(view.shape, dtype);
  if (!bytes)
    return error("a copy of an argument does not fit into memory");
  Expected<uint64_t> address = allocate(*bytes);
  if (!address)
    return address.takeError();
  DeviceTensor copy{*address, view.shape};
  if (view.dtype == dtype) {
    if (Error error = device.copyIn(*address, view.bytes))
      return std::move(error);
    return copy;
  }
  std::vector<double> elements(1 << 16);
  std::vector<uint8_t> rounded(elements.size() * io::byteWidth(dtype));
  int64_t total = view.numElements();
  for (int64_t first = 0; first < total; first += elements.size()) {
    MutableArrayRef<double> part(
        elements.data(), std::min<int64_t>(elements.size(), total - first));
    loadElements(view, first, part);
    storeElements(dtype, rounded.data(), 0, part);
    if (Error error = device.copyIn(
            *address + first * io::byteWidth(dtype),
            ArrayRef(rounded).take_front(part.size() * io::byteWidth(dtype))))
      return std::move(error);
  }
  return copy;
}

static bool isAligned(const io::TensorView &view) {
  return reinterpret_cast<uintptr_t>(view.bytes.data()) %
             io::byteWidth(view.dtype) ==
         0;
}

/// Is there, and does not serve as it is.
bool Run::needsCopy(unsigned argument) const {
  const io::TensorView &view = problem.args[argument];
  if (problem.signature.isState(argument))
    return problem.hasInitialState(argument) &&
           (view.dtype != io::DType::F32 || !isAligned(view) ||
            !isHostMemory());
  return !isAligned(view) || !isHostMemory();
}

Error Run::placeInputs() {
  for (auto [i, view] : enumerate(problem.args)) {
    bool isState = problem.signature.isState(i);
    io::DType wanted = isState ? io::DType::F32 : view.dtype;
    bool isPresent = !isState || problem.hasInitialState(i);
    if (isPresent && !needsCopy(i)) {
      inputs.push_back({device.getAddressOf(view.bytes.data()), view.shape});
      continue;
    }
    if (!isPresent && !isHostMemory()) {
      inputs.push_back(
          {0, evaluate(problem.signature.arguments[i].getShape(), sizes),
           /*isPresent=*/false});
      continue;
    }
    // What a processor's kernel may look at in place of a state that starts at
    // zero.
    SmallVector<float, 0> zeros;
    io::TensorView absent{io::DType::F32, {1, 1}, {}};
    if (!isPresent) {
      int64_t elements = 1;
      for (const std::string &axis : problem.signature.arguments[i].axes) {
        absent.shape.push_back(sizes[axis]);
        elements *= sizes[axis];
      }
      zeros.assign(elements, 0);
      absent.bytes = {reinterpret_cast<const uint8_t *>(zeros.data()),
                      zeros.size() * sizeof(float)};
    }
    Expected<DeviceTensor> copy = placeCopy(isPresent ? view : absent, wanted);
    if (!copy)
      return copy.takeError();
    copy->isPresent = isPresent;
    inputs.push_back(std::move(*copy));
  }
  return Error::success();
}

Error Run::checkMemory() const {
  MemoryNeed need;
  need.add("a list of segments", sizes["G"], sizeof(Sequence));
  for (auto [i, view] : enumerate(problem.args))
    if (needsCopy(i))
      need.add("copies of arguments", view.numElements(),
               problem.signature.isState(i) ? sizeof(float)
                                            : io::byteWidth(view.dtype));
  if (!isHostMemory()) {
    addResults(need, "the results", problem.signature, problem.sizes,
               problem.outputDType, problem.stateDType);
    need.add("lists of sequences and segments", sizes["N"] + sizes["G"] + 2,
             sizeof(int64_t));
  }
  for (const Workspace &workspace : plan.workspaces) {
    uint64_t bytes = io::byteWidth(workspace.dtype);
    for (const Expression &expression : workspace.shape) {
      Expected<int64_t> size = expression.evaluate(sizes);
      if (!size)
        return size.takeError();
      if (*size < 0)
        return error("workspace '" + workspace.name +
                     "' has a negative size: '" + expression.str() + "'");
      bytes = SaturatingMultiply(bytes, static_cast<uint64_t>(*size));
    }
    need.add("the plan's workspaces", bytes);
  }
  return device.checkRoom(need);
}

/// The memory itself, or some of the device for it; `inPlace`, if not null, is
/// what it replaces there.
Expected<DeviceTensor> Run::placeResult(StringRef name, void *result,
                                        ArrayRef<int64_t> shape,
                                        io::DType dtype,
                                        const DeviceTensor *inPlace) {
  DeviceTensor tensor{device.getAddressOf(result),
                      {shape.begin(), shape.end()}};
  if (tensor.address)
    return tensor;
  std::optional<int64_t> bytes = io::tensorBytes(shape, dtype);
  if (!bytes)
    return error("result " + quote(name) + " does not fit into memory");
  if (inPlace)
    tensor.address = inPlace->address;
  else if (Error error = allocate(*bytes).moveInto(tensor.address))
    return std::move(error);
  copies.push_back(
      {name.str(),
       tensor.address,
       {static_cast<uint8_t *>(result), static_cast<size_t>(*bytes)}});
  return tensor;
}

Error Run::placeResults(ArrayRef<void *> results) {
  const Signature &signature = problem.signature;
  for (const Output &output : signature.outputs) {
    if (Error error = placeResult(output.name, results.front(),
                                  evaluate(output.getShape(), sizes),
                                  problem.outputDType, /*inPlace=*/nullptr)
                          .moveInto(outputs.emplace_back()))
      return error;
    results = results.drop_front();
  }
  for (auto [i, state] : enumerate(signature.getStates())) {
    const io::TensorView &initial = problem.args[state];
    bool isInPlace = initial.bytes.data() == results.front() &&
                     initial.dtype == io::DType::F32;
    if (Error error =
            placeResult(signature.getFinalStateName(i), results.front(),
                        evaluate(signature.arguments[state].getShape(), sizes),
                        io::DType::F32, isInPlace ? &inputs[state] : nullptr)
                .moveInto(finals.emplace_back()))
      return error;
    results = results.drop_front();
  }
  return Error::success();
}

/// Copies the lists of which a GPU's kernels take the addresses.
Error Run::placeTokenOffsets() {
  auto place = [&](ArrayRef<Sequence> pieces, uint64_t &address) -> Error {
    int64_t tokens = sizes["T"];
    std::vector<int64_t> offsets;
    for (const Sequence &piece : pieces)
      offsets.push_back(piece.batch * tokens + piece.begin);
    offsets.push_back(sizes["B"] * tokens);
    ArrayRef bytes(reinterpret_cast<const uint8_t *>(offsets.data()),
                   offsets.size() * sizeof(int64_t));
    if (Error error = allocate(bytes.size()).moveInto(address))
      return error;
    return device.copyIn(address, bytes);
  };
  bool takesSequences = false, takesSegments = false;
  for (const auto &launch : plan.launches)
    if (const auto *kernel = std::get_if<KernelLaunch>(&launch))
      if (any_of(kernel->arguments, [](const KernelArgument &argument) {
            return argument.kind == KernelArgument::Kind::Sequences;
          }))
        (kernel->isOverSegments ? takesSegments : takesSequences) = true;
  bool areRows = all_of(problem.sequences, [&](const Sequence &sequence) {
    return sequence.begin == 0 && sequence.end == sizes["T"];
  });
  if (takesSequences && !(areRows && sizes["N"] == sizes["B"]))
    if (Error error = place(problem.sequences, sequenceOffsets))
      return error;
  if (takesSegments)
    return place(segments, segmentOffsets);
  return Error::success();
}

Error Run::makeWorkspaces() {
  for (const Workspace &workspace : plan.workspaces) {
    DeviceTensor tensor;
    for (const Expression &expression : workspace.shape) {
      Expected<int64_t> size = expression.evaluate(sizes);
      if (!size)
        return size.takeError();
      tensor.shape.push_back(*size);
    }
    std::optional<int64_t> bytes =
        io::tensorBytes(tensor.shape, workspace.dtype);
    if (!bytes)
      return error("workspace '" + workspace.name +
                   "' does not fit into memory");
    if (Error error = allocate(*bytes).moveInto(tensor.address))
      return error;
    if (workspace.fill != Workspace::Fill::None && *bytes != 0) {
      // One matrix (or whatever the shape ends with), again and again.
      int64_t width = tensor.shape.back();
      int64_t block =
          workspace.fill == Workspace::Fill::Identity ? width * width : width;
      std::vector<double> numbers(block,
                                  workspace.fill != Workspace::Fill::Zeros);
      if (workspace.fill == Workspace::Fill::Identity)
        for (int64_t i = 0; i < block; ++i)
          numbers[i] = i % (width + 1) == 0;
      std::vector<uint8_t> filled(block * io::byteWidth(workspace.dtype));
      storeElements(workspace.dtype, filled.data(), 0, numbers);
      // Few large copies instead of many small ones.
      constexpr int64_t kCopyBytes = 1 << 20;
      std::vector<uint8_t> repeated;
      while (static_cast<int64_t>(repeated.size()) <
             std::min(kCopyBytes, *bytes))
        append_range(repeated, filled);
      for (int64_t at = 0; at < *bytes; at += repeated.size())
        if (Error error =
                device.copyIn(tensor.address + at,
                              ArrayRef(repeated).take_front(*bytes - at)))
          return error;
    }
    workspaces.push_back(std::move(tensor));
  }
  return Error::success();
}

const DeviceTensor &Run::at(const TensorRef &tensor) const {
  using Space = TensorRef::Space;
  switch (tensor.space) {
  case Space::None: {
    static const DeviceTensor none{0, {}, /*isPresent=*/false};
    return none;
  }
  case Space::Input:
    return inputs[tensor.index];
  case Space::Output:
    return outputs[tensor.index];
  case Space::Final:
    return finals[tensor.index];
  case Space::Workspace:
    return workspaces[tensor.index];
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

int64_t Run::countSegments() const {
  int64_t count = 0;
  for (const Sequence &sequence : problem.sequences)
    count += static_cast<int64_t>(
        divideCeil(static_cast<uint64_t>(sequence.end - sequence.begin),
                   static_cast<uint64_t>(plan.segmentTokens)));
  return count;
}

void Run::cutSequences() {
  segments.reserve(sizes["G"]);
  for (const Sequence &sequence : problem.sequences) {
    firstSegment.push_back(static_cast<int64_t>(segments.size()));
    for (int64_t begin = sequence.begin; begin < sequence.end;
         begin += plan.segmentTokens)
      segments.push_back({sequence.batch, begin,
                          std::min(begin + plan.segmentTokens, sequence.end)});
  }
  firstSegment.push_back(static_cast<int64_t>(segments.size()));
}

Expected<LaunchConfig> Run::configure(const KernelLaunch &kernel) const {
  LaunchConfig config;
  config.kernel = &kernel;
  config.scale = problem.scale;
  for (auto [expression, size] : zip_equal(kernel.grid, config.grid))
    if (Error error = expression.evaluate(sizes).moveInto(size))
      return std::move(error);
  for (const KernelArgument &argument : kernel.arguments) {
    config.tensors.push_back(at(argument.tensor));
    if (Error error =
            argument.size.evaluate(sizes).moveInto(config.sizes.emplace_back()))
      return std::move(error);
  }
  if (kernel.isForGPU()) {
    config.tokenOffsets =
        kernel.isOverSegments ? segmentOffsets : sequenceOffsets;
    return config;
  }
  config.sequences = kernel.isOverSegments ? segments : problem.sequences;
  if (config.grid[0] != static_cast<int64_t>(config.sequences.size()))
    return error("the plan's grid '" + kernel.grid[0].str() +
                 "' is not the number of sequences");
  constexpr int64_t kMostPanels = int64_t{1} << 16;
  if (config.grid[1] != sizes["HV"] || config.grid[2] < 1 ||
      config.grid[2] > kMostPanels)
    return error("the plan's grid is of heads and panels, found '" +
                 kernel.grid[1].str() + "' and '" + kernel.grid[2].str() + "'");
  config.headsPerQKHead = problem.sizes["HV"] / problem.sizes["H"];
  return config;
}

Error Run::prepareLaunches() {
  for (const auto &launch : plan.launches) {
    launches.emplace_back();
    if (const auto *join = std::get_if<SegmentJoin>(&launch)) {
      if (Error error = checkJoin(*join))
        return error;
      continue;
    }
    if (const auto *sum = std::get_if<OutputSum>(&launch)) {
      if (Error error = checkSum(*sum))
        return error;
      continue;
    }
    const auto *kernel = std::get_if<KernelLaunch>(&launch);
    Expected<LaunchConfig> config = configure(*kernel);
    if (!config)
      return config.takeError();
    if (Error error =
            device.prepare(artifact.getCode(kernel->code), std::move(*config))
                .moveInto(launches.back()))
      return error;
  }
  return Error::success();
}

Expected<std::unique_ptr<Run>> Run::create(const LoadedArtifact &artifact,
                                           const Problem &problem,
                                           ArrayRef<void *> results) {
  if (Error error = checkFits(artifact.getArtifact(), problem))
    return std::move(error);
  std::unique_ptr<Run> run(new Run(artifact, problem));
  if (run->plan.segmentTokens != 0)
    run->sizes["G"] = run->countSegments();
  if (Error error = run->checkMemory())
    return std::move(error);
  if (run->plan.segmentTokens != 0)
    run->cutSequences();
  if (Error error = run->placeInputs())
    return std::move(error);
  if (Error error = run->placeResults(results))
    return std::move(error);
  if (Error error = run->placeTokenOffsets())
    return std::move(error);
  if (Error error = run->makeWorkspaces())
    return std::move(error);
  if (Error error = run->prepareLaunches())
    return std::move(error);
  return run;
}

Error Run::enqueue(const Progress &progress) {
  auto count = static_cast<double>(launches.size());
  for (auto [i, launch] : enumerate(plan.launches)) {
    if (launches[i]) {
      Progress part;
      if (progress)
        part = [&, i = i](double done) {
          progress((static_cast<double>(i) + done) / count);
        };
      if (Error error = device.launch(*launches[i], part))
        return error;
      continue;
    }
    if (Error error = device.synchronize())
      return error;
    const auto *join = std::get_if<SegmentJoin>(&launch);
    if (Error failed =
            join ? execute(*join) : execute(std::get<OutputSum>(launch)))
      return error("launch " + Twine(i + 1) + " of the plan, a " +
                   (join ? "join" : "sum") + ": " +
                   toString(std::move(failed)));
  }
  return Error::success();
}

Error Run::execute(const Progress &progress) {
  if (Error error = enqueue(progress))
    return error;
  return device.synchronize();
}

Error Run::copyResults() {
  for (const Copy &copy : copies)
    if (Error failed = device.copyOut(copy.from, copy.to))
      return error("result " + quote(copy.name) + ": " +
                   toString(std::move(failed)));
  return Error::success();
}

Expected<Results> runtime::runArtifact(const LoadedArtifact &artifact,
                                       const Problem &problem,
                                       const Progress &progress) {
  Expected<Results> results = Results::allocate(problem);
  if (!results)
    return results.takeError();
  SmallVector<void *> places;
  for (OwnedTensor &tensor : results->tensors)
    places.push_back(tensor.data());
  auto run = Run::create(artifact, problem, places);
  if (!run)
    return run.takeError();
  if (Error error = (*run)->execute(progress))
    return std::move(error);
  if (Error error = (*run)->copyResults())
    return std::move(error);
  return results;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// float32, [B, T, HV, …]: a plan may come from a file.
Error Run::checkSum(const OutputSum &sum) const {
  Output unsummed = problem.signature.outputs[sum.output];
  unsummed.kind = ArgumentKind::VHeads;
  if (plan.workspaces[sum.from.index].dtype != io::DType::F32 ||
      at(sum.from).shape != evaluate(unsummed.getShape(), problem.sizes))
    return error("the workspace that output '" + unsummed.name +
                 "' is summed from has another shape than it");
  return Error::success();
}

Error Run::execute(const OutputSum &sum) {
  const DeviceTensor &from = at(sum.from), &to = outputs[sum.output];
  io::DType dtype = artifact.getArtifact().outputType;
  SmallVector<float, 0> token;
  SmallVector<uint8_t, 0> rounded;
  return sumOutput(
      problem.signature.outputs[sum.output], problem.sizes,
      [&](int64_t place, MutableArrayRef<double> values) -> Error {
        token.resize(values.size());
        uint64_t bytes = token.size() * sizeof(float);
        if (Error error = device.copyOut(
                from.address + place * bytes,
                {reinterpret_cast<uint8_t *>(token.data()), bytes}))
          return error;
        llvm::copy(token, values.begin());
        return Error::success();
      },
      [&](int64_t place, ArrayRef<double> sums) {
        rounded.resize(sums.size() * io::byteWidth(dtype));
        storeElements(dtype, rounded.data(), 0, sums);
        return device.copyIn(to.address + place * rounded.size(), rounded);
      });
}
