//===- ScheduleText.cpp - schedules that others have written --------------===//

#include "dialects/WY/ChunkShapes.h"
#include "lib/IO/MLIRText.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "passes/ChooseSchedule/ChooseSchedule.h"

using namespace llvm;
using namespace sluice;

static Error error(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

Expected<wy::ScheduleAttr> sluice::parseSchedule(mlir::MLIRContext &context,
                                                 StringRef text) {
  constexpr size_t kMostBytes = 4096;
  if (text.size() > kMostBytes)
    return error("a schedule's text has at most " + Twine(kMostBytes) +
                 " bytes, found " + Twine(text.size()));
  // No other attribute is worth parsing, whatever it may make a parser do.
  if (!text.starts_with("#wy.schedule<"))
    return error("a schedule is #wy.schedule<…>, found '" +
                 text.take_front(40) + (text.size() > 40 ? "…'" : "'"));
  if (std::optional<io::TextFault> fault =
          io::findMLIRTextFault(text, "a schedule"))
    return error(fault->message);
  context.loadDialect<wy::WYDialect>();
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        messages += (messages.empty() ? "" : "; ") + diagnostic.str();
      });
  size_t read = 0;
  mlir::Attribute attribute =
      mlir::parseAttribute(text, &context, mlir::Type(), &read);
  if (!attribute)
    return error(messages);
  if (StringRef rest = text.drop_front(read).trim(); !rest.empty())
    return error("expected nothing after the schedule, found '" +
                 rest.take_front(40) + "'");
  return cast<wy::ScheduleAttr>(attribute);
}

static Error checkForm(wy::ScheduleAttr schedule, Form form) {
  if (form == Form::Step && !schedule.isOfStep())
    return error("the schedule of a step form has a target part and nothing "
                 "else");
  return Error::success();
}

static Error checkSegment(wy::ScheduleAttr schedule) {
  int64_t chunk = schedule.getChunk(), segment = schedule.getSegment();
  if (chunk && (segment % chunk || segment > wy::kMostElements))
    return error("a segment has at most " + Twine(wy::kMostElements) +
                 " tokens, and whole chunks of " + Twine(chunk) + ", found " +
                 Twine(segment));
  return Error::success();
}

Error sluice::checkSchedule(wy::ScheduleAttr schedule, Form form,
                            const target::Gpu &gpu) {
  if (!schedule.getGPU())
    return error("a schedule for " + gpu.name +
                 " has target = #wy.gpu_schedule<…>, found no such part");
  if (Error wrong = checkForm(schedule, form))
    return wrong;
  if (schedule.getStorage() != wy::Storage::F32)
    return error("storage is f32 on " + gpu.name + ", found " +
                 stringifyStorage(schedule.getStorage()));
  return checkSegment(schedule);
}

Error sluice::checkSchedule(wy::ScheduleAttr schedule, Form form,
                            const target::Cpu &cpu) {
  wy::CPUScheduleAttr part = schedule.getCPU();
  if (!part)
    return error("a schedule for " + cpu.name +
                 " has target = #wy.cpu_schedule<…>, found no such part");
  if (Error wrong = checkForm(schedule, form))
    return wrong;
  if (schedule.getWForm() == wy::WForm::Formed)
    return error("w_form is automatic or not_formed on " + cpu.name +
                 ", where it is never formed, found formed");
  for (auto [name, most, found] :
       {std::tuple("leaf", target::kMostLeafTokens, schedule.getLeaf()),
        std::tuple("lanes", cpu.lanes, part.getLanes()),
        std::tuple("registers", cpu.registers, part.getRegisters())})
    if (found > most)
      return error(Twine(name) + " is at most " + Twine(most) + " on " +
                   cpu.name + ", found " + Twine(found));
  return checkSegment(schedule);
}
