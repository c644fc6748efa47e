// Blocks of 16 tokens, each copied while the one before is worked on: y is x and
// the sum of all blocks before.

!tokens = memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>>
!slots = memref<2x16x68xf32, #gpu.address_space<workgroup>>

tile.kernel @ahead(%x: !tokens {tile.binding = #tile.binding<input "x">},
                   %y: !tokens {tile.binding = #tile.binding<output "y">},
                   %T: index {tile.binding = #tile.binding<size "T">})
    warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %slots = tile.shared : !slots
  tile.copy %x[%c0, %c0, %c0, %c0] along [1, 3] to %slots[%c0, %c0, %c0] along [1, 2] shape [16, 64] valid(%T) : !tokens, !slots
  tile.commit_copies
  %sum:2 = scf.for %first = %c0 to %T step %c16 iter_args(%before = %zero, %slot = %c0) -> (tensor<64xf32>, index) {
    tile.wait_copies 0
    %next = arith.addi %first, %c16 : index
    %left = arith.subi %T, %next : index
    %other = arith.subi %c1, %slot : index
    tile.copy %x[%c0, %next, %c0, %c0] along [1, 3] to %slots[%other, %c0, %c0] along [1, 2] shape [16, 64] valid(%left) : !tokens, !slots
    tile.commit_copies
    %rows = tile.load %slots[%slot, %c0, %c0] along [1, 2] in_bounds : !slots -> tensor<16x64xf32>
    %repeated = tile.broadcast %before along [1] : tensor<64xf32> -> tensor<16x64xf32>
    %result = arith.addf %rows, %repeated : tensor<16x64xf32>
    %valid = arith.subi %T, %first : index
    tile.store %result, %y[%c0, %first, %c0, %c0] along [1, 3] valid(%valid) : tensor<16x64xf32>, !tokens
    %own = tile.reduce sum %rows axis(0) : tensor<16x64xf32> -> tensor<64xf32>
    %after = arith.addf %before, %own : tensor<64xf32>
    scf.yield %after, %other : tensor<64xf32>, index
  }
  tile.wait_copies 0
  tile.return
}
