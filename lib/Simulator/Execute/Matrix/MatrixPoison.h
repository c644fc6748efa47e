//===- MatrixPoison.h - what nobody has written, in products ----*- C++ -*-===//
//
// An element of A goes into its row of D = A · B + C, one of B into its column,
// one of C into itself; no other element of D knows of it. What of A and B lies
// beyond a matrix's edge may so be anything, as long as nobody looks at those
// rows and columns of D.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXPOISON_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXPOISON_H

#include "lib/Layout/Fragments.h"
#include "lib/Simulator/Execute/Matrix/MatrixOperand.h"
#include "lib/Simulator/Machine/Memory.h"
#include "lib/Simulator/Machine/Operation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <bitset>

namespace sluice::sim {

struct Frame;

/// The elements of D that nobody has defined. It is made of A's, B's and C's
/// first and written to D then, which may be C's registers.
class MatrixPoison {
public:
  /// Elements of 4 to 64 bits in registers; where each of them is.
  struct Registers {
    llvm::ArrayRef<Row> rows;
    unsigned elementBits = 32;
    llvm::function_ref<layout::MatrixPlace(unsigned lane, unsigned reg,
                                           unsigned element)>
        getPlace;
  };

  void addA(const Frame &frame, const Registers &a);
  void addB(const Frame &frame, const Registers &b);
  void addC(const Frame &frame, const Registers &c);
  /// A's rows, or B's columns, of an operand in shared memory; what is beyond
  /// its end counts as written.
  void addShared(const Region &shared, const MatrixOperand &operand, bool isA);
  void writeD(Frame &frame, const Registers &d) const;

private:
  /// wmma's tallest is 32 rows, wgmma's widest 256 columns of 16.
  static constexpr unsigned kMostRows = 32, kMostColumns = 256;
  std::bitset<kMostRows> rows;
  std::bitset<kMostColumns> columns;
  std::bitset<kMostRows * kMostColumns> elements;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXPOISON_H
