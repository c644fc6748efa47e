//===- LaunchPlan.cpp - Which kernels a run launches ----------------------===//

#include "lib/Runtime/LaunchPlan.h"
#include "lib/Runtime/Tensor.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

bool KernelLaunch::takes(KernelArgument::Kind kind) const {
  using Kind = KernelArgument::Kind;
  switch (kind) {
  case Kind::Tensor:
  case Kind::Scale:
    return true;
  case Kind::Present:
  case Kind::Scratch:
  case Kind::Task:
    return !isForGPU();
  case Kind::Size:
  case Kind::Sequences:
    return isForGPU();
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static json::Value toJSON(ArrayRef<Expression> expressions) {
  json::Array array;
  for (const Expression &expression : expressions)
    array.push_back(expression.str());
  return array;
}

static StringRef stringify(Workspace::Fill fill) {
  switch (fill) {
  case Workspace::Fill::None:
    return "none";
  case Workspace::Fill::Zeros:
    return "zeros";
  case Workspace::Fill::Ones:
    return "ones";
  case Workspace::Fill::Identity:
    return "identity";
  }
  llvm_unreachable("covered switch");
}

static StringRef stringify(SegmentJoin::Kind kind) {
  switch (kind) {
  case SegmentJoin::Kind::Left:
    return "left";
  case SegmentJoin::Kind::Right:
    return "right";
  case SegmentJoin::Kind::Elementwise:
    return "elementwise";
  }
  llvm_unreachable("covered switch");
}

namespace {
class Writer {
public:
  Writer(const LaunchPlan &plan, const Signature &signature)
      : plan(plan), signature(signature), states(signature.getStates()) {}

  json::Value write() const;

private:
  json::Value write(const TensorRef &tensor) const;
  json::Value write(const KernelArgument &argument) const;
  json::Object write(const KernelLaunch &launch) const;
  json::Object write(const SegmentJoin &join) const;
  json::Object write(const OutputSum &sum) const {
    return json::Object{{"sum", signature.outputs[sum.output].name},
                        {"from", write(sum.from)}};
  }

  const LaunchPlan &plan;
  const Signature &signature;
  SmallVector<unsigned, 2> states;
};
} // namespace

json::Value Writer::write(const TensorRef &tensor) const {
  using Space = TensorRef::Space;
  switch (tensor.space) {
  case Space::None:
    return nullptr;
  case Space::Input:
    return json::Object{{signature.isState(tensor.index) ? "initial" : "input",
                         signature.arguments[tensor.index].name}};
  case Space::Output:
    return json::Object{{"output", signature.outputs[tensor.index].name}};
  case Space::Final:
    return json::Object{
        {"final", signature.arguments[states[tensor.index]].name}};
  case Space::Workspace:
    return json::Object{{"workspace", plan.workspaces[tensor.index].name}};
  }
  llvm_unreachable("covered switch");
}

json::Value Writer::write(const KernelArgument &argument) const {
  using Kind = KernelArgument::Kind;
  switch (argument.kind) {
  case Kind::Tensor:
    return write(argument.tensor);
  case Kind::Present:
    return json::Object{{"present", write(argument.tensor)}};
  case Kind::Scratch:
    return json::Object{{"scratch", argument.elements}};
  case Kind::Task:
    return "task";
  case Kind::Scale:
    return "scale";
  case Kind::Size:
    return json::Object{{"size", argument.size.str()}};
  case Kind::Sequences:
    return "sequences";
  }
  llvm_unreachable("covered switch");
}

json::Object Writer::write(const KernelLaunch &launch) const {
  json::Array arguments;
  for (const KernelArgument &argument : launch.arguments)
    arguments.push_back(write(argument));
  json::Object written{
      {"code", launch.code},
      {"entry", launch.entry},
      {"grid", ::toJSON(launch.grid)},
      {"over", launch.isOverSegments ? "segments" : "sequences"},
      {"arguments", std::move(arguments)}};
  if (launch.isForGPU())
    written["block"] = launch.blockThreads;
  if (launch.sharedBytes != 0)
    written["shared"] = launch.sharedBytes;
  return written;
}

json::Object Writer::write(const SegmentJoin &join) const {
  json::Array states;
  for (const SegmentJoin::State &state : join.states) {
    json::Array terms;
    for (const SegmentJoin::Term &term : state.terms)
      terms.push_back(json::Object{{"state", term.state},
                                   {"transition", write(term.transition)},
                                   {"kind", stringify(term.kind)}});
    states.push_back(json::Object{{"initial", write(state.initial)},
                                  {"final", write(state.final)},
                                  {"start", write(state.start)},
                                  {"written", write(state.written)},
                                  {"terms", std::move(terms)}});
  }
  return json::Object{{"join", std::move(states)}};
}

json::Value Writer::write() const {
  json::Array workspaces, launches;
  for (const Workspace &workspace : plan.workspaces)
    workspaces.push_back(json::Object{{"name", workspace.name},
                                      {"dtype", io::dtypeName(workspace.dtype)},
                                      {"shape", ::toJSON(workspace.shape)},
                                      {"fill", stringify(workspace.fill)}});
  for (const auto &launch : plan.launches)
    launches.push_back(
        std::visit([&](const auto &one) { return write(one); }, launch));
  return json::Object{{"segment", plan.segmentTokens},
                      {"workspaces", std::move(workspaces)},
                      {"launches", std::move(launches)}};
}

json::Value runtime::toJSON(const LaunchPlan &plan,
                            const Signature &signature) {
  return Writer(plan, signature).write();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// Fails at the first place that is not as expected, which it reports.
class Reader {
public:
  explicit Reader(const Signature &signature)
      : signature(signature), states(signature.getStates()) {}

  bool read(const json::Value &value, json::Path path);

  LaunchPlan plan;

private:
  static bool fail(json::Path path, StringLiteral message) {
    path.report(message);
    return false;
  }
  /// Calls `readOne` with every element, a new one of `elements`, its path.
  template <typename Element, typename ReadOne>
  static bool readArray(const json::Value *value, json::Path path,
                        std::vector<Element> &elements, ReadOne readOne);
  template <typename Entry>
  bool readName(const std::vector<Entry> &entries, const json::Value &name,
                TensorRef::Space space, TensorRef &tensor, json::Path path);
  static bool readIndex(const json::Value *value, unsigned count,
                        unsigned &index, json::Path path);
  static bool read(const json::Value &value, Expression &expression,
                   json::Path path);
  static bool read(const json::Value &value, Workspace &workspace,
                   json::Path path);
  bool read(const json::Value &value, TensorRef &tensor, json::Path path);
  bool read(const json::Value &value, KernelArgument &argument,
            json::Path path);
  bool read(const json::Object &object, KernelLaunch &launch, json::Path path);
  bool read(const json::Object &object, SegmentJoin &join, json::Path path);
  bool read(const json::Value &value, SegmentJoin::State &state,
            json::Path path);
  bool read(const json::Object &object, OutputSum &sum, json::Path path);

  const Signature &signature;
  SmallVector<unsigned, 2> states;
};
} // namespace

template <typename Element, typename ReadOne>
bool Reader::readArray(const json::Value *value, json::Path path,
                       std::vector<Element> &elements, ReadOne readOne) {
  const json::Array *array = value ? value->getAsArray() : nullptr;
  if (!array)
    return fail(path, "expected an array");
  for (auto [i, element] : enumerate(*array))
    if (!readOne(element, elements.emplace_back(), path.index(i)))
      return false;
  return true;
}

bool Reader::readIndex(const json::Value *value, unsigned count,
                       unsigned &index, json::Path path) {
  std::optional<int64_t> number = value ? value->getAsInteger() : std::nullopt;
  if (!number || *number < 0 || *number >= count)
    return fail(path, "expected an index, below the number of what it counts");
  index = static_cast<unsigned>(*number);
  return true;
}

bool Reader::read(const json::Value &value, Expression &expression,
                  json::Path path) {
  std::optional<StringRef> text = value.getAsString();
  Expected<Expression> parsed = Expression::parse(text.value_or(""));
  if (!parsed) {
    consumeError(parsed.takeError());
    return fail(path, "expected an expression of sizes");
  }
  expression = std::move(*parsed);
  return true;
}

bool Reader::read(const json::Value &value, Workspace &workspace,
                  json::Path path) {
  std::string dtype, fill;
  json::ObjectMapper mapper(value, path);
  if (!mapper || !mapper.map("name", workspace.name) ||
      !mapper.map("dtype", dtype) || !mapper.map("fill", fill))
    return false;
  std::optional<io::DType> parsed = io::parseDType(StringRef(dtype).upper());
  if (!parsed || !isComputeType(*parsed))
    return fail(path.field("dtype"), "expected bf16, f16, f32 or f64");
  workspace.dtype = *parsed;
  auto kind = StringSwitch<std::optional<Workspace::Fill>>(fill)
                  .Case("none", Workspace::Fill::None)
                  .Case("zeros", Workspace::Fill::Zeros)
                  .Case("ones", Workspace::Fill::Ones)
                  .Case("identity", Workspace::Fill::Identity)
                  .Default(std::nullopt);
  if (!kind)
    return fail(path.field("fill"), "expected none, zeros, ones or identity");
  workspace.fill = *kind;
  if (!readArray(value.getAsObject()->get("shape"), path.field("shape"),
                 workspace.shape, [](auto &&...args) { return read(args...); }))
    return false;
  if (workspace.fill != Workspace::Fill::None && workspace.shape.empty())
    return fail(path.field("shape"), "what is filled has an axis");
  if (workspace.fill == Workspace::Fill::Identity &&
      (workspace.shape.size() < 2 ||
       !(workspace.shape.end()[-1] == workspace.shape.end()[-2])))
    return fail(path.field("shape"), "identities are square");
  return true;
}

template <typename Entry>
bool Reader::readName(const std::vector<Entry> &entries,
                      const json::Value &name, TensorRef::Space space,
                      TensorRef &tensor, json::Path path) {
  std::optional<StringRef> text = name.getAsString();
  auto found = find_if(
      entries, [&](const Entry &entry) { return text && entry.name == *text; });
  if (found == entries.end())
    return fail(path, "no such tensor");
  tensor = {space, static_cast<unsigned>(found - entries.begin())};
  return true;
}

bool Reader::read(const json::Value &value, TensorRef &tensor,
                  json::Path path) {
  using Space = TensorRef::Space;
  if (value.getAsNull())
    return true;
  const json::Object *object = value.getAsObject();
  if (!object || object->size() != 1)
    return fail(path, "expected one of input, initial, output, final and "
                      "workspace, or null");
  StringRef kind = object->begin()->first;
  const json::Value &name = object->begin()->second;
  json::Path place = path.field(kind);
  if (kind == "output")
    return readName(signature.outputs, name, Space::Output, tensor, place);
  if (kind == "workspace")
    return readName(plan.workspaces, name, Space::Workspace, tensor, place);
  if (kind != "input" && kind != "initial" && kind != "final")
    return fail(path, "expected one of input, initial, output, final and "
                      "workspace, or null");
  if (!readName(signature.arguments, name, Space::Input, tensor, place))
    return false;
  if (signature.isState(tensor.index) != (kind != "input"))
    return fail(place, "an input is not a state; initial and final are states");
  if (kind == "final")
    tensor = {Space::Final, static_cast<unsigned>(find(states, tensor.index) -
                                                  states.begin())};
  return true;
}

bool Reader::read(const json::Value &value, KernelArgument &argument,
                  json::Path path) {
  using Kind = KernelArgument::Kind;
  if (value.getAsNull())
    return fail(path, "expected a tensor, scale, scratch, present, task, size "
                      "or sequences");
  if (std::optional<StringRef> word = value.getAsString()) {
    auto kind = StringSwitch<std::optional<Kind>>(*word)
                    .Case("task", Kind::Task)
                    .Case("scale", Kind::Scale)
                    .Case("sequences", Kind::Sequences)
                    .Default(std::nullopt);
    if (!kind)
      return fail(path, "expected task, scale, sequences or an object");
    argument.kind = *kind;
    return true;
  }
  const json::Object *object = value.getAsObject();
  if (const json::Value *size = object ? object->get("size") : nullptr) {
    argument.kind = Kind::Size;
    return read(*size, argument.size, path.field("size"));
  }
  if (const json::Value *present = object ? object->get("present") : nullptr) {
    argument.kind = Kind::Present;
    json::Path place = path.field("present");
    if (!read(*present, argument.tensor, place))
      return false;
    using Space = TensorRef::Space;
    return argument.tensor.space == Space::None ||
           argument.tensor.space == Space::Workspace ||
           (argument.tensor.space == Space::Input &&
            signature.isState(argument.tensor.index)) ||
           fail(place, "expected an initial state, a workspace or null");
  }
  const json::Value *scratch = object ? object->get("scratch") : nullptr;
  if (!scratch)
    return read(value, argument.tensor, path);
  argument.kind = Kind::Scratch;
  argument.elements = scratch->getAsInteger().value_or(-1);
  constexpr int64_t kMostElements = int64_t{1} << 40;
  return (argument.elements >= 0 && argument.elements <= kMostElements) ||
         fail(path.field("scratch"), "expected a number of elements");
}

bool Reader::read(const json::Object &object, KernelLaunch &launch,
                  json::Path path) {
  constexpr unsigned kMostCodes = 1 << 16;
  if (!readIndex(object.get("code"), kMostCodes, launch.code,
                 path.field("code")))
    return false;
  launch.entry = object.getString("entry").value_or("").str();
  if (launch.entry.empty())
    return fail(path.field("entry"), "expected the name of a function");
  StringRef over = object.getString("over").value_or("");
  launch.isOverSegments = over == "segments";
  if (over != "segments" && over != "sequences")
    return fail(path.field("over"), "expected sequences or segments");
  if (launch.isOverSegments && plan.segmentTokens == 0)
    return fail(path.field("over"), "the plan cuts no sequences");
  if (!readArray(object.get("grid"), path.field("grid"), launch.grid,
                 [](auto &&...args) { return read(args...); }))
    return false;
  if (launch.grid.size() != 3)
    return fail(path.field("grid"), "expected three expressions");
  if (const json::Value *block = object.get("block")) {
    launch.blockThreads = block->getAsInteger().value_or(0);
    if (launch.blockThreads < 1 || launch.blockThreads > kMostBlockThreads)
      return fail(path.field("block"), "expected 1 to 1024 threads");
  }
  if (const json::Value *shared = object.get("shared")) {
    launch.sharedBytes = shared->getAsInteger().value_or(0);
    if (launch.sharedBytes < 1 || launch.sharedBytes > kMostSharedBytes)
      return fail(path.field("shared"),
                  "expected 1 to 232448 bytes, or nothing");
    if (!launch.isForGPU())
      return fail(path.field("shared"),
                  "only blocks of a GPU have shared memory");
  }
  return readArray(
      object.get("arguments"), path.field("arguments"), launch.arguments,
      [&](const json::Value &value, KernelArgument &argument, json::Path path) {
        if (!read(value, argument, path))
          return false;
        return launch.takes(argument.kind) ||
               fail(path, launch.isForGPU()
                              ? StringLiteral("kernels of a GPU take no "
                                              "scratch, task and present")
                              : StringLiteral("kernels of a processor take no "
                                              "size and sequences"));
      });
}

bool Reader::read(const json::Value &value, SegmentJoin::State &state,
                  json::Path path) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return fail(path, "expected an object");
  for (auto [name, tensor] : {std::pair("initial", &state.initial),
                              {"final", &state.final},
                              {"start", &state.start},
                              {"written", &state.written}}) {
    const json::Value *member = object->get(name);
    if (!member)
      return fail(path.field(name), "missing");
    if (!read(*member, *tensor, path.field(name)))
      return false;
  }
  using Space = TensorRef::Space;
  if (state.final.space != Space::Final ||
      state.written.space != Space::Workspace ||
      (state.start.space != Space::Workspace &&
       state.start.space != Space::None))
    return fail(path, "joins workspaces into a final state");
  return readArray(
      object->get("terms"), path.field("terms"), state.terms,
      [&](const json::Value &value, SegmentJoin::Term &term, json::Path path) {
        const json::Object *object = value.getAsObject();
        if (!object)
          return fail(path, "expected an object");
        // Against the number of states when that is known.
        if (!readIndex(object->get("state"), ~0u, term.state,
                       path.field("state")))
          return false;
        auto kind = StringSwitch<std::optional<SegmentJoin::Kind>>(
                        object->getString("kind").value_or(""))
                        .Case("left", SegmentJoin::Kind::Left)
                        .Case("right", SegmentJoin::Kind::Right)
                        .Case("elementwise", SegmentJoin::Kind::Elementwise)
                        .Default(std::nullopt);
        if (!kind)
          return fail(path.field("kind"),
                      "expected left, right or elementwise");
        term.kind = *kind;
        const json::Value *transition = object->get("transition");
        if (!transition ||
            !read(*transition, term.transition, path.field("transition")))
          return fail(path.field("transition"), "expected a workspace");
        return term.transition.space == Space::Workspace ||
               fail(path.field("transition"), "expected a workspace");
      });
}

bool Reader::read(const json::Object &object, SegmentJoin &join,
                  json::Path path) {
  if (plan.segmentTokens == 0)
    return fail(path, "the plan cuts no sequences");
  if (!readArray(object.get("join"), path.field("join"), join.states,
                 [&](auto &&...args) { return read(args...); }))
    return false;
  for (const SegmentJoin::State &state : join.states)
    for (const SegmentJoin::Term &term : state.terms)
      if (term.state >= join.states.size())
        return fail(path.field("join"), "a term is of a state that is not "
                                        "joined");
  return true;
}

bool Reader::read(const json::Object &object, OutputSum &sum, json::Path path) {
  TensorRef output;
  if (!readName(signature.outputs, *object.get("sum"), TensorRef::Space::Output,
                output, path.field("sum")))
    return false;
  sum.output = output.index;
  const json::Value *from = object.get("from");
  if (!from || !read(*from, sum.from, path.field("from")) ||
      sum.from.space != TensorRef::Space::Workspace)
    return fail(path.field("from"), "expected a workspace");
  return true;
}

bool Reader::read(const json::Value &value, json::Path path) {
  json::ObjectMapper mapper(value, path);
  if (!mapper || !mapper.map("segment", plan.segmentTokens))
    return false;
  constexpr int64_t kMostTokens = int64_t{1} << 31;
  if (plan.segmentTokens < 0 || plan.segmentTokens > kMostTokens)
    return fail(path.field("segment"), "expected a number of tokens");
  const json::Object &object = *value.getAsObject();
  if (!readArray(object.get("workspaces"), path.field("workspaces"),
                 plan.workspaces, [](auto &&...args) { return read(args...); }))
    return false;
  StringSet<> names;
  for (auto [i, workspace] : enumerate(plan.workspaces))
    if (!names.insert(workspace.name).second)
      return fail(path.field("workspaces").index(i).field("name"),
                  "this name is used twice");
  return readArray(
      object.get("launches"), path.field("launches"), plan.launches,
      [&](const json::Value &value, auto &launch, json::Path path) {
        const json::Object *object = value.getAsObject();
        if (!object)
          return fail(path, "expected an object");
        if (object->get("join"))
          return read(*object, launch.template emplace<SegmentJoin>(), path);
        if (object->get("sum"))
          return read(*object, launch.template emplace<OutputSum>(), path);
        return read(*object, launch.template emplace<KernelLaunch>(), path);
      });
}

Expected<LaunchPlan> runtime::parseLaunchPlan(const json::Value &value,
                                              const Signature &signature) {
  Reader reader(signature);
  json::Path::Root root("plan");
  if (!reader.read(value, root))
    return root.getError();
  return std::move(reader.plan);
}
