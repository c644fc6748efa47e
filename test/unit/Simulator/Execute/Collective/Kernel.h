//===- Kernel.h - runs a few lines of PTX -----------------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_COLLECTIVE_KERNEL_H
#define SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_COLLECTIVE_KERNEL_H

#include "lib/Simulator/Machine/Device.h"
#include <string>

namespace sluice::sim::test {

/// A parameter of the kernel: global memory, copied in (unless nobody has
/// written it) and out.
struct Buffer {
  std::vector<uint32_t> words;
  bool isWritten = true;
};

struct Shape {
  unsigned ctas = 1, threads = 32;
  uint64_t seed = 1;
  bool strictWarp = false;
};

struct Outcome {
  /// "uninitialized at shfl: …"
  std::vector<std::string> findings;
  bool finished = false;
  std::string error;

  bool isClean() const { return error.empty() && finished && findings.empty(); }
  std::string getText() const;
  bool has(llvm::StringRef start) const;
};

/// A kernel with this body. %rd0, %rd1, … are the buffers' addresses, %r0 the
/// thread's number in the grid, %r1 in the CTA; there are 64 registers each of
/// %r, %rd, %h (b16), %f, %fd, %q (b128) and %p, and 4096 bytes of shared
/// memory called `block`.
Outcome runKernel(llvm::StringRef body, std::vector<Buffer> &buffers,
                  Shape shape = {});
/// The same with nothing before the body: all of the module.
Outcome runModule(llvm::StringRef text, std::vector<Buffer> &buffers,
                  Shape shape = {});

} // namespace sluice::sim::test

#endif // SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_COLLECTIVE_KERNEL_H
