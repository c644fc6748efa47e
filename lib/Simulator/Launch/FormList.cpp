//===- FormList.cpp - the instruction table, printed ----------------------===//

#include "lib/Simulator/Launch/ReportPrinter.h"

#include "lib/Simulator/Machine/Counts.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <tuple>

using namespace llvm;
using namespace sluice;
using ptx::CostRow;

/// Some type that it takes has more than 32 bits.
static bool mayBeWide(const ptx::Form &form) {
  SmallVector<StringRef> words;
  SplitString(form.qualifiers, words, " .[]|=");
  return any_of(words, [](StringRef word) {
    std::optional<ptx::Type> type = ptx::parseType(word);
    return type && ptx::getBitWidth(*type) > 32;
  });
}

/// "integer, 2 with 64 bits".
static std::string describe(const ptx::Form &form) {
  const CostRow &row = ptx::getRow(form.cost);
  if (!row.text.empty())
    return row.text.str();
  auto times = [](unsigned count, ptx::Unit unit) {
    return (count == 1 ? "" : std::to_string(count) + " x ") +
           ptx::getName(unit).str();
  };
  std::string text = times(row.count, row.unit);
  if (row.order == CostRow::Chain)
    text += " in sequence";
  if (!mayBeWide(form))
    return text;
  if (row.wideUnit != row.unit)
    return text + ", " + times(row.wideCount, row.wideUnit) + " with 64 bits";
  if (row.wideCount != row.count)
    text += ", " + std::to_string(row.wideCount) + " with 64 bits";
  return text;
}

/// A page of Markdown, which is committed as docs/reference/instructions.md.
static constexpr StringLiteral kHead =
    R"(# PTX instructions

What sluice-sim executes, as `sluice-sim --list-instructions` prints it: the table of
lib/PTX/Instructions. By the class that counts are kept of, each form has its mnemonic,
its qualifiers, its operands and, behind `:`, what executes it in the estimate of time.

Of qualifiers, `.x` is x itself, `n=a|b` one of several, and what stands in brackets may be
left out. Flags may stand in any order; types keep theirs. Of the forms of one mnemonic the
first that fits is taken. Numbers are of machine instructions: `20 x` stands for a short
program, `in sequence` says that each of its instructions waits for the one before, and
`with 64 bits` is about types of more than 32 bits.
)";

void sim::printForms(raw_ostream &os, ArrayRef<ptx::Form> forms) {
  os << kHead;
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
    os << "\n## " << ptx::getName(ptx::Class(i)) << "\n\n";
    for (const ptx::Form *form : rows) {
      os << "    " << form->mnemonic;
      for (StringRef part : {form->qualifiers, form->operands})
        if (!part.empty())
          os << "  " << part.trim();
      os << "  : " << describe(*form) << '\n';
    }
  }
}
