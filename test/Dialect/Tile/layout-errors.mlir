// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/Tile/TileLayout.cpp.

// T1: places are on a grid of powers of two, which they fill.

// expected-error@+1 {{a layout has one to four axes, found 0}}
#a = #tile.layout<register = [], lane = [], warp = []>

// -----

// expected-error@+1 {{a layout has one to four axes, found 5}}
#a = #tile.layout<register = [], lane = [[1, 0, 0, 0, 0], [2, 0, 0, 0, 0], [4, 0, 0, 0, 0], [8, 0, 0, 0, 0], [16, 0, 0, 0, 0]], warp = []>

// -----

// expected-error@+1 {{a warp has 32 lanes, so a layout five places of lanes, found 4}}
#a = #tile.layout<register = [[16]], lane = [[1], [2], [4], [8]], warp = []>

// -----

// expected-error@+1 {{a layout has at most 12 places of registers and 5 of warps, found 0 and 6}}
#a = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[0], [0], [0], [0], [0], [0]]>

// -----

// expected-error@+1 {{a layout has at most 12 places of registers and 5 of warps, found 13 and 0}}
#a = #tile.layout<register = [[0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0]], lane = [[1], [2], [4], [8], [16]], warp = []>

// -----

// expected-error@+1 {{a place of a layout is between 0 and 1048575, found -1}}
#a = #tile.layout<register = [[-1]], lane = [[1], [2], [4], [8], [16]], warp = []>

// -----

// expected-error@+1 {{a place of a layout is between 0 and 1048575, found 1048576}}
#a = #tile.layout<register = [[1048576]], lane = [[1], [2], [4], [8], [16]], warp = []>

// -----

// expected-error@+1 {{a layout leaves no gap, found one along axis 1}}
#a = #tile.layout<register = [[0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [0, 4]], warp = []>

// -----

// More elements than 2^12 registers of 32 lanes of 32 warps.
// expected-error@+1 {{a layout covers at most 2^22 elements, which threads hold, found 2^80}}
#a = #tile.layout<register = [[1048575, 1048575, 1048575, 1048575]], lane = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], warp = []>

// -----

// Two bits that move alike: 32 of 64 elements are held.
// expected-error@+1 {{every element of a layout is held by somebody, found 32 of 64}}
#a = #tile.layout<register = [], lane = [[1, 0], [2, 0], [4, 0], [8, 1], [16, 1]], warp = []>

// -----

// expected-error@+1 {{the places of a layout have one number an axis, found 1 where there are 2}}
#a = #tile.layout<register = [], lane = [[1, 0], [2]], warp = []>

// -----

// expected-error@+1 {{the places of a layout have one number an axis, found 0 where there are 0}}
#a = #tile.layout<register = [[]], lane = [], warp = []>

// -----

// T2: a tensor's layout covers it.

// expected-error@+1 {{a layout has the axes of its tensor, found 1 where there are 2}}
func.func private @axes(tensor<4x8xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>)

// -----

// expected-error@+1 {{a layout covers its tensor, found 32 of 33 elements along axis 0}}
func.func private @short(tensor<33xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>)
