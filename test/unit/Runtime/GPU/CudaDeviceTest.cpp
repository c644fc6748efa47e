//===- CudaDeviceTest.cpp - A GPU by a driver that only copies ------------===//

#include "lib/Runtime/CUDA/CudaDevice.h"
#include "test/unit/Runtime/GPU/FakeDriver.h"
#include "test/unit/Runtime/GPU/SumTokens.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <dlfcn.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
/// The library of FakeDriver.cpp in the driver's place.
class CudaDeviceTest : public testing::Test {
protected:
  static constexpr const char *kSettings[] = {
      "FAKE_CUDA_VERSION", "FAKE_CUDA_CAPABILITY", "FAKE_CUDA_SHARED",
      "FAKE_CUDA_MEMORY",  "FAKE_CUDA_FAIL",       "FAKE_CUDA_LOG"};

  void SetUp() override {
    for (const char *setting : kSettings)
      unsetenv(setting);
    setenv("SLUICE_CUDA_DRIVER", SLUICE_FAKE_DRIVER, /*overwrite=*/1);
    void *library = dlopen(SLUICE_FAKE_DRIVER, RTLD_NOW);
    ASSERT_TRUE(library) << dlerror();
    state = reinterpret_cast<FakeDriverState *(*)()>(
        dlsym(library, "getFakeDriverState"))();
    EXPECT_EQ(state->handles, 0);
  }
  void TearDown() override { EXPECT_EQ(state->handles, 0); }

  static void set(const char *setting, int64_t number) {
    setenv(setting, std::to_string(number).c_str(), /*overwrite=*/1);
  }
  static std::string errorOfCreate() {
    return toString(CudaDevice::create().takeError());
  }
  /// All of a run, as sluice-run has it.
  static Error run(Artifact artifact) {
    Expected<std::unique_ptr<CudaDevice>> device = CudaDevice::create();
    if (!device)
      return device.takeError();
    auto loaded = LoadedArtifact::load(**device, std::move(artifact));
    if (!loaded)
      return loaded.takeError();
    SumTokensProblem::Shape shape;
    shape.lengths = {2, 3};
    SumTokensProblem problem(shape);
    Results results = cantFail(Results::allocate(problem.get()));
    auto run =
        Run::create(**loaded, problem.get(),
                    {results.output(0).data(), results.finalState(0).data()});
    if (!run)
      return run.takeError();
    Expected<double> seconds =
        (*device)->measure([&] { return (*run)->execute(); });
    if (!seconds)
      return seconds.takeError();
    EXPECT_NEAR(*seconds, 1.5e-3, 1e-9);
    return (*run)->copyResults();
  }
  static std::string errorOf(Artifact artifact) {
    return toString(run(std::move(artifact)));
  }

  FakeDriverState *state = nullptr;
};
} // namespace

TEST_F(CudaDeviceTest, CallsOfARun) {
  Artifact artifact = getSumTokens();
  EXPECT_EQ(errorOf(artifact), "");
  EXPECT_EQ(join(state->calls, "\n"),
            // The device.
            "cuDriverGetVersion\ncuInit 0\ncuDeviceGet 0\ncuDeviceGetName 0\n"
            "cuDeviceGetAttribute 75 0\ncuDeviceGetAttribute 76 0\n"
            "cuDeviceGetAttribute 97 0\ncuDevicePrimaryCtxRetain 0\n"
            "cuCtxSetCurrent one\ncuStreamCreate 1\ncuModuleLoadDataEx\n"
            // x, S, o, the final S, and where sequences begin.
            "cuMemGetInfo\n"
            "cuMemAlloc 480\ncuMemcpyHtoDAsync 480\ncuStreamSynchronize\n"
            "cuMemAlloc 192\ncuMemcpyHtoDAsync 192\ncuStreamSynchronize\n"
            "cuMemAlloc 480\ncuMemAlloc 192\n"
            "cuMemAlloc 24\ncuMemcpyHtoDAsync 24\ncuStreamSynchronize\n"
            // The kernel.
            "cuModuleGetFunction sum_tokens\ncuFuncGetAttribute sum_tokens 1\n"
            "cuEventCreate 0\ncuEventRecord\n"
            "cuLaunchKernel sum_tokens grid 6,1,1 block 32,1,1 shared 0\n"
            "cuStreamSynchronize\ncuEventCreate 0\ncuEventRecord\n"
            "cuEventSynchronize\ncuEventElapsedTime\ncuEventDestroy\n"
            "cuEventDestroy\n"
            "cuMemcpyDtoHAsync 480\ncuStreamSynchronize\n"
            "cuMemcpyDtoHAsync 192\ncuStreamSynchronize\n"
            // All is given back.
            "cuMemFree\ncuMemFree\ncuMemFree\ncuMemFree\ncuMemFree\n"
            "cuModuleUnload\ncuStreamDestroy\ncuDevicePrimaryCtxRelease 0");
  // The parameters of the kernel: 16 of tensors, the scale, three sizes, and
  // where sequences begin.
  ArrayRef<uint8_t> parameters = state->parameters;
  ASSERT_EQ(parameters.size(), 21u * 8);
  auto read = [&](size_t index) {
    return support::endian::read64le(parameters.slice(8 * index).data());
  };
  EXPECT_EQ(read(1), 5u * 3 * 8);
  EXPECT_EQ(read(2), 3u * 8);
  EXPECT_EQ(read(3), 8u);
  EXPECT_EQ(support::endian::read32le(parameters.slice(16 * 8).data()),
            0x3f000000u);
  EXPECT_EQ(read(17), 5u);
  EXPECT_EQ(read(18), 3u);
  EXPECT_EQ(read(19), 8u);
  EXPECT_NE(read(20), 0u);
}

TEST_F(CudaDeviceTest, EveryFailureIsAnErrorAndNothingIsLost) {
  ASSERT_EQ(errorOf(getSumTokens()), "");
  // Those at the end give back what there is, whatever the driver says.
  std::vector<std::string> calls = state->calls;
  constexpr size_t kGivenBack = 8;
  for (size_t i = 0; i < calls.size(); ++i) {
    set("FAKE_CUDA_FAIL", static_cast<int64_t>(i) + 1);
    std::string error = errorOf(getSumTokens());
    EXPECT_EQ(state->handles, 0) << i;
    StringRef call = StringRef(calls[i]).split(' ').first;
    if (call == "cuEventDestroy" || i >= calls.size() - kGivenBack)
      EXPECT_EQ(error, "") << i;
    else
      EXPECT_TRUE(StringRef(error).contains(
          (call + ": CUDA_ERROR_LAUNCH_FAILED (as the driver says it)").str()))
          << i << ": " << error;
  }
}

TEST_F(CudaDeviceTest, NoDriver) {
  setenv("SLUICE_CUDA_DRIVER", "/nowhere/libcuda.so.1", /*overwrite=*/1);
  EXPECT_TRUE(StringRef(errorOfCreate())
                  .starts_with("no CUDA driver: /nowhere/libcuda.so.1: cannot "
                               "open shared object file"))
      << errorOfCreate();
}

TEST_F(CudaDeviceTest, AnotherLibraryThanADriver) {
  setenv("SLUICE_CUDA_DRIVER", "libm.so.6", /*overwrite=*/1);
  EXPECT_EQ(errorOfCreate(), "the CUDA driver 'libm.so.6' has no cuInit: a "
                             "later one is needed");
}

TEST_F(CudaDeviceTest, AnOldDriver) {
  set("FAKE_CUDA_VERSION", 10020);
  EXPECT_EQ(errorOfCreate(),
            "the CUDA driver is one of CUDA 10.2, expected 11.0 or later");
}

TEST_F(CudaDeviceTest, GPUsForWhichTheCodeIsNot) {
  Artifact artifact = getSumTokens();
  auto errorOn = [&](int capability, StringRef target) {
    set("FAKE_CUDA_CAPABILITY", capability);
    artifact.resources.target = target.str();
    return errorOf(artifact);
  };
  EXPECT_EQ(errorOn(75, "sm_80"),
            "code for 'sm_80' does not run on Fake 75, whose compute "
            "capability is 7.5");
  EXPECT_EQ(errorOn(80, "sm_90a"),
            "code for 'sm_90a' does not run on Fake 80, whose compute "
            "capability is 8.0");
  // The letter says: nowhere else.
  EXPECT_EQ(errorOn(120, "sm_90a"),
            "code for 'sm_90a' does not run on Fake 120, whose compute "
            "capability is 12.0");
  EXPECT_EQ(errorOn(90, "sm_90a"), "");
  EXPECT_EQ(errorOn(120, "sm_80"), "");
  EXPECT_EQ(errorOn(90, "x86-64"), "code for 'x86-64' is none for a GPU");
  artifact.codes[0].format = Code::Format::Cubin;
  EXPECT_EQ(errorOn(86, "sm_80"), "");
  EXPECT_EQ(errorOn(90, "sm_80"),
            "code for 'sm_80', a cubin, does not run on Fake 90, whose compute "
            "capability is 9.0");
}

TEST_F(CudaDeviceTest, CodeThatDoesNotCompile) {
  EXPECT_EQ(errorOf(getSumTokens("no PTX")),
            "cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX (as the driver says "
            "it), by the driver of CUDA 12.4:\nptxas application ptx input, "
            "line 1; fatal   : no PTX");
}

TEST_F(CudaDeviceTest, AnEntryThatIsNotThere) {
  Artifact artifact = getSumTokens();
  std::get<KernelLaunch>(artifact.plan.launches[0]).entry = "other";
  EXPECT_EQ(errorOf(artifact),
            "cuModuleGetFunction: CUDA_ERROR_NOT_FOUND (as the driver says "
            "it) of kernel 'other'");
}

TEST_F(CudaDeviceTest, SharedMemoryBeyondWhatIsGivenUnasked) {
  Artifact artifact = getSumTokens();
  int64_t &shared =
      std::get<KernelLaunch>(artifact.plan.launches[0]).sharedBytes;
  auto isAsked = [&] {
    EXPECT_EQ(errorOf(artifact), "");
    return is_contained(state->calls, "cuFuncSetAttribute sum_tokens 8 231424");
  };
  // The kernel has a kilobyte of its own.
  shared = 47 * 1024;
  EXPECT_FALSE(isAsked());
  shared += 16;
  EXPECT_TRUE(isAsked());
  EXPECT_TRUE(is_contained(state->calls, "cuLaunchKernel sum_tokens grid 6,1,1 "
                                         "block 32,1,1 shared 48144"));
  set("FAKE_CUDA_SHARED", 101376);
  shared = 101376;
  EXPECT_EQ(errorOf(artifact), "kernel 'sum_tokens' takes 102400 bytes of "
                               "shared memory, a block has at most 101376 on "
                               "Fake 90");
}

TEST_F(CudaDeviceTest, MoreMemoryThanThereIs) {
  // Inputs, results, the list of two sequences, and one of no segments.
  constexpr int64_t kNeeded = 2 * (480 + 192) + 4 * 8;
  set("FAKE_CUDA_MEMORY", kNeeded);
  EXPECT_EQ(errorOf(getSumTokens()), "");
  set("FAKE_CUDA_MEMORY", kNeeded - 1);
  std::string error = errorOf(getSumTokens());
  EXPECT_TRUE(StringRef(error).contains("the results")) << error;
  EXPECT_FALSE(is_contained(state->calls, "cuMemAlloc 480"));
}

TEST_F(CudaDeviceTest, CodeOfAProcessor) {
  auto device = cantFail(CudaDevice::create());
  Code code{Code::Format::Object, {1}, {}};
  EXPECT_EQ(toString(device->load(code, {}).takeError()),
            "a GPU runs PTX and cubins, found code of the format object");
}
