//===- ChooseSchedule.td - how a recurrence is computed ----*- tablegen -*-===//

#ifndef SLUICE_PASSES_CHOOSESCHEDULE
#define SLUICE_PASSES_CHOOSESCHEDULE

include "mlir/Pass/PassBase.td"

def ChooseSchedule : Pass<"choose-schedule", "::mlir::ModuleOp"> {
  let summary = "say how scans and recurrences are computed on a target";
  let description = [{
    Writes a schedule on every `wy.scan` and every `delta.recurrence` at the
    module's top level that has none: the one given by `schedule`, else the
    default for the target. No other pass writes schedules.

    Defaults for a processor of L lanes, R vector registers and a first-level
    cache of B bytes, with n states; the free axis is the one that unknowns and
    reads run along, the contracted axis the other; m is the number of reads
    along the free axis, of which those that one `wy.sum` adds up are one:

    - `panel`: the most vectors v from 1 to 4 for which a panel of all states
      leaves half of the cache to everything else, v · 4 L · contracted · n ≤
      B / 2, a row of each state, its operands and the sums of the reads fit the
      registers, v (2 n + m) ≤ R − 4, and whole panels fill the free axis
      (needing no masks); where none does, 1 if whole vectors fill the free
      axis, else the most of the first two conditions;
    - `block`: of a scan, so many chunks that what they prepare, some 2 KiB a
      token at K = V = 128, fits the cache: B / 2 KiB tokens, at least one
      chunk; of a recurrence 32 tokens;
    - `lanes`, `registers`: the processor's;
    - of a scan `leaf = 4` and `solve = substitution`: products of few tokens
      by vectors are nothing that a processor does faster than pairs.

    Defaults for a GPU. Of a scan `leaf = 1` and `solve = inverse`: everything is
    a product of matrices, but for the blocks of `solve_leaf = 16` where a token has
    one unknown, which are inverted in registers; `precision` as below; `value_block`
    is V, and a thread of the `warps` holds at
    most 64 elements of the states, if 8 warps are enough for that. Of a
    recurrence: `value_block` is V, and at most 32, a line of 128 bytes, where
    columns are independent (`findMixedColumns`): many small CTAs hide each other's
    waits. `warps` is one for each 32 columns, and more where a thread had to hold
    more than 64 elements of the states: of its 255 registers products take as
    many. `ctas` is 2 where two CTAs of more than 128 threads have registers enough
    for that, and for a quarter as many of each key vector that meets the states.

    Precisions, for a GPU. Of outputs in f32 products are f32, whatever `precision`
    asks for. Of outputs in 16 bits it may be

    - `plain`: factors of all products are rounded to the outputs' type, once;
    - `high`: factors are the sum of two bf16 numbers, `bf16x2`;
    - `auto`: as the recurrence needs it. Rounding errors of the states matter where
      they are fed back through corrections, S + x (c − β xᵀS)ᵀ: of the error along a
      key x of length 1, a token leaves 1 − β. With β in [0, 1], and where no write
      takes away what was read, errors do not grow: `bf16` for all. Otherwise `bf16x2` for
      what the next states depend on, `apply`, `solve`, `read` and `update`, and `bf16` for
      `scores` and `outputs`. Of outputs in f16 it is `bf16x2` for all: bf16 has three
      bits less than their inputs, and nothing keeps states in the range of f16.

    The range of β is known where it is declared of an argument (`range(0.0, 1.0)`), or
    where the spec makes it by a function whose range is known: sigmoid(b), not 2 sigmoid(b).
    A β that is an argument without a range may be up to 2. Nothing is known, either, of
    several corrections of a token, of states that feed each other, and of a read along
    another key than is written. Two things are taken for granted of inputs: keys that
    nothing is known of are of length at most 1, and gates do not let states grow.
    What each product has got, and why, is said by remarks (`--remarks=choose-schedule`).

    **Guarantees** that every scan and recurrence has a schedule. Fails if
    `precision` or `output-type` is none of these, if `schedule` is not a schedule, is not one for `target`, or another one is
    there already.

    With `target=x86-64-v3` this input

    ```mlir
    wy.scan @sum chunk(4) key(8) value(32)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> () {
      %0 = wy.update states(%S : tensor<8x32xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x32xf32>) -> tensor<8x32xf32>
      wy.yield %0 : tensor<8x32xf32>
    }
    ```

    becomes

    ```mlir
    wy.scan @sum chunk(4) key(8) value(32)
        schedule(#wy.schedule<chunk = 4, leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 4, block = 4, registers = 16>>)
        qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> () {
      %0 = wy.update states(%S : tensor<8x32xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x32xf32>) -> tensor<8x32xf32>
      wy.yield %0 : tensor<8x32xf32>
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"",
           "a processor: x86-64, x86-64-v2, x86-64-v3, x86-64-v4, or host: this "
           "one; a GPU architecture: sm_80, sm_90a">,
    Option<"schedule", "schedule", "std::string", "\"\"",
           "what is written instead of a default: #wy.schedule<…>">,
    Option<"keyDim", "key-dim", "int64_t", "128",
           "K of recurrences, which do not say it">,
    Option<"valueDim", "value-dim", "int64_t", "128", "V of recurrences">,
    Option<"precision", "precision", "std::string", "\"auto\"",
           "how exact the products of scans for a GPU are: plain, auto or high, "
           "or a precision that all of them have">,
    Option<"outputType", "output-type", "std::string", "\"f32\"",
           "element type of the outputs, f32, f16 or bf16: what is rounded to "
           "it needs no better products">,
  ];
  let dependentDialects = ["::sluice::wy::WYDialect"];
}

#endif // SLUICE_PASSES_CHOOSESCHEDULE
