//===- LoadedModuleTest.cpp - a module is decoded once --------------------===//

#include "lib/Simulator/Machine/LoadedModule.h"
#include "lib/PTX/Parser.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/InstructionSet.h"
#include <atomic>
#include <gtest/gtest.h>
#include <thread>

using namespace sluice;
using namespace sluice::sim;

namespace {

/// The simulator's instructions, and how often a decoder has asked for them.
class CountingInstructions : public InstructionSet {
public:
  llvm::ArrayRef<InstructionDecoder> getDecoders() const override {
    ++asked;
    return all.getDecoders();
  }
  Flow returnFromFunction(Warp &warp, Mask lanes) const override {
    return all.returnFromFunction(warp, lanes);
  }
  void checkExit(Warp &warp, Mask lanes) const override {
    all.checkExit(warp, lanes);
  }
  void checkRest(Warp &warp) const override { all.checkRest(warp); }
  void perturb(Program &program) const override {
    ++perturbed;
    all.perturb(program);
  }

  mutable std::atomic<unsigned> asked = 0, perturbed = 0;

private:
  const InstructionSet &all = getInstructionSet();
};

constexpr const char *kText = R"(
.version 8.0
.target sm_90a
.address_size 64
.visible .entry sine(.param .u64 data) {
  .reg .b64 %a;
  .reg .f32 %x;
  ld.param.u64 %a, [data];
  mov.f32 %x, 0f3F000000;
  sin.approx.f32 %x, %x;
  st.global.f32 [%a], %x;
  ret;
}
.visible .entry one(.param .u64 data) {
  .reg .b64 %a;
  ld.param.u64 %a, [data];
  st.global.u32 [%a], 1;
  ret;
}
)";

class LoadedModules : public testing::Test {
protected:
  LoadedModules() {
    module = llvm::cantFail(
        device.load(std::shared_ptr<const ptx::Module>(
                        llvm::cantFail(ptx::parseModule(kText, "test.ptx"))),
                    "test.ptx"));
    word = llvm::cantFail(device.allocate(4));
  }

  /// The word that the entry stores.
  uint32_t launch(llvm::StringRef entry, bool perturb = false,
                  uint64_t seed = 0) {
    LaunchOptions options;
    options.perturb = perturb;
    options.seed = seed;
    options.arguments.emplace_back(8);
    std::memcpy(options.arguments[0].data(), &word, 8);
    LaunchResult result =
        llvm::cantFail(device.launch(*module, entry, options));
    EXPECT_TRUE(result.finished && !result.hasErrors());
    uint8_t bytes[4];
    llvm::cantFail(device.copyOut(word, bytes));
    uint32_t value;
    std::memcpy(&value, bytes, 4);
    return value;
  }

  CountingInstructions instructions;
  Device device{instructions};
  std::shared_ptr<LoadedModule> module;
  uint64_t word = 0;
};

TEST_F(LoadedModules, LaunchesDecodeAnEntryOnce) {
  uint32_t first = launch("sine");
  unsigned asked = instructions.asked;
  EXPECT_GT(asked, 0u);
  EXPECT_EQ(launch("sine"), first);
  EXPECT_EQ(instructions.asked, asked);
  // Each entry by itself.
  EXPECT_EQ(launch("one"), 1u);
  EXPECT_GT(instructions.asked, asked);
}

TEST_F(LoadedModules, PerturbedProgramsAreOthers) {
  uint32_t exact = launch("sine");
  bool moves = false;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    moves |= launch("sine", /*perturb=*/true, seed) != exact;
    EXPECT_EQ(launch("sine", /*perturb=*/false, seed), exact);
  }
  EXPECT_TRUE(moves);
  EXPECT_EQ(instructions.perturbed, 1u);
}

TEST_F(LoadedModules, ThreadsShareAProgram) {
  std::shared_ptr<const Program> programs[4];
  {
    std::vector<std::thread> threads;
    for (auto &program : programs)
      threads.emplace_back(
          [&] { program = llvm::cantFail(module->getProgram("one", false)); });
    for (std::thread &thread : threads)
      thread.join();
  }
  unsigned asked = instructions.asked;
  for (const auto &program : programs)
    EXPECT_EQ(program, programs[0]);
  EXPECT_EQ(launch("one"), 1u);
  EXPECT_EQ(instructions.asked, asked);
}

TEST_F(LoadedModules, NamesTheEntriesThereAre) {
  auto program = module->getProgram("", false);
  ASSERT_FALSE(bool(program));
  EXPECT_EQ(llvm::toString(program.takeError()),
            "test.ptx: error: has several entries, name one: 'sine', 'one'");
}

} // namespace
