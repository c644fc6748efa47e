//===- MergeBranches.td - one branch on a condition -------*- tablegen -*-===//

#ifndef SLUICE_PASSES_MERGEBRANCHES
#define SLUICE_PASSES_MERGEBRANCHES

include "mlir/Pass/PassBase.td"

def MergeBranches : Pass<"merge-branches"> {
  let summary = "branches on the same condition become one";
  let description = [{
    `scf.if` operations with one condition become one where what stands between
    them has no effects on memory: what needs the first goes behind both, the rest
    stays before. Neither may be what the second needs of the first.

    A chunk's tensors are each loaded behind a branch of their own, which asks
    whether the chunk is full. Blocks between branches keep instructions apart:
    what waits for the first tensor would be issued before the loads of the
    second. In one block all loads come first.

    **Needs** nothing. **Guarantees** the same effects in the same order.

    This input

    ```mlir
    func.func @f(%c: i1, %m: memref<f32>, %n: memref<f32>, %zero: f32) -> f32 {
      %0 = scf.if %c -> (f32) {
        %4 = memref.load %m[] : memref<f32>
        scf.yield %4 : f32
      } else {
        scf.yield %zero : f32
      }
      %1 = arith.negf %0 : f32
      %2 = scf.if %c -> (f32) {
        %4 = memref.load %n[] : memref<f32>
        scf.yield %4 : f32
      } else {
        scf.yield %zero : f32
      }
      %3 = arith.addf %1, %2 : f32
      return %3 : f32
    }
    ```

    becomes

    ```mlir
    func.func @f(
    …
    %0:2 = scf.if %arg0 -> (f32, f32) {
      %3 = memref.load %arg1[] : memref<f32>
      %4 = memref.load %arg2[] : memref<f32>
      scf.yield %3, %4 : f32, f32
    } else {
      scf.yield %arg3, %arg3 : f32, f32
    }
    %1 = arith.negf %0#0 : f32
    %2 = arith.addf %1, %0#1 : f32
    …
    ```
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect"];
}

#endif // SLUICE_PASSES_MERGEBRANCHES
