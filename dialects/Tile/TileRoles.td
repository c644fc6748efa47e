//===- TileRoles.td - roles of warps, and rings between them ----*- tablegen -*-===//

#ifndef SLUICE_TILE_ROLES
#define SLUICE_TILE_ROLES

include "dialects/Tile/TileOpBase.td"

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

def Tile_RolesOp : Tile_Op<"roles", [
    NoTerminator, SingleBlock, HasParent<"KernelOp">]> {
  let summary = "groups of warps that do different things at the same time";
  let description = [{
    The kernel's warps, which are `apart`, part: the first go into the first
    `tile.role` inside, the next into the next, all of them. They meet again
    behind it. No role sees what another has written to shared memory before, but
    through a `tile.ring`.

    ```mlir
    tile.kernel @f() warps(3) apart grid("1") {
      tile.roles {
        tile.role "make" warps(2) (%warp) {
          tile.sync_role
        }
        tile.role "own" warps(1) (%warp) {
        }
      }
      tile.return
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The role of a name; null if there is none.
    RoleOp lookUp(::llvm::StringRef name);
    /// How many registers a thread has when a kernel begins of whose warps a
    /// multiprocessor holds so many.
    static int64_t getRegistersAtStart(int64_t warps);
  }];
}

def Tile_RoleOp : Tile_Op<"role", [
    NoTerminator, SingleBlock, HasParent<"RolesOp">]> {
  let summary = "what some warps of a CTA do";
  let description = [{
    Run by `warps` warps, which take the same way through it; its argument is
    their number, from 0. `registers` is how many a thread has in it: warps give back
    what they do not need (sm_90: `setmaxnreg`), and those that need more get it.
    Registers are handed on by groups of four warps. Targets that cannot do so leave
    all roles with as many.

    ```mlir
    tile.kernel @f() warps(8) apart grid("1") {
      tile.roles {
        tile.role "own" warps(4) registers(232) (%warp) {
        }
        tile.role "make" warps(4) registers(24) (%warp) {
        }
      }
      tile.return
    }
    ```
  }];
  let arguments = (ins StrAttr:$name,
                       ConfinedAttr<I64Attr, [IntPositive]>:$warps,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$registers);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `warps` `(` $warps `)` (`registers` `(` $registers^ `)`)?
    attr-dict-with-keyword custom<RoleBody>($body)
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The number in the CTA of the role's first warp.
    int64_t getFirstWarp();
    /// The role that an operation is in; null if it is in none.
    static RoleOp getAround(::mlir::Operation *op);
  }];
}

def Tile_SyncRoleOp : Tile_Op<"sync_role", [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "the threads of a role wait for one another";
  let description = [{
    What `gpu.barrier` is where warps have no roles.

    ```mlir
    tile.kernel @f() warps(2) apart grid("1") {
      tile.roles {
        tile.role "all" warps(2) (%warp) {
          tile.sync_role
        }
      }
      tile.return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

def Tile_Ring : TypeDef<Tile_Dialect, "Ring"> {
  let mnemonic = "ring";
  let summary = "a ring of slots of shared memory";
  let description = [{
    What `tile.ring` gives.

    ```mlir
    !tile.ring
    ```
  }];
}

def Tile_RingOp : Tile_Op<"ring", [
    HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "slots of shared memory that go from one role to another";
  let description = [{
    The first axis of each of `buffers` counts slots, as many in all of them.
    Slots are used in turn: use i is of slot i mod n. Of each use

    1. `producer` fills the slot, between `tile.acquire` and `tile.commit`;
    2. every warp of `consumer` reads it, between `tile.wait` and `tile.release`.

    Use i is acquired when all of use i − n is released, and waited for until it is
    committed: by every warp of the producer, or, where `each` is of one warp, by
    that warp. Warps acquire and wait in the order of uses, leaving out none but
    those that other warps make. What a slot held before is lost when it is
    acquired.

    Nobody else looks at the buffers. Errors call the ring by its `name`. `offset`,
    in bytes from the start of the CTA's shared memory, is where its barriers are:
    two for each slot, of 8 bytes. `tile-allocate-shared` chooses it.

    Two warps make numbers and one adds them up:

    ```mlir
    tile.kernel @sum(%x: memref<?x8xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                     %y: memref<8xf32> {tile.binding = #tile.binding<output "y">},
                     %n: index {tile.binding = #tile.binding<size "T">})
        warps(3) apart grid("1") {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %zero = arith.constant dense<0.0> : tensor<8xf32>
      %rows = tile.shared : memref<4x8xf32, #gpu.address_space<workgroup>>
      %ring = tile.ring "rows" of %rows from "load" each to "add" : memref<4x8xf32, #gpu.address_space<workgroup>>
      tile.roles {
        tile.role "load" warps(2) (%warp) {
          scf.for %first = %c0 to %n step %c2 {
            %i = arith.addi %first, %warp : index
            %left = arith.subi %n, %i : index
            %row = tile.load %x[%i, %c0] along [0, 1] valid(%left) : memref<?x8xf32, strided<[?, 1]>> -> tensor<1x8xf32>
            %slot = tile.acquire %ring[%i]
            tile.store %row, %rows[%slot, %c0] along [0, 1] : tensor<1x8xf32>, memref<4x8xf32, #gpu.address_space<workgroup>>
            tile.commit %ring[%slot]
          }
        }
        tile.role "add" warps(1) (%warp) {
          %sum = scf.for %i = %c0 to %n step %c1 iter_args(%before = %zero) -> (tensor<8xf32>) {
            %slot = tile.wait %ring[%i]
            %row = tile.load %rows[%slot, %c0] along [1] : memref<4x8xf32, #gpu.address_space<workgroup>> -> tensor<8xf32>
            tile.release %ring[%slot]
            %after = arith.addf %before, %row : tensor<8xf32>
            scf.yield %after : tensor<8xf32>
          }
          tile.store %sum, %y[%c0] along [0] : tensor<8xf32>, memref<8xf32>
        }
      }
      tile.return
    }
    ```
  }];
  let arguments = (ins StrAttr:$name,
                       Variadic<Tile_Memory>:$buffers,
                       StrAttr:$producer, UnitAttr:$each, StrAttr:$consumer,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>:$offset);
  let results = (outs Tile_Ring:$ring);
  let assemblyFormat = [{
    $name `of` $buffers `from` $producer (`each` $each^)? `to` $consumer
    (`offset` `(` $offset^ `)`)? attr-dict `:` type($buffers)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// How many slots there are.
    int64_t getSlots() {
      return ::llvm::cast<::mlir::MemRefType>(getBuffers().front().getType())
          .getDimSize(0);
    }
    /// Bytes of its barriers: of slots that are full, and of those that are
    /// empty.
    int64_t getBytes() { return 2 * kBarrierBytes * getSlots(); }
    static constexpr int64_t kBarrierBytes = 8;
    RoleOp getProducerRole();
    RoleOp getConsumerRole();
    /// How many warps commit, and release, a use.
    int64_t getCommits();
    int64_t getReleases();
    /// The ring whose buffer an access looks at; null if it is no ring's.
    static RingOp getOf(::mlir::Value buffer);
  }];
}

class Tile_SlotOp<string mnemonic> : Tile_Op<mnemonic, [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let arguments = (ins Tile_Ring:$ring, Index:$use);
  let results = (outs Index:$slot);
  let assemblyFormat = "$ring `[` $use `]` attr-dict";
  let hasVerifier = 1;
}

class Tile_HandOnOp<string mnemonic> : Tile_Op<mnemonic, [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let arguments = (ins Tile_Ring:$ring, Index:$slot);
  let assemblyFormat = "$ring `[` $slot `]` attr-dict";
  let hasVerifier = 1;
}

defvar slotExample = [{
    ```mlir
    tile.kernel @f() warps(2) apart grid("1") {
      %c0 = arith.constant 0 : index
      %x = arith.constant 1.0 : f32
      %m = tile.shared : memref<2xf32, #gpu.address_space<workgroup>>
      %ring = tile.ring "numbers" of %m from "make" to "take" : memref<2xf32, #gpu.address_space<workgroup>>
      tile.roles {
        tile.role "make" warps(1) (%warp) {
          %slot = tile.acquire %ring[%c0]
          tile.store %x, %m[%slot] along [] : f32, memref<2xf32, #gpu.address_space<workgroup>>
          tile.commit %ring[%slot]
        }
        tile.role "take" warps(1) (%warp) {
          %slot = tile.wait %ring[%c0]
          %0 = tile.load %m[%slot] along [] : memref<2xf32, #gpu.address_space<workgroup>> -> f32
          tile.release %ring[%slot]
        }
      }
      tile.return
    }
    ```
}];

def Tile_AcquireOp : Tile_SlotOp<"acquire"> {
  let summary = "the slot of a use, to be filled";
  let description = !strconcat([{
    Waits until the slot is empty: all of the use before, n uses ago, is released.
    The slot is good for the first index of accesses of the ring's buffers, up to
    the one `tile.commit` behind it in the same block, and for nothing else.

  }], slotExample);
}

def Tile_CommitOp : Tile_HandOnOp<"commit"> {
  let summary = "a slot is filled";
  let description = !strconcat([{
    What the warp has written there, those who wait for the use see. The slot
    comes from a `tile.acquire` before, in the same block, and is not used behind.

  }], slotExample);
}

def Tile_WaitOp : Tile_SlotOp<"wait"> {
  let summary = "the slot of a use, when it is filled";
  let description = !strconcat([{
    Waits until the use is committed. The slot is good for loads of the ring's
    buffers, up to the one `tile.release` behind it in the same block.

  }], slotExample);
}

def Tile_ReleaseOp : Tile_HandOnOp<"release"> {
  let summary = "a slot has been read";
  let description = !strconcat([{
    The warp will not look at the slot again. It comes from a `tile.wait` before,
    in the same block, and is not used behind.

  }], slotExample);
}

#endif // SLUICE_TILE_ROLES
