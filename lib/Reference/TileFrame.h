//===- TileFrame.h - What a CTA of an interpreted kernel knows --*- C++ -*-===//
//
// The values of a kernel while one of its CTAs runs, and the rules by which
// operations compute them: one function each, added by the class of the
// operation (TileRules::add).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_TILEFRAME_H
#define SLUICE_LIB_REFERENCE_TILEFRAME_H

#include "dialects/Tile/TileOps.h"
#include "lib/Reference/TileMemory.h"

#include "llvm/ADT/DenseMap.h"
#include <array>
#include <functional>
#include <memory>

namespace sluice::reference {

using Floats = llvm::SmallVector<float, 1>;
using Integers = llvm::SmallVector<int64_t, 1>;

/// A number, a tensor's elements in row-major order, or memory. Integers are
/// extended by their sign, those of one bit are 0 or 1.
struct TileValue {
  Floats floats;
  Integers integers;
  TileMemory *memory = nullptr;
};

/// f32, f16 or bf16.
io::DType getDType(mlir::Type element);
/// `number` rounded to a tensor's, or a number's, type.
float roundTo(mlir::Type type, double number);
/// What comes of two numbers, NaN staying, and of none.
double combine(tile::Reduction kind, double x, double y);
double getNeutral(tile::Reduction kind);
/// How many elements a value has.
int64_t countElements(mlir::Type type);
/// The shape of a tensor; none of a number.
llvm::ArrayRef<int64_t> getShape(mlir::Type type);

class TileFrame;

/// What operations do: from a frame's operands to its results.
class TileRules {
public:
  using Rule = std::function<llvm::Error(mlir::Operation *, TileFrame &)>;

  TileRules();

  template <typename Op> void add(llvm::Error (*rule)(Op, TileFrame &)) {
    rules[mlir::TypeID::get<Op>()] = [rule](mlir::Operation *op,
                                            TileFrame &frame) {
      return rule(llvm::cast<Op>(op), frame);
    };
  }
  /// Null if there is none.
  const Rule *lookUp(mlir::Operation *op) const;

private:
  void addTile();
  void addMaths();
  void addMatrices();

  llvm::DenseMap<mlir::TypeID, Rule> rules;
};

/// A kernel, ready to be run.
struct TileProgram {
  /// Fails at an operation or a type without a meaning here.
  static llvm::Expected<TileProgram> compile(tile::KernelOp kernel);

  tile::KernelOp kernel;
  TileRules rules;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  /// Where shared memory lies, in bytes: where the kernel says, or apart.
  llvm::DenseMap<mlir::Operation *, int64_t> sharedPlaces;
  int64_t sharedBytes = 0;
  /// How many warps have values of their own: one if they have them together.
  int64_t warps = 1;
};

/// What a launch gives beside the arguments.
struct TileLaunch {
  /// The tokens before each sequence, and all; empty if rows are sequences.
  std::vector<int64_t> starts;
};

/// An error at an operation, whose message is a predicate.
llvm::Error fail(mlir::Operation *op, const llvm::Twine &message);

class TileFrame {
public:
  TileFrame(const TileProgram &program, const TileLaunch &launch,
            std::array<int64_t, 3> block)
      : launch(launch), block(block), program(program),
        values(program.warps, std::vector<TileValue>(program.numbers.size())),
        shared(program.sharedBytes) {}

  /// Runs a block to its terminator, whose operands are what it gives: each
  /// operation in one warp after another.
  llvm::Error run(mlir::Block &body);
  /// Calls `visit` in each warp.
  void forEachWarp(llvm::function_ref<void()> visit);
  /// What an operation of control flow goes by; fails where warps differ.
  llvm::Expected<int64_t> getUniform(mlir::Operation *op, mlir::Value value);

  /// References stay.
  TileValue &at(mlir::Value value) {
    return values[warp][program.numbers.at(value)];
  }
  /// The warp whose values are seen.
  int64_t getWarp() const { return warp; }
  Floats &floats(mlir::Value value) { return at(value).floats; }
  Integers &integers(mlir::Value value) { return at(value).integers; }
  TileMemory &memory(mlir::Value value) { return *at(value).memory; }
  float number(mlir::Value value) { return floats(value).front(); }
  int64_t integer(mlir::Value value) { return integers(value).front(); }
  void set(mlir::Value value, int64_t integer) {
    integers(value).assign(1, integer);
  }

  /// Memory of any content, anew.
  void makeShared(tile::SharedOp op);
  /// Of a reduction that leaves warps apart: the place along the result's axis
  /// to which each element of the operand counts.
  llvm::ArrayRef<int64_t> getWarpPlaces(tile::ReduceOp op);

  const TileLaunch &launch;
  /// The CTA's number.
  const std::array<int64_t, 3> block;

private:
  const TileProgram &program;
  /// By warp.
  std::vector<std::vector<TileValue>> values;
  int64_t warp = 0;
  SharedMemory shared;
  llvm::DenseMap<std::pair<mlir::Operation *, int64_t>,
                 std::unique_ptr<SharedBuffer>>
      buffers;
  llvm::DenseMap<mlir::Operation *, std::vector<int64_t>> warpPlaces;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILEFRAME_H
