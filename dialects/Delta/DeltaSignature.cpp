//===- DeltaSignature.cpp - what goes in and what comes out ---------------===//
//
// The rules of #delta.signature, which have the numbers of docs/spec.md, where
// it stands, and how errors write what is in it.
//
//===----------------------------------------------------------------------===//

#include "dialects/Delta/DeltaSignature.h"
#include "dialects/Delta/DeltaOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

static bool isIdentifier(StringRef name) {
  return !name.empty() &&
         (llvm::isAlpha(name.front()) || name.front() == '_') &&
         llvm::all_of(name,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// Names of tensors that mean something else in a tensor file.
static bool isReserved(StringRef name) {
  return name == "cu_seqlens" || name.starts_with("initial_state") ||
         name.starts_with("final_state");
}

LogicalResult
delta::verifyNames(function_ref<InFlightDiagnostic(size_t)> emitError,
                   ArrayRef<StringRef> names, StringRef what) {
  llvm::StringSet<> seen;
  for (auto [i, name] : llvm::enumerate(names)) {
    if (!isIdentifier(name))
      return emitError(i) << what << " name '" << name
                          << "' is not an identifier (letters, digits and _, "
                             "not starting with a digit)";
    if (isReserved(name))
      return emitError(i) << what << " name '" << name
                          << "' is reserved for a tensor of the run";
    if (!seen.insert(name).second)
      return emitError(i) << what << " name '" << name << "' is used twice";
  }
  return success();
}

LogicalResult ArgumentAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   StringAttr name, ArgKind kind, Type type,
                                   RangeAttr range) {
  if (failed(verifyNames([&](size_t) { return emitError(); }, name.getValue(),
                         "argument")))
    return failure();
  // R2: states, and only states, stand in a state clause.
  bool isState = isa<StateType>(type);
  if (!isState && !isa<ScalarType, VecType>(type))
    return emitError() << "argument '" << name.getValue()
                       << "' is a scalar, a vector or a state, found " << type;
  if (isState != (kind == ArgKind::State))
    return emitError() << "argument '" << name.getValue() << "' of type "
                       << type << " cannot stand in '" << stringifyArgKind(kind)
                       << "'";
  // R16: what is bounded is a number, or a vector of them.
  if (isState && range)
    return emitError() << "argument '" << name.getValue()
                       << "' is a state: scalars and vectors have ranges";
  return success();
}

LogicalResult OutputAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringAttr name, ArgKind kind, Type type) {
  if (failed(verifyNames([&](size_t) { return emitError(); }, name.getValue(),
                         "output")))
    return failure();
  // R4: outputs are scalars or vectors.
  if (!isa<ScalarType, VecType>(type))
    return emitError() << "output '" << name.getValue()
                       << "' is a scalar or a vector, found " << type;
  // R17: there is one per token and head, or per head.
  if (kind == ArgKind::State)
    return emitError() << "output '" << name.getValue()
                       << "' cannot stand in 'state': outputs stand in "
                          "qk_heads, v_heads or params";
  return success();
}

template <typename Entry>
static SmallVector<StringRef> getNames(ArrayRef<Entry> entries) {
  return llvm::map_to_vector(
      entries, [](Entry entry) { return entry.getName().getValue(); });
}

LogicalResult
SignatureAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      ArrayRef<ArgumentAttr> arguments,
                      ArrayRef<OutputAttr> outputs) {
  auto emit = [&](size_t) { return emitError(); };
  return failure(failed(verifyNames(emit, getNames(arguments), "argument")) ||
                 failed(verifyNames(emit, getNames(outputs), "output")));
}

//===----------------------------------------------------------------------===//
// Where it stands
//===----------------------------------------------------------------------===//

// R18: of other operations a function has one.
LogicalResult DeltaDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attribute) {
  if (attribute.getName() != getSignatureName())
    return op->emitError()
           << "'" << attribute.getName().getValue()
           << "' is not an attribute of this dialect, which has "
              "only '"
           << getSignatureName() << "'";
  if (!isa<FunctionOpInterface>(op) ||
      !isa<SignatureAttr>(attribute.getValue()))
    return op->emitError() << "'" << getSignatureName()
                           << "' is the signature of a function, found "
                           << attribute.getValue() << " at '" << op->getName()
                           << "'";
  return success();
}

SignatureAttr delta::findSignature(Operation *op) {
  if (auto holder = dyn_cast<SignatureOpInterface>(op))
    return holder.getSignature();
  return op->getAttrOfType<SignatureAttr>(DeltaDialect::getSignatureName());
}

SmallVector<BlockArgument> delta::getStateArguments(SignatureAttr signature,
                                                    Block &block) {
  return llvm::map_to_vector(signature.getStates(), [&](unsigned index) {
    return block.getArgument(index);
  });
}

SmallVector<unsigned> SignatureAttr::getStates() const {
  SmallVector<unsigned> states;
  for (auto [i, argument] : llvm::enumerate(getArguments()))
    if (argument.getKind() == ArgKind::State)
      states.push_back(i);
  return states;
}

template <typename Entry>
static std::optional<unsigned> findName(ArrayRef<Entry> entries,
                                        StringRef name) {
  for (auto [i, entry] : llvm::enumerate(entries))
    if (entry.getName().getValue() == name)
      return i;
  return std::nullopt;
}

std::optional<unsigned> SignatureAttr::findArg(StringRef name) const {
  return findName(getArguments(), name);
}

std::optional<unsigned> SignatureAttr::findOutput(StringRef name) const {
  return findName(getOutputs(), name);
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

std::string delta::describe(ArgumentAttr argument) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << stringifyArgKind(argument.getKind()) << "(%"
     << argument.getName().getValue() << ": " << argument.getType();
  if (RangeAttr range = argument.getRange())
    os << llvm::format(" range(%g, %g)", range.getLower().convertToDouble(),
                       range.getUpper().convertToDouble());
  os << ')';
  return text;
}

std::string delta::describe(OutputAttr output) {
  std::string text;
  llvm::raw_string_ostream(text)
      << stringifyArgKind(output.getKind()) << '('
      << output.getName().getValue() << ": " << output.getType() << ')';
  return text;
}
