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
//   struct:SIZE[:OFFSET=ARG]…   a struct by value (StructArgument.cpp)
//   at:ARG         the address of memory that holds ARG
//
// and of --buffers: tensors that the kernel reaches by other ways, and what is
// put into them,
//
//   [out:]NAME[:OFFSET=ARG]…
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
    /// `size` bytes with `fields`, zero between them.
    Struct,
    /// The address of memory that holds its only field.
    Copy,
  };
  Kind kind = Kind::Value;
  /// As given, for messages.
  std::string text;
  std::string tensor;
  uint64_t offset = 0;
  bool startsUnwritten = false;
  std::vector<uint8_t> bytes;
  /// What a value's first byte lies at a multiple of: more than 1 of numbers.
  uint64_t alignment = 1;
  TensorMap map;
  uint64_t size = 0;
  std::vector<Argument> fields;
  /// Of a field: where it begins.
  uint64_t place = 0;
};

/// Bytes that it takes as a field.
uint64_t getSize(const Argument &argument);
/// The alignment of its first byte, as a field.
uint64_t getAlignment(const Argument &argument);

/// Parses the text of --args; `inputs` is null without --inputs. An error names
/// the argument, and for a tensor that is not there those that are.
llvm::Expected<std::vector<Argument>>
parseArguments(llvm::StringRef text, const io::TensorFile *inputs);

/// Parses the text of --buffers: addresses of tensors, with what is put into
/// them as fields.
llvm::Expected<std::vector<Argument>>
parseBuffers(llvm::StringRef text, const io::TensorFile *inputs);

/// Checks that there are as many arguments as the entry has parameters, and of
/// their sizes.
llvm::Error checkArguments(llvm::ArrayRef<Argument> arguments,
                           const ptx::Function &entry);

// For the parts of the parser.

/// Parses one argument; `depth` structs or at: lie around it.
llvm::Error parseArgument(llvm::StringRef text, const io::TensorFile *inputs,
                          unsigned depth, Argument &argument);

/// `text` is what follows "struct:" or "at:".
llvm::Error parseStruct(llvm::StringRef text, const io::TensorFile *inputs,
                        unsigned depth, Argument &argument);
llvm::Error parseCopy(llvm::StringRef text, const io::TensorFile *inputs,
                      unsigned depth, Argument &argument);

/// Returns true for structs and for addresses of structs, where parentheses
/// group: a comma or an OFFSET= between them ends nothing.
bool hasGroups(llvm::StringRef text);

/// Cuts off one of several arguments with commas between them.
llvm::StringRef takeArgument(llvm::StringRef &text, bool hasGroups);

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
