//===- Bench.cpp - how fast the machine runs programs ---------------------===//
//
// Programs of test/Simulator/Programs and two written here, each with all
// checks and without: million thread-instructions a second, and GFLOP/s of
// matrix products, beside what the project asks for. All on one host thread, in
// its own processor time: the machine may be shared.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/TensorMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <ctime>
#include <random>

using namespace llvm;
using namespace sluice::sim;

namespace {

/// One launch on buffers of its own.
struct Workload {
  std::string name, text, entry;
  LaunchOptions options;
  /// Bars: million thread-instructions a second unchecked and checked; GFLOP/s
  /// checked. 0: none.
  double bars[2] = {500, 150}, flopBar = 0;

  Device device{getInstructionSet()};
  std::shared_ptr<LoadedModule> module;

  Workload(StringRef name, StringRef text, StringRef entry, Extent grid,
           unsigned block)
      : name(name), text(text), entry(entry) {
    options.grid = grid;
    options.block.x = block;
    module = cantFail(device.load(this->text, this->name));
  }

  template <typename Value> void add(Value value) {
    std::vector<uint8_t> bytes(sizeof(value));
    std::memcpy(bytes.data(), &value, sizeof(value));
    options.arguments.push_back(std::move(bytes));
  }

  /// Small whole numbers, of 4 bytes or as bf16.
  uint64_t makeBuffer(size_t elements, bool isHalf) {
    std::mt19937 random(elements);
    std::vector<uint8_t> bytes(elements * (isHalf ? 2 : 4));
    for (size_t i = 0; i < elements; ++i) {
      float value = float(int(random() % 17) - 8);
      const auto *from = reinterpret_cast<const uint8_t *>(&value);
      if (isHalf)
        std::memcpy(&bytes[i * 2], from + 2, 2);
      else
        std::memcpy(&bytes[i * 4], from, 4);
    }
    uint64_t address = cantFail(device.allocate(bytes.size()));
    cantFail(device.copyIn(address, bytes));
    return address;
  }

  void addMatrixMap(uint64_t address, uint64_t columns, uint64_t rows) {
    TensorMap map;
    map.address = address;
    map.rank = 2;
    map.dims = {columns, rows};
    map.strides = {2, columns * 2};
    map.box = {64, 64};
    map.element = TensorElement::BF16;
    map.swizzle = TensorSwizzle::Bytes128;
    add(encodeTensorMap(map));
  }
};

double getSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// 40 turns of arithmetic between a load and a store.
constexpr StringLiteral kArithmetic = R"(
.version 8.0
.target sm_80
.address_size 64
.visible .entry arithmetic(.param .u64 x) {
  .reg .b32 %i, %c, %n, %t;
  .reg .f32 %f<4>;
  .reg .b64 %a, %o;
  .reg .pred %p;
  ld.param.u64 %a, [x];
  mov.u32 %t, %tid.x;
  mov.u32 %c, %ctaid.x;
  mov.u32 %n, %ntid.x;
  mad.lo.u32 %t, %c, %n, %t;
  mul.wide.u32 %o, %t, 4;
  add.s64 %a, %a, %o;
  ld.global.f32 %f1, [%a];
  mov.u32 %i, 0;
  mov.f32 %f2, 0f3F000000;
again:
  fma.rn.f32 %f3, %f1, %f2, %f1;
  mul.f32 %f1, %f3, %f2;
  xor.b32 %c, %c, %i;
  shl.b32 %n, %c, 3;
  add.u32 %c, %n, %t;
  min.u32 %c, %c, 100000;
  add.u32 %i, %i, 1;
  setp.lt.u32 %p, %i, 40;
  @%p bra again;
  st.global.f32 [%a], %f1;
  ret;
})";

/// y = 2 x + y.
constexpr StringLiteral kStream = R"(
.version 8.0
.target sm_80
.address_size 64
.visible .entry stream(.param .u64 x, .param .u64 y, .param .u32 count) {
  .reg .b32 %i, %c, %n, %s;
  .reg .f32 %f<4>;
  .reg .b64 %x, %y, %a, %b, %o;
  .reg .pred %p;
  ld.param.u64 %x, [x];
  ld.param.u64 %y, [y];
  ld.param.u32 %s, [count];
  mov.u32 %i, %tid.x;
  mov.u32 %c, %ctaid.x;
  mov.u32 %n, %ntid.x;
  mad.lo.u32 %i, %c, %n, %i;
  mov.u32 %c, %nctaid.x;
  mul.lo.u32 %n, %n, %c;
again:
  mul.wide.u32 %o, %i, 4;
  add.s64 %a, %x, %o;
  add.s64 %b, %y, %o;
  ld.global.f32 %f1, [%a];
  ld.global.f32 %f2, [%b];
  fma.rn.f32 %f3, %f1, 0f40000000, %f2;
  st.global.f32 [%b], %f3;
  add.u32 %i, %i, %n;
  setp.lt.u32 %p, %i, %s;
  @%p bra again;
  ret;
})";

struct Numbers {
  std::vector<double> values;
  double at(double fraction) {
    llvm::sort(values);
    return values[std::lround(fraction * double(values.size() - 1))];
  }
};

std::vector<std::unique_ptr<Workload>> makePrograms() {
  std::vector<std::unique_ptr<Workload>> programs;
  auto add = [&](StringRef name, StringRef text, StringRef entry, Extent grid,
                 unsigned block) -> Workload & {
    programs.push_back(
        std::make_unique<Workload>(name, text, entry, grid, block));
    return *programs.back();
  };
  auto read = [](StringRef name) {
    std::string path = (SLUICE_SIMULATOR_PROGRAMS "/" + name + ".ptx").str();
    auto file = MemoryBuffer::getFile(path);
    if (!file) {
      errs() << "cannot read " << path << "\n";
      std::exit(1);
    }
    return (*file)->getBuffer().str();
  };
  {
    Workload &p = add("arithmetic", kArithmetic, "arithmetic", {32}, 256);
    p.add(p.makeBuffer(32 * 256, false));
  }
  {
    constexpr unsigned kCount = 1 << 18;
    Workload &p = add("stream", kStream, "stream", {16}, 256);
    p.add(p.makeBuffer(kCount, false));
    p.add(p.makeBuffer(kCount, false));
    p.add(kCount);
  }
  {
    Workload &p = add("tree in shared memory", read("reduction"), "reduce_tree",
                      {128}, 256);
    p.add(p.makeBuffer(size_t(128) * 256, false));
    p.add(p.makeBuffer(128, false));
    p.add(int32_t(128 * 256));
  }
  {
    Workload &p = add("scan", read("scan"), "scan_block", {64}, 256);
    p.add(p.makeBuffer(size_t(64) * 2048, false));
    p.add(p.makeBuffer(size_t(64) * 2048, false));
  }
  constexpr unsigned kSize = 256;
  {
    Workload &p = add("mma.sync GEMM", read("gemm_mma"), "gemm_bf16",
                      {kSize / 64, kSize / 64}, 128);
    p.add(p.makeBuffer(size_t(kSize) * kSize, true));
    p.add(p.makeBuffer(size_t(kSize) * kSize, true));
    p.add(p.makeBuffer(size_t(kSize) * kSize, false));
    for (int i = 0; i < 3; ++i)
      p.add(kSize);
    p.bars[0] = 250;
    p.bars[1] = 100;
  }
  {
    Workload &p = add("wgmma GEMM", read("gemm_wgmma"), "gemm_roles",
                      {kSize / 64, kSize / 64}, 160);
    constexpr unsigned kDepth = 1024;
    p.addMatrixMap(p.makeBuffer(size_t(kSize) * kDepth, true), kDepth, kSize);
    p.addMatrixMap(p.makeBuffer(size_t(kSize) * kDepth, true), kDepth, kSize);
    p.add(p.makeBuffer(size_t(kSize) * kSize, false));
    p.add(kSize);
    p.add(kDepth);
    p.options.dynamicShared = 49152;
    p.bars[0] = p.bars[1] = 0;
    p.flopBar = 20;
  }
  return programs;
}

} // namespace

int main(int argc, char **argv) {
  unsigned rounds = 9;
  StringRef only = argc > 2 ? argv[2] : "", how = argc > 3 ? argv[3] : "";
  if (argc > 1 && StringRef(argv[1]).getAsInteger(10, rounds)) {
    errs() << "usage: SluiceSimulatorBench "
              "[ROUNDS [PROGRAM [checked|unchecked]]]\n";
    return 1;
  }
  std::vector<std::unique_ptr<Workload>> programs = makePrograms();
  struct Result {
    Numbers rate, flops;
    bool isRight = true;
  };
  // Round by round, so that a slow moment hits all of them.
  std::vector<std::array<Result, 2>> results(programs.size());
  for (unsigned round = 0; round <= rounds; ++round)
    for (auto [program, result] : zip_equal(programs, results))
      for (bool isChecked : {false, true}) {
        if (!StringRef(program->name).starts_with(only) ||
            how == (isChecked ? "unchecked" : "checked"))
          continue;
        program->options.check = isChecked;
        double start = getSeconds();
        LaunchResult run = cantFail(program->device.launch(
            *program->module, program->entry, program->options));
        double seconds = getSeconds() - start;
        Result &own = result[isChecked];
        own.isRight &= run.finished && run.findings.empty();
        if (round == 0) // wakes caches
          continue;
        own.rate.values.push_back(
            1e-6 * double(run.counts.getThreadInstructions()) / seconds);
        own.flops.values.push_back(1e-9 * double(run.counts.tensorFlop) /
                                   seconds);
      }
  outs() << "Million thread-instructions a second of one core, median of "
         << rounds << " rounds (quartiles), and the bar\n";
  for (auto [program, result] : zip_equal(programs, results))
    for (bool isChecked : {false, true}) {
      Result &own = result[isChecked];
      if (own.rate.values.empty())
        continue;
      outs() << format("%-22s %-9s %8.0f (%.0f to %.0f)", program->name.c_str(),
                       isChecked ? "checked" : "unchecked", own.rate.at(0.5),
                       own.rate.at(0.25), own.rate.at(0.75));
      if (double bar = program->bars[isChecked])
        outs() << format(", bar %.0f", bar);
      if (double flops = own.flops.at(0.5)) {
        outs() << format("; %.2f GFLOP/s (%.2f to %.2f)", flops,
                         own.flops.at(0.25), own.flops.at(0.75));
        if (program->flopBar != 0 && isChecked)
          outs() << format(", bar %.0f", program->flopBar);
      }
      outs() << (own.isRight ? "\n" : "  WRONG: findings, or not finished\n");
    }
  return 0;
}
