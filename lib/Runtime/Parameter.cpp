//===- Parameter.cpp - What a kernel's code takes -------------------------===//

#include "lib/Runtime/Parameter.h"
#include "lib/Runtime/Artifact.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using Kind = KernelArgument::Kind;

//===----------------------------------------------------------------------===//
// Manifests
//===----------------------------------------------------------------------===//

json::Value runtime::toJSON(const Parameter &parameter) {
  switch (parameter.kind) {
  case Kind::Tensor:
    return json::Object{{"dtype", io::dtypeName(parameter.dtype)},
                        {"shape", json::Array(parameter.shape)}};
  case Kind::Present:
    return json::Object{{"present", parameter.tensor}};
  case Kind::Scratch:
    return json::Object{{"scratch", parameter.elements}};
  case Kind::Task:
    return "task";
  case Kind::Scale:
    return "scale";
  case Kind::Size:
    return "size";
  case Kind::Sequences:
    return "sequences";
  }
  llvm_unreachable("covered switch");
}

static bool fail(json::Path path, StringLiteral message) {
  path.report(message);
  return false;
}

static bool readTensor(const json::Object &object, Parameter &parameter,
                       json::Path path) {
  std::optional<io::DType> dtype =
      io::parseDType(object.getString("dtype").value_or("").upper());
  if (!dtype || !isComputeType(*dtype))
    return fail(path.field("dtype"), "expected bf16, f16, f32 or f64");
  parameter.dtype = *dtype;
  const json::Array *shape = object.getArray("shape");
  if (!shape)
    return fail(path.field("shape"), "expected an array");
  for (const json::Value &size : *shape) {
    std::optional<StringRef> text = size.getAsString();
    if (!text)
      return fail(path.field("shape"), "expected names of sizes and numbers");
    parameter.shape.push_back(text->str());
  }
  return true;
}

static bool readOne(const json::Value &value, Parameter &parameter,
                    json::Path path) {
  if (std::optional<StringRef> word = value.getAsString()) {
    auto kind = StringSwitch<std::optional<Kind>>(*word)
                    .Case("task", Kind::Task)
                    .Case("scale", Kind::Scale)
                    .Case("size", Kind::Size)
                    .Case("sequences", Kind::Sequences)
                    .Default(std::nullopt);
    parameter.kind = kind.value_or(Kind::Task);
    return kind ||
           fail(path, "expected task, scale, size, sequences or an object");
  }
  const json::Object *object = value.getAsObject();
  if (!object)
    return fail(path, "expected task, scale, size, sequences or an object");
  if (const json::Value *scratch = object->get("scratch")) {
    parameter.kind = Kind::Scratch;
    parameter.elements = scratch->getAsInteger().value_or(-1);
    return parameter.elements >= 0 ||
           fail(path.field("scratch"), "expected a number of elements");
  }
  const json::Value *present = object->get("present");
  if (!present)
    return readTensor(*object, parameter, path);
  parameter.kind = Kind::Present;
  int64_t tensor = present->getAsInteger().value_or(-1);
  constexpr int64_t kMostParameters = 1 << 16;
  parameter.tensor = static_cast<unsigned>(tensor);
  return (tensor >= 0 && tensor < kMostParameters) ||
         fail(path.field("present"), "expected the place of a tensor");
}

bool runtime::fromJSON(const json::Value &value,
                       std::vector<Parameter> &parameters, json::Path path) {
  const json::Array *array = value.getAsArray();
  if (!array)
    return fail(path, "expected an array");
  for (auto [i, one] : enumerate(*array))
    if (!readOne(one, parameters.emplace_back(), path.index(i)))
      return false;
  for (auto [i, parameter] : enumerate(parameters))
    if (parameter.kind == Kind::Present &&
        (parameter.tensor >= parameters.size() ||
         parameters[parameter.tensor].kind != Kind::Tensor))
      return fail(path.index(i).field("present"),
                  "expected the place of a tensor");
  return true;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

namespace {
/// Compares the arguments of one launch with what its code takes.
class LaunchCheck {
public:
  LaunchCheck(const Artifact &artifact, const KernelLaunch &launch)
      : artifact(artifact), launch(launch),
        parameters(artifact.codes[launch.code].parameters) {}

  Error check() const;

private:
  bool isAbsent(unsigned place) const;
  bool fits(unsigned place) const;
  SymbolicShape fix(SymbolicShape shape) const;
  /// Of a tensor that is an argument.
  Parameter describe(const TensorRef &tensor) const;
  SymbolicShape getExpected(unsigned place) const;
  std::string print(const Parameter &parameter) const;

  const Artifact &artifact;
  const KernelLaunch &launch;
  ArrayRef<Parameter> parameters;
};
} // namespace

/// Numbers in place of the sizes that code is for.
SymbolicShape LaunchCheck::fix(SymbolicShape shape) const {
  for (std::string &size : shape)
    if (artifact.sizes.contains(size))
      size = std::to_string(artifact.sizes[size]);
  return shape;
}

Parameter LaunchCheck::describe(const TensorRef &tensor) const {
  const Signature &signature = artifact.signature;
  Parameter made;
  switch (tensor.space) {
  case TensorRef::Space::None:
    break;
  case TensorRef::Space::Input:
    if (!signature.isState(tensor.index))
      made.dtype = artifact.argumentTypes[tensor.index];
    made.shape = signature.arguments[tensor.index].getShape();
    break;
  case TensorRef::Space::Output:
    made.dtype = artifact.outputType;
    made.shape = signature.outputs[tensor.index].getShape();
    break;
  case TensorRef::Space::Final:
    made.shape =
        signature.arguments[signature.getStates()[tensor.index]].getShape();
    break;
  case TensorRef::Space::Workspace:
    const Workspace &workspace = artifact.plan.workspaces[tensor.index];
    made.dtype = workspace.dtype;
    for (const Expression &size : workspace.shape) {
      Expected<int64_t> number = size.evaluate(artifact.sizes);
      made.shape.push_back(number ? std::to_string(*number) : size.str());
      if (!number)
        consumeError(number.takeError());
    }
    break;
  }
  made.shape = fix(std::move(made.shape));
  return made;
}

SymbolicShape LaunchCheck::getExpected(unsigned place) const {
  SymbolicShape shape = parameters[place].shape;
  if (launch.isOverSegments)
    for (std::string &size : shape)
      if (size == "N")
        size = "G";
  return fix(std::move(shape));
}

/// A state that starts at zero, for which anything of its rank may stand.
bool LaunchCheck::isAbsent(unsigned place) const {
  return any_of(zip_equal(parameters, launch.arguments), [&](const auto &pair) {
    const auto &[parameter, argument] = pair;
    return parameter.kind == Kind::Present && parameter.tensor == place &&
           argument.tensor.space == TensorRef::Space::None;
  });
}

bool LaunchCheck::fits(unsigned place) const {
  const Parameter &parameter = parameters[place];
  const KernelArgument &argument = launch.arguments[place];
  if (argument.kind != parameter.kind)
    return false;
  switch (parameter.kind) {
  case Kind::Tensor: {
    Parameter tensor = describe(argument.tensor);
    SymbolicShape expected = getExpected(place);
    // Sequences and heads come first.
    size_t ofSequences = isAbsent(place) ? 2 : 0;
    return tensor.dtype == parameter.dtype &&
           tensor.shape.size() == expected.size() &&
           ArrayRef(tensor.shape).drop_front(ofSequences) ==
               ArrayRef(expected).drop_front(ofSequences);
  }
  case Kind::Present:
    return argument.tensor.space == TensorRef::Space::None ||
           argument.tensor == launch.arguments[parameter.tensor].tensor;
  case Kind::Scratch:
    return argument.elements >= parameter.elements;
  case Kind::Task:
  case Kind::Scale:
  case Kind::Size:
  case Kind::Sequences:
    return true;
  }
  llvm_unreachable("covered switch");
}

std::string LaunchCheck::print(const Parameter &parameter) const {
  switch (parameter.kind) {
  case Kind::Tensor:
    return io::dtypeName(parameter.dtype).str() + toString(parameter.shape);
  case Kind::Present:
    return "the presence of argument " + std::to_string(parameter.tensor);
  case Kind::Scratch:
    return "scratch of " + std::to_string(parameter.elements);
  case Kind::Task:
    return "the task";
  case Kind::Scale:
    return "the scale";
  case Kind::Size:
    return "a size";
  case Kind::Sequences:
    return "where sequences begin";
  }
  llvm_unreachable("covered switch");
}

Error LaunchCheck::check() const {
  auto error = [&](const Twine &what, const Twine &expected,
                   const Twine &found) {
    return createStringError(inconvertibleErrorCode(),
                             what + " of a launch of code " +
                                 Twine(launch.code) + ": expected " + expected +
                                 ", found " + found);
  };
  if (launch.arguments.size() != parameters.size())
    return error("arguments", Twine(parameters.size()),
                 Twine(launch.arguments.size()));
  for (unsigned place = 0; place < parameters.size(); ++place) {
    if (fits(place))
      continue;
    Parameter expected = parameters[place];
    expected.shape = getExpected(place);
    const KernelArgument &argument = launch.arguments[place];
    Parameter found = describe(argument.tensor);
    found.kind = argument.kind;
    found.elements = argument.elements;
    return error("argument " + Twine(place), print(expected),
                 found.kind == Kind::Present ? "the presence of another tensor"
                                             : print(found));
  }
  return Error::success();
}

Error runtime::checkLaunches(const Artifact &artifact) {
  for (const auto &launch : artifact.plan.launches) {
    const auto *kernel = std::get_if<KernelLaunch>(&launch);
    if (!kernel)
      continue;
    if (kernel->code >= artifact.codes.size())
      return createStringError(inconvertibleErrorCode(),
                               "the plan launches code " + Twine(kernel->code) +
                                   " of " + Twine(artifact.codes.size()));
    if (Error error = LaunchCheck(artifact, *kernel).check())
      return error;
  }
  return Error::success();
}
