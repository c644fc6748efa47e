//===- Kernel.cpp - runs a few lines of PTX -------------------------------===//

#include "Kernel.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace sluice;
using namespace sluice::sim;
using namespace sluice::sim::test;

std::string Outcome::getText() const {
  std::string text = error;
  for (const std::string &finding : findings)
    text += (text.empty() ? "" : "\n") + finding;
  return finished || !error.empty() ? text : text + "\n(not finished)";
}

bool Outcome::has(llvm::StringRef start) const {
  return llvm::any_of(findings, [&](llvm::StringRef finding) {
    return finding.starts_with(start);
  });
}

static llvm::ArrayRef<uint8_t> getBytes(const Buffer &buffer) {
  return {reinterpret_cast<const uint8_t *>(buffer.words.data()),
          buffer.words.size() * sizeof(uint32_t)};
}

static llvm::Error run(llvm::StringRef text, std::vector<Buffer> &buffers,
                       Shape shape, Outcome &outcome) {
  Device device(getInstructionSet());
  LaunchOptions options;
  options.grid.x = shape.ctas;
  options.block.x = shape.threads;
  options.seed = shape.seed;
  options.strictWarp = shape.strictWarp;
  options.limit = 50'000'000;
  std::vector<uint64_t> places;
  for (const Buffer &buffer : buffers) {
    auto place = device.allocate(getBytes(buffer).size());
    if (!place)
      return place.takeError();
    if (buffer.isWritten)
      if (auto error = device.copyIn(*place, getBytes(buffer)))
        return error;
    places.push_back(*place);
    const auto *bytes = reinterpret_cast<const uint8_t *>(&*place);
    options.arguments.emplace_back(bytes, bytes + sizeof(*place));
  }
  auto module = device.load(text, "test.ptx");
  if (!module)
    return module.takeError();
  auto result = device.launch(**module, "", options);
  if (!result)
    return result.takeError();
  outcome.finished = result->finished;
  for (const Finding &finding : result->findings) {
    std::string where = finding.site.instruction
                            ? finding.site.instruction->mnemonic.str()
                            : "";
    outcome.findings.push_back(getName(finding.kind).str() + " at " + where +
                               ": " + finding.message);
  }
  for (auto [buffer, place] : llvm::zip(buffers, places)) {
    llvm::ArrayRef<uint8_t> bytes = getBytes(buffer);
    if (auto error = device.copyOut(
            place, {const_cast<uint8_t *>(bytes.data()), bytes.size()}))
      return error;
  }
  return llvm::Error::success();
}

Outcome test::runModule(llvm::StringRef text, std::vector<Buffer> &buffers,
                        Shape shape) {
  Outcome outcome;
  if (auto error = run(text, buffers, shape, outcome))
    outcome.error = llvm::toString(std::move(error));
  return outcome;
}

Outcome test::runKernel(llvm::StringRef body, std::vector<Buffer> &buffers,
                        Shape shape) {
  std::string parameters, loads;
  llvm::raw_string_ostream into(parameters), ahead(loads);
  for (size_t i = 0; i < buffers.size(); ++i) {
    into << (i ? ", " : "") << ".param .u64 p" << i;
    ahead << "ld.param.u64 %rd" << i << ", [p" << i << "];\n";
  }
  std::string text =
      ".version 8.6\n.target sm_100a\n.address_size 64\n"
      ".visible .entry kernel(" +
      parameters +
      ") {\n"
      ".reg .b32 %r<64>;\n.reg .b64 %rd<64>;\n.reg .b16 %h<64>;\n"
      ".reg .f32 %f<64>;\n.reg .f64 %fd<64>;\n.reg .b128 %q<64>;\n"
      ".reg .pred %p<64>;\n"
      ".shared .align 16 .b8 block[4096];\n" +
      loads +
      "mov.u32 %r1, %tid.x;\n"
      "mov.u32 %r2, %ctaid.x;\n"
      "mov.u32 %r3, %ntid.x;\n"
      "mad.lo.u32 %r0, %r2, %r3, %r1;\n" +
      body.str() + "\nret;\n}\n";
  return runModule(text, buffers, shape);
}
