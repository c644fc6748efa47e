//===- VideoTest.cpp - video instructions ---------------------------------===//
//
// PTX ISA 9.0, section 9.7.18, from the text to the words: each case with the
// ISA's own formula.
//
//===----------------------------------------------------------------------===//

#include "Run.h"
#include <algorithm>

using namespace sluice::sim;

namespace {

constexpr uint32_t kValues[] = {0,          1,          0x7f,       0x80,
                                0xff,       0x7fff,     0x8000,     0xffff,
                                0x7fffffff, 0x80000000, 0xffffffff, 0x12345678,
                                0xfedcba98, 0x00ff7f80, 0x8001fffe, 0x0102fdfc};
constexpr unsigned kCount = std::size(kValues);
constexpr unsigned kThreads = 256;

struct Triple {
  uint32_t a, b, c;
};
Triple getTriple(unsigned t) {
  return {kValues[t % kCount], kValues[t / kCount % kCount],
          kValues[(t * 5 + t / kCount) % kCount]};
}

/// `instruction` of %d, %a, %b, %c, against the formula.
void check(const std::string &instruction,
           int64_t (*formula)(uint32_t, uint32_t, uint32_t)) {
  KernelRun run;
  run.options.block.x = kThreads;
  for (unsigned t = 0; t < kThreads; ++t) {
    Triple in = getTriple(t);
    run.words.insert(run.words.end(), {in.a, in.b, in.c, 0});
  }
  run.run(R"(
    .reg .b32 %t, %a, %b, %c, %d, %e; .reg .b64 %p;
    mov.u32 %t, %tid.x;
    mul.wide.u32 %p, %t, 16;
    add.s64 %p, %data, %p;
    ld.global.v4.u32 {%a, %b, %c, %e}, [%p];
    mov.u32 %d, 0;
    )" + instruction +
          ";\nst.global.u32 [%p+12], %d;");
  ASSERT_EQ(run.kinds(), "") << instruction;
  for (unsigned t = 0; t < kThreads; ++t) {
    Triple in = getTriple(t);
    ASSERT_EQ(run.words[4 * t + 3],
              static_cast<uint32_t>(formula(in.a, in.b, in.c)))
        << instruction << std::hex << " of " << in.a << ", " << in.b << ", "
        << in.c;
  }
}

int64_t sign(uint32_t x) { return static_cast<int32_t>(x); }
int64_t clamp(int64_t x, int64_t least, int64_t most) {
  return std::min(std::max(x, least), most);
}
int64_t byteOf(uint32_t x, unsigned i) {
  return static_cast<int8_t>(x >> 8 * i);
}
int64_t halfOf(uint32_t x, unsigned i) {
  return static_cast<int16_t>(x >> 16 * i);
}
int64_t ubyteOf(uint32_t x, unsigned i) { return x >> 8 * i & 0xff; }

TEST(Video, Scalar) {
  check("vadd.s32.u32.s32 %d, %a, %b",
        [](uint32_t a, uint32_t b, uint32_t) { return a + sign(b); });
  check("vadd.s32.u32.s32.sat %d, %a, %b",
        [](uint32_t a, uint32_t b, uint32_t) {
          return clamp(a + sign(b), INT32_MIN, INT32_MAX);
        });
  check("vadd.u32.s32.s32.sat %d, %a.b1, %b.h1",
        [](uint32_t a, uint32_t b, uint32_t) {
          return clamp(byteOf(a, 1) + halfOf(b, 1), 0, UINT32_MAX);
        });
  check("vsub.u32.u32.u32.sat %d, %a, %b",
        [](uint32_t a, uint32_t b, uint32_t) {
          return clamp(int64_t{a} - b, 0, UINT32_MAX);
        });
  check("vabsdiff.u32.s32.u32 %d, %a.b3, %b.b0",
        [](uint32_t a, uint32_t b, uint32_t) {
          return std::abs(byteOf(a, 3) - ubyteOf(b, 0));
        });
  check("vmin.s32.s32.s32 %d, %a.h0, %b.h1",
        [](uint32_t a, uint32_t b, uint32_t) {
          return std::min(halfOf(a, 0), halfOf(b, 1));
        });
  check("vmax.u32.u32.u32 %d, %a, %b", [](uint32_t a, uint32_t b, uint32_t) {
    return std::max<int64_t>(a, b);
  });
}

TEST(Video, ScalarWithC) {
  check("vmin.s32.s32.s32.sat.add %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return std::min(sign(a), sign(b)) + sign(c);
        });
  check("vadd.u32.u32.u32.sat.min %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return std::min(clamp(int64_t{a} + b, 0, UINT32_MAX), int64_t{c});
        });
  check("vsub.s32.s32.s32.max %d, %a.b0, %b.b1, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return std::max(byteOf(a, 0) - byteOf(b, 1), sign(c));
        });
  check("vabsdiff.s32.s32.s32.sat %d.h0, %a.b0, %b.b2, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          int64_t part = std::abs(byteOf(a, 0) - byteOf(b, 2));
          return int64_t{(c & 0xffff0000) | (part & 0xffff)};
        });
  check("vadd.s32.s32.s32.sat %d.b2, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          int64_t part = clamp(sign(a) + sign(b), -128, 127);
          return int64_t{(c & 0xff00ffff) | (part & 0xff) << 16};
        });
}

TEST(Video, Shifts) {
  check("vshl.u32.u32.u32.clamp %d, %a, %b",
        [](uint32_t a, uint32_t b, uint32_t) {
          return b > 31 ? 0 : int64_t{a} << b;
        });
  check("vshl.s32.s32.u32.sat.wrap %d, %a, %b", [](uint32_t a, uint32_t b,
                                                   uint32_t) {
    return clamp(sign(a) * (int64_t{1} << (b & 31)), INT32_MIN, INT32_MAX);
  });
  check("vshr.s32.s32.u32.clamp %d, %a, %b.b0",
        [](uint32_t a, uint32_t b, uint32_t) {
          return sign(a) >> std::min<int64_t>(ubyteOf(b, 0), 32);
        });
  check("vshr.u32.u32.u32.wrap.add %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return (int64_t{a} >> (b & 31)) + c;
        });
}

TEST(Video, Set) {
  check("vset.s32.u32.lt %d, %a, %b",
        [](uint32_t a, uint32_t b, uint32_t) { return int64_t{sign(a) < b}; });
  check("vset.u32.u32.ne.add %d, %a, %b.h1, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return int64_t{(a != b >> 16) + c};
        });
  check("vset.s32.s32.ge %d.b3, %a.b0, %b.b0, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return int64_t{(c & 0xffffff) | uint32_t(byteOf(a, 0) >= byteOf(b, 0))
                                              << 24};
        });
}

TEST(Video, Mad) {
  check("vmad.u32.u32.u32 %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return static_cast<int64_t>(uint64_t{a} * b + c);
        });
  check("vmad.s32.s32.u32.sat %d, %a, %b.h0, -%c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return clamp(sign(a) * (b & 0xffff) - sign(c), INT32_MIN, INT32_MAX);
        });
  check("vmad.s32.s32.s32.shr7 %d, -%a.h0, %b.h1, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return (-(halfOf(a, 0) * halfOf(b, 1)) + sign(c)) >> 7;
        });
  check("vmad.u32.u32.u32.po.shr15 %d, %a.h0, %b.h0, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return static_cast<int64_t>(
              (uint64_t{a & 0xffff} * (b & 0xffff) + c + 1) >> 15);
        });
}

template <typename Function>
int64_t merge(unsigned bits, uint32_t mask, uint32_t c, Function part) {
  uint32_t result = 0, all = (1u << bits) - 1;
  for (unsigned i = 0; i < 32 / bits; ++i) {
    uint32_t value =
        mask >> i & 1 ? static_cast<uint32_t>(part(i)) : c >> i * bits;
    result |= (value & all) << i * bits;
  }
  return result;
}

TEST(Video, Halves) {
  check("vadd2.s32.s32.s32.sat %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return merge(16, 3, c, [=](unsigned i) {
            return clamp(halfOf(a, i) + halfOf(b, i), -32768, 32767);
          });
        });
  check("vsub2.s32.s32.s32.sat %d.h0, %a.h10, %b.h21, %c",
        [](uint32_t a, uint32_t, uint32_t c) {
          // b's parts count through a and b: 1 is a's upper half.
          return merge(16, 1, c, [=](unsigned) {
            return clamp(halfOf(a, 0) - halfOf(a, 1), -32768, 32767);
          });
        });
  check("vavrg2.s32.s32.s32 %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return merge(16, 3, c, [=](unsigned i) {
            int64_t sum = halfOf(a, i) + halfOf(b, i);
            return sum >= 0 ? (sum + 1) >> 1 : sum >> 1;
          });
        });
  check("vmin2.s32.u32.u32.add %d.h10, %a.h00, %b.h22, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return c + 2 * int64_t{std::min(a & 0xffff, b & 0xffff)};
        });
  check("vset2.s32.u32.lt %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return merge(16, 3, c, [=](unsigned i) {
            return halfOf(a, i) < int64_t{b >> 16 * i & 0xffff};
          });
        });
}

TEST(Video, Bytes) {
  check("vadd4.u32.u32.u32.sat %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return merge(8, 15, c, [=](unsigned i) {
            return clamp(ubyteOf(a, i) + ubyteOf(b, i), 0, 255);
          });
        });
  check("vabsdiff4.u32.u32.u32.add %d, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          int64_t sum = c;
          for (unsigned i = 0; i < 4; ++i)
            sum += std::abs(ubyteOf(a, i) - ubyteOf(b, i));
          return sum;
        });
  check("vmax4.s32.s32.s32 %d.b31, %a.b0123, %b.b7654, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          return merge(8, 10, c, [=](unsigned i) {
            return std::max(byteOf(a, 3 - i), byteOf(b, i));
          });
        });
  check("vset4.s32.s32.eq.add %d.b210, %a, %b, %c",
        [](uint32_t a, uint32_t b, uint32_t c) {
          int64_t sum = c;
          for (unsigned i = 0; i < 3; ++i)
            sum += byteOf(a, i) == byteOf(b, i);
          return sum;
        });
}

TEST(Video, Errors) {
  auto errorOf = [](const std::string &instruction) {
    KernelRun run;
    run.words.assign(1, 0);
    run.run(".reg .b32 %a; .reg .pred %p;\n" + instruction + ";");
    return run.error;
  };
  auto has = [&](const std::string &instruction, const char *text) {
    EXPECT_NE(errorOf(instruction).find(text), std::string::npos)
        << errorOf(instruction);
  };
  has("vadd.s32.s32.s32 %a, %a.b4, %a", "expected .b0 to .b3, .h0 or .h1");
  has("vadd.s32.s32.s32 %a.b0, %a, %a", "has a third source with");
  has("vadd.s32.s32.s32.add %a.b0, %a, %a, %a", "do not go together");
  has("vadd.s32.s32.s32 %a, -%a, %a", "'vadd' takes no negated register");
  has("vadd2.s32.s32.s32 %a, %a.h4, %a, %a", "expected 'h' and 2 digits");
  has("vadd4.s32.s32.s32 %a.b01, %a, %a, %a", "from the highest to the lowest");
  has("vmad.s32.s32.s32 %a, -%a, %a, -%a", "negates the product or c");
  // Nothing else takes parts or signs.
  has("add.u32 %a, %a.b0, %a", "takes no negated register and no part of one");
  has("add.u32 %a, %a, -%a", "takes no negated register and no part of one");
  has("add.u32 %a.h0, %a, %a", "expected a register as the destination");
}

} // namespace
