//===- Argument.h - what a kernel is given, as text -------------*- C++ -*-===//
//
// The grammar of --args: arguments in parameter order, commas between them,
//
//   NAME[+BYTES]   the address of a tensor of the inputs
//   out:NAME       the same; the buffer starts unwritten
//   TYPE:VALUE     i8 … i64, u8 … u64, f16, bf16, f32, f64
//   null           8 zero bytes
//   bytes:HEX      a struct by value
//   tma:NAME:…     a tensor map (TensorMapArgument.cpp)
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_ARGUMENT_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_ARGUMENT_H

#include "lib/IO/SafeTensors.h"
#include "lib/PTX/Module.h"
#include "lib/Simulator/Machine/TensorMap.h"
#include <string>
#include <vector>

namespace sluice::sim {

struct Argument {
  enum class Kind {
    /// The address of `tensor` plus `offset`.
    Address,
    /// `bytes` are what the parameter holds.
    Value,
    /// `map` of `tensor`, whose `address` is an offset in it still.
    TensorMap,
  };
  Kind kind = Kind::Value;
  /// As given, for messages.
  std::string text;
  std::string tensor;
  uint64_t offset = 0;
  bool startsUnwritten = false;
  std::vector<uint8_t> bytes;
  TensorMap map;
};

/// Parses the text of --args; `inputs` is null without --inputs. An error names
/// the argument, and for a tensor that is not there those that are.
llvm::Expected<std::vector<Argument>>
parseArguments(llvm::StringRef text, const io::TensorFile *inputs);

/// As many as the entry has parameters, and of their sizes.
llvm::Error checkArguments(llvm::ArrayRef<Argument> arguments,
                           const ptx::Function &entry);

// For the parts of the parser.

/// Finds NAME[+BYTES] and fills in `tensor` and `offset`. BYTES may be as large
/// as the tensor: one past its end.
llvm::Expected<const io::TensorView *> parseTensor(llvm::StringRef text,
                                                   const io::TensorFile *inputs,
                                                   Argument &argument);

/// `text` is what follows "tma:".
llvm::Error parseTensorMap(llvm::StringRef text, const io::TensorFile *inputs,
                           Argument &argument);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_ARGUMENT_H
