//===- MatrixForms.h - the matrix instructions ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXFORMS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXFORMS_H

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/Matrix/MatrixPoison.h"
#include "lib/Simulator/Execute/Matrix/MatrixProduct.h"
#include "lib/Simulator/Machine/InstructionSet.h"
#include "lib/Simulator/Machine/MatrixInFlight.h"

namespace sluice::sim {

llvm::ArrayRef<InstructionDecoder> getMmaDecoders();
/// ldmatrix, stmatrix, movmatrix.
llvm::ArrayRef<InstructionDecoder> getMatrixMoveDecoders();
llvm::ArrayRef<InstructionDecoder> getWmmaDecoders();
llvm::ArrayRef<InstructionDecoder> getWgmmaDecoders();

/// The warp's wgmma-groups; null if nothing is checked.
MatrixInFlight *getMatrixInFlight(Warp &warp);

// Shared by the families.

/// The elements of a vector operand, or the operand itself if it is a register.
llvm::ArrayRef<ptx::Operand> getElements(const ptx::Operand &operand);
/// Appends the rows of a fragment, which must have `count` registers.
bool addFragment(Decoder &decoder, size_t operand,
                 const layout::Fragment &fragment, unsigned count,
                 bool isDestination);
/// State space of item "space"; Generic if there is none.
ptx::Space getSpace(const ptx::Match &match);

/// Does what requireAllLanes does, for all 32: "the behavior is undefined if
/// any thread in the warp has exited".
bool requireWholeWarp(Warp &warp, Mask active);
/// Reports lanes of `poison`: a value that nobody defined reaches `what`.
void reportPoison(Warp &warp, Mask poison, const llvm::Twine &what);
/// The lanes of `lanes` whose address somebody has defined; reports the others.
Mask withDefinedAddress(Warp &warp, Mask lanes, Row base);
/// Marks all that the operation writes as defined, not poison.
void defineDestinations(Warp &warp, const Operation &operation);
/// A product whose rows are D, A, B, C: what of D nobody has defined.
void setProductPoison(Warp &warp, const Operation &operation,
                      const MatrixProduct &product);
void countFlop(Warp &warp, const layout::MatrixShape &shape);

/// The order of accumulation that --perturb asks for; null without it.
class PerturbedOrder {
public:
  PerturbedOrder(Warp &warp, const Operation &operation, unsigned depth);
  const MatrixOrder *get() const { return isUsed ? &order : nullptr; }

private:
  bool isUsed;
  MatrixOrder order;
};

/// Handler of mma and wmma.mma: rows are D, A, B, C.
Flow runMatrixProduct(Warp &warp, const Operation &operation, Mask active);

/// What stands for multiplication between single bits.
enum class BitProduct : uint8_t { None, Xor, And };
/// The same of multiplicands of 4 bits and of 1, and decoding of both.
Flow runNarrowProduct(Warp &warp, const Operation &operation, Mask active);
bool decodeNarrowProduct(Decoder &decoder);
/// mma.m8n8k4 of f16.
bool decodeQuads(Decoder &decoder);

/// An address, in the operation's details: the base is among its sources.
void encodeAddress(Operation &operation, const Decoder::Address &address,
                   ptx::Space space, uint32_t &detail);
Decoder::Address decodeAddress(const Operation &operation, Row base,
                               uint32_t detail);
ptx::Space decodeSpace(uint32_t detail);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXFORMS_H
