//===- PathsTest.cpp - Which file a path means ----------------------------===//

#include "lib/IO/Paths.h"

#include "llvm/ADT/SmallString.h"
#include "gtest/gtest.h"
#include <filesystem>
#include <fstream>

using namespace llvm;
using namespace sluice::io;
namespace fs = std::filesystem;

namespace {
/// A folder of its own, with a file, links to it and links to nothing.
class PathsTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = fs::temp_directory_path() / "sluice-paths-XXXXXX";
    ASSERT_TRUE(mkdtemp(pattern.data()));
    folder = pattern;
    fs::create_directory(folder / "sub");
    std::ofstream(folder / "file") << "text";
    std::ofstream(folder / "other") << "text";
    fs::create_hard_link(folder / "file", folder / "hard");
    fs::create_symlink("file", folder / "soft");
    fs::create_symlink("soft", folder / "chain");
    fs::create_symlink("sub/absent", folder / "dangling");
    fs::create_symlink(folder / "dangling", folder / "sub" / "back");
    fs::create_symlink("loop", folder / "loop");
    fs::create_symlink("sub", folder / "alias");
  }
  void TearDown() override { fs::remove_all(folder); }

  bool isSame(StringRef a, StringRef b) const {
    bool same = isSameFile(at(a), at(b));
    EXPECT_EQ(same, isSameFile(at(b), at(a)));
    return same;
  }
  std::string follow(StringRef name) const {
    SmallString<128> target;
    std::error_code code = followLinks(at(name), target);
    return code ? "error" : fs::relative(target.c_str(), folder).string();
  }
  std::string at(StringRef name) const { return folder / name.str(); }

  fs::path folder;
};
} // namespace

TEST_F(PathsTest, FollowsLinks) {
  EXPECT_EQ(follow("file"), "file");
  EXPECT_EQ(follow("chain"), "file");
  EXPECT_EQ(follow("dangling"), "sub/absent");
  EXPECT_EQ(follow("sub/back"), "sub/absent");
  EXPECT_EQ(follow("absent"), "absent");
  EXPECT_EQ(follow("loop"), "error");
}

TEST_F(PathsTest, FilesThatExist) {
  for (StringRef name :
       {"file", "./file", "sub/../file", "hard", "soft", "chain"})
    EXPECT_TRUE(isSame("file", name)) << name.str();
  for (StringRef name : {"other", "absent", "dangling", "sub", "loop"})
    EXPECT_FALSE(isSame("file", name)) << name.str();
}

TEST_F(PathsTest, FilesThatDoNot) {
  for (StringRef name : {"sub/absent", "alias/absent", "dangling", "sub/back",
                         "sub/./absent", "alias/../sub/absent"})
    EXPECT_TRUE(isSame("sub/absent", name)) << name.str();
  for (StringRef name : {"absent", "sub/other", "nowhere/absent", "loop"})
    EXPECT_FALSE(isSame("sub/absent", name)) << name.str();
  // Nobody knows what a folder that is not there would be.
  EXPECT_FALSE(isSame("nowhere/absent", "nowhere/absent"));
}

TEST_F(PathsTest, DevicesAreNoFiles) {
  EXPECT_FALSE(isSameFile("/dev/null", "/dev/null"));
}
