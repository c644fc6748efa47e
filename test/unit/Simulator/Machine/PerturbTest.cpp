//===- PerturbTest.cpp - approximate functions that move ------------------===//
//
// Within the errors of the PTX ISA 9.0, section 9.7.3, of long double.
//
//===----------------------------------------------------------------------===//

#include "Run.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <random>

using namespace sluice::sim;

namespace {

constexpr unsigned kThreads = 512;

struct Function {
  const char *instruction;
  float low, high;
  long double (*exact)(long double a, long double b);
  /// Of an input and its exact result.
  long double (*error)(long double a, long double result);
};

/// One of f32, above a number of that size.
long double unit(long double x) {
  auto size = static_cast<float>(std::fabs(x));
  return std::nextafter(size, INFINITY) - size;
}

const Function kFunctions[] = {
    {"ex2.approx.f32 %d, %a", -100, 100,
     [](long double a, long double) { return std::exp2(a); },
     [](long double, long double r) { return 2.5L * unit(r); }},
    {"lg2.approx.ftz.f32 %d, %a", 0.5f, 2,
     [](long double a, long double) { return std::log2(a); },
     [](long double, long double) { return 0x1p-22L; }},
    {"lg2.approx.f32 %d, %a", 2, 1e30f,
     [](long double a, long double) { return std::log2(a); },
     [](long double, long double r) { return 0x1p-22L * std::fabs(r); }},
    {"sin.approx.f32 %d, %a", -6.28f, 6.28f,
     [](long double a, long double) { return std::sin(a); },
     [](long double, long double) { return std::exp2(-20.5L); }},
    {"cos.approx.f32 %d, %a", -300, 300,
     [](long double a, long double) { return std::cos(a); },
     [](long double a, long double) {
       return std::exp2(std::fabs(a) < 6.28L ? -20.5L : -14.7L);
     }},
    {"tanh.approx.f32 %d, %a", -5, 5,
     [](long double a, long double) { return std::tanh(a); },
     [](long double, long double r) { return 0x1p-11L * std::fabs(r); }},
    {"rcp.approx.f32 %d, %a", -1000, 1000,
     [](long double a, long double) { return 1 / a; },
     [](long double, long double r) { return unit(r); }},
    {"sqrt.approx.f32 %d, %a", 0, 1000,
     [](long double a, long double) { return std::sqrt(a); },
     [](long double, long double r) { return 0x1p-23L * r; }},
    {"rsqrt.approx.ftz.f32 %d, %a", 0, 1000,
     [](long double a, long double) { return 1 / std::sqrt(a); },
     [](long double, long double r) { return std::exp2(-22.9L) * r; }},
    {"div.approx.f32 %d, %a, %b", -1000, 1000,
     [](long double a, long double b) { return a / b; },
     [](long double, long double r) { return 2 * unit(r); }},
    {"div.full.f32 %d, %a, %b", -1000, 1000,
     [](long double a, long double b) { return a / b; },
     [](long double, long double r) { return 2 * unit(r); }}};

std::vector<float> run(const char *instruction, const std::vector<float> &in,
                       bool perturb, uint64_t seed) {
  KernelRun kernel;
  unsigned threads = in.size() / 2;
  kernel.words.reserve(in.size());
  for (float x : in)
    kernel.words.push_back(llvm::bit_cast<uint32_t>(x));
  kernel.options.block.x = threads;
  kernel.options.perturb = perturb;
  kernel.options.seed = seed;
  kernel.run(R"(
    .reg .b32 %t; .reg .b64 %p; .reg .f32 %a, %b, %d;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %p, %t, 8;
    add.s64 %p, %data, %p;
    ld.global.v2.f32 {%a, %b}, [%p];
    )" + std::string(instruction) +
             ";\nst.global.f32 [%p], %d;");
  EXPECT_EQ(kernel.kinds(), "");
  std::vector<float> out;
  out.reserve(threads);
  for (unsigned i = 0; i < threads; ++i)
    out.push_back(llvm::bit_cast<float>(kernel.words[2 * i]));
  return out;
}

TEST(Perturb, StaysWithinTheErrorsOfTheISA) {
  for (const Function &function : kFunctions) {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> draw(function.low, function.high);
    std::vector<float> in(2 * kThreads);
    for (float &x : in)
      x = draw(random);
    auto plain = run(function.instruction, in, false, 1);
    EXPECT_EQ(plain, run(function.instruction, in, false, 2));
    unsigned moved = 0;
    std::vector<float> last = plain;
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      auto out = run(function.instruction, in, true, seed);
      EXPECT_EQ(out, run(function.instruction, in, true, seed));
      EXPECT_NE(out, last) << function.instruction;
      last = out;
      for (unsigned i = 0; i < kThreads; ++i) {
        long double exact = function.exact(in[2 * i], in[2 * i + 1]);
        moved += out[i] != plain[i];
        ASSERT_LE(std::fabs(out[i] - exact), function.error(in[2 * i], exact))
            << function.instruction << " of " << in[2 * i] << " and "
            << in[2 * i + 1] << ": " << out[i];
      }
    }
    EXPECT_GT(moved, kThreads / 2) << function.instruction;
  }
}

TEST(Perturb, OneNumberHasOneResult) {
  std::vector<float> in(2 * kThreads, 1.2345f);
  for (float x : run("ex2.approx.f32 %a, %a;\nmov.f32 %d, %a", in, true, 3))
    EXPECT_EQ(x, run("ex2.approx.f32 %d, %a", in, true, 3)[0]);
}

TEST(Perturb, SpecialNumbersStay) {
  std::vector<float> in;
  for (float x : {0.f, -0.f, INFINITY, -INFINITY, NAN, 1e-40f, -1e-40f})
    for (float y : {1.f, 0.f})
      in.insert(in.end(), {x, y});
  for (const Function &function : kFunctions)
    for (uint64_t seed = 0; seed < 10; ++seed) {
      auto plain = run(function.instruction, in, false, seed),
           moved = run(function.instruction, in, true, seed);
      for (auto [a, b] : llvm::zip(plain, moved))
        EXPECT_EQ(llvm::bit_cast<uint32_t>(a), llvm::bit_cast<uint32_t>(b))
            << function.instruction;
    }
  // Exact ones, and those at the ends of the format.
  for (uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(run("rcp.approx.f32 %d, %a", {2, 0}, true, seed)[0], 0.5f);
    EXPECT_EQ(run("sqrt.approx.f32 %d, %a", {9, 0}, true, seed)[0], 3);
    EXPECT_EQ(run("lg2.approx.f32 %d, %a", {1, 0}, true, seed)[0], 0);
    EXPECT_LE(run("tanh.approx.f32 %d, %a", {9, 0}, true, seed)[0], 1);
    EXPECT_TRUE(std::isfinite(
        run("div.full.f32 %d, %a, %b", {3.4028234e38f, 1}, true, seed)[0]));
  }
}

TEST(Perturb, PoisonStays) {
  KernelRun kernel;
  kernel.words.assign(1, 0);
  kernel.options.block.x = 1;
  kernel.options.perturb = true;
  kernel.run(".reg .f32 %a, %d;\nex2.approx.f32 %d, %a;\n"
             "st.global.f32 [%data], %d;");
  EXPECT_EQ(kernel.kinds(), "uninitialized");
}

} // namespace
