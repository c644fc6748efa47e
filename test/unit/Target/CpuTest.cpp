//===- CpuTest.cpp - what is known of processors --------------------------===//

#include "lib/Target/Cpu.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::target;

TEST(Cpu, IsFoundByName) {
  for (const Cpu &cpu : getCpus())
    EXPECT_EQ(cantFail(findCpu(cpu.name)), &cpu);
  EXPECT_EQ(cantFail(findCpu("host")), &getHostCpu());
  for (StringRef name : {"", "x86-64-v5", "X86-64", "sm_80"})
    EXPECT_EQ(toString(findCpu(name).takeError()),
              ("no processor '" + name +
               "', only x86-64, x86-64-v2, x86-64-v3, x86-64-v4 and host")
                  .str());
}

TEST(Cpu, HostIsTheLastThatRunsHere) {
  EXPECT_TRUE(runsHere(getCpus().front()));
  EXPECT_TRUE(runsHere(getHostCpu()));
  for (const Cpu &cpu : getCpus())
    if (&cpu > &getHostCpu())
      EXPECT_FALSE(runsHere(cpu)) << cpu.name.str();
}

TEST(Cpu, LaterOnesHaveNoLess) {
  for (auto [less, more] : zip(getCpus().drop_back(), getCpus().drop_front())) {
    EXPECT_LE(less.lanes, more.lanes);
    EXPECT_LE(less.registers, more.registers);
  }
}

/// A misspelt feature would be one that no processor has.
TEST(Cpu, FeaturesAreLLVMs) {
  StringMap<bool> known = sys::getHostCPUFeatures();
  if (!known.contains("sse2"))
    GTEST_SKIP() << "LLVM names no features of this kind of processor";
  for (const Cpu &cpu : getCpus())
    for (StringRef feature : split(cpu.features, ','))
      EXPECT_TRUE(feature.empty() || known.contains(feature)) << feature.str();
}
