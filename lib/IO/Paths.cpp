//===- Paths.cpp - Which file a path means --------------------------------===//

#include "lib/IO/Paths.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <filesystem>
#include <string>

using namespace llvm;
using namespace sluice::io;

std::error_code sluice::io::followLinks(StringRef path,
                                        SmallVectorImpl<char> &target) {
  target.assign(path.begin(), path.end());
  // As many as Linux follows.
  constexpr unsigned kMostLinks = 40;
  for (unsigned i = 0; i < kMostLinks; ++i) {
    StringRef link(target.data(), target.size());
    if (!sys::fs::is_symlink_file(link))
      return {};
    std::error_code ec;
    std::string next = std::filesystem::read_symlink(link.str(), ec).string();
    if (ec)
      return ec;
    SmallString<128> place;
    if (!sys::path::is_absolute(next))
      place = sys::path::parent_path(link);
    sys::path::append(place, next);
    target.assign(place.begin(), place.end());
  }
  return std::make_error_code(std::errc::too_many_symbolic_link_levels);
}

/// The canonical folder of a path, then the path's last part; empty where
/// there is no such folder.
static SmallString<128> getCanonicalPlace(StringRef path) {
  SmallString<128> target, place;
  if (followLinks(path, target))
    return {};
  StringRef folder = sys::path::parent_path(target);
  if (sys::fs::real_path(folder.empty() ? "." : folder, place))
    return {};
  sys::path::append(place, sys::path::filename(target));
  return place;
}

bool sluice::io::isSameFile(StringRef a, StringRef b) {
  sys::fs::file_status statusA, statusB;
  bool existsA = !sys::fs::status(a, statusA);
  bool existsB = !sys::fs::status(b, statusB);
  if (existsA != existsB)
    return false;
  if (existsA)
    return sys::fs::is_regular_file(statusA) &&
           statusA.getUniqueID() == statusB.getUniqueID();
  SmallString<128> place = getCanonicalPlace(a);
  return !place.empty() && place == getCanonicalPlace(b);
}
