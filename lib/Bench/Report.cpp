//===- Report.cpp - The table and the JSON file ---------------------------===//

#include "lib/Bench/Report.h"

#include "lib/Bench/FormTable.h"
#include "lib/Support/Version.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include <chrono>
#include <cmath>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;

std::string bench::getProcessorName() {
  // A file of the kernel has no size: it is read as a stream.
  if (auto file = MemoryBuffer::getFileAsStream("/proc/cpuinfo")) {
    SmallVector<StringRef> lines;
    (*file)->getBuffer().split(lines, '\n');
    for (StringRef line : lines)
      if (line.consume_front("model name"))
        return line.ltrim(" \t:").str();
  }
  return sys::getHostCPUName().str();
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

double bench::getGflops(const Row &row, const Outcome &outcome) {
  return 1e-9 * row.flop / getQuartiles(outcome.samples, &Sample::wall).median;
}

/// Of the rounds of `rows`.
static Quartiles getPeakGflops(ArrayRef<Row> rows) {
  std::vector<double> numbers;
  for (const Row &row : rows)
    for (const Sample &sample : row.peak)
      numbers.push_back(1e-9 * row.peakFlop / sample.wall);
  return getQuartiles(std::move(numbers));
}

Quartiles bench::getPeakShare(const Row &row, const Outcome &outcome,
                              double Sample::*member) {
  Quartiles ratio = getRatio(row.peak, outcome.samples, member);
  double factor = row.flop / row.peakFlop;
  return {factor * ratio.q1, factor * ratio.median, factor * ratio.q3};
}

std::string bench::getCompileText(std::optional<double> seconds) {
  return seconds ? formatv("{0:F0}", 1e3 * *seconds).str() : "cached";
}

/// null where it was compiled before.
static json::Value getMilliseconds(std::optional<double> seconds) {
  return seconds ? json::Value(1e3 * *seconds) : json::Value(nullptr);
}

std::string bench::getMicros(const Outcome &outcome) {
  double wall = getQuartiles(outcome.samples, &Sample::wall).median;
  return formatv("{0:F1}", 1e6 * wall).str();
}

std::string bench::getErrorText(const Outcome &outcome) {
  return formatv("{0:E1}", outcome.getError()).str();
}

std::string bench::getRatioText(const Outcome &slow, const Outcome &fast) {
  Quartiles ratio = getRatio(slow.samples, fast.samples, &Sample::wall);
  return formatv("{0:F2} [{1:F2}, {2:F2}]", ratio.median, ratio.q1, ratio.q3);
}

std::string bench::getRatioByCPU(const Outcome &slow, const Outcome &fast) {
  Quartiles ratio = getRatio(slow.samples, fast.samples, &Sample::cpu);
  return formatv("{0:F2}", ratio.median);
}

namespace {
struct Column {
  StringRef title;
  unsigned width;
  std::function<std::string(const Row &)> getText;
  bool isLeft = false;
};
} // namespace

/// The text for a contestant, "-" for rows without it.
template <typename GetText>
static auto forRowsWith(std::optional<Outcome> Row::*contestant,
                        GetText getText) {
  return [=](const Row &row) {
    return row.*contestant ? getText(row, *(row.*contestant)) : "-";
  };
}

static std::vector<Column> getColumns(const Setting &setting) {
  std::vector<Column> columns;
  auto addMicros = [&](StringRef title, unsigned width,
                       std::optional<Outcome> Row::*contestant) {
    columns.push_back(
        {title, width, forRowsWith(contestant, [](const Row &, auto &outcome) {
           return getMicros(outcome);
         })});
  };
  auto addRatio = [&](StringRef title, std::optional<Outcome> Row::*slow) {
    columns.push_back({title, 20,
                       forRowsWith(slow,
                                   [](const Row &row, auto &slow) {
                                     return getRatioText(slow, row.ours);
                                   }),
                       true});
    columns.push_back(
        {"by CPU", 7, forRowsWith(slow, [](const Row &row, auto &slow) {
           return getRatioByCPU(slow, row.ours);
         })});
  };
  auto addError = [&](StringRef title,
                      std::optional<Outcome> Row::*contestant) {
    columns.push_back(
        {title, 8, forRowsWith(contestant, [](const Row &, auto &outcome) {
           return getErrorText(outcome);
         })});
  };

  columns.push_back(
      {"variant", 20, [](const Row &row) { return row.variant; }, true});
  columns.push_back(
      {"T", 6, [](const Row &row) { return std::to_string(row.sizes["T"]); }});
  columns.push_back(
      {"ours µs", 10, [](const Row &row) { return getMicros(row.ours); }});
  if (setting.chunk) {
    addMicros("step µs", 10, &Row::step);
    addMicros("ggml µs", 10, &Row::ggml);
    addRatio("step/ours [q1, q3]", &Row::step);
  } else {
    addMicros("in place µs", 12, &Row::inPlace);
    addMicros("ggml µs", 10, &Row::ggml);
  }
  addRatio("ggml/ours [q1, q3]", &Row::ggml);
  columns.push_back({"GFLOP/s", 8, [](const Row &row) {
                       return formatv("{0:F1}", getGflops(row, row.ours)).str();
                     }});
  columns.push_back({"% peak", 7, [](const Row &row) {
                       double share =
                           getPeakShare(row, row.ours, &Sample::wall).median;
                       return formatv("{0:F1}", 100 * share).str();
                     }});
  columns.push_back(
      {"error", 8, [](const Row &row) { return getErrorText(row.ours); }});
  if (setting.chunk)
    addError("of step", &Row::step);
  addError("of ggml", &Row::ggml);
  columns.push_back({"compile ms", 10, [](const Row &row) {
                       return getCompileText(row.compileSeconds);
                     }});
  return columns;
}

void bench::printLine(raw_ostream &os, ArrayRef<Cell> cells) {
  for (const Cell &cell : cells) {
    // Bytes are counted, and µ has two.
    size_t width = cell.width + StringRef(cell.text).count("µ");
    if (&cell != cells.begin())
      os << (cell.isLeft ? "  " : " ");
    if (cell.isLeft)
      os << left_justify(cell.text, width);
    else
      os << right_justify(cell.text, width);
  }
  os << '\n';
}

static void printColumns(raw_ostream &os, ArrayRef<Column> columns,
                         function_ref<std::string(const Column &)> getText) {
  std::vector<Cell> cells;
  for (const Column &column : columns)
    cells.push_back({getText(column), column.width, column.isLeft});
  printLine(os, cells);
}

std::string bench::describeMachine(const Setting &setting, const Row &row) {
  return formatv("{0} thread{1}, {2} lanes; peak {3:F1} GFLOP/s",
                 setting.threads, setting.threads == 1 ? "" : "s", row.lanes,
                 getPeakGflops(row).median)
      .str();
}

void bench::printTableHeader(raw_ostream &os, const Setting &setting,
                             const Row &first) {
  if (setting.chunk)
    os << formatv("chunk form, {0} tokens a chunk", setting.chunk);
  else
    os << "step form";
  if (setting.hasSchedules)
    os << ", schedules of a file where one fits";
  os << "; " << describeMachine(setting, first) << '\n';
  printColumns(os, getColumns(setting),
               [](const Column &column) { return column.title.str(); });
}

void bench::printTableRow(raw_ostream &os, const Setting &setting,
                          const Row &row) {
  printColumns(os, getColumns(setting),
               [&](const Column &column) { return column.getText(row); });
  os.flush();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// JSON has no NaN and no infinity.
static json::Value getNumber(double number) {
  return std::isfinite(number) ? json::Value(number) : json::Value(nullptr);
}

json::Object bench::toJSON(const Quartiles &quartiles, double factor) {
  return json::Object{{"q1", getNumber(factor * quartiles.q1)},
                      {"median", getNumber(factor * quartiles.median)},
                      {"q3", getNumber(factor * quartiles.q3)}};
}

json::Object bench::toJSON(ArrayRef<reference::TensorError> errors) {
  json::Object object;
  for (const reference::TensorError &error : errors)
    object[error.name] =
        json::Object{{"relative_rms", getNumber(error.relativeRMS)},
                     {"max_absolute", getNumber(error.maxAbsolute)}};
  return object;
}

static json::Object getJSON(const Row &row, const Outcome &outcome) {
  auto getShare = [&](double Sample::*member) {
    return toJSON(getPeakShare(row, outcome, member), 1);
  };
  return json::Object{
      {"wall_us", toJSON(getQuartiles(outcome.samples, &Sample::wall), 1e6)},
      {"cpu_us", toJSON(getQuartiles(outcome.samples, &Sample::cpu), 1e6)},
      {"gflops", getNumber(getGflops(row, outcome))},
      {"peak_share", json::Object{{"wall", getShare(&Sample::wall)},
                                  {"cpu", getShare(&Sample::cpu)}}},
      {"errors", toJSON(outcome.errors)}};
}

static json::Object getRatioJSON(const Outcome &slow, const Outcome &fast) {
  auto get = [&](double Sample::*member) {
    return toJSON(getRatio(slow.samples, fast.samples, member), 1);
  };
  return json::Object{{"wall", get(&Sample::wall)}, {"cpu", get(&Sample::cpu)}};
}

static json::Array getFormsJSON(const Row &row) {
  json::Array list;
  for (const MeasuredForm &form : getForms(row)) {
    json::Object object = getJSON(row, *form.outcome);
    object["form"] = form.chunk ? "chunk" : "step";
    if (form.chunk)
      object["chunk"] = form.chunk;
    object["compile_ms"] = getMilliseconds(form.compileSeconds);
    list.push_back(std::move(object));
  }
  return list;
}

static json::Object getJSON(const Setting &setting, const Row &row) {
  json::Object object{{"variant", row.variant},
                      {"tokens", row.sizes["T"]},
                      {"heads", row.sizes["HV"]},
                      {"key_dim", row.sizes["K"]},
                      {"value_dim", row.sizes["V"]},
                      {"flop", row.flop},
                      {"compile_ms", getMilliseconds(row.compileSeconds)},
                      {"compared_heads", row.comparedHeads},
                      {"peak_gflops", toJSON(getPeakGflops(row), 1)},
                      {"ours", getJSON(row, row.ours)}};
  if (row.schedule) {
    std::string schedule;
    raw_string_ostream(schedule) << row.schedule;
    object["schedule"] = std::move(schedule);
  }
  if (row.inPlace)
    object["in_place"] = getJSON(row, *row.inPlace);
  if (row.step) {
    object["step"] = getJSON(row, *row.step);
    object["step_over_ours"] = getRatioJSON(*row.step, row.ours);
  }
  if (row.ggml) {
    object["ggml"] = getJSON(row, *row.ggml);
    object["ggml_over_ours"] = getRatioJSON(*row.ggml, row.ours);
    if (row.inPlace)
      object["ggml_over_in_place"] = getRatioJSON(*row.ggml, *row.inPlace);
    if (row.step)
      object["ggml_over_step"] = getRatioJSON(*row.ggml, *row.step);
  }
  if (setting.comparesForms) {
    object["forms"] = getFormsJSON(row);
    object["fastest"] = getFlags(getFastest(row));
  }
  return object;
}

std::string bench::getDate() {
  std::time_t now =
      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text, size);
}

void bench::printJSON(raw_ostream &os, const Setting &setting,
                      ArrayRef<Row> rows) {
  json::Array list;
  for (const Row &row : rows)
    list.push_back(getJSON(setting, row));
  json::Object object{
      {"sluice", getVersion()},
      {"date", getDate()},
      {"command", setting.command},
      {"processor", json::Object{{"model", getProcessorName()},
                                 {"llvm_name", sys::getHostCPUName()},
                                 {"cores", std::thread::hardware_concurrency()},
                                 {"vector_lanes", rows.front().lanes}}},
      {"threads", setting.threads},
      {"rounds", setting.rounds},
      {"dtype", io::dtypeName(setting.dtype)},
      {"form", setting.comparesForms ? "all"
               : setting.chunk       ? "chunk"
                                     : "step"},
      {"seed", setting.seed},
      {"load_average", setting.loadAverage},
      {"peak_gflops", toJSON(getPeakGflops(rows), 1)},
      {"rows", std::move(list)}};
  if (setting.chunk && !setting.comparesForms)
    object["chunk"] = setting.chunk;
  if (!setting.ggmlVersion.empty())
    object["ggml_version"] = setting.ggmlVersion;
  os << formatv("{0:2}\n", json::Value(std::move(object)));
}
