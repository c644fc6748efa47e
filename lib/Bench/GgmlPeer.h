//===- GgmlPeer.h - The same recurrence in ggml -----------------*- C++ -*-===//
//
// ggml's CPU backend, opened at run time from a folder that the user built: the
// peer to measure against. Nothing of it is needed to build Sluice.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_BENCH_GGMLPEER_H
#define SLUICE_LIB_BENCH_GGMLPEER_H

#include "lib/Runtime/Problem.h"

#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::bench {

class GgmlRun;
struct GgmlApi;

class GgmlPeer {
public:
  /// Opens libggml-base.so and libggml-cpu.so of `folder`. An error names the
  /// file or the function that is missing.
  static llvm::Expected<std::unique_ptr<GgmlPeer>> load(llvm::StringRef folder);
  ~GgmlPeer();

  /// What the library says of itself, as "0.9.4 (commit)".
  std::string getVersion() const;

  /// The problem's inputs, copied to ggml's tensors as float32; null where ggml
  /// has no op for the problem. The peer and the problem must outlive the run.
  llvm::Expected<std::unique_ptr<GgmlRun>>
  prepare(const runtime::Problem &problem, unsigned threads) const;

private:
  explicit GgmlPeer(std::unique_ptr<GgmlApi> api);
  std::unique_ptr<GgmlApi> api;
};

class GgmlRun {
public:
  ~GgmlRun();

  /// Executes one graph that holds the op `repetitions` times, as ggml's own
  /// test-backend-ops does, so that starting threads is paid once. The graph is
  /// built when the number changes.
  void execute(int64_t repetitions);

  /// Outputs and final states of the last execution, in Sluice's layout.
  llvm::Expected<runtime::Results> getResults() const;

private:
  friend class GgmlPeer;
  struct State;
  explicit GgmlRun(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_GGMLPEER_H
