//===- SourceError.cpp - An error with a place in a source ----------------===//

#include "lib/Support/SourceError.h"

char sluice::SourceError::ID = 0;
