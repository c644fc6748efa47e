//===- TileReductions.cpp - what a reduction begins with ------------------===//

#include "dialects/Tile/TileReductions.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

FloatAttr tile::getNeutral(Reduction kind, FloatType type) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  switch (kind) {
  case Reduction::Sum:
    return FloatAttr::get(type, llvm::APFloat::getZero(semantics));
  case Reduction::Max:
    return FloatAttr::get(type,
                          llvm::APFloat::getInf(semantics, /*Negative=*/true));
  case Reduction::Min:
    return FloatAttr::get(type, llvm::APFloat::getInf(semantics));
  case Reduction::Product:
    return FloatAttr::get(type, llvm::APFloat::getOne(semantics));
  }
  llvm_unreachable("covered switch");
}
