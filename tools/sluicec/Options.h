//===- Options.h - The command line of sluicec ------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICEC_OPTIONS_H
#define SLUICE_TOOLS_SLUICEC_OPTIONS_H

#include "lib/Compiler/ScheduleFile.h"
#include "lib/IO/DType.h"
#include "lib/Target/Cpu.h"
#include "lib/Target/Gpu.h"
#include "tools/lib/Choices.h"

#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::tool {

enum class Emit {
  Delta,
  Class,
  WY,
  Dot,
  Stages,
  Schedule,
  Placed,
  Tile,
  Vector,
  LLVM,
  PTX,
  Cubin
};

struct EmitOptions {
  std::string spec, entry, output;
  Emit emit = Emit::WY;
  Form form = Form::Chunk;
  Direction direction = Direction::Forward;
  int64_t keyDim = 128, valueDim = 128;
  /// If it is given.
  std::optional<int64_t> chunk;
  /// Of inputs and outputs.
  io::DType dtype = io::DType::BF16;
  /// Of a GPU's products.
  Exactness exactness = Exactness::Automatic;
  /// Empty: no file.
  std::string schedules;
  /// One of them is null, and both for what is emitted above a target.
  const target::Cpu *target = nullptr;
  const target::Gpu *gpu = nullptr;
  /// A name or a path.
  std::string ptxas = "ptxas";
  /// Empty: passes and ptxas say nothing.
  std::string remarks;
  bool timing = false;
};

/// Parses and checks the command line; --help and --version end the process.
llvm::Expected<EmitOptions> parseEmitOptions(int argc, char **argv);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICEC_OPTIONS_H
