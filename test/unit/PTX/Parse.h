//===- Parse.h - modules for tests ------------------------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_PTX_PARSE_H
#define SLUICE_TEST_UNIT_PTX_PARSE_H

#include "lib/PTX/Parser.h"
#include <gtest/gtest.h>

namespace sluice::ptx::test {

inline constexpr llvm::StringLiteral kHeader =
    ".version 8.0\n.target sm_90a\n.address_size 64\n";

/// Of a whole text; null, and a failure of the test, if it does not parse.
inline std::unique_ptr<Module> parseText(const std::string &text) {
  llvm::Expected<std::unique_ptr<Module>> module = parseModule(text, "t.ptx");
  if (!module) {
    ADD_FAILURE() << llvm::toString(module.takeError()) << "\nin\n" << text;
    return nullptr;
  }
  return std::move(*module);
}

/// Of what follows the header: from line 4 on.
inline std::unique_ptr<Module> parse(const std::string &text) {
  return parseText(kHeader.str() + text);
}

/// Of statements in an entry `f`, on line 5, among registers %r0 to %r9, %rd0
/// to %rd9, %f0 to %f9, %p0 to %p9, a parameter `a`, and a variable `v`.
inline std::string inEntry(const std::string &statements) {
  return ".visible .global .align 16 .b8 v[64]; .extern .func callee; "
         ".visible .entry f(.param .u64 a) { .reg .b32 %r<10>; .reg .b64 "
         "%rd<10>; .reg .f32 %f<10>; .reg .pred %p<10>;\n" +
         statements + "\n}";
}

inline std::unique_ptr<Module> parseEntry(const std::string &statements) {
  return parse(inEntry(statements));
}

/// What is wrong with a whole text.
inline std::string parseTextError(const std::string &text) {
  llvm::Expected<std::unique_ptr<Module>> module = parseModule(text, "t.ptx");
  return module ? "no error" : llvm::toString(module.takeError());
}

inline std::string parseError(const std::string &text) {
  return parseTextError(kHeader.str() + text);
}

inline std::string parseEntryError(const std::string &statements) {
  return parseError(inEntry(statements));
}

} // namespace sluice::ptx::test

#endif // SLUICE_TEST_UNIT_PTX_PARSE_H
