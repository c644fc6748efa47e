"""CUDA's driver API, as far as gpu-check needs it: no toolkit, no package.

Sizes are in bytes, times in seconds. Failures are CudaError, with the driver's name of
the error and the call that returned it.
"""

import ctypes
from ctypes import byref, c_char_p, c_float, c_int, c_size_t, c_uint, c_uint32, c_uint64, c_void_p


class CudaError(Exception):
    pass


# CUdevice_attribute, by the names that a report gives them.
ATTRIBUTES = {
    "multiprocessors": 16,
    "compute_major": 75,
    "compute_minor": 76,
    "clock_khz": 13,
    "memory_clock_khz": 36,
    "l2_bytes": 38,
    "threads_per_multiprocessor": 39,
    "shared_bytes_per_multiprocessor": 81,
    "registers_per_multiprocessor": 82,
    "shared_bytes_per_cta_optin": 97,
    "ctas_per_multiprocessor": 106,
    "reserved_shared_bytes_per_cta": 111,
}

MAX_DYNAMIC_SHARED = 8  # CUfunction_attribute
NON_PORTABLE_CLUSTER = 14
JIT_ERROR_LOG, JIT_ERROR_LOG_SIZE = 5, 6
CLUSTER_DIMENSION = 4  # CUlaunchAttributeID


class LaunchAttribute(ctypes.Structure):
    _fields_ = [("id", c_int), ("pad", c_int), ("value", c_uint * 16)]


class LaunchConfig(ctypes.Structure):
    _fields_ = [
        *((name, c_uint) for name in ("gx", "gy", "gz", "bx", "by", "bz", "shared")),
        ("stream", c_void_p),
        ("attributes", ctypes.POINTER(LaunchAttribute)),
        ("count", c_uint),
    ]


class Function:
    """An entry of a loaded module."""

    def __init__(self, driver, handle):
        self.driver, self.handle = driver, handle

    def parameter_bytes(self):
        """The size of each parameter; None where the driver is too old to say."""
        sizes, offset, size = [], c_size_t(), c_size_t()
        try:
            call = self.driver.library.cuFuncGetParamInfo
        except AttributeError:
            return None
        while call(self.handle, c_size_t(len(sizes)), byref(offset), byref(size)) == 0:
            sizes.append(size.value)
        return sizes

    def registers(self):
        value = c_int()
        self.driver.call("cuFuncGetAttribute", byref(value), c_int(4), self.handle)
        return value.value


class Driver:
    """A context on one device. Memory and modules live until it is closed."""

    def __init__(self, library="libcuda.so.1", ordinal=0):
        try:
            self.library = ctypes.CDLL(library)
        except OSError as error:
            raise CudaError(f"no CUDA driver: {error}") from None
        self.call("cuInit", c_uint(0))
        device = c_int()
        self.call("cuDeviceGet", byref(device), c_int(ordinal))
        self.device, self.context = device, c_void_p()
        # The primary context: nothing of its creation differs between versions.
        self.call("cuDevicePrimaryCtxRetain", byref(self.context), device)
        self.call("cuCtxSetCurrent", self.context)

    def call(self, name, *arguments):
        function = getattr(self.library, name, None)
        if function is None:
            raise CudaError(f"{name}: this driver does not have it")
        status = function(*arguments)
        if status:
            text = c_char_p()
            self.library.cuGetErrorName(c_int(status), byref(text))
            raise CudaError(f"{name}: {(text.value or b'error').decode()} ({status})")

    def close(self):
        self.call("cuDevicePrimaryCtxReset_v2", self.device)

    def describe(self):
        name, version = ctypes.create_string_buffer(128), c_int()
        self.call("cuDeviceGetName", name, c_int(128), self.device)
        self.call("cuDriverGetVersion", byref(version))
        found = {"name": name.value.decode(), "driver_api": version.value}
        for key, number in ATTRIBUTES.items():
            value = c_int()
            self.call("cuDeviceGetAttribute", byref(value), c_int(number), self.device)
            found[key] = value.value
        return found

    def load(self, image, entry, shared=0, any_cluster=False):
        """The entry of a module: PTX text or a cubin's bytes. `shared`: dynamic shared memory that it
        will be launched with."""
        image = image.encode() + b"\0" if isinstance(image, str) else image
        log = ctypes.create_string_buffer(8192)
        options = (c_int * 2)(JIT_ERROR_LOG, JIT_ERROR_LOG_SIZE)
        values = (c_void_p * 2)(ctypes.addressof(log), ctypes.sizeof(log))
        module, handle = c_void_p(), c_void_p()
        try:
            self.call("cuModuleLoadDataEx", byref(module), image, c_uint(2), options, values)
        except CudaError as error:
            text = log.value.decode(errors="replace").strip()
            raise CudaError(f"{error}: {text}" if text else str(error)) from None
        self.call("cuModuleGetFunction", byref(handle), module, entry.encode())
        if shared > 48 * 1024:
            self.call("cuFuncSetAttribute", handle, c_int(MAX_DYNAMIC_SHARED), c_int(shared))
        if any_cluster:
            self.call("cuFuncSetAttribute", handle, c_int(NON_PORTABLE_CLUSTER), c_int(1))
        return Function(self, handle)

    def allocate(self, size):
        pointer = c_uint64()
        self.call("cuMemAlloc_v2", byref(pointer), c_size_t(max(size, 1)))
        return pointer.value

    def free(self, pointer):
        self.call("cuMemFree_v2", c_uint64(pointer))

    def write(self, pointer, raw):
        if raw:
            self.call("cuMemcpyHtoD_v2", c_uint64(pointer), raw, c_size_t(len(raw)))

    def read(self, pointer, size):
        raw = ctypes.create_string_buffer(max(size, 1))
        self.call("cuMemcpyDtoH_v2", raw, c_uint64(pointer), c_size_t(size))
        return raw.raw[:size]

    def fill(self, pointer, size, byte=0):
        self.call("cuMemsetD8_v2", c_uint64(pointer), ctypes.c_ubyte(byte), c_size_t(size))

    def synchronise(self):
        self.call("cuCtxSynchronize")

    def launch(self, function, grid, block, parameters, shared=0, cluster=None):
        """`parameters`: the bytes of each."""
        buffers = [ctypes.create_string_buffer(raw, len(raw)) for raw in parameters]
        pointers = (c_void_p * max(len(buffers), 1))(*map(ctypes.addressof, buffers))
        attribute = LaunchAttribute(id=CLUSTER_DIMENSION)
        attribute.value[0:3] = cluster or (1, 1, 1)
        config = LaunchConfig(
            *grid, *block, shared, None, ctypes.pointer(attribute), 1 if cluster else 0
        )
        self.call("cuLaunchKernelEx", byref(config), function.handle, pointers, None)

    def time(self, run):
        """Seconds on the device between the events around `run`."""
        events = [c_void_p(), c_void_p()]
        for event in events:
            self.call("cuEventCreate", byref(event), c_uint(0))
        self.call("cuEventRecord", events[0], None)
        run()
        self.call("cuEventRecord", events[1], None)
        self.call("cuEventSynchronize", events[1])
        milliseconds = c_float()
        # CUDA 13 has a second version, whose answer is the same.
        self.call("cuEventElapsedTime", byref(milliseconds), *events)
        for event in events:
            self.call("cuEventDestroy_v2", event)
        return milliseconds.value / 1e3

    def encode_tensor_map(self, pointer, element, dims, strides, box, steps, swizzle, is_nan):
        """The 128 bytes of a tiled tensor map; lists are innermost first, strides in bytes."""
        raw = ctypes.create_string_buffer(128 + 64)
        start = -ctypes.addressof(raw) % 64  # the map must lie so
        self.call(
            "cuTensorMapEncodeTiled",
            c_void_p(ctypes.addressof(raw) + start),
            c_int(element),
            c_uint32(len(dims)),
            c_void_p(pointer),
            (c_uint64 * len(dims))(*dims),
            (c_uint64 * max(len(strides), 1))(*strides),
            (c_uint32 * len(box))(*box),
            (c_uint32 * len(steps))(*steps),
            c_int(0),
            c_int(swizzle),
            c_int(0),
            c_int(is_nan),
        )
        return raw.raw[start : start + 128]
