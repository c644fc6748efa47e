//===- Measurement.cpp - Every recurrence at every size -------------------===//

#include "tools/sluice-bench/Measurement.h"

#include "lib/Bench/FormTable.h"
#include "tools/lib/Console.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;
using namespace sluice::compiler;
using namespace sluice::tool;

namespace {
/// Measures one recurrence at one size after the other.
class Measurement {
public:
  Measurement(const BenchOptions &options, const Setting &setting)
      : options(options), setting(setting) {}

  Error measure(StringRef spec, delta::RecurrenceOp op);
  std::vector<Row> takeRows() { return std::move(rows); }

private:
  Error prepare(const Case &made);
  void print(const Row &row);

  const BenchOptions &options;
  const Setting &setting;
  /// Of the last case.
  CompiledCase compiled;
  std::vector<Row> rows;
};
} // namespace

/// Compiles what a case needs, unless the last one needed the same.
Error Measurement::prepare(const Case &made) {
  Expected<wy::ScheduleAttr> schedule = made.chooseSchedule();
  if (!schedule)
    return schedule.takeError();
  if (compiled.ours && compiled.schedule == *schedule)
    return Error::success();
  return made.compile(*schedule).moveInto(compiled);
}

void Measurement::print(const Row &row) {
  if (options.comparesForms) {
    if (rows.empty())
      printFormTableHeader(outs(), setting, row);
    printFormTableRows(outs(), row);
    return;
  }
  if (rows.empty())
    printTableHeader(outs(), setting, row);
  printTableRow(outs(), setting, row);
}

Error Measurement::measure(StringRef spec, delta::RecurrenceOp op) {
  compiled = {};
  CaseOptions caseOptions = options.everyCase;
  for (int64_t tokens : options.tokens) {
    caseOptions.inputs.sizes["T"] = tokens;
    auto made = Case::create(op, caseOptions);
    if (!made)
      return made.takeError();
    Error error = prepare(**made);
    if (error && error.isA<SpecError>() && options.takesAnyForm &&
        caseOptions.form == Form::Chunk) {
      // All forms there are: the step form.
      std::string reason = toString(std::move(error));
      outs() << "no chunk form: " << StringRef(reason).split('\n').first
             << '\n';
      caseOptions.form = Form::Step;
      caseOptions.otherChunks.clear();
      made = Case::create(op, caseOptions);
      if (!made)
        return made.takeError();
      error = prepare(**made);
    }
    if (error)
      return error;
    Expected<Row> row = [&] { // the line is gone before the row is printed
      ProgressLine line((spec + ", T = " + Twine(tokens) + ":").str());
      return (*made)->run(compiled,
                          [&](double fraction) { line.update(fraction); });
    }();
    if (!row)
      return row.takeError();
    print(*row);
    rows.push_back(std::move(*row));
  }
  return Error::success();
}

Expected<std::vector<Spec>> tool::loadSpecs(const BenchOptions &options,
                                            mlir::MLIRContext &context) {
  std::vector<Spec> specs;
  for (StringRef name : options.specs) {
    Expected<Spec> spec = loadSpec(context, name, options.entry);
    if (!spec)
      return spec.takeError();
    specs.push_back(std::move(*spec));
  }
  return specs;
}

Expected<std::vector<Row>> tool::measureAll(const BenchOptions &options,
                                            const Setting &setting,
                                            mlir::MLIRContext &context) {
  // What is wrong with one of them is said before any is measured.
  Expected<std::vector<Spec>> specs = loadSpecs(options, context);
  if (!specs)
    return specs.takeError();
  Measurement measurement(options, setting);
  for (auto [name, spec] : zip_equal(options.specs, *specs))
    if (Error error = measurement.measure(name, spec.op))
      return std::move(error);
  // The first line of stderr is an error's, where there is one.
  for (const Spec &spec : *specs)
    errs() << spec.warnings;
  std::vector<Row> rows = measurement.takeRows();
  if (options.comparesForms)
    printFastest(outs(), rows);
  return rows;
}

Expected<std::vector<BackwardRow>>
tool::measureAllBackward(const BenchOptions &options, const Setting &setting,
                         mlir::MLIRContext &context) {
  Expected<std::vector<Spec>> specs = loadSpecs(options, context);
  if (!specs)
    return specs.takeError();
  std::vector<BackwardRow> rows;
  for (auto [name, spec] : zip_equal(options.specs, *specs)) {
    CaseOptions caseOptions = options.everyCase;
    Expected<CompiledBackward> compiled = compileBackward(spec.op, caseOptions);
    if (!compiled)
      return compiled.takeError();
    for (int64_t tokens : options.tokens) {
      caseOptions.inputs.sizes["T"] = tokens;
      Expected<BackwardRow> row = [&] {
        ProgressLine line(
            (StringRef(name) + ", T = " + Twine(tokens) + ":").str());
        return runBackward(spec.op, *compiled, caseOptions,
                           [&](double fraction) { line.update(fraction); });
      }();
      if (!row)
        return row.takeError();
      if (rows.empty())
        printBackwardHeader(outs(), setting);
      printBackwardRow(outs(), *row);
      rows.push_back(std::move(*row));
    }
  }
  for (const Spec &spec : *specs)
    errs() << spec.warnings;
  return rows;
}
