/* A CUDA driver without a GPU, for tests of gpu-check: memory is the host's, and a launch
 * of a microbenchmark (entry `bench`) leaves clocks as if a turn took 64 cycles. Other
 * launches do nothing, and the 40th fails as an illegal address does on a GPU: for good.
 * Calls that a driver would refuse (wrong sizes, no context) abort. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Status;
enum { kOk = 0, kIllegalAddress = 700 };

typedef struct {
  int isBench;
} Function;
typedef struct {
  unsigned gridX, gridY, gridZ, blockX, blockY, blockZ, shared;
  void *stream;
  void *attributes;
  unsigned numAttributes;
} LaunchConfig;

static int hasContext, launches;
static double time;

Status cuInit(unsigned flags) { return flags; }
Status cuDeviceGet(int *device, int ordinal) { return *device = ordinal; }
Status cuDevicePrimaryCtxRetain(void **context, int device) {
  *context = &hasContext;
  return device;
}
Status cuCtxSetCurrent(void *context) {
  hasContext = context == &hasContext;
  return !hasContext;
}
Status cuDevicePrimaryCtxReset_v2(int device) { return device; }
Status cuGetErrorName(Status status, const char **name) {
  *name = status == kIllegalAddress ? "CUDA_ERROR_ILLEGAL_ADDRESS" : "CUDA_ERROR";
  return kOk;
}
Status cuDeviceGetName(char *name, int size, int device) {
  snprintf(name, (size_t)size, "NVIDIA H200 (fake)");
  return device;
}
Status cuDriverGetVersion(int *version) {
  *version = 13000;
  return kOk;
}
Status cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? 9 : attribute == 76 ? 0 : attribute == 16 ? 132 : 1000 + attribute;
  return device;
}
Status cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options,
                          void **values) {
  assert(hasContext && count == 2 && options[0] == 5 && options[1] == 6 && values[1]);
  const char *text = image;
  if (!strstr(text, ".entry")) {
    snprintf(values[0], (size_t)(uintptr_t)values[1], "no entry");
    return 218;
  }
  *module = (void *)image;
  return kOk;
}
Status cuModuleGetFunction(void **function, void *module, const char *name) {
  assert(module);
  Function *made = malloc(sizeof(Function));
  made->isBench = !strcmp(name, "bench");
  *function = made;
  return kOk;
}
Status cuFuncSetAttribute(void *function, int attribute, int value) {
  assert(function && (attribute == 8 ? value > 48 * 1024 : attribute == 14 && value == 1));
  return kOk;
}
Status cuFuncGetAttribute(int *value, int attribute, void *function) {
  assert(function && attribute == 4);
  *value = 32;
  return kOk;
}
Status cuMemAlloc_v2(uint64_t *pointer, size_t size) {
  *pointer = (uint64_t)(uintptr_t)calloc(size, 1);
  return !*pointer;
}
Status cuMemFree_v2(uint64_t pointer) {
  free((void *)(uintptr_t)pointer);
  return kOk;
}
Status cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t size) {
  memcpy((void *)(uintptr_t)to, from, size);
  return kOk;
}
Status cuMemcpyDtoH_v2(void *to, uint64_t from, size_t size) {
  memcpy(to, (void *)(uintptr_t)from, size);
  return kOk;
}
Status cuMemsetD8_v2(uint64_t to, unsigned char byte, size_t size) {
  /* The large ones sweep a cache that is not there. */
  memset((void *)(uintptr_t)to, byte, size < (1 << 20) ? size : 1 << 20);
  return kOk;
}
Status cuCtxSynchronize(void) { return launches >= 40 ? kIllegalAddress : kOk; }
Status cuLaunchKernelEx(const LaunchConfig *config, void *handle, void **parameters, void **extra) {
  Function *function = handle;
  assert(config->gridX && config->blockX && !extra && config->numAttributes <= 1);
  time += 1e-3;
  if (!function->isBench)
    return ++launches >= 40 ? kIllegalAddress : kOk;
  uint64_t out = *(uint64_t *)parameters[0];
  uint32_t turns = *(uint32_t *)parameters[2];
  int64_t *clocks = (int64_t *)(uintptr_t)out;
  for (unsigned thread = 0; thread < config->blockX; ++thread) {
    clocks[2 * thread] = 1000;
    clocks[2 * thread + 1] = 1500 + 64 * (int64_t)turns;
  }
  time += 1e-9 * turns * config->gridX;
  return kOk;
}
Status cuEventCreate(double **event, unsigned flags) {
  *event = calloc(1, sizeof(double));
  return (Status)flags;
}
Status cuEventRecord(double *event, void *stream) {
  assert(!stream);
  *event = time;
  return kOk;
}
Status cuEventSynchronize(double *event) { return !event; }
Status cuEventElapsedTime(float *milliseconds, const double *begin, const double *end) {
  *milliseconds = (float)((*end - *begin) * 1e3);
  return kOk;
}
Status cuEventDestroy_v2(double *event) {
  free(event);
  return kOk;
}
Status cuTensorMapEncodeTiled(void *map, int element, uint32_t rank, void *address,
                              const uint64_t *dims, const uint64_t *strides, const uint32_t *box,
                              const uint32_t *steps, int interleave, int swizzle, int promotion,
                              int oob) {
  assert((uintptr_t)map % 64 == 0 && rank >= 1 && rank <= 5 && address && dims[0] && box[0] &&
         steps[0] && element <= 12 && !interleave && swizzle <= 3 && !promotion && oob <= 1);
  (void)strides;
  memset(map, 0, 128);
  return kOk;
}
