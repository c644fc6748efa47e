//===- DocumentedLayoutsTest.cpp - the pictures of docs/layouts.md --------===//

#include "lib/Layout/BlockedLayouts.h"
#include "lib/Layout/Conversion.h"
#include "lib/Layout/FragmentLayouts.h"
#include "lib/Layout/Freedoms.h"
#include "lib/Layout/LayoutText.h"
#include "lib/Layout/SharedLayouts.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::layout;
using ptx::Type;

namespace {
struct Block {
  std::string kind, text;
};
} // namespace

/// The fenced blocks of the page, in their order.
static std::vector<Block> readBlocks() {
  auto page =
      llvm::MemoryBuffer::getFile(SLUICE_SOURCE_FOLDER "/docs/layouts.md");
  EXPECT_TRUE(bool(page));
  std::vector<Block> blocks;
  bool isInside = false;
  llvm::SmallVector<llvm::StringRef> lines;
  (*page)->getBuffer().split(lines, '\n');
  for (llvm::StringRef line : lines) {
    if (line.consume_front("```")) {
      isInside = !isInside;
      if (isInside)
        blocks.push_back({line.str(), ""});
    } else if (isInside) {
      blocks.back().text += (line + "\n").str();
    }
  }
  return blocks;
}

/// The page's layouts, made as it says.
static std::vector<LinearLayout> makeLayouts() {
  auto get = [](MatrixRole role, MatrixShape shape, Type type) {
    return llvm::cantFail(getFragmentLayout(role, shape, type));
  };
  LinearLayout sums = get(MatrixRole::Accumulator, {16, 8, 16}, Type::F32);
  LinearLayout a = get(MatrixRole::A, {16, 8, 16}, Type::BF16);
  EXPECT_EQ(repeat(sums, {{kRegister, kColumn, 1}}), a);
  LinearLayout rows = getCoalescedLayout({{kColumn, 6}, {kRow, 4}}, 3, 0)
                          .keepInputs({kRegister, kLane})
                          .transposeOutputs({kRow, kColumn});
  LinearLayout b = repeat(get(MatrixRole::B, {16, 8, 16}, Type::BF16),
                          {{kRegister, kColumn, 3}});
  Conversion conversion = llvm::cantFail(planConversion(rows, b, 2));
  EXPECT_EQ(conversion.kind, ConversionKind::Shared);
  const SharedExchange &exchange = *conversion.exchange;
  EXPECT_EQ(exchange.store.kind, AccessKind::Vector);
  EXPECT_EQ(exchange.load.kind, AccessKind::MatrixTransposed);
  EXPECT_EQ(exchange.load.getNumMatrices(), 4u);
  EXPECT_EQ(exchange.store.instructions, 4u);
  EXPECT_EQ(exchange.load.instructions, 4u);
  EXPECT_EQ(exchange.store.wavefronts, 16u);
  EXPECT_EQ(exchange.load.wavefronts, 16u);
  LinearLayout tf32 = get(MatrixRole::A, {16, 8, 8}, Type::TF32);
  LinearLayout order = *findContractionOrder(sums, tf32, kColumn);
  return {sums,
          a,
          getMatrixRowsLayout(1, true).keepOutputs({kRow, kColumn}),
          sums.keepOutputs({kRow}),
          getRowMajorLayout(3, 3, {0, 0, 3}),
          rows,
          b,
          exchange.memory,
          tf32,
          order,
          permuteAxis(tf32, kColumn, order)};
}

TEST(DocumentedLayouts, AreAsThePageShowsThem) {
  std::vector<LinearLayout> layouts = makeLayouts();
  size_t next = 0, pictures = 0;
  for (const Block &block : readBlocks()) {
    std::string text;
    llvm::raw_string_ostream os(text);
    if (block.kind == "layout") {
      ASSERT_LT(next, layouts.size());
      os << layouts[next++] << '\n';
    } else {
      ASSERT_GT(next, 0u);
      ASSERT_TRUE(block.kind == "matrix" || block.kind == "picture")
          << block.kind;
      (block.kind == "matrix" ? printMatrix : printPicture)(os,
                                                            layouts[next - 1]);
      ++pictures;
    }
    EXPECT_EQ(block.text, text);
  }
  EXPECT_EQ(next, layouts.size());
  EXPECT_EQ(pictures, 5u);
}
