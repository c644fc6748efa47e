//===- List.cpp - What specs are, for people and for programs
//--------------===//

#include "tools/sluice-run/List.h"

#include "lib/Analysis/Signatures.h"
#include "lib/Analysis/Transition.h"
#include "lib/Compiler/ChunkForm.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Runtime/Problem.h"
#include "lib/Variants/Variants.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::compiler;
using namespace sluice::runtime;

static Error forEachVariant(mlir::MLIRContext &context,
                            function_ref<void(RecurrenceOp)> visit) {
  for (const Variant &variant : getVariants()) {
    Expected<Spec> spec = loadSpec(context, variant.name);
    if (!spec)
      return spec.takeError();
    visit(spec->op);
  }
  return Error::success();
}

static StringRef className(RecurrenceOp op) {
  return stringifyTransitionClass(TransitionAnalysis(op).getClass());
}

Error tool::listVariants(mlir::MLIRContext &context, raw_ostream &os) {
  return forEachVariant(context, [&](RecurrenceOp op) {
    os << formatv("{0,-20} {1,-10}", op.getSymName(), className(op));
    Signature signature = getSignature(op);
    for (const Argument &argument : signature.arguments)
      if (argument.kind != ArgumentKind::State)
        os << ' ' << argument.name << toString(argument.getShape());
    os << " ->";
    for (const Output &output : signature.outputs)
      os << ' ' << output.name << toString(output.getShape());
    for (auto [i, state] : enumerate(signature.getStates()))
      os << ' ' << signature.getFinalStateName(i)
         << toString(signature.arguments[state].getShape());
    os << '\n';
  });
}

static std::string typeName(mlir::Type type) {
  std::string name;
  raw_string_ostream(name) << type;
  return name;
}

static void writeCommon(json::OStream &json, StringRef name, mlir::Type type,
                        ArrayRef<std::string> shape) {
  json.attribute("name", name);
  json.attribute("type", typeName(type));
  json.attributeArray("shape", [&] {
    for (const std::string &axis : shape)
      json.value(axis);
  });
}

static void writeVariant(json::OStream &json, RecurrenceOp op) {
  Signature signature = getSignature(op);
  json.attribute("name", op.getSymName());
  json.attribute("class", className(op));
  json.attribute("scale", signature.takesScale);
  json.attributeArray("arguments", [&] {
    for (mlir::BlockArgument argument : op.getStep().getArguments()) {
      unsigned i = argument.getArgNumber();
      if (op.getArgKind(i) == ArgKind::State)
        continue;
      json.object([&] {
        writeCommon(json, op.getArgName(i), argument.getType(),
                    signature.arguments[i].getShape());
        json.attribute("kind", stringifyArgKind(op.getArgKind(i)));
      });
    }
  });
  json.attributeArray("outputs", [&] {
    for (unsigned i = 0, e = op.getNumOutputs(); i < e; ++i)
      json.object([&] {
        writeCommon(json, op.getOutputName(i), op.getOutputType(i),
                    signature.outputs[i].getShape());
      });
  });
  json.attributeArray("states", [&] {
    for (auto [i, state] : enumerate(op.getStates()))
      json.object([&, i = i, state = state] {
        writeCommon(json, op.getName(state), state.getType(),
                    signature.arguments[state.getArgNumber()].getShape());
        json.attribute("initial", signature.getInitialStateName(i));
        json.attribute("final", signature.getFinalStateName(i));
      });
  });
}

Error tool::listVariantsAsJSON(mlir::MLIRContext &context, raw_ostream &os) {
  json::OStream json(os, /*IndentSize=*/2);
  json.arrayBegin();
  Error error = forEachVariant(context, [&](RecurrenceOp op) {
    json.object([&] { writeVariant(json, op); });
  });
  json.arrayEnd();
  os << '\n';
  return error;
}

//===----------------------------------------------------------------------===//
// One spec
//===----------------------------------------------------------------------===//

/// Why the spec has no chunk form, in one line; empty if it has one. Whether it
/// has does not depend on the sizes.
static std::string findRefusal(RecurrenceOp op) {
  constexpr int64_t kSize = 16, kChunk = 4;
  Expected<ChunkForm> form = deriveChunkForm(op, kSize, kSize, kChunk);
  if (form)
    return "";
  std::string text = toString(form.takeError());
  return StringRef(text).split('\n').first.str();
}

static std::string getReason(const TransitionAnalysis &transition) {
  if (transition.getClass() < TransitionClass::Affine)
    return "";
  std::string text;
  raw_string_ostream os(text);
  auto place = transition.getReasonOp()
                   ->getLoc()
                   ->findInstanceOf<mlir::FileLineColLoc>();
  if (place)
    os << place.getFilename().getValue() << ':' << place.getLine() << ':'
       << place.getColumn() << ": ";
  os << transition.getReason();
  return text;
}

namespace {
/// A tensor in a description.
struct Line {
  std::string name;
  std::string shape;
  StringRef remark;
};
} // namespace

static void printLines(raw_ostream &os, StringRef title, ArrayRef<Line> lines) {
  os << title << '\n';
  for (const Line &line : lines) {
    if (line.remark.empty())
      os << formatv("  {0,-20} {1}\n", line.name, line.shape);
    else
      os << formatv("  {0,-20} {1,-12} {2}\n", line.name, line.shape,
                    line.remark);
  }
}

void tool::describe(RecurrenceOp op, raw_ostream &os) {
  TransitionAnalysis transition(op);
  transition.print(os);
  std::string refusal = findRefusal(op);
  os << "forms\n  step\n";
  if (refusal.empty())
    os << "  chunk\n";
  else
    os << "  no chunk form: " << refusal << '\n';

  std::vector<Line> takes, gives;
  Signature signature = getSignature(op);
  for (const Argument &argument : signature.arguments)
    if (argument.kind != ArgumentKind::State)
      takes.push_back({argument.name, toString(argument.getShape()),
                       stringify(argument.kind)});
  for (const Output &output : signature.outputs)
    gives.push_back({output.name, toString(output.getShape()), ""});
  for (auto [i, state] : enumerate(signature.getStates())) {
    std::string shape = toString(signature.arguments[state].getShape());
    takes.push_back({signature.getInitialStateName(i), shape, "optional"});
    gives.push_back({signature.getFinalStateName(i), shape, ""});
  }
  takes.push_back({"cu_seqlens", "[N+1]", "optional"});
  printLines(os, "takes", takes);
  printLines(os, "gives", gives);
  os << (signature.takesScale ? "takes --scale (default: K^-1/2)\n"
                              : "takes no --scale\n");
}

void tool::describeAsJSON(RecurrenceOp op, raw_ostream &os) {
  auto textOrNull = [](const std::string &text) {
    return text.empty() ? json::Value(nullptr) : json::Value(text);
  };
  json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    writeVariant(json, op);
    json.attribute("reason", textOrNull(getReason(TransitionAnalysis(op))));
    json.attributeArray("forms", [&] {
      json.object([&] { json.attribute("name", "step"); });
      json.object([&] {
        json.attribute("name", "chunk");
        json.attribute("refused", textOrNull(findRefusal(op)));
      });
    });
  });
  os << '\n';
}
