//===- Control.cpp - branches, calls, ends (PTX ISA 9.0, section 9.7.12) --===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/SystemCalls.h"
#include "lib/Simulator/Machine/Worker.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/StringSwitch.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Type;

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

static bool decodeBranch(Decoder &decoder) {
  Operation &operation = decoder.operation();
  if (decoder.operand(0).kind != Operand::Kind::Label)
    return decoder.fail("expected a label of the function");
  const ptx::Function &function = decoder.function();
  operation.target = function.labels[decoder.operand(0).label].instruction;
  operation.run = [](Warp &warp, const Operation &operation, Mask active) {
    return warp.branch(active, operation.target);
  };
  return true;
}

/// rows[0]: the index; detail[0]: into Code::jumpTables.
static Flow runIndexedBranch(Warp &warp, const Operation &operation,
                             Mask active) {
  const std::vector<uint32_t> &targets =
      warp.frame().code->jumpTables[operation.detail[0]];
  const uint32_t *index = warp.words(operation.rows[0]);
  if (Mask poisoned = warp.poison(operation.rows[0]) & active)
    warp.find(FindingKind::Uninitialized, poisoned,
              "the branch depends on a value that nobody has written");
  // Lanes of the lowest lane's target go there; the others look again.
  uint32_t first = index[llvm::countr_zero(active)];
  Mask same = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane)
    if ((active >> lane & 1) && index[lane] == first)
      same |= Mask(1) << lane;
  if (first >= targets.size()) {
    warp.find(FindingKind::OutOfBounds, same,
              "index " + llvm::Twine(first) + " of a branch with " +
                  llvm::Twine(targets.size()) + " targets");
    warp.getCta().getGrid().stop();
    return Flow::Exited;
  }
  return warp.jump(same, targets[first]);
}

static bool decodeIndexedBranch(Decoder &decoder) {
  Operation &operation = decoder.operation();
  const ptx::Function &function = decoder.function();
  const Operand &table = decoder.operand(1);
  auto targets = function.branchTargets.find(table.name);
  if (table.kind != Operand::Kind::Table ||
      targets == function.branchTargets.end())
    return decoder.fail("expected the name of a .branchtargets");
  std::vector<uint32_t> places;
  for (unsigned label : targets->second)
    places.push_back(function.labels[label].instruction);
  operation.detail[0] = decoder.addJumpTable(std::move(places));
  operation.run = runIndexedBranch;
  return decoder.addSource(0, Type::U32);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

namespace {
/// .param variables that a call hands over: from, to, bytes.
struct Handover {
  uint64_t from, to, bytes;
};
} // namespace

static void copyParameters(const Frame &from, Frame &to, uint64_t fromPlace,
                           uint64_t toPlace, uint64_t bytes, Mask lanes) {
  uint64_t fromSize = from.code->parameterBytes,
           toSize = to.code->parameterBytes;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    for (uint64_t i = 0; i < bytes; ++i) {
      to.parameters[lane * toSize + toPlace + i] =
          from.parameters[lane * fromSize + fromPlace + i];
      to.parametersWritten[lane * toSize + toPlace + i] =
          from.parametersWritten[lane * fromSize + fromPlace + i];
    }
  }
}

/// The call that a frame came from, and the variables of both sides.
static void handOver(const ptx::Instruction &call, const Code &callerCode,
                     const ptx::Function &callee, const Code &calleeCode,
                     bool isReturn, llvm::SmallVectorImpl<Handover> &result) {
  const auto &given = call.operands[isReturn ? 0 : 2].elements;
  const auto &wanted = isReturn ? callee.results : callee.parameters;
  for (auto [operand, variable] : llvm::zip(given, wanted)) {
    uint64_t outside =
        callerCode.places.lookup(operand.variable) - kParameterWindow;
    uint64_t inside =
        calleeCode.places.lookup(variable.get()) - kParameterWindow;
    uint64_t bytes = variable->size;
    result.push_back(isReturn ? Handover{inside, outside, bytes}
                              : Handover{outside, inside, bytes});
  }
}

static Flow runCall(Warp &warp, const Operation &operation, Mask active) {
  const ptx::Function &callee = *operation.callee;
  const Code &code =
      *warp.getCta().getGrid().getProgram().codes.find(&callee)->second;
  FrameRef caller = warp.path().frame;
  Flow flow = warp.call(code, active);
  if (flow != Flow::Jumped)
    return flow;
  llvm::SmallVector<Handover, 8> moves;
  handOver(*operation.source, *caller->code, callee, code, false, moves);
  for (const Handover &move : moves)
    copyParameters(*caller, warp.frame(), move.from, move.to, move.bytes,
                   active);
  return flow;
}

Flow sim::returnFromFunction(Warp &warp, Mask active) {
  FrameRef callee = warp.path().frame;
  Flow flow = warp.ret(active);
  if (!callee->caller)
    return flow;
  const Operation &call =
      callee->caller->code->operations[callee->returnTo - 1];
  llvm::SmallVector<Handover, 8> moves;
  handOver(*call.source, *callee->caller->code, *callee->code->function,
           *callee->code, true, moves);
  for (const Handover &move : moves)
    copyParameters(*callee, *callee->caller, move.from, move.to, move.bytes,
                   active);
  return flow;
}

static bool decodeCall(Decoder &decoder) {
  Operation &operation = decoder.operation();
  if (decoder.numOperands() < 3 ||
      decoder.operand(1).kind != Operand::Kind::Function)
    return decoder.fail("calls through a register are not supported");
  const ptx::Function *callee =
      decoder.module().findFunction(decoder.operand(1).name);
  if (!callee)
    return decoder.fail("function " + quote(decoder.operand(1).name) +
                        " is not in the module");
  if (callee->isEntry)
    return decoder.fail(quote(callee->name) +
                        " is an entry, which cannot be called");
  if (!decoder.getCode(*callee)) {
    operation.run = getSystemCall(callee->name);
    if (operation.run)
      return decodeSystemCall(decoder);
    return decoder.fail("function " + quote(callee->name) + " has no body");
  }
  auto check = [&](const std::vector<Operand> &given, const auto &wanted,
                   const char *what) {
    if (given.size() != wanted.size())
      return decoder.fail(quote(callee->name) + " has " +
                          llvm::Twine(wanted.size()) + " " + what +
                          ", the call " + llvm::Twine(given.size()));
    for (auto [operand, variable] : llvm::zip(given, wanted)) {
      if (!isFrameParameter(decoder, operand))
        return decoder.fail("only .param variables can be handed to a call");
      if (operand.variable->size != variable->size)
        return decoder.fail(quote(operand.variable->name) + " has " +
                            llvm::Twine(operand.variable->size) + " bytes, " +
                            quote(variable->name) + " of " +
                            quote(callee->name) + " " +
                            llvm::Twine(variable->size));
    }
    return true;
  };
  operation.callee = callee;
  operation.run = runCall;
  return check(decoder.operand(0).elements, callee->results, "results") &&
         check(decoder.operand(2).elements, callee->parameters, "parameters");
}

//===----------------------------------------------------------------------===//
// Ends
//===----------------------------------------------------------------------===//

static bool decodeReturn(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &, Mask active) {
    return returnFromFunction(warp, active);
  };
  return true;
}

static bool decodeExit(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &, Mask active) {
    return warp.exit(active);
  };
  return true;
}

static bool decodeTrap(Decoder &decoder) {
  decoder.operation().run = [](Warp &warp, const Operation &, Mask active) {
    warp.find(FindingKind::Trap, active, "the program traps");
    warp.getCta().getGrid().stop();
    return Flow::Exited;
  };
  return true;
}

static bool decodeSleep(Decoder &decoder) {
  decoder.operation().run = [](Warp &, const Operation &, Mask) {
    return Flow::Yield;
  };
  return decoder.addSource(0, Type::U32);
}

static bool decodeNothing(Decoder &decoder) {
  decoder.operation().run = [](Warp &, const Operation &, Mask) {
    return Flow::Next;
  };
  return true;
}

//===----------------------------------------------------------------------===//
// Special registers that change
//===----------------------------------------------------------------------===//

/// Time is what has been executed: it goes forward, and is the same for a seed.
static Flow runReadClock(Warp &warp, const Operation &operation, Mask active) {
  uint64_t now = warp.getCta().getWorker().getThreadInstructions();
  Row row = operation.rows[0];
  warp.poison(row) &= ~active;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(active >> lane & 1))
      continue;
    if (operation.detail[0] == 64)
      warp.longs(row)[lane] = now;
    else
      warp.words(row)[lane] =
          static_cast<uint32_t>(operation.detail[1] ? now >> 32 : now);
  }
  return Flow::Next;
}

bool sim::decodeChangingSpecial(Decoder &decoder) {
  if (decoder.instruction().mnemonic != "mov" || decoder.numOperands() != 2 ||
      decoder.operand(1).kind != Operand::Kind::Special)
    return false;
  llvm::StringRef name = decoder.operand(1).name;
  int bits =
      llvm::StringSwitch<int>(name)
          .Cases({"%clock", "%clock_hi", "%globaltimer_lo", "%globaltimer_hi"},
                 32)
          .Cases({"%clock64", "%globaltimer"}, 64)
          .Default(0);
  if (!bits)
    return false;
  Operation &operation = decoder.operation();
  operation.run = runReadClock;
  operation.detail[0] = bits;
  operation.detail[1] = name.ends_with("hi");
  return decoder.addDestination(0, bits == 64 ? Type::B64 : Type::B32);
}

llvm::ArrayRef<InstructionDecoder> sim::getControlDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::Branch, decodeBranch},
      {Semantics::BranchIndexed, decodeIndexedBranch},
      {Semantics::Call, decodeCall},
      {Semantics::Return, decodeReturn},
      {Semantics::Exit, decodeExit},
      {Semantics::Trap, decodeTrap},
      {Semantics::Nothing, decodeNothing},
      {Semantics::NanoSleep, decodeSleep},
  };
  return decoders;
}
