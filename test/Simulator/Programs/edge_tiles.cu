// Products of a tile that hangs over its matrix's edge: what lies beyond is
// never loaded, and the rows and columns of d that it reaches never stored. A
// row of a reaches only the same row of d, a column of b only the same column.
// One warp; a is 16 x 16, b 16 x 8 (by columns).
//
// edge_f32: mma m16n8k16 of bf16, d of f32. edge_f16: of f16, whose d has two
// columns in each register. edge_masked: as edge_f32, and what is beyond is
// replaced by -1 before all of d is stored.
//
// m and n: rows and columns that are there. `stored`: columns of d that are
// stored, which must not be more than n.

using uint16 = unsigned short;
using uint32 = unsigned;

struct Operands {
  uint32 a[4], b[2];
};

// By way of shared memory, of which the rest stays as it was.
static __device__ Operands load(const uint32 *a, const uint32 *b, int m,
                                int n) {
  __shared__ uint32 left[16 * 8], right[8 * 8];
  int lane = threadIdx.x, group = lane / 4, inGroup = lane % 4;
  for (int i = lane; i < m * 8; i += 32)
    left[i] = a[i];
  for (int i = lane; i < n * 8; i += 32)
    right[i] = b[i];
  __syncwarp();
  return {{left[group * 8 + inGroup], left[(group + 8) * 8 + inGroup],
           left[group * 8 + inGroup + 4], left[(group + 8) * 8 + inGroup + 4]},
          {right[group * 8 + inGroup], right[group * 8 + inGroup + 4]}};
}

static __device__ void multiply(float (&d)[4], const Operands &in) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(in.a[0]), "r"(in.a[1]), "r"(in.a[2]), "r"(in.a[3]),
                 "r"(in.b[0]), "r"(in.b[1]));
}

static __device__ int getRow(int i) { return threadIdx.x / 4 + i / 2 * 8; }
static __device__ int getColumn(int i) { return threadIdx.x % 4 * 2 + i % 2; }

extern "C" __global__ void edge_f32(const uint32 *a, const uint32 *b,
                                    float *out, int m, int n, int stored) {
  Operands in = load(a, b, m, n);
  float d[4] = {};
  multiply(d, in);
  multiply(d, in); // what is spoiled stays so, and spoils nothing else
  for (int i = 0; i < 4; ++i)
    if (getRow(i) < m && getColumn(i) < stored)
      out[getRow(i) * 8 + getColumn(i)] = d[i];
}

extern "C" __global__ void edge_f16(const uint32 *a, const uint32 *b,
                                    uint16 *out, int m, int n, int stored) {
  Operands in = load(a, b, m, n);
  uint32 d[2] = {};
  for (int step = 0; step < 2; ++step)
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 "
                 "{%0, %1}, {%2, %3, %4, %5}, {%6, %7}, {%0, %1};"
                 : "+r"(d[0]), "+r"(d[1])
                 : "r"(in.a[0]), "r"(in.a[1]), "r"(in.a[2]), "r"(in.a[3]),
                   "r"(in.b[0]), "r"(in.b[1]));
  for (int i = 0; i < 4; ++i) {
    uint16 halves[2];
    asm("mov.b32 {%0, %1}, %2;"
        : "=h"(halves[0]), "=h"(halves[1])
        : "r"(d[i / 2]));
    if (getRow(i) < m && getColumn(i) < stored)
      out[getRow(i) * 8 + getColumn(i)] = halves[i % 2];
  }
}

extern "C" __global__ void edge_masked(const uint32 *a, const uint32 *b,
                                       float *out, int m, int n, int stored) {
  float d[4] = {};
  multiply(d, load(a, b, m, n));
  for (int i = 0; i < 4; ++i) {
    bool isInside = getRow(i) < m && getColumn(i) < stored;
    float value;
    asm("{\n\t.reg .pred inside;\n\tsetp.ne.s32 inside, %2, 0;\n\t"
        "selp.f32 %0, %1, 0fBF800000, inside;\n\t}"
        : "=f"(value)
        : "f"(d[i]), "r"(int(isInside)));
    out[getRow(i) * 8 + getColumn(i)] = value;
  }
}
