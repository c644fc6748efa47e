#!/usr/bin/env python3
"""What mutants.py makes of PTX: of a sample with every form, and how many of each
kind there are of the programs here."""

import collections
import unittest

import mutants
import programs
import simulate
import triton_programs

SAMPLE = """\
.version 9.0
.target sm_90a
.address_size 64
.extern .func (.param .b32 result) helper (.param .b64 a, .param .b64 b);
.global .align 4 .u32 table[2] = {1, 2};

.visible .entry first(.param .u64 first_param_0)
.maxntid 64, 1, 1
{
	.reg .pred %p<4>; .reg .b32 %r<9>;
	.loc	1 2 3
	bar.sync 	0; // bar.sync 1;
	/* membar.gl; */ @%p1 barrier.cta.sync.aligned %r1, 64;
$L__again:
	@!%p2 bar.warp.sync -1; bar.red.popc.u32 %r2, 0, %p1;
	barrier.cta.red.or.pred %p2, 0, !%p1;
	bar.red.and.pred %p2, 0, %p3;
	bar.arrive 1, 64;
	barrier.cluster.arrive.release.aligned;
	barrier.cluster.wait.acquire.aligned;
	{ .reg .pred done;
waiting:
	mbarrier.try_wait.parity.shared::cta.b64 done, [%r1], %r2;
	@!done bra waiting; }
	@%p1 mbarrier.test_wait.shared.b64 %p2, [%r1], %rd1;
	mbarrier.arrive.shared.b64 %rd1, [%r1];
	mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r1], 16;
	mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r1];
	cp.async.mbarrier.arrive.noinc.shared.b64 [%r1];
	mbarrier.init.shared::cta.b64 [%r1], 1;
	bra.uni $L__again;
}

.func (.param .b32 result) second(.param .b64 a)
{
	membar.gl;
	fence.proxy.async.shared::cta;
	fence.acq_rel.gpu;
	wgmma.fence.sync.aligned;
	cp.async.commit_group; cp.async.bulk.commit_group;
	wgmma.commit_group.sync.aligned;
	cp.async.wait_group 1; cp.async.wait_all; cp.async.bulk.wait_group.read 0;
	wgmma.wait_group.sync.aligned 0;
	@%p1 ld.acquire.gpu.v2.u32 {%r1, %r2}, [%rd1];
	st.release.sys.b32 [%rd1], %r1;
	atom.acq_rel.gpu.cas.b32 %r1, [%rd1], 0, 1;
	red.relaxed.gpu.global.add.u32 [%rd1], 1;
	st.shared.b32 [%r1], %r2;
	mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2}, {%r1}, {%r2}, {%f1, %f2};
	ret;
}
	.file	1 "a.cu"
	.section	.debug_str
	{
$L__info:
.b8 98,97,114
	}
"""

FIRST = """\
barrier: bar.sync 0; ->
barrier: @%p1 barrier.cta.sync.aligned %r1, 64; ->
barrier: @!%p2 bar.warp.sync -1; ->
barrier: bar.red.popc.u32 %r2, 0, %p1; -> mov.b32 %r2, 0;
barrier: barrier.cta.red.or.pred %p2, 0, !%p1; -> not.pred %p2, %p1;
barrier: bar.red.and.pred %p2, 0, %p3; -> mov.pred %p2, %p3;
arrive: bar.arrive 1, 64; ->
arrive: barrier.cluster.arrive.release.aligned; ->
barrier: barrier.cluster.wait.acquire.aligned; ->
wait: mbarrier.try_wait.parity.shared::cta.b64 done, [%r1], %r2; -> setp.eq.u32 done, 0, 0;
wait: @%p1 mbarrier.test_wait.shared.b64 %p2, [%r1], %rd1; -> @%p1 setp.eq.u32 %p2, 0, 0;
arrive: mbarrier.arrive.shared.b64 %rd1, [%r1]; -> mov.b64 %rd1, 0;
arrive: mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r1], 16; ->
arrive: mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r1]; ->
arrive: cp.async.mbarrier.arrive.noinc.shared.b64 [%r1]; ->
"""

SECOND = """\
fence: membar.gl; ->
fence: fence.proxy.async.shared::cta; ->
fence: fence.acq_rel.gpu; ->
fence: wgmma.fence.sync.aligned; ->
commit: cp.async.commit_group; ->
commit: cp.async.bulk.commit_group; ->
commit: wgmma.commit_group.sync.aligned; ->
wait: cp.async.wait_group 1; ->
wait: cp.async.wait_all; ->
wait: cp.async.bulk.wait_group.read 0; ->
wait: wgmma.wait_group.sync.aligned 0; ->
order: @%p1 ld.acquire.gpu.v2.u32 {%r1, %r2}, [%rd1]; -> @%p1 ld.relaxed.gpu.v2.u32 {%r1, %r2}, [%rd1];
order: st.release.sys.b32 [%rd1], %r1; -> st.relaxed.sys.b32 [%rd1], %r1;
order: atom.acq_rel.gpu.cas.b32 %r1, [%rd1], 0, 1; -> atom.relaxed.gpu.cas.b32 %r1, [%rd1], 0, 1;
"""

# How many of each kind the kernels have; those that are not here have none.
KINDS = ("barrier", "fence", "commit", "wait", "arrive", "order")
COUNTS = {
    "reduction, reduce_shuffle": (3, 2, 0, 0, 0, 0),
    "reduction, reduce_tree": (8, 0, 0, 0, 0, 0),
    "scan, scan_block": (1, 0, 0, 0, 0, 0),
    "scan, scan_lookback": (3, 0, 0, 0, 0, 4),
    "transpose, transpose_conflicts": (1, 0, 0, 0, 0, 0),
    "transpose, transpose_padded": (1, 0, 0, 0, 0, 0),
    "transpose, transpose_swizzled": (1, 0, 0, 0, 0, 0),
    "softmax, softmax": (2, 0, 0, 0, 0, 0),
    "histogram, histogram": (2, 0, 0, 0, 0, 0),
    "persistent, persistent": (2, 0, 0, 0, 0, 0),
    "lock, lock_blocks": (2, 0, 0, 0, 0, 2),
    "lock, lock_lanes": (0, 0, 0, 0, 0, 2),
    "grid_barrier, stencil": (2, 0, 0, 0, 0, 2),
    "mbarrier, mbarrier_pipeline": (1, 0, 0, 2, 2, 0),
    "mbarrier, mbarrier_split": (1, 0, 0, 1, 1, 0),
    "mbarrier_life, mbarrier_reuse": (6, 0, 0, 2, 2, 0),
    "mbarrier_life, mbarrier_init_twice": (3, 0, 0, 2, 2, 0),
    "mbarrier_life, mbarrier_copy": (1, 1, 0, 1, 1, 0),
    "mbarrier_life, mbarrier_copy_unfenced": (1, 0, 0, 1, 1, 0),
    "named_barriers, named_barriers": (2, 0, 0, 0, 2, 0),
    "named_barriers, named_turns": (1, 0, 0, 0, 2, 0),
    "divergent, sort_block": (2, 0, 0, 0, 0, 0),
    "gemm_mma, gemm_bf16": (1, 0, 2, 1, 0, 0),
    "gemm_mma, gemm_f16": (1, 0, 0, 1, 0, 0),
    "gemm_wgmma, gemm_roles": (1, 2, 1, 3, 2, 0),
    "gemm_wgmma, gemm_persistent": (3, 3, 2, 5, 2, 0),
    "wgmma_ring, ring_one_arrival": (1, 2, 1, 3, 2, 0),
    "wgmma_ring, ring_behind": (1, 2, 1, 4, 2, 0),
    "wgmma_readers, ring_readers": (2, 3, 1, 3, 3, 0),
    "wgmma_readers, ring_late_readers": (2, 3, 1, 3, 3, 0),
    "edge_tiles, edge_f32_16x8_8": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f32_16x6_6": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f32_16x5_5": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f32_11x5_5": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f32_16x5_6": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f16_16x8_8": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f16_16x6_6": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f16_16x5_5": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f16_11x5_5": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_f16_16x5_6": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_masked_16x8_8": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_masked_16x6_6": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_masked_16x5_5": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_masked_11x5_5": (1, 0, 0, 0, 0, 0),
    "edge_tiles, edge_masked_16x5_6": (1, 0, 0, 0, 0, 0),
    "bulk_copy, bulk_scale": (2, 2, 1, 3, 2, 0),
    "bulk_copy, bulk_add": (2, 1, 1, 2, 0, 0),
    "stages, stage_ring": (2, 1, 0, 2, 2, 0),
    "stages, store_together": (1, 1, 1, 1, 0, 0),
    "cluster, cluster_sum": (2, 0, 0, 0, 2, 0),
    "cluster, cluster_ring": (1, 1, 0, 2, 3, 0),
    "cluster, cluster_multicast": (1, 1, 0, 1, 2, 0),
    "cluster, cluster_slots": (1, 1, 0, 3, 3, 0),
    "cluster, cluster_slots_unscoped": (1, 1, 0, 3, 3, 0),
    "structs, scale_tiles": (1, 1, 0, 1, 1, 0),
    "structs, grouped": (1, 1, 0, 1, 1, 0),
    "structs, grouped_in_tensor": (1, 1, 0, 1, 1, 0),
    "triton_softmax, softmax": (3, 0, 0, 0, 0, 0),
    "triton_matmul_sm80, matmul": (8, 0, 6, 5, 0, 0),
    "triton_matmul_sm90, matmul": (4, 2, 7, 4, 0, 0),
}


def shown(found):
    return "".join(f"{m.kind}: {m.statement} -> {m.replacement}".rstrip() + "\n" for m in found)


class Mutants(unittest.TestCase):
    def test_sample(self):
        self.assertEqual(shown(mutants.mutants(SAMPLE, "first")), FIRST)
        self.assertEqual(shown(mutants.mutants(SAMPLE, "second")), SECOND)

    def test_only_one_statement_changes(self):
        for mutant in mutants.mutants(SAMPLE, "first") + mutants.mutants(SAMPLE, "second"):
            text = mutant.apply(SAMPLE)
            before, after = (list(map(str, mutants.statements(t))) for t in (SAMPLE, text))
            at = before.index(str(mutant.statement))
            replacement = [mutant.replacement] if mutant.replacement else []
            self.assertEqual(after, before[:at] + replacement + before[at + 1 :])
            self.assertEqual(text.count("\n"), SAMPLE.count("\n"))

    def test_statements(self):
        found = [s for s in mutants.statements(SAMPLE) if s.entry == "first"]
        self.assertEqual([s.line for s in found[:3]], [12, 13, 15])
        self.assertEqual(str(found[-1]), "bra.uni $L__again;")
        self.assertFalse([s for s in mutants.statements(SAMPLE) if not s.entry])

    def test_programs(self):
        counts = {}
        for program, make in (programs.PROGRAMS | triton_programs.PROGRAMS).items():
            for launch in make():
                text = (simulate.FOLDER / launch.file).read_text()
                kinds = collections.Counter(
                    m.kind for m in mutants.mutants(text, launch.entry)
                )
                if kinds:
                    counts[f"{program}, {launch.name}"] = tuple(kinds[kind] for kind in KINDS)
        self.assertEqual(counts, COUNTS)


unittest.main()
