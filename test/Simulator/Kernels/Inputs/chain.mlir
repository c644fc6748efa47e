// Blocks of 16 tokens go through three roles: one copies, two warps square, each
// its half of the columns, and one adds up. y is x² and the sum of all blocks
// before.

!tokens = memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>>
!raw = memref<3x16x68xf32, #gpu.address_space<workgroup>>
!made = memref<2x16x68xf32, #gpu.address_space<workgroup>>

tile.kernel @chain(%x: !tokens {tile.binding = #tile.binding<input "x">},
                   %y: !tokens {tile.binding = #tile.binding<output "y">},
                   %T: index {tile.binding = #tile.binding<size "T">})
    warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %c15 = arith.constant 15 : index
  %more = arith.addi %T, %c15 : index
  %blocks = arith.divui %more, %c16 : index
  %raw = tile.shared : !raw
  %made = tile.shared : !made
  %copied = tile.ring "copied" of %raw from "copy" to "square" : !raw
  %squared = tile.ring "squared" of %made from "square" to "add" : !made
  tile.roles {
    tile.role "copy" warps(1) (%warp) {
      scf.for %i = %c0 to %blocks step %c1 {
        %first = arith.muli %i, %c16 : index
        %left = arith.subi %T, %first : index
        %slot = tile.acquire %copied[%i]
        tile.copy %x[%c0, %first, %c0, %c0] along [1, 3] to %raw[%slot, %c0, %c0] along [1, 2] shape [16, 64] valid(%left) : !tokens, !raw
        tile.commit_copies
        tile.wait_copies 0
        tile.commit %copied[%slot]
      }
    }
    tile.role "square" warps(2) (%warp) {
      %column = arith.muli %warp, %c32 : index
      scf.for %i = %c0 to %blocks step %c1 {
        %from = tile.wait %copied[%i]
        %rows = tile.load %raw[%from, %c0, %column] along [1, 2] in_bounds : !raw -> tensor<16x32xf32>
        tile.release %copied[%from]
        %result = arith.mulf %rows, %rows : tensor<16x32xf32>
        %to = tile.acquire %squared[%i]
        tile.store %result, %made[%to, %c0, %column] along [1, 2] in_bounds : tensor<16x32xf32>, !made
        tile.commit %squared[%to]
      }
    }
    tile.role "add" warps(1) (%warp) {
      %sum = scf.for %i = %c0 to %blocks step %c1 iter_args(%before = %zero) -> (tensor<64xf32>) {
        %first = arith.muli %i, %c16 : index
        %left = arith.subi %T, %first : index
        %slot = tile.wait %squared[%i]
        %rows = tile.load %made[%slot, %c0, %c0] along [1, 2] in_bounds : !made -> tensor<16x64xf32>
        tile.release %squared[%slot]
        %repeated = tile.broadcast %before along [1] : tensor<64xf32> -> tensor<16x64xf32>
        %result = arith.addf %rows, %repeated : tensor<16x64xf32>
        tile.store %result, %y[%c0, %first, %c0, %c0] along [1, 3] valid(%left) : tensor<16x64xf32>, !tokens
        %own = tile.reduce sum %rows axis(0) : tensor<16x64xf32> -> tensor<64xf32>
        %after = arith.addf %before, %own : tensor<64xf32>
        scf.yield %after : tensor<64xf32>
      }
    }
  }
  tile.return
}
