//===- DeltaDifferentiate.td - gradients of a step ---------*- tablegen -*-===//

#ifndef SLUICE_PASSES_DELTADIFFERENTIATE
#define SLUICE_PASSES_DELTADIFFERENTIATE

include "mlir/Pass/PassBase.td"

def DeltaDifferentiate : Pass<"delta-differentiate", "::mlir::ModuleOp"> {
  let summary = "derive the gradients of every recurrence's step";
  let description = [{
    Behind each `delta.recurrence @x` stands a `delta.adjoint @x_adjoint` then: its
    step in reverse mode, of whatever class it is. One token S' = f(S, x), o =
    h(S, x) gives, with dS' the gradient by the states behind the token,

      dS = (∂f/∂S)ᵀ dS' + (∂h/∂S)ᵀ do,    dx = (∂f/∂x)ᵀ dS' + (∂h/∂x)ᵀ do.

    The adjoint makes the values of the step once more, from the states before the
    token, and goes through its operations from the last to the first; what each
    of them adds to the gradients it says itself (`DifferentiableOpInterface`).
    What is read with a is written to dS under a, and what is written under x is
    read from dS with x; a decay decays dS, too.

    `gradients` names the arguments, states among them, by which gradients are
    wanted; without it they are all states, and the arguments on which an output or
    a next state depends. Only what these need is computed: a state leads from token to token
    where it depends on what is wanted, and an argument that no derivative uses is
    not an argument of the adjoint. So the gradient by v of linear attention
    needs q, k and do, and no state before a token.

    **Needs** modules that verify. **Guarantees** an adjoint for each recurrence at
    the module's top level. Fails, with an error at the recurrence, where an
    argument has the name of another one's gradient, or of an output's (`t` beside
    `dt`), and where `gradients` names what is no argument or influences nothing.

    With `gradients=q,v` this input

    ```mlir
    delta.recurrence @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %o = delta.read %S1, %q
      delta.yield states(%S1) outputs(%o)
    }
    ```

    becomes

    ```mlir
    delta.recurrence @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %o = delta.read %S1, %q
      delta.yield states(%S1) outputs(%o)
    }
    delta.adjoint @linear_attention_adjoint of @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>)
        v_heads(%do: !delta.vec<value>)
        state(%dS: !delta.state<key, value>)
        -> qk_heads(dq: !delta.vec<key>) v_heads(dv: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %dS1 = delta.write %dS, %q, %do
      %dq = delta.read %S1, %do
      %dv = delta.read %dS1, %k
      delta.yield states(%dS1) outputs(%dq, %dv)
    }
    ```
  }];
  let options = [
    ListOption<"gradients", "gradients", "std::string",
               "The arguments to differentiate by (default: all that have "
               "influence)">,
  ];
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
}

#endif // SLUICE_PASSES_DELTADIFFERENTIATE
