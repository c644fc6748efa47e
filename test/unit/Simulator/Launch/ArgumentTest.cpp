//===- ArgumentTest.cpp - what a kernel is given, as text -----------------===//

#include "InputTensors.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

namespace {

class Arguments : public InputTensors {
protected:
  std::string hex(StringRef text) {
    std::vector<Argument> arguments = parse(text);
    if (arguments.size() != 1)
      return "not one argument";
    EXPECT_EQ(arguments[0].kind, Argument::Kind::Value);
    return toHex(arguments[0].bytes, /*LowerCase=*/true);
  }
};

TEST_F(Arguments, List) {
  EXPECT_TRUE(parse("").empty());
  std::vector<Argument> list = parse("x,out:y,x+16,i32:5,null");
  ASSERT_EQ(list.size(), 5u);
  EXPECT_EQ(list[0].tensor, "x");
  EXPECT_EQ(list[0].offset, 0u);
  EXPECT_FALSE(list[0].startsUnwritten);
  EXPECT_EQ(list[1].tensor, "y");
  EXPECT_TRUE(list[1].startsUnwritten);
  EXPECT_EQ(list[2].tensor, "x");
  EXPECT_EQ(list[2].offset, 16u);
  EXPECT_EQ(list[3].kind, Argument::Kind::Value);
  EXPECT_EQ(list[4].bytes, std::vector<uint8_t>(8));
}

TEST_F(Arguments, NamesWithSigns) {
  EXPECT_EQ(parse("a+b")[0].offset, 0u);
  EXPECT_EQ(parse("a+b+4")[0].tensor, "a+b");
  EXPECT_EQ(parse("a+b+4")[0].offset, 4u);
  EXPECT_EQ(parse("c:d")[0].tensor, "c:d");
  EXPECT_EQ(parse("c:d+16")[0].offset, 16u);
}

TEST_F(Arguments, TensorErrors) {
  EXPECT_EQ(errorOf("z"), "--inputs holds no tensor 'z': it holds 'a+b', "
                          "'c:d', 'e', 'x', 'y'");
  EXPECT_EQ(errorOf("z+4"), "--inputs holds no tensor 'z': it holds 'a+b', "
                            "'c:d', 'e', 'x', 'y'");
  EXPECT_EQ(errorOf("x+65"),
            "byte 65 is not in tensor 'x', which has 64 bytes");
  EXPECT_EQ(errorOf("x+99999999999999999999"),
            "byte 99999999999999999999 is not in tensor 'x', which has 64 "
            "bytes");
  EXPECT_EQ(errorOf("x+-4"), "after 'x+' comes a number of bytes, found '-4'");
  EXPECT_EQ(errorOf("x+"), "after 'x+' comes a number of bytes, found ''");
  EXPECT_EQ(errorOf("out:"), "a tensor's name is missing");
  EXPECT_EQ(parse("x+64")[0].offset, 64u);
  EXPECT_EQ(parse("e")[0].tensor, "e");
  Expected<std::vector<Argument>> none = parseArguments("x", nullptr);
  ASSERT_FALSE(bool(none));
  EXPECT_EQ(toString(none.takeError()),
            "--args: argument 1, 'x': 'x' names a tensor, but there is no "
            "--inputs=IN.safetensors that holds it");
}

TEST_F(Arguments, Empty) {
  EXPECT_TRUE(StringRef(listError("x,,x"))
                  .starts_with("--args: argument 2, '': nothing between two "
                               "commas: an argument is NAME[+BYTES], "));
  EXPECT_TRUE(StringRef(listError("x,")).starts_with("--args: argument 2, ''"));
  EXPECT_TRUE(StringRef(listError(",")).starts_with("--args: argument 1, ''"));
}

TEST_F(Arguments, Integers) {
  EXPECT_EQ(hex("i8:-128"), "80");
  EXPECT_EQ(hex("i8:127"), "7f");
  EXPECT_EQ(hex("u8:255"), "ff");
  EXPECT_EQ(hex("i16:-2"), "feff");
  EXPECT_EQ(hex("u16:0x1234"), "3412");
  EXPECT_EQ(hex("i32:5"), "05000000");
  EXPECT_EQ(hex("i32:010"), "0a000000");
  EXPECT_EQ(hex("u32:4294967295"), "ffffffff");
  EXPECT_EQ(hex("i64:-9223372036854775808"), "0000000000000080");
  EXPECT_EQ(hex("i64:9223372036854775807"), "ffffffffffffff7f");
  EXPECT_EQ(hex("u64:18446744073709551615"), "ffffffffffffffff");
  EXPECT_EQ(hex("u8:-0"), "00");
}

TEST_F(Arguments, IntegerErrors) {
  EXPECT_EQ(errorOf("i8:128"), "i8 is a number from -128 to 127, found '128'");
  EXPECT_EQ(errorOf("i8:-129"),
            "i8 is a number from -128 to 127, found '-129'");
  EXPECT_EQ(errorOf("u8:-1"), "u8 is a number from 0 to 255, found '-1'");
  EXPECT_EQ(errorOf("u64:18446744073709551616"),
            "u64 is a number from 0 to 18446744073709551615, found "
            "'18446744073709551616'");
  EXPECT_EQ(errorOf("i64:9223372036854775808"),
            "i64 is a number from -9223372036854775808 to "
            "9223372036854775807, found '9223372036854775808'");
  for (StringRef text : {"", "-", "x", "1.5", "0x", "--1", "+1", "1 "})
    EXPECT_EQ(errorOf(("i32:" + text).str()),
              ("'" + text + "' is not a whole number").str());
}

TEST_F(Arguments, Floats) {
  EXPECT_EQ(hex("f16:1"), "003c");
  EXPECT_EQ(hex("bf16:1"), "803f");
  EXPECT_EQ(hex("f32:0.1"), "cdcccc3d");
  EXPECT_EQ(hex("f64:0.1"), "9a9999999999b93f");
  EXPECT_EQ(hex("f32:-inf"), "000080ff");
  EXPECT_EQ(hex("f32:nan"), "0000c07f");
  EXPECT_EQ(hex("f32:1e-60"), "00000000");
  EXPECT_EQ(hex("f32:0x1p-3"), "0000003e");
  // Rounded once: through f32 this would be a tie that goes to even, 1.
  EXPECT_EQ(hex("f16:1.00048828126"), "013c");
  EXPECT_EQ(errorOf("f16:65520"),
            "'65520' is larger than any f16 (inf is written inf)");
  EXPECT_EQ(hex("f16:65519"), "ff7b");
  for (StringRef text : {"", "-", "x", "1e", "0.5f", "1 "})
    EXPECT_EQ(errorOf(("f32:" + text).str()),
              ("'" + text + "' is not a number").str());
}

TEST_F(Arguments, Bytes) {
  EXPECT_EQ(hex("bytes:00fFa0"), "00ffa0");
  for (StringRef text : {"0", "0g", "0x00", "00 11"})
    EXPECT_EQ(errorOf(("bytes:" + text).str()),
              ("after bytes: come hexadecimal digits, two a byte, found '" +
               text + "'")
                  .str());
}

TEST_F(Arguments, NoSuchForm) {
  EXPECT_TRUE(StringRef(errorOf("i31:5"))
                  .starts_with("'i31' is not a type: an argument is "));
}

TEST_F(Arguments, TensorMap) {
  std::vector<Argument> list =
      parse("x,tma:y:dims=64,32:strides=128:box=32,8:swizzle=64:oob=nan,i32:5");
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[1].kind, Argument::Kind::TensorMap);
  EXPECT_EQ(list[1].tensor, "y");
  const TensorMap &map = list[1].map;
  EXPECT_EQ(map.rank, 2u);
  EXPECT_EQ(map.dims[0], 64u);
  EXPECT_EQ(map.dims[1], 32u);
  EXPECT_EQ(map.strides[0], 2u);
  EXPECT_EQ(map.strides[1], 128u);
  EXPECT_EQ(map.box[0], 32u);
  EXPECT_EQ(map.box[1], 8u);
  EXPECT_EQ(map.element, TensorElement::F16);
  EXPECT_EQ(map.swizzle, TensorSwizzle::Bytes64);
  EXPECT_EQ(map.fill, TensorFill::NaN);
}

TEST_F(Arguments, TensorMapLists) {
  // A list goes on after a comma as long as numbers come.
  EXPECT_EQ(parse("tma:x:dims=4:box=4,x").size(), 2u);
  EXPECT_EQ(parse("tma:y:box=8,8:dims=64,32:strides=128,x").size(), 2u);
  EXPECT_EQ(parse("tma:y:dims=64x32:strides=128:box=8x8,null").size(), 2u);
  EXPECT_EQ(parse("tma:y+1024:dims=64x24:strides=128:box=8x8")[0].map.address,
            1024u);
  TensorMap strided = parse("tma:y:dims=64,32:strides=128:elementstrides=1,4:"
                            "box=8,8:interleave=none")[0]
                          .map;
  EXPECT_EQ(strided.elementStrides[1], 4u);
  // Where x separates, a comma ends the argument.
  EXPECT_TRUE(StringRef(listError("tma:y:dims=64x32:strides=128:box=8x8,7"))
                  .starts_with("--args: argument 2, '7': "));
}

TEST_F(Arguments, TensorMapErrors) {
  EXPECT_EQ(errorOf("tma:y"),
            "a tensor map is tma:NAME:dims=…:strides=…:box=…");
  EXPECT_EQ(errorOf("tma:y:dims=64,32"), "a tensor map needs box=…");
  EXPECT_EQ(errorOf("tma:y:dims=64:dims=64"), "dims is given twice");
  EXPECT_EQ(errorOf("tma:y:dims=64:size=3"),
            "a tensor map has dims, strides, box, elem, swizzle, oob, "
            "elementstrides, interleave (KEY=VALUE), found 'size=3'");
  EXPECT_EQ(errorOf("tma:y:dims=64,32:box=8,8:strides=128:elementstrides=2"),
            "dims has 2 numbers, elementstrides 1");
  EXPECT_EQ(errorOf("tma:y:dims=64:box=8:elementstrides=9"),
            "dimension 0: the element stride is 1 to 8, found 9");
  EXPECT_EQ(errorOf("tma:y:dims=64:box=8:interleave=16"),
            "interleave=16: interleaved tensors are not simulated");
  EXPECT_EQ(errorOf("tma:y:dims=64:box=8:interleave=8"),
            "interleave is none, 16 or 32, found '8'");
  EXPECT_EQ(errorOf("tma:y:dims=64,-2:box=8").substr(0, 44),
            "dims is numbers with commas or x between the");
  EXPECT_EQ(errorOf("tma:y:dims=1,1,1,1,1,1:box=8"),
            "dims has 1 to 5 numbers, found 6");
  EXPECT_EQ(errorOf("tma:y:dims=64,32:box=8:strides=128"),
            "dims has 2 numbers, box 1");
  EXPECT_EQ(errorOf("tma:y:dims=64,32:box=8,8"),
            "dims has 2 numbers, so strides has 1 (bytes, of the second "
            "dimension on), found 0");
  EXPECT_EQ(errorOf("tma:y:dims=64,32:strides=120:box=8,8"),
            "dimension 1: the stride is a multiple of 16 bytes, found 120");
  EXPECT_EQ(errorOf("tma:y:dims=64,33:strides=128:box=8,8"),
            "dims and strides reach over 4224 bytes, tensor 'y' has 4096 from "
            "there");
  EXPECT_EQ(errorOf("tma:y:dims=64,32:strides=128:box=7,8"),
            "the box's innermost row is a multiple of 16 bytes, found 14");
  EXPECT_EQ(errorOf("tma:y:dims=64,32:strides=128:box=64,8:swizzle=64"),
            "the box's innermost row has at most the swizzle's 64 bytes, found "
            "128");
  EXPECT_EQ(errorOf("tma:y:dims=64,32:strides=128:box=8,257"),
            "dimension 1: the box is 1 to 256, found 257");
  EXPECT_EQ(errorOf("tma:y:dims=64,0:strides=128:box=8,8"),
            "dimension 1: the size is 1 to 2^32, found 0");
  EXPECT_EQ(errorOf("tma:y+8:dims=64:box=8"),
            "the tensor's address is a multiple of 16, found 0x8");
  EXPECT_EQ(errorOf("tma:y:dims=64:box=8:swizzle=16"),
            "swizzle is none, 32, 64 or 128, found '16'");
  EXPECT_EQ(errorOf("tma:y:dims=64:box=8:oob=one"),
            "oob is zero or nan, found 'one'");
  EXPECT_EQ(errorOf("tma:y:dims=64:box=8:elem=f8").substr(0, 22),
            "elem is one of u8, u16");
  EXPECT_EQ(errorOf("tma:y:dims=64:box=8:elem=i32:oob=nan"),
            "NaN fills tensors of floating-point types, found s32");
  // Sizes whose product 64 bits do not hold.
  EXPECT_EQ(errorOf("tma:y:dims=4294967296,4294967296,4294967296:"
                    "strides=1099511627760,1099511627760:box=8,8,8"),
            "dims and strides reach over 18446744073709551615 bytes, tensor "
            "'y' has 4096 from there");
}

struct Entry {
  ptx::Function function;
  explicit Entry(std::initializer_list<uint64_t> sizes) {
    static constexpr StringLiteral kNames[] = {"p0", "p1", "p2", "p3"};
    function.name = "k";
    for (uint64_t size : sizes) {
      auto &parameter =
          function.parameters.emplace_back(std::make_unique<ptx::Variable>());
      parameter->name = kNames[function.parameters.size() - 1];
      parameter->size = size;
    }
  }
};

TEST_F(Arguments, CheckedAgainstTheEntry) {
  auto check = [&](StringRef text, std::initializer_list<uint64_t> sizes) {
    return toString(checkArguments(parse(text), Entry(sizes).function));
  };
  EXPECT_EQ(check("", {}), "");
  EXPECT_EQ(check("x,i32:5,bytes:001122", {8, 4, 3}), "");
  EXPECT_EQ(check("tma:x:dims=4:box=4", {128}), "");
  EXPECT_EQ(check("tma:x:dims=4:box=4", {8}), "");
  EXPECT_EQ(check("x", {8, 4}), "entry 'k' has 2 parameters, --args has 1: "
                                "'p0' (8 bytes), 'p1' (4 bytes)");
  EXPECT_EQ(check("x", {}), "entry 'k' has 0 parameters, --args has 1");
  EXPECT_EQ(check("x", {4}), "--args: argument 1, 'x', is an address of 8 "
                             "bytes, parameter 'p0' (4 bytes) is not");
  EXPECT_EQ(check("x,u8:5", {8, 4}),
            "--args: argument 2, 'u8:5', is 1 byte, parameter 'p1' (4 bytes) "
            "is not");
  EXPECT_EQ(check("tma:x:dims=4:box=4", {64}),
            "--args: argument 1, 'tma:x:dims=4:box=4', is a tensor map of 128 "
            "bytes, or its address of 8, parameter 'p0' (64 bytes) is not");
}

} // namespace
