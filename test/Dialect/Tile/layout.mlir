// RUN: sluice-opt %s | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// No registers, no warps: a thread an element, twice.
// CHECK: #tile.layout<register = [], lane = [{{\[}}1], [2], [4], [8], [0]], warp = []>
func.func private @few(tensor<10xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [0]], warp = []>>)

// All at one place.
// CHECK: #tile.layout<register = [], lane = [{{\[}}0], [0], [0], [0], [0]], warp = [{{\[}}0]]>
func.func private @one(tensor<1xf32, #tile.layout<register = [], lane = [[0], [0], [0], [0], [0]], warp = [[0]]>>)

// The accumulator of m16n8k16, two by two warps.
// CHECK: #tile.layout<register = [{{\[}}0, 1], [8, 0]], lane = [{{\[}}0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [{{\[}}16, 0], [0, 8]]>
func.func private @mma(tensor<32x16xf16, #tile.layout<register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [0, 8]]>>)

// A swizzle: bits of lanes move along both axes, and still every element is held.
// CHECK: lane = [{{\[}}1, 1], [2, 2], [4, 4], [8, 8], [16, 16]]
func.func private @swizzle(tensor<32x32xi1, #tile.layout<register = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16]], lane = [[1, 1], [2, 2], [4, 4], [8, 8], [16, 16]], warp = []>>)
