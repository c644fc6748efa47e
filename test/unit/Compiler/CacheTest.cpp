//===- CacheTest.cpp - Artifacts that are compiled once -------------------===//

#include "lib/Compiler/Cache.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"
#include "test/unit/Runtime/TestProblem.h"
#include "llvm/Support/FileSystem.h"
#include <thread>

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

namespace {
class CacheTest : public sluice::test::TestProblem {
protected:
  CacheTest() {
    SmallString<128> path;
    cantFail(errorCodeToError(
        sys::fs::createUniqueDirectory("sluice-cache-test", path)));
    root = path.str().str();
    folder = root + "/cache";
  }
  ~CacheTest() override { EXPECT_FALSE(sys::fs::remove_directories(root)); }

  /// Of the smallest sizes that there are.
  static CompileOptions getSmall(delta::RecurrenceOp op) {
    CompileOptions options;
    options.keyDim = options.valueDim = 4;
    options.argTypes.assign(op.getNumArgs(), io::DType::F32);
    return options;
  }
  bool isCached(const ArtifactCache &cache, const CompileOptions &options) {
    bool cached = false;
    cantFail(cache.compile(spec.op, options, &cached));
    return cached;
  }

  std::string root, folder;
};
} // namespace

TEST_F(CacheTest, ASecondTimeCompilesNothing) {
  load("delta_rule");
  ArtifactCache cache(folder);
  bool first = true, second = false;
  Artifact made = cantFail(cache.compile(spec.op, getSmall(spec.op), &first));
  Artifact found = cantFail(cache.compile(spec.op, getSmall(spec.op), &second));
  EXPECT_FALSE(first);
  EXPECT_TRUE(second);
  EXPECT_EQ(made, found);
  EXPECT_EQ(cache.getInfo().files, 1u);
  EXPECT_GT(cache.getInfo().bytes, 100u);
}

TEST_F(CacheTest, ArtifactsOfOtherThingsAreOthers) {
  load("delta_rule");
  ArtifactCache cache(folder);
  std::vector<CompileOptions> all(6, getSmall(spec.op));
  all[1].valueDim = 8;
  all[2].chunk = 4;
  all[3].argTypes.front() = io::DType::BF16;
  all[4].segment = 16;
  all[5].exactness = Exactness::High;
  for (const CompileOptions &options : all)
    EXPECT_FALSE(isCached(cache, options));
  for (const CompileOptions &options : all)
    EXPECT_TRUE(isCached(cache, options));
  load("linear_attention");
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
}

TEST_F(CacheTest, NothingIsKeptWithoutAFolder) {
  load("linear_attention");
  ArtifactCache cache;
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
}

TEST_F(CacheTest, AFolderThatCannotBeMadeCostsCompiling) {
  load("linear_attention");
  ArtifactCache cache("/dev/null/cache");
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
  EXPECT_EQ(cache.getInfo().files, 0u);
}

TEST_F(CacheTest, DamagedFilesAreWrittenAnew) {
  load("linear_attention");
  ArtifactCache cache(folder);
  isCached(cache, getSmall(spec.op));
  std::error_code code;
  std::string path = sys::fs::directory_iterator(folder, code)->path();
  {
    raw_fd_ostream os(path, code);
    os << "SLUICEA1 and then nothing";
  }
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
  EXPECT_TRUE(isCached(cache, getSmall(spec.op)));
}

TEST_F(CacheTest, OtherArtifactsAreNotTaken) {
  load("linear_attention");
  ArtifactCache cache(folder);
  isCached(cache, getSmall(spec.op));
  std::error_code code;
  std::string path = sys::fs::directory_iterator(folder, code)->path();
  CompileOptions other = getSmall(spec.op);
  other.chunk = 4;
  std::string otherPath =
      folder + "/" + hashArtifact(spec.op, other) + ".artifact";
  ASSERT_FALSE(sys::fs::copy_file(path, otherPath));
  EXPECT_FALSE(isCached(cache, other));
  EXPECT_TRUE(isCached(cache, other));
}

TEST_F(CacheTest, LinksAreNotWrittenThrough) {
  load("linear_attention");
  std::string key = hashArtifact(spec.op, getSmall(spec.op));
  std::error_code code;
  ASSERT_FALSE(sys::fs::create_directory(folder));
  raw_fd_ostream(root + "/precious", code) << "mine";
  ASSERT_FALSE(sys::fs::create_link(root + "/precious",
                                    folder + "/" + key + ".artifact"));
  ArtifactCache cache(folder);
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
  EXPECT_TRUE(isCached(cache, getSmall(spec.op)));
  auto kept = MemoryBuffer::getFile(root + "/precious");
  ASSERT_TRUE(static_cast<bool>(kept));
  EXPECT_EQ((*kept)->getBuffer(), "mine");
}

TEST_F(CacheTest, AFolderMayBeALink) {
  load("linear_attention");
  ASSERT_FALSE(sys::fs::create_directory(root + "/elsewhere"));
  ASSERT_FALSE(sys::fs::create_link(root + "/elsewhere", folder));
  ArtifactCache cache(folder);
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
  EXPECT_TRUE(isCached(cache, getSmall(spec.op)));
  EXPECT_EQ(ArtifactCache(root + "/elsewhere").getInfo().files, 1u);
  EXPECT_EQ(cantFail(cache.clear()).files, 1u);
  EXPECT_TRUE(sys::fs::is_symlink_file(folder));
  // To nowhere: nothing is made there.
  ASSERT_FALSE(sys::fs::remove(root + "/elsewhere"));
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
  EXPECT_FALSE(sys::fs::exists(root + "/elsewhere"));
}

TEST_F(CacheTest, TheOldestGoWhereAFolderIsFull) {
  load("linear_attention");
  ArtifactCache unbounded(folder);
  CompileOptions options = getSmall(spec.op);
  isCached(unbounded, options);
  uint64_t size = unbounded.getInfo().bytes;
  // Room for two or three of about this size.
  ArtifactCache cache(folder, 3 * size);
  for (int64_t dim : {5, 6, 7, 8, 9}) {
    options.keyDim = dim;
    isCached(cache, options);
    EXPECT_LE(cache.getInfo().bytes, cache.getBound());
  }
  EXPECT_GE(cache.getInfo().files, 1u);
  EXPECT_TRUE(isCached(cache, options)); // the newest
  options.keyDim = 5;
  EXPECT_FALSE(isCached(cache, options));
}

TEST_F(CacheTest, WhatWasUsedLatelyStays) {
  load("linear_attention");
  CompileOptions options = getSmall(spec.op);
  auto isDimCached = [&](const ArtifactCache &cache, int64_t dim) {
    options.keyDim = dim;
    return isCached(cache, options);
  };
  // One of four does not fit.
  ArtifactCache all(root + "/all");
  for (int64_t dim : {5, 6, 7, 8})
    isDimCached(all, dim);
  ArtifactCache cache(folder, all.getInfo().bytes - 1);
  for (int64_t dim : {5, 6, 7})
    isDimCached(cache, dim);
  EXPECT_TRUE(isDimCached(cache, 5));
  EXPECT_FALSE(isDimCached(cache, 8));
  EXPECT_EQ(cache.getInfo().files, 3u);
  for (int64_t dim : {5, 7, 8})
    EXPECT_TRUE(isDimCached(cache, dim)) << dim;
  EXPECT_FALSE(isDimCached(cache, 6));
}

TEST_F(CacheTest, ManyAtATime) {
  auto work = [&](bool &isRight) {
    mlir::DialectRegistry registry;
    registerSluiceDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    Spec own = cantFail(loadSpec(context, "linear_attention"));
    ArtifactCache cache(folder, /*bound=*/20'000);
    isRight = true;
    for (int64_t i = 0; i < 12; ++i) {
      CompileOptions options = getSmall(own.op);
      options.keyDim = 4 + i % 3;
      Artifact artifact = cantFail(cache.compile(own.op, options));
      isRight &= artifact.sizes["K"] == options.keyDim;
    }
  };
  bool isRight[4] = {};
  std::vector<std::thread> threads;
  for (bool &one : isRight)
    threads.emplace_back([&] { work(one); });
  for (std::thread &thread : threads)
    thread.join();
  for (bool one : isRight)
    EXPECT_TRUE(one);
}

TEST_F(CacheTest, ClearingRemovesArtifactsAndNothingElse) {
  load("linear_attention");
  ArtifactCache cache(folder);
  isCached(cache, getSmall(spec.op));
  std::error_code code;
  raw_fd_ostream(folder + "/notes.txt", code) << "mine";
  EXPECT_EQ(cantFail(cache.clear()).files, 1u);
  EXPECT_EQ(cache.getInfo().files, 0u);
  EXPECT_TRUE(sys::fs::exists(folder + "/notes.txt"));
  EXPECT_FALSE(isCached(cache, getSmall(spec.op)));
}

TEST_F(CacheTest, WhatIsFoundRuns) {
  load("linear_attention");
  set("q", {1, 5, 1, 4});
  set("k", {1, 5, 1, 4});
  set("v", {1, 5, 1, 4});
  Problem problem = cantFail(bind());
  ArtifactCache cache(folder);
  std::vector<Results> results;
  for (int i = 0; i < 2; ++i) {
    CPUDevice device(/*threads=*/1);
    auto loaded = cantFail(LoadedArtifact::load(
        device, cantFail(cache.compile(spec.op, getCompileOptions(problem)))));
    results.push_back(cantFail(runArtifact(*loaded, problem)));
  }
  for (auto [first, second] : zip(results[0].tensors, results[1].tensors))
    EXPECT_EQ(first.view().bytes, second.view().bytes) << first.name;
}
