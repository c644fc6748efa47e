// Transposes a rows x columns matrix of floats by tiles of 32 x 32 in shared
// memory. Grid: ceil(columns / 32), ceil(rows / 32). Block: 32, 8.
//
// transpose_conflicts: rows of 32 words, so a column is in one bank.
// transpose_padded:    rows of 33 words.
// transpose_swizzled:  the column is XORed with the row.

struct Plain {
  float words[32][32];
  __device__ float &at(int row, int column) { return words[row][column]; }
};

struct Padded {
  float words[32][33];
  __device__ float &at(int row, int column) { return words[row][column]; }
};

struct Swizzled {
  float words[32][32];
  __device__ float &at(int row, int column) { return words[row][column ^ row]; }
};

template <typename Tile>
static __device__ void transpose(Tile &tile, const float *in, float *out,
                                 int rows, int columns) {
  int x = threadIdx.x, row0 = blockIdx.y * 32, column0 = blockIdx.x * 32;
  for (int y = threadIdx.y; y < 32; y += 8)
    if (row0 + y < rows && column0 + x < columns)
      tile.at(y, x) = in[(row0 + y) * columns + column0 + x];
  __syncthreads();
  for (int y = threadIdx.y; y < 32; y += 8)
    if (column0 + y < columns && row0 + x < rows)
      out[(column0 + y) * rows + row0 + x] = tile.at(x, y);
}

extern "C" __global__ void transpose_conflicts(const float *in, float *out,
                                               int rows, int columns) {
  __shared__ Plain tile;
  transpose(tile, in, out, rows, columns);
}

extern "C" __global__ void transpose_padded(const float *in, float *out,
                                            int rows, int columns) {
  __shared__ Padded tile;
  transpose(tile, in, out, rows, columns);
}

extern "C" __global__ void transpose_swizzled(const float *in, float *out,
                                              int rows, int columns) {
  __shared__ Swizzled tile;
  transpose(tile, in, out, rows, columns);
}
