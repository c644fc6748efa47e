//===- CudaDevice.cpp - A GPU by its driver -------------------------------===//

#include "lib/Runtime/CUDA/CudaDevice.h"
#include "lib/Runtime/GPU/GridLaunch.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include <bit>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static Error fail(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// The GPU
//===----------------------------------------------------------------------===//

/// 12.4 of 12040.
static std::string toVersion(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

Expected<std::unique_ptr<CudaDevice>> CudaDevice::create() {
  Expected<cuda::Driver> driver = cuda::Driver::open();
  if (!driver)
    return driver.takeError();
  std::unique_ptr<CudaDevice> made(new CudaDevice(*driver));
  if (Error error = made->initialize())
    return std::move(error);
  return made;
}

Expected<int> CudaDevice::getAttribute(int attribute) const {
  int value = 0;
  if (Error error =
          driver.check(driver.cuDeviceGetAttribute(&value, attribute, device),
                       "cuDeviceGetAttribute"))
    return std::move(error);
  return value;
}

Error CudaDevice::initialize() {
  // The first that compiles for sm_80, the least of our targets.
  constexpr int kOldest = 11000;
  if (Error error = driver.check(driver.cuDriverGetVersion(&version),
                                 "cuDriverGetVersion"))
    return error;
  if (version < kOldest)
    return fail("the CUDA driver is one of CUDA " + toVersion(version) +
                ", expected " + toVersion(kOldest) + " or later");
  if (Error error = driver.check(driver.cuInit(0), "cuInit"))
    return error;
  if (Error error = driver.check(driver.cuDeviceGet(&device, 0), "cuDeviceGet"))
    return error;
  char text[256] = "";
  if (Error error =
          driver.check(driver.cuDeviceGetName(text, sizeof(text), device),
                       "cuDeviceGetName"))
    return error;
  name = makePrintable(text);
  int minor = 0;
  if (Error error = getAttribute(cuda::kCapabilityMajor).moveInto(capability))
    return error;
  if (Error error = getAttribute(cuda::kCapabilityMinor).moveInto(minor))
    return error;
  capability = 10 * capability + minor;
  if (Error error = getAttribute(cuda::kSharedBytesOptIn).moveInto(sharedBytes))
    return error;
  if (Error error =
          driver.check(driver.cuDevicePrimaryCtxRetain(&context, device),
                       "cuDevicePrimaryCtxRetain"))
    return error;
  if (Error error =
          driver.check(driver.cuCtxSetCurrent(context), "cuCtxSetCurrent"))
    return error;
  return driver.check(driver.cuStreamCreate(&stream, cuda::kStreamNonBlocking),
                      "cuStreamCreate");
}

// What is given back may fail for what a kernel did before, and that has been
// reported where it was waited for.
CudaDevice::~CudaDevice() {
  if (stream)
    driver.cuStreamDestroy_v2(stream);
  if (context)
    driver.cuDevicePrimaryCtxRelease_v2(device);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Error CudaDevice::checkRoom(const MemoryNeed &need) {
  size_t free = 0, total = 0;
  if (Error error =
          driver.check(driver.cuMemGetInfo_v2(&free, &total), "cuMemGetInfo"))
    return error;
  return need.check(free);
}

Expected<uint64_t> CudaDevice::allocate(uint64_t bytes) {
  uint64_t address = 0;
  // A tensor without elements has an address, too.
  if (Error error = driver.check(
          driver.cuMemAlloc_v2(&address, std::max<uint64_t>(bytes, 1)),
          "cuMemAlloc", " for " + Twine(bytes) + " bytes"))
    return std::move(error);
  return address;
}

void CudaDevice::free(uint64_t address) { driver.cuMemFree_v2(address); }

Error CudaDevice::copyIn(uint64_t address, ArrayRef<uint8_t> bytes) {
  if (bytes.empty())
    return Error::success();
  if (Error error =
          driver.check(driver.cuMemcpyHtoDAsync_v2(address, bytes.data(),
                                                   bytes.size(), stream),
                       "cuMemcpyHtoDAsync"))
    return error;
  return synchronize();
}

Error CudaDevice::copyOut(uint64_t address, MutableArrayRef<uint8_t> bytes) {
  if (bytes.empty())
    return Error::success();
  if (Error error =
          driver.check(driver.cuMemcpyDtoHAsync_v2(bytes.data(), address,
                                                   bytes.size(), stream),
                       "cuMemcpyDtoHAsync"))
    return error;
  return synchronize();
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

namespace {
class CudaModule : public LoadedCode {
public:
  CudaModule(const cuda::Driver &driver, cuda::Module module)
      : module(module), driver(driver) {}
  ~CudaModule() override { driver.cuModuleUnload(module); }

  const cuda::Module module;

private:
  const cuda::Driver &driver;
};
} // namespace

/// Code for sm_80 runs on what has at least its compute capability, if it is a
/// cubin of its major one; that for sm_90a on nothing but 9.0.
Error CudaDevice::checkTarget(Code::Format format, StringRef target) const {
  StringRef rest = target;
  int number = 0;
  if (!rest.consume_front("sm_") || rest.consumeInteger(10, number))
    return fail("code for " + quote(target) + " is none for a GPU");
  bool runs = rest.empty()
                  ? capability >= number && (format == Code::Format::PTX ||
                                             capability / 10 == number / 10)
                  : capability == number;
  if (runs)
    return Error::success();
  return fail("code for " + quote(target) +
              (format == Code::Format::PTX ? "" : ", a cubin,") +
              " does not run on " + name + ", whose compute capability is " +
              Twine(capability / 10) + "." + Twine(capability % 10));
}

Expected<std::shared_ptr<LoadedCode>>
CudaDevice::load(const Code &code, const Resources &resources) {
  if (code.format == Code::Format::Object)
    return fail("a GPU runs PTX and cubins, found code of the format object");
  if (Error error = checkTarget(code.format, resources.target))
    return std::move(error);
  // The driver takes text that ends with a zero.
  std::string image(code.bytes.begin(), code.bytes.end());
  std::array<char, 8192> log{};
  int names[] = {cuda::kJITErrorLog, cuda::kJITErrorLogBytes};
  void *values[] = {log.data(), std::bit_cast<void *>(log.size())};
  cuda::Module module = nullptr;
  cuda::Status status = driver.cuModuleLoadDataEx(
      &module, image.c_str(), std::size(names), names, values);
  log.back() = '\0';
  StringRef messages = StringRef(log.data()).trim();
  if (Error error = driver.check(
          status, "cuModuleLoadDataEx",
          ", by the driver of CUDA " + toVersion(version) +
              (messages.empty() ? std::string() : ":\n" + messages.str())))
    return std::move(error);
  return std::make_shared<CudaModule>(driver, module);
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

namespace {
class CudaLaunch : public PreparedLaunch {
public:
  cuda::Function function = nullptr;
  unsigned blockThreads = 0, sharedBytes = 0;
  GridLaunch launch;
};
} // namespace

Expected<std::unique_ptr<PreparedLaunch>>
CudaDevice::prepare(const LoadedCode &code, LaunchConfig config) {
  const KernelLaunch &kernel = *config.kernel;
  auto prepared = std::make_unique<CudaLaunch>();
  if (Error error = makeGridLaunch(config).moveInto(prepared->launch))
    return std::move(error);
  prepared->blockThreads = static_cast<unsigned>(kernel.blockThreads);
  prepared->sharedBytes = static_cast<unsigned>(kernel.sharedBytes);
  std::string place = " of kernel " + quote(kernel.entry);
  if (Error error = driver.check(
          driver.cuModuleGetFunction(
              &prepared->function, static_cast<const CudaModule &>(code).module,
              kernel.entry.c_str()),
          "cuModuleGetFunction", place))
    return std::move(error);
  int own = 0;
  if (Error error =
          driver.check(driver.cuFuncGetAttribute(&own, cuda::kStaticSharedBytes,
                                                 prepared->function),
                       "cuFuncGetAttribute", place))
    return std::move(error);
  int64_t shared = own + kernel.sharedBytes;
  if (shared > sharedBytes)
    return fail("kernel " + quote(kernel.entry) + " takes " + Twine(shared) +
                " bytes of shared memory, a block has at most " +
                Twine(sharedBytes) + " on " + name);
  // A launch gives more than any GPU has only where that was asked for; as much
  // as there is, since other launches of the kernel may take more.
  constexpr int64_t kUnasked = int64_t{48} * 1024;
  if (shared > kUnasked)
    if (Error error =
            driver.check(driver.cuFuncSetAttribute(
                             prepared->function, cuda::kMostDynamicSharedBytes,
                             sharedBytes - own),
                         "cuFuncSetAttribute", place))
      return std::move(error);
  return prepared;
}

Error CudaDevice::launch(PreparedLaunch &launch, const Progress &progress) {
  auto &prepared = static_cast<CudaLaunch &>(launch);
  if (prepared.launch.isEmpty())
    return Error::success();
  // CU_LAUNCH_PARAM_BUFFER_POINTER, …_BUFFER_SIZE, …_END: all parameters as
  // they lie in memory.
  ArrayRef<uint8_t> bytes = prepared.launch.parameters.getBytes();
  size_t size = bytes.size();
  void *extra[] = {std::bit_cast<void *>(uintptr_t{1}),
                   const_cast<uint8_t *>(bytes.data()),
                   std::bit_cast<void *>(uintptr_t{2}), &size, nullptr};
  auto [x, y, z] = prepared.launch.grid;
  return driver.check(driver.cuLaunchKernel(prepared.function, x, y, z,
                                            prepared.blockThreads, 1, 1,
                                            prepared.sharedBytes, stream,
                                            /*parameters=*/nullptr, extra),
                      "cuLaunchKernel");
}

Error CudaDevice::synchronize() {
  return driver.check(driver.cuStreamSynchronize(stream),
                      "cuStreamSynchronize");
}

//===----------------------------------------------------------------------===//
// Time
//===----------------------------------------------------------------------===//

namespace {
/// A moment of the stream.
class CudaEvent {
public:
  explicit CudaEvent(const cuda::Driver &driver) : driver(driver) {}
  CudaEvent(const CudaEvent &) = delete;
  ~CudaEvent() {
    if (event)
      driver.cuEventDestroy_v2(event);
  }
  Error record(cuda::Stream stream) {
    if (Error error =
            driver.check(driver.cuEventCreate(&event, 0), "cuEventCreate"))
      return error;
    return driver.check(driver.cuEventRecord(event, stream), "cuEventRecord");
  }
  cuda::Event get() const { return event; }

private:
  const cuda::Driver &driver;
  cuda::Event event = nullptr;
};
} // namespace

Expected<double> CudaDevice::measure(function_ref<Error()> work) {
  CudaEvent start(driver), end(driver);
  if (Error error = start.record(stream))
    return std::move(error);
  if (Error error = work())
    return std::move(error);
  if (Error error = end.record(stream))
    return std::move(error);
  if (Error error = driver.check(driver.cuEventSynchronize(end.get()),
                                 "cuEventSynchronize"))
    return std::move(error);
  float milliseconds = 0;
  if (Error error = driver.check(
          driver.cuEventElapsedTime(&milliseconds, start.get(), end.get()),
          "cuEventElapsedTime"))
    return std::move(error);
  return milliseconds * 1e-3;
}
