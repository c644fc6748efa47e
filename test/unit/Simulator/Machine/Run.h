//===- Run.h - PTX text run on tensors of words -----------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_MACHINE_RUN_H
#define SLUICE_TEST_UNIT_SIMULATOR_MACHINE_RUN_H

#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/Device.h"
#include <cstring>
#include <gtest/gtest.h>

namespace sluice::sim {

/// One launch of an entry `k(.param .u64 data)` on words.
struct KernelRun {
  std::vector<uint32_t> words;
  LaunchOptions options;
  /// Findings refer to its instructions.
  std::shared_ptr<LoadedModule> loaded;
  LaunchResult result;
  /// Of loading or launching; empty if the kernel ran.
  std::string error;

  /// `body` is the text inside the entry; `before` stands before it. The
  /// register %data has the address of the words.
  void run(const std::string &body, const std::string &before = "") {
    std::string text = ".version 8.0\n.target sm_90a\n.address_size 64\n" +
                       before +
                       "\n.visible .entry k(.param .u64 k_data) {\n"
                       ".reg .b64 %data;\nld.param.u64 %data, [k_data];\n" +
                       body + "\nret;\n}\n";
    runText(text);
  }

  void runText(const std::string &text) {
    Device device(getInstructionSet());
    auto module = device.load(text, "test.ptx");
    if (!module) {
      error = llvm::toString(module.takeError());
      return;
    }
    loaded = *module;
    auto address = device.allocate(words.size() * 4);
    ASSERT_TRUE(bool(address));
    auto bytes = [&] {
      return llvm::MutableArrayRef<uint8_t>(
          reinterpret_cast<uint8_t *>(words.data()), words.size() * 4);
    };
    if (isWritten)
      ASSERT_FALSE(bool(device.copyIn(*address, bytes())));
    std::vector<uint8_t> argument(8);
    std::memcpy(argument.data(), &*address, 8);
    options.arguments = {argument};
    auto launched = device.launch(**module, "", options);
    if (!launched) {
      error = llvm::toString(launched.takeError());
      return;
    }
    result = std::move(*launched);
    ASSERT_FALSE(bool(device.copyOut(*address, bytes())));
  }

  /// Kinds of the findings, in the order of lines.
  std::string kinds() const {
    std::string all = error;
    for (const Finding &finding : result.findings)
      all += (all.empty() ? "" : " ") + getName(finding.kind).str();
    return all;
  }

  bool isWritten = true;
};

} // namespace sluice::sim

#endif // SLUICE_TEST_UNIT_SIMULATOR_MACHINE_RUN_H
