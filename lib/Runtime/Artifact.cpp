//===- Artifact.cpp - What the compiler makes and the runtime runs --------===//

#include "lib/Runtime/Artifact.h"
#include "lib/IO/AtomicFile.h"
#include "lib/IO/NestingScan.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static constexpr StringLiteral kMagic = "SLUICEA1";
static constexpr size_t kLengthEnd = kMagic.size() + sizeof(uint64_t);
static constexpr size_t kHashBytes = 32, kHeaderBytes = kLengthEnd + kHashBytes;

StringRef runtime::stringify(Code::Format format) {
  switch (format) {
  case Code::Format::Object:
    return "object";
  case Code::Format::PTX:
    return "ptx";
  case Code::Format::Cubin:
    return "cubin";
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static std::string toManifest(const Artifact &artifact) {
  json::Array types, codes;
  for (io::DType type : artifact.argumentTypes)
    types.push_back(io::dtypeName(type));
  for (const Code &code : artifact.codes)
    codes.push_back(
        json::Object{{"format", stringify(code.format)},
                     {"bytes", static_cast<int64_t>(code.bytes.size())},
                     {"parameters", json::Array(code.parameters)}});
  json::Object sizes;
  for (const auto &[axis, size] : artifact.sizes)
    sizes[axis] = size;
  json::Object manifest{
      {"key", artifact.key},
      {"signature", toJSON(artifact.signature)},
      {"plan", toJSON(artifact.plan, artifact.signature)},
      {"argument_types", std::move(types)},
      {"output_type", io::dtypeName(artifact.outputType)},
      {"sizes", std::move(sizes)},
      {"resources", json::Object{{"target", artifact.resources.target},
                                 {"features", artifact.resources.features},
                                 {"lanes", artifact.resources.lanes}}},
      {"codes", std::move(codes)}};
  return formatv("{0}", json::Value(std::move(manifest)));
}

static std::array<uint8_t, kHashBytes> hashOf(StringRef content) {
  return SHA256::hash(arrayRefFromStringRef(content));
}

std::string runtime::serialize(const Artifact &artifact) {
  std::string content = toManifest(artifact);
  uint64_t length = content.size();
  for (const Code &code : artifact.codes)
    content += toStringRef(code.bytes);
  std::string text(kMagic);
  text.resize(kLengthEnd);
  support::endian::write64le(text.data() + kMagic.size(), length);
  text += toStringRef(hashOf(content));
  return text + content;
}

Error runtime::writeArtifact(StringRef path, const Artifact &artifact) {
  std::string text = serialize(artifact);
  return io::writeFileAtomically(path, [&](raw_ostream &os) {
    os << text;
    return Error::success();
  });
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace sluice::runtime {
static bool fromJSON(const json::Value &value, Resources &resources,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("target", resources.target) &&
         mapper.map("features", resources.features) &&
         mapper.map("lanes", resources.lanes);
}
} // namespace sluice::runtime

static bool readType(StringRef name, io::DType &type, json::Path path) {
  std::optional<io::DType> parsed = io::parseDType(name.upper());
  if (!parsed || !isComputeType(*parsed)) {
    path.report("expected bf16, f16, f32 or f64");
    return false;
  }
  type = *parsed;
  return true;
}

/// `codes` is what stands behind the manifest.
static bool readCodes(const json::Value &manifest, ArrayRef<uint8_t> codes,
                      Artifact &artifact, json::Path path) {
  const json::Array *lengths = manifest.getAsObject()->getArray("codes");
  if (!lengths) {
    path.report("expected an array");
    return false;
  }
  for (auto [i, code] : enumerate(*lengths)) {
    std::string format;
    int64_t bytes = 0;
    std::vector<Parameter> parameters;
    json::Path place = path.index(i);
    json::ObjectMapper mapper(code, place);
    if (!mapper || !mapper.map("format", format) ||
        !mapper.map("bytes", bytes) || !mapper.map("parameters", parameters))
      return false;
    auto parsed = StringSwitch<std::optional<Code::Format>>(format)
                      .Case("object", Code::Format::Object)
                      .Case("ptx", Code::Format::PTX)
                      .Case("cubin", Code::Format::Cubin)
                      .Default(std::nullopt);
    if (!parsed) {
      place.field("format").report("expected object, ptx or cubin");
      return false;
    }
    if (bytes < 0 || static_cast<uint64_t>(bytes) > codes.size()) {
      place.field("bytes").report("the file is shorter");
      return false;
    }
    artifact.codes.push_back(
        {*parsed, codes.take_front(bytes).vec(), std::move(parameters)});
    codes = codes.drop_front(bytes);
  }
  if (!codes.empty())
    path.report("the file is longer");
  return codes.empty();
}

static bool readTypes(const json::Value &manifest, Artifact &artifact,
                      json::Path path) {
  std::vector<std::string> types;
  std::string output;
  std::map<std::string, int64_t> sizes;
  json::ObjectMapper mapper(manifest, path);
  if (!mapper || !mapper.map("key", artifact.key) ||
      !mapper.map("argument_types", types) ||
      !mapper.map("output_type", output) || !mapper.map("sizes", sizes) ||
      !mapper.map("resources", artifact.resources) ||
      !readType(output, artifact.outputType, path.field("output_type")))
    return false;
  for (auto [i, type] : enumerate(types))
    if (!readType(type, artifact.argumentTypes.emplace_back(),
                  path.field("argument_types").index(i)))
      return false;
  if (types.size() != artifact.signature.arguments.size()) {
    path.field("argument_types").report("expected one for each argument");
    return false;
  }
  for (const auto &[axis, size] : sizes)
    artifact.sizes[axis] = size;
  if (artifact.sizes.contains("G")) {
    path.field("sizes").report("segments are counted by a run");
    return false;
  }
  // Code is for one size of each axis.
  auto areKnown = [&](const auto &entries) {
    return all_of(entries, [&](const auto &entry) {
      return all_of(entry.axes, [&](StringRef axis) {
        return artifact.sizes.contains(axis);
      });
    });
  };
  if (areKnown(artifact.signature.arguments) &&
      areKnown(artifact.signature.outputs))
    return true;
  path.field("sizes").report("expected a size for every axis of the signature");
  return false;
}

static Error readManifest(StringRef text, ArrayRef<uint8_t> codes,
                          Artifact &artifact) {
  if (io::findJSONNestingDeeperThan(text, io::kJSONNestingLimit))
    return createStringError(inconvertibleErrorCode(),
                             "the manifest nests deeper than " +
                                 Twine(io::kJSONNestingLimit));
  Expected<json::Value> manifest = json::parse(text);
  if (!manifest)
    return manifest.takeError();
  const json::Object *object = manifest->getAsObject();
  const json::Value *signature = object ? object->get("signature") : nullptr;
  const json::Value *plan = object ? object->get("plan") : nullptr;
  if (!signature || !plan)
    return createStringError(inconvertibleErrorCode(),
                             "the manifest has no signature and plan");
  if (Error error = parseSignature(*signature).moveInto(artifact.signature))
    return error;
  if (Error error =
          parseLaunchPlan(*plan, artifact.signature).moveInto(artifact.plan))
    return error;
  json::Path::Root root("manifest");
  json::Path path = root;
  if (!readTypes(*manifest, artifact, path) ||
      !readCodes(*manifest, codes, artifact, path.field("codes")))
    return root.getError();
  if (Error error = checkKernels(artifact))
    return error;
  return checkLaunches(artifact);
}

Expected<Artifact> runtime::parseArtifact(ArrayRef<uint8_t> bytes,
                                          StringRef what) {
  auto fail = [&](const Twine &message) {
    return createStringError(inconvertibleErrorCode(), what + ": " + message);
  };
  StringRef text = toStringRef(bytes);
  if (!text.starts_with(kMagic))
    return fail("is not an artifact of this version: it does not begin with " +
                Twine(kMagic));
  if (text.size() < kHeaderBytes)
    return fail("is shorter than an artifact's header");
  uint64_t length = support::endian::read64le(text.data() + kMagic.size());
  StringRef content = text.drop_front(kHeaderBytes);
  if (length > content.size())
    return fail("its manifest of " + Twine(length) +
                " bytes is longer than the file");
  if (toStringRef(hashOf(content)) != text.slice(kLengthEnd, kHeaderBytes))
    return fail("is damaged: its SHA-256 does not match");
  Artifact artifact;
  StringRef manifest = content.take_front(length);
  if (Error error = readManifest(
          manifest, arrayRefFromStringRef(content.drop_front(length)),
          artifact))
    return fail(toString(std::move(error)));
  return artifact;
}

Expected<Artifact> runtime::readArtifact(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFile(path, /*IsText=*/false,
                            /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError(file.getError(), "cannot read '" + path + "': " +
                                                  file.getError().message());
  return parseArtifact(arrayRefFromStringRef((*file)->getBuffer()), path);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

Error runtime::checkKernels(const Artifact &artifact) {
  auto fail = [](const Twine &message) {
    return createStringError(inconvertibleErrorCode(), message);
  };
  for (const auto &launch : artifact.plan.launches) {
    const auto *kernel = std::get_if<KernelLaunch>(&launch);
    if (!kernel)
      continue;
    if (kernel->code >= artifact.codes.size())
      return fail("the plan launches code " + Twine(kernel->code) + " of " +
                  Twine(artifact.codes.size()));
    Code::Format format = artifact.codes[kernel->code].format;
    if (kernel->isForGPU() != (format != Code::Format::Object))
      return fail("kernel " + quote(kernel->entry) + " has " +
                  (kernel->isForGPU() ? "a block" : "no block") +
                  " of threads, and its code the format " + stringify(format));
    for (const KernelArgument &argument : kernel->arguments)
      if (!kernel->takes(argument.kind))
        return fail("kernel " + quote(kernel->entry) +
                    " takes an argument that kernels of a " +
                    (kernel->isForGPU() ? "GPU" : "processor") + " do not");
  }
  return Error::success();
}

Error runtime::checkFits(const Artifact &artifact, const Problem &problem) {
  if (Error error = checkSame("the artifact", artifact.signature, "the problem",
                              problem.signature))
    return error;
  auto fail = [](const Twine &what, const Twine &expected, const Twine &found) {
    return createStringError(inconvertibleErrorCode(),
                             what + ": the artifact is for " + expected +
                                 ", found " + found);
  };
  for (auto [argument, type, view] : zip_equal(
           artifact.signature.arguments, artifact.argumentTypes, problem.args))
    if (argument.kind != ArgumentKind::State && view.dtype != type)
      return fail("tensor '" + argument.name + "'", io::dtypeName(type),
                  io::dtypeName(view.dtype));
  if (problem.outputDType != artifact.outputType)
    return fail("outputs", io::dtypeName(artifact.outputType),
                io::dtypeName(problem.outputDType));
  for (const auto &[axis, size] : artifact.sizes)
    if (problem.sizes[axis] != size)
      return fail("size " + Twine(axis), Twine(size),
                  Twine(problem.sizes[axis]));
  return Error::success();
}
