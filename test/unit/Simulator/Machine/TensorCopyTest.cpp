//===- TensorCopyTest.cpp - tensor maps, and the copies that use them -----===//

#include "Run.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/TensorMap.h"

using namespace sluice::sim;

namespace {

/// A launch whose first parameter is a tensor map of its words, by value.
struct TensorRun : KernelRun {
  TensorMap map;

  /// 64 words, 8 × 8; word (x, y) is 100 y + x. Behind them 128 words that
  /// nobody has written.
  TensorRun() {
    for (uint32_t y = 0; y < 8; ++y)
      for (uint32_t x = 0; x < 8; ++x)
        words.push_back(100 * y + x);
    words.resize(64 + 128);
    map.rank = 2;
    map.dims = {8, 8};
    map.strides = {4, 32};
    map.box = {4, 2};
    map.element = TensorElement::U32;
    options.block.x = 32;
  }

  /// %map and %data are the addresses of the map and of the words; %s, %m of a
  /// tile and a map in shared memory; %w of a map in global memory; %first
  /// holds for lane 0, %t is the lane.
  void run(const std::string &body) {
    std::string text = R"(
.version 8.6
.target sm_90a
.address_size 64
.global .align 128 .b8 made[128];
.visible .entry k(.param .align 64 .b8 map[128], .param .u64 data) {
.shared .align 128 .b8 tile[512];
.shared .align 128 .b8 work[128];
.shared .align 8 .b64 barrier;
.reg .b64 %map, %data, %w, %x<9>;
.reg .b32 %t, %s, %m, %v, %r<9>;
.reg .pred %first, %done;
mov.b64 %map, map;
cvta.param.u64 %map, %map;
ld.param.u64 %data, [data];
mov.u64 %w, made;
mov.u32 %t, %tid.x;
mov.u32 %s, tile;
mov.u32 %m, work;
setp.eq.u32 %first, %t, 0;
@%first mbarrier.init.shared::cta.b64 [barrier], 1;
fence.mbarrier_init.release.cluster;
bar.sync 0;
)" + body + "\nret;\n}\n";
    Device device(getInstructionSet());
    auto module = device.load(text, "test.ptx");
    if (!module) {
      error = llvm::toString(module.takeError());
      return;
    }
    loaded = *module;
    uint64_t address = llvm::cantFail(device.allocate(words.size() * 4));
    llvm::MutableArrayRef<uint8_t> bytes(
        reinterpret_cast<uint8_t *>(words.data()), words.size() * 4);
    llvm::cantFail(device.copyIn(address, bytes));
    map.address = address;
    auto encoded = encodeTensorMap(map);
    std::vector<uint8_t> argument(8);
    std::memcpy(argument.data(), &address, 8);
    options.arguments = {{encoded.begin(), encoded.end()}, argument};
    auto launched = device.launch(**module, "", options);
    if (!launched) {
      error = llvm::toString(launched.takeError());
      return;
    }
    result = std::move(*launched);
    llvm::cantFail(device.copyOut(address, bytes));
  }

  /// What lane t read of the tile.
  uint32_t got(unsigned t) const { return words[64 + t]; }
  std::string messages() const {
    std::string all = error;
    for (const Finding &finding : result.findings)
      all += finding.message + "\n";
    return all;
  }
};

/// One lane copies `bytes` by the map at register `map`, at {x, y}; each lane
/// stores its word of the tile.
std::string load(const char *map, const char *coordinates, unsigned bytes) {
  return "@%first mbarrier.arrive.expect_tx.shared::cta.b64 _, [barrier], " +
         std::to_string(bytes) +
         ";\n@%first "
         "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx"
         "::bytes [tile], [" +
         map + ", " + coordinates +
         "], [barrier];\n"
         "wait:\n"
         "mbarrier.try_wait.parity.shared::cta.b64 %done, [barrier], 0;\n"
         "@!%done bra wait;\n"
         "setp.ge.u32 %done, %t, " +
         std::to_string(bytes / 4) +
         ";\n@%done bra end;\n"
         "mad.lo.u32 %r1, %t, 4, %s;\n"
         "ld.shared.u32 %v, [%r1];\n"
         "mul.wide.u32 %x1, %t, 4;\n"
         "add.s64 %x1, %data, %x1;\n"
         "st.global.u32 [%x1+256], %v;\n"
         "end:\n";
}

TEST(TensorCopy, ABox) {
  TensorRun run;
  run.run(load("%map", "{2, 3}", 32));
  EXPECT_EQ(run.messages(), "");
  for (unsigned t = 0; t < 8; ++t)
    EXPECT_EQ(run.got(t), 100 * (3 + t / 4) + 2 + t % 4);
}

TEST(TensorCopy, ElementStrides) {
  // Of 5 rows every other one: rows 3, 5 and 7.
  TensorRun run;
  run.map.box = {4, 5};
  run.map.elementStrides = {1, 2, 1, 1, 1};
  run.run(load("%map", "{2, 3}", 48));
  EXPECT_EQ(run.messages(), "");
  for (unsigned t = 0; t < 12; ++t)
    EXPECT_EQ(run.got(t), 100 * (3 + t / 4 * 2) + 2 + t % 4);
}

TEST(TensorCopy, ElementStridesBeyondTheTensor) {
  TensorRun run;
  run.map.box = {4, 6};
  run.map.elementStrides = {1, 3, 1, 1, 1};
  run.run(load("%map", "{4, 7}", 32));
  EXPECT_EQ(run.messages(), "");
  for (unsigned t = 0; t < 8; ++t)
    EXPECT_EQ(run.got(t), t < 4 ? 700 + 4 + t : 0);
}

TEST(TensorCopy, RefusesInterleavedMaps) {
  TensorRun run;
  run.map.rank = 3;
  run.map.dims = {8, 4, 2};
  run.map.strides = {4, 32, 128};
  run.map.box = {4, 2, 1};
  run.map.interleave = TensorInterleave::Bytes16;
  std::string text = load("%map", "{0, 0, 0}", 32);
  text.replace(text.find("tensor.2d"), 9, "tensor.3d");
  run.options.limit = 100'000;
  run.run(text);
  EXPECT_NE(run.messages().find("interleaved tensors are not simulated"),
            std::string::npos)
      << run.messages();
}

/// Makes the map in shared memory of nothing, as Triton does.
const char *const kMake = R"(
mad.lo.u32 %r1, %t, 4, %m;
st.shared.b32 [%r1], 0;
bar.warp.sync -1;
@!%first bra made_it;
tensormap.replace.tile.global_address.shared::cta.b1024.b64 [%m], %data;
tensormap.replace.tile.rank.shared::cta.b1024.b32 [%m], 1;
tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [%m], 0, 4;
tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [%m], 1, 2;
tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [%m], 0, 6;
mov.u32 %r2, 8;
tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [%m], 1, %r2;
tensormap.replace.tile.global_stride.shared::cta.b1024.b64 [%m], 0, 32;
tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [%m], 0, 1;
tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [%m], 1, 1;
tensormap.replace.tile.elemtype.shared::cta.b1024.b32 [%m], 7;
tensormap.replace.tile.interleave_layout.shared::cta.b1024.b32 [%m], 0;
tensormap.replace.tile.swizzle_mode.shared::cta.b1024.b32 [%m], 0;
tensormap.replace.tile.swizzle_atomicity.shared::cta.b1024.b32 [%m], 0;
tensormap.replace.tile.fill_mode.shared::cta.b1024.b32 [%m], 1;
made_it:
bar.warp.sync -1;
)";
const char *const kPublish =
    "tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu"
    ".sync.aligned [%w], [%m], 128;\n";
const char *const kAcquire =
    "fence.proxy.tensormap::generic.acquire.gpu [%w], 128;\n";

TEST(TensorMapOps, MakesAMap) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    TensorRun run;
    run.options.seed = seed;
    run.run(std::string(kMake) + kPublish + kAcquire +
            load("%w", "{3, 1}", 32));
    ASSERT_EQ(run.messages(), "");
    for (unsigned t = 0; t < 8; ++t)
      // Beyond the tensor's 6 columns stands NaN.
      EXPECT_EQ(run.got(t),
                t % 4 == 3 ? 0x7ff77ff7 : 100 * (1 + t / 4) + 3 + t % 4);
  }
}

TEST(TensorMapOps, ReportsAMapWithoutAFence) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    TensorRun run;
    run.options.seed = seed;
    run.run(std::string(kMake) + kPublish + "fence.proxy.async;\n" +
            load("%w", "{3, 1}", 32));
    EXPECT_EQ(run.kinds(), "async-use");
    EXPECT_NE(run.messages().find("no fence.proxy.tensormap::generic.acquire"),
              std::string::npos)
        << run.messages();
  }
}

TEST(TensorMapOps, ReportsAChangeBehindTheFence) {
  // The map in the parameters cannot be changed: one in global memory.
  TensorRun run;
  run.run(std::string(kMake) + kPublish + kAcquire +
          "@%first tensormap.replace.tile.box_dim.global.b1024.b32 [%w], 1, "
          "1;\n" +
          load("%w", "{3, 1}", 16));
  EXPECT_EQ(run.kinds(), "async-use") << run.messages();
}

TEST(TensorMapOps, ReportsAnotherThreadsUnorderedChange) {
  // Lane 0 of another warp uses the map while the first makes it.
  TensorRun run;
  run.options.block.x = 64;
  run.options.limit = 200'000;
  run.run(R"(
    setp.ge.u32 %done, %t, 32;
    @%done bra other;
  )" + std::string(kMake) +
          kPublish + R"(
    bra end;
    other:
    setp.ne.u32 %done, %t, 32;
    @%done bra end;
    fence.proxy.tensormap::generic.acquire.gpu [%w], 128;
    cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%w, {0, 0}], [tile];
    end:
  )");
  EXPECT_NE(run.kinds().find("race"), std::string::npos) << run.kinds();
}

TEST(TensorMapOps, ReportsWhatIsNoMap) {
  TensorRun run;
  run.run("mov.u32 %r1, 7;\n@%first st.shared.b32 [%m], %r1;\n@%first "
          "tensormap.replace.tile.rank.shared::cta.b1024.b32 [%m], 1;");
  EXPECT_EQ(run.kinds(), "uninitialized");
  TensorRun ranks;
  ranks.run(std::string(kMake) +
            "mov.u32 %r1, 5;\n@%first "
            "tensormap.replace.tile.rank.shared::cta.b1024.b32 [%m], %r1;");
  EXPECT_EQ(ranks.kinds(), "async-use");
  TensorRun constant;
  constant.run("@%first tensormap.replace.tile.rank.b1024.b32 [%map], 1;");
  EXPECT_EQ(constant.kinds(), "out-of-bounds");
}

TEST(TensorMapOps, Errors) {
  auto errorOf = [](const std::string &instruction) {
    TensorRun run;
    run.run(instruction);
    return run.error;
  };
  auto has = [&](const std::string &instruction, const char *text) {
    std::string error = errorOf(instruction);
    EXPECT_NE(error.find(text), std::string::npos) << error;
  };
  has("tensormap.replace.tile.elemtype.shared::cta.b1024.b32 [%m], 13;",
      "'.elemtype' is 0 to 15, found 13: it is not simulated");
  has("tensormap.replace.tile.swizzle_mode.shared::cta.b1024.b32 [%m], 5;",
      "'.swizzle_mode' is 0 to 4, found 5");
  has("tensormap.replace.tile.fill_mode.shared::cta.b1024.b32 [%m], %t;",
      "expected a constant for '.fill_mode'");
  has("tensormap.replace.tile.global_stride.shared::cta.b1024.b64 [%m], 4, 1;",
      "expected 0 to 3 as the ordinal");
  has("fence.proxy.tensormap::generic.acquire.gpu [%w], 64;",
      "expected 128 as the size");
}

/// All lanes store a box to one place, half of them from another tile.
TEST(TensorCopy, StoresOfTheSameBox) {
  for (TensorSwizzle swizzle : {TensorSwizzle::None, TensorSwizzle::Bytes32})
    for (unsigned other : {0, 1}) {
      TensorRun run;
      run.map.swizzle = swizzle;
      run.run("mad.lo.u32 %r1, %t, 4, %s;\n"
              "add.u32 %r2, %t, " +
              std::to_string(other) +
              ";\n"
              "st.shared.u32 [%r1], %t;\n"
              "st.shared.u32 [%r1+256], %r2;\n"
              "fence.proxy.async;\n"
              "bar.sync 0;\n"
              "shr.u32 %r3, %t, 4;\n"
              "mad.lo.u32 %r3, %r3, 256, %s;\n"
              "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group "
              "[%map, {2, 3}], [%r3];\n"
              "cp.async.bulk.commit_group;\n"
              "cp.async.bulk.wait_group 0;\n");
      EXPECT_EQ(run.kinds(),
                other ? "race same-value-write" : "same-value-write");
      EXPECT_NE(run.messages().find("the same value"), std::string::npos);
    }
}

/// All lanes load a box to one place: the same, of which one word is in the
/// tensor, or odd lanes another one.
TEST(TensorCopy, LoadsOfTheSameBox) {
  for (TensorSwizzle swizzle : {TensorSwizzle::None, TensorSwizzle::Bytes32})
    for (auto [x, kinds] :
         {std::pair("7", "same-value-write"), {"%v", "race"}}) {
      TensorRun run;
      run.map.swizzle = swizzle;
      run.run("and.b32 %v, %t, 1;\n"
              "@%first mbarrier.arrive.expect_tx.shared::cta.b64 _, [barrier], "
              "1024;\n"
              "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::"
              "complete_tx::bytes [tile], [%map, {" +
              std::string(x) +
              ", 7}], [barrier];\n"
              "wait:\n"
              "mbarrier.try_wait.parity.shared::cta.b64 %done, [barrier], 0;\n"
              "@!%done bra wait;\n");
      EXPECT_NE(run.kinds().find(kinds), std::string::npos) << run.messages();
      EXPECT_EQ(run.result.hasErrors(), std::string(kinds) == "race");
    }
}

} // namespace
