delta.recurrence @a state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
delta.recurrence @b state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
