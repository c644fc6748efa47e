//===- Fragments.h - which lane holds what ----------------------*- C++ -*-===//
//
// All matrix instructions of a warp share one idea. A 32-bit register across
// the warp is 8 rows of 16 bytes, four lanes a row: a core matrix, stored by
// rows. ldmatrix fills one of them per register, a multiplicand's fragment is
// a grid of them, and an accumulator of 32-bit elements spreads each 8 × 8 tile
// over two. What differs between the figures of the ISA is only the grid.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_FRAGMENTS_H
#define SLUICE_LIB_LAYOUT_FRAGMENTS_H

#include "lib/PTX/Type.h"
#include "llvm/ADT/StringRef.h"

namespace sluice::layout {

struct MatrixShape {
  unsigned m = 0, n = 0, k = 0;
  bool operator==(const MatrixShape &) const = default;
};

/// "m16n8k16".
std::optional<MatrixShape> parseMatrixShape(llvm::StringRef text);

/// What a fragment is to its instruction: A is m × k, B is k × n, C and D are
/// m × n.
enum class MatrixRole : uint8_t { A, B, Accumulator };

/// Row and column in the operand's own matrix.
struct MatrixPlace {
  unsigned row = 0, column = 0;
  bool operator==(const MatrixPlace &) const = default;
};

/// One operand of mma (PTX ISA 9.1, sections 9.7.14.5.1 to .13), of wgmma (one
/// warp's 16 of the 64 rows, section 9.7.15.5.1.1), or of wmma (whose fragments
/// the ISA leaves to us: those of mma, tile after tile).
///
/// With g = lane / 4, t = lane % 4, e elements a register:
///   A            row 8 (r mod m/8) + g,   column 4e (r div m/8) + e t + i
///   B            row 4e (r mod k/4e) + e t + i,   column 8 (r div k/4e) + g
///   Accumulator  of 8 × 8 tiles p, which go down the rows first:
///                row 8 (p mod m/8) + g,   column 8 (p div m/8) + 2t + i
///                where a tile is one register of two elements, or two
///                registers of one.
class Fragment {
public:
  Fragment(MatrixRole role, MatrixShape shape, ptx::Type type);

  unsigned getRows() const;
  unsigned getColumns() const;
  /// A register has 64 bits for f64 and 32 for all others.
  unsigned getElementsPerRegister() const { return perRegister; }
  /// Registers that hold different elements.
  unsigned getNumRegisters() const;
  unsigned getElementBits() const { return bits; }
  MatrixPlace getPlace(unsigned lane, unsigned reg, unsigned element) const;

private:
  MatrixRole role;
  MatrixShape shape;
  unsigned bits, perRegister;
};

/// ldmatrix, stmatrix and movmatrix of .m8n8 and .b16 (sections 9.7.14.5.15 to
/// .17): the element of the 8 × 8 matrix that a register's half holds.
MatrixPlace getMatrixRowPlace(unsigned lane, unsigned element,
                              bool isTransposed);
/// And the lane that holds an element of a row.
unsigned getMatrixRowLane(unsigned row, unsigned element, bool isTransposed);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_FRAGMENTS_H
