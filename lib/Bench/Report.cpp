//===- Report.cpp - The table and the JSON file ---------------------------===//

#include "lib/Bench/Report.h"

#include "lib/Support/Version.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include <chrono>
#include <cmath>
#include <ctime>
#include <thread>

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

static double getGflops(const Row &row, const Outcome &outcome) {
  return 1e-9 * row.flop / getQuartiles(outcome.samples, &Sample::wall).median;
}

void bench::printTableHeader(raw_ostream &os) {
  // formatv counts bytes, and µ has two.
  os << formatv("{0,-20} {1,6} {2,11} {3,13} {4,11}  {5,-20} {6,7} {7,8} "
                "{8,8} {9,8} {10,10}\n",
                "variant", "T", "ours µs", "in place µs", "ggml µs",
                "ggml/ours [q1, q3]", "by CPU", "GFLOP/s", "error", "of ggml",
                "compile ms");
}

void bench::printTableRow(raw_ostream &os, const Row &row) {
  auto micros = [](const Outcome &outcome) {
    double wall = getQuartiles(outcome.samples, &Sample::wall).median;
    return formatv("{0:F1}", 1e6 * wall).str();
  };
  auto error = [](const Outcome &outcome) {
    return formatv("{0:E1}", outcome.getError()).str();
  };
  std::string ratio = "-", ratioCPU = "-", ggml = "-", ggmlError = "-";
  if (row.ggml) {
    const Samples &ours = row.ours.samples, &theirs = row.ggml->samples;
    Quartiles wall = getRatio(theirs, ours, &Sample::wall);
    ratio = formatv("{0:F2} [{1:F2}, {2:F2}]", wall.median, wall.q1, wall.q3);
    ratioCPU =
        formatv("{0:F2}", getRatio(theirs, ours, &Sample::cpu).median).str();
    ggml = micros(*row.ggml);
    ggmlError = error(*row.ggml);
  }
  os << formatv("{0,-20} {1,6} {2,10} {3,12} {4,10}  {5,-20} {6,7} {7,8:F1} "
                "{8,8} {9,8} {10,10:F0}\n",
                row.variant, row.dims.T, micros(row.ours), micros(row.inPlace),
                ggml, ratio, ratioCPU, getGflops(row, row.ours),
                error(row.ours), ggmlError, 1e3 * row.compileSeconds);
  os.flush();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// JSON has no NaN and no infinity.
static json::Value getNumber(double number) {
  return std::isfinite(number) ? json::Value(number) : json::Value(nullptr);
}

static json::Object getJSON(const Quartiles &quartiles, double factor) {
  return json::Object{{"q1", getNumber(factor * quartiles.q1)},
                      {"median", getNumber(factor * quartiles.median)},
                      {"q3", getNumber(factor * quartiles.q3)}};
}

static json::Object getJSON(const Row &row, const Outcome &outcome) {
  json::Object errors;
  for (const reference::TensorError &error : outcome.errors)
    errors[error.name] =
        json::Object{{"relative_rms", getNumber(error.relativeRMS)},
                     {"max_absolute", getNumber(error.maxAbsolute)}};
  return json::Object{
      {"wall_us", getJSON(getQuartiles(outcome.samples, &Sample::wall), 1e6)},
      {"cpu_us", getJSON(getQuartiles(outcome.samples, &Sample::cpu), 1e6)},
      {"gflops", getNumber(getGflops(row, outcome))},
      {"errors", std::move(errors)}};
}

static json::Object getRatioJSON(const Outcome &slow, const Outcome &fast) {
  auto get = [&](double Sample::*member) {
    return getJSON(getRatio(slow.samples, fast.samples, member), 1);
  };
  return json::Object{{"wall", get(&Sample::wall)}, {"cpu", get(&Sample::cpu)}};
}

static json::Object getJSON(const Row &row) {
  json::Object object{{"variant", row.variant},
                      {"tokens", row.dims.T},
                      {"heads", row.dims.HV},
                      {"key_dim", row.dims.K},
                      {"value_dim", row.dims.V},
                      {"flop", row.flop},
                      {"compile_ms", 1e3 * row.compileSeconds},
                      {"compared_heads", row.comparedHeads},
                      {"ours", getJSON(row, row.ours)},
                      {"in_place", getJSON(row, row.inPlace)}};
  if (row.ggml) {
    object["ggml"] = getJSON(row, *row.ggml);
    object["ggml_over_ours"] = getRatioJSON(*row.ggml, row.ours);
    object["ggml_over_in_place"] = getRatioJSON(*row.ggml, row.inPlace);
  }
  return object;
}

/// As ISO 8601 writes it, in UTC.
static std::string getDate() {
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
    list.push_back(getJSON(row));
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
      {"form", "step"},
      {"seed", setting.seed},
      {"load_average", setting.loadAverage},
      {"rows", std::move(list)}};
  if (!setting.ggmlVersion.empty())
    object["ggml_version"] = setting.ggmlVersion;
  os << formatv("{0:2}\n", json::Value(std::move(object)));
}
