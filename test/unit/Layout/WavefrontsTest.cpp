//===- WavefrontsTest.cpp - counted as the simulator counts ---------------===//
//
// lib/Layout may not ask the simulator, so that its own count is compared with
// what the simulator has executed.
//
//===----------------------------------------------------------------------===//

#include "RandomLayout.h"
#include "lib/Layout/SharedAccess.h"
#include "test/unit/Simulator/Machine/Run.h"

using namespace sluice;
using namespace sluice::layout;
using test::draw;

namespace {
struct Access {
  /// Bytes of the lane's bits.
  Vectors lanes;
  unsigned bytes;
  bool isLoad;
  /// ldmatrix or stmatrix of so many matrices, if any.
  unsigned matrices;
};
} // namespace

/// The address of the access, in %a, and the instruction.
static void emit(llvm::raw_ostream &os, const Access &access) {
  os << "mov.u32 %a, 0;\n";
  for (auto [i, lane] : llvm::enumerate(access.lanes))
    os << "bfe.u32 %b, %l, " << i << ", 1;\nmul.lo.u32 %b, %b, " << lane
       << ";\nxor.b32 %a, %a, %b;\n";
  os << "mov.u32 %b, buffer;\nadd.u32 %a, %a, %b;\n";
  if (access.matrices) {
    os << (access.isLoad ? "ldmatrix" : "stmatrix") << ".sync.aligned.m8n8.x"
       << access.matrices << ".shared.b16 ";
    llvm::StringRef words = llvm::StringRef("{%r0, %r1, %r2, %r3")
                                .take_front(5 * access.matrices - 1);
    if (access.isLoad)
      os << words << "}, [%a];\n";
    else
      os << "[%a], " << words << "};\n";
    return;
  }
  llvm::StringRef suffix = access.bytes == 1   ? "u8 "
                           : access.bytes == 2 ? "u16 "
                           : access.bytes == 4 ? "u32 "
                           : access.bytes == 8 ? "v2.u32 "
                                               : "v4.u32 ";
  llvm::StringRef words = access.bytes == 8    ? "{%r0, %r1}"
                          : access.bytes == 16 ? "{%r0, %r1, %r2, %r3}"
                                               : "%r0";
  if (access.isLoad)
    os << "ld.shared." << suffix << words << ", [%a];\n";
  else
    os << "st.shared." << suffix << "[%a], " << words << ";\n";
}

TEST(CountWavefronts, IsWhatTheSimulatorCounts) {
  test::Engine engine(1);
  std::vector<Access> accesses;
  std::string body = ".shared .align 1024 .b8 buffer[8192];\n"
                     ".reg .b32 %l, %a, %b, %r<4>;\nmov.u32 %l, %laneid;\n";
  for (unsigned i = 0; i < 4; ++i)
    body += "mov.u32 %r" + std::to_string(i) + ", 0;\n";
  llvm::raw_string_ostream os(body);
  for (unsigned round = 0; round < 400; ++round) {
    Access access;
    access.matrices = draw(engine, 4) ? 0 : 1u << draw(engine, 3);
    access.bytes = access.matrices ? 16 : 1u << draw(engine, 5);
    access.isLoad = draw(engine, 2);
    unsigned bits = 13 - llvm::Log2_32(access.bytes);
    access.lanes = test::drawVectors(engine, 5, bits, draw(engine, 6));
    // Pairs of lanes at one address are counted in their own way.
    if (draw(engine, 4) == 0)
      access.lanes[draw(engine, 2)] = 0;
    for (uint64_t &lane : access.lanes)
      lane *= access.bytes;
    emit(os, access);
    accesses.push_back(std::move(access));
  }
  sim::KernelRun run;
  run.words.resize(1);
  run.options.block.x = 32;
  run.options.check = false; // lanes write what others write
  run.run(body);
  ASSERT_EQ(run.kinds(), "");
  size_t next = 0;
  for (const sim::InstructionCounts &one : run.result.instructions) {
    if (!one.counts.sharedWavefronts)
      continue;
    ASSERT_LT(next, accesses.size());
    const Access &access = accesses[next];
    LinearLayout lanes(Axis(kLane, 5), Axis("byte", 13), access.lanes);
    uint64_t inactive =
        access.matrices ? 31 & ~(8 * uint64_t(access.matrices) - 1) : 0;
    EXPECT_EQ(countWavefronts(lanes, access.bytes, access.isLoad, inactive),
              one.counts.sharedWavefronts)
        << next;
    ++next;
  }
  EXPECT_EQ(next, accesses.size());
}
