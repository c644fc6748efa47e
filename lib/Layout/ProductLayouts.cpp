//===- ProductLayouts.cpp - products by tiles of one instruction ----------===//

#include "lib/Layout/ProductLayouts.h"
#include "lib/Layout/BlockedLayouts.h"
#include "llvm/Support/MathExtras.h"

using namespace sluice;
using namespace sluice::layout;
using llvm::Expected;

Expected<ProductLayouts> layout::getProductLayouts(MatrixShape tile,
                                                   ptx::Type type,
                                                   MatrixShape size,
                                                   unsigned warpBits) {
  ProductLayouts product;
  for (auto [role, element, to] :
       {std::tuple(MatrixRole::A, type, &product.a),
        std::tuple(MatrixRole::B, type, &product.b),
        std::tuple(MatrixRole::Accumulator, ptx::Type::F32,
                   &product.accumulator)}) {
    Expected<LinearLayout> fragment = getFragmentLayout(role, tile, element);
    if (!fragment)
      return fragment.takeError();
    *to = std::move(*fragment);
  }
  auto countBits = [](unsigned whole, unsigned part) {
    return llvm::Log2_32_Ceil(std::max(whole, part)) - llvm::Log2_32(part);
  };
  unsigned rowBits = countBits(size.m, tile.m),
           columnBits = countBits(size.n, tile.n),
           depthBits = countBits(size.k, tile.k);
  unsigned rowWarps = std::min(warpBits, rowBits),
           columnWarps = std::min(warpBits - rowWarps, columnBits),
           copies = warpBits - rowWarps - columnWarps;
  Repeat rows{kRegister, kRow, rowBits - rowWarps},
      rowsOfWarps{kWarp, kRow, rowWarps},
      columns{kRegister, kColumn, columnBits - columnWarps},
      columnsOfWarps{kWarp, kColumn, columnWarps}, copied{kWarp, "", copies};
  product.a = repeat(product.a, {rows,
                                 rowsOfWarps,
                                 {kWarp, "", columnWarps},
                                 copied,
                                 {kRegister, kColumn, depthBits}});
  product.b = repeat(product.b, {{kWarp, "", rowWarps},
                                 columns,
                                 columnsOfWarps,
                                 copied,
                                 {kRegister, kRow, depthBits}});
  product.accumulator = repeat(product.accumulator, {rows, rowsOfWarps, columns,
                                                     columnsOfWarps, copied});
  return product;
}
