//===- Report.h - what a run found ------------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_REPORT_H
#define SLUICE_LIB_SIMULATOR_MACHINE_REPORT_H

#include "lib/PTX/Module.h"
#include "llvm/ADT/DenseMap.h"
#include <mutex>
#include <string>

namespace sluice::sim {

enum class FindingKind : uint8_t {
  Race,
  Uninitialized,
  OutOfBounds,
  Misaligned,
  AsyncUse,
  MbarrierMisuse,
  DivergentBarrier,
  Deadlock,
  Trap,
  Limit,
  ReadOnlyWritten,
  /// Notes.
  SameValueWrite,
  DefaultScope,
  MissingWgmmaFence,
  MissingMbarrierFence,
  MissingProxyFence,
};
/// The name as in the report: "race", "out-of-bounds".
llvm::StringRef getName(FindingKind kind);
bool isError(FindingKind kind);

/// Who: coordinates in the grid and in the CTA.
struct ThreadId {
  uint32_t cta[3] = {0, 0, 0};
  uint32_t thread[3] = {0, 0, 0};
};

/// An access or a wait, at an instruction: of the module, and no longer valid
/// than that lives.
struct Site {
  const ptx::Instruction *instruction = nullptr;
  ThreadId who;
};

struct Finding {
  FindingKind kind;
  /// One sentence in lower case, without a full stop.
  std::string message;
  ptx::Space space = ptx::Space::Generic;
  uint64_t address = 0;
  Site site;
  /// The conflicting access of a race.
  bool hasOther = false;
  Site other;
  /// How often it was found here.
  uint64_t count = 1;
};

/// Findings, each once per pair of instructions, of the first thread that had
/// it; safe to call from several threads.
class Report {
public:
  void add(Finding finding);
  bool hasErrors() const;
  /// The findings in the order of lines, then of threads.
  std::vector<Finding> getFindings() const;

private:
  mutable std::mutex mutex;
  using Key = std::pair<std::pair<const void *, const void *>, unsigned>;
  llvm::DenseMap<Key, size_t> known;
  std::vector<Finding> findings;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_REPORT_H
