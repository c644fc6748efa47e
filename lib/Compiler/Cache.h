//===- Cache.h - Artifacts on disk, by what they are made of ----*- C++ -*-===//
//
// A spec that was compiled once is not compiled again: artifacts lie in a
// folder of the user, each under the SHA-256 of all that it depends on: the
// spec's text, form, sizes, types, target, processor and schedule, and this
// compiler's own sources.
//
// Files come by renaming, so that processes that compile the same do no harm to
// each other. Those that were not used for the longest go when the folder is
// larger than a bound. A folder that cannot be written, or a file that is
// damaged, costs no more than compiling.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_COMPILER_CACHE_H
#define SLUICE_LIB_COMPILER_CACHE_H

#include "lib/Compiler/Compile.h"

#include "llvm/Support/Chrono.h"

namespace sluice::compiler {

class ArtifactCache {
public:
  /// Bytes of all files.
  static constexpr uint64_t kDefaultBound = uint64_t{256} << 20;

  /// A cache that keeps nothing.
  ArtifactCache() = default;
  /// Artifacts lie in `folder`, which need not exist.
  explicit ArtifactCache(std::string folder, uint64_t bound = kDefaultBound)
      : folder(std::move(folder)), bound(bound) {}
  /// The user's: $XDG_CACHE_HOME/sluice, or ~/.cache/sluice; none where neither
  /// is known. A relative one is not looked at.
  static ArtifactCache getUsers();

  /// compile(), if there is no artifact yet. `isCached`, if given, says whether
  /// there was.
  llvm::Expected<runtime::Artifact> compile(delta::RecurrenceOp op,
                                            const CompileOptions &options,
                                            bool *isCached = nullptr) const;

  struct Info {
    uint64_t files = 0, bytes = 0;
  };
  /// What lies in the folder.
  Info getInfo() const;
  /// Removes every artifact, and gives what there was. An error where one
  /// stays.
  llvm::Expected<Info> clear() const;

  /// The folder of the artifacts, empty where nothing is kept.
  llvm::StringRef getFolder() const { return folder; }
  uint64_t getBound() const { return bound; }

private:
  struct File {
    std::string path;
    uint64_t bytes;
    llvm::sys::TimePoint<> used;
  };
  std::vector<File> list() const;
  std::string getPath(llvm::StringRef key) const;
  void store(llvm::StringRef path, const runtime::Artifact &artifact) const;

  std::string folder;
  uint64_t bound = 0;
};

/// What an artifact of these options is named by, in hexadecimal.
std::string hashArtifact(delta::RecurrenceOp op, const CompileOptions &options);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_CACHE_H
