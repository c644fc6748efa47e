//===- SafeTensorsTest.cpp - Read and write safetensors files -------------===//

#include "lib/IO/SafeTensors.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace sluice::io;

namespace {

std::string fileText(StringRef header, StringRef data, uint64_t length) {
  char bytes[8];
  support::endian::write64le(bytes, length);
  return (StringRef(bytes, 8) + header + data).str();
}
std::string fileText(StringRef header, StringRef data = "") {
  return fileText(header, data, header.size());
}

/// The error of parsing `text`, or "".
std::string errorOf(const std::string &text) {
  // Exactly as large as the text, so that ASan sees reads beyond it.
  std::vector<uint8_t> bytes(text.begin(), text.end());
  Expected<TensorFile> file = TensorFile::parse(bytes, "f");
  return file ? "" : toString(file.takeError());
}
std::string errorOf(StringRef header, StringRef data) {
  return errorOf(fileText(header, data));
}

/// The error for one tensor 'x' of these fields over 8 bytes.
std::string fieldError(StringRef dtype, StringRef shape, StringRef offsets) {
  return errorOf(("{\"x\":{\"dtype\":" + dtype + ",\"shape\":" + shape +
                  ",\"data_offsets\":" + offsets + "}}")
                     .str(),
                 "01234567");
}

std::string f32(StringRef name, StringRef shape, unsigned begin, unsigned end) {
  return ("\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + shape +
          ",\"data_offsets\":[" + Twine(begin) + "," + Twine(end) + "]}")
      .str();
}

TEST(SafeTensors, DTypes) {
  EXPECT_EQ(byteWidth(DType::BF16), 2u);
  EXPECT_EQ(byteWidth(DType::U64), 8u);
  EXPECT_EQ(dtypeName(DType::F8_E4M3), "f8e4m3");
  EXPECT_TRUE(isFloat(DType::F8_E5M2));
  EXPECT_FALSE(isFloat(DType::BOOL));
  EXPECT_EQ(parseDType("F4"), std::nullopt);
  EXPECT_EQ(parseDType("f32"), std::nullopt);
  for (int i = 0; i <= static_cast<int>(DType::U64); ++i) {
    DType dtype = static_cast<DType>(i);
    EXPECT_EQ(parseDType(safetensorsName(dtype)), dtype);
  }
}

TEST(SafeTensors, ReadsInTheHeadersOrder) {
  std::string text = fileText(
      "{\"b\":{\"shape\":[2],\"data_offsets\":[4,8],\"dtype\":\"BF16\"}," +
          f32("a", "[]", 0, 4) + ",\"__metadata__\":{\"k\":\"v\"}," +
          f32("\\u0065", "[3,0]", 4, 4) + "}   ",
      "abcdefgh");
  Expected<TensorFile> file =
      TensorFile::parse(arrayRefFromStringRef(text), "f");
  ASSERT_TRUE(!!file) << toString(file.takeError());
  std::string names;
  for (const NamedTensor &tensor : *file)
    names += tensor.name;
  EXPECT_EQ(names, "bae");
  EXPECT_EQ(file->metadata().at("k"), "v");
  EXPECT_EQ(file->find("c"), nullptr);
  EXPECT_EQ(file->find("__metadata__"), nullptr);
  const TensorView *b = file->find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->dtype, DType::BF16);
  EXPECT_EQ(toStringRef(b->bytes), "efgh");
  EXPECT_EQ(file->find("a")->numElements(), 1);
  EXPECT_EQ(file->find("e")->numElements(), 0);
  EXPECT_TRUE(file->find("e")->bytes.empty());
}

TEST(SafeTensors, AFileWithoutTensors) {
  EXPECT_EQ(errorOf("{}", ""), "");
  EXPECT_EQ(errorOf("{\"__metadata__\":{}}", ""), "");
}

TEST(SafeTensors, RejectsABadLength) {
  EXPECT_EQ(errorOf("1234567"), "f: the file has 7 bytes, expected at least "
                                "the 8 of the header's length");
  EXPECT_EQ(errorOf(fileText("{}", "", 3)),
            "f: the header's length is 3 bytes, but 2 bytes follow it");
  for (uint64_t length : {uint64_t(1) << 63, ~uint64_t(0), ~uint64_t(7)})
    EXPECT_EQ(errorOf(fileText("{}", "", length)),
              "f: the header's length is " + std::to_string(length) +
                  " bytes, but 2 bytes follow it");
  EXPECT_EQ(errorOf(fileText(std::string(100'000'001, ' '))),
            "f: the header's length is 100000001 bytes, expected at most "
            "100000000");
}

TEST(SafeTensors, RejectsABadHeader) {
  EXPECT_EQ(errorOf("", ""), "f: the header does not begin with '{'");
  EXPECT_EQ(errorOf("[]", ""), "f: the header does not begin with '{'");
  EXPECT_EQ(errorOf(" {}", ""), "f: the header does not begin with '{'");
  EXPECT_EQ(errorOf("{} x", ""), "f: the header is not valid JSON: [1:3, "
                                 "byte=3]: Text after end of document");
  EXPECT_EQ(errorOf("{\"\xff\":1}", ""), "f: the header is not valid JSON: "
                                         "[1:2, byte=2]: Invalid UTF-8 "
                                         "sequence");
  EXPECT_EQ(errorOf("{\"a\":" + std::string(100'000, '['), ""),
            "f: the header nests deeper than 64 levels at byte 68");
}

TEST(SafeTensors, RejectsKeysGivenTwice) {
  EXPECT_EQ(errorOf("{" + f32("a", "[1]", 0, 4) + "," +
                        f32("\\u0061", "[1]", 4, 8) + "}",
                    "01234567"),
            "f: key 'a' occurs twice in the header");
  EXPECT_EQ(errorOf("{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", ""),
            "f: tensor 'x': key 'dtype' occurs twice");
  EXPECT_EQ(errorOf("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", ""),
            "f: key 'a' occurs twice in '__metadata__'");
  EXPECT_EQ(errorOf("{\"__metadata__\":{},\"__metadata__\":{}}", ""),
            "f: key '__metadata__' occurs twice in the header");
  EXPECT_EQ(errorOf("{\"x\":[{\"a\":1,\"a\":1}]}", ""),
            "f: tensor 'x': key 'a' occurs twice");
}

TEST(SafeTensors, RejectsBadMetadata) {
  EXPECT_EQ(errorOf("{\"__metadata__\":[]}", ""),
            "f: '__metadata__' is an array, expected an object of strings");
  EXPECT_EQ(errorOf("{\"__metadata__\":{\"a\":1.5}}", ""),
            "f: '__metadata__' maps 'a' to a number, expected a string");
}

TEST(SafeTensors, RejectsABadEntry) {
  EXPECT_EQ(errorOf("{\"x\":null}", ""),
            "f: tensor 'x': found null, expected an object with 'dtype', "
            "'shape' and 'data_offsets'");
  EXPECT_EQ(errorOf("{\"x\\n\":{\"strides\":[]}}", ""),
            "f: tensor 'x\\x0a': unknown key 'strides', expected 'dtype', "
            "'shape' and 'data_offsets'");
}

TEST(SafeTensors, RejectsABadDType) {
  EXPECT_EQ(errorOf("{\"x\":{\"shape\":[],\"data_offsets\":[0,8]}}", ""),
            "f: tensor 'x': 'dtype' is missing, expected a string such as "
            "'F32'");
  EXPECT_EQ(fieldError("32", "[2]", "[0,8]"),
            "f: tensor 'x': 'dtype' is a number, expected a string such as "
            "'F32'");
  EXPECT_EQ(fieldError("\"f32\"", "[2]", "[0,8]"),
            "f: tensor 'x': unknown dtype 'f32', expected BOOL, U8, I8, "
            "F8_E4M3, F8_E5M2, I16, U16, F16, BF16, I32, U32, F32, F64, I64 or "
            "U64");
}

TEST(SafeTensors, RejectsABadShape) {
  auto shape = [](StringRef text) {
    return fieldError("\"F32\"", text, "[0,8]");
  };
  EXPECT_EQ(shape("[2]"), "");
  EXPECT_EQ(shape("2"), "f: tensor 'x': 'shape' is a number, expected an "
                        "array of integers");
  EXPECT_EQ(shape("[\"2\"]"), "f: tensor 'x': 'shape' holds the string '2', "
                              "expected integers");
  EXPECT_EQ(shape("[-2]"), "f: tensor 'x': 'shape' holds -2, expected "
                           "sizes that are not negative");
  for (std::string number : {"2.0", "2e0", "02", "1E3", "-0.5"})
    EXPECT_EQ(shape("[" + number + "]"), "f: tensor 'x': 'shape' holds the "
                                         "number " +
                                             number + ", expected integers");
  for (StringRef number : {"9223372036854775808", "18446744073709551616",
                           "100000000000000000000000000000"})
    EXPECT_EQ(shape(("[" + number + "]").str()),
              "f: tensor 'x': 'shape' holds an integer beyond 64 bits");
  EXPECT_EQ(shape("[4294967296,4294967296]"),
            "f: tensor 'x': the size of shape [4294967296,4294967296] "
            "overflows 64 bits");
  EXPECT_EQ(shape("[2305843009213693952]"),
            "f: tensor 'x': the size of shape [2305843009213693952] overflows "
            "64 bits");
  EXPECT_NE(shape("[0,4294967296,4294967296]"), "");
  EXPECT_EQ(errorOf("{\"x\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}", ""),
            "f: tensor 'x': 'shape' is missing, expected an array of integers");
}

TEST(SafeTensors, RejectsBadOffsets) {
  auto offsets = [](StringRef text) {
    return fieldError("\"F32\"", "[2]", text);
  };
  EXPECT_EQ(offsets("[0,8,8]"), "f: tensor 'x': 'data_offsets' holds 3 "
                                "elements, expected two integers");
  EXPECT_EQ(offsets("[0,null]"), "f: tensor 'x': 'data_offsets' holds null, "
                                 "expected two integers");
  EXPECT_EQ(offsets("[0,8.0]"), "f: tensor 'x': 'data_offsets' holds the "
                                "number 8.0, expected integers");
  EXPECT_EQ(offsets("[8,0]"), "f: tensor 'x': 'data_offsets' is [8,0], "
                              "expected 0 <= begin <= end");
  EXPECT_EQ(offsets("[-8,0]"), "f: tensor 'x': 'data_offsets' is [-8,0], "
                               "expected 0 <= begin <= end");
  EXPECT_EQ(offsets("[8,16]"), "f: tensor 'x': 'data_offsets' ends at 16, but "
                               "the file has 8 bytes of data");
  EXPECT_EQ(offsets("[0,18446744073709551615]"),
            "f: tensor 'x': 'data_offsets' holds an integer beyond 64 bits");
  EXPECT_EQ(offsets("[0,4]"), "f: tensor 'x': 'data_offsets' spans 4 bytes, "
                              "but shape [2] of f32 takes 8");
  EXPECT_EQ(errorOf("{\"x\":{\"dtype\":\"U8\",\"shape\":[0]}}", ""),
            "f: tensor 'x': 'data_offsets' is missing, expected an array of "
            "two integers");
}

TEST(SafeTensors, RejectsOverlapsAndHoles) {
  EXPECT_EQ(
      errorOf("{" + f32("a", "[2]", 4, 12) + "," + f32("b", "[2]", 0, 8) + "}",
              "0123456789ab"),
      "f: tensors 'b' and 'a' overlap at byte 4 of the data");
  EXPECT_EQ(
      errorOf("{" + f32("a", "[2]", 0, 8) + "," + f32("b", "[0]", 4, 4) + "}",
              "01234567"),
      "f: tensors 'a' and 'b' overlap at byte 4 of the data");
  EXPECT_EQ(
      errorOf("{" + f32("a", "[1]", 0, 4) + "," + f32("b", "[1]", 8, 12) + "}",
              "0123456789ab"),
      "f: tensor 'b': begins at byte 8 of the data, but no tensor holds "
      "the bytes from 4");
  EXPECT_EQ(errorOf("{" + f32("a", "[1]", 0, 4) + "}", "01234"),
            "f: the tensors end at byte 4 of the data, but the file has 5 "
            "bytes of data");
}

TEST(SafeTensors, ManyTensors) {
  std::string header = "{";
  constexpr unsigned kCount = 50'000;
  for (unsigned i = 0; i < kCount; ++i)
    header +=
        (i ? "," : "") + f32("t" + std::to_string(i), "[1]", 4 * i, 4 * i + 4);
  std::string text = fileText(header + "}", std::string(4 * kCount, 'x'));
  Expected<TensorFile> file =
      TensorFile::parse(arrayRefFromStringRef(text), "f");
  ASSERT_TRUE(!!file) << toString(file.takeError());
  EXPECT_EQ(file->size(), kCount);
  EXPECT_NE(file->find("t49999"), nullptr);
}

/// A fresh folder for each test.
class SafeTensorsFile : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("sluice-io", folder));
  }
  void TearDown() override {
    EXPECT_FALSE(sys::fs::remove_directories(folder, /*IgnoreErrors=*/false));
  }

  std::string at(StringRef name) { return (folder + "/" + name).str(); }
  std::string write(StringRef path) {
    return toString(writeTensorFile(path, tensors));
  }
  std::string content(StringRef path) {
    auto file = MemoryBuffer::getFile(path);
    return file ? (*file)->getBuffer().str() : "";
  }
  void put(StringRef path, StringRef text) {
    std::error_code ec;
    raw_fd_ostream(path, ec) << text;
    ASSERT_FALSE(ec);
  }
  unsigned filesInFolder() {
    unsigned count = 0;
    std::error_code ec;
    for (sys::fs::directory_iterator it(folder, ec), end; it != end && !ec;
         it.increment(ec))
      ++count;
    return count;
  }
  unsigned mode(const std::string &path) {
    struct stat status;
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
  }

  SmallString<64> folder;
  std::vector<uint8_t> bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<NamedTensor> tensors = {
      {"q\"\xc3\xa9", {DType::F16, {2, 2}, bytes}},
      {"empty", {DType::I64, {0, 3}, {}}},
      {"b", {DType::U8, {}, ArrayRef<uint8_t>(bytes).take_front(1)}}};
};

TEST_F(SafeTensorsFile, RoundTrips) {
  ASSERT_EQ(write(at("f")), "");
  std::string text = content(at("f"));
  EXPECT_EQ(support::endian::read64le(text.data()) % 8, 0u);
  Expected<TensorFile> file = TensorFile::open(at("f"));
  ASSERT_TRUE(!!file) << toString(file.takeError());
  TensorFile moved = std::move(*file);
  ASSERT_EQ(moved.size(), tensors.size());
  for (auto [read, written] : llvm::zip(moved, tensors)) {
    EXPECT_EQ(read.name, written.name);
    EXPECT_EQ(read.view.dtype, written.view.dtype);
    EXPECT_EQ(read.view.shape, written.view.shape);
    EXPECT_EQ(read.view.bytes, written.view.bytes);
  }
}

TEST_F(SafeTensorsFile, MapsLargeFiles) {
  bytes.assign(1 << 20, 7);
  tensors = {{"x", {DType::U8, {1 << 20}, bytes}}};
  ASSERT_EQ(write(at("f")), "");
  Expected<TensorFile> file = TensorFile::open(at("f"));
  ASSERT_TRUE(!!file) << toString(file.takeError());
  EXPECT_EQ(file->find("x")->bytes, ArrayRef<uint8_t>(bytes));
}

TEST_F(SafeTensorsFile, OpenNamesTheFile) {
  auto error = [](StringRef path) {
    Expected<TensorFile> file = TensorFile::open(path);
    return file ? "" : toString(file.takeError());
  };
  EXPECT_EQ(error(at("none")),
            "cannot read '" + at("none") + "': No such file or directory");
  EXPECT_EQ(error("/dev/zero"), "cannot read '/dev/zero': it is a device");
  EXPECT_EQ(error(folder),
            ("cannot read '" + folder + "': Is a directory").str());
  put(at("short"), "{}");
  EXPECT_EQ(error(at("short")), at("short") +
                                    ": the file has 2 bytes, expected at "
                                    "least the 8 of the header's length");
}

TEST_F(SafeTensorsFile, ChecksWhatItWrites) {
  auto error = [&](const NamedTensor &tensor) {
    return toString(writeTensorFile("f", {tensors[2], tensor}));
  };
  EXPECT_EQ(error(tensors[2]),
            "cannot write 'f': tensor 'b': the name occurs twice");
  EXPECT_EQ(error({"__metadata__", {DType::U8, {0}, {}}}),
            "cannot write 'f': tensor '__metadata__': the format reserves this "
            "name");
  EXPECT_EQ(error({"\xff", {DType::U8, {0}, {}}}),
            "cannot write 'f': tensor '\\xff': the name is not UTF-8");
  EXPECT_EQ(error({"x", {DType::U8, {-1}, {}}}),
            "cannot write 'f': tensor 'x': the shape holds a negative size");
  EXPECT_EQ(error({"x", {DType::U64, {int64_t(1) << 60}, {}}}),
            "cannot write 'f': tensor 'x': the shape's size overflows 64 bits");
  EXPECT_EQ(error({"x", {DType::F32, {1}, bytes}}),
            "cannot write 'f': tensor 'x': the view holds 8 bytes, but its "
            "shape and dtype take 4");
}

TEST_F(SafeTensorsFile, ANewFileFollowsTheUmask) {
  mode_t old = ::umask(027);
  EXPECT_EQ(write(at("f")), "");
  ::umask(old);
  EXPECT_EQ(mode(at("f")), 0640u);
  EXPECT_EQ(filesInFolder(), 1u);
}

TEST_F(SafeTensorsFile, AnExistingFileKeepsItsPermissions) {
  put(at("f"), "old");
  ASSERT_EQ(::chmod(at("f").c_str(), 0600), 0);
  EXPECT_EQ(write(at("f")), "");
  EXPECT_EQ(mode(at("f")), 0600u);
}

TEST_F(SafeTensorsFile, ALinkStaysALink) {
  put(at("f"), "old");
  ASSERT_FALSE(sys::fs::create_link(at("f"), at("link")));
  EXPECT_EQ(write(at("link")), "");
  EXPECT_TRUE(sys::fs::is_symlink_file(at("link")));
  EXPECT_NE(content(at("f")), "old");
}

TEST_F(SafeTensorsFile, DevicesAreWrittenThrough) {
  EXPECT_EQ(write("/dev/null"), "");
  EXPECT_EQ(write("/dev/full"),
            "cannot write '/dev/full': No space left on device");
  for (const char *device : {"/dev/null", "/dev/full"}) {
    struct stat status;
    ASSERT_EQ(::stat(device, &status), 0);
    EXPECT_TRUE(S_ISCHR(status.st_mode)) << device;
  }
}

TEST_F(SafeTensorsFile, FoldersAreNotReplaced) {
  EXPECT_EQ(write(folder),
            "cannot write '" + std::string(folder.str()) + "': Is a directory");
  EXPECT_EQ(write(at("no/f")),
            "cannot write '" + at("no/f") + "': No such file or directory");
}

TEST_F(SafeTensorsFile, APercentSignIsJustAName) {
  ASSERT_FALSE(sys::fs::create_directory(at("100%%")));
  EXPECT_EQ(write(at("100%%/f%")), "");
  EXPECT_TRUE(sys::fs::exists(at("100%%/f%")));
}

TEST_F(SafeTensorsFile, AFailedWriteLeavesNothing) {
  put(at("f"), "old");
  bytes.assign(1 << 16, 7);
  tensors = {{"x", {DType::U8, {1 << 16}, bytes}}};
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  auto *handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = {4096, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string error = write(at("f"));
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, "cannot write '" + at("f") + "': File too large");
  EXPECT_EQ(content(at("f")), "old");
  EXPECT_EQ(filesInFolder(), 1u);
}

} // namespace
