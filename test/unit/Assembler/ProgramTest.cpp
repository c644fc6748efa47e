//===- ProgramTest.cpp - programs that are run ----------------------------===//

#include "lib/Assembler/Program.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace sluice::assembler;

namespace {

TEST(Tools, AreFoundInPathOrByPath) {
  llvm::Expected<std::string> shell = findProgram("sh");
  ASSERT_TRUE(bool(shell));
  EXPECT_EQ(*shell->rbegin(), 'h');
  EXPECT_TRUE(bool(findProgram(*shell)));
  EXPECT_EQ(llvm::toString(findProgram("./no-such-tool").takeError()),
            "there is no program './no-such-tool'");
}

/// A variable of the environment, as it was before in the end.
class Variable {
public:
  Variable(const char *name, const std::string &value) : name(name) {
    if (const char *text = std::getenv(name))
      before = text;
    setenv(name, value.c_str(), /*overwrite=*/1);
  }
  ~Variable() {
    if (before)
      setenv(name, before->c_str(), /*overwrite=*/1);
    else
      unsetenv(name);
  }
  Variable(const Variable &) = delete;
  Variable &operator=(const Variable &) = delete;

private:
  const char *name;
  std::optional<std::string> before;
};

/// A folder with a program at `path` in it.
class Folder {
public:
  explicit Folder(llvm::StringRef place) {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("sluice", root));
    program = (root + "/" + place).str();
    EXPECT_FALSE(llvm::sys::fs::create_directories(
        llvm::sys::path::parent_path(program)));
    std::error_code code;
    llvm::raw_fd_ostream(program, code) << "#!/bin/sh\n";
    EXPECT_FALSE(code);
    EXPECT_FALSE(
        llvm::sys::fs::setPermissions(program, llvm::sys::fs::perms::all_all));
  }
  ~Folder() { EXPECT_FALSE(llvm::sys::fs::remove_directories(root)); }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  std::string at(llvm::StringRef path) const {
    return (root + "/" + path).str();
  }
  std::string program;

private:
  llvm::SmallString<128> root;
};

TEST(Tools, AreFoundInTheToolkit) {
  Folder folder("bin/no-such-tool");
  Variable path("PATH", "/nowhere");
  {
    Variable home("CUDA_HOME", folder.at("."));
    EXPECT_EQ(llvm::cantFail(findProgram("no-such-tool")),
              folder.at("./bin/no-such-tool"));
  }
  Variable home("CUDA_HOME", ""), other("CUDA_PATH", folder.at("."));
  EXPECT_TRUE(bool(findProgram("no-such-tool")));
}

TEST(Tools, AreFoundInPackagesOfThePythonInPath) {
  Folder folder("lib/python3.12/site-packages/nvidia/cu13/bin/no-such-tool");
  Variable path("PATH", "/nowhere:" + folder.at("bin")),
      home("CUDA_HOME", "/nowhere");
  EXPECT_EQ(llvm::cantFail(findProgram("no-such-tool")), folder.program);
}

TEST(Tools, WhereTheyAreLookedForIsInTheError) {
  Variable path("PATH", "/nowhere"), home("CUDA_HOME", "/nowhere");
  EXPECT_EQ(llvm::toString(findProgram("ptxas").takeError()),
            "there is no 'ptxas' in PATH, $CUDA_HOME/bin, or Python's nvidia "
            "packages beside PATH: it comes with the CUDA toolkit, or by 'pip "
            "install nvidia-cuda-nvcc'");
  Variable none("CUDA_HOME", "");
  Variable old("CUDA_PATH", "");
  EXPECT_EQ(llvm::toString(findProgram("no-such-tool").takeError()),
            "there is no 'no-such-tool' in PATH, /usr/local/cuda/bin, or "
            "Python's nvidia packages beside PATH: it comes with the CUDA "
            "toolkit, or by 'pip install nvidia-cuda-no-such-tool'");
}

TEST(Tools, WhatTheyPrintIsReturned) {
  std::string shell = llvm::cantFail(findProgram("sh"));
  llvm::Expected<std::string> output =
      runProgram(shell, {"-c", "echo one; echo two >&2"});
  ASSERT_TRUE(bool(output));
  EXPECT_EQ(*output, "one\ntwo\n");
}

TEST(Tools, TheirFailureIsAnError) {
  std::string shell = llvm::cantFail(findProgram("sh"));
  EXPECT_EQ(llvm::toString(
                runProgram(shell, {"-c", "echo bad >&2; exit 3"}).takeError()),
            "'" + shell + "' failed: bad");
  EXPECT_FALSE(
      llvm::toString(runProgram("/no/such/tool", {}).takeError()).empty());
}

} // namespace
