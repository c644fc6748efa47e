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
    An operation that reverse-mode differentiation can pass. Given the gradient
    of a scalar loss by each result (null where it is zero), `buildAdjoint`
    builds, with operations of this dialect and at the builder's insertion
    point, the gradient by each operand. The formulas stand in the operations'
    descriptions; gradients of gates are taken level by level, so that nothing
    cancels. An operation that does not implement the
    method says so in an error: there is no backward pass yet.
  }];
  let methods = [
    InterfaceMethod<[{
      Appends one gradient for every operand, null where it is zero. Fails with
      an error at the operation where it cannot.
    }], "::llvm::LogicalResult", "buildAdjoint",
        (ins "::mlir::OpBuilder &":$builder,
             "::mlir::ValueRange":$resultGradients,
             "::llvm::SmallVectorImpl<::mlir::Value> &":$operandGradients),
        /*methodBody=*/"", /*defaultImplementation=*/[{
          return $_op.emitOpError("has no adjoint yet");
        }]>,
  ];
}

#endif // SLUICE_WY_INTERFACES
