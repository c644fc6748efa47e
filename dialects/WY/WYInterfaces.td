//===- WYInterfaces.td - what passes may ask a chunk op ----*- tablegen -*-===//

#ifndef SLUICE_WY_INTERFACES
#define SLUICE_WY_INTERFACES

include "mlir/IR/OpBase.td"

def WY_ChunkHolderOpInterface : OpInterface<"ChunkHolderOpInterface"> {
  let cppNamespace = "::sluice::wy";
  let description = [{
    An operation whose body is the graph of one chunk: a single block whose
    operations are pure, those of this dialect and any others, with
    `wy.yield` at its end. `ChunkShapes.h` says what the tensors in it are.
  }];
  let methods = [
    InterfaceMethod<"C, the tokens of a chunk.", "int64_t", "getChunk">,
    InterfaceMethod<"K or V.", "int64_t", "getDim",
                    (ins "::sluice::delta::Axis":$axis)>,
    InterfaceMethod<"The body's block.", "::mlir::Block &", "getGraph">,
    InterfaceMethod<[{
      The chunk's tensor for what one token (of `kind`) has.
    }], "::mlir::RankedTensorType", "getChunkType",
        (ins "::mlir::Type":$type, "::sluice::delta::ArgKind":$kind)>,
    InterfaceMethod<"What argument `index` of the body is.",
                    "::sluice::wy::ChunkShape", "getArgumentShape",
                    (ins "unsigned":$index)>,
  ];
}

/// Stands in such a body only.
def WY_InChunk : NativeOpTrait<"InChunk"> {
  let cppNamespace = "::sluice::wy";
}

def WY_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::sluice::wy";
  let description = [{
    A node that knows its adjoint: what the gradients of a scalar loss by its
    operands are, given those by its results. It says so by building operations
    of this dialect in a `GraphAdjoint` (dialects/WY/GraphAdjoint.h), which
    holds the gradients; the formulas stand in the operations' descriptions.

    Products with a gate are spelled out first (dialects/WY/GateLevels.h): what
    is left has no gate but in products of gates, and in systems. So gradients by
    gates come level by level, and nothing in them cancels.
  }];
  let methods = [
    InterfaceMethod<[{
      Adds to the gradients by those operands for which `adjoint` wants one.
      There is a gradient by one of the results.
    }], "void", "buildAdjoint", (ins "::sluice::wy::GraphAdjoint &":$adjoint)>,
  ];
}

def WY_Differentiable
    : DeclareOpInterfaceMethods<WY_DifferentiableOpInterface>;

#endif // SLUICE_WY_INTERFACES
