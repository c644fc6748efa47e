//===- TileInterpreter.cpp - What a kernel means --------------------------===//

#include "lib/Reference/TileInterpreter.h"
#include "lib/Reference/Heads.h"
#include "lib/Reference/TileFrame.h"
#include "lib/Runtime/Expression.h"

#include "llvm/ADT/STLExtras.h"
#include <cstring>
#include <map>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::tile;

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

namespace {
/// By their names.
using Workspaces = std::map<std::string, OwnedTensor, std::less<>>;

/// What a launch gives for each argument of a kernel.
class Arguments {
public:
  Arguments(KernelOp kernel, const Problem &problem, Results &results,
            Workspaces &workspaces, const TileOptions &options)
      : kernel(kernel), problem(problem), results(results),
        workspaces(workspaces), options(options) {}

  Error bind();
  void place(TileFrame &frame) {
    for (auto [value, argument] :
         zip_equal(values, kernel.getBody().getArguments()))
      frame.at(argument) = value;
  }

private:
  Error bind(unsigned index);
  Error bindInput(unsigned index, StringRef name);
  Error bindOutput(unsigned index, StringRef name);
  Error bindFinal(unsigned index, StringRef name);
  Error bindWorkspace(unsigned index, BindingAttr binding);
  void addMemory(std::unique_ptr<TileMemory> made) {
    values.emplace_back().memory = made.get();
    memory.push_back(std::move(made));
  }
  /// Fails where a tensor has not the kernel's axes.
  Error checkShape(unsigned index, StringRef what, ArrayRef<int64_t> shape);
  Error checkType(unsigned index, StringRef what, io::DType found);
  Error unknown(StringRef what) {
    return fail(kernel, "takes " + what + ", which the problem does not have");
  }
  /// The number of an argument or output of that name.
  template <typename Entry>
  static std::optional<unsigned> find(const std::vector<Entry> &entries,
                                      StringRef name) {
    for (auto [i, entry] : enumerate(entries))
      if (entry.name == name)
        return i;
    return std::nullopt;
  }
  /// The number of a state among the states.
  unsigned getState(unsigned argument) const {
    SmallVector<unsigned, 2> states = problem.signature.getStates();
    return llvm::find(states, argument) - states.begin();
  }

  KernelOp kernel;
  const Problem &problem;
  Results &results;
  Workspaces &workspaces;
  const TileOptions &options;
  std::vector<TileValue> values;
  std::vector<std::unique_ptr<TileMemory>> memory;
};
} // namespace

Error Arguments::checkShape(unsigned index, StringRef what,
                            ArrayRef<int64_t> shape) {
  auto type = cast<mlir::MemRefType>(kernel.getArgumentTypes()[index]);
  bool fits = static_cast<size_t>(type.getRank()) == shape.size();
  for (unsigned axis = 0; fits && axis < shape.size(); ++axis)
    fits = type.isDynamicDim(axis) || type.getDimSize(axis) == shape[axis];
  if (fits)
    return Error::success();
  std::string text;
  raw_string_ostream os(text);
  os << "takes " << what << " as " << type << ", found a tensor of the shape [";
  interleaveComma(shape, os);
  os << ']';
  return fail(kernel, text);
}

Error Arguments::checkType(unsigned index, StringRef what, io::DType found) {
  mlir::Type element =
      cast<mlir::MemRefType>(kernel.getArgumentTypes()[index]).getElementType();
  if (getDType(element) == found)
    return Error::success();
  return fail(kernel, "takes " + what + " of " +
                          io::dtypeName(getDType(element)) + ", found " +
                          io::dtypeName(found));
}

Error Arguments::bindInput(unsigned index, StringRef name) {
  std::string what = "'" + name.str() + "'";
  std::optional<unsigned> argument = find(problem.signature.arguments, name);
  if (!argument)
    return unknown(what);
  const io::TensorView &view = problem.args[*argument];
  if (problem.signature.isState(*argument)) {
    if (options.inPlace && problem.hasInitialState(*argument)) {
      OwnedTensor &tensor = results.finalState(getState(*argument));
      SmallVector<double, 0> elements(view.numElements());
      loadElements(view, 0, elements);
      tensor.store(0, elements);
      addMemory(std::make_unique<ResultMemory>(what, tensor));
      return checkShape(index, what, tensor.shape);
    }
    addMemory(std::make_unique<InputMemory>("the initial " + what, view));
    return problem.hasInitialState(*argument)
               ? checkShape(index, what, view.shape)
               : Error::success();
  }
  addMemory(std::make_unique<InputMemory>(what, view));
  if (Error error = checkType(index, what, view.dtype))
    return error;
  return checkShape(index, what, view.shape);
}

Error Arguments::bindOutput(unsigned index, StringRef name) {
  std::string what = "output '" + name.str() + "'";
  std::optional<unsigned> output = find(problem.signature.outputs, name);
  if (!output)
    return unknown(what);
  OwnedTensor &tensor = results.output(*output);
  addMemory(std::make_unique<ResultMemory>(what, tensor));
  return checkShape(index, what, tensor.shape);
}

Error Arguments::bindFinal(unsigned index, StringRef name) {
  std::string what = "the final '" + name.str() + "'";
  std::optional<unsigned> argument = find(problem.signature.arguments, name);
  if (!argument || !problem.signature.isState(*argument))
    return unknown(what);
  OwnedTensor &tensor = results.finalState(getState(*argument));
  addMemory(std::make_unique<ResultMemory>(what, tensor));
  return checkShape(index, what, tensor.shape);
}

static Expected<int64_t> evaluate(StringRef text, const Sizes &sizes) {
  Expected<Expression> expression = Expression::parse(text);
  if (!expression)
    return expression.takeError();
  return expression->evaluate(sizes);
}

/// Makes it if no kernel before has.
Error Arguments::bindWorkspace(unsigned index, BindingAttr binding) {
  StringRef name = binding.getName().getValue();
  std::string what = "workspace '" + name.str() + "'";
  auto type = cast<mlir::MemRefType>(kernel.getArgumentTypes()[index]);
  Expected<int64_t> rows =
      evaluate(binding.getRows().getValue(), problem.sizes);
  if (!rows)
    return rows.takeError();
  auto [found, isNew] = workspaces.try_emplace(name.str());
  OwnedTensor &tensor = found->second;
  if (isNew) {
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = *rows;
    if (shape.size() > 1)
      shape[1] = problem.sizes["HV"];
    Expected<OwnedTensor> made =
        OwnedTensor::create(name, getDType(type.getElementType()), shape);
    if (!made)
      return made.takeError();
    tensor = std::move(*made);
    std::memset(tensor.data(), 0xff, tensor.numBytes());
  }
  addMemory(std::make_unique<ResultMemory>(what, tensor));
  if (Error error = checkType(index, what, tensor.dtype))
    return error;
  return checkShape(index, what, tensor.shape);
}

Error Arguments::bind(unsigned index) {
  BindingAttr binding = kernel.getBinding(index);
  StringRef name = binding.getName() ? binding.getName().getValue() : "";
  switch (binding.getKind()) {
  case BindingKind::Input:
    return bindInput(index, name);
  case BindingKind::Output:
    return bindOutput(index, name);
  case BindingKind::Final:
    return bindFinal(index, name);
  case BindingKind::Size:
    values.emplace_back().integers.assign(1, problem.sizes[name]);
    return Error::success();
  case BindingKind::Scale:
    values.emplace_back().floats.assign(1, static_cast<float>(problem.scale));
    return Error::success();
  case BindingKind::Sequences:
    // What tile.sequence looks up in the launch.
    values.emplace_back();
    return Error::success();
  case BindingKind::Workspace:
    return bindWorkspace(index, binding);
  }
  llvm_unreachable("covered switch");
}

Error Arguments::bind() {
  for (unsigned i = 0, e = kernel.getArgumentTypes().size(); i < e; ++i)
    if (Error error = bind(i))
      return error;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

static TileLaunch getLaunch(const Problem &problem) {
  TileLaunch launch;
  auto isRow = [&](const Sequence &sequence) {
    return sequence.begin == 0 && sequence.end == problem.sizes["T"];
  };
  if (all_of(problem.sequences, isRow) &&
      problem.sizes["N"] == problem.sizes["B"])
    return launch;
  for (const Sequence &sequence : problem.sequences)
    launch.starts.push_back(sequence.begin);
  launch.starts.push_back(problem.sizes["T"]);
  return launch;
}

static Error run(const TileProgram &program, const Problem &problem,
                 Results &results, Workspaces &workspaces,
                 const TileOptions &options) {
  Arguments arguments(program.kernel, problem, results, workspaces, options);
  if (Error error = arguments.bind())
    return error;
  std::array<int64_t, 3> grid = {1, 1, 1};
  KernelOp kernel = program.kernel;
  for (auto [size, text] :
       zip(grid, kernel.getGrid().getAsValueRange<mlir::StringAttr>())) {
    if (Error error = evaluate(text, problem.sizes).moveInto(size))
      return error;
  }
  if (grid[0] % program.ctas != 0)
    return fail(kernel, "has clusters of " + Twine(program.ctas) +
                            " CTAs, which do not divide the " + Twine(grid[0]) +
                            " along the first axis of its grid");
  TileLaunch launch = getLaunch(problem);
  std::array<int64_t, 3> block;
  for (block[2] = 0; block[2] < grid[2]; ++block[2])
    for (block[1] = 0; block[1] < grid[1]; ++block[1])
      for (block[0] = 0; block[0] < grid[0]; block[0] += program.ctas) {
        TileFrame frame(program, launch, block);
        frame.forEachWarp([&] { arguments.place(frame); });
        if (Error error = frame.run())
          return createStringError("CTA (" + Twine(block[0]) + ", " +
                                   Twine(block[1]) + ", " + Twine(block[2]) +
                                   "): " + toString(std::move(error)));
      }
  return Error::success();
}

Expected<Results> reference::interpretKernels(ArrayRef<KernelOp> kernels,
                                              const Problem &problem,
                                              const TileOptions &options) {
  std::vector<TileProgram> programs;
  for (KernelOp kernel : kernels) {
    Expected<TileProgram> program = TileProgram::compile(kernel);
    if (!program)
      return program.takeError();
    programs.push_back(std::move(*program));
  }
  return interpretOutputs(
      problem, std::nullopt,
      [&](const Problem &problem, Results &results) -> Error {
        for (OwnedTensor &tensor : results.tensors)
          std::memset(tensor.data(), 0xff, tensor.numBytes());
        Workspaces workspaces;
        for (const TileProgram &program : programs)
          if (Error error = run(program, problem, results, workspaces, options))
            return error;
        return Error::success();
      });
}
