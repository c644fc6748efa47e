"delta.recurrence"() <{arg_kinds = [#delta.kind<state>], arg_names = ["S"], output_names = [], output_types = [], sym_name = "r"}> ({
^bb0(%S: !delta.state<key, value>):
  "delta.yield"(%S) <{operandSegmentSizes = array<i32: 1, 0>}> : (!delta.state<key, value>) -> ()
}) : () -> ()
