//===- ScheduleFile.h - schedules that were found elsewhere -----*- C++ -*-===//
//
//   {"format": 1, "entries": [
//     {"spec": HASH, "name": "kda", "form": "chunk", "direction": "forward",
//      "target": "x86-64-v3", "dtypes": {"q": "bf16", …}, "K": 128, "V": 128,
//      "T": [from, to], "BH": [from, to], "schedule": "#wy.schedule<…>"}]}
//
// docs/schedules.md says what each of them means.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_COMPILER_SCHEDULEFILE_H
#define SLUICE_LIB_COMPILER_SCHEDULEFILE_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/WYDialect.h"
#include "lib/IO/DType.h"
#include "lib/Runtime/Problem.h"
#include "passes/ChooseSchedule/ChooseSchedule.h"
#include <map>

namespace sluice::compiler {

/// The SHA-256 of a verified spec's text as `sluicec --emit=delta` prints it,
/// in hexadecimal: what an entry names a spec by.
std::string hashSpec(delta::RecurrenceOp op);

/// The numbers from one to another, both of them included.
struct Range {
  int64_t from = 0;
  /// Nothing: no end.
  std::optional<int64_t> to;

  bool contains(int64_t number) const {
    return number >= from && (!to || number <= *to);
  }
};

/// A processor or a GPU that a schedule is for.
struct ScheduleTarget {
  ScheduleTarget() = default;
  ScheduleTarget(const target::Cpu *cpu) : cpu(cpu) {}
  ScheduleTarget(const target::Gpu *gpu) : gpu(gpu) {}

  const target::Cpu *cpu = nullptr;
  const target::Gpu *gpu = nullptr;

  llvm::StringRef getName() const { return gpu ? gpu->name : cpu->name; }
  bool operator==(const ScheduleTarget &) const = default;
};

struct ScheduleEntry {
  std::string spec, name;
  Form form = Form::Chunk;
  ScheduleTarget target;
  /// Of every argument that is not a state.
  std::map<std::string, io::DType> dtypes;
  int64_t keyDim = 0, valueDim = 0;
  Range tokens, batchHeads;
  wy::ScheduleAttr schedule;
};

/// What a schedule is wanted for.
struct ScheduleQuery {
  delta::RecurrenceOp op;
  Form form = Form::Chunk;
  ScheduleTarget target;
  /// One for each argument; those of states are not asked for.
  llvm::SmallVector<io::DType> argTypes;
  int64_t keyDim = 0, valueDim = 0;
  /// Nothing: any. Tokens in a row; sequences times value heads.
  std::optional<int64_t> tokens, batchHeads;
  /// Nothing: of any size.
  std::optional<int64_t> chunk;
};

/// The query of a problem that is bound to the signature of `op`.
ScheduleQuery getScheduleQuery(delta::RecurrenceOp op,
                               const runtime::Problem &problem, Form form,
                               ScheduleTarget target);

/// An entry that fits a query, whatever the tokens and heads.
ScheduleEntry makeEntry(const ScheduleQuery &query, wy::ScheduleAttr schedule);

/// The entries of one file, all of them well-formed.
class ScheduleFile {
public:
  /// Reads and checks a file. The error begins with the file and the entry, and
  /// says what was expected and what was found.
  static llvm::Expected<ScheduleFile> load(mlir::MLIRContext &context,
                                           llvm::StringRef path);
  /// The same of text of any content; `path` is for errors.
  static llvm::Expected<ScheduleFile>
  parse(mlir::MLIRContext &context, llvm::StringRef text, llvm::StringRef path);

  /// The schedule of the first entry that fits; null if none does. An error if
  /// an entry of the query's name is not for its spec.
  llvm::Expected<wy::ScheduleAttr> choose(const ScheduleQuery &query) const;

private:
  std::string path;
  std::vector<ScheduleEntry> entries;
};

/// Prints a file.
void printScheduleFile(llvm::raw_ostream &os,
                       llvm::ArrayRef<ScheduleEntry> entries);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_SCHEDULEFILE_H
