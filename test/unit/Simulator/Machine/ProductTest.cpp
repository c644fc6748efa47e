//===- ProductTest.cpp - wgmma beside its warps ---------------------------===//

#include "Run.h"

using namespace sluice::sim;

namespace {

/// A warpgroup multiplies registers by 16 × 8 numbers of shared memory and
/// stores its sums. What a test takes away or adds is a field.
struct Product {
  std::string proxyFence = "fence.proxy.async;", barrier = "bar.sync 0;",
              fence = "wgmma.fence.sync.aligned;",
              commit = "wgmma.commit_group.sync.aligned;", inFlight,
              wait = "wgmma.wait_group.sync.aligned 0;", afterwards;

  KernelRun run(uint64_t seed) const {
    KernelRun run;
    run.words.assign(128, 7);
    run.options.block.x = 128;
    run.options.seed = seed;
    run.run(R"(
      .shared .align 128 .b8 b[256];
      .reg .b32 %t, %s, %x<4>; .reg .f32 %f<4>; .reg .b64 %d, %a; .reg .pred %p;
      mov.u32 %t, %tid.x;
      mov.u32 %s, b;
      mad.lo.u32 %s, %t, 4, %s;
      setp.lt.u32 %p, %t, 64;
      @%p st.shared.b32 [%s], 0x3f803f80;
      )" + proxyFence +
            barrier + R"(
      mov.b32 %x0, 0x3f803f80; mov.b32 %x1, %x0;
      mov.b32 %x2, %x0; mov.b32 %x3, %x0;
      mov.f32 %f0, 0f00000000; mov.f32 %f1, %f0;
      mov.f32 %f2, %f0; mov.f32 %f3, %f0;
      mov.u32 %x0, b;
      cvt.u64.u32 %d, %x0;
      mov.b32 %x0, %x1;
      shr.u64 %d, %d, 4;
      or.b64 %d, %d, 0x800080000;
      )" + fence +
            product + commit + inFlight + wait + afterwards + R"(
      mul.wide.u32 %a, %t, 4;
      add.s64 %a, %data, %a;
      st.global.f32 [%a], %f3;)");
    return run;
  }

  static constexpr const char *product =
      "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 "
      "{%f0, %f1, %f2, %f3}, {%x0, %x1, %x2, %x3}, %d, 1, 1, 1, 0;";
};

} // namespace

/// The kinds of what is found with every seed.
static std::string getKinds(const Product &product) {
  std::string kinds = product.run(0).kinds();
  for (uint64_t seed = 1; seed < 5; ++seed)
    EXPECT_EQ(product.run(seed).kinds(), kinds) << seed;
  return kinds;
}

TEST(Product, Right) {
  EXPECT_EQ(getKinds({}), "");
  for (uint32_t word : Product().run(0).words)
    EXPECT_EQ(word, 0x41800000u); // 16
}

TEST(Product, ProductsOnOneAccumulatorAreInOrder) {
  Product product;
  product.inFlight = std::string(Product::product) + product.commit;
  EXPECT_EQ(getKinds(product), "");
}

TEST(Product, SumsBeforeTheWait) {
  Product product;
  product.wait = "";
  EXPECT_EQ(getKinds(product), "async-use");
  product.wait = "wgmma.wait_group.sync.aligned 1;";
  EXPECT_EQ(getKinds(product), "async-use");
  // The wait is for what has been committed.
  product = {};
  product.commit = "";
  EXPECT_EQ(getKinds(product), "async-use");
}

TEST(Product, RegistersInFlight) {
  Product product;
  product.inFlight = "mov.f32 %f1, 0f00000000;";
  EXPECT_EQ(getKinds(product), "async-use");
  product.inFlight = "mov.b32 %x1, 0;"; // A is still read
  EXPECT_EQ(getKinds(product), "async-use");
  product.inFlight = "mov.b32 %t, %x1; mov.u32 %t, %tid.x;"; // by others, too
  EXPECT_EQ(getKinds(product), "");
  product.inFlight = "";
  product.afterwards = "mov.b32 %x1, 0;";
  EXPECT_EQ(getKinds(product), "");
}

TEST(Product, MissingFenceIsANote) {
  Product product;
  product.fence = "";
  EXPECT_EQ(getKinds(product), "missing-wgmma-fence");
}

TEST(Product, OperandsInSharedMemory) {
  Product product;
  product.proxyFence = "";
  EXPECT_NE(getKinds(product).find("race"), std::string::npos);
  product = {};
  product.barrier = "";
  EXPECT_NE(product.run(0).kinds().find("race"), std::string::npos);
  // Overwritten while it may be read.
  const char *write = "@%p st.shared.b32 [%s], 0;";
  product = {};
  product.inFlight = std::string("bar.sync 0;") + write;
  EXPECT_EQ(getKinds(product), "race");
  // A group is the whole warpgroup's: one warp's wait has seen all warps' parts
  // end.
  product.inFlight = "";
  product.afterwards = write;
  EXPECT_EQ(getKinds(product), "");
}
