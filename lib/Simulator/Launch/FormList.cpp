//===- FormList.cpp - the instruction table, printed ----------------------===//

#include "lib/Simulator/Launch/ReportPrinter.h"

#include "lib/Simulator/Machine/Counts.h"
#include "llvm/ADT/STLExtras.h"
#include <tuple>

using namespace llvm;
using namespace sluice;

void sim::printForms(raw_ostream &os, ArrayRef<ptx::Form> forms) {
  for (size_t i = 0; i < kNumClasses; ++i) {
    std::vector<const ptx::Form *> rows;
    for (const ptx::Form &form : forms)
      if (form.which == ptx::Class(i))
        rows.push_back(&form);
    if (rows.empty())
      continue;
    // Rows of one mnemonic stay in the table's order.
    llvm::sort(rows, [](const ptx::Form *a, const ptx::Form *b) {
      return std::tie(a->mnemonic, a) < std::tie(b->mnemonic, b);
    });
    os << ptx::getName(ptx::Class(i)) << '\n';
    for (const ptx::Form *form : rows) {
      os << "  " << form->mnemonic;
      for (StringRef part : {form->qualifiers, form->operands})
        if (!part.empty())
          os << "  " << part;
      os << '\n';
    }
  }
}
