//===- Memory.cpp - what memory is free, and what is needed ---------------===//

#include "lib/Support/Memory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errc.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <limits>
#include <optional>
#include <sys/resource.h>
#include <tuple>
#include <unistd.h>

using namespace llvm;
using namespace sluice;

static constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();

//===----------------------------------------------------------------------===//
// Files of the system
//===----------------------------------------------------------------------===//

namespace {
/// Where proc and sys are.
class System {
public:
  explicit System(StringRef root) : root(root) {}

  /// Empty where there is no such file.
  std::string read(const Twine &path) const {
    SmallString<128> whole(root);
    sys::path::append(whole, path);
    // Their size is said to be 0.
    auto buffer = MemoryBuffer::getFileAsStream(whole);
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  }
  /// The number that the file consists of, or that stands behind `key` in it.
  std::optional<uint64_t> readNumber(const Twine &path,
                                     StringRef key = "") const {
    std::string text = read(path);
    for (StringRef line : split(text, '\n')) {
      if (!line.consume_front(key))
        continue;
      uint64_t number;
      // "MemAvailable:  12345 kB", "inactive_file 12345"
      line = line.ltrim(": ");
      return line.consumeInteger(10, number) ? std::nullopt
                                             : std::optional(number);
    }
    return std::nullopt;
  }

private:
  StringRef root;
};

/// How one version of control groups spells what is asked here.
struct GroupFiles {
  /// Where the tree of groups is mounted, below the root.
  StringRef mount;
  StringRef limit, used;
  /// Of memory.stat: what the group's files take, which is given back.
  SmallVector<StringRef, 2> cached;
};
} // namespace

/// What the limits of the group and of those around it leave. In a container
/// the path may be one of the host: then only the groups of it that are seen
/// here count, at least the mount's own.
static uint64_t getFreeInGroup(const System &system, const GroupFiles &files,
                               StringRef path) {
  uint64_t free = kUnlimited;
  for (;; path = path.rsplit('/').first) {
    std::string folder = (files.mount + path).str();
    std::optional<uint64_t> limit =
                                system.readNumber(folder + "/" + files.limit),
                            used = system.readNumber(folder + "/" + files.used);
    if (limit && used) {
      uint64_t taken = *used;
      for (StringRef key : files.cached)
        taken -= std::min(
            taken, system.readNumber(folder + "/memory.stat", key).value_or(0));
      free = std::min(free, *limit - std::min(*limit, taken));
    }
    if (path.empty())
      return free;
  }
}

static uint64_t getFreeInGroups(const System &system) {
  const GroupFiles version1 = {"sys/fs/cgroup/memory",
                               "memory.limit_in_bytes",
                               "memory.usage_in_bytes",
                               {"total_inactive_file ", "total_active_file "}};
  const GroupFiles version2 = {"sys/fs/cgroup",
                               "memory.max",
                               "memory.current",
                               {"inactive_file ", "active_file "}};
  uint64_t free = kUnlimited;
  // Lines are "4:memory:/path" of version 1 and "0::/path" of version 2.
  std::string text = system.read("proc/self/cgroup");
  for (StringRef line : split(text, '\n')) {
    auto [controllers, path] = line.split(':').second.split(':');
    if (controllers.empty() && !path.empty())
      free = std::min(free, getFreeInGroup(system, version2, path.rtrim('/')));
    else if (is_contained(to_vector(split(controllers, ',')), "memory"))
      free = std::min(free, getFreeInGroup(system, version1, path.rtrim('/')));
  }
  return free;
}

/// What the process's own limit of address space (ulimit -v) leaves.
static uint64_t getFreeAddresses(const System &system) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return kUnlimited;
  uint64_t pages = system.readNumber("proc/self/statm").value_or(0);
  uint64_t used = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return limit.rlim_cur - std::min<uint64_t>(limit.rlim_cur, used);
}

uint64_t sluice::getFreeMemory(StringRef root) {
  System system(root);
  uint64_t free = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                  static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (std::optional<uint64_t> available =
          system.readNumber("proc/meminfo", "MemAvailable"))
    free = *available * 1024;
  return std::min({free, getFreeInGroups(system), getFreeAddresses(system)});
}

//===----------------------------------------------------------------------===//
// What is needed
//===----------------------------------------------------------------------===//

void MemoryNeed::add(StringRef what, uint64_t bytes) {
  if (bytes == 0)
    return;
  auto known =
      find_if(parts, [&](const Part &part) { return part.what == what; });
  if (known != parts.end())
    known->bytes = SaturatingAdd(known->bytes, bytes);
  else
    parts.push_back({what.str(), bytes});
}

void MemoryNeed::add(StringRef what, uint64_t count, uint64_t size) {
  add(what, SaturatingMultiply(count, size));
}

uint64_t MemoryNeed::getTotal() const {
  uint64_t total = 0;
  for (const Part &part : parts)
    total = SaturatingAdd(total, part.bytes);
  return total;
}

/// "1.5 GiB", to two digits or more.
static std::string print(uint64_t bytes) {
  constexpr StringLiteral kUnits[] = {"bytes", "KiB", "MiB", "GiB",
                                      "TiB",   "PiB", "EiB"};
  auto number = static_cast<double>(bytes);
  unsigned unit = 0;
  for (; number >= 1024 && unit + 1 < std::size(kUnits); ++unit)
    number /= 1024;
  std::string text;
  raw_string_ostream(text) << format(number < 10 && unit > 0 ? "%.1f" : "%.0f",
                                     number)
                           << ' ' << kUnits[unit];
  return text;
}

Error MemoryNeed::check() const {
  constexpr uint64_t kLittle = 4 << 20;
  return getTotal() <= kLittle ? Error::success() : check(getFreeMemory());
}

Error MemoryNeed::check(uint64_t free) const {
  uint64_t total = getTotal();
  if (total <= free)
    return Error::success();
  std::vector<Part> sorted = parts;
  sort(sorted, [](const Part &a, const Part &b) {
    return std::tie(b.bytes, a.what) < std::tie(a.bytes, b.what);
  });
  constexpr size_t kMostShown = 3;
  std::string message;
  raw_string_ostream os(message);
  os << "does not fit into memory: " << print(total) << " are needed";
  StringRef separator = sorted.size() > 1 ? " (" : " for ";
  for (const Part &part : ArrayRef(sorted).take_front(kMostShown)) {
    os << separator;
    if (sorted.size() > 1)
      os << print(part.bytes) << " for ";
    os << part.what;
    separator = ", ";
  }
  os << (sorted.size() > kMostShown ? ", …)"
         : sorted.size() > 1        ? ")"
                                    : "")
     << ", " << print(free) << " are free";
  return createStringError(errc::not_enough_memory, message);
}
