//===- SystemCalls.cpp - vprintf, __assertfail ----------------------------===//
//
// CUDA C++ Programming Guide, "Formatted Output" and "Assertion": arguments
// come in .param variables; those of printf lie behind a pointer, each aligned
// to its size.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/SystemCalls.h"
#include "lib/Simulator/Machine/Worker.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace sluice;
using namespace sluice::sim;

namespace {
/// Reads what a lane's generic addresses lead to.
class LaneMemory {
public:
  LaneMemory(Warp &warp, unsigned lane) : warp(warp), lane(lane) {}

  template <typename T> T read(uint64_t address) {
    T value{};
    Worker &worker = warp.getCta().getWorker();
    worker.want(address, sizeof(T));
    worker.hold();
    if (const uint8_t *bytes = find(address, sizeof(T)))
      std::memcpy(&value, bytes, sizeof(T));
    worker.release();
    return value;
  }

  std::string readText(uint64_t address) {
    constexpr size_t kMost = 4096;
    std::string text;
    while (text.size() < kMost) {
      char c = read<char>(address + text.size());
      if (!c)
        break;
      text += c;
    }
    return text;
  }

  /// Bytes [from, from + size) of the .param variable of the call's argument i.
  template <typename T> T argument(const Operation &operation, size_t i) {
    const auto &given = operation.source->operands[2].elements;
    T value{};
    if (i >= given.size())
      return value;
    const Frame &frame = warp.frame();
    uint64_t size = frame.code->parameterBytes;
    uint64_t place =
        frame.code->places.lookup(given[i].variable) - kParameterWindow;
    std::memcpy(&value, frame.parameters.data() + lane * size + place,
                std::min<uint64_t>(sizeof(T), given[i].variable->size));
    return value;
  }

private:
  const uint8_t *find(uint64_t address, uint64_t bytes) {
    if (isLocalAddress(address)) {
      uint64_t offset = address - kLocalWindow;
      if (offset + bytes > warp.localSize)
        return nullptr;
      return warp.local.data() + lane * warp.localSize + offset;
    }
    if (isSharedAddress(address)) {
      uint64_t offset = address & ((uint64_t(1) << kSharedRankShift) - 1);
      Region &shared = warp.getCta().shared;
      return shared.contains(offset, bytes) ? shared.at(offset) : nullptr;
    }
    Region *region = warp.getCta().getGrid().getArena().find(address, bytes);
    return region ? region->at(address) : nullptr;
  }

  Warp &warp;
  unsigned lane;
};
} // namespace

/// One conversion of a format, with its argument.
static void printOne(llvm::raw_ostream &os, const std::string &spec,
                     LaneMemory &memory, uint64_t &arguments) {
  auto next = [&](uint64_t bytes) {
    arguments = (arguments + bytes - 1) / bytes * bytes;
    uint64_t at = arguments;
    arguments += bytes;
    return at;
  };
  // Lengths are ours: the argument's size is known.
  std::string flags = "%";
  bool isLong = false;
  unsigned digits = 0;
  for (char c : llvm::StringRef(spec).drop_front().drop_back()) {
    digits = llvm::isDigit(c) ? digits + 1 : 0;
    bool isFlag = llvm::StringRef("-+ #.").contains(c) || llvm::isDigit(c);
    // Neither %n nor widths without bounds get through to the host's printf.
    if (digits > 3 || (!isFlag && !llvm::StringRef("ljzthL*").contains(c))) {
      os << spec;
      return;
    }
    if (isFlag)
      flags += c;
    else
      isLong |= llvm::StringRef("ljzt").contains(c);
  }
  char kind = spec.back();
  switch (kind) {
  case 'd':
  case 'i':
    if (isLong)
      os << llvm::format((flags + "lld").c_str(),
                         (long long)memory.read<int64_t>(next(8)));
    else
      os << llvm::format((flags + "d").c_str(), memory.read<int32_t>(next(4)));
    return;
  case 'u':
  case 'x':
  case 'X':
  case 'o':
    if (isLong)
      os << llvm::format((flags + "ll" + kind).c_str(),
                         (unsigned long long)memory.read<uint64_t>(next(8)));
    else
      os << llvm::format((flags + kind).c_str(),
                         memory.read<uint32_t>(next(4)));
    return;
  case 'c':
    os << static_cast<char>(memory.read<int32_t>(next(4)));
    return;
  case 'p':
    os << llvm::format_hex(memory.read<uint64_t>(next(8)), 1);
    return;
  case 's':
    os << memory.readText(memory.read<uint64_t>(next(8)));
    return;
  case 'e':
  case 'E':
  case 'f':
  case 'F':
  case 'g':
  case 'G':
  case 'a':
  case 'A':
    os << llvm::format((flags + kind).c_str(), memory.read<double>(next(8)));
    return;
  default:
    os << spec;
  }
}

static Flow runPrint(Warp &warp, const Operation &operation, Mask active) {
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(active >> lane & 1))
      continue;
    LaneMemory memory(warp, lane);
    std::string format =
        memory.readText(memory.argument<uint64_t>(operation, 0));
    uint64_t arguments = memory.argument<uint64_t>(operation, 1);
    std::string text;
    llvm::raw_string_ostream os(text);
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%') {
        os << format[i];
        continue;
      }
      size_t end = format.find_first_of("diuxXocpseEfFgGaA%", i + 1);
      if (end == std::string::npos || end - i > 16) {
        os << format.substr(i);
        break;
      }
      if (format[end] == '%' && end > i + 1) {
        // No conversion; the next one may be.
        os << format.substr(i, end - i);
        i = end - 1;
        continue;
      }
      if (format[end] == '%')
        os << '%';
      else
        printOne(os, format.substr(i, end - i + 1), memory, arguments);
      i = end;
    }
    warp.getCta().getGrid().print(text);
  }
  return Flow::Next;
}

static Flow runAssertFail(Warp &warp, const Operation &operation, Mask active) {
  LaneMemory memory(warp, llvm::countr_zero(active));
  std::string what = memory.readText(memory.argument<uint64_t>(operation, 0)),
              file = memory.readText(memory.argument<uint64_t>(operation, 1));
  uint32_t line = memory.argument<uint32_t>(operation, 2);
  warp.find(FindingKind::Trap, active,
            "assertion " + quote(what) + " failed at " + makePrintable(file) +
                ":" + llvm::Twine(line));
  warp.getCta().getGrid().stop();
  return Flow::Exited;
}

Handler sim::getSystemCall(llvm::StringRef name) {
  if (name == "vprintf")
    return runPrint;
  if (name == "__assertfail" || name == "__assert_fail")
    return runAssertFail;
  return nullptr;
}

bool sim::isFrameParameter(Decoder &decoder, const ptx::Operand &operand) {
  return operand.kind == ptx::Operand::Kind::Symbol &&
         operand.variable->space == ptx::Space::Param &&
         isParameterAddress(decoder.getCode(decoder.function())
                                ->places.lookup(operand.variable));
}

bool sim::decodeSystemCall(Decoder &decoder) {
  for (size_t i : {size_t(0), size_t(2)})
    for (const ptx::Operand &operand : decoder.operand(i).elements)
      if (!isFrameParameter(decoder, operand))
        return decoder.fail("only .param variables can be handed to a call");
  return true;
}
