//===- ArtifactTest.cpp - Artifacts and their files -----------------------===//

#include "lib/Runtime/Artifact.h"
#include "lib/IO/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SHA256.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static Expression parse(StringRef text) {
  return cantFail(Expression::parse(text));
}

/// One of everything that a plan can hold.
static Artifact makeArtifact() {
  using Space = TensorRef::Space;
  using Kind = KernelArgument::Kind;
  Artifact artifact;
  artifact.signature.name = "made";
  artifact.signature.takesScale = true;
  artifact.signature.arguments = {
      {"k", ArgumentKind::QKHeads, {"K"}, {}},
      {"g", ArgumentKind::VHeads, {}, NumberRange{-INFINITY, 0.25}},
      {"A", ArgumentKind::Params, {}, {}},
      {"S", ArgumentKind::State, {"K", "V"}, {}}};
  artifact.signature.outputs = {{"o", ArgumentKind::VHeads, {"V"}},
                                {"dA", ArgumentKind::Params, {}}};
  artifact.plan.segmentTokens = 64;
  std::vector<Expression> matrices{parse("G"), parse("HV"), 4, 4};
  artifact.plan.workspaces = {
      {"written", io::DType::F32, matrices, Workspace::Fill::None},
      {"identity", io::DType::F32, matrices, Workspace::Fill::Identity},
      {"dA of tokens",
       io::DType::F32,
       {parse("B"), parse("T"), parse("HV")},
       Workspace::Fill::Zeros},
      {"channel",
       io::DType::BF16,
       {parse("ceildiv(B * T, 16) + N"), parse("HV"), 16, 16},
       Workspace::Fill::None}};
  TensorRef written{Space::Workspace, 0}, moved{Space::Workspace, 1};
  artifact.plan.launches = {
      KernelLaunch{1,
                   "entry",
                   {parse("G"), parse("HV"), 2},
                   true,
                   {{Kind::Tensor, {Space::Input, 0}, 0},
                    {Kind::Tensor, {Space::Input, 3}, 0},
                    {Kind::Tensor, {Space::Output, 0}, 0},
                    {Kind::Tensor, written, 0},
                    {Kind::Scratch, {}, 100},
                    {Kind::Task, {}, 0},
                    {Kind::Present, {}, 0},
                    {Kind::Present, {Space::Input, 3}, 0},
                    {Kind::Scale, {}, 0}}},
      KernelLaunch{2,
                   "step",
                   {parse("N * HV"), 1, 1},
                   false,
                   {{Kind::Tensor, {Space::Input, 1}, 0},
                    {Kind::Scale, {}, 0},
                    {Kind::Size, {}, 0, parse("ceildiv(T, 16)")},
                    {Kind::Sequences, {}, 0},
                    {Kind::Tensor, {Space::Workspace, 3}, 0}},
                   128,
                   8192},
      SegmentJoin{{{{Space::Input, 3},
                    {Space::Final, 0},
                    {},
                    written,
                    {{0, moved, SegmentJoin::Kind::Right}}}}},
      KernelLaunch{0,
                   "entry",
                   {parse("N"), parse("HV"), 1},
                   false,
                   {{Kind::Tensor, {Space::Input, 2}, 0},
                    {Kind::Tensor, {Space::Final, 0}, 0}}},
      OutputSum{{Space::Workspace, 2}, 1}};
  Parameter state{Kind::Tensor, io::DType::F32, {"N", "HV", "4", "4"}, 0, 0};
  artifact.codes = {
      {Code::Format::Object,
       {1, 2, 3},
       {{Kind::Tensor, io::DType::F32, {"HV"}, 0, 0}, state}},
      {Code::Format::Object,
       {},
       {{Kind::Tensor, io::DType::BF16, {"B", "T", "H", "4"}, 0, 0},
        state,
        {Kind::Tensor, io::DType::BF16, {"B", "T", "HV", "4"}, 0, 0},
        state,
        {Kind::Scratch, io::DType::F32, {}, 90, 0},
        {Kind::Task, io::DType::F32, {}, 0, 0},
        {Kind::Present, io::DType::F32, {}, 0, 1},
        {Kind::Present, io::DType::F32, {}, 0, 1},
        {Kind::Scale, io::DType::F32, {}, 0, 0}}},
      {Code::Format::PTX,
       {'.', 'v'},
       {{Kind::Tensor, io::DType::F32, {"B", "T", "HV"}, 0, 0},
        {Kind::Scale, io::DType::F32, {}, 0, 0},
        {Kind::Size, io::DType::F32, {}, 0, 0},
        {Kind::Sequences, io::DType::F32, {}, 0, 0},
        {Kind::Tensor,
         io::DType::BF16,
         {"ceildiv(B * T, 16) + N", "HV", "16", "16"},
         0,
         0}}},
      {Code::Format::Cubin, {4}, {}}};
  artifact.argumentTypes = {io::DType::BF16, io::DType::F32, io::DType::F32,
                            io::DType::F32};
  artifact.outputType = io::DType::BF16;
  artifact.sizes = {{"K", 4}, {"V", 4}};
  artifact.resources = {"x86-64-v3", "avx2,fma", 8};
  artifact.key = "0123";
  return artifact;
}

static std::string errorOf(StringRef file) {
  Expected<Artifact> artifact =
      parseArtifact(arrayRefFromStringRef(file), "a.artifact");
  return artifact ? "" : toString(artifact.takeError());
}

TEST(ArtifactFile, IsWhatWasWritten) {
  Artifact artifact = makeArtifact();
  std::string file = serialize(artifact);
  EXPECT_EQ(cantFail(parseArtifact(arrayRefFromStringRef(file), "")), artifact);
  // Also of the same, and again.
  EXPECT_EQ(serialize(cantFail(parseArtifact(arrayRefFromStringRef(file), ""))),
            file);
}

TEST(ArtifactFile, DamageIsFound) {
  std::string file = serialize(makeArtifact());
  for (size_t length = 0; length < file.size(); ++length)
    EXPECT_NE(errorOf(StringRef(file).take_front(length)), "") << length;
  for (size_t i = 0; i < file.size(); ++i) {
    std::string damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    EXPECT_NE(errorOf(damaged), "") << i;
  }
  EXPECT_EQ(errorOf("no"), "a.artifact: is not an artifact of this version: it "
                           "does not begin with SLUICEA1");
  EXPECT_EQ(errorOf(file + "more"),
            "a.artifact: is damaged: its SHA-256 does not match");
}

/// A file with a manifest of any content and the SHA-256 that belongs to it.
static std::string makeFile(StringRef manifest) {
  std::string file("SLUICEA1");
  file.resize(16);
  support::endian::write64le(file.data() + 8, manifest.size());
  file += toStringRef(SHA256::hash(arrayRefFromStringRef(manifest)));
  return file + manifest.str();
}

/// The manifest of makeArtifact(), without code.
static std::string getManifest() {
  Artifact artifact = makeArtifact();
  for (Code &code : artifact.codes)
    code.bytes.clear();
  return serialize(artifact).substr(48);
}

static std::string errorOfManifest(StringRef from, StringRef to) {
  std::string manifest = getManifest();
  size_t at = manifest.find(from);
  EXPECT_NE(at, std::string::npos) << from.str();
  manifest.replace(at, from.size(), to);
  return errorOf(makeFile(manifest));
}

TEST(ArtifactFile, ManifestsOfAnyContentAreRead) {
  EXPECT_EQ(errorOf(makeFile(getManifest())), "");
  for (StringRef text : {"", "[]", "{}", "1", "{\"signature\":1,\"plan\":2}"})
    EXPECT_NE(errorOf(makeFile(text)), "") << text.str();
  EXPECT_EQ(errorOf(makeFile(std::string(100'000, '['))),
            "a.artifact: the manifest nests deeper than 64");
  struct {
    StringRef from, to, error;
  } cases[] = {
      {"\"K\"]", "\"\\n\"]", "expected at most 8 names of axes"},
      {"\"K\"]", "\"G\"]", "expected at most 8 names of axes"},
      {"\"K\":4,", "", "expected a size for every axis of the signature"},
      {"\"name\":\"identity\"", "\"name\":\"written\"",
       "this name is used twice"},
      {"\"f32\",\"fill\":\"zeros\"", "\"f8_e4m3\",\"fill\":\"zeros\"",
       "expected bf16, f16, f32 or f64"},
      {"\"zeros\",\"name\":\"dA of tokens\",\"shape\":[\"B\",\"T\",\"HV\"]",
       "\"zeros\",\"name\":\"dA of tokens\",\"shape\":[]",
       "what is filled has an axis"},
      {"\"segment\":64", "\"segment\":9223372036854775807",
       "expected a number of tokens"},
      {"{\"output\":\"o\"}", "null",
       "expected a tensor, scale, scratch, present, task, size or sequences"},
      {"{\"present\":null}", "{\"present\":{\"input\":\"k\"}}",
       "expected an initial state, a workspace or null"},
      {"\"name\":\"k\"", "\"name\":\"g\"", "this name is used twice"},
      {"\"kind\":\"v_heads\",\"name\":\"o\"",
       "\"kind\":\"state\",\"name\":\"o\"", "an output is not a state"},
      {"\"kind\":\"qk_heads\"", "\"kind\":\"heads\"",
       "expected qk_heads, v_heads, params or state"},
      {"[\"-inf\",0.25]", "[1,0.25]",
       "expected two numbers, \"inf\" or \"-inf\", in order"},
      {"\"code\":1", "\"code\":2",
       "has no block of threads, and its code the format ptx"},
      {"\"code\":1", "\"code\":4", "the plan launches code 4 of 4"},
      {"\"code\":2", "\"code\":0",
       "kernel 'step' has a block of threads, and its code the format object"},
      {"\"block\":128", "\"block\":0", "expected 1 to 1024 threads"},
      {"\"block\":128", "\"block\":1025", "expected 1 to 1024 threads"},
      {"\"block\":128", "\"block\":\"32\"", "expected 1 to 1024 threads"},
      {"{\"scratch\":100},\"task\"", "{\"scratch\":100},\"sequences\"",
       "kernels of a processor take no size and sequences"},
      {"\"shared\":8192", "\"shared\":232449", "expected 1 to 232448 bytes"},
      {"\"shared\":8192", "\"shared\":-1", "expected 1 to 232448 bytes"},
      {"\"code\":1,", "\"code\":1,\"shared\":1,",
       "only blocks of a GPU have shared memory"},
      {"\"code\":1,", "\"code\":1,\"block\":32,",
       "kernels of a GPU take no scratch, task and present"},
      {"{\"size\":\"ceildiv(T, 16)\"}", "{\"size\":\"T +\"}",
       "expected an expression of sizes"},
      {"{\"size\":\"ceildiv(T, 16)\"}", "\"sizes\"",
       "expected task, scale, sequences or an object"},
      {"\"format\":\"ptx\"", "\"format\":\"sass\"",
       "expected object, ptx or cubin"},
      {"\"code\":1", "\"code\":-1",
       "expected an index, below the number of what it counts"},
      {"\"G\",\"HV\",\"2\"", "\"G\",\"HV\"", "expected three expressions"},
      {"\"G\",\"HV\",\"2\"", "\"G\",\"HV\",\"(\"",
       "expected an expression of sizes"},
      {"\"segment\":64", "\"segment\":0", "the plan cuts no sequences"},
      {"{\"output\":\"o\"}", "{\"output\":\"q\"}", "no such tensor"},
      {"{\"input\":\"k\"}", "{\"input\":\"S\"}",
       "an input is not a state; initial and final are states"},
      {"{\"scratch\":100}", "{\"scratch\":-1}",
       "expected a number of elements"},
      {"\"state\":0", "\"state\":1", "a term is of a state that is not joined"},
      {"\"kind\":\"right\"", "\"kind\":\"up\"",
       "expected left, right or elementwise"},
      {"\"sum\":\"dA\"", "\"sum\":\"dB\"", "no such tensor"},
      {"\"bf16\"", "\"i32\"", "expected bf16, f16, f32 or f64"},
      {"[\"bf16\",", "[", "expected one for each argument"},
      {"\"bytes\":0", "\"bytes\":1", "the file is shorter"},
      {"\"bytes\":0", "\"bytes\":-1", "the file is shorter"}};
  for (const auto &[from, to, error] : cases)
    EXPECT_TRUE(StringRef(errorOfManifest(from, to)).contains(error))
        << errorOfManifest(from, to) << "\n"
        << error.str();
}

TEST(ArtifactFile, LaunchesGiveWhatCodeTakes) {
  struct {
    StringRef from, to, error;
  } cases[] = {
      {"\"parameters\":[{", "\"parameters\":[7,{",
       "expected task, scale, size, sequences or an object"},
      {"\"parameters\":[{", "\"parameters\":[\"tasks\",{",
       "expected task, scale, size, sequences or an object"},
      {"\"parameters\":[{\"dtype\":\"f32\",",
       "\"parameters\":[{\"dtype\":\"i8\",", "expected bf16, f16, f32 or f64"},
      {"\"shape\":[\"HV\"]", "\"shape\":[4]",
       "expected names of sizes and numbers"},
      {"{\"scratch\":90}", "{\"scratch\":-1}", "expected a number of elements"},
      {"{\"present\":1}", "{\"present\":9}", "expected the place of a tensor"},
      {"{\"present\":1}", "{\"present\":5}", "expected the place of a tensor"},
      {"\"sizes\":{\"K\":4", "\"sizes\":{\"G\":1,\"K\":4",
       "segments are counted by a run"},
      {"\"task\",{\"present\":1}", "{\"present\":1}",
       "arguments of a launch of code 1: expected 8, found 9"},
      {"\"task\",{\"present\":1}", "\"scale\",{\"present\":1}",
       "argument 5 of a launch of code 1: expected the scale, found the task"},
      {"{\"scratch\":90}", "{\"scratch\":101}",
       "argument 4 of a launch of code 1: expected scratch of 101, found "
       "scratch "
       "of 100"},
      {"{\"present\":1},{\"present\":1}", "{\"present\":1},{\"present\":0}",
       "argument 7 of a launch of code 1: expected the presence of argument 0, "
       "found the presence of another tensor"},
      // Another type, rank or size; another axis of the same size in most runs.
      {"{\"dtype\":\"bf16\",\"shape\":[\"B\",\"T\",\"H\"",
       "{\"dtype\":\"f16\",\"shape\":[\"B\",\"T\",\"H\"",
       "argument 0 of a launch of code 1: expected f16[B,T,H,4], found "
       "bf16[B,T,H,4]"},
      {"\"shape\":[\"HV\"]", "\"shape\":[\"HV\",\"4\"]",
       "argument 0 of a launch of code 0: expected f32[HV,4], found f32[HV]"},
      {"[\"B\",\"T\",\"H\",\"4\"]", "[\"B\",\"T\",\"H\",\"8\"]",
       "argument 0 of a launch of code 1: expected bf16[B,T,H,8], found "
       "bf16[B,T,H,4]"},
      {"[\"B\",\"T\",\"H\",\"4\"]", "[\"B\",\"T\",\"HV\",\"4\"]",
       "argument 0 of a launch of code 1: expected bf16[B,T,HV,4], found "
       "bf16[B,T,H,4]"},
      // Memory between kernels that has fewer rows, is smaller, or is another.
      {"{\"dtype\":\"bf16\",\"shape\":[\"ceildiv(B * T, 16) + N\"",
       "{\"dtype\":\"bf16\",\"shape\":[\"ceildiv(B * T, 8) + N\"",
       "argument 4 of a launch of code 2: expected bf16[ceildiv(B * T, 8) + "
       "N,HV,16,16], found bf16[ceildiv(B * T, 16) + N,HV,16,16]"},
      {"{\"dtype\":\"bf16\",\"shape\":[\"ceildiv(B * T, 16) + N\"",
       "{\"dtype\":\"f32\",\"shape\":[\"ceildiv(B * T, 16) + N\"",
       "argument 4 of a launch of code 2: expected f32[ceildiv(B * T, 16) + "
       "N,HV,16,16], found bf16[ceildiv(B * T, 16) + N,HV,16,16]"},
      {"{\"workspace\":\"channel\"}", "{\"workspace\":\"written\"}",
       "argument 4 of a launch of code 2: expected bf16[ceildiv(B * T, 16) + "
       "N,HV,16,16], found f32[G,HV,4,4]"},
      // Sequences and segments are not as many as each other.
      {"\"over\":\"segments\"", "\"over\":\"sequences\"",
       "argument 3 of a launch of code 1: expected f32[N,HV,4,4], found "
       "f32[G,HV,4,4]"},
      {"\"HV\",\"1\"],\"over\":\"sequences\"",
       "\"HV\",\"1\"],\"over\":\"segments\"",
       "argument 1 of a launch of code 0: expected f32[G,HV,4,4], found "
       "f32[N,HV,4,4]"},
      {"{\"present\":null}", "{\"present\":{\"initial\":\"S\"}}",
       "argument 1 of a launch of code 1: expected f32[G,HV,4,4], found "
       "f32[N,HV,4,4]"}};
  for (const auto &[from, to, error] : cases)
    EXPECT_TRUE(StringRef(errorOfManifest(from, to)).contains(error))
        << errorOfManifest(from, to) << "\n"
        << error.str();
}

TEST(ArtifactFit, WhatAnArtifactIsNotFor) {
  Artifact artifact = makeArtifact();
  Problem problem;
  problem.signature = artifact.signature;
  problem.args.resize(4);
  for (auto [view, type] : zip_equal(problem.args, artifact.argumentTypes))
    view.dtype = type;
  problem.outputDType = io::DType::BF16;
  problem.sizes = {{"K", 4}, {"V", 4}};
  auto errorOfProblem = [&] { return toString(checkFits(artifact, problem)); };
  EXPECT_EQ(errorOfProblem(), "");
  problem.sizes["V"] = 8;
  EXPECT_EQ(errorOfProblem(), "size V: the artifact is for 4, found 8");
  problem.outputDType = io::DType::F32;
  EXPECT_EQ(errorOfProblem(), "outputs: the artifact is for bf16, found f32");
  problem.args[1].dtype = io::DType::F16;
  EXPECT_EQ(errorOfProblem(), "tensor 'g': the artifact is for f32, found f16");
  problem.signature.arguments[0].kind = ArgumentKind::VHeads;
  EXPECT_EQ(errorOfProblem(), "the artifact has qk_heads(k: [K]), the problem "
                              "v_heads(k: [K])");
}

TEST(ArtifactFile, SaysWhatAProblemLacks) {
  Artifact artifact = makeArtifact();
  Signature signature = artifact.signature;
  auto errorOfProblem = [&] {
    Problem problem;
    problem.signature = signature;
    return toString(checkFits(artifact, problem));
  };
  signature.arguments.erase(signature.arguments.begin(),
                            signature.arguments.begin() + 2);
  EXPECT_EQ(errorOfProblem(),
            "the artifact has argument qk_heads(k: [K]), v_heads(g: []) in "
            "range(-inf, 0.25), the problem has not");
  signature = artifact.signature;
  signature.outputs.push_back({"p", ArgumentKind::VHeads, {"V"}});
  EXPECT_EQ(errorOfProblem(),
            "the artifact has no output v_heads(p: [V]), the problem has");
  signature = artifact.signature;
  signature.takesScale = false;
  EXPECT_EQ(errorOfProblem(), "the artifact takes a scale, the problem does "
                              "not");
}
