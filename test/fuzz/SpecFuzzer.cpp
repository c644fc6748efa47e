//===- SpecFuzzer.cpp - Fuzz the way from text to a recurrence ------------===//
//
// Scan, parse, verify: what sluice-run does to an .mlir file. What comes out as
// a recurrence must print as a text that comes out as the same recurrence.
//
// Seeds: the library's variants and test/fuzz/corpus/spec.
//
//===----------------------------------------------------------------------===//

#include "dialects/Registration.h"
#include "lib/Compiler/SpecLoader.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace sluice;

/// An assertion that holds in every build.
static void check(bool condition, const char *what, llvm::StringRef text = "") {
  if (condition)
    return;
  std::fprintf(stderr, "invariant broken: %s\n%s\n", what, text.str().c_str());
  std::abort();
}

static std::string print(delta::RecurrenceOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op.print(os);
  return text;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mlir::DialectRegistry registry;
  registerSluiceDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);

  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<compiler::Spec> spec =
      compiler::parseSpec(context, text, "input.mlir");
  if (!spec) {
    llvm::Error error = spec.takeError();
    check(error.isA<compiler::SpecError>(), "the kind of error");
    std::string message = llvm::toString(std::move(error));
    llvm::StringRef first = llvm::StringRef(message).split('\n').first;
    check(first.starts_with("input.mlir:"), "the error's place", message);
    check(first.contains(": error: "), "the error comes first", message);
    return 0;
  }

  std::string once = print(spec->op);
  llvm::Expected<compiler::Spec> again =
      compiler::parseSpec(context, once, "printed.mlir");
  if (!again)
    check(false, llvm::toString(again.takeError()).c_str(), once);
  check(print(again->op) == once, "printed twice, two texts", once);
  return 0;
}
