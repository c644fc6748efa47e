//===- StructTest.cpp - structs and buffers with fields, as text ----------===//

#include "InputTensors.h"

#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Launch/Buffers.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;
using support::endian::read64le;

namespace {

class Structs : public InputTensors {
protected:
  /// Binds one argument to a parameter of its size.
  std::vector<uint8_t> bind(StringRef text, StringRef buffers = "") {
    std::vector<Argument> arguments = parse(text);
    Expected<std::vector<Argument>> others = parseBuffers(buffers, &*file);
    if (!others) {
      ADD_FAILURE() << toString(others.takeError());
      return {};
    }
    ptx::Function entry;
    for (const Argument &argument : arguments) {
      auto &parameter =
          entry.parameters.emplace_back(std::make_unique<ptx::Variable>());
      parameter->size = getSize(argument);
      parameter->alignment = getAlignment(argument);
    }
    EXPECT_EQ(toString(checkArguments(arguments, entry)), "");
    Expected<BoundArguments> result =
        bindArguments(device, arguments, *others, &*file, entry);
    if (!result) {
      ADD_FAILURE() << toString(result.takeError());
      return {};
    }
    bound = std::move(*result);
    return bound.parameters.empty() ? std::vector<uint8_t>()
                                    : bound.parameters.front();
  }
  uint64_t addressOf(StringRef name) {
    for (const Buffer &buffer : bound.buffers)
      if (buffer.name == name)
        return buffer.address;
    return 0;
  }
  std::vector<uint8_t> read(uint64_t address, size_t size) {
    std::vector<uint8_t> result(size);
    EXPECT_EQ(toString(device.copyOut(address, result)), "");
    return result;
  }
  std::string bufferError(StringRef text) {
    return toString(parseBuffers(text, &*file).takeError());
  }

  Device device{getInstructionSet()};
  BoundArguments bound;
};

TEST_F(Structs, ZeroBetweenTheFields) {
  std::vector<uint8_t> bytes = bind("struct:16:4=i32:-1:0x0a=u16:0x1234");
  EXPECT_EQ(toHex(bytes, /*LowerCase=*/true),
            "00000000ffffffff0000341200000000");
  EXPECT_EQ(bind("struct:3"), std::vector<uint8_t>(3));
}

TEST_F(Structs, AnyArgumentInside) {
  std::vector<uint8_t> bytes =
      bind("struct:256:0=x+16:8=out:y:16=f32:0.5:20=bytes:0a0b0c:24=null:"
           "32=(struct:16:8=c:d+1:0=i8:-1):"
           "128=tma:y:dims=64x32:strides=128:box=32x8");
  ASSERT_EQ(bytes.size(), 256u);
  EXPECT_EQ(read64le(&bytes[0]), addressOf("x") + 16);
  EXPECT_EQ(read64le(&bytes[8]), addressOf("y"));
  EXPECT_EQ(toHex(ArrayRef(bytes).slice(16, 7)), "0000003F0A0B0C");
  EXPECT_EQ(bytes[32], 0xff);
  EXPECT_EQ(read64le(&bytes[40]), addressOf("c:d") + 1);
  TensorMap map =
      cantFail(decodeTensorMap(ArrayRef(bytes).slice(128, kTensorMapBytes)));
  EXPECT_EQ(map.address, addressOf("y"));
  EXPECT_EQ(map.dims[1], 32u);
  // Named once, written to --outputs once.
  EXPECT_EQ(bound.buffers.size(), 3u);
}

TEST_F(Structs, WhatSeparates) {
  EXPECT_EQ(parse("x,struct:16:0=x:8=y,i32:5").size(), 3u);
  // Lists of a tensor map with commas; parentheses, with anything in them.
  EXPECT_EQ(parse("struct:128:0=tma:y:dims=64,32:strides=128:box=8,8,x").size(),
            2u);
  EXPECT_EQ(parse("struct:136:0=(tma:y:dims=64,32:strides=128:box=8,8):128=x,x")
                .size(),
            2u);
  EXPECT_EQ(parse("at:tma:y:dims=64,32:strides=128:box=8,8,at:x").size(), 2u);
  std::vector<Argument> nested =
      parse("at:struct:24:0=(x):8=(struct:16:0=(at:(struct:8:0=y)):8=x),x");
  ASSERT_EQ(nested.size(), 2u);
  const Argument &outer = nested[0].fields.at(0);
  ASSERT_EQ(outer.fields.size(), 2u);
  EXPECT_EQ(outer.fields[1].fields.at(0).kind, Argument::Kind::Copy);
}

TEST_F(Structs, UnwrittenWhereverItSaysSo) {
  bind("x,struct:16:0=y:8=(out:x)");
  EXPECT_EQ(bound.buffers.size(), 2u);
  std::vector<Argument> arguments = parse("x,struct:8:0=out:x");
  EXPECT_TRUE(arguments[1].fields[0].startsUnwritten);
}

TEST_F(Structs, AddressesOfCopies) {
  std::vector<uint8_t> bytes =
      bind("at:struct:32:8=(at:struct:8:0=y):16=(at:tma:x:dims=4:box=4)");
  ASSERT_EQ(bytes.size(), 8u);
  std::vector<uint8_t> table = read(read64le(bytes.data()), 32);
  EXPECT_EQ(read64le(&table[0]), 0u);
  EXPECT_EQ(read64le(read(read64le(&table[8]), 8).data()), addressOf("y"));
  uint64_t map = read64le(&table[16]);
  EXPECT_EQ(map % kTensorMapAlignment, 0u);
  EXPECT_EQ(cantFail(decodeTensorMap(read(map, kTensorMapBytes))).address,
            addressOf("x"));
}

TEST_F(Structs, Errors) {
  for (StringRef size : {"", "0", "1048577", "x", "-1", "99999999999999999999"})
    EXPECT_EQ(errorOf(("struct:" + size).str()),
              ("a struct is struct:SIZE:OFFSET=ARG:…, SIZE a number from 1 to "
               "1048576, found '" +
               size + "'")
                  .str());
  EXPECT_EQ(errorOf("struct:8:x"), "a field is OFFSET=ARG, found 'x'");
  EXPECT_EQ(errorOf("struct:8:"), "a field is OFFSET=ARG, found ''");
  EXPECT_EQ(errorOf("struct:8:-4=x"), "a field is OFFSET=ARG, found '-4=x'");
  EXPECT_EQ(errorOf("struct:8:0x=x"), "a field is OFFSET=ARG, found '0x=x'");
  EXPECT_EQ(errorOf("struct:16:8=i33:5").substr(0, 35),
            "at 8, 'i33:5': 'i33' is not a type:");
  EXPECT_EQ(errorOf("struct:16:0=i32:1:8=").substr(0, 28),
            "at 8, '': expected an argume");
  EXPECT_EQ(errorOf("struct:16:8=(struct:8:0=z)").substr(0, 74),
            "at 8, 'struct:8:0=z': at 0, 'z': --inputs holds no tensor 'z': it "
            "holds 'a");
  EXPECT_EQ(errorOf("struct:8:99999999999999999999=x"),
            "offset 99999999999999999999 is too large");
}

TEST_F(Structs, PlaceErrors) {
  EXPECT_EQ(errorOf("struct:16:9=i32:5"),
            "at 9, 'i32:5': it lies at a multiple "
            "of 4");
  EXPECT_EQ(errorOf("struct:16:4=x"), "at 4, 'x': it lies at a multiple of 8");
  EXPECT_EQ(errorOf("struct:256:8=(struct:128:0=tma:x:dims=4:box=4)"),
            "at 8, 'struct:128:0=tma:x:dims=4:box=4': it lies at a multiple "
            "of 64");
  EXPECT_EQ(errorOf("struct:12:8=x"),
            "at 8, 'x': its 8 bytes reach beyond the struct of 12");
  EXPECT_EQ(errorOf("struct:12:18446744073709551608=x"),
            "at 18446744073709551608, 'x': its 8 bytes reach beyond the struct "
            "of 12");
  EXPECT_EQ(errorOf("struct:4:0=x"),
            "at 0, 'x': its 8 bytes reach beyond the struct of 4");
  EXPECT_EQ(errorOf("struct:16:8=y:0=bytes:000102030405060708"),
            "at 8, 'y': it begins in 'bytes:000102030405060708', which lies at "
            "0 to 8");
  EXPECT_EQ(errorOf("struct:16:0=x:0=x"),
            "at 0, 'x': it begins in 'x', which lies at 0 to 7");
  EXPECT_EQ(errorOf("struct:16:0=bytes::0=x"), "");
}

TEST_F(Structs, ParenthesesErrors) {
  EXPECT_EQ(errorOf("struct:32:0=struct:8:0=x"),
            "at 0, 'struct:8': a struct inside another is written in "
            "parentheses, (struct:8)");
  EXPECT_EQ(errorOf("struct:32:0=at:struct:8:0=x"),
            "at 0, 'at:struct:8': a struct inside another is written in "
            "parentheses, (at:struct:8)");
  EXPECT_EQ(errorOf("struct:32:0=(x"), "a '(' without its ')'");
  EXPECT_EQ(errorOf("struct:32:0=x)"), "a ')' without its '('");
  EXPECT_EQ(errorOf("struct:32:0=)x("), "a ')' without its '('");
  EXPECT_EQ(errorOf("struct:32:0=(x)y"),
            "at 0, '(x)y': behind '(x)' comes a colon, found 'y'");
  EXPECT_EQ(errorOf("at:(x"), "a '(' without its ')'");
  EXPECT_EQ(errorOf("at:(x)(y)"), "behind '(x)' comes a colon, found '(y)'");
}

TEST_F(Structs, NestingEnds) {
  auto nest = [](unsigned depth) {
    std::string text = "x";
    for (unsigned i = 0; i < depth; ++i)
      text = ("(struct:8:0=" + Twine(text) + ")").str();
    return StringRef(text).drop_front().drop_back().str();
  };
  EXPECT_EQ(errorOf(nest(16)), "");
  EXPECT_TRUE(StringRef(errorOf(nest(17)))
                  .ends_with("structs and at: nest at most 16 "
                             "deep"));
  std::string many;
  for (int i = 0; i < 50000; ++i)
    many += "at:";
  EXPECT_TRUE(StringRef(listError(many + "x")).ends_with("at most 16 deep"));
  std::string open = "struct:8";
  for (int i = 0; i < 50000; ++i)
    open += ":0=(struct:8";
  EXPECT_TRUE(StringRef(listError(open)).ends_with("a '(' without its ')'"));
}

/// Whatever stands there: an error of one line, or arguments.
TEST_F(Structs, AnyTextEnds) {
  const StringRef pieces[] = {"struct:", "8",  ":",     "0=", "(",    ")",
                              "at:",     "x",  "out:",  ",",  "i32:", "16",
                              "tma:",    "y:", "dims=", "4",  "0x",   "bytes:"};
  uint32_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    std::string text = i % 2 ? "struct:64:0=" : "";
    for (uint32_t length = state >> 16 & 15; length-- > 0;) {
      state = state * 1664525 + 1013904223;
      text += pieces[(state >> 16) % std::size(pieces)];
    }
    state = state * 1664525 + 1013904223;
    for (const std::string &message : {listError(text), bufferError(text)})
      EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST_F(Structs, CheckedAgainstTheEntry) {
  auto check = [&](StringRef text, uint64_t size, uint64_t alignment) {
    ptx::Function entry;
    auto &parameter =
        entry.parameters.emplace_back(std::make_unique<ptx::Variable>());
    parameter->name = "p";
    parameter->size = size;
    parameter->alignment = alignment;
    return toString(checkArguments(parse(text), entry));
  };
  EXPECT_EQ(check("struct:16:0=x", 16, 8), "");
  EXPECT_EQ(check("at:struct:16:0=x", 8, 8), "");
  EXPECT_EQ(check("struct:16:0=x", 24, 8),
            "--args: argument 1, 'struct:16:0=x', is a struct of 16 bytes, "
            "parameter 'p' (24 bytes) is not");
  EXPECT_EQ(check("at:struct:16:0=x", 16, 8),
            "--args: argument 1, 'at:struct:16:0=x', is an address of 8 bytes, "
            "parameter 'p' (16 bytes) is not");
  EXPECT_EQ(check("struct:128:0=tma:x:dims=4:box=4", 128, 8),
            "--args: argument 1, 'struct:128:0=tma:x:dims=4:box=4', lies at a "
            "multiple of 64, parameter 'p' at one of 8 (.align)");
}

TEST_F(Structs, Buffers) {
  std::vector<uint8_t> bytes = bind("x", "out:e,y:0=x+4:8=(at:i32:7):64=c:d");
  EXPECT_EQ(bound.buffers.size(), 4u);
  std::vector<uint8_t> table = read(addressOf("y"), 72);
  EXPECT_EQ(read64le(&table[0]), read64le(bytes.data()) + 4);
  EXPECT_EQ(read(read64le(&table[8]), 4)[0], 7);
  EXPECT_EQ(read64le(&table[64]), addressOf("c:d"));
}

TEST_F(Structs, BufferErrors) {
  EXPECT_EQ(bufferError(""), "");
  EXPECT_EQ(bufferError("x,x"),
            "--buffers: buffer 2, 'x': 'x' is named before");
  EXPECT_EQ(bufferError("x+4"), "--buffers: buffer 1, 'x+4': a buffer is "
                                "[out:]NAME[:OFFSET=ARG]…: the whole tensor");
  EXPECT_EQ(bufferError("i32:5").substr(0, 47),
            "--buffers: buffer 1, 'i32:5': --inputs holds no");
  EXPECT_EQ(bufferError("x,"),
            "--buffers: buffer 2, '': a tensor's name is missing");
  EXPECT_EQ(bufferError("x:60=y"), "--buffers: buffer 1, 'x:60=y': at 60, 'y': "
                                   "its 8 bytes reach beyond the tensor of 64");
  EXPECT_EQ(bufferError("x:4=y"), "--buffers: buffer 1, 'x:4=y': at 4, 'y': it "
                                  "lies at a multiple of 8");
  Expected<std::vector<Argument>> none = parseBuffers("x", nullptr);
  ASSERT_FALSE(bool(none));
  EXPECT_TRUE(StringRef(toString(none.takeError()))
                  .starts_with("--buffers: buffer 1, 'x': 'x' names a tensor, "
                               "but there is no --inputs"));
}

} // namespace
