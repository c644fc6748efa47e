//===- MatrixWmma.cpp - wmma.load, wmma.store, wmma.mma -------------------===//
//
// PTX ISA 9.1, section 9.7.14.4. Fragments are those of mma, tile after tile,
// which the ISA allows: it leaves them open. Where a fragment has more
// registers than the matrix fills (f16 multiplicands) the rest are copies.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include <cstring>

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Type;

namespace {

/// What a wmma.load or wmma.store moves, in an operation's details.
struct FragmentMove {
  MatrixRole role;
  MatrixShape shape;
  Type type;
  /// .col: columns are contiguous.
  bool isColumnMajor;

  Fragment getFragment() const { return {role, shape, type}; }
  void encode(Operation &operation) const {
    operation.detail[1] = shape.m | shape.n << 8 | shape.k << 16;
    operation.detail[2] =
        uint32_t(role) | uint32_t(type) << 8 | uint32_t(isColumnMajor) << 16;
  }
  static FragmentMove decode(const Operation &operation) {
    uint32_t shape = operation.detail[1], rest = operation.detail[2];
    return {static_cast<MatrixRole>(rest & 0xff),
            {shape & 0xff, shape >> 8 & 0xff, shape >> 16},
            static_cast<Type>(rest >> 8 & 0xff),
            (rest >> 16 & 1) != 0};
  }
  /// The two dimensions' distance without a stride operand.
  unsigned getLeadingDimension() const {
    Fragment fragment = getFragment();
    return isColumnMajor ? fragment.getRows() : fragment.getColumns();
  }
};

/// Lanes' accesses to one register: all of its elements if they are neighbours,
/// else one.
struct Piece {
  unsigned reg, element, bytes, shift;

  /// The halves of a 32-bit register that it is in.
  bool isInLow() const { return shift < 16; }
  bool isInHigh() const { return shift + 8 * bytes > 16; }
};

} // namespace

/// Registers of the fragment that PTX asks for, section 9.7.14.4.1: always
/// eight for f16 multiplicands.
static unsigned getNumWmmaRegisters(const Fragment &fragment, MatrixRole role,
                                    Type type) {
  if (type == Type::F16 && role != MatrixRole::Accumulator)
    return 8;
  return fragment.getNumRegisters();
}

static llvm::SmallVector<Piece, 32> getPieces(const FragmentMove &move) {
  Fragment fragment = move.getFragment();
  unsigned count = fragment.getElementsPerRegister();
  unsigned bits = fragment.getElementBits();
  MatrixPlace first = fragment.getPlace(0, 0, 0),
              second = fragment.getPlace(0, 0, count - 1);
  bool areNeighbours = move.isColumnMajor ? first.column == second.column
                                          : first.row == second.row;
  llvm::SmallVector<Piece, 32> pieces;
  for (unsigned reg = 0; reg < fragment.getNumRegisters(); ++reg) {
    if (areNeighbours) {
      pieces.push_back({reg, 0, bits * count / 8, 0});
      continue;
    }
    for (unsigned element = 0; element < count; ++element)
      pieces.push_back({reg, element, bits / 8, bits * element});
  }
  return pieces;
}

static Addresses getPieceAddresses(const FragmentMove &move, const Piece &piece,
                                   const Addresses &base,
                                   const uint32_t *strides) {
  Fragment fragment = move.getFragment();
  unsigned bits = fragment.getElementBits();
  Addresses addresses;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    MatrixPlace place = fragment.getPlace(lane, piece.reg, piece.element);
    int64_t stride = strides ? static_cast<int32_t>(strides[lane])
                             : move.getLeadingDimension();
    int64_t offset = move.isColumnMajor ? place.column * stride + place.row
                                        : place.row * stride + place.column;
    addresses.lane[lane] = base.lane[lane] + offset * bits / 8;
  }
  return addresses;
}

/// The second of two numbers of 16 bits.
static void moveToUpperHalf(Places &places, Addresses &addresses) {
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    addresses.lane[lane] += 2;
    if (places.lanes >> lane & 1)
      places.lane[lane] += 2;
  }
}

/// What of the register nobody has defined, with what was loaded just now.
static void addUnwritten(Warp &warp, Row row, const Piece &piece, bool isPair,
                         Places places, Addresses addresses) {
  Frame &frame = warp.frame();
  HalfPoison poison;
  if (piece.shift)
    poison = frame.getHalves(row);
  Mask missing =
      places.lanes & ~getWrittenLanes(warp, places, addresses, piece.bytes);
  if (missing && isPair) {
    poison.low = places.lanes & ~getWrittenLanes(warp, places, addresses, 2);
    moveToUpperHalf(places, addresses);
    poison.high = places.lanes & ~getWrittenLanes(warp, places, addresses, 2);
  } else {
    poison.low |= piece.isInLow() ? missing : 0;
    poison.high |= piece.isInHigh() ? missing : 0;
  }
  frame.setHalves(row, poison);
}

/// Memory learns what of the register was defined; the lanes in which not all
/// of the piece was.
static Mask passPoison(Warp &warp, Row row, const Piece &piece, bool isPair,
                       Places places, Addresses addresses) {
  HalfPoison poison = warp.frame().getHalves(row);
  Mask poisoned =
      (piece.isInLow() ? poison.low : 0) | (piece.isInHigh() ? poison.high : 0);
  setWritten(warp, places, addresses, piece.bytes, ~poisoned);
  if (isPair && poison.low != poison.high) {
    setWritten(warp, places, addresses, 2, ~poison.low);
    moveToUpperHalf(places, addresses);
    setWritten(warp, places, addresses, 2, ~poison.high);
  }
  return poisoned & places.lanes;
}

/// wmma.load: rows are the fragment, the base, and the stride if there is one.
/// wmma.store: the base, the fragment, the stride.
static Flow runMove(Warp &warp, const Operation &operation, Mask active,
                    bool isStore) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  FragmentMove move = FragmentMove::decode(operation);
  Fragment fragment = move.getFragment();
  unsigned numRegisters = getNumWmmaRegisters(fragment, move.role, move.type);
  const Row *registers = operation.rows.data() + (isStore ? 1 : 0);
  Row baseRow = operation.rows[isStore ? 0 : numRegisters];
  bool hasStride = operation.rows.size() > numRegisters + 1;
  const uint32_t *strides = nullptr;
  if (hasStride) {
    reportPoison(warp, warp.poison(operation.rows.back()),
                 "the stride of a matrix");
    strides = warp.words(operation.rows.back());
  }
  ptx::Space space = decodeSpace(operation.detail[0]);
  Addresses base = getAddresses(
      warp, decodeAddress(operation, baseRow, operation.detail[0]), space);

  Mask defined = withDefinedAddress(warp, kAllLanes, baseRow);
  for (const Piece &piece : getPieces(move)) {
    Addresses addresses = getPieceAddresses(move, piece, base, strides);
    Access access;
    access.space = space;
    access.bytes = access.alignment = piece.bytes;
    access.isRead = !isStore;
    access.isWrite = isStore;
    Places places = resolve(warp, defined, addresses, access);
    Row row = registers[piece.reg];
    auto *bytes = reinterpret_cast<uint8_t *>(warp.words(row));
    unsigned size = fragment.getElementBits() == 64 ? 8 : 4;
    bool isPair =
        fragment.getElementBits() <= 16 && piece.isInLow() && piece.isInHigh();
    if (isStore) {
      for (unsigned lane = 0; lane < kLanes; ++lane)
        if (places.lanes >> lane & 1)
          std::memcpy(places.lane[lane], bytes + lane * size + piece.shift / 8,
                      piece.bytes);
      Mask poisoned = passPoison(warp, row, piece, isPair, places, addresses);
      if (poisoned && !isSharedAddress(addresses.lane[0]))
        warp.find(FindingKind::Uninitialized, poisoned,
                  "stores a value that nobody has written", ptx::Space::Global,
                  addresses.lane[llvm::countr_zero(poisoned)]);
      continue;
    }
    addUnwritten(warp, row, piece, isPair, places, addresses);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      uint8_t *to = bytes + lane * size + piece.shift / 8;
      if (places.lanes >> lane & 1)
        std::memcpy(to, places.lane[lane], piece.bytes);
      else
        std::memset(to, 0, piece.bytes);
    }
  }
  if (isStore)
    warp.getCta().getWorker().noteProgress();
  else
    for (unsigned i = fragment.getNumRegisters(); i < numRegisters; ++i) {
      Row from = registers[i % fragment.getNumRegisters()];
      std::memcpy(warp.words(registers[i]), warp.words(from),
                  kLanes * sizeof(uint32_t));
      warp.poison(registers[i]) = warp.poison(from);
    }
  return Flow::Next;
}

static Flow runLoad(Warp &warp, const Operation &operation, Mask active) {
  return runMove(warp, operation, active, /*isStore=*/false);
}

static Flow runStore(Warp &warp, const Operation &operation, Mask active) {
  return runMove(warp, operation, active, /*isStore=*/true);
}

static bool decodeMove(Decoder &decoder, bool isStore) {
  const ptx::Match &match = decoder.match();
  Operation &operation = decoder.operation();
  llvm::StringRef which = match.get("which");
  MatrixRole role = which == "a"   ? MatrixRole::A
                    : which == "b" ? MatrixRole::B
                                   : MatrixRole::Accumulator;
  FragmentMove move{role, *parseMatrixShape(match.get("shape")),
                    match.getType("type"), match.get("layout") == "col"};
  Fragment fragment = move.getFragment();
  unsigned count = getNumWmmaRegisters(fragment, role, move.type);
  Decoder::Address address;
  if (isStore && !decoder.addAddress(0, address))
    return false;
  if (!addFragment(decoder, isStore ? 1 : 0, fragment, count, !isStore))
    return false;
  if (!isStore && !decoder.addAddress(1, address))
    return false;
  if (decoder.numOperands() > 2 && !decoder.addSource(2, Type::B32))
    return false;
  encodeAddress(operation, address, getSpace(match), operation.detail[0]);
  move.encode(operation);
  operation.run = isStore ? runStore : runLoad;
  return true;
}

static bool decodeLoad(Decoder &decoder) { return decodeMove(decoder, false); }
static bool decodeStore(Decoder &decoder) { return decodeMove(decoder, true); }

static bool decodeMma(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  // Without types of A and B they are f16.
  bool isHalf = match.get("a").empty();
  MatrixProduct product(*parseMatrixShape(match.get("shape")),
                        isHalf ? Type::F16 : match.getType("a"),
                        isHalf ? Type::F16 : match.getType("b"),
                        match.getType("c"), match.getType("d"));
  Fragment a = product.getA(), b = product.getB(), c = product.getC(),
           d = product.getD();
  product.registersA = getNumWmmaRegisters(a, MatrixRole::A, product.a);
  product.registersB = getNumWmmaRegisters(b, MatrixRole::B, product.b);
  product.saturates = match.has("satfinite");
  if (product.a != product.b)
    return decoder.fail("'wmma' takes one type for A and B");
  if (!addFragment(decoder, 0, d, d.getNumRegisters(), true) ||
      !addFragment(decoder, 1, a, product.registersA, false) ||
      !addFragment(decoder, 2, b, product.registersB, false) ||
      !addFragment(decoder, 3, c, c.getNumRegisters(), false))
    return false;
  product.encode(decoder.operation());
  decoder.operation().run = runMatrixProduct;
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getWmmaDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::WmmaLoad, decodeLoad},
      {Semantics::WmmaStore, decodeStore},
      {Semantics::WmmaMma, decodeMma},
  };
  return decoders;
}
