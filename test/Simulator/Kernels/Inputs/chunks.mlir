// Three warps make a chunk of 16 tokens each; two warps own half of the columns
// each and go through all chunks. The last chunks may be of no tokens. A producer
// looks at what it has stored before it hands it on. y is 2 x and the sum of all
// chunks before.

!tokens = memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>>
!slots = memref<4x16x68xf32, #gpu.address_space<workgroup>>
!sums = memref<4x64xf32, #gpu.address_space<workgroup>>

tile.kernel @chunks(%x: !tokens {tile.binding = #tile.binding<input "x">},
                    %y: !tokens {tile.binding = #tile.binding<output "y">},
                    %T: index {tile.binding = #tile.binding<size "T">})
    warps(5) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %zero = arith.constant dense<0.0> : tensor<32xf32>
  %c15 = arith.constant 15 : index
  %more = arith.addi %T, %c15 : index
  %count = arith.divui %more, %c16 : index
  %slots = tile.shared : !slots
  %sums = tile.shared : !sums
  %chunks = tile.ring "chunks" of %slots, %sums from "make" each to "own" : !slots, !sums
  tile.roles {
    tile.role "make" warps(3) (%warp) {
      scf.for %block = %c0 to %count step %c3 {
        %i = arith.addi %block, %warp : index
        %first = arith.muli %i, %c16 : index
        %left = arith.subi %T, %first : index
        %rows = tile.load %x[%c0, %first, %c0, %c0] along [1, 3] valid(%left) : !tokens -> tensor<16x64xf32>
        %slot = tile.acquire %chunks[%i]
        tile.store %rows, %slots[%slot, %c0, %c0] along [1, 2] in_bounds : tensor<16x64xf32>, !slots
        %columns = tile.load %slots[%slot, %c0, %c0] along [2, 1] : !slots -> tensor<64x16xf32>
        %own = tile.reduce sum %columns axis(1) : tensor<64x16xf32> -> tensor<64xf32>
        tile.store %own, %sums[%slot, %c0] along [1] : tensor<64xf32>, !sums
        tile.commit %chunks[%slot]
      }
    }
    tile.role "own" warps(2) (%warp) {
      %column = arith.muli %warp, %c32 : index
      %sum = scf.for %i = %c0 to %count step %c1 iter_args(%before = %zero) -> (tensor<32xf32>) {
        %first = arith.muli %i, %c16 : index
        %left = arith.subi %T, %first : index
        %slot = tile.wait %chunks[%i]
        %rows = tile.load %slots[%slot, %c0, %column] along [1, 2] in_bounds : !slots -> tensor<16x32xf32>
        %own = tile.load %sums[%slot, %column] along [1] : !sums -> tensor<32xf32>
        tile.release %chunks[%slot]
        %twice = arith.addf %rows, %rows : tensor<16x32xf32>
        %repeated = tile.broadcast %before along [1] : tensor<32xf32> -> tensor<16x32xf32>
        %result = arith.addf %twice, %repeated : tensor<16x32xf32>
        tile.store %result, %y[%c0, %first, %c0, %column] along [1, 3] valid(%left) : tensor<16x32xf32>, !tokens
        %after = arith.addf %before, %own : tensor<32xf32>
        scf.yield %after : tensor<32xf32>
      }
    }
  }
  tile.return
}
