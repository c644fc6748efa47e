//===- ArtifactFuzzer.cpp - Manifests of any content ----------------------===//
//
// The input is a manifest; its file has the SHA-256 that belongs to it, which
// would keep every mutation out otherwise. What is read is written and read
// again, and is the same.
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Artifact.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SHA256.h"
#include <cstdlib>

using namespace llvm;
using namespace sluice::runtime;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ArrayRef<uint8_t> manifest(data, size);
  std::string file("SLUICEA1");
  file.resize(16);
  support::endian::write64le(file.data() + 8, size);
  file += toStringRef(SHA256::hash(manifest));
  file += toStringRef(manifest);
  Expected<Artifact> artifact =
      parseArtifact(arrayRefFromStringRef(file), "an artifact");
  if (!artifact) {
    consumeError(artifact.takeError());
    return 0;
  }
  std::string written = serialize(*artifact);
  if (!(cantFail(parseArtifact(arrayRefFromStringRef(written), "")) ==
        *artifact))
    std::abort();
  return 0;
}
