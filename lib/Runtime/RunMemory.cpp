//===- RunMemory.cpp - What a run allocates -------------------------------===//

#include "lib/Runtime/RunMemory.h"
#include "lib/IO/SafeTensors.h"
#include "lib/Runtime/Problem.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static uint64_t getBytes(ArrayRef<int64_t> shape, io::DType dtype) {
  std::optional<int64_t> bytes = io::tensorBytes(shape, dtype);
  return bytes ? static_cast<uint64_t>(*bytes)
               : std::numeric_limits<uint64_t>::max();
}

void runtime::addInputs(MemoryNeed &need, const Signature &signature,
                        const Sizes &sizes, io::DType dtype,
                        io::DType stateDType, bool initialStates) {
  for (const Argument &argument : signature.arguments) {
    bool isState = argument.kind == ArgumentKind::State;
    if (!isState || initialStates)
      need.add("the inputs", getBytes(evaluate(argument.getShape(), sizes),
                                      isState ? stateDType : dtype));
  }
}

static void addStates(MemoryNeed &need, StringRef what,
                      const Signature &signature, const Sizes &sizes,
                      io::DType dtype) {
  for (unsigned state : signature.getStates())
    need.add(what,
             getBytes(evaluate(signature.arguments[state].getShape(), sizes),
                      dtype));
}

void runtime::addResults(MemoryNeed &need, StringRef what,
                         const Signature &signature, const Sizes &sizes,
                         io::DType outputDType, io::DType stateDType) {
  for (const Output &output : signature.outputs)
    need.add(what, getBytes(evaluate(output.getShape(), sizes), outputDType));
  addStates(need, what, signature, sizes, stateDType);
}

void runtime::addSegments(MemoryNeed &need, const Signature &signature,
                          const Sizes &sizes, int64_t segments,
                          io::DType outputDType, io::DType stateDType) {
  Sizes ofSegments = sizes;
  ofSegments["N"] = segments;
  // From zeros, and from their starts: both give outputs, too.
  for (int pass = 0; pass < 2; ++pass)
    addResults(need, "the segments", signature, ofSegments, outputDType,
               stateDType);
  addStates(need, "the segments", signature, ofSegments, stateDType);
  // The identity and, for each state, what becomes of it in all.
  int64_t axis = std::max(sizes["K"], sizes["V"]);
  uint64_t matrices = getBytes({segments, sizes["HV"], axis, axis}, stateDType);
  uint64_t states = signature.getStates().size();
  need.add("the segments' transitions", matrices, 1 + states * states);
  need.add("the segments", segments, sizeof(Sequence) + sizeof(int64_t));
}

void runtime::addSequences(MemoryNeed &need, int64_t sequences, int64_t heads) {
  // Tasks are as large as sequences, or a little larger.
  uint64_t count = sequences,
           tasks = SaturatingMultiply<uint64_t>(count, heads);
  need.add("the sequences", SaturatingAdd(count, tasks), sizeof(Sequence));
}

MemoryNeed runtime::getRunNeed(const Signature &signature, const Sizes &sizes,
                               const RunKind &kind) {
  MemoryNeed need;
  if (kind.generated)
    addInputs(need, signature, sizes, *kind.generated, kind.stateDType,
              kind.initialStates);
  addResults(need, "the results", signature, sizes, kind.outputDType,
             kind.stateDType);
  addSequences(need, sizes["N"], sizes["HV"]);
  uint64_t sequences = sizes["N"];
  if (kind.segmentTokens > 0) {
    uint64_t tokens = SaturatingMultiply<uint64_t>(sizes["B"], sizes["T"]);
    uint64_t segments =
        std::min(tokens, SaturatingAdd(tokens / kind.segmentTokens, sequences));
    addSegments(need, signature, sizes, static_cast<int64_t>(segments),
                kind.outputDType, kind.stateDType);
  }
  if (kind.compares)
    addResults(need, "the reference's results", signature, sizes,
               io::DType::F64, io::DType::F64);
  return need;
}
