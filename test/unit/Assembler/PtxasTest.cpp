//===- PtxasTest.cpp - what the assembler says of a kernel ----------------===//

#include "lib/Assembler/Ptxas.h"
#include "llvm/ADT/StringRef.h"
#include <gtest/gtest.h>

using namespace sluice::assembler;

namespace {

constexpr llvm::StringLiteral kText =
    R"(ptxas info    : (C7519) warpgroup.arrive is injected in around line 59 by compiler to allow use of registers in GMMA in function 'serial'
ptxas info    : (C7519) warpgroup.arrive is injected in around line 63 by compiler to allow use of registers in GMMA in function 'serial'
ptxas info    : (C7511) Potential Performance Loss: wgmma.mma_async instructions are serialized due to insufficient register resources for the wgmma pipeline in the function 'serial'
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'good' for 'sm_90a'
ptxas info    : Function properties for good
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 10 registers, used 0 barriers, 4096 bytes smem, 400 bytes cmem[0]
ptxas info    : Compile time = 21.016 ms
ptxas info    : Compiling entry function 'serial' for 'sm_90a'
ptxas info    : Function properties for serial
    24 bytes stack frame, 16 bytes spill stores, 40 bytes spill loads
ptxas info    : Used 168 registers, used 1 barriers, 8 bytes cumulative stack size
)";

TEST(AssemblerReports, RegistersAndSpillsAreThoseOfTheEntry) {
  AssemblerReport good = parseAssemblerReport(kText, "good");
  EXPECT_EQ(good.resources.registers, 10u);
  ASSERT_FALSE(good.notes.empty());
  EXPECT_EQ(good.notes.front(), "ptxas: 10 registers a thread");
  AssemblerReport serial = parseAssemblerReport(kText, "serial");
  EXPECT_EQ(serial.resources.registers, 168u);
  EXPECT_EQ(serial.notes.front(),
            "ptxas: 168 registers a thread, spills 16 bytes and loads 40, "
            "which the PTX does not show");
  EXPECT_EQ(good.resources.sharedBytes, 4096u);
  EXPECT_EQ(good.resources.getSpillBytes(), 0u);
  EXPECT_EQ(serial.resources.sharedBytes, 0u);
  EXPECT_EQ(serial.resources.stackBytes, 24u);
  EXPECT_EQ(serial.resources.spillStoreBytes, 16u);
  EXPECT_EQ(serial.resources.spillLoadBytes, 40u);
  EXPECT_EQ(serial.resources.getSpillBytes(), 56u);
}

TEST(AssemblerReports, EntriesAreInTheOrderOfTheText) {
  EXPECT_EQ(findEntries(kText), (std::vector<std::string>{"good", "serial"}));
  EXPECT_TRUE(findEntries("ptxas fatal : ...").empty());
}

TEST(AssemblerReports, EachMessageComesOnce) {
  AssemblerReport report = parseAssemblerReport(kText, "serial");
  ASSERT_EQ(report.notes.size(), 3u);
  EXPECT_EQ(report.notes[1],
            "ptxas C7519: warpgroup.arrive is injected in around line 59 by "
            "compiler to allow use of registers in GMMA in function 'serial' "
            "(and 1 more)");
  EXPECT_EQ(report.serialised, std::vector<std::string>{"serial"});
}

TEST(AssemblerReports, NothingIsKnownWithoutOne) {
  AssemblerReport report = askAssembler("/nowhere/ptxas", "", "sm_90", "x");
  EXPECT_EQ(report.resources.registers, 0u);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_TRUE(llvm::StringRef(report.notes[0])
                  .starts_with("ptxas says nothing: there is no program "
                               "'/nowhere/ptxas'"));
  EXPECT_EQ(parseAssemblerReport("ptxas fatal : ...", "x").resources.registers,
            0u);
}

} // namespace
