//===- StepPatterns.h - the operations of a step on tensors -----*- C++ -*-===//

#ifndef SLUICE_PASSES_DELTATOTILE_STEPPATTERNS_H
#define SLUICE_PASSES_DELTATOTILE_STEPPATTERNS_H

#include "dialects/Delta/DeltaOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace sluice {

/// A converter of what one token has to what a CTA holds of it, in float32: a
/// number, a vector, a state, with `valueBlock` places along value.
class StepTypeConverter : public mlir::TypeConverter {
public:
  StepTypeConverter(int64_t keyDim, int64_t valueBlock);

  int64_t getDim(delta::Axis axis) const {
    return axis == delta::Axis::Key ? keyDim : valueBlock;
  }

private:
  int64_t keyDim, valueBlock;
};

/// Adds a pattern for every operation of a step but l2norm. `scale` is what
/// delta.scale gives.
void populateStepPatterns(mlir::RewritePatternSet &patterns,
                          const StepTypeConverter &converter,
                          mlir::Value scale);

} // namespace sluice

#endif // SLUICE_PASSES_DELTATOTILE_STEPPATTERNS_H
