//===- ValueTrial.cpp - loops over lanes, tried --------------------------===//

#include "ValueTrial.h"

using namespace sluice;
using namespace sluice::sim;

static constexpr const char *kNames[] = {
#define SLUICE_VALUE_OP(Name) #Name,
#include "lib/Simulator/Execute/ValueOps.def"
};
static constexpr Simd kSimds[] = {Simd::Baseline, Simd::V3, Simd::V4};

namespace {

/// Rows of a few operands. 64-bit words keep them aligned.
class RowFile {
public:
  explicit RowFile(unsigned numOperands) : words(size_t{numOperands} * kLanes) {
    Random random(7);
    for (uint64_t &word : words)
      word = random();
  }
  /// Each operand has two rows, whatever its width.
  Row getRow(unsigned operand) const { return 2 * operand; }
  uint32_t *get() { return reinterpret_cast<uint32_t *>(words.data()); }

  uint64_t load(unsigned operand, unsigned lane, unsigned bits) {
    uint32_t *row = get() + size_t{getRow(operand)} * kLanes;
    if (bits == 1)
      return (row[0] >> lane) & 1;
    if (bits == 64)
      return words[size_t{operand} * kLanes + lane];
    return row[lane] & (~0u >> (32 - bits));
  }
  /// Bits above a narrow value stay what they were: noise.
  void store(unsigned operand, unsigned lane, unsigned bits, uint64_t value) {
    uint32_t *row = get() + size_t{getRow(operand)} * kLanes;
    if (bits == 1) {
      row[0] =
          (row[0] & ~(1u << lane)) | (static_cast<uint32_t>(value & 1) << lane);
      return;
    }
    if (bits == 64) {
      words[size_t{operand} * kLanes + lane] = value;
      return;
    }
    uint32_t mask = ~0u >> (32 - bits);
    row[lane] = (row[lane] & ~mask) | (static_cast<uint32_t>(value) & mask);
  }

private:
  std::vector<uint64_t> words;
};

} // namespace

static std::string describe(const Tuple &tuple) {
  std::string text;
  char word[32];
  for (uint64_t value : tuple) {
    snprintf(word, sizeof(word), " %llx",
             static_cast<unsigned long long>(value));
    text += word;
  }
  return text;
}

/// Results of one batch of up to 32 lanes, checked for what other lanes keep.
static std::vector<Tuple> runBatch(const Trial &trial, Simd simd,
                                   const Tuple *inputs, size_t count,
                                   Mask active, bool inPlace) {
  unsigned numDestinations = trial.destinations.size();
  RowFile rows(numDestinations + trial.sources.size());
  Operation operation;
  operation.destinations = numDestinations;
  operation.detail[0] = trial.flags;
  operation.detail[1] = trial.second;
  operation.detail[2] = trial.third;
  operation.immediate = trial.immediate;
  for (unsigned i = 0; i < numDestinations; ++i)
    operation.rows.push_back(rows.getRow(i));
  for (unsigned i = 0; i < trial.sources.size(); ++i)
    operation.rows.push_back(rows.getRow(numDestinations + i));
  if (inPlace)
    operation.rows[0] = operation.rows[numDestinations];
  for (unsigned lane = 0; lane < count; ++lane)
    for (unsigned i = 0; i < trial.sources.size(); ++i)
      rows.store(numDestinations + i, lane, trial.sources[i], inputs[lane][i]);

  auto load = [&](unsigned i, unsigned lane, unsigned bits) {
    return rows.load(operation.rows[i] / 2, lane, bits);
  };
  // All bits of the destination's words, of lanes that must not change.
  auto loadAll = [&](unsigned i, unsigned lane) {
    unsigned bits = trial.destinations[i];
    return load(i, lane, bits == 1 ? 1 : bits == 64 ? 64 : 32);
  };
  std::vector<Tuple> before(kLanes), results(kLanes);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    for (unsigned i = 0; i < numDestinations; ++i)
      before[lane].push_back(loadAll(i, lane));
  getValueHandler(trial.op, simd)(rows.get(), operation, active);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    for (unsigned i = 0; i < numDestinations; ++i) {
      results[lane].push_back(load(i, lane, trial.destinations[i]));
      if (!(active >> lane & 1)) {
        EXPECT_EQ(loadAll(i, lane), before[lane][i])
            << kNames[static_cast<size_t>(trial.op)] << " changed lane " << lane
            << ", which is not active";
      }
    }
  results.resize(count);
  return results;
}

void sim::expectAccepted(
    const Trial &trial, const std::vector<Tuple> &inputs,
    const std::function<bool(const Tuple &, const Tuple &)> &accept) {
  static constexpr Mask kMasks[] = {kAllLanes, 0x0f0ff05a, 1u << 31};
  bool mayBeInPlace = trial.destinations.size() == 1 &&
                      !trial.sources.empty() &&
                      trial.destinations[0] == trial.sources[0];
  for (size_t start = 0; start < inputs.size(); start += kLanes) {
    size_t count = std::min<size_t>(kLanes, inputs.size() - start);
    std::vector<Tuple> first;
    for (Simd simd : kSimds) {
      if (!isSupported(simd))
        continue;
      for (Mask mask : kMasks) {
        for (bool inPlace : {false, true}) {
          if (inPlace && (!mayBeInPlace || mask == kMasks[2]))
            continue;
          std::vector<Tuple> results =
              runBatch(trial, simd, &inputs[start], count, mask, inPlace);
          if (first.empty())
            first = results;
          for (size_t lane = 0; lane < count; ++lane) {
            if (!(mask >> lane & 1))
              continue;
            const Tuple &input = inputs[start + lane];
            ASSERT_TRUE(accept(input, results[lane]))
                << kNames[static_cast<size_t>(trial.op)] << describe(input)
                << " gave" << describe(results[lane]) << ", flags "
                << trial.flags << " " << trial.second << ", level "
                << static_cast<int>(simd) << ", mask " << mask;
            ASSERT_EQ(results[lane], first[lane])
                << kNames[static_cast<size_t>(trial.op)] << describe(input)
                << ": level " << static_cast<int>(simd)
                << " differs from the baseline, mask " << mask;
          }
        }
      }
    }
  }
}

void sim::expectResults(const Trial &trial, const std::vector<Tuple> &inputs,
                        const std::function<Tuple(const Tuple &)> &reference) {
  Tuple expected;
  expectAccepted(trial, inputs, [&](const Tuple &input, const Tuple &result) {
    expected = reference(input);
    for (size_t i = 0; i < expected.size(); ++i)
      expected[i] &= ~uint64_t{0} >> (64 - trial.destinations[i]);
    EXPECT_EQ(expected, result)
        << "expected" << describe(expected) << " of "
        << kNames[static_cast<size_t>(trial.op)] << describe(input);
    return expected == result;
  });
}

void sim::expectResult(
    const Trial &trial, const std::vector<Tuple> &inputs,
    const std::function<uint64_t(const Tuple &)> &reference) {
  expectResults(trial, inputs, [&](const Tuple &input) -> Tuple {
    return {reference(input)};
  });
}

unsigned sim::getBits(Kind kind) {
  switch (kind) {
  case Kind::B1:
    return 1;
  case Kind::B8:
    return 8;
  case Kind::B16:
  case Kind::F16:
  case Kind::BF16:
    return 16;
  case Kind::B32:
  case Kind::F32:
    return 32;
  case Kind::B64:
  case Kind::F64:
    return 64;
  }
  return 0;
}

std::vector<uint64_t> sim::getValues(Kind kind) {
  unsigned bits = getBits(kind);
  uint64_t all = ~uint64_t{0} >> (64 - bits), top = uint64_t{1} << (bits - 1);
  std::vector<uint64_t> values;
  switch (kind) {
  case Kind::B1:
    return {0, 1};
  case Kind::B8:
  case Kind::B16:
  case Kind::B32:
  case Kind::B64:
    values = {0,       1,        2,        3,          5,          7,
              8,       15,       16,       31,         32,         33,
              63,      64,       65,       100,        127,        128,
              255,     256,      0x7fff,   0x8000,     0xffff,     0x10000,
              all,     all - 1,  top,      top - 1,    top + 1,    all / 3,
              all / 5, top >> 1, 0x123456, 0x7fffffff, 0x80000000, 0xffffffff};
    break;
  default: {
    // Sign, exponent and fraction at their ends and in the middle.
    unsigned mantissa = kind == Kind::F16    ? 10
                        : kind == Kind::BF16 ? 7
                        : kind == Kind::F32  ? 23
                                             : 52;
    uint64_t one = (all >> (mantissa + 2)) << mantissa;
    uint64_t infinity = (all >> 1) & ~((uint64_t{1} << mantissa) - 1);
    uint64_t unit = uint64_t{1} << mantissa;
    for (uint64_t value : {uint64_t{0},
                           uint64_t{1},
                           uint64_t{2},
                           unit / 2,
                           unit - 1,
                           unit,
                           unit + 1,
                           2 * unit,
                           one,
                           one + 1,
                           one - 1,
                           one + unit / 2,
                           one + unit,
                           one - unit,
                           one + unit + unit / 2,
                           one + unit / 4,
                           one + mantissa * unit,
                           one + (mantissa - 1) * unit + unit / 2,
                           one + (mantissa + 1) * unit,
                           infinity - 1,
                           infinity - unit / 2,
                           infinity - unit,
                           infinity - 2 * unit,
                           infinity,
                           infinity + 1,
                           infinity + unit / 2,
                           infinity + unit - 1}) {
      values.push_back(value);
      values.push_back(value | top);
    }
    // Where f16, fp8 and 32- and 64-bit integers end.
    if (kind == Kind::F32)
      for (float value :
           {65504.f,       65519.f,       65520.f,       65536.f,
            448.f,         464.f,         465.f,         57344.f,
            61440.f,       6.1e-5f,       5.96e-8f,      2.98e-8f,
            2.99e-8f,      0.001953125f,  0.0009765625f, 127.5f,
            128.f,         255.5f,        2147483648.f,  4294967296.f,
            9.2233720e18f, 1.8446744e19f, 0.5f,          1.5f,
            2.5f,          32767.5f,      3.14159f,      6.2831853f,
            100.f,         126.f,         127.f,         149.5f}) {
        values.push_back(toWord(value));
        values.push_back(toWord(-value));
      }
    if (kind == Kind::F64)
      for (double value :
           {2147483647.5, 2147483648.0, 4294967295.5, 9.223372036854775e18,
            9223372036854775808.0, 1.8446744073709552e19, 0.5, 1.5, 2.5,
            65519.9, 3.4028235677973366e38, 3.4028234663852886e38,
            1.1754943508222875e-38, 7.0064923216240854e-46,
            1.401298464324817e-45, 5.9604644775390625e-8,
            2.98023223876953125e-8}) {
        values.push_back(toWord(value));
        values.push_back(toWord(-value));
      }
    break;
  }
  }
  for (uint64_t &value : values)
    value &= all;
  Random random(bits);
  for (unsigned i = 0; i < 20; ++i)
    values.push_back(random() & all);
  return values;
}

std::vector<Tuple> sim::getInputs(const std::vector<Kind> &kinds) {
  std::vector<std::vector<uint64_t>> values;
  values.reserve(kinds.size());
  for (Kind kind : kinds)
    values.push_back(getValues(kind));
  std::vector<Tuple> inputs;
  if (kinds.size() == 1) {
    inputs.reserve(values[0].size());
    for (uint64_t a : values[0])
      inputs.push_back({a});
  } else if (kinds.size() == 2) {
    for (uint64_t a : values[0])
      for (uint64_t b : values[1])
        inputs.push_back({a, b});
  }
  Random random(kinds.size());
  for (unsigned i = 0; i < (kinds.size() < 3 ? 1024 : 8192); ++i) {
    Tuple tuple;
    for (size_t k = 0; k < kinds.size(); ++k) {
      uint64_t all = ~uint64_t{0} >> (64 - getBits(kinds[k]));
      // Some random, or sums would seldom be anything but their larger half.
      tuple.push_back(random() % 4 && kinds.size() > 2
                          ? values[k][random() % values[k].size()]
                          : random() & all);
    }
    inputs.push_back(std::move(tuple));
  }
  return inputs;
}
