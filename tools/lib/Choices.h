//===- Choices.h - Names that flags of several tools take -------*- C++ -*-===//

#ifndef SLUICE_TOOLS_LIB_CHOICES_H
#define SLUICE_TOOLS_LIB_CHOICES_H

#include "lib/Compiler/ScheduleFile.h"
#include "lib/IO/DType.h"
#include "tools/lib/CommandLine.h"

namespace sluice::tool {

enum class Direction { Forward, Backward };

inline constexpr Choice<Form> kForms[] = {{"step", Form::Step},
                                          {"chunk", Form::Chunk}};
inline constexpr Choice<Direction> kDirections[] = {
    {"forward", Direction::Forward}, {"backward", Direction::Backward}};
inline constexpr Choice<Exactness> kExactnesses[] = {
    {"plain", Exactness::Plain},
    {"auto", Exactness::Automatic},
    {"high", Exactness::High}};
/// Of inputs and outputs.
inline constexpr Choice<io::DType> kTensorTypes[] = {{"bf16", io::DType::BF16},
                                                     {"f16", io::DType::F16},
                                                     {"f32", io::DType::F32}};

} // namespace sluice::tool

#endif // SLUICE_TOOLS_LIB_CHOICES_H
