//===- Registration.h - Every dialect of Sluice -----------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_REGISTRATION_H
#define SLUICE_DIALECTS_REGISTRATION_H

#include "dialects/Delta/DeltaDialect.h"
#include "dialects/Tile/TileDialect.h"
#include "dialects/WY/WYDialect.h"
#include "mlir/IR/DialectRegistry.h"

namespace sluice {

inline void registerSluiceDialects(mlir::DialectRegistry &registry) {
  registry.insert<delta::DeltaDialect, tile::TileDialect, wy::WYDialect>();
}

} // namespace sluice

#endif // SLUICE_DIALECTS_REGISTRATION_H
