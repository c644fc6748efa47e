// RUN: split-file %s %t
// DEFINE: %{scan} = not sluice-opt %t/scan.mlir
// DEFINE: %{step} = not sluice-opt %t/step.mlir

// RUN: %{scan} --choose-schedule=target=sm_70 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error: no processor 'sm_70', only x86-64, x86-64-v2, x86-64-v3, x86-64-v4 and host

// RUN: %{step} --choose-schedule='target=sm_80 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=GPUPART
// GPUPART: step.mlir:1:1: error: 'delta.recurrence' op cannot be scheduled as given: a schedule for sm_80 has target = #wy.gpu_schedule<…>, found no such part

// RUN: %{step} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 64>>"' 2>&1 | FileCheck %s --check-prefix=CPUPART
// CPUPART: error: 'delta.recurrence' op cannot be scheduled as given: a schedule for x86-64-v3 has target = #wy.cpu_schedule<…>, found no such part

// RUN: %{scan} --choose-schedule='target=sm_80 precision=exact' 2>&1 | FileCheck %s --check-prefix=PRECISION
// PRECISION: scan.mlir:1:1: error: 'wy.scan' op cannot be scheduled: precision is plain, auto, high, or one that all products have, found 'exact'

// RUN: %{scan} --choose-schedule='target=sm_80 output-type=f64' 2>&1 | FileCheck %s --check-prefix=OUTPUT
// OUTPUT: scan.mlir:1:1: error: 'wy.scan' op cannot be scheduled: output-type is f32, f16 or bf16, found 'f64'

// RUN: %{step} --choose-schedule='key-dim=0' 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: %{step} --choose-schedule='value-dim=-1' 2>&1 | FileCheck %s --check-prefix=SIZE
// SIZE: error: key-dim and value-dim are positive

// RUN: %{scan} --choose-schedule='schedule=dense<0>' 2>&1 | FileCheck %s --check-prefix=TEXT
// TEXT: error: a schedule is #wy.schedule<…>, found 'dense<0>'

// RUN: %{scan} --choose-schedule='schedule="#wy.schedule<leaf = 3>"' 2>&1 | FileCheck %s --check-prefix=LEAF
// LEAF: error: 'leaf' is a power of two from 1 to 2^20, found 3

// RUN: %{scan} --choose-schedule='schedule="#wy.schedule<leaf = 4> #wy.schedule<>"' 2>&1 | FileCheck %s --check-prefix=REST
// REST: error: expected nothing after the schedule, found '#wy.schedule<>'

// RUN: %{scan} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<leaf = 4>"' 2>&1 | FileCheck %s --check-prefix=PART
// PART: scan.mlir:1:1: error: 'wy.scan' op cannot be scheduled as given: a schedule for x86-64-v3 has target = #wy.cpu_schedule<…>, found no such part

// RUN: %{scan} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 16, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=LANES
// LANES: error: 'wy.scan' op cannot be scheduled as given: lanes is at most 8 on x86-64-v3, found 16

// RUN: %{scan} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<w_form = formed, target = #wy.cpu_schedule<lanes = 8, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=WFORM
// WFORM: error: 'wy.scan' op cannot be scheduled as given: w_form is automatic or not_formed on x86-64-v3, where it is never formed, found formed

// RUN: %{scan} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<leaf = 8, target = #wy.cpu_schedule<lanes = 8, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=LARGE
// LARGE: error: 'wy.scan' op cannot be scheduled as given: leaf is at most 4 on x86-64-v3, found 8

// RUN: %{step} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 1, block = 1, registers = 32>>"' 2>&1 | FileCheck %s --check-prefix=REGISTERS
// REGISTERS: error: 'delta.recurrence' op cannot be scheduled as given: registers is at most 16 on x86-64-v3, found 32

// RUN: %{scan} --choose-schedule='target=sm_80 schedule="#wy.schedule<chunk = 4, placement = segments, segment = 6, target = #wy.gpu_schedule<warps = 1, value_block = 16>>"' 2>&1 | FileCheck %s --check-prefix=GPUSEGMENT
// GPUSEGMENT: error: 'wy.scan' op cannot be scheduled as given: a segment has at most 1048576 tokens, and whole chunks of 4, found 6
// RUN: %{scan} --choose-schedule='target=sm_80 schedule="#wy.schedule<storage = f16, target = #wy.gpu_schedule<warps = 1, value_block = 16>>"' 2>&1 | FileCheck %s --check-prefix=GPUSTORAGE
// GPUSTORAGE: error: 'wy.scan' op cannot be scheduled as given: storage is f32 on sm_80, found f16

// RUN: %{scan} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<chunk = 8, target = #wy.cpu_schedule<lanes = 8, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=CHUNK
// CHUNK: error: 'wy.scan' op is of chunks of 4 tokens, but its schedule is for chunks of 8

// RUN: %{step} --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=STEP
// RUN: %{step} --choose-schedule='target=sm_80 schedule="#wy.schedule<leaf = 4, target = #wy.gpu_schedule<warps = 1, value_block = 64>>"' 2>&1 | FileCheck %s --check-prefix=STEP
// STEP: error: 'delta.recurrence' op cannot be scheduled as given: the schedule of a step form has a target part and nothing else

// RUN: %{scan} --choose-schedule=target=x86-64-v3 --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 4, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: %{step} --choose-schedule=target=x86-64-v3 --choose-schedule='target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 4, panel = 1, block = 1, registers = 16>>"' 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: error: '{{wy.scan|delta.recurrence}}' op has a schedule, and another one is given

//--- scan.mlir
wy.scan @scan chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}
//--- step.mlir
delta.recurrence @step
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
