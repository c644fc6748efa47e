//===- Refusals.cpp - what is known and not simulated ---------------------===//

#include "lib/Simulator/Machine/Refusals.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice;

namespace {
/// Instructions of a mnemonic, with a qualifier or with any.
struct Refusal {
  llvm::StringRef mnemonic, qualifier, reason;
};
} // namespace

static constexpr llvm::StringLiteral kTextures =
    "textures and surfaces are not simulated";

static constexpr Refusal kRefusals[] = {
    {"multimem", "", "memory of several GPUs is not simulated"},
    {"tcgen05", "", "tensor memory is not simulated"},
    {"clusterlaunchcontrol", "", "taking over another CTA is not simulated"},
    {"tex", "", kTextures},
    {"tld4", "", kTextures},
    {"txq", "", kTextures},
    {"istypep", "", kTextures},
    {"suld", "", kTextures},
    {"sust", "", kTextures},
    {"sured", "", kTextures},
    {"suq", "", kTextures},
    {"cp", "im2col", "tensor copies are simulated in tiled mode"},
    {"cp", "im2col_no_offs", "tensor copies are simulated in tiled mode"},
    {"cp", "im2col::w", "tensor copies are simulated in tiled mode"},
    {"cp", "im2col::w::128", "tensor copies are simulated in tiled mode"},
    {"cp", "tile::gather4", "gathering rows is not simulated"},
    {"cp", "tile::scatter4", "scattering rows is not simulated"},
    {"cp", "cta_group::2", "pairs of CTAs are not simulated"},
    {"mma", "sp", "sparse matrices are not simulated"},
    {"mma", "sp::ordered_metadata", "sparse matrices are not simulated"},
    {"mma", "block_scale", "scaled blocks are not simulated"},
    {"wgmma", "sp", "sparse matrices are not simulated"},
};

std::string sim::getRefusal(const ptx::Instruction &instruction) {
  for (const Refusal &refusal : kRefusals) {
    if (refusal.mnemonic != instruction.mnemonic ||
        !(refusal.qualifier.empty() ||
          llvm::is_contained(instruction.qualifiers, refusal.qualifier)))
      continue;
    std::string name = instruction.mnemonic.str();
    for (llvm::StringRef qualifier : instruction.qualifiers)
      name += "." + qualifier.str();
    return quote(name) + " is not simulated: " + refusal.reason.str();
  }
  return "";
}
