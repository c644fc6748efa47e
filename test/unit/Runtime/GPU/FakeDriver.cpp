//===- FakeDriver.cpp - A CUDA driver that only copies --------------------===//
//
// A library in the place of libcuda.so.1. It counts what is alive, keeps a list
// of the calls, and executes nothing but copies of memory. The environment says
// what it is, and is read by cuDriverGetVersion, the first call of all:
//
//   FAKE_CUDA_VERSION=N     what that gives (default: 12040)
//   FAKE_CUDA_CAPABILITY=N  of the GPU, 90 of 9.0 (default)
//   FAKE_CUDA_SHARED=N      bytes of shared memory of a block (default: 232448)
//   FAKE_CUDA_MEMORY=N      bytes of the GPU (default: 2^30)
//   FAKE_CUDA_FAIL=N        the N-th call fails, counted from 1
//   FAKE_CUDA_LOG=FILE      the calls go there, too
//
// A module without ".version" is one that does not compile. An
// entry is found if the module's text has its name.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Runtime/GPU/FakeDriver.h"
#include "lib/Runtime/CUDA/Driver.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

using namespace sluice::runtime::cuda;
using sluice::test::FakeDriverState;

namespace {
struct Fake {
  FakeDriverState state;
  int version = 12040, capability = 90, shared = 232448;
  size_t memory = size_t{1} << 30;
  int failing = 0;
  std::string log;
  /// Sizes by address.
  std::map<uint64_t, size_t> allocations;
  size_t allocated = 0;
};

enum : Status {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  InvalidPtx = 218,
  NotFound = 500,
  LaunchFailed = 719
};
} // namespace

// What the API gives for handles: any address that is not null. A module's is
// its text.
struct sluice::runtime::cuda::ModuleTag {
  std::string text;
};
struct sluice::runtime::cuda::FunctionTag {
  std::string name;
};

static Fake &getFake() {
  static Fake fake;
  return fake;
}

static long readNumber(const char *name, long otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtol(text, nullptr, 10) : otherwise;
}

/// Notes the call; what it gives unless it succeeds.
__attribute__((format(printf, 1, 2))) static Status note(const char *format,
                                                         ...) {
  Fake &fake = getFake();
  char text[4096];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  fake.state.calls.emplace_back(text);
  if (!fake.log.empty())
    if (std::FILE *file = std::fopen(fake.log.c_str(), "a")) {
      std::fprintf(file, "%s\n", text);
      std::fclose(file);
    }
  return static_cast<int>(fake.state.calls.size()) == fake.failing
             ? LaunchFailed
             : Success;
}

#define NOTE(...)                                                              \
  if (Status status = note(__VA_ARGS__))                                       \
  return status

/// Gives out a handle, whose number is alive from now on.
template <typename Handle> static void make(Handle *handle) {
  *handle = reinterpret_cast<Handle>(new int);
  ++getFake().state.handles;
}
template <typename Handle> static void destroy(Handle handle) {
  delete reinterpret_cast<int *>(handle);
  --getFake().state.handles;
}

extern "C" {
FakeDriverState *getFakeDriverState() { return &getFake().state; }

//===----------------------------------------------------------------------===//
// The driver and its errors
//===----------------------------------------------------------------------===//

Status cuDriverGetVersion(int *version) {
  Fake &fake = getFake();
  fake.state.calls.clear();
  fake.version = static_cast<int>(readNumber("FAKE_CUDA_VERSION", 12040));
  fake.capability = static_cast<int>(readNumber("FAKE_CUDA_CAPABILITY", 90));
  fake.shared = static_cast<int>(readNumber("FAKE_CUDA_SHARED", 232448));
  fake.memory = readNumber("FAKE_CUDA_MEMORY", 1L << 30);
  fake.failing = static_cast<int>(readNumber("FAKE_CUDA_FAIL", 0));
  const char *log = std::getenv("FAKE_CUDA_LOG");
  fake.log = log ? log : "";
  NOTE("cuDriverGetVersion");
  *version = fake.version;
  return Success;
}

Status cuInit(unsigned flags) {
  NOTE("cuInit %u", flags);
  return Success;
}

// These are not counted: they are asked for when another call has failed.
Status cuGetErrorName(Status status, const char **name) {
  static const std::map<Status, const char *> names = {
      {InvalidValue, "CUDA_ERROR_INVALID_VALUE"},
      {OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY"},
      {InvalidPtx, "CUDA_ERROR_INVALID_PTX"},
      {NotFound, "CUDA_ERROR_NOT_FOUND"},
      {LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED"}};
  auto found = names.find(status);
  if (found == names.end())
    return InvalidValue;
  *name = found->second;
  return Success;
}

Status cuGetErrorString(Status status, const char **text) {
  *text = "as the driver says it";
  return Success;
}

//===----------------------------------------------------------------------===//
// Devices and contexts
//===----------------------------------------------------------------------===//

Status cuDeviceGet(int *device, int ordinal) {
  NOTE("cuDeviceGet %d", ordinal);
  *device = ordinal;
  return Success;
}

Status cuDeviceGetName(char *name, int bytes, int device) {
  NOTE("cuDeviceGetName %d", device);
  std::snprintf(name, bytes, "Fake %d", getFake().capability);
  return Success;
}

Status cuDeviceGetAttribute(int *value, int attribute, int device) {
  NOTE("cuDeviceGetAttribute %d %d", attribute, device);
  Fake &fake = getFake();
  switch (attribute) {
  case kCapabilityMajor:
    *value = fake.capability / 10;
    return Success;
  case kCapabilityMinor:
    *value = fake.capability % 10;
    return Success;
  case kSharedBytesOptIn:
    *value = fake.shared;
    return Success;
  default:
    return InvalidValue;
  }
}

Status cuDevicePrimaryCtxRetain(Context *context, int device) {
  NOTE("cuDevicePrimaryCtxRetain %d", device);
  static int one;
  *context = reinterpret_cast<Context>(&one);
  ++getFake().state.handles;
  return Success;
}

Status cuDevicePrimaryCtxRelease_v2(int device) {
  --getFake().state.handles;
  NOTE("cuDevicePrimaryCtxRelease %d", device);
  return Success;
}

Status cuCtxSetCurrent(Context context) {
  NOTE("cuCtxSetCurrent %s", context ? "one" : "none");
  return Success;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Status cuMemGetInfo_v2(size_t *free, size_t *total) {
  NOTE("cuMemGetInfo");
  Fake &fake = getFake();
  *total = fake.memory;
  *free = fake.memory - fake.allocated;
  return Success;
}

Status cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  NOTE("cuMemAlloc %zu", bytes);
  Fake &fake = getFake();
  if (bytes == 0)
    return InvalidValue;
  if (bytes > fake.memory - fake.allocated)
    return OutOfMemory;
  *address = reinterpret_cast<uint64_t>(std::malloc(bytes));
  fake.allocations[*address] = bytes;
  fake.allocated += bytes;
  ++fake.state.handles;
  return Success;
}

/// A device's address is the host's.
static void *getPointer(uint64_t address) {
  return reinterpret_cast<void *>(address); // NOLINT(performance-no-int-to-ptr)
}

// What is given back is so whatever else has failed, as when a context ends.
Status cuMemFree_v2(uint64_t address) {
  Fake &fake = getFake();
  auto found = fake.allocations.find(address);
  if (found == fake.allocations.end())
    return InvalidValue;
  fake.allocated -= found->second;
  fake.allocations.erase(found);
  --fake.state.handles;
  std::free(getPointer(address));
  NOTE("cuMemFree");
  return Success;
}

static bool isAllocated(uint64_t address, size_t bytes) {
  Fake &fake = getFake();
  auto next = fake.allocations.upper_bound(address);
  if (next == fake.allocations.begin())
    return false;
  auto [begin, size] = *--next;
  return address - begin <= size && bytes <= size - (address - begin);
}

Status cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes,
                            Stream stream) {
  NOTE("cuMemcpyHtoDAsync %zu", bytes);
  if (!isAllocated(to, bytes) || !stream)
    return InvalidValue;
  std::memcpy(getPointer(to), from, bytes);
  return Success;
}

Status cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes,
                            Stream stream) {
  NOTE("cuMemcpyDtoHAsync %zu", bytes);
  if (!isAllocated(from, bytes) || !stream)
    return InvalidValue;
  std::memcpy(to, getPointer(from), bytes);
  return Success;
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

Status cuModuleLoadDataEx(Module *module, const void *image, unsigned options,
                          int *names, void **values) {
  NOTE("cuModuleLoadDataEx");
  std::string text(static_cast<const char *>(image));
  if (text.find(".version") == std::string::npos) {
    if (options == 2 && names[0] == kJITErrorLog)
      std::snprintf(static_cast<char *>(values[0]),
                    reinterpret_cast<size_t>(values[1]),
                    "ptxas application ptx input, line 1; fatal   : no PTX\n");
    return InvalidPtx;
  }
  *module = new ModuleTag{text};
  ++getFake().state.handles;
  return Success;
}

Status cuModuleUnload(Module module) {
  delete module;
  --getFake().state.handles;
  NOTE("cuModuleUnload");
  return Success;
}

Status cuModuleGetFunction(Function *function, Module module,
                           const char *name) {
  NOTE("cuModuleGetFunction %s", name);
  if (module->text.find(name) == std::string::npos)
    return NotFound;
  // Of the module, with which it ends.
  static std::map<std::string, FunctionTag> functions;
  *function = &functions.try_emplace(name, FunctionTag{name}).first->second;
  return Success;
}

Status cuFuncGetAttribute(int *value, int attribute, Function function) {
  NOTE("cuFuncGetAttribute %s %d", function->name.c_str(), attribute);
  *value = attribute == kStaticSharedBytes ? 1024 : 0;
  return Success;
}

Status cuFuncSetAttribute(Function function, int attribute, int value) {
  NOTE("cuFuncSetAttribute %s %d %d", function->name.c_str(), attribute, value);
  return Success;
}

Status cuLaunchKernel(Function function, unsigned gridX, unsigned gridY,
                      unsigned gridZ, unsigned blockX, unsigned blockY,
                      unsigned blockZ, unsigned sharedBytes, Stream stream,
                      void **parameters, void **extra) {
  NOTE("cuLaunchKernel %s grid %u,%u,%u block %u,%u,%u shared %u",
       function->name.c_str(), gridX, gridY, gridZ, blockX, blockY, blockZ,
       sharedBytes);
  Fake &fake = getFake();
  if (parameters || !extra || reinterpret_cast<uintptr_t>(extra[0]) != 1 ||
      reinterpret_cast<uintptr_t>(extra[2]) != 2 || extra[4] || !stream)
    return InvalidValue;
  const auto *bytes = static_cast<const uint8_t *>(extra[1]);
  fake.state.parameters.assign(bytes,
                               bytes + *static_cast<const size_t *>(extra[3]));
  return Success;
}

//===----------------------------------------------------------------------===//
// Order and time
//===----------------------------------------------------------------------===//

Status cuStreamCreate(Stream *stream, unsigned flags) {
  NOTE("cuStreamCreate %u", flags);
  make(stream);
  return Success;
}

Status cuStreamDestroy_v2(Stream stream) {
  destroy(stream);
  NOTE("cuStreamDestroy");
  return Success;
}

Status cuStreamSynchronize(Stream stream) {
  NOTE("cuStreamSynchronize");
  return Success;
}

Status cuEventCreate(Event *event, unsigned flags) {
  NOTE("cuEventCreate %u", flags);
  make(event);
  return Success;
}

Status cuEventDestroy_v2(Event event) {
  destroy(event);
  NOTE("cuEventDestroy");
  return Success;
}

Status cuEventRecord(Event event, Stream stream) {
  NOTE("cuEventRecord");
  return Success;
}

Status cuEventSynchronize(Event event) {
  NOTE("cuEventSynchronize");
  return Success;
}

Status cuEventElapsedTime(float *milliseconds, Event start, Event end) {
  NOTE("cuEventElapsedTime");
  *milliseconds = 1.5F;
  return Success;
}
}
