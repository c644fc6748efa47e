//===- SCFToBlocks.td - structured control flow as blocks --*- tablegen -*-===//

#ifndef SLUICE_PASSES_SCFTOBLOCKS
#define SLUICE_PASSES_SCFTOBLOCKS

include "mlir/Pass/PassBase.td"

def SCFToBlocks : Pass<"scf-to-blocks"> {
  let summary = "loops and branches as blocks, the last first";
  let description = [{
    `scf.for`, `scf.if` and `scf.while` become blocks and branches by the patterns of
    `convert-scf-to-cf`. That pass goes from front to back: each branch moves all that
    follows it to a new block, and each move is noted, so time and memory grow as
    the square of a kernel's size. A kernel that guards each access of a row has
    thousands of branches in one block. Here the last is converted first, and
    nothing is moved more than once on each level of nesting.

    **Guarantees** the same blocks, and no operation of scf.

    This input

    ```mlir
    func.func @f(%c: i1, %d: i1, %m: memref<f32>, %x: f32) {
      scf.if %c {
        memref.store %x, %m[] : memref<f32>
      }
      scf.if %d {
        memref.store %x, %m[] : memref<f32>
      }
      return
    }
    ```

    becomes

    ```mlir
    func.func @f(
    …
    cf.cond_br %arg0, ^bb1, ^bb2
    …
    cf.cond_br %arg1, ^bb3, ^bb4
    …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect"];
}

#endif // SLUICE_PASSES_SCFTOBLOCKS
