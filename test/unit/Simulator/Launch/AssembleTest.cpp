//===- AssembleTest.cpp - programs that are run ---------------------------===//

#include "lib/Simulator/Launch/Assemble.h"
#include <gtest/gtest.h>

using namespace sluice::sim;

namespace {

TEST(Tools, AreFoundInPathOrByPath) {
  llvm::Expected<std::string> shell = findTool("sh");
  ASSERT_TRUE(bool(shell));
  EXPECT_EQ(*shell->rbegin(), 'h');
  EXPECT_TRUE(bool(findTool(*shell)));
  EXPECT_EQ(llvm::toString(findTool("no-such-tool").takeError()),
            "there is no 'no-such-tool' in PATH: it comes with the CUDA "
            "toolkit, or in a Python package");
  EXPECT_EQ(llvm::toString(findTool("./no-such-tool").takeError()),
            "there is no program './no-such-tool'");
}

TEST(Tools, WhatTheyPrintIsReturned) {
  std::string shell = llvm::cantFail(findTool("sh"));
  llvm::Expected<std::string> output =
      runTool(shell, {"-c", "echo one; echo two >&2"});
  ASSERT_TRUE(bool(output));
  EXPECT_EQ(*output, "one\ntwo\n");
}

TEST(Tools, TheirFailureIsAnError) {
  std::string shell = llvm::cantFail(findTool("sh"));
  EXPECT_EQ(llvm::toString(
                runTool(shell, {"-c", "echo bad >&2; exit 3"}).takeError()),
            "'" + shell + "' failed: bad");
  EXPECT_FALSE(
      llvm::toString(runTool("/no/such/tool", {}).takeError()).empty());
}

} // namespace
