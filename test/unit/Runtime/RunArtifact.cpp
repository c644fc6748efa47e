//===- RunArtifact.cpp - A program that has the runtime alone -------------===//
//
// run-artifact ARTIFACT INPUTS.safetensors OUTPUTS.safetensors: nothing of MLIR
// or of the compiler is linked here, and what the compiler wrote runs.
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static Error run(StringRef path, StringRef inputs, StringRef outputs) {
  Expected<Artifact> artifact = readArtifact(path);
  if (!artifact)
    return artifact.takeError();
  Expected<io::TensorFile> tensors = io::TensorFile::open(inputs);
  if (!tensors)
    return tensors.takeError();
  Expected<Problem> problem = bind(artifact->signature, tensors->tensors());
  if (!problem)
    return problem.takeError();
  CPUDevice device;
  auto loaded = LoadedArtifact::load(device, std::move(*artifact));
  if (!loaded)
    return loaded.takeError();
  Expected<Results> results = runArtifact(**loaded, *problem);
  if (!results)
    return results.takeError();
  return io::writeTensorFile(outputs, results->views());
}

int main(int argc, char **argv) {
  if (argc != 4) {
    errs() << "run-artifact ARTIFACT INPUTS OUTPUTS\n";
    return 1;
  }
  if (Error error = run(argv[1], argv[2], argv[3])) {
    errs() << "run-artifact: error: " << toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
