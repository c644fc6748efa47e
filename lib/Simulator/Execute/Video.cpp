//===- Video.cpp - video instructions -------------------------------------===//
//
// PTX ISA 9.0, section 9.7.18.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/ValueDecode.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/Twine.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Operand;
using ptx::Semantics;
using ptx::Type;
using value::Second;
using value::Video;

/// The mnemonic without the number of elements.
static Video getVideo(Decoder &decoder) {
  llvm::StringRef name = decoder.instruction().mnemonic.rtrim("24");
  if (name == "vset")
    return llvm::StringSwitch<Video>(decoder.match().get("compare"))
        .Case("eq", Video::Equal)
        .Case("ne", Video::NotEqual)
        .Case("lt", Video::Less)
        .Case("le", Video::LessEqual)
        .Case("gt", Video::Greater)
        .Default(Video::GreaterEqual);
  return llvm::StringSwitch<Video>(name)
      .Case("vadd", Video::Add)
      .Case("vsub", Video::Sub)
      .Case("vabsdiff", Video::AbsDiff)
      .Case("vavrg", Video::Average)
      .Case("vmin", Video::Min)
      .Case("vmax", Video::Max)
      .Case("vshl", Video::ShiftLeft)
      .Default(Video::ShiftRight);
}

static void setSigns(Decoder &decoder) {
  const std::pair<llvm::StringRef, value::Flag> types[] = {
      {"dtype", value::SignedD},
      {"atype", value::SignedA},
      {"btype", value::SignedB}};
  for (auto [name, flag] : types)
    if (decoder.match().get(name) == "s32")
      decoder.operation().detail[0] |= flag;
}

/// The register itself: what is said of its parts and its sign is known.
static Operand strip(Operand operand) {
  operand.selector = llvm::StringRef();
  operand.isNegated = false;
  return operand;
}

/// One byte or half: its first bit in the low 8 bits and, above, how many.
static bool getPart(Decoder &decoder, const Operand &operand, uint32_t whole,
                    uint32_t &part) {
  llvm::StringRef name = operand.selector;
  unsigned index = 0;
  if (name.empty()) {
    part = whole;
    return true;
  }
  bool isByte = name[0] == 'b';
  if (name.drop_front().getAsInteger(10, index) || name.size() != 2 ||
      index >= (isByte ? 4u : 2u))
    return decoder.fail("expected .b0 to .b3, .h0 or .h1 as a part, found " +
                        quote(("." + name).str()));
  part = isByte ? index * 8 | 8 << 8 : index * 16 | 16 << 8;
  return true;
}

static bool checkNegation(Decoder &decoder, bool mayBeNegated) {
  for (const Operand &operand : decoder.instruction().operands)
    if (operand.isNegated && !mayBeNegated)
      return decoder.fail(quote(decoder.instruction().mnemonic) +
                          " takes no negated register");
  return true;
}

static bool addVideoOperands(Decoder &decoder) {
  if (!decoder.addDestination(strip(decoder.operand(0)), Type::B32))
    return false;
  for (size_t i = 1; i < decoder.numOperands(); ++i)
    if (!decoder.addSource(strip(decoder.operand(i)), Type::B32))
      return false;
  if (decoder.numOperands() < 4)
    decoder.addConstant(32, 0);
  return true;
}

/// What a and b take of their registers.
static bool setParts(Decoder &decoder) {
  constexpr uint32_t kWhole = 32 << 8;
  uint32_t a = 0, b = 0;
  if (!getPart(decoder, decoder.operand(1), kWhole, a) ||
      !getPart(decoder, decoder.operand(2), kWhole, b))
    return false;
  decoder.operation().detail[2] = a | b << 16;
  return true;
}

static bool decodeScalar(Decoder &decoder) {
  Operation &operation = decoder.operation();
  setCompute(decoder, ValueOp::VideoScalar);
  addModifiers(decoder);
  setSigns(decoder);
  if (decoder.match().get("mode") == "wrap")
    operation.detail[0] |= value::Wrap;
  auto second = llvm::StringSwitch<Second>(decoder.match().get("second"))
                    .Case("add", Second::Add)
                    .Case("min", Second::Min)
                    .Case("max", Second::Max)
                    .Default(Second::None);
  uint32_t merge = 0;
  if (!checkNegation(decoder, false) || !setParts(decoder) ||
      !getPart(decoder, decoder.operand(0), 0, merge))
    return false;
  bool needsC = merge != 0 || second != Second::None;
  if (merge != 0 && second != Second::None)
    return decoder.fail("a part of the destination and a second operation do "
                        "not go together");
  if (needsC != (decoder.numOperands() == 4))
    return decoder.fail(
        quote(decoder.instruction().mnemonic) +
        " has a third source with a part of the destination or a second "
        "operation, and only then");
  operation.detail[1] = static_cast<uint32_t>(getVideo(decoder)) |
                        static_cast<uint32_t>(second) << 8 | merge << 16;
  return addVideoOperands(decoder);
}

static bool decodeMad(Decoder &decoder) {
  Operation &operation = decoder.operation();
  setCompute(decoder, ValueOp::VideoMad);
  addModifiers(decoder);
  setSigns(decoder);
  llvm::StringRef scale = decoder.match().get("scale");
  operation.detail[1] = scale == "shr7" ? 7 : scale == "shr15" ? 15 : 0;
  bool isPlusOne = decoder.match().has("po");
  bool isProduct = decoder.operand(1).isNegated != decoder.operand(2).isNegated;
  bool isC = decoder.operand(3).isNegated;
  if (isPlusOne)
    operation.detail[0] |= value::PlusOne;
  if (isProduct)
    operation.detail[0] |= value::NegateA;
  if (isC)
    operation.detail[0] |= value::NegateC;
  if (isProduct && isC)
    return decoder.fail("'vmad' negates the product or c, not both");
  return checkNegation(decoder, !isPlusOne) && setParts(decoder) &&
         addVideoOperands(decoder);
}

/// Elements by their digits, the highest first: `count` of them, or `standard`.
static bool getElements(Decoder &decoder, const Operand &operand, char letter,
                        unsigned count, uint32_t standard, uint32_t &elements) {
  llvm::StringRef name = operand.selector;
  elements = standard;
  if (name.empty())
    return true;
  llvm::StringRef digits = name.drop_front();
  elements = 0;
  bool isGood = name[0] == letter && digits.size() == count;
  for (char digit : digits) {
    unsigned element = digit - '0';
    isGood &= element < 2 * count;
    elements = elements << 4 | (element & 15);
  }
  return isGood ||
         decoder.fail("expected '" + llvm::Twine(letter) + "' and " +
                      llvm::Twine(count) + " digits of 0 to " +
                      llvm::Twine(2 * count - 1) + " as parts, found " +
                      quote(("." + name).str()));
}

/// Digits that fall, of those below `count`.
static bool getMask(Decoder &decoder, char letter, unsigned count,
                    uint32_t &mask) {
  llvm::StringRef name = decoder.operand(0).selector;
  mask = (1u << count) - 1;
  if (name.empty())
    return true;
  mask = 0;
  bool isGood = name[0] == letter;
  unsigned last = count;
  for (char digit : name.drop_front()) {
    unsigned element = digit - '0';
    isGood &= element < last;
    last = element;
    mask |= 1u << (element & 7);
  }
  return isGood ||
         decoder.fail("expected parts of the destination from the highest to "
                      "the lowest, found " +
                      quote(("." + name).str()));
}

template <unsigned count> static bool decodeSimd(Decoder &decoder) {
  Operation &operation = decoder.operation();
  constexpr char kLetter = count == 2 ? 'h' : 'b';
  constexpr uint32_t kOwn = count == 2 ? 0x10 : 0x3210,
                     kOther = count == 2 ? 0x32 : 0x7654;
  setCompute(decoder, ValueOp::VideoSimd);
  addModifiers(decoder);
  setSigns(decoder);
  uint32_t a = 0, b = 0, mask = 0;
  if (!checkNegation(decoder, false) ||
      !getMask(decoder, kLetter, count, mask) ||
      !getElements(decoder, decoder.operand(1), kLetter, count, kOwn, a) ||
      !getElements(decoder, decoder.operand(2), kLetter, count, kOther, b))
    return false;
  bool adds = decoder.match().has("add");
  if (adds && decoder.match().has("sat"))
    return decoder.fail("'.sat' and '.add' do not go together");
  operation.detail[1] = static_cast<uint32_t>(getVideo(decoder)) |
                        (32 / count) << 8 | mask << 16 | uint32_t(adds) << 24;
  operation.detail[2] = a | b << 16;
  return addVideoOperands(decoder);
}

llvm::ArrayRef<InstructionDecoder> sim::getVideoDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::VideoScalar, decodeScalar},
      {Semantics::VideoMad, decodeMad},
      {Semantics::VideoSimd2, decodeSimd<2>},
      {Semantics::VideoSimd4, decodeSimd<4>},
  };
  return decoders;
}
