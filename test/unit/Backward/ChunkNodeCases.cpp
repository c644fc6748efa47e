//===- ChunkNodeCases.cpp - graphs that use each node ---------------------===//

#include "test/unit/Backward/ChunkNodeCases.h"

using namespace llvm;
using namespace sluice::test;

static constexpr ChunkNodeCase kCases[] = {
    //===------------------------------------------------------------------===//
    // Token by token
    //===------------------------------------------------------------------===//
    {"wy.tokens", "Constants", "sks", R"(
      %A = wy.accumulate all log %gk : !k -> !K
      %B = wy.accumulate all factor %fs : !s -> !n
      %o0, %o1, %unused = wy.tokens(
          %x: !delta.vec<key> = %ak : !k, %m: !delta.scalar = %ms : !s,
          %c: !delta.vec<key> = %ck : !K, %d: !delta.scalar = %cs : !n,
          %e: !delta.vec<key> = %A : !K, %f: !delta.scalar = %B : !n,
          %v: !delta.vec<value> = %cv : !V) -> (!s, !k, !s) {
        %0 = delta.mul %x, %c
        %1 = delta.dot %0, %e
        %2 = delta.mul %m, %d
        %3 = delta.mul %2, %f
        %4 = delta.add %1, %3
        %5 = delta.reduce sum %v
        %6 = delta.mul %4, %5
        %7 = delta.sigmoid %x
        %8 = delta.mul %7, %d
        wy.yield %6, %8, %m : !delta.scalar, !delta.vec<key>, !delta.scalar
      }
      %o2 = wy.tokens(%d: !delta.scalar = %cs : !n) -> !s {
        wy.yield %d : !delta.scalar
      })"},
    {"wy.sum", "TokensPairsConstants", "kv", R"(
      %o0 = wy.sum %ak, %xk, %ak : !k
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) diagonal(%ms : !s)
          ungated -> !p
      %B = wy.scores rows(%bk : !k) columns(%yk : !k) ungated -> !p
      %C = wy.sum %A, %B, %A : !p
      %o1 = wy.apply %C, %uv : !p, !v
      %d = wy.accumulate all log %gk : !k -> !K
      %e = wy.accumulate all factor %fk : !k -> !K
      %f = wy.sum %d, %e, %e : !K
      %T = wy.update states(%S : !S) decays(%f : !K) -> !S)"},

    //===------------------------------------------------------------------===//
    // Products of gates
    //===------------------------------------------------------------------===//
    {"wy.accumulate", "Logs", "kvsksv", R"(
      %o0 = wy.accumulate before log %gk : !k -> !k
      %o1 = wy.accumulate after log %gv : !v -> !v
      %o2 = wy.accumulate after log %gs : !s -> !s
      %o3 = wy.accumulate after block(2) log %gk : !k -> !k
      %o4 = wy.accumulate before block(3) log %gs : !s -> !s
      %0 = wy.accumulate before block(2) log %gv : !v -> !v
      %o5 = wy.accumulate before block(4) log %gv from(%0 : !v) : !v -> !v
      %A = wy.accumulate all log %gk : !k -> !K
      %B = wy.accumulate all log %gs : !s -> !n
      %C = wy.accumulate all log %gv : !v -> !V
      %R = wy.update states(%S : !S) decays(%A : !K) value_decays(%C : !V) -> !S
      %T = wy.update states(%R : !S) decays(%B : !n) -> !S)"},
    {"wy.accumulate", "Factors", "kvsksk", R"(
      %o0 = wy.accumulate before factor %fk : !k -> !k
      %o1 = wy.accumulate after factor %fv : !v -> !v
      %o2 = wy.accumulate before factor %fs : !s -> !s
      %o3 = wy.accumulate before block(2) factor %fk : !k -> !k
      %o4 = wy.accumulate after block(3) factor %fs : !s -> !s
      %0 = wy.accumulate after block(2) factor %fk : !k -> !k
      %o5 = wy.accumulate after block(4) factor %fk from(%0 : !k) : !k -> !k
      %A = wy.accumulate all factor %fk : !k -> !K
      %B = wy.accumulate all factor %fs : !s -> !n
      %C = wy.accumulate all factor %fv : !v -> !V
      %R = wy.update states(%S : !S) decays(%A : !K) value_decays(%C : !V) -> !S
      %T = wy.update states(%R : !S) decays(%B : !n) -> !S)"},
    {"wy.accumulate", "MatricesOfNumbers", "sssss", R"(
      %o0, %o1, %q, %r = wy.accumulate before factor %fs, %es, %hs, %js
          : !s, !s, !s, !s -> !s, !s, !s, !s
      %u, %o2, %o3, %w = wy.accumulate after block(2) factor %fs, %es, %hs, %js
          : !s, !s, !s, !s -> !s, !s, !s, !s
      %a, %b, %c, %o4 = wy.accumulate before block(3) factor %es, %js, %fs, %hs
          : !s, !s, !s, !s -> !s, !s, !s, !s
      %A, %B, %C, %D = wy.accumulate all factor %fs, %es, %hs, %js
          : !s, !s, !s, !s -> !n, !n, !n, !n
      %T = wy.update states(%S, %M : !S, !S) decays(%A, %B : !n, !n) -> !S
      %N = wy.update states(%S, %M : !S, !S) decays(%C, %D : !n, !n) -> !S)"},
    {"wy.accumulate", "MatricesOfVectors", "kkk", R"(
      %o0, %p, %q, %o1 = wy.accumulate after factor %fk, %ek, %hk, %jk
          : !k, !k, !k, !k -> !k, !k, !k, !k
      %u, %v, %o2, %w = wy.accumulate before block(2) factor %fk, %ek, %hk, %jk
          : !k, !k, !k, !k -> !k, !k, !k, !k
      %A, %B, %C, %D = wy.accumulate all factor %fk, %ek, %hk, %jk
          : !k, !k, !k, !k -> !K, !K, !K, !K
      %T = wy.update states(%S, %M : !S, !S) decays(%A, %B : !K, !K) -> !S
      %N = wy.update states(%S, %M : !S, !S) decays(%C, %D : !K, !K) -> !S)"},

    //===------------------------------------------------------------------===//
    // Between tokens
    //===------------------------------------------------------------------===//
    {"wy.scores", "MasksAndDiagonals", "vvvvk", R"(
      %A = wy.scores rows(%ak, %bk : !k, !k) columns(%xk, %yk : !k, !k)
          diagonal(%ms : !s) ungated -> !p
      %o0 = wy.apply %A, %uv : !p, !v
      %B = wy.scores rows(%ak : !k) columns(%xk : !k) mask(<pairs 2>)
          ungated -> !p
      %o1 = wy.apply %B, %uv : !p, !v
      %C = wy.scores rows(%bk : !k) columns(%bk : !k) diagonal(%ns : !s)
          mask(<inside 2>) ungated -> !p
      %o2 = wy.apply %C, %wv : !p, !v
      %D = wy.scores rows(%ak : !k) columns(%yk : !k) diagonal(%ms : !s)
          mask(<pairs 0>) ungated -> !p
      %o3 = wy.apply %D, %wv : !p, !v
      %E = wy.scores rows(%uv : !v) columns(%wv : !v) mask(<pairs 1>)
          ungated -> !p
      %o4 = wy.apply %E, %ak : !p, !k)"},
    {"wy.scores", "GatesOfLogs", "vvvvvk", R"(
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) gate(log %gs : !s)
          diagonal(%ms : !s) after_product -> !p
      %o0 = wy.apply %A, %uv : !p, !v
      %B = wy.scores rows(%bk : !k) columns(%yk : !k) gate(log %gk : !k)
          diagonal(%ns : !s) dyadic -> !p
      %o1 = wy.apply %B, %uv : !p, !v
      %C = wy.scores rows(%ak : !k) columns(%yk : !k) gate(log %gk : !k)
          bound(<-2.0, 0.0>) shifted -> !p
      %o2 = wy.apply %C, %wv : !p, !v
      %D = wy.scores rows(%bk : !k) columns(%xk : !k) gate(log %gk : !k)
          mask(<inside 2>) pairwise -> !p
      %o3 = wy.apply %D, %wv : !p, !v
      %E = wy.scores rows(%ak : !k) columns(%xk : !k) gate(log %gs : !s)
          dyadic -> !p
      %o4 = wy.apply %E, %uv : !p, !v
      %F = wy.scores rows(%uv : !v) columns(%wv : !v) gate(log %gv : !v)
          pairwise -> !p
      %o5 = wy.apply %F, %ak : !p, !k)"},
    {"wy.scores", "GatesOfFactors", "vvvvv", R"(
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) gate(factor %fs : !s)
          diagonal(%ms : !s) after_product -> !p
      %o0 = wy.apply %A, %uv : !p, !v
      %B = wy.scores rows(%bk : !k) columns(%yk : !k) gate(factor %fk : !k)
          dyadic -> !p
      %o1 = wy.apply %B, %uv : !p, !v
      %C = wy.scores rows(%ak : !k) columns(%yk : !k) gate(factor %pk : !k)
          diagonal(%ns : !s) bound(<0.2, 1.0>) shifted -> !p
      %o2 = wy.apply %C, %wv : !p, !v
      %D = wy.scores rows(%bk : !k) columns(%xk : !k) gate(factor %fk : !k)
          diagonal(%ns : !s) mask(<inside 4>) pairwise -> !p
      %o3 = wy.apply %D, %wv : !p, !v
      %E = wy.scores rows(%ak : !k) columns(%xk : !k) gate(factor %ps : !s)
          bound(<0.2, 1.0>) shifted -> !p
      %o4 = wy.apply %E, %uv : !p, !v)"},
    {"wy.scores", "MatricesOfGates", "vv", R"(
      %A = wy.scores rows(%ak, %bk : !k, !k) columns(%xk, %yk : !k, !k)
          gate(factor %fs, %es, %hs, %js : !s, !s, !s, !s) diagonal(%ms : !s)
          dyadic -> !p
      %o0 = wy.apply %A, %uv : !p, !v
      %B = wy.scores rows(%ak, %yk : !k, !k) columns(%xk, %bk : !k, !k)
          gate(factor %fk, %ek, %hk, %jk : !k, !k, !k, !k) pairwise -> !p
      %o1 = wy.apply %B, %wv : !p, !v)"},
    {"wy.apply", "MasksAndGates", "vvvvvvvk", R"(
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) diagonal(%ms : !s)
          ungated -> !p
      %o0 = wy.apply %A, %uv mask(<pairs 2>) : !p, !v
      %o1 = wy.apply %A, %uv mask(<inside 2>) : !p, !v
      %o2 = wy.apply %A, %wv mask(<pairs 0>) : !p, !v
      %o3 = wy.apply %A, %uv gate(log %gv : !v) : !p, !v
      %o4 = wy.apply %A, %wv gate(log %gs : !s) : !p, !v
      %o5 = wy.apply %A, %wv gate(factor %fv : !v) mask(<inside 4>) : !p, !v
      %o6 = wy.apply %A, %uv gate(factor %fs : !s) mask(<inside 2>) : !p, !v
      %o7 = wy.apply %A, %bk gate(factor %fs : !s) : !p, !k)"},
    {"wy.solve", "SeveralUnknowns", "vvk", R"(
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) diagonal(%ms : !s)
          ungated -> !p
      %B = wy.scores rows(%bk : !k) columns(%yk : !k) ungated -> !p
      %o0, %o1 = wy.solve rhs(%uv, %wv : !v, !v)
          scores(%A, %B, %A, %B : !p, !p, !p, !p)
          terms [[0, 0], [0, 1], [1, 0], [1, 1]] -> !v, !v
      %C = wy.scores rows(%uv : !v) columns(%wv : !v) ungated -> !p
      %o2 = wy.solve rhs(%ak : !k) scores(%C : !p) terms [[0, 0]] -> !k)"},
    {"wy.solve", "WeightsAndGatesOfLogs", "v", R"(
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) ungated -> !p
      %B = wy.scores rows(%bk : !k) columns(%yk : !k) ungated -> !p
      %o0, %unused = wy.solve rhs(%uv, %wv : !v, !v)
          scores(%A, %B, %A, %B : !p, !p, !p, !p)
          weights [0, 2](%wv, %uv : !v, !v) gates [0, 1](log %gv, %gs : !v, !s)
          terms [[0, 0], [0, 1], [1, 0], [1, 1]] -> !v, !v)"},
    {"wy.solve", "WeightsAndGatesOfFactors", "vk", R"(
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) ungated -> !p
      %o0 = wy.solve rhs(%uv : !v) scores(%A, %A : !p, !p)
          weights [1](%wv : !v) gates [0, 1](factor %fs, %fv : !s, !v)
          terms [[0, 0], [0, 0]] -> !v
      %B = wy.scores rows(%uv : !v) columns(%wv : !v) ungated -> !p
      %o1 = wy.solve rhs(%bk : !k) scores(%B : !p) gates [0](factor %fk : !k)
          terms [[0, 0]] -> !k)"},

    //===------------------------------------------------------------------===//
    // Pairs of tokens
    //===------------------------------------------------------------------===//
    {"wy.decays", "LogsAndFactors", "vv", R"(
      %A = wy.decays log %gs : !s -> !p
      %o0 = wy.apply %A, %uv : !p, !v
      %B = wy.decays factor %fs : !s -> !p
      %o1 = wy.apply %B, %uv : !p, !v)"},
    {"wy.scale", "MatricesRowsAndColumns", "vvvv", R"(
      %A = wy.scores rows(%ak : !k) columns(%xk : !k) diagonal(%ms : !s)
          ungated -> !p
      %B = wy.scores rows(%bk : !k) columns(%yk : !k) diagonal(%ns : !s)
          ungated -> !p
      %D = wy.decays log %gs : !s -> !p
      %E = wy.decays factor %fs : !s -> !p
      %0 = wy.scale %A by(%D : !p) rows(%ns : !s) columns(%hs : !s) : !p
      %o0 = wy.apply %0, %uv : !p, !v
      %1 = wy.scale %A by(%B, %E : !p, !p) : !p
      %o1 = wy.apply %1, %uv : !p, !v
      %2 = wy.scale %B columns(%ms : !s) : !p
      %o2 = wy.apply %2, %wv : !p, !v
      %3 = wy.scale %A by(%D, %E : !p, !p) rows(%ms : !s) : !p
      %o3 = wy.apply %3, %wv : !p, !v)"},

    //===------------------------------------------------------------------===//
    // States
    //===------------------------------------------------------------------===//
    {"wy.read", "LeftAndRight", "vkv", R"(
      %o0 = wy.read left %S, %ak : !S, !k -> !v
      %o1 = wy.read right %S, %uv : !S, !v -> !k
      %o2 = wy.read left %M, %ak : !S, !k -> !v
      %0 = wy.read left %M, %xk : !S, !k -> !v
      %T = wy.update states(%S : !S) writes(%xk, %0 : !k, !v) -> !S)"},
    {"wy.update", "StatesAndDecays", "v", R"(
      %A = wy.accumulate all log %gk : !k -> !K
      %B = wy.accumulate all factor %fs : !s -> !n
      %C = wy.accumulate all log %gv : !v -> !V
      %D = wy.accumulate all factor %fk : !k -> !K
      %o0 = wy.read left %S, %ak : !S, !k -> !v
      %T = wy.update states(%S, %M : !S, !S) decays(%A, %B : !K, !n)
          value_decays(%C : !V) writes(%xk, %uv, %yk, %wv : !k, !v, !k, !v) -> !S
      %R = wy.update states(%M, %S : !S, !S) decays(%B, %D : !n, !K)
          value_decays(%B : !n) -> !S
      %N = wy.update states(%R, %R, %S : !S, !S, !S) writes(%ak, %uv : !k, !v)
          -> !S)"},
    {"wy.update", "WritesAlone", "", R"(
      %C = wy.accumulate all factor %fv : !v -> !V
      %T = wy.update writes(%xk, %uv, %xk, %wv : !k, !v, !k, !v) -> !S
      %N = wy.update states(%S : !S) value_decays(%C : !V) -> !S)"},
};

ArrayRef<ChunkNodeCase> sluice::test::getChunkNodeCases() { return kCases; }
