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
                          StringRef axis) {
  Sizes ofSegments = sizes;
  ofSegments["N"] = segments;
  // What each writes, and where it starts; kernels start at zero, too.
  for (int end = 0; end < 2; ++end)
    addStates(need, "the segments", signature, ofSegments, io::DType::F32);
  int64_t size = sizes[axis];
  auto addZeros = [&](int64_t rows, int64_t columns) {
    need.add("the segments", getBytes({rows, columns}, io::DType::F32));
  };
  addZeros(sizes["K"], sizes["V"]);
  // The identity and, for each state, what becomes of it in all.
  uint64_t states = signature.getStates().size();
  need.add("the segments' transitions",
           getBytes({segments, sizes["HV"], size, size}, io::DType::F32),
           1 + states * states);
  if (states > 1 && sizes["K"] != sizes["V"])
    addZeros(size, size);
  // From zeros, from each identity, and from where they start.
  for (uint64_t launch = 0; launch < 2 + states; ++launch)
    addSequences(need, segments, sizes["HV"]);
  need.add("the segments", segments, sizeof(Sequence));
  need.add("the segments", SaturatingAdd<uint64_t>(sizes["N"], 1),
           sizeof(int64_t));
}

void runtime::addSequences(MemoryNeed &need, int64_t sequences, int64_t heads) {
  // Tasks are as large as sequences, or a little larger.
  uint64_t count = sequences,
           tasks = SaturatingMultiply<uint64_t>(count, heads);
  need.add("the sequences", SaturatingAdd(count, tasks), sizeof(Sequence));
}

void runtime::addGradients(MemoryNeed &need, StringRef what,
                           const Signature &signature, const Sizes &sizes,
                           io::DType dtype, io::DType stateDType) {
  for (const Argument &argument : signature.arguments) {
    bool isOfTokens = argument.kind == ArgumentKind::QKHeads ||
                      argument.kind == ArgumentKind::VHeads;
    need.add(what, getBytes(evaluate(argument.getShape(), sizes),
                            isOfTokens ? dtype : stateDType));
    if (argument.kind != ArgumentKind::QKHeads &&
        argument.kind != ArgumentKind::Params)
      continue;
    // The terms of sums, one a token and value head.
    Argument terms = argument;
    terms.kind = ArgumentKind::VHeads;
    need.add(what, getBytes(evaluate(terms.getShape(), sizes), io::DType::F64));
  }
}

MemoryNeed runtime::getRunNeed(const Signature &signature, const Sizes &sizes,
                               const RunKind &kind) {
  MemoryNeed need;
  if (kind.generated)
    addInputs(need, signature, sizes, *kind.generated, kind.stateDType,
              kind.initialStates);
  if (kind.generated && kind.backward)
    addResults(need, "the inputs", signature, sizes, *kind.generated,
               kind.stateDType);
  auto addAll = [&](StringRef what, io::DType dtype, io::DType stateDType) {
    auto *add = kind.backward ? addGradients : addResults;
    add(need, what, signature, sizes, dtype, stateDType);
  };
  addAll("the results", kind.outputDType, kind.stateDType);
  addSequences(need, sizes["N"], sizes["HV"]);
  uint64_t sequences = sizes["N"];
  if (kind.segmentTokens > 0) {
    uint64_t tokens = SaturatingMultiply<uint64_t>(sizes["B"], sizes["T"]);
    // The most that sequences of any lengths are cut in: each of them but for
    // one token is a multiple of a segment's, and one token.
    uint64_t length = kind.segmentTokens;
    uint64_t segments = std::min(
        tokens,
        SaturatingAdd(tokens, SaturatingMultiply(sequences, length - 1)) /
            length);
    addSegments(need, signature, sizes, static_cast<int64_t>(segments),
                kind.transitionAxis);
  }
  if (kind.compares)
    addAll("the reference's results", io::DType::F64, io::DType::F64);
  return need;
}
