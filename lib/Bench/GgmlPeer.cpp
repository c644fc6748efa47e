//===- GgmlPeer.cpp - The same recurrence in ggml -------------------------===//
//
// The part of ggml's C interface that is used, in our words. It follows ggml of
// August 2026 (commit d99724f2, version 0.21.0). Only two structs cross the
// border by value; tensors, graphs and contexts stay opaque.
//
//===----------------------------------------------------------------------===//

#include "lib/Bench/GgmlPeer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Path.h"
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>
#include <utility>
#include <vector>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::runtime;

//===----------------------------------------------------------------------===//
// ggml's interface
//===----------------------------------------------------------------------===//

namespace {
struct GgmlContext;
struct GgmlTensor;
struct GgmlGraph;

/// ggml_init_params
struct GgmlInitParams {
  size_t memorySize;
  void *memory;
  bool withoutData;
};

/// ggml_cplan, and room for fields that later versions may add: the library
/// writes the whole struct into memory of ours.
struct GgmlPlan {
  size_t workSize;
  uint8_t *workData;
  int numThreads;
  void *threadpool;
  bool (*abortCallback)(void *);
  void *abortCallbackData;
  bool useReference;
  char room[200];
};
static_assert(sizeof(GgmlInitParams) == 24 && offsetof(GgmlPlan, room) == 49,
              "as ggml lays them out on 64-bit machines");

constexpr int kGgmlTypeF32 = 0;
constexpr int kGgmlSuccess = 0;
} // namespace

struct sluice::bench::GgmlApi {
  const char *(*version)();
  const char *(*commit)();
  GgmlContext *(*init)(GgmlInitParams);
  void (*free)(GgmlContext *);
  size_t (*tensorOverhead)();
  size_t (*graphOverhead)(size_t size, bool gradients);
  GgmlTensor *(*newTensor)(GgmlContext *, int type, int64_t, int64_t, int64_t,
                           int64_t);
  void *(*getData)(const GgmlTensor *);
  size_t (*numBytes)(const GgmlTensor *);
  GgmlTensor *(*gatedDeltaNet)(GgmlContext *, GgmlTensor *q, GgmlTensor *k,
                               GgmlTensor *v, GgmlTensor *g, GgmlTensor *beta,
                               GgmlTensor *state, int64_t numSnapshots);
  GgmlGraph *(*newGraph)(GgmlContext *, size_t size, bool gradients);
  void (*expand)(GgmlGraph *, GgmlTensor *);
  void (*addNode)(GgmlGraph *, GgmlTensor *);
  GgmlPlan (*plan)(const GgmlGraph *, int threads, void *threadpool);
  int (*compute)(GgmlGraph *, GgmlPlan *);
};

//===----------------------------------------------------------------------===//
// Which recurrences ggml has
//===----------------------------------------------------------------------===//

namespace {
/// A variant that ggml_gated_delta_net computes. Its gate is a scalar or a
/// vector by the shape of g; the arguments have the names q, k, v, g, beta.
struct GgmlOp {
  StringLiteral variant;
  bool hasVectorGate;
};
constexpr GgmlOp kGgmlOps[] = {
    {"gated_delta_rule", false},
    {"kda", true},
};
} // namespace

/// The entry for a problem. ggml's states are square, its scale is fixed, and
/// it shares queries among heads in another order than Sluice.
static const GgmlOp *findGgmlOp(const Problem &problem) {
  const Sizes &sizes = problem.sizes;
  double scale = 1 / std::sqrt(static_cast<double>(sizes["K"]));
  if (sizes["K"] != sizes["V"] || sizes["H"] != sizes["HV"] ||
      sizes["N"] != sizes["B"] ||
      std::fabs(problem.scale - scale) > 1e-6 * scale)
    return nullptr;
  const GgmlOp *found = find_if(kGgmlOps, [&](const GgmlOp &entry) {
    return entry.variant == problem.signature.name;
  });
  return found == std::end(kGgmlOps) ? nullptr : found;
}

static const io::TensorView &getArgument(const Problem &problem,
                                         StringRef name) {
  for (auto [argument, view] :
       zip_equal(problem.signature.arguments, problem.args))
    if (argument.name == name)
      return view;
  llvm_unreachable("a variant of kGgmlOps has other arguments");
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

namespace {
/// One of ggml's libraries, never closed. Not LLVM's DynamicLibrary, which
/// closes its own at exit: OpenMP's workers still run then, in code that would
/// be gone.
class Library {
public:
  static Expected<Library> open(StringRef folder, StringRef name) {
    SmallString<128> path(folder);
    sys::path::append(path, name);
    void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_NODELETE);
    if (!handle)
      return error(Twine("--ggml: ") + dlerror());
    return Library(handle, name);
  }

  template <typename Function>
  Error find(const char *symbol, Function *&function) {
    void *address = dlsym(handle, symbol);
    if (!address)
      return error("--ggml: " + name + " has no function " + symbol +
                   "; Sluice knows ggml 0.21 (August 2026)");
    function = reinterpret_cast<Function *>(address);
    return Error::success();
  }

private:
  Library(void *handle, StringRef name) : handle(handle), name(name) {}
  void *handle;
  std::string name;
};
} // namespace

Expected<std::unique_ptr<GgmlPeer>> GgmlPeer::load(StringRef folder) {
  // The other libraries ask for the base by its name: it has to be there first.
  Expected<Library> base = Library::open(folder, "libggml-base.so");
  if (!base)
    return base.takeError();
  Expected<Library> cpu = Library::open(folder, "libggml-cpu.so");
  if (!cpu)
    return cpu.takeError();

  auto api = std::make_unique<GgmlApi>();
  Error failure = Error::success();
  auto find = [&](Library &library, const char *symbol, auto &function) {
    failure = joinErrors(std::move(failure), library.find(symbol, function));
  };
  find(*base, "ggml_version", api->version);
  find(*base, "ggml_commit", api->commit);
  find(*base, "ggml_init", api->init);
  find(*base, "ggml_free", api->free);
  find(*base, "ggml_tensor_overhead", api->tensorOverhead);
  find(*base, "ggml_graph_overhead_custom", api->graphOverhead);
  find(*base, "ggml_new_tensor_4d", api->newTensor);
  find(*base, "ggml_get_data", api->getData);
  find(*base, "ggml_nbytes", api->numBytes);
  find(*base, "ggml_gated_delta_net", api->gatedDeltaNet);
  find(*base, "ggml_new_graph_custom", api->newGraph);
  find(*base, "ggml_build_forward_expand", api->expand);
  find(*base, "ggml_graph_add_node", api->addNode);
  find(*cpu, "ggml_graph_plan", api->plan);
  find(*cpu, "ggml_graph_compute", api->compute);
  if (failure)
    return std::move(failure);
  return std::unique_ptr<GgmlPeer>(new GgmlPeer(std::move(api)));
}

GgmlPeer::GgmlPeer(std::unique_ptr<GgmlApi> api) : api(std::move(api)) {}
GgmlPeer::~GgmlPeer() = default;

std::string GgmlPeer::getVersion() const {
  std::string version = api->version();
  StringRef commit = api->commit();
  if (commit != "unknown")
    version += (" (" + commit + ")").str();
  return version;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

namespace {
/// Frees what ggml_init made.
class Context {
public:
  /// In `memory`, or in memory of ggml's own, which ends the process where
  /// there is none.
  Context(const GgmlApi &api, size_t bytes, void *memory = nullptr)
      : api(&api), context(api.init({bytes, memory, false})) {}
  Context(Context &&other)
      : api(other.api), context(std::exchange(other.context, nullptr)) {}
  Context &operator=(Context &&other) {
    std::swap(api, other.api);
    std::swap(context, other.context);
    return *this;
  }
  ~Context() {
    if (context)
      api->free(context);
  }
  operator GgmlContext *() const { return context; }

private:
  const GgmlApi *api;
  GgmlContext *context;
};
} // namespace

struct GgmlRun::State {
  const GgmlApi &api;
  const Problem &problem;
  unsigned threads;
  /// Of the tensors.
  OwnedTensor memory;
  Context tensors;
  GgmlTensor *result;

  /// The graph of `copies` ops.
  int64_t copies = 0;
  Context graphs;
  GgmlGraph *graph = nullptr;
  GgmlPlan plan = {};
  std::vector<uint8_t> work;

  void build(int64_t copies);
};

GgmlRun::GgmlRun(std::unique_ptr<State> state) : state(std::move(state)) {}
GgmlRun::~GgmlRun() = default;

/// Sluice has a state as [K, V]; ggml transposes it.
static void transpose(ArrayRef<float> from, MutableArrayRef<float> to,
                      int64_t dim) {
  int64_t area = dim * dim;
  for (size_t first = 0; first < from.size(); first += area)
    for (int64_t row = 0; row < dim; ++row)
      for (int64_t column = 0; column < dim; ++column)
        to[first + column * dim + row] = from[first + row * dim + column];
}

static std::vector<float> loadFloats(const io::TensorView &view) {
  std::vector<double> exact(view.numElements());
  loadElements(view, 0, exact);
  return std::vector<float>(exact.begin(), exact.end());
}

Expected<std::unique_ptr<GgmlRun>> GgmlPeer::prepare(const Problem &problem,
                                                     unsigned threads) const {
  const GgmlOp *known = findGgmlOp(problem);
  if (!known)
    return nullptr;
  const Sizes &sizes = problem.sizes;
  int64_t dim = sizes["K"], stateSize = sizes["N"] * sizes["HV"] * dim * dim;
  int64_t tokenHeads = sizes["B"] * sizes["T"] * sizes["HV"];
  int64_t numFloats = 2 * stateSize + tokenHeads * (5 * dim + 1);
  constexpr size_t kTensors = 8, kAlignment = 64;
  int64_t bytes = numFloats * sizeof(float) +
                  kTensors * (api->tensorOverhead() + kAlignment);
  Expected<OwnedTensor> memory =
      OwnedTensor::create("--ggml", io::DType::U8, bytes);
  if (!memory)
    return memory.takeError();
  Context tensors(*api, bytes, memory->data());

  // Innermost size first, as ggml counts.
  auto make = [&](const io::TensorView *view, int64_t a, int64_t b, int64_t c,
                  int64_t d) {
    GgmlTensor *tensor = api->newTensor(tensors, kGgmlTypeF32, a, b, c, d);
    std::vector<float> values =
        view ? loadFloats(*view) : std::vector<float>(a * b * c * d);
    assert(values.size() * sizeof(float) == api->numBytes(tensor) &&
           "an argument is not of the shape that the op takes");
    std::memcpy(api->getData(tensor), values.data(),
                values.size() * sizeof(float));
    return tensor;
  };
  auto makeNamed = [&](StringRef name, int64_t inner) {
    return make(&getArgument(problem, name), inner, sizes["HV"], sizes["T"],
                sizes["B"]);
  };
  GgmlTensor *q = makeNamed("q", dim), *k = makeNamed("k", dim);
  GgmlTensor *v = makeNamed("v", dim);
  GgmlTensor *g = makeNamed("g", known->hasVectorGate ? dim : 1);
  GgmlTensor *beta = makeNamed("beta", 1);

  GgmlTensor *initial = make(nullptr, dim, dim, sizes["HV"], sizes["N"]);
  unsigned stateIndex = problem.signature.getStates().front();
  if (problem.hasInitialState(stateIndex))
    transpose(loadFloats(problem.args[stateIndex]),
              {static_cast<float *>(api->getData(initial)),
               static_cast<size_t>(stateSize)},
              dim);

  GgmlTensor *result =
      api->gatedDeltaNet(tensors, q, k, v, g, beta, initial, 1);
  size_t expected = (tokenHeads * dim + stateSize) * sizeof(float);
  if (api->numBytes(result) != expected)
    return error("--ggml: ggml_gated_delta_net gives " +
                 Twine(api->numBytes(result)) + " bytes, expected " +
                 Twine(expected) + "; Sluice knows ggml 0.21 (August 2026)");
  return std::unique_ptr<GgmlRun>(new GgmlRun(
      std::unique_ptr<GgmlRun::State>(new GgmlRun::State{*api,
                                                         problem,
                                                         threads,
                                                         std::move(*memory),
                                                         std::move(tensors),
                                                         result,
                                                         0,
                                                         Context(*api, 1024),
                                                         nullptr,
                                                         {},
                                                         {}})));
}

void GgmlRun::State::build(int64_t newCopies) {
  copies = newCopies;
  size_t size = copies + 16; // and the inputs
  graphs = Context(api, api.graphOverhead(size, false) + 4096);
  graph = api.newGraph(graphs, size, false);
  api.expand(graph, result);
  for (int64_t i = 1; i < copies; ++i)
    api.addNode(graph, result);
  plan = api.plan(graph, static_cast<int>(threads), nullptr);
  work.resize(plan.workSize);
  plan.workData = work.data();
}

void GgmlRun::execute(int64_t repetitions) {
  if (state->copies != repetitions)
    state->build(repetitions);
  if (state->api.compute(state->graph, &state->plan) != kGgmlSuccess)
    reportFatalUsageError("ggml could not compute its graph");
}

Expected<Results> GgmlRun::getResults() const {
  const Problem &problem = state->problem;
  Expected<Results> results = Results::allocate(problem, io::DType::F32);
  if (!results)
    return results.takeError();
  // The output, then the states.
  auto *data = static_cast<const float *>(state->api.getData(state->result));
  OwnedTensor &output = results->output(0), &last = results->finalState(0);
  std::memcpy(output.data(), data, output.numBytes());
  data += output.view().numElements();
  auto stateSize = static_cast<size_t>(last.view().numElements());
  transpose({data, stateSize},
            {reinterpret_cast<float *>(last.data()), stateSize},
            problem.sizes["K"]);
  return results;
}
