//===- TileDialect.td - the tile dialect -------------------*- tablegen -*-===//

#ifndef SLUICE_TILE_DIALECT
#define SLUICE_TILE_DIALECT

include "mlir/IR/DialectBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::sluice::tile";
  let summary = "one CTA's program, on tensors that its threads hold together";
  let description = [{
    A `tile.kernel` is what one CTA of a GPU runs. Values are numbers that all
    of its threads agree on (`index`, `i1`, `f32`), memory (memrefs), and tensors.
    Elementwise maths on tensors is that of `arith` and `math`, control flow is
    that of `scf`, and CTAs count themselves with `gpu.block_id`: this dialect
    adds what those do not have, which is how tensors come from memory and go
    there, and how their elements meet.

    **Tensors.** A tensor has a value, whoever holds it. Its encoding, if it has
    one, is a `#tile.layout`: which registers of which lanes of which warps hold
    which element. `tile-assign-layouts` gives every tensor one, and no operation
    means anything else afterwards; all tensors of an elementwise operation have
    the same. A layout may be larger than its tensor: K = 100 elements are held
    where 128 would be. What such a place holds means nothing. Only operations
    of this dialect look at more than one element at a time, and they look at
    those that exist.

    **Memory.** Memrefs without a memory space are global; those in
    `#gpu.address_space<workgroup>` are the CTA's shared memory, from
    `tile.shared`. All accesses are `tile.load` and `tile.store`, and `tile.copy` from
    global to shared memory, which goes on while threads do. An access of
    shared memory by one thread sees what another has written there if a
    `gpu.barrier` stands between them: `tile-insert-barriers` puts them there.

    **Roles.** All warps take the same way through a kernel, but in `tile.roles`,
    where groups of them go apart, each with registers as it needs them, and hand
    shared memory on to one another by `tile.ring`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
}

#endif // SLUICE_TILE_DIALECT
