//===- GPUReport.cpp - The table and the JSON file of a GPU ---------------===//

#include "lib/Bench/GPUReport.h"
#include "lib/Bench/Report.h"
#include "lib/Support/Version.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static std::string getForm(const GPURow &row) {
  return row.chunk ? "chunk " + std::to_string(row.chunk) : "step";
}

static double divide(uint64_t part, uint64_t of) {
  return of ? static_cast<double>(part) / static_cast<double>(of) : 0;
}

/// The largest of what ptxas says of a kernel; "-" where it says nothing.
static std::string getMost(const Simulated &simulated,
                           uint64_t (*get)(const assembler::Resources &)) {
  uint64_t most = 0;
  for (const KernelUse &kernel : simulated.kernels) {
    if (!kernel.assembled.registers)
      return "-";
    most = std::max(most, get(kernel.assembled));
  }
  return std::to_string(most);
}

static std::string getText(ArrayRef<reference::TensorError> errors) {
  return errors.empty() ? "-" : formatv("{0:E1}", getWorstError(errors)).str();
}

/// Title and text of each column, for a header or for a row.
static std::vector<std::pair<Cell, std::string>>
getCells(const GPURow &row, const Measured *measured) {
  std::vector<std::pair<Cell, std::string>> cells;
  auto add = [&](StringRef title, unsigned width, std::string text,
                 bool isLeft = false) {
    cells.push_back({{std::move(text), width, isLeft}, title.str()});
  };
  add("variant", 20, row.variant, /*isLeft=*/true);
  add("form", 9, getForm(row), /*isLeft=*/true);
  add("T", 6, std::to_string(row.sizes["T"]));
  if (const auto &made = row.simulated) {
    add("bytes/min", 9,
        formatv("{0:F2}", divide(made->deviceBytes, row.minimumBytes)));
    add("reads/min", 9,
        formatv("{0:F2}", divide(made->loadedSectorBytes, row.minimumBytes)));
    add("warp instr", 11, std::to_string(made->warpInstructions));
    add("wavefronts", 10, std::to_string(made->sharedWavefronts));
    add("/ideal", 6,
        formatv("{0:F2}",
                divide(made->sharedWavefronts, made->sharedIdealWavefronts)));
    add("MFLOP", 9,
        formatv("{0:F1}", 1e-6 * static_cast<double>(made->tensorFlop)));
    add("/graph", 6,
        made->productFlop
            ? formatv("{0:F2}", static_cast<double>(made->tensorFlop) /
                                    *made->productFlop)
                  .str()
            : "-");
    add("regs", 5, getMost(*made, [](const assembler::Resources &resources) {
          return resources.registers;
        }));
    add("spills", 6, getMost(*made, [](const assembler::Resources &resources) {
          return resources.getSpillBytes();
        }));
    for (const ChipTime &time : made->chips) {
      add(time.chip + " µs", 10, formatv("{0:F2}", time.microseconds));
      add("floor", 8, formatv("{0:F2}", time.floorMicroseconds));
      add("ratio", 6,
          formatv("{0:F2}", time.microseconds / time.floorMicroseconds));
    }
    add("error", 8, getText(row.errors));
  }
  if (measured) {
    add("gates", 6, measured->gates == Gates::Mild ? "mild" : "strong",
        /*isLeft=*/true);
    const Quartiles &time = measured->microseconds;
    add("µs [q1, q3]", 30,
        formatv("{0:F1} [{1:F1}, {2:F1}]", time.median, time.q1, time.q3),
        /*isLeft=*/true);
    add("floor", 8,
        row.floorMicroseconds ? formatv("{0:F2}", *row.floorMicroseconds).str()
                              : "-");
    add("% of it", 7,
        row.floorMicroseconds
            ? formatv("{0:F1}", 100 * *row.floorMicroseconds / time.median)
                  .str()
            : "-");
    add("error", 8, getText(measured->errors));
  }
  add("compile ms", 10, getCompileText(row.compileSeconds));
  return cells;
}

static void printCells(raw_ostream &os, const GPURow &row,
                       const Measured *measured, bool isHeader) {
  std::vector<Cell> cells;
  for (auto &[cell, title] : getCells(row, measured)) {
    cells.push_back(cell);
    if (isHeader)
      cells.back().text = title;
  }
  printLine(os, cells);
}

void bench::printTableHeader(raw_ostream &os, const GPUSetting &setting,
                             const GPURow &first) {
  os << (setting.device.empty() ? "the simulator" : setting.device)
     << formatv(", code for {0}; {1} heads, K = {2}, V = {3}, {4}",
                setting.target, first.sizes["HV"], first.sizes["K"],
                first.sizes["V"], io::dtypeName(setting.dtype).lower())
     << (setting.onlySampled ? ", only CTAs that the estimate replays\n"
                             : "\n");
  printCells(os, first, first.measured.empty() ? nullptr : &first.measured[0],
             /*isHeader=*/true);
}

void bench::printTableRow(raw_ostream &os, const GPURow &row) {
  if (row.measured.empty())
    printCells(os, row, nullptr, /*isHeader=*/false);
  for (const Measured &measured : row.measured)
    printCells(os, row, &measured, /*isHeader=*/false);
  os.flush();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json::Array getJSON(ArrayRef<KernelUse> kernels) {
  json::Array list;
  for (const KernelUse &kernel : kernels) {
    json::Object object{{"kernel", kernel.name},
                        {"ctas", kernel.ctas},
                        {"cta_threads", kernel.ctaThreads},
                        {"shared_bytes", kernel.sharedBytes}};
    const assembler::Resources &resources = kernel.assembled;
    bool isKnown = resources.registers != 0;
    for (auto [name, number] :
         {std::pair("registers", resources.registers),
          std::pair("spill_store_bytes", resources.spillStoreBytes),
          std::pair("spill_load_bytes", resources.spillLoadBytes),
          std::pair("stack_bytes", resources.stackBytes)})
      object[name] = isKnown ? json::Value(number) : json::Value(nullptr);
    list.push_back(std::move(object));
  }
  return list;
}

static json::Value getText(wy::ScheduleAttr schedule) {
  std::string text;
  raw_string_ostream(text) << schedule;
  return text;
}

static json::Object getJSON(const Simulated &simulated, uint64_t minimum) {
  json::Object chips;
  for (const ChipTime &time : simulated.chips)
    chips[time.chip] =
        json::Object{{"microseconds", time.microseconds},
                     {"floor_microseconds", time.floorMicroseconds},
                     {"ratio", time.microseconds / time.floorMicroseconds},
                     {"binding", time.binding}};
  json::Object object{
      {"kernels", getJSON(simulated.kernels)},
      {"device_bytes", simulated.deviceBytes},
      {"device_bytes_ratio", divide(simulated.deviceBytes, minimum)},
      {"loaded_sector_bytes", simulated.loadedSectorBytes},
      {"loaded_sector_bytes_ratio",
       divide(simulated.loadedSectorBytes, minimum)},
      {"warp_instructions", simulated.warpInstructions},
      {"barriers", simulated.barriers},
      {"shared_wavefronts", simulated.sharedWavefronts},
      {"shared_ideal_wavefronts", simulated.sharedIdealWavefronts},
      {"tensor_flop", simulated.tensorFlop},
      {"chips", std::move(chips)}};
  if (simulated.productFlop)
    object["product_flop"] = *simulated.productFlop;
  return object;
}

static json::Object getJSON(const GPURow &row, const Measured &measured) {
  json::Object object{
      {"gates", measured.gates == Gates::Mild ? "mild" : "strong"},
      {"microseconds", toJSON(measured.microseconds, 1)},
      {"errors", toJSON(measured.errors)}};
  if (row.floorMicroseconds)
    object["floor_share"] =
        *row.floorMicroseconds / measured.microseconds.median;
  return object;
}

static json::Object getJSON(const GPURow &row) {
  json::Object object{
      {"variant", row.variant},
      {"form", row.chunk ? "chunk" : "step"},
      {"tokens", row.sizes["T"]},
      {"heads", row.sizes["HV"]},
      {"key_dim", row.sizes["K"]},
      {"value_dim", row.sizes["V"]},
      {"minimum_bytes", row.minimumBytes},
      {"compared_heads", row.comparedHeads},
      {"compile_ms", row.compileSeconds ? json::Value(1e3 * *row.compileSeconds)
                                        : json::Value(nullptr)}};
  if (row.chunk)
    object["chunk"] = row.chunk;
  if (row.schedule)
    object["schedule"] = getText(row.schedule);
  if (row.simulated) {
    object["simulated"] = getJSON(*row.simulated, row.minimumBytes);
    object["errors"] = toJSON(row.errors);
  }
  if (row.floorMicroseconds)
    object["floor_microseconds"] = *row.floorMicroseconds;
  if (!row.measured.empty()) {
    json::Array list;
    for (const Measured &measured : row.measured)
      list.push_back(getJSON(row, measured));
    object["measured"] = std::move(list);
  }
  return object;
}

void bench::printJSON(raw_ostream &os, const GPUSetting &setting,
                      ArrayRef<GPURow> rows) {
  json::Array list;
  for (const GPURow &row : rows)
    list.push_back(getJSON(row));
  json::Object object{{"sluice", getVersion()},
                      {"date", getDate()},
                      {"command", setting.command},
                      {"device", setting.device.empty() ? "sim" : "cuda"},
                      {"target", setting.target},
                      {"dtype", io::dtypeName(setting.dtype)},
                      {"seed", setting.seed},
                      {"rows", std::move(list)}};
  if (!setting.device.empty())
    object["gpu"] = setting.device;
  if (setting.onlySampled)
    object["only_sampled"] = true;
  os << formatv("{0:2}\n", json::Value(std::move(object)));
}
