//===- InputTensors.h - inputs that arguments name --------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_LAUNCH_INPUTTENSORS_H
#define SLUICE_TEST_UNIT_SIMULATOR_LAUNCH_INPUTTENSORS_H

#include "lib/Simulator/Launch/Argument.h"
#include "llvm/Support/Endian.h"
#include <gtest/gtest.h>
#include <optional>

namespace sluice::sim {

/// A fixture with --inputs of zeros: x has 64 bytes, y 4096, 'a+b' and 'c:d'
/// 16, 'e' none.
class InputTensors : public ::testing::Test {
protected:
  InputTensors() {
    std::string header = R"({"x":{"dtype":"F32","shape":[4,4],)"
                         R"("data_offsets":[0,64]},)"
                         R"("y":{"dtype":"F16","shape":[32,64],)"
                         R"("data_offsets":[64,4160]},)"
                         R"("a+b":{"dtype":"U8","shape":[16],)"
                         R"("data_offsets":[4160,4176]},)"
                         R"("c:d":{"dtype":"U8","shape":[16],)"
                         R"("data_offsets":[4176,4192]},)"
                         R"("e":{"dtype":"F8_E4M3","shape":[0],)"
                         R"("data_offsets":[4192,4192]}})";
    bytes.resize(8);
    llvm::support::endian::write64le(bytes.data(), header.size());
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.resize(bytes.size() + 4192);
    file.emplace(llvm::cantFail(io::TensorFile::parse(bytes, "in")));
  }

  std::vector<Argument> parse(llvm::StringRef text) {
    llvm::Expected<std::vector<Argument>> arguments =
        parseArguments(text, &*file);
    if (arguments)
      return std::move(*arguments);
    ADD_FAILURE() << llvm::toString(arguments.takeError());
    return {};
  }
  /// Of one argument: what follows its name in the message.
  std::string errorOf(llvm::StringRef text) {
    std::string message = listError(text);
    llvm::StringRef rest = message;
    if (rest.consume_front(("--args: argument 1, '" + text + "': ").str()))
      return rest.str();
    return message;
  }
  std::string listError(llvm::StringRef text) {
    return llvm::toString(parseArguments(text, &*file).takeError());
  }

  std::vector<uint8_t> bytes;
  std::optional<io::TensorFile> file;
};

} // namespace sluice::sim

#endif // SLUICE_TEST_UNIT_SIMULATOR_LAUNCH_INPUTTENSORS_H
