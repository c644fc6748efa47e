//===- TileMemory.cpp - Memory of interpreted kernels ---------------------===//

#include "lib/Reference/TileMemory.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;

Expected<float> InputMemory::load(int64_t place) {
  return static_cast<float>(runtime::loadElement(view, place));
}

Error InputMemory::store(int64_t, float) {
  return createStringError("is only read");
}

Expected<float> ResultMemory::load(int64_t place) {
  return static_cast<float>(tensor.load(place));
}

Error ResultMemory::store(int64_t place, float number) {
  tensor.store(place, {static_cast<double>(number)});
  return Error::success();
}

Expected<float> SharedBuffer::load(int64_t place) {
  unsigned width = io::byteWidth(dtype);
  int64_t begin = offset + place * width;
  ArrayRef<unsigned> writers =
      ArrayRef(memory.writers).slice(static_cast<size_t>(begin), width);
  if (all_of(writers, [&](unsigned writer) { return writer == number; })) {
    double loaded = 0;
    runtime::loadElements(dtype, memory.bytes.data() + offset, place, loaded);
    return static_cast<float>(loaded);
  }
  return createStringError(all_equal(writers) && writers.front() == 0
                               ? "nobody has written"
                               : "nobody has written since another buffer had "
                                 "its place");
}

Error SharedBuffer::store(int64_t place, float number) {
  unsigned width = io::byteWidth(dtype);
  runtime::storeElements(dtype, memory.bytes.data() + offset, place,
                         {static_cast<double>(number)});
  std::fill_n(memory.writers.begin() + offset + place * width, width,
              this->number);
  return Error::success();
}
