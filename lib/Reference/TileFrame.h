//===- TileFrame.h - What a cluster of an interpreted kernel knows --*- C++
//-*-===//
//
// The values of a kernel while one of its clusters runs (a CTA is one, if
// nothing else is said), and the rules by which
// operations compute them: one function each, added by the class of the
// operation (TileRules::add).
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_TILEFRAME_H
#define SLUICE_LIB_REFERENCE_TILEFRAME_H

#include "dialects/Tile/TileOps.h"
#include "lib/Reference/TileCopies.h"
#include "lib/Reference/TileRings.h"

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

/// What operations do that are no control flow: from a frame's operands to its
/// results.
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
  /// How many warps of a CTA have values of their own: one if they have them
  /// together. How many CTAs are a cluster.
  int64_t warps = 1, ctas = 1;
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
  /// `block` is the number of the cluster's first CTA.
  TileFrame(const TileProgram &program, const TileLaunch &launch,
            std::array<int64_t, 3> block)
      : launch(launch), program(program), block(block),
        values(program.ctas * program.warps,
               std::vector<TileValue>(program.numbers.size())),
        copies(values.size()),
        shared(program.ctas, SharedMemory(program.sharedBytes)) {
    setWarps(0, static_cast<int64_t>(values.size()));
  }

  /// Runs the kernel to its end.
  llvm::Error run();
  /// Runs an operation that is no control flow in one warp after another, of
  /// one CTA after another.
  llvm::Error runInEachWarp(mlir::Operation &op);
  /// The warps from `first` to `end`, counted in the cluster, are those that go
  /// on.
  void setWarps(int64_t first, int64_t end) {
    current = firstWarp = first;
    endWarp = end;
  }
  /// Calls `visit` in each warp that goes on.
  void forEachWarp(llvm::function_ref<void()> visit);
  /// The same, until one fails.
  llvm::Error tryEachWarp(llvm::function_ref<llvm::Error()> visit);
  /// What an operation of control flow goes by; fails where warps differ.
  llvm::Expected<int64_t> getUniform(mlir::Operation *op, mlir::Value value);

  /// References stay.
  TileValue &at(mlir::Value value) {
    return values[current][program.numbers.at(value)];
  }
  /// The warp whose values are seen, in its CTA, and that one's number and
  /// rank in the cluster.
  int64_t getWarp() const { return current % program.warps; }
  int64_t getRank() const { return current / program.warps; }
  int64_t getNumRanks() const { return program.ctas; }
  std::array<int64_t, 3> getBlock() const {
    return {block[0] + getRank(), block[1], block[2]};
  }
  Floats &floats(mlir::Value value) { return at(value).floats; }
  Integers &integers(mlir::Value value) { return at(value).integers; }
  TileMemory &memory(mlir::Value value) { return *at(value).memory; }
  /// What is memory for the CTA of that rank.
  TileMemory &memory(mlir::Value value, int64_t rank) {
    return *values[rank * program.warps][program.numbers.at(value)].memory;
  }
  float number(mlir::Value value) { return floats(value).front(); }
  int64_t integer(mlir::Value value) { return integers(value).front(); }
  void set(mlir::Value value, int64_t integer) {
    integers(value).assign(1, integer);
  }

  /// The copies that the warp has begun.
  TileCopies &getCopies() { return copies[current]; }
  /// Memory of any content, anew.
  void makeShared(tile::SharedOp op);
  /// Of a reduction that leaves warps apart: the place along the result's axis
  /// to which each element of the operand counts.
  llvm::ArrayRef<int64_t> getWarpPlaces(tile::ReduceOp op);

  const TileLaunch &launch;
  TileRings rings;

private:
  const TileProgram &program;
  std::array<int64_t, 3> block;
  /// Of the warps of the first CTA, then of the next.
  std::vector<std::vector<TileValue>> values;
  std::vector<TileCopies> copies;
  int64_t current, firstWarp, endWarp;
  /// Of each CTA.
  std::vector<SharedMemory> shared;
  llvm::DenseMap<std::pair<mlir::Operation *, int64_t>,
                 std::shared_ptr<SharedBuffer>>
      buffers;
  llvm::DenseMap<mlir::Operation *, std::vector<int64_t>> warpPlaces;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILEFRAME_H
