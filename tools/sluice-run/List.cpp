//===- List.cpp - The library, for people and for programs ----------------===//

#include "tools/sluice-run/List.h"

#include "lib/Analysis/Transition.h"
#include "lib/Runtime/Problem.h"
#include "lib/Runtime/SpecLoader.h"
#include "lib/Variants/Variants.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
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
    for (unsigned i = 0, e = op.getNumArgs(); i < e; ++i)
      if (op.getArgKind(i) != ArgKind::State)
        os << ' ' << op.getArgName(i) << toString(argumentShape(op, i));
    os << " ->";
    for (unsigned i = 0, e = op.getOutputNames().size(); i < e; ++i)
      os << ' ' << op.getOutputName(i) << toString(outputShape(op, i));
    for (auto [i, state] : enumerate(op.getStates()))
      os << ' ' << finalStateName(op, i)
         << toString(argumentShape(op, state.getArgNumber()));
    os << '\n';
  });
}

static std::string typeName(mlir::Type type) {
  std::string name;
  raw_string_ostream(name) << type;
  return name;
}

static void writeCommon(json::OStream &json, StringRef name, mlir::Type type,
                        ArrayRef<Dim> shape) {
  json.attribute("name", name);
  json.attribute("type", typeName(type));
  json.attributeArray("shape", [&] {
    for (Dim dim : shape)
      json.value(dimName(dim));
  });
}

static void writeVariant(json::OStream &json, RecurrenceOp op) {
  json.attribute("name", op.getSymName());
  json.attribute("class", className(op));
  json.attribute("scale", takesScale(op));
  json.attributeArray("arguments", [&] {
    for (mlir::BlockArgument argument : op.getStep().getArguments()) {
      unsigned i = argument.getArgNumber();
      if (op.getArgKind(i) == ArgKind::State)
        continue;
      json.object([&] {
        writeCommon(json, op.getArgName(i), argument.getType(),
                    argumentShape(op, i));
        json.attribute("kind", stringifyArgKind(op.getArgKind(i)));
      });
    }
  });
  json.attributeArray("outputs", [&] {
    for (unsigned i = 0, e = op.getOutputNames().size(); i < e; ++i)
      json.object([&] {
        writeCommon(json, op.getOutputName(i),
                    cast<mlir::TypeAttr>(op.getOutputTypes()[i]).getValue(),
                    outputShape(op, i));
      });
  });
  json.attributeArray("states", [&] {
    for (auto [i, state] : enumerate(op.getStates()))
      json.object([&, i = i, state = state] {
        writeCommon(json, op.getName(state), state.getType(),
                    argumentShape(op, state.getArgNumber()));
        json.attribute("initial", initialStateName(op, i));
        json.attribute("final", finalStateName(op, i));
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
