//===- MemoryTest.cpp - what memory is free, and what is needed -----------===//

#include "lib/Support/Memory.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <limits>

using namespace llvm;
using namespace sluice;

static constexpr uint64_t kMega = 1 << 20;

namespace {
/// A folder with files of proc and sys.
class FreeMemoryTest : public testing::Test {
protected:
  FreeMemoryTest() {
    cantFail(errorCodeToError(
        sys::fs::createUniqueDirectory("sluice-memory-test", root)));
    write("proc/meminfo", "MemTotal:       8388608 kB\n"
                          "MemFree:         102400 kB\n"
                          "MemAvailable:   1024000 kB\n");
  }
  ~FreeMemoryTest() override {
    EXPECT_FALSE(sys::fs::remove_directories(root));
  }

  void write(StringRef path, const Twine &text) {
    SmallString<128> whole(root);
    sys::path::append(whole, path);
    cantFail(errorCodeToError(
        sys::fs::create_directories(sys::path::parent_path(whole))));
    std::error_code error;
    raw_fd_ostream(whole, error) << text;
    ASSERT_FALSE(error);
  }
  /// A group's files, `folder` below sys/fs/cgroup; sizes in MiB.
  void writeGroup(StringRef folder, StringRef max, uint64_t current,
                  uint64_t cached) {
    std::string place = ("sys/fs/cgroup/" + folder).str();
    write(place + "/memory.max", max + "\n");
    write(place + "/memory.current", Twine(current * kMega) + "\n");
    write(place + "/memory.stat", "anon 12345\nfile 5\ninactive_file " +
                                      Twine(cached * kMega) +
                                      "\nactive_file 0\n");
  }
  uint64_t getFree() { return getFreeMemory(root) / kMega; }

  SmallString<128> root;
};
} // namespace

TEST_F(FreeMemoryTest, IsWhatTheMachineHasAvailable) {
  EXPECT_EQ(getFree(), 1000u);
  write("proc/self/cgroup", "0::/\n");
  EXPECT_EQ(getFree(), 1000u);
}

TEST_F(FreeMemoryTest, IsWhatTheControlGroupLeaves) {
  write("proc/self/cgroup", "0::/pod/box\n");
  writeGroup("pod/box", "max", 50, 0);
  EXPECT_EQ(getFree(), 1000u);
  // Cached files make room.
  writeGroup("pod/box", std::to_string(500 * kMega), 300, 100);
  EXPECT_EQ(getFree(), 300u);
  // So does a group around it have a limit.
  writeGroup("pod", std::to_string(400 * kMega), 320, 0);
  EXPECT_EQ(getFree(), 80u);
  // Nothing is left of a limit that was lowered.
  writeGroup("pod", std::to_string(100 * kMega), 320, 0);
  EXPECT_EQ(getFree(), 0u);
  // The path of a host, seen from inside: the mount's own group.
  write("proc/self/cgroup", "0::/somewhere/else\n");
  writeGroup("", std::to_string(250 * kMega), 50, 0);
  EXPECT_EQ(getFree(), 200u);
}

TEST_F(FreeMemoryTest, IsWhatAControlGroupOfVersion1Leaves) {
  write("proc/self/cgroup", "12:cpu,cpuacct:/docker/1\n"
                            "4:hugetlb,memory:/docker/1\n"
                            "0::/docker/1\n");
  std::string folder = "sys/fs/cgroup/memory/docker/1";
  write(folder + "/memory.limit_in_bytes", Twine(600 * kMega));
  write(folder + "/memory.usage_in_bytes", Twine(500 * kMega));
  write(folder + "/memory.stat", "inactive_file 1\ntotal_inactive_file " +
                                     Twine(30 * kMega) +
                                     "\ntotal_active_file 0\n");
  EXPECT_EQ(getFree(), 130u);
  // No limit is a large number.
  write(folder + "/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(getFree(), 1000u);
}

TEST_F(FreeMemoryTest, IsSomethingOnThisMachine) {
  EXPECT_GT(getFreeMemory(), kMega);
}

static std::string check(const MemoryNeed &need, uint64_t free) {
  Error error = need.check(free);
  return error ? toString(std::move(error)) : "";
}

TEST(MemoryNeed, IsComparedAsASum) {
  MemoryNeed need;
  EXPECT_EQ(check(need, 0), "");
  need.add("the inputs", 3 * kMega);
  EXPECT_EQ(check(need, 3 * kMega), "");
  EXPECT_EQ(check(need, 3 * kMega - 1),
            "does not fit into memory: 3.0 MiB are needed for the inputs, 3.0 "
            "MiB are free");
  need.add("nothing", 0);
  need.add("the results", 5, kMega);
  EXPECT_EQ(need.getTotal(), 8 * kMega);
  EXPECT_EQ(check(need, 8 * kMega), "");
  EXPECT_EQ(check(need, 5 * kMega),
            "does not fit into memory: 8.0 MiB are needed (5.0 MiB for the "
            "results, 3.0 MiB for the inputs), 5.0 MiB are free");
}

TEST(MemoryNeed, DoesNotOverflow) {
  MemoryNeed need;
  for (StringRef what : {"a", "b", "c", "d"})
    need.add(what, uint64_t(1) << 40, uint64_t(1) << 40);
  EXPECT_EQ(need.getTotal(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(check(need, 5),
            "does not fit into memory: 16 EiB are needed (16 EiB for a, 16 EiB "
            "for b, 16 EiB for c, …), 5 bytes are free");
}
