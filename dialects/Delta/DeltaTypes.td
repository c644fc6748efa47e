//===- DeltaTypes.td - scalars, vectors, states ------------*- tablegen -*-===//

#ifndef SLUICE_DELTA_TYPES
#define SLUICE_DELTA_TYPES

include "dialects/Delta/DeltaAttrs.td"

class Delta_Type<string name, string mnem> : TypeDef<Delta_Dialect, name> {
  let mnemonic = mnem;
}

def Delta_ScalarType : Delta_Type<"Scalar", "scalar"> {
  let summary = "a scalar";
  let description = [{
    One real number per token and head.

    ```mlir
    !delta.scalar
    ```
  }];
}

def Delta_VecType : Delta_Type<"Vec", "vec"> {
  let summary = "a vector along an axis";
  let description = [{
    Real numbers along a named axis. The size of the axis is not part of the type: it is an option of the
    lowering (K for `key`, V for `value`).

    ```mlir
    !delta.vec<key>
    !delta.vec<value>
    ```
  }];
  let parameters = (ins EnumParameter<Delta_Axis>:$axis);
  let assemblyFormat = "`<` custom<EnumWord>($axis) `>`";
}

def Delta_StateType : Delta_Type<"State", "state"> {
  let summary = "a state";
  let description = [{
    A matrix over two axes, carried from token to token. Rows run along the first axis, columns along the second. The axes are
    distinct, and `key` comes first: tensors of states are [.., K, V].

    ```mlir
    !delta.state<key, value>
    ```
  }];
  let parameters = (ins EnumParameter<Delta_Axis>:$rows,
                        EnumParameter<Delta_Axis>:$columns);
  let assemblyFormat = [{
    `<` custom<EnumWord>($rows) `,` custom<EnumWord>($columns) `>`
  }];
  let genVerifyDecl = 1;
}

/// A scalar or a vector: what elementwise operations work on.
def Delta_Value : AnyTypeOf<[Delta_ScalarType, Delta_VecType],
                            "a scalar or a vector">;

#endif // SLUICE_DELTA_TYPES
