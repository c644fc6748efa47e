//===- Case.h - One recurrence at one size ----------------------*- C++ -*-===//

#ifndef SLUICE_LIB_BENCH_CASE_H
#define SLUICE_LIB_BENCH_CASE_H

#include "lib/Bench/CompiledForm.h"
#include "lib/Bench/GeneratedProblem.h"
#include "lib/Bench/GgmlPeer.h"
#include "lib/Bench/Measure.h"
#include "lib/Compiler/ScheduleFile.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"

#include <optional>

namespace sluice::bench {

/// The least that the recurrence's algebra costs, for one token of one head: a
/// decay, a factor or a sum of states K·V, a read 2KV, a write 2KV.
double countFlop(delta::RecurrenceOp op, int64_t keyDim, int64_t valueDim);

/// What came out of one contestant.
struct Outcome {
  Samples samples;
  /// Against float64, of every result.
  std::vector<reference::TensorError> errors;

  /// The largest relative RMS error; NaN if there is one.
  double getError() const { return getWorstError(errors); }
};

/// Another chunk form that took turns with the form that is measured.
struct OtherForm {
  /// Tokens of a chunk.
  int64_t chunk = 0;
  /// None where it was compiled before.
  std::optional<double> compileSeconds;
  Outcome outcome;
};

/// A line of the table.
struct Row {
  std::string variant;
  runtime::Sizes sizes;
  /// Of one run.
  double flop = 0;
  /// None where it was compiled before.
  std::optional<double> compileSeconds;
  /// Of the form that is measured: tokens of a chunk, 0 for the step form.
  int64_t chunk = 0;
  unsigned lanes = 0;
  /// Null: the default.
  wy::ScheduleAttr schedule;
  /// The heads whose results were compared to the reference.
  int64_t comparedHeads = 0;
  /// The form that is measured, with final states in memory of their own.
  Outcome ours;
  /// The step form over the initial states, where that is the form measured;
  /// the step form beside the chunk form; ggml's.
  std::optional<Outcome> inPlace, step, ggml;
  /// Of the step form beside the chunk form.
  std::optional<double> stepCompileSeconds;
  std::vector<OtherForm> others;
  /// The machine's peak in the same rounds, and what one of its repetitions
  /// computes.
  Samples peak;
  double peakFlop = 0;
};

struct CaseOptions {
  reference::GenerateOptions inputs;
  MeasureOptions measure;
  Form form = Form::Step;
  /// Tokens of a chunk, if they are given.
  std::optional<int64_t> chunk;
  /// Tokens of a chunk of further chunk forms that take turns with this one.
  std::vector<int64_t> otherChunks;
  /// Where artifacts are kept.
  compiler::ArtifactCache cache;
  /// Null for none; else of a schedule that fits.
  const compiler::ScheduleFile *schedules = nullptr;
  /// Null for none.
  const GgmlPeer *ggml = nullptr;
};

/// Compiled once for every number of tokens.
struct CompiledCase {
  /// Of the form that is measured; null: the default.
  wy::ScheduleAttr schedule;
  /// The form that is measured, if anything is compiled yet; the step form,
  /// beside the chunk form only.
  std::optional<CompiledForm> ours, step;
  /// One for each of the other chunks.
  std::vector<CompiledForm> others;
};

class Case {
public:
  /// Makes the inputs.
  static llvm::Expected<std::unique_ptr<Case>>
  create(delta::RecurrenceOp op, const CaseOptions &options);

  /// Says how the form that is measured is computed; null: as by default.
  llvm::Expected<wy::ScheduleAttr> chooseSchedule() const;
  llvm::Expected<CompiledCase> compile(wy::ScheduleAttr schedule) const;

  /// Runs every contestant once and compares what it gives, then measures.
  llvm::Expected<Row> run(const CompiledCase &compiled,
                          llvm::function_ref<void(double fraction)> progress);

private:
  Case(delta::RecurrenceOp op, const CaseOptions &options,
       std::unique_ptr<GeneratedProblem> inputs)
      : op(op), options(options), inputs(std::move(inputs)),
        problem(this->inputs->getProblem()) {}

  mutable delta::RecurrenceOp op;
  CaseOptions options;
  std::unique_ptr<GeneratedProblem> inputs;
  /// Of the inputs.
  const runtime::Problem &problem;
};

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_CASE_H
