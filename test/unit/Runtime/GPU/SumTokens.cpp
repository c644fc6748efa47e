//===- SumTokens.cpp - A kernel by hand, and what it computes -------------===//

#include "test/unit/Runtime/GPU/SumTokens.h"

#include "gtest/gtest.h"
#include <numeric>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::test;

static constexpr StringLiteral kSumTokens = R"(.version 8.0
.target sm_80
.address_size 64

.visible .entry sum_tokens(
  .param .u64 x, .param .u64 x0, .param .u64 x1, .param .u64 x2,
  .param .u64 i, .param .u64 i0, .param .u64 i1, .param .u64 i2,
  .param .u64 o, .param .u64 o0, .param .u64 o1, .param .u64 o2,
  .param .u64 f, .param .u64 f0, .param .u64 f1, .param .u64 f2,
  .param .f32 scale, .param .u64 T, .param .u64 HV, .param .u64 V,
  .param .u64 sequences)
{
  .reg .pred %p;
  .reg .b32 %r;
  .reg .f32 %sum, %token, %scale;
  .reg .b64 %n, %h, %v, %a, %b, %begin, %end, %x, %xstep, %o, %ostep;

  mov.u32 %r, %tid.x;
  cvt.u64.u32 %v, %r;
  ld.param.u64 %a, [V];
  setp.ge.u64 %p, %v, %a;
  @%p bra done;
  mov.u32 %r, %ctaid.x;
  cvt.u64.u32 %a, %r;
  ld.param.u64 %b, [HV];
  div.u64 %n, %a, %b;
  rem.u64 %h, %a, %b;

  // Tokens of the sequence, through all rows.
  ld.param.u64 %a, [T];
  mul.lo.u64 %begin, %n, %a;
  add.u64 %end, %begin, %a;
  ld.param.u64 %a, [sequences];
  setp.eq.u64 %p, %a, 0;
  @%p bra places;
  mad.lo.u64 %a, %n, 8, %a;
  ld.global.u64 %begin, [%a];
  ld.global.u64 %end, [%a + 8];

places:
  ld.param.u64 %a, [x2];
  mad.lo.u64 %a, %h, %a, %v;
  ld.param.u64 %xstep, [x1];
  mad.lo.u64 %a, %begin, %xstep, %a;
  ld.param.u64 %x, [x];
  mad.lo.u64 %x, %a, 4, %x;
  mul.lo.u64 %xstep, %xstep, 4;
  ld.param.u64 %a, [o2];
  mad.lo.u64 %a, %h, %a, %v;
  ld.param.u64 %ostep, [o1];
  mad.lo.u64 %a, %begin, %ostep, %a;
  ld.param.u64 %o, [o];
  mad.lo.u64 %o, %a, 4, %o;
  mul.lo.u64 %ostep, %ostep, 4;

  mov.f32 %sum, 0f00000000;
  ld.param.u64 %b, [i];
  setp.eq.u64 %p, %b, 0;
  @%p bra tokens;
  ld.param.u64 %a, [i0];
  mad.lo.u64 %v, %n, %a, %v;
  ld.param.u64 %a, [i1];
  mad.lo.u64 %v, %h, %a, %v;
  mad.lo.u64 %b, %v, 4, %b;
  ld.global.f32 %sum, [%b];
  mov.u32 %r, %tid.x;
  cvt.u64.u32 %v, %r;

tokens:
  ld.param.f32 %scale, [scale];
loop:
  setp.ge.u64 %p, %begin, %end;
  @%p bra final;
  ld.global.f32 %token, [%x];
  fma.rn.f32 %sum, %sum, %scale, %token;
  st.global.f32 [%o], %sum;
  add.u64 %x, %x, %xstep;
  add.u64 %o, %o, %ostep;
  add.u64 %begin, %begin, 1;
  bra loop;

final:
  ld.param.u64 %a, [f0];
  mad.lo.u64 %v, %n, %a, %v;
  ld.param.u64 %a, [f1];
  mad.lo.u64 %v, %h, %a, %v;
  ld.param.u64 %b, [f];
  mad.lo.u64 %b, %v, 4, %b;
  st.global.f32 [%b], %sum;
done:
  ret;
}
)";

std::string test::getSumTokensPTX(StringRef from, StringRef to) {
  std::string text = kSumTokens.str();
  if (from.empty())
    return text;
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from.str();
  return text.replace(at, from.size(), to);
}

Artifact test::getSumTokens(std::string ptx) {
  using Space = TensorRef::Space;
  using Kind = KernelArgument::Kind;
  auto parse = [](StringRef text) { return cantFail(Expression::parse(text)); };
  Artifact artifact;
  artifact.signature.name = "sum_tokens";
  artifact.signature.takesScale = true;
  artifact.signature.arguments = {{"x", ArgumentKind::VHeads, {"V"}, {}},
                                  {"S", ArgumentKind::State, {"K", "V"}, {}}};
  artifact.signature.outputs = {{"o", ArgumentKind::VHeads, {"V"}}};
  artifact.argumentTypes = {io::DType::F32, io::DType::F32};
  artifact.resources.target = "sm_80";
  auto plain = [](Kind kind) {
    return Parameter{kind, io::DType::F32, {}, 0, 0};
  };
  auto tensor = [](SymbolicShape shape) {
    return Parameter{Kind::Tensor, io::DType::F32, std::move(shape), 0, 0};
  };
  artifact.codes = {
      {Code::Format::PTX,
       {ptx.begin(), ptx.end()},
       {tensor({"B", "T", "HV", "V"}), tensor({"N", "HV", "K", "V"}),
        tensor({"B", "T", "HV", "V"}), tensor({"N", "HV", "K", "V"}),
        plain(Kind::Scale), plain(Kind::Size), plain(Kind::Size),
        plain(Kind::Size), plain(Kind::Sequences)}}};
  KernelLaunch launch{0, "sum_tokens", {parse("N * HV"), 1, 1}, false, {}};
  launch.blockThreads = 32;
  auto add = [&](Kind kind, TensorRef tensor = {}, Expression size = 0) {
    launch.arguments.push_back({kind, tensor, 0, std::move(size)});
  };
  add(Kind::Tensor, {Space::Input, 0});
  add(Kind::Tensor, {Space::Input, 1});
  add(Kind::Tensor, {Space::Output, 0});
  add(Kind::Tensor, {Space::Final, 0});
  add(Kind::Scale);
  for (StringRef size : {"T", "HV", "V"})
    add(Kind::Size, {}, parse(size));
  add(Kind::Sequences);
  artifact.plan.launches.emplace_back(std::move(launch));
  return artifact;
}

static io::TensorView view(std::vector<float> &numbers,
                           ArrayRef<int64_t> shape) {
  return {io::DType::F32,
          {shape.begin(), shape.end()},
          {reinterpret_cast<const uint8_t *>(numbers.data()),
           numbers.size() * sizeof(float)}};
}

SumTokensProblem::SumTokensProblem(const Shape &shape) {
  auto [rows, tokens, heads, width, lengths, initialState] = shape;
  int64_t states = rows;
  for (int64_t row = 0; lengths.empty() && row < rows; ++row)
    problem.sequences.push_back({row, 0, tokens});
  if (!lengths.empty()) {
    states = static_cast<int64_t>(lengths.size());
    tokens = 0;
    for (int64_t length : lengths) {
      problem.sequences.push_back({0, tokens, tokens + length});
      tokens += length;
    }
  }
  problem.signature = getSumTokens().signature;
  problem.sizes = {{"B", rows},   {"T", tokens}, {"H", heads}, {"HV", heads},
                   {"N", states}, {"K", 1},      {"V", width}};
  problem.scale = 0.5;
  x.resize(rows * tokens * heads * width);
  state.resize(states * heads * width);
  std::iota(x.begin(), x.end(), 1);
  std::iota(state.begin(), state.end(), -10);
  problem.args = {view(x, {rows, tokens, heads, width}), {}};
  if (initialState)
    problem.args[1] = view(state, {states, heads, 1, width});
}

/// Visits every state after each token, and after the last, by where they are.
template <typename Visit> void SumTokensProblem::forEach(Visit visit) const {
  int64_t heads = problem.sizes["HV"], width = problem.sizes["V"];
  for (auto [n, sequence] : enumerate(problem.sequences))
    for (int64_t i = 0; i < heads * width; ++i) {
      int64_t place = static_cast<int64_t>(n) * heads * width + i;
      float sum = problem.hasInitialState(1) ? state[place] : 0;
      for (int64_t t = sequence.begin; t < sequence.end; ++t) {
        int64_t token =
            (sequence.batch * problem.sizes["T"] + t) * heads * width + i;
        sum = sum * 0.5F + x[token];
        visit(token, sum, /*isFinal=*/false);
      }
      visit(place, sum, /*isFinal=*/true);
    }
}

std::vector<float> SumTokensProblem::getOutputs() const {
  std::vector<float> outputs(x.size());
  forEach([&](int64_t place, float sum, bool isFinal) {
    if (!isFinal)
      outputs[place] = sum;
  });
  return outputs;
}

std::vector<float> SumTokensProblem::getFinals() const {
  std::vector<float> finals(state.size());
  forEach([&](int64_t place, float sum, bool isFinal) {
    if (isFinal)
      finals[place] = sum;
  });
  return finals;
}

std::vector<float> test::toVector(const OwnedTensor &tensor) {
  std::vector<float> numbers(tensor.view().numElements());
  for (auto [i, number] : enumerate(numbers))
    number = static_cast<float>(tensor.load(static_cast<int64_t>(i)));
  return numbers;
}
