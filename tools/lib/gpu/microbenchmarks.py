"""Small PTX kernels whose times give the numbers of lib/Simulator/Estimate/Chips.def.

Each turns a loop; the time of a turn is the slope between two numbers of turns, so that
what comes before and after the loop drops out. On a GPU the time is that between the
first clock read of a CTA and its last; in the simulator it is the estimate's. One
formula makes a number of either, so that the simulator, asked with its own chip, must
give back what Chips.def says: that is how these kernels are tested without a GPU.
"""

import dataclasses

HOPPER = 90  # compute capability, times ten

PROLOGUE = """
.version {version}
.target {target}
.address_size 64
.extern .shared .align 1024 .b8 tile[];
.visible .entry bench(.param .u64 out, .param .u64 data, .param .u32 turns){directives}
{{
  .reg .pred %p<16>;
  .reg .b16 %h<16>;
  .reg .b32 %r<160>;
  .reg .f32 %f<320>;
  .reg .b64 %rd<64>;
  .reg .f64 %d<32>;
  .reg .b32 %turn, %turns, %self, %tile, %size;
  .reg .b64 %out, %data, %start, %stop, %to;
  ld.param.u64 %out, [out];
  ld.param.u64 %data, [data];
  ld.param.u32 %turns, [turns];
  cvta.to.global.u64 %out, %out;
  cvta.to.global.u64 %data, %data;
  mov.u32 %self, %tid.x;
  mov.u32 %size, %ntid.x;
  mov.u32 %tile, tile;
"""

LOOP = """
  bar.sync 0;
  mov.u64 %start, %clock64;
  mov.u32 %turn, 0;
LOOP:
  .pragma "nounroll";
{body}
  add.u32 %turn, %turn, 1;
  setp.lt.u32 %p0, %turn, %turns;
  @%p0 bra LOOP;
{drain}
  mov.u64 %stop, %clock64;
  mov.u32 %r159, %ctaid.x;
  setp.ne.u32 %p1, %r159, 0;
  @%p1 ret;
  mad.wide.u32 %to, %self, 16, %out;
  st.global.v2.u64 [%to], {{%start, %stop}};
  mad.wide.u32 %to, %size, 16, %out;
  setp.ne.u32 %p1, %self, 0;
  @%p1 ret;
{finish}
  ret;
}}
"""


@dataclasses.dataclass
class Benchmark:
    name: str
    body: str  # of one turn
    operations: float  # of one turn: instructions of a warp, or bytes of the CTA
    setup: str = ""
    finish: str = ""  # stores what the loop made to [%to], or ptxas would drop it
    drain: str = ""
    threads: int = 32
    turns: tuple = (2, 10)
    shared: int = 0
    cluster: int = 1
    # "turns" of one cluster; "turns of the chip", a CTA on each SM, by the time of events;
    # "grid": as many CTAs as `turns` says, by the time of events
    varies: str = "turns"
    data: int = 4096  # bytes of the buffer `data`
    chase: int = 0  # `data` is a ring of offsets, so many bytes apart
    is_cold: bool = False  # no cache may have `data`, whose end is not reached
    since: int = 80  # compute capability, times ten
    # The machine instruction that is measured, and how many of it the loop must have: ptxas
    # may not drop any.
    sass: str = ""
    count: int = 0

    def ptx(self, capability):
        target = f"sm_{capability}a" if capability >= HOPPER else f"sm_{capability}"
        directives = f" .reqntid {self.threads}"
        if self.cluster > 1:
            directives += f" .reqnctapercluster {self.cluster}, 1, 1"
        return (
            PROLOGUE.format(
                version="8.0" if capability >= HOPPER else "7.0", target=target, directives=directives
            )
            + self.setup
            + LOOP.format(body=self.body, drain=self.drain, finish=self.finish)
        )


def lines(count, make):
    return "\n".join(make(i) for i in range(count))


# --- Arithmetic --------------------------------------------------------------------

CHAINS, STEPS = 4, 32
LONG = 128  # of one chain, so that the loop around it does not count


@dataclasses.dataclass
class Instruction:
    """{x}: what goes from one to the next; {a}, {b}: operands that do not change."""

    text: str
    kind: str  # the register file: r, f, rd, d
    sass: str
    since: int = 80
    each: int = 1  # machine instructions


# Two of different units in turn where one alone would be folded by ptxas.
ARITHMETIC = {
    "fp32": Instruction("fma.rn.f32 {x}, {x}, {a}, {b};", "f", "FFMA"),
    "integer": Instruction("lop3.b32 {x}, {x}, {a}, {b}, 0xE8;", "r", "LOP3"),
    "integer_add": Instruction("add.u32 {x}, {x}, {a};\nxor.b32 {x}, {x}, {b};", "r", "LOP3"),
    "integer_add_wide": Instruction("add.u64 {x}, {x}, {a};", "rd", "IADD3"),
    "integer_multiply": Instruction("mad.lo.u32 {x}, {x}, {a}, {b};", "r", "IMAD"),
    "half": Instruction("fma.rn.f16x2 {x}, {x}, {a}, {b};", "r", "HFMA2"),
    "fp64": Instruction("fma.rn.f64 {x}, {x}, {a}, {b};", "d", "DFMA"),
    "special": Instruction("ex2.approx.ftz.f32 {x}, {x};", "f", "MUFU"),
    "pack": Instruction("cvt.rn.bf16x2.f32 {y}, {x}, {a};\nmov.b32 {x}, {y};", "f", "F2FP"),
    "from_integer": Instruction("cvt.rn.f32.s32 {v}, {x};\nmov.b32 {x}, {v};", "r", "I2FP"),
    "convert": Instruction("cvt.rzi.s32.f32 {y}, {x};\ncvt.rn.f32.s32 {x}, {y};", "f", "F2I"),
    "convert_wide": Instruction("cvt.f64.f32 {w}, {x};\ncvt.rn.f32.f64 {x}, {w};", "f", "F2F", each=2),
    "bit_count": Instruction("popc.b32 {x}, {x};", "r", "POPC"),
    "shuffle": Instruction("shfl.sync.bfly.b32 {x}, {x}, 1, 31, -1;", "r", "SHFL"),
    "vote": Instruction("setp.lt.u32 {q}, {x}, {a};\nvote.sync.ballot.b32 {x}, {q}, -1;", "r", "VOTE"),
    "guard": Instruction("setp.ne.u32 {q}, {x}, 7;\n@{q} add.u32 {x}, {x}, {b};", "r", "ISETP"),
    "other_pipe": Instruction(
        "fma.rn.f32 {x}, {x}, {a}, {b};\nmov.b32 {y}, {x};\n"
        "xor.b32 {y}, {y}, 0x10001;\nmov.b32 {x}, {y};",
        "f",
        "LOP3",
    ),
    "reduction": Instruction("redux.sync.add.u32 {x}, {x}, -1;", "r", "REDUX"),
}


def arithmetic(name, instruction, chains, threads, steps=None):
    kind = instruction.kind
    names = [f"%{kind}{i}" for i in range(chains)]
    a, b = f"%{kind}{chains}", f"%{kind}{chains + 1}"
    load = {"f": "f32", "r": "u32", "d": "f64", "rd": "u64"}[kind]
    width = 8 if kind in ("d", "rd") else 4
    steps = steps or (LONG if chains == 1 else STEPS)
    body = lines(
        steps,
        lambda _: lines(
            chains,
            lambda i: instruction.text.format(
                x=names[i],
                a=a,
                b=b,
                y=f"%r{90 + i}",
                v=f"%f{90 + i}",
                w=f"%d{20 + i}",
                q=f"%p{4 + i}",
            ),
        ),
    )
    # Lanes differ, or ptxas would see that a shuffle changes nothing.
    setup = "  and.b32 %r150, %self, 31;\n  mad.wide.u32 %rd60, %r150, 64, %data;\n" + lines(
        chains + 2, lambda i: f"  ld.global.{load} %{kind}{i}, [%rd60+{width * i}];"
    )
    finish = lines(chains, lambda i: f"  st.global.{load} [%to+{width * i}], {names[i]};")
    return Benchmark(
        name=name,
        body=body,
        operations=steps * chains * threads / 32,
        setup=setup,
        finish=finish,
        threads=threads,
        since=instruction.since,
        sass=instruction.sass,
        count=steps * chains * instruction.each,
    )


def arithmetics():
    for name, instruction in ARITHMETIC.items():
        yield arithmetic(f"{name}_latency", instruction, 1, 32)
        yield arithmetic(f"{name}_rate", instruction, CHAINS, 512)


def fill_shared(bytes_, value):
    """Each word of the tile gets `value`, made from its byte offset %r102 into %r103."""
    return f"""
  mov.u32 %r101, %self;
FILL:
  shl.b32 %r102, %r101, 2;
  {value}
  add.u32 %r102, %tile, %r102;
  st.shared.b32 [%r102], %r103;
  add.u32 %r101, %r101, %size;
  setp.lt.u32 %p3, %r101, {bytes_ // 4};
  @%p3 bra FILL;
  bar.sync 0;"""


# --- Products ----------------------------------------------------------------------


def mma(name, instruction, a, b, c, chains, threads):
    """`a`, `b`, `c`: registers of each operand."""

    def vector(kind, first, count):
        return "{" + ", ".join(f"%{kind}{first + i}" for i in range(count)) + "}"

    kind = "r" if ".s32." in instruction else "f"
    load = {"r": "u32", "f": "f32"}[kind]
    body = lines(
        STEPS // 2,
        lambda _: lines(
            chains,
            lambda i: f"  {instruction} {vector(kind, 40 + c * i, c)}, {vector('r', 0, a)}, "
            f"{vector('r', a, b)}, {vector(kind, 40 + c * i, c)};",
        ),
    )
    setup = lines(a + b, lambda i: f"  ld.global.u32 %r{i}, [%data+{4 * i}];")
    setup += "\n" + lines(
        # Equal ones would be made one.
        chains * c, lambda i: f"  ld.global.{load} %{kind}{40 + i}, [%data+{4 * (i + a + b)}];"
    )
    finish = lines(chains * c, lambda i: f"  st.global.b32 [%to+{4 * i}], %{kind}{40 + i};")
    return Benchmark(
        name=name,
        body=body,
        operations=STEPS // 2 * chains * threads / 32,
        setup=setup,
        finish=finish,
        threads=threads,
        sass="IMMA" if kind == "r" else "HMMA",
        count=STEPS // 2 * chains,
    )


MMA = {
    # name: instruction, registers of A, B, C, FLOP of a warp
    "m16n8k16_bf16": ("m16n8k16.row.col.f32.bf16.bf16.f32", 4, 2, 4, 4096),
    "m16n8k16_f16": ("m16n8k16.row.col.f32.f16.f16.f32", 4, 2, 4, 4096),
    "m16n8k8_bf16": ("m16n8k8.row.col.f32.bf16.bf16.f32", 2, 1, 4, 2048),
    "m16n8k8_tf32": ("m16n8k8.row.col.f32.tf32.tf32.f32", 4, 2, 4, 2048),
    "m16n8k4_tf32": ("m16n8k4.row.col.f32.tf32.tf32.f32", 2, 1, 4, 1024),
    "m16n8k32_s8": ("m16n8k32.row.col.s32.s8.s8.s32", 4, 2, 4, 8192),
}


def products():
    for name, (shape, a, b, c, _) in MMA.items():
        instruction = f"mma.sync.aligned.{shape}"
        yield mma(f"mma_{name}_latency", instruction, a, b, c, 1, 32)
        yield mma(f"mma_{name}_rate", instruction, a, b, c, 4, 512)


def descriptor(register, offset):
    """Of core matrices without a swizzle; what is multiplied does not matter."""
    fields = 128 >> 4 << 16 | 256 >> 4 << 32
    return f"""
  add.u32 %r100, %tile, {offset};
  shr.u32 %r100, %r100, 4;
  and.b32 %r100, %r100, 0x3FFF;
  cvt.u64.u32 {register}, %r100;
  or.b64 {register}, {register}, {fields};"""


def wgmma(name, n, a_in_registers, per_wait, threads):
    count = n // 2  # accumulators of a thread
    accumulators = "{" + ", ".join(f"%f{i}" for i in range(count)) + "}"
    a = "{%r0, %r1, %r2, %r3}" if a_in_registers else "%rd1"
    tail = "0" if a_in_registers else "0, 0"
    product = (
        f"  wgmma.mma_async.sync.aligned.m64n{n}k16.f32.bf16.bf16 {accumulators}, {a}, %rd2, "
        f"%p2, 1, 1, {tail};"
    )
    one = f"""  wgmma.fence.sync.aligned;
{lines(per_wait, lambda _: product)}
  wgmma.commit_group.sync.aligned;
  wgmma.wait_group.sync.aligned 0;"""
    groups = 4
    # Numbers between 1 and 2 of either sign: power depends on what is multiplied.
    operands = fill_shared(
        16384,
        "mad.lo.u32 %r103, %r102, 0x9E3779B1, 0x7F4A7C15;\n"
        "  and.b32 %r103, %r103, 0x807F807F;\n  or.b32 %r103, %r103, 0x3F803F80;",
    )
    operands += """
  fence.proxy.async.shared::cta;
  bar.sync 0;"""
    return Benchmark(
        name=name,
        body=lines(groups, lambda _: one),
        operations=groups * per_wait * threads / 128,
        setup=operands
        + descriptor("%rd1", 0)
        + descriptor("%rd2", 4096)
        + lines(4, lambda i: f"\n  mov.b32 %r{i}, 0x3F813F83;")
        + lines(count, lambda i: f"\n  mov.f32 %f{i}, 0f00000000;")
        + "\n  setp.eq.u32 %p2, %self, %self;\n",
        finish=lines(count, lambda i: f"  st.global.f32 [%to+{4 * i}], %f{i};"),
        threads=threads,
        shared=16384,
        since=HOPPER,
        sass="HGMMA",
        count=groups * per_wait,
    )


WGMMA_N = (8, 16, 32, 64, 128, 256)


def wgmmas():
    for n in WGMMA_N:
        yield wgmma(f"wgmma_n{n}_latency", n, False, 1, 128)
        yield wgmma(f"wgmma_n{n}_rate", n, False, 8, 256 if n < 256 else 128)
        yield wgmma(f"wgmma_n{n}_registers_rate", n, True, 8, 256 if n < 256 else 128)


# --- Memory ------------------------------------------------------------------------

CHASE_STEPS = 32


def shared_chase(
    name, load, base="  mov.u32 %r9, %tile;", start="  mov.u32 %r0, %tile;", sass="LDS", **more
):
    """`base` makes %r9, the tile's address as the ring has it."""
    return Benchmark(
        name=name,
        # Each word holds the address of the word behind it, in a ring of 4 KiB.
        setup=base
        + fill_shared(
            4096,
            "add.u32 %r103, %r102, 4;\n  and.b32 %r103, %r103, 4095;\n  add.u32 %r103, %r103, %r9;",
        )
        + f"\n{start}\n",
        body=lines(CHASE_STEPS, lambda _: load),
        operations=CHASE_STEPS,
        finish="  st.global.u32 [%to], %r0;",
        shared=4096,
        sass=sass,
        count=CHASE_STEPS,
        **more,
    )


def global_chase(name, load, data, stride, turns, is_cold=False):
    return Benchmark(
        name=name,
        setup="  mov.u64 %rd0, %data;\n  mov.u64 %rd1, %data;\n",
        # A ring of offsets, so that no address needs to be known beforehand.
        body=lines(CHASE_STEPS, lambda _: f"  {load} %rd2, [%rd0];\n  add.u64 %rd0, %rd1, %rd2;"),
        operations=CHASE_STEPS,
        finish="  st.global.u64 [%to], %rd0;",
        data=data,
        chase=stride,
        is_cold=is_cold,
        turns=turns,
        sass="LDG",
        count=CHASE_STEPS,
    )


def shared_rate(name, access, address="%r1", takes_part=True, sass="LDS"):
    """`access`: of 16 bytes a lane, four registers and an address. Each address differs
    from turn to turn, and each result is used, or ptxas would drop the access; four are
    under way at once."""
    fours = [[f"%r{8 + 4 * i + j}" for j in range(4)] for i in range(4)]

    def some(first):
        yield from (
            "  " + access.format(v="{" + ", ".join(four) + "}", a=f"[{address}+{512 * (first + i)}]")
            for i, four in enumerate(fours)
        )
        for a, b, c, d in fours if takes_part else ():
            yield f"  lop3.b32 %r6, %r6, {a}, {b}, 0x96;\n  lop3.b32 %r7, %r7, {c}, {d}, 0x96;"

    return Benchmark(
        name=name,
        setup=fill_shared(16384, "mov.b32 %r103, %r102;")
        + """
  mov.b32 %r6, 0;
  mov.b32 %r7, 0;
  and.b32 %r2, %self, 31;
  shl.b32 %r1, %r2, 4;
  add.u32 %r1, %r1, %tile;
  mov.u32 %r3, %tile;
"""
        + lines(16, lambda j: f"  mov.b32 %r{8 + j}, {j};"),
        body="\n".join(line for first in range(0, STEPS, 4) for line in some(first))
        + f"\n  xor.b32 {address}, {address}, 16;",
        operations=STEPS * 512 / 32,
        finish="  xor.b32 %r6, %r6, %r7;\n  st.global.b32 [%to], %r6;",
        threads=512,
        shared=16384,
        sass=sass,
        count=STEPS,
    )


def memories():
    yield shared_chase("shared_latency", "  ld.shared.u32 %r0, [%r0];")
    yield shared_chase(
        "shared_atomic_latency",
        "  atom.shared.exch.b32 %r0, [%r0], %r0;",  # what is there is the address again, or itself
        sass="ATOMS",
        turns=(1, 2),
    )
    yield global_chase("l1_latency", "ld.global.ca.u64", 4096, 128, (4, 20))
    yield global_chase("l2_latency", "ld.global.cg.u64", 262144, 128, (64, 192))
    yield global_chase("dram_latency", "ld.global.cg.u64", 1 << 24, 8192, (4, 60), is_cold=True)
    yield shared_rate("shared_load_rate", "ld.shared.v4.b32 {v}, {a};")
    yield shared_rate("shared_uniform_load_rate", "ld.shared.v4.b32 {v}, {a};", "%r3")
    yield shared_rate("shared_store_rate", "st.shared.v4.b32 {a}, {v};", takes_part=False, sass="STS")
    ldmatrix = "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {v}, {a};"
    yield shared_rate("ldmatrix_rate", ldmatrix, sass="LDSM")
    yield from streams()


def stream(name, load, data, threads, turns):
    """Each turn the CTA reads the next 16 × 8 × threads bytes, beginning anew at the end."""
    step = 16 * threads
    return Benchmark(
        name=name,
        setup=f"""
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %nctaid.x;
  mul.lo.u32 %r2, %r2, {step * 8};
  mul.lo.u32 %r1, %r1, {step * 8};
  shl.b32 %r3, %self, 4;
  add.u32 %r1, %r1, %r3;
  mov.f32 %f0, 0f00000000;
""",
        body="\n".join(
            [
                "  cvt.u64.u32 %rd0, %r1;\n  add.u64 %rd0, %rd0, %data;",
                lines(
                    8,
                    lambda i: f"  {load} {{%f{4 * i + 1}, %f{4 * i + 2}, %f{4 * i + 3}, "
                    f"%f{4 * i + 4}}}, [%rd0+{step * i}];",
                ),
                lines(8, lambda i: f"  add.f32 %f0, %f0, %f{4 * i + 1};"),
                "  add.u32 %r1, %r1, %r2;",
                f"  and.b32 %r1, %r1, {data - 1};",
            ]
        ),
        operations=step * 8,
        finish="  st.global.f32 [%to], %f0;",
        threads=threads,
        turns=turns,
        data=data,
        sass="LDG",
        count=8,
    )


def streams():
    yield stream("l1_rate", "ld.global.ca.v4.f32", 1 << 16, 512, (4, 20))
    yield stream("l2_rate_of_sm", "ld.global.cg.v4.f32", 1 << 19, 512, (16, 48))


# --- Synchronisation, copies -------------------------------------------------------


def bulk(name, size, copies, turns=(4, 20)):
    """A thread starts `copies` bulk copies from the L2 and waits for all of them."""
    start = f"  mbarrier.arrive.expect_tx.shared.b64 _, [%tile], {size * copies};\n" + lines(
        copies,
        lambda i: "  cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
        f"[%r1+{size * i}], [%data+{size * i}], {size}, [%tile];",
    )
    return Benchmark(
        name=name,
        setup="""
  add.u32 %r1, %tile, 1024;
  setp.ne.u32 %p5, %self, 0;
  @%p5 ret;
  mbarrier.init.shared.b64 [%tile], 1;
  fence.mbarrier_init.release.cluster;
  mov.u32 %r10, 0;
""",
        body=start
        + """
WAIT:
  mbarrier.try_wait.parity.shared.b64 %p4, [%tile], %r10;
  @!%p4 bra WAIT;
  xor.b32 %r10, %r10, 1;""",
        operations=1,
        threads=32,
        turns=turns,
        shared=1024 + size * copies,
        data=size * copies,
        since=HOPPER,
        sass="UBLKCP",
        count=copies,
    )


def synchronisations():
    for threads in (128, 512):
        yield Benchmark(
            name=f"barrier_{threads}",
            body=lines(STEPS, lambda _: "  bar.sync 0;"),
            operations=STEPS,
            threads=threads,
            sass="BAR",
            count=STEPS,
        )
    for name, order in (("cluster_barrier", ""), ("cluster_barrier_relaxed", ".relaxed")):
        yield Benchmark(
            name=name,
            body=lines(
                STEPS,
                lambda _: f"  barrier.cluster.arrive{order}.aligned;\n  barrier.cluster.wait.aligned;",
            ),
            operations=STEPS,
            threads=128,
            cluster=2,
            since=HOPPER,
        )
    yield shared_chase(
        "remote_latency",
        "  ld.shared::cluster.u32 %r0, [%r0];",
        # Each CTA's ring has addresses that the other can use.
        base="""  mov.u32 %r10, %cluster_ctarank;
  mapa.shared::cluster.u32 %r9, %tile, %r10;""",
        start="""  xor.b32 %r10, %r10, 1;
  mapa.shared::cluster.u32 %r0, %tile, %r10;
  barrier.cluster.arrive.aligned;
  barrier.cluster.wait.aligned;
""",
        drain="  barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;",
        sass="LD",
        cluster=2,
        since=HOPPER,
    )
    for size, copies in ((128, 1), (64, 32), (64, 64), (4096, 8), (4096, 16)):
        yield bulk(f"bulk_{size}_by_{copies}", size, copies)
    yield dataclasses.replace(
        # The shortest loop that ptxas keeps.
        arithmetic("short_loop", ARITHMETIC["fp32"], 1, 32, steps=1), turns=(64, 320)
    )


# --- The whole chip ----------------------------------------------------------------


def copy_of_memory(data):
    return Benchmark(
        name="device_copy",
        setup=f"""
  mov.u32 %r1, %ctaid.x;
  mul.wide.u32 %rd0, %r1, 65536;
  mul.wide.u32 %rd1, %self, 16;
  add.u64 %rd0, %rd0, %rd1;
  add.u64 %rd0, %rd0, %data;
  add.u64 %rd1, %rd0, {data // 2};
""",
        body=lines(
            8,
            lambda i: f"  ld.global.v4.f32 {{%f{4 * i}, %f{4 * i + 1}, %f{4 * i + 2}, %f{4 * i + 3}}}, "
            f"[%rd0+{8192 * i}];",
        )
        + "\n"
        + lines(
            8,
            lambda i: f"  st.global.v4.f32 [%rd1+{8192 * i}], {{%f{4 * i}, %f{4 * i + 1}, "
            f"%f{4 * i + 2}, %f{4 * i + 3}}};",
        ),
        operations=2 * 65536,  # bytes of a CTA
        threads=512,
        turns=(data // 262144, data // 131072),
        varies="grid",
        data=data,
        sass="LDG",
        count=8,
    )


def chip_wide(device_bytes):
    """What one SM alone cannot show; `device_bytes`: of the buffer that is copied."""
    yield dataclasses.replace(
        stream("l2_rate", "ld.global.cg.v4.f32", 1 << 24, 512, (1, 3)), varies="turns of the chip"
    )
    yield dataclasses.replace(
        wgmma("wgmma_sustained", 256, False, 8, 128),
        varies="turns of the chip",
        turns=(1, 2),
    )
    yield copy_of_memory(device_bytes)


def benchmarks(device_bytes):
    for family in (arithmetics, products, wgmmas, memories, synchronisations):
        yield from family()
    yield from chip_wide(device_bytes)
