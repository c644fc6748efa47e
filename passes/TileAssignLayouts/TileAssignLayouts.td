//===- TileAssignLayouts.td - who holds which element ------*- tablegen -*-===//

#ifndef SLUICE_PASSES_TILEASSIGNLAYOUTS
#define SLUICE_PASSES_TILEASSIGNLAYOUTS

include "mlir/Pass/PassBase.td"

def TileAssignLayouts : Pass<"tile-assign-layouts", "::sluice::tile::KernelOp"> {
  let summary = "say which thread holds which element of each tensor";
  let description = [{
    Gives every tensor of a kernel a `#tile.layout`. Tensors that elementwise
    operations, loops and branches connect have one; so a kernel falls into
    classes, which meet at `tile.broadcast` and `tile.reduce`.

    Matrices are held so that rows are read and written in whole lines of 128
    bytes: four columns in a thread, eight threads a line, the other threads of
    the warp on other rows; warps share columns first, then rows.

    Where `tile.prefix` takes part, rows are in registers and a column in a lane,
    warps sharing the columns if there are more than a warp's. So are what
    `tile.inverse` takes and gives, of which a warp has whole blocks; but what the
    operand's neighbours hold, and the result's if a product is among them, is
    their own matter.

    A product of tensor cores is held as they leave it. Where a kernel's warps are
    apart, an accumulator's rows are the tensor's rows or its columns: whichever
    leaves it in place for more of those who multiply it further. There, too, each
    product loads its operand from shared memory itself, in its own layout; and what
    is stored to global memory time and again is gathered to rows before. A prefix
    that shares a class with a product is set apart by conversions, and so is what is multiplied
    in 16 bits for products alone, which is held as the first of them takes it.

    A vector is held by one thread an element, or as what it is broadcast to or
    reduced from holds it, which may be by many threads. Whichever costs less is
    taken, counted in instructions of a thread: maths and accesses for each
    register, and a conversion through shared memory at each place where the
    class meets another layout. So a vector of keys whose exponential is taken
    lies spread over the CTA and is then handed to those who need it, and a
    vector of values stays where it arose.

    **Needs** a kernel without layouts. **Guarantees** that every tensor has one,
    and that `tile.convert` stands where they differ.

    This input

    ```mlir
    tile.kernel @f(%x: memref<?x8xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
      %c0 = arith.constant 0 : index
      %0 = tile.load %x[%c0, %c0] along [1] : memref<?x8xf32, strided<[?, 1]>> -> tensor<8xf32>
      %1 = math.exp %0 : tensor<8xf32>
      tile.store %1, %x[%c0, %c0] along [1] : tensor<8xf32>, memref<?x8xf32, strided<[?, 1]>>
      tile.return
    }
    ```

    becomes

    ```mlir
    #layout = #tile.layout<register = [], lane = [[1], [2], [4], [0], [0]], warp = []>
    …
    tile.load … -> tensor<8xf32, #layout>
    …
    math.exp … : tensor<8xf32, #layout>
    …
    ```
  }];
  let dependentDialects = ["::sluice::tile::TileDialect"];
}

#endif // SLUICE_PASSES_TILEASSIGNLAYOUTS
