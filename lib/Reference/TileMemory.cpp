//===- TileMemory.cpp - Memory of interpreted kernels ---------------------===//

#include "lib/Reference/TileCopies.h"

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

MutableArrayRef<unsigned> SharedBuffer::getWriters(int64_t place) {
  unsigned width = io::byteWidth(dtype);
  return MutableArrayRef(memory.writers)
      .slice(static_cast<size_t>(offset + place * width), width);
}

bool SharedBuffer::isInFlight(int64_t place) {
  return is_contained(getWriters(place), SharedMemory::kInFlight);
}

static Error failInFlight() {
  return createStringError("an asynchronous copy has still to bring");
}

Expected<float> SharedBuffer::load(int64_t place) {
  ArrayRef<unsigned> writers = getWriters(place);
  if (isInFlight(place))
    return failInFlight();
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
  if (isInFlight(place))
    return failInFlight();
  arrive(place, number);
  return Error::success();
}

Error SharedBuffer::expect(int64_t place) {
  if (isInFlight(place))
    return failInFlight();
  fill(getWriters(place), SharedMemory::kInFlight);
  return Error::success();
}

void SharedBuffer::arrive(int64_t place, float number) {
  runtime::storeElements(dtype, memory.bytes.data() + offset, place,
                         {static_cast<double>(number)});
  fill(getWriters(place), this->number);
}

void SharedBuffer::forget(int64_t row) {
  int64_t elements = 1;
  for (int64_t size : getShape().drop_front())
    elements *= size;
  for (int64_t place = row * elements; place < (row + 1) * elements; ++place)
    if (!isInFlight(place))
      fill(getWriters(place), 0);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

Error TileCopies::begin(SharedBuffer &to, int64_t place, float number) {
  if (Error error = to.expect(place))
    return error;
  open.push_back({to.shared_from_this(), place, number});
  return Error::success();
}

void TileCopies::wait(int64_t pending) {
  for (; static_cast<int64_t>(groups.size()) > pending; groups.pop_front())
    for (const Element &element : groups.front())
      element.to->arrive(element.place, element.number);
}
