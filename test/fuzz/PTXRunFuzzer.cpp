//===- PTXRunFuzzer.cpp - Fuzz the decoder and the machine ----------------===//
//
// Any text that parses runs on a tiny grid, checked: it ends, with findings or
// an error on one line. Seeds: test/fuzz/corpus/ptx-run.
//
//===----------------------------------------------------------------------===//

#include "lib/PTX/Parser.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/TensorMap.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace sluice::sim;
namespace ptx = sluice::ptx;

/// An assertion that holds in every build.
static void check(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "invariant broken: %s\n", what);
  std::abort();
}

static void checkMessage(llvm::Error error) {
  std::string message = llvm::toString(std::move(error));
  check(!message.empty(), "an error says something");
  check(message.find('\n') == std::string::npos, "error on one line");
}

/// Memory that the host would have to give is not what is fuzzed.
static bool isSmall(const ptx::Module &module) {
  constexpr uint64_t kMost = 1 << 16;
  uint64_t total = 0;
  auto add = [&](const std::vector<std::unique_ptr<ptx::Variable>> &variables) {
    for (const auto &variable : variables)
      total += std::min(variable->size, kMost);
  };
  add(module.variables);
  for (const auto &function : module.functions) {
    add(function->parameters);
    add(function->variables);
  }
  return total < kMost;
}

/// 128 bytes: a tensor of 8 rows of 8 words at the address, and a box of 4 of
/// them. The first map of an entry has no swizzle, the others have one.
static std::vector<uint8_t> makeTensorMap(uint64_t address, bool isFirst) {
  TensorMap map;
  map.address = address;
  map.rank = 2;
  map.dims = {8, 8};
  map.strides = {4, 32};
  map.box = {8, 4};
  map.element = TensorElement::F32;
  map.swizzle = isFirst ? TensorSwizzle::None : TensorSwizzle::Bytes32;
  auto bytes = encodeTensorMap(map);
  return {bytes.begin(), bytes.end()};
}

/// What parameter after parameter is given, whatever it is: a buffer's address,
/// a number, a tensor map, or bytes.
static std::vector<std::vector<uint8_t>>
makeArguments(const ptx::Function &entry, llvm::ArrayRef<uint64_t> buffers) {
  std::vector<std::vector<uint8_t>> arguments;
  size_t nextBuffer = 0;
  bool isFirstMap = true;
  for (const auto &parameter : entry.parameters) {
    std::vector<uint8_t> bytes(parameter->size, 3);
    if (bytes.size() == 8) {
      uint64_t address = buffers[nextBuffer++ % buffers.size()];
      std::memcpy(bytes.data(), &address, sizeof(address));
    } else if (bytes.size() <= 4) {
      std::fill(bytes.begin() + std::min<size_t>(bytes.size(), 1), bytes.end(),
                0);
    } else if (bytes.size() == kTensorMapBytes) {
      bytes = makeTensorMap(buffers[0], isFirstMap);
      isFirstMap = false;
    }
    arguments.push_back(std::move(bytes));
  }
  return arguments;
}

/// Blocks as the entry wants them, if that is little.
static void setShape(const ptx::Function &entry, LaunchOptions &options) {
  const uint32_t *required = entry.requiredThreads;
  if (required[0])
    options.block = {required[0], std::max(required[1], 1u),
                     std::max(required[2], 1u)};
  if (options.block.total() > 128)
    options.block = {};
  const uint32_t *cluster = entry.requiredCluster;
  if (cluster[0] == 2 && cluster[1] <= 1 && cluster[2] <= 1)
    options.cluster.x = 2;
}

static std::vector<Finding> launch(llvm::StringRef text, llvm::StringRef entry,
                                   const ptx::Module &module, uint64_t seed) {
  constexpr size_t kBufferBytes = 256;
  Device device(getInstructionSet());
  llvm::Expected<std::shared_ptr<LoadedModule>> loaded =
      device.load(text, "input.ptx");
  if (!loaded) {
    checkMessage(loaded.takeError());
    return {};
  }
  uint64_t buffers[4];
  for (uint64_t &buffer : buffers) {
    buffer = llvm::cantFail(device.allocate(kBufferBytes));
    std::vector<uint8_t> bytes(kBufferBytes);
    for (size_t i = 0; i < kBufferBytes; ++i)
      bytes[i] = i % 4 ? 0 : i / 4 + (&buffer - buffers);
    // One is left as it is: nobody has written it.
    if (&buffer != &buffers[3])
      llvm::cantFail(device.copyIn(buffer, bytes));
  }
  LaunchOptions options;
  options.seed = seed;
  options.grid.x = 2;
  options.block.x = 32 + seed % 2;
  options.dynamicShared = 4096;
  options.limit = 20'000;
  // With and without a trace of what it does.
  if (seed % 4 < 2)
    options.chip = "h200";
  options.keepsTimeline = seed % 4 == 0;
  size_t printed = 0;
  options.print = [&](llvm::StringRef text) { printed += text.size(); };
  const ptx::Function &function = *module.findFunction(entry);
  setShape(function, options);
  options.arguments = makeArguments(function, buffers);
  llvm::Expected<LaunchResult> result = device.launch(**loaded, entry, options);
  if (!result) {
    checkMessage(result.takeError());
    return {};
  }
  for (const Finding &finding : result->findings)
    check(!finding.message.empty(), "a finding says something");
  check(result->finished || result->hasErrors(),
        "what does not finish has a reason");
  if (const auto &estimate = result->estimate)
    check(std::isfinite(estimate->microseconds) && estimate->microseconds >= 0,
          "an estimate is a time");
  for (uint64_t buffer : buffers) {
    uint8_t bytes[kBufferBytes];
    llvm::cantFail(device.copyOut(buffer, bytes));
  }
  return std::move(result->findings);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<std::unique_ptr<ptx::Module>> module =
      ptx::parseModule(text, "input.ptx");
  if (!module) {
    llvm::consumeError(module.takeError());
    return 0;
  }
  if (!isSmall(**module))
    return 0;
  // The schedule is the text's own, so that a text always does the same.
  uint64_t seed = llvm::xxh3_64bits(llvm::ArrayRef(data, size));
  for (const auto &function : (*module)->functions)
    if (function->isEntry)
      launch(text, function->name, **module, seed);
  return 0;
}
