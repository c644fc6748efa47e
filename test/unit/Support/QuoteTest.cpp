//===- QuoteTest.cpp - text of others in messages -------------------------===//

#include "lib/Support/Quote.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;

TEST(Quote, KeepsWhatIsPrintable) {
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("initial_state"), "'initial_state'");
  EXPECT_EQ(quote("layers.0/q proj"), "'layers.0/q proj'");
  EXPECT_EQ(quote("β∞ 鍵"), "'β∞ 鍵'");
  EXPECT_EQ(quote("it's"), "'it's'");
}

TEST(Quote, EscapesWhatIsNot) {
  EXPECT_EQ(quote("a\nb\r\t"), "'a\\x0ab\\x0d\\x09'");
  EXPECT_EQ(quote("\x1b[2J"), "'\\x1b[2J'");
  EXPECT_EQ(quote(StringRef("a\0b", 3)), "'a\\x00b'");
  EXPECT_EQ(quote("\x7f"), "'\\x7f'");
  // A control sequence introducer, a right-to-left override.
  EXPECT_EQ(quote("\xc2\x9b"), "'\\xc2\\x9b'");
  EXPECT_EQ(quote("\xe2\x80\xae"), "'\\xe2\\x80\\xae'");
  // Not UTF-8: a lone byte, one that is cut off, one spelled too long.
  EXPECT_EQ(quote("a\xff"), "'a\\xff'");
  EXPECT_EQ(quote("a\xe2\x80"), "'a\\xe2\\x80'");
  EXPECT_EQ(quote("\xc0\x8a"), "'\\xc0\\x8a'");
}

TEST(Quote, IsBounded) {
  EXPECT_EQ(quote(std::string(100, 'a')), "'" + std::string(100, 'a') + "'");
  EXPECT_EQ(quote(std::string(101, 'a')),
            "'" + std::string(100, 'a') + "…' (101 bytes)");
  EXPECT_EQ(quote(std::string(10'000'000, 'a')),
            "'" + std::string(100, 'a') + "…' (10000000 bytes)");
  // Between characters.
  std::string text(99, 'a');
  EXPECT_EQ(quote(text + "ββ"), "'" + text + "…' (103 bytes)");
  EXPECT_EQ(makePrintable(text + "\nb"), text + "\\x0a…");
}
