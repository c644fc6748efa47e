//===- WYDialect.td - the wy dialect -----------------------*- tablegen -*-===//

#ifndef SLUICE_WY_DIALECT
#define SLUICE_WY_DIALECT

include "mlir/IR/DialectBase.td"

def WY_Dialect : Dialect {
  let name = "wy";
  let cppNamespace = "::sluice::wy";
  let summary = "the chunk form of a linear recurrence, as a graph of tensors";
  let description = [{
    A `wy.scan` walks over a sequence chunk by chunk and carries the states. Its
    body is a pure graph over one chunk's tensors, derived from a step by
    `delta-to-wy`: the WY (or UT) form of the delta rule (Yang et al.,
    arXiv:2406.06484), with gates (arXiv:2412.06464), for any step of class
    linear or delta.

    **Chunk tensors.** A value of every token is a `tensor<CxKxf32>` (a key
    vector), a `tensor<CxVxf32>` (a value vector) or a `tensor<Cxf32>` (a
    scalar), C the chunk size. Row t belongs to the chunk's token t. The last
    chunk of a sequence may have fewer than C tokens; rows past them *do not
    exist*: no operation looks at them and what stands in them means nothing.
    States, parameters and what is accumulated over `all` of a chunk have no row
    for each token, and do not stand for what has, whatever their types are.
    So no tensor is padded in memory. Element types are nominal: the schedule
    says in which precision a value is held, the reference uses float64.

    **Gates.** Token t multiplies the state by a gate: D = e^g (kind `log`) or
    D = f (kind `factor`), one number, or one along an axis. D(t, s) is the
    product of the gates of the tokens *between* s and t, s < u < t: what a
    write of token s has decayed by when token t reads, before its own gate.
    `delta-to-wy` brings every step to that form: all reads of a token see the
    incoming state, all its writes stand after its gate, so that positions
    inside a token have become algebra and nothing else needs them.

    For a tuple of n states that feed each other a gate is an n × n matrix, given
    as n² tensors in row-major order (entry (i, j): how much of state j goes to
    state i), all of kind `factor`, and D(t, s) the matrix product with later
    tokens on the left.

    No operation evaluates the exponential of a positive number where gates are
    at most 0, or takes a difference of accumulated gates: −inf and factors of 0
    are ordinary gates.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
  let hasOperationAttrVerify = 1;
  let extraClassDeclaration = [{
    /// The discardable attribute of a recurrence that is computed token by
    /// token: its schedule.
    static constexpr ::llvm::StringLiteral getStepScheduleName() {
      return "wy.schedule";
    }
  }];
}

#endif // SLUICE_WY_DIALECT
