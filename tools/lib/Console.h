//===- Console.h - Stage times and a progress line --------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_LIB_CONSOLE_H
#define SLUICE_TOOLS_LIB_CONSOLE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sluice::tool {

using Clock = std::chrono::steady_clock;

inline double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// How long each stage of a run took, in order.
class StageTimes {
public:
  /// Runs `work` as a stage and returns what it does.
  template <typename Work> auto measure(llvm::StringRef stage, Work work) {
    Clock::time_point start = Clock::now();
    auto result = work();
    add(stage, secondsSince(start));
    return result;
  }
  void add(llvm::StringRef stage, double seconds) {
    stages.emplace_back(stage, seconds);
  }
  void print(llvm::raw_ostream &os) const;

private:
  std::vector<std::pair<std::string, double>> stages;
};

/// "stage 42%" on a terminal, once a stage has taken a second; nothing where
/// stderr is a file. Erased when the stage ends.
class ProgressLine {
public:
  explicit ProgressLine(llvm::StringRef stage);
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  void update(double fraction);

private:
  std::string stage;
  bool isTerminal;
  bool isShown = false;
  Clock::time_point nextTime;
};

} // namespace sluice::tool

#endif // SLUICE_TOOLS_LIB_CONSOLE_H
