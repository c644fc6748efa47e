//===- Cache.cpp - Artifacts on disk, by what they are made of ------------===//

#include "lib/Compiler/Cache.h"
#include "lib/Compiler/CompilerHash.inc"
#include "lib/Compiler/ObjectCode.h"
#include "lib/Compiler/PipelineOptions.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SHA256.h"
#include "llvm/TargetParser/Host.h"
#include <unistd.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;

static constexpr StringLiteral kExtension = ".artifact";

/// Takes what comes of a step that a cache can do without.
static void ignore(std::error_code) {}

ArtifactCache ArtifactCache::getUsers() {
  SmallString<128> folder;
  // What is relative there is to be ignored (XDG Base Directory Specification).
  std::optional<std::string> home = sys::Process::GetEnv("XDG_CACHE_HOME");
  if (home && sys::path::is_absolute(*home)) {
    folder = *home;
  } else {
    if (!sys::path::home_directory(folder) || !sys::path::is_absolute(folder))
      return {};
    sys::path::append(folder, ".cache");
  }
  sys::path::append(folder, "sluice");
  return ArtifactCache(folder.str().str());
}

std::string compiler::hashArtifact(delta::RecurrenceOp op,
                                   const CompileOptions &options) {
  std::string text;
  raw_string_ostream os(text);
  os << "artifact 1\ncompiler " << kCompilerHash << "\nprocessor "
     << sys::getHostCPUName() << ' ' << getHostFeatures() << "\ntarget "
     << (options.gpu ? options.gpu->name : getCpu(options).name) << "\nK "
     << options.keyDim << "\nV " << options.valueDim << "\nchunk "
     << options.chunk << "\nsegment " << options.segment << "\ntypes";
  for (io::DType type : options.argTypes)
    os << ' ' << io::dtypeName(type);
  os << " -> " << io::dtypeName(options.outputType) << "\nprecision "
     << stringifyExactness(options.exactness) << "\nschedule ";
  if (options.schedule)
    os << options.schedule;
  os << '\n';
  op->print(os);
  return toHex(SHA256::hash(arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

std::string ArtifactCache::getPath(StringRef key) const {
  SmallString<128> path(folder);
  sys::path::append(path, key + kExtension);
  return path.str().str();
}

/// Is there, of this kind, and belongs to this user: code of others is not run.
static bool isOwn(StringRef path, sys::fs::file_type type, bool follow) {
  sys::fs::file_status status;
  return !sys::fs::status(path, status, follow) && status.type() == type &&
         status.getUser() == geteuid();
}

/// Not a link, which a file of another user could hide behind.
static bool isOwnFile(StringRef path) {
  return isOwn(path, sys::fs::file_type::regular_file, /*follow=*/false);
}

/// Or a link to one: a home that is short of space keeps its caches elsewhere.
static bool isOwnFolder(StringRef path) {
  return isOwn(path, sys::fs::file_type::directory_file, /*follow=*/true);
}

/// An error where the file is damaged, or was made of other things than its
/// name says.
static Expected<Artifact> load(StringRef path, StringRef key) {
  Expected<Artifact> artifact = readArtifact(path);
  if (artifact && artifact->key != key)
    return createStringError(inconvertibleErrorCode(),
                             path + ": is another artifact");
  int file;
  if (!artifact || sys::fs::openFileForReadWrite(
                       path, file, sys::fs::CD_OpenExisting, sys::fs::OF_None))
    return artifact;
  // It was used, whether or not the folder tells.
  ignore(sys::fs::setLastAccessAndModificationTime(
      file, std::chrono::system_clock::now()));
  ignore(sys::Process::SafelyCloseFileDescriptor(file));
  return artifact;
}

Expected<Artifact> ArtifactCache::compile(delta::RecurrenceOp op,
                                          const CompileOptions &options,
                                          bool *isCached) const {
  if (isCached)
    *isCached = false;
  if (folder.empty())
    return compiler::compile(op, options);
  std::string key = hashArtifact(op, options), path = getPath(key);
  if (isOwnFile(path)) {
    Expected<Artifact> artifact = load(path, key);
    if (artifact) {
      if (isCached)
        *isCached = true;
      return artifact;
    }
    consumeError(artifact.takeError()); // it is written anew
  }
  Expected<Artifact> artifact = compiler::compile(op, options);
  if (artifact) {
    artifact->key = key;
    store(path, *artifact);
  }
  return artifact;
}

void ArtifactCache::store(StringRef path, const Artifact &artifact) const {
  if (sys::fs::create_directories(folder, /*IgnoreExisting=*/true,
                                  sys::fs::perms::owner_all) ||
      !isOwnFolder(folder))
    return;
  // A link or a pipe of that name is not written through.
  if (!isOwnFile(path))
    ignore(sys::fs::remove(path));
  if (Error error = writeArtifact(path, artifact))
    return consumeError(std::move(error));
  std::vector<File> files = list();
  uint64_t bytes = 0;
  for (const File &file : files)
    bytes += file.bytes;
  llvm::sort(files,
             [](const File &a, const File &b) { return a.used < b.used; });
  for (const File &file : files) {
    if (bytes <= bound)
      return;
    // Another process may have been faster.
    ignore(sys::fs::remove(file.path));
    bytes -= file.bytes;
  }
}

std::vector<ArtifactCache::File> ArtifactCache::list() const {
  std::vector<File> files;
  std::error_code code;
  for (sys::fs::directory_iterator i(folder, code), end; i != end && !code;
       i.increment(code)) {
    // What another process removes meanwhile is not there.
    ErrorOr<sys::fs::basic_file_status> status = i->status();
    // Of a process that was killed a temporary file stays.
    bool isOurs = sys::path::extension(i->path()) == kExtension ||
                  sys::path::filename(i->path()).starts_with(".sluice-");
    if (status && status->type() == sys::fs::file_type::regular_file && isOurs)
      files.push_back(
          {i->path(), status->getSize(), status->getLastModificationTime()});
  }
  return files;
}

ArtifactCache::Info ArtifactCache::getInfo() const {
  Info info;
  for (const File &file : list()) {
    ++info.files;
    info.bytes += file.bytes;
  }
  return info;
}

Expected<ArtifactCache::Info> ArtifactCache::clear() const {
  Info info;
  for (const File &file : list()) {
    if (std::error_code code = sys::fs::remove(file.path))
      return createStringError(code, "cannot remove '" + file.path +
                                         "': " + code.message());
    ++info.files;
    info.bytes += file.bytes;
  }
  return info;
}
