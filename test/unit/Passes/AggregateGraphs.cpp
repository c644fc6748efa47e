//===- AggregateGraphs.cpp - scans of every aggregate ---------------------===//

#include "test/unit/Passes/AggregateGraphs.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::test;

std::string AggregateTest::spell(StringRef text, int64_t chunk) {
  std::string c = std::to_string(chunk), key = std::to_string(kGraphKey),
              value = std::to_string(kGraphValue), spelled;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      spelled += text[i];
      continue;
    }
    spelled += "tensor<";
    switch (text[++i]) {
    case 'n':
      spelled += c;
      break;
    case 'k':
      spelled.append(c).append("x").append(key);
      break;
    case 'v':
      spelled.append(c).append("x").append(value);
      break;
    case 'p':
      spelled.append(c).append("x").append(c);
      break;
    case 's':
      spelled.append(key).append("x").append(value);
      break;
    default:
      ADD_FAILURE() << "no tensor is called $" << text[i];
    }
    spelled += "xf32>";
  }
  return spelled;
}

void AggregateTest::loadGraph(int64_t chunk, StringRef signature,
                              StringRef body) {
  std::string sizes = "chunk(" + std::to_string(chunk) + ") key(" +
                      std::to_string(kGraphKey) + ") value(" +
                      std::to_string(kGraphValue) + ")";
  loadScan(sizes, signature, spell(body, chunk));
}

const char *const AggregateTest::scoresSignature = R"(
    v_heads(%q: !delta.vec<key>, %k: !delta.vec<key>, %v: !delta.vec<value>,
            %d: !delta.scalar, %g: !delta.scalar, %f: !delta.scalar,
            %gk: !delta.vec<key>, %fk: !delta.vec<key>,
            %gv: !delta.vec<value>, %fv: !delta.vec<value>,
            %c0: !delta.vec<key>, %c1: !delta.vec<key>,
            %c2: !delta.vec<key>, %c3: !delta.vec<key>,
            %h: !delta.scalar, %z: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> (log: !delta.vec<value>, factor: !delta.vec<value>,
        log_key: !delta.vec<value>, factor_key: !delta.vec<value>,
        scalar_dyadic: !delta.vec<value>, two_states: !delta.vec<value>,
        three_states: !delta.vec<value>, apply_log: !delta.vec<value>,
        apply_factor: !delta.vec<value>, apply_log_value: !delta.vec<value>,
        apply_factor_value: !delta.vec<value>))";

const char *const AggregateTest::scoresBody = R"(
  %0 = wy.scores rows(%q : $k) columns(%k : $k) gate(log %g : $n)
    diagonal(%d : $n) after_product -> $p
  %1 = wy.scores rows(%q : $k) columns(%k : $k) gate(factor %f : $n)
    after_product -> $p
  %2 = wy.scores rows(%q : $k) columns(%k : $k) gate(log %gk : $k)
    diagonal(%d : $n) dyadic -> $p
  %3 = wy.scores rows(%q : $k) columns(%k : $k) gate(factor %fk : $k)
    dyadic -> $p
  %4 = wy.scores rows(%q : $k) columns(%k : $k) gate(log %g : $n)
    diagonal(%d : $n) dyadic -> $p
  %5 = wy.scores rows(%q, %k : $k, $k) columns(%k, %q : $k, $k)
    gate(factor %c0, %c1, %c2, %c3 : $k, $k, $k, $k)
    diagonal(%d : $n) dyadic -> $p
  %6 = wy.scores rows(%q, %k, %q : $k, $k, $k) columns(%k, %q, %k : $k, $k, $k)
    gate(factor %h, %z, %h, %z, %h, %h, %z, %z, %h
         : $n, $n, $n, $n, $n, $n, $n, $n, $n) dyadic -> $p
  %7 = wy.scores rows(%q : $k) columns(%k : $k) diagonal(%d : $n)
    ungated -> $p
  %o0 = wy.apply %0, %v : $p, $v
  %o1 = wy.apply %1, %v : $p, $v
  %o2 = wy.apply %2, %v : $p, $v
  %o3 = wy.apply %3, %v : $p, $v
  %o4 = wy.apply %4, %v : $p, $v
  %o5 = wy.apply %5, %v : $p, $v
  %o6 = wy.apply %6, %v : $p, $v
  %o7 = wy.apply %7, %v gate(log %g : $n) : $p, $v
  %o8 = wy.apply %7, %v gate(factor %f : $n) : $p, $v
  %o9 = wy.apply %7, %v gate(log %gv : $v) : $p, $v
  %o10 = wy.apply %7, %v gate(factor %fv : $v) : $p, $v
  wy.yield %S, %o0, %o1, %o2, %o3, %o4, %o5, %o6, %o7, %o8, %o9, %o10
    : $s, $v, $v, $v, $v, $v, $v, $v, $v, $v, $v, $v)";

const char *const AggregateTest::systemsSignature = R"(
    v_heads(%a0: !delta.vec<key>, %a1: !delta.vec<key>, %a2: !delta.vec<key>,
            %a3: !delta.vec<key>, %x0: !delta.vec<key>, %x1: !delta.vec<key>,
            %x2: !delta.vec<key>, %x3: !delta.vec<key>,
            %v: !delta.vec<value>, %w: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> (none: !delta.vec<value>, one: !delta.vec<value>,
        two: !delta.vec<value>, two1: !delta.vec<value>,
        three: !delta.vec<value>, three1: !delta.vec<value>,
        three2: !delta.vec<value>, four: !delta.vec<value>,
        four1: !delta.vec<value>, four2: !delta.vec<value>,
        four3: !delta.vec<value>))";

// Of two writes a pair has two scores, of three only the first sees the third.
const char *const AggregateTest::systemsBody = R"(
  %N00 = wy.scores rows(%a0 : $k) columns(%x0 : $k) gate(log %g : $n)
    after_product -> $p
  %N01 = wy.scores rows(%a0 : $k) columns(%x1 : $k) ungated -> $p
  %N02 = wy.scores rows(%a0 : $k) columns(%x2 : $k) ungated -> $p
  %N03 = wy.scores rows(%a0 : $k) columns(%x3 : $k) ungated -> $p
  %N10 = wy.scores rows(%a1 : $k) columns(%x0 : $k) ungated -> $p
  %N11 = wy.scores rows(%a1 : $k) columns(%x1 : $k) ungated -> $p
  %N12 = wy.scores rows(%a1 : $k) columns(%x2 : $k) ungated -> $p
  %N13 = wy.scores rows(%a1 : $k) columns(%x3 : $k) ungated -> $p
  %N20 = wy.scores rows(%a2 : $k) columns(%x0 : $k) ungated -> $p
  %N21 = wy.scores rows(%a2 : $k) columns(%x1 : $k) ungated -> $p
  %N22 = wy.scores rows(%a2 : $k) columns(%x2 : $k) ungated -> $p
  %N30 = wy.scores rows(%a3 : $k) columns(%x0 : $k) ungated -> $p
  %N33 = wy.scores rows(%a3 : $k) columns(%x3 : $k) ungated -> $p
  %y = wy.solve rhs(%v : $v) terms [] -> $v
  %y0 = wy.solve rhs(%v : $v) scores(%N00 : $p) terms [[0, 0]] -> $v
  %z:2 = wy.solve rhs(%v, %w : $v, $v)
    scores(%N00, %N11, %N10, %N22, %N01 : $p, $p, $p, $p, $p)
    terms [[0, 0], [1, 1], [1, 0], [1, 1], [0, 1]] -> $v, $v
  %u:3 = wy.solve rhs(%v, %w, %v : $v, $v, $v)
    scores(%N22, %N00, %N10, %N11, %N02 : $p, $p, $p, $p, $p)
    terms [[2, 2], [0, 0], [1, 0], [1, 1], [0, 2]] -> $v, $v, $v
  %x:4 = wy.solve rhs(%v, %w, %w, %v : $v, $v, $v, $v)
    scores(%N00, %N01, %N02, %N03, %N10, %N11, %N12, %N13, %N20, %N21, %N22,
           %N30, %N33 : $p, $p, $p, $p, $p, $p, $p, $p, $p, $p, $p, $p, $p)
    terms [[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1], [1, 2], [1, 3],
           [2, 0], [2, 1], [2, 2], [3, 0], [3, 3]] -> $v, $v, $v, $v
  wy.yield %S, %y, %y0, %z#0, %z#1, %u#0, %u#1, %u#2, %x#0, %x#1, %x#2, %x#3
    : $s, $v, $v, $v, $v, $v, $v, $v, $v, $v, $v, $v)";

void AggregateTest::draw(int64_t tokens, uint64_t seed) {
  reference::Random random(seed);
  // Only what the graph takes.
  auto isTaken = [&](StringRef name) {
    for (unsigned i = 0, e = scan.getGraph().getNumArguments(); i < e; ++i)
      if (scan.getArgName(i) == name)
        return true;
    return false;
  };
  auto tensor = [&](StringRef name, int64_t width,
                    function_ref<double()> number) {
    if (!isTaken(name))
      return;
    std::vector<double> elements(tokens * width);
    for (double &element : elements)
      element = number();
    std::vector<int64_t> shape = {1, tokens, 1};
    if (width > 1)
      shape.push_back(width);
    set(name, shape, elements);
  };
  auto units = [&](StringRef name, double length) {
    std::vector<double> elements;
    for (int64_t t = 0; t < tokens; ++t) {
      double vector[kGraphKey], norm = 0;
      for (double &x : vector) {
        x = random.normal();
        norm += x * x;
      }
      for (double x : vector)
        elements.push_back(length * x / std::sqrt(norm));
    }
    if (isTaken(name))
      set(name, {1, tokens, 1, kGraphKey}, elements);
    return elements;
  };
  auto normal = [&] { return random.normal(); };
  auto log = [&] {
    double kind = random.unit();
    if (kind < 0.06)
      return kind < 0.02 ? -HUGE_VAL : kind < 0.04 ? -1e3 : 0;
    return -3 * kind * kind;
  };
  auto factor = [&] {
    double kind = random.unit();
    return kind < 0.04 ? 0 : kind < 0.3 ? -kind : random.unit();
  };
  auto entry = [&] {
    return random.unit() < 0.1 ? 0 : random.uniform(-0.5, 0.5);
  };
  drop("initial_state");
  for (const char *name : {"q", "k"})
    units(name, 1);
  // A token's corrections together do not grow a state.
  for (int64_t m = 0; m < 4; ++m) {
    std::vector<double> x = units(("x" + Twine(m)).str(), 1);
    for (double &element : x)
      element *= -0.5;
    if (isTaken("a0"))
      set(("a" + Twine(m)).str(), {1, tokens, 1, kGraphKey}, x);
  }
  for (const char *name : {"v", "w"})
    tensor(name, kGraphValue, normal);
  tensor("d", 1, normal);
  tensor("g", 1, log);
  tensor("gk", kGraphKey, log);
  tensor("gv", kGraphValue, log);
  tensor("f", 1, factor);
  tensor("fk", kGraphKey, factor);
  tensor("fv", kGraphValue, factor);
  for (const char *name : {"c0", "c1", "c2", "c3"})
    tensor(name, kGraphKey, entry);
  for (const char *name : {"h", "z"})
    tensor(name, 1, entry);
}
