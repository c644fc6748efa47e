// Function calls, local arrays, parameters by value and module variables.
//
// sort_rows: each thread sorts its row of 8 floats in a local array, by a
// function that is called and gets the array's address; odd threads sort
// downwards. Writes the sorted row and its median, scaled and shifted by a
// struct.
//
// polynomial: a table in constant memory, a pointer variable that points into
// another variable, and a call from divergent code.
//
// Grid and block: any.

struct Affine {
  float scale;
  double shift;
  int count; // of rows
};

static __device__ __noinline__ void sort(float *values, int count,
                                         bool downwards) {
  for (int i = 1; i < count; ++i) {
    float value = values[i];
    int j = i;
    for (; j > 0 && (values[j - 1] > value) != downwards; --j)
      values[j] = values[j - 1];
    values[j] = value;
  }
}

static __device__ __noinline__ float apply(Affine affine, float value) {
  return static_cast<float>(affine.scale * value + affine.shift);
}

extern "C" __global__ void sort_rows(const float *in, float *sorted,
                                     float *medians, Affine affine) {
  int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= affine.count)
    return;
  float values[8];
  for (int i = 0; i < 8; ++i)
    values[i] = in[row * 8 + i];
  sort(values, 8, row % 2);
  for (int i = 0; i < 8; ++i)
    sorted[row * 8 + i] = values[i];
  medians[row] = apply(affine, (values[3] + values[4]) / 2);
}

__constant__ int coefficients[6] = {7, -3, 0, 11, 2, -5};
__device__ int offsets[4] = {100, 200, 300, 400};
__device__ int *second = &offsets[1];
__device__ int untouched[4]; // zero, as nobody writes it

static __device__ __noinline__ int horner(int x, int first) {
  int value = 0;
  for (int i = first; i < 6; ++i)
    value = value * x + coefficients[i];
  return value;
}

extern "C" __global__ void polynomial(const int *in, int *out, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count)
    return;
  int x = in[i], value;
  if (x % 3 == 0)
    value = horner(x, i % 6) + second[i % 3];
  else
    value = horner(x + 1, 2) + offsets[i % 4] + untouched[i % 4];
  out[i] = value;
}
