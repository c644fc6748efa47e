//===- ChooseSchedule.h - how a recurrence is computed ----------*- C++ -*-===//

#ifndef SLUICE_PASSES_CHOOSESCHEDULE_CHOOSESCHEDULE_H
#define SLUICE_PASSES_CHOOSESCHEDULE_CHOOSESCHEDULE_H

#include "dialects/WY/WYOps.h"
#include "lib/Target/Cpu.h"
#include "lib/Target/Gpu.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/ChooseSchedule/ChooseSchedule.h.inc"

/// What a schedule is for.
enum class Form { Step, Chunk };

/// How exact a GPU's products are where outputs have 16 bits: with factors of
/// 16 bits, as a recurrence needs them, or with factors of twice as many.
enum class Exactness { Plain, Automatic, High };
/// plain, auto and high.
llvm::StringRef stringifyExactness(Exactness exactness);

/// The tokens of a chunk that suit a processor: all reads of a chunk in one
/// pass over a panel.
inline constexpr int64_t kDefaultChunk = 4;
/// Of gradients on a processor: a state before each chunk goes through memory.
inline constexpr int64_t kDefaultBackwardChunk = 16;
/// And a GPU: the rows of what tensor cores multiply.
inline constexpr int64_t kDefaultGPUChunk = 16;

/// Parses a schedule's text, whatever it holds. The error says what is wrong
/// with it.
llvm::Expected<wy::ScheduleAttr> parseSchedule(mlir::MLIRContext &context,
                                               llvm::StringRef text);

/// Succeeds if a target can compute a recurrence in that form as `schedule`
/// says. The error names the parameter, what it may be and what was found.
llvm::Error checkSchedule(wy::ScheduleAttr schedule, Form form,
                          const target::Cpu &cpu);
llvm::Error checkSchedule(wy::ScheduleAttr schedule, Form form,
                          const target::Gpu &gpu);

} // namespace sluice

#endif // SLUICE_PASSES_CHOOSESCHEDULE_CHOOSESCHEDULE_H
