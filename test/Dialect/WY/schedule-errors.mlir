// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/WY/WYSchedule.cpp.

// W50: sizes of vectors, panels and blocks.

// expected-error@+1 {{'lanes' is a power of two from 1 to 64, found 0}}
#a = #wy.cpu_schedule<lanes = 0, panel = 2, block = 4, registers = 16>

// -----

// expected-error@+1 {{'lanes' is a power of two from 1 to 64, found 12}}
#a = #wy.cpu_schedule<lanes = 12, panel = 2, block = 4, registers = 16>

// -----

// expected-error@+1 {{'lanes' is a power of two from 1 to 64, found 128}}
#a = #wy.cpu_schedule<lanes = 128, panel = 2, block = 4, registers = 16>

// -----

// expected-error@+1 {{'panel' is between 1 and 64, found 0}}
#a = #wy.cpu_schedule<lanes = 8, panel = 0, block = 4, registers = 16>

// -----

// expected-error@+1 {{'panel' is between 1 and 64, found 65}}
#a = #wy.cpu_schedule<lanes = 8, panel = 65, block = 4, registers = 16>

// -----

// expected-error@+1 {{'block' is between 1 and 1024, found -1}}
#a = #wy.cpu_schedule<lanes = 8, panel = 2, block = -1, registers = 16>

// -----

// expected-error@+1 {{'block' is between 1 and 1024, found 1025}}
#a = #wy.cpu_schedule<lanes = 8, panel = 2, block = 1025, registers = 16>

// -----

// expected-error@+1 {{'registers' is between 4 and 1024, found 3}}
#a = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 3>

// -----

// expected-error@+1 {{'registers' is between 4 and 1024, found 0}}
#a = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4>

// -----

// W51: numbers that the target has.

// expected-error@+1 {{'scores' of bf16x2 is not offered by the target #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>}}
#a = #wy.schedule<precision = <scores = bf16x2>, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// -----

// expected-error@+1 {{'update' of tf32 is not offered by the target}}
#a = #wy.schedule<precision = <update = tf32>, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// -----

// expected-error@+1 {{'outputs' of f16 is not offered by the target}}
#a = #wy.schedule<precision = <outputs = f16>, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// -----

// expected-error@+1 {{'storage' of f16 is not offered by the target}}
#a = #wy.schedule<storage = f16, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// -----

// W52: tokens of a chunk and of leaves.

// expected-error@+1 {{'chunk' is between 1 and 2^20, found -4}}
#a = #wy.schedule<chunk = -4>

// -----

// expected-error@+1 {{'chunk' is between 1 and 2^20, found 1048577}}
#a = #wy.schedule<chunk = 1048577>

// -----

// expected-error@+1 {{'leaf' is a power of two from 1 to 2^20, found 0}}
#a = #wy.schedule<leaf = 0>

// -----

// expected-error@+1 {{'leaf' is a power of two from 1 to 2^20, found 12}}
#a = #wy.schedule<leaf = 12>

// -----

// expected-error@+1 {{'solve_leaf' is a power of two from 1 to 2^20, found 12}}
#a = #wy.schedule<solve_leaf = 12>

// -----

// expected-error@+1 {{'solve_leaf' is a power of two from 1 to 2^20, found -1}}
#a = #wy.schedule<solve_leaf = -1>

// -----

// expected-error@+1 {{'solve_leaf' is a power of two from 1 to 2^20, found 2097152}}
#a = #wy.schedule<solve_leaf = 2097152>

// -----

// W53: a segment's length belongs to segments.

// expected-error@+1 {{'segment' is a number of tokens above 0 where the placement is 'segments' and is not given where it is another, found 0 with 'segments'}}
#a = #wy.schedule<placement = segments>

// -----

// expected-error@+1 {{'segment' is a number of tokens above 0 where the placement is 'segments' and is not given where it is another, found 64 with 'one_kernel'}}
#a = #wy.schedule<segment = 64>

// -----

// Names.

// expected-error@+2 {{expected one of [substitution, inverse] for how unknowns are found, got: cholesky}}
// expected-error@+1 {{failed to parse WY_ScheduleAttr parameter 'solve'}}
#a = #wy.schedule<solve = cholesky>

// -----

// expected-error@+1 {{duplicate or unknown struct parameter name: leaves}}
#a = #wy.schedule<leaves = 4>

// -----

// expected-error@+2 {{invalid kind of attribute specified}}
// expected-error@+1 {{failed to parse WY_ScheduleAttr parameter 'target'}}
#a = #wy.schedule<target = #delta.range<0.0, 1.0>>

// -----

// W54: a scan of so many tokens.

// expected-error@+1 {{'wy.scan' op is of chunks of 4 tokens, but its schedule is for chunks of 8}}
wy.scan @another_chunk chunk(4) key(8) value(16) schedule(#wy.schedule<chunk = 8>)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// expected-error@+1 {{invalid kind of attribute specified}}
wy.scan @no_schedule chunk(4) key(8) value(16) schedule(#delta.range<0.0, 1.0>)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// W55: the schedule of a step form.

// expected-error@+1 {{'wy.schedule' is the schedule of a 'delta.recurrence' and has a target part and nothing else, found #wy.schedule<leaf = 4}}
delta.recurrence @of_chunks
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>} {
  delta.yield states(%S) outputs()
}

// -----

// expected-error@+1 {{'wy.schedule' is the schedule of a 'delta.recurrence' and has a target part and nothing else, found #wy.schedule<> at 'delta.recurrence'}}
delta.recurrence @without_target
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<>} {
  delta.yield states(%S) outputs()
}

// -----

// expected-error@+1 {{'wy.schedule' is the schedule of a 'delta.recurrence' and has a target part and nothing else, found unit at 'builtin.module'}}
module attributes {wy.schedule} {
}

// -----

// expected-error@+1 {{'wy.shedule' is not an attribute of this dialect, which has only 'wy.schedule'}}
module attributes {wy.shedule} {
}

// -----

// W56: warps of a CTA, and its columns.

// expected-error@+1 {{'warps' is a power of two from 1 to 32, found 0}}
#a = #wy.gpu_schedule<warps = 0, value_block = 64>

// -----

// expected-error@+1 {{'warps' is a power of two from 1 to 32, found 12}}
#a = #wy.gpu_schedule<warps = 12, value_block = 64>

// -----

// expected-error@+1 {{'warps' is a power of two from 1 to 32, found 64}}
#a = #wy.gpu_schedule<warps = 64, value_block = 64>

// -----

// expected-error@+1 {{'value_block' is between 1 and 2^20, found 0}}
#a = #wy.gpu_schedule<warps = 4, value_block = 0>

// -----

// expected-error@+1 {{'value_block' is between 1 and 2^20, found 1048577}}
#a = #wy.gpu_schedule<warps = 4, value_block = 1048577>

// -----

// expected-error@+1 {{'ctas' is between 1 and 32, found 0}}
#a = #wy.gpu_schedule<warps = 4, value_block = 64, ctas = 0>

// -----

// expected-error@+1 {{'ctas' is between 1 and 32, found 33}}
#a = #wy.gpu_schedule<warps = 4, value_block = 64, ctas = 33>
