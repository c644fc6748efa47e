//===- DeltaDialect.td - the delta dialect -----------------*- tablegen -*-===//

#ifndef SLUICE_DELTA_DIALECT
#define SLUICE_DELTA_DIALECT

include "mlir/IR/DialectBase.td"

def Delta_Dialect : Dialect {
  let name = "delta";
  let cppNamespace = "::sluice::delta";
  let summary = "one token's step of a linear recurrence over matrix states";
  let description = [{
    A `delta.recurrence` says what one token does to one or several matrix
    states: it decays them, reads them, writes to them, and gives outputs. It
    says nothing of sequences, chunks, tiles, element types or targets; the
    sizes of the axes `key` and `value` stay symbolic. Every value is a real
    number, a vector of them along a named axis, or a state: a matrix over
    `key` × `value`.

    States are SSA values. A read of a state value sees exactly that value, so
    "before the decay", "after it" and "between two writes" are different
    operands, not flags.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let extraClassDeclaration = [{
    /// Where a function compiled from a recurrence has its signature.
    static constexpr ::llvm::StringLiteral getSignatureName() {
      return "delta.signature";
    }
    /// Parses what is unknown as an error that names what was meant.
    std::optional<ParseOpHook>
    getParseOperationHook(::llvm::StringRef opName) const override;
  }];
}

#endif // SLUICE_DELTA_DIALECT
