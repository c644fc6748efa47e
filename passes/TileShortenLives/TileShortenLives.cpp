//===- TileShortenLives.cpp - who is needed soon comes soon ---------------===//

#include "passes/TileShortenLives/TileShortenLives.h"

namespace sluice {
#define GEN_PASS_DEF_TILESHORTENLIVES
#include "passes/TileShortenLives/TileShortenLives.h.inc"
} // namespace sluice

using namespace sluice;

namespace {
struct TileShortenLives : sluice::impl::TileShortenLivesBase<TileShortenLives> {
  using TileShortenLivesBase::TileShortenLivesBase;

  void runOnOperation() override { shortenLives(getOperation(), most); }
};
} // namespace
