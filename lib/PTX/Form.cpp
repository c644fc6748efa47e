//===- Form.cpp - matching instructions to forms --------------------------===//

#include "lib/PTX/Form.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::ptx;

StringRef Match::get(StringRef name) const {
  for (const auto &[item, value] : taken)
    if (item == name)
      return value;
  return StringRef();
}

bool Match::has(StringRef flag) const {
  return any_of(taken, [&](const auto &pair) { return pair.first == flag; });
}

Type Match::getType(StringRef name) const {
  std::optional<Type> type = parseType(get(name));
  if (!type)
    reportFatalInternalError("item '" + name + "' of a form took no type");
  return *type;
}

bool FormTable::Item::takes(StringRef qualifier) const {
  StringRef rest = alternatives;
  while (!rest.empty()) {
    StringRef alternative;
    std::tie(alternative, rest) = rest.split('|');
    if (alternative == qualifier)
      return true;
  }
  return false;
}

/// How many operands "d, a {, b {, c}}" takes: one bit for each number.
static uint64_t parseCounts(StringRef &text) {
  // Bit n: n operands so far.
  uint64_t counts = 1;
  bool isNew = true;
  unsigned brackets = 0;
  while (!text.empty()) {
    char c = text.front();
    text = text.drop_front();
    if (c == '[' || c == '(')
      ++brackets;
    if (brackets == 0 && c == '}')
      break;
    if (brackets == 0 && c == '{') {
      uint64_t inner = parseCounts(text), sum = counts;
      for (unsigned n = 1; n < 64; ++n)
        if (inner >> n & 1)
          sum |= counts << n;
      counts = sum;
      continue;
    }
    if (brackets == 0 && c == ',') {
      isNew = true;
      continue;
    }
    // What follows a '|' within braces is not an operand of its own.
    if (isNew && c != ' ' && c != '!') {
      if (c != '|')
        counts <<= 1;
      isNew = false;
    }
    if ((c == ']' || c == ')') && brackets > 0)
      --brackets;
  }
  return counts;
}

FormTable::Row::Row(const Form &form) : form(&form) {
  StringRef text = form.qualifiers;
  while (!text.empty()) {
    StringRef word;
    std::tie(word, text) = text.split(' ');
    if (word.empty())
      continue;
    Item &item = items.emplace_back();
    if (word.consume_front("[")) {
      item.isOptional = true;
      word.consume_back("]");
    }
    if (word.consume_front("."))
      item.name = item.alternatives = word;
    else
      std::tie(item.name, item.alternatives) = word.split('=');
  }
  StringRef operands = form.operands;
  operandCounts = parseCounts(operands);
}

/// How far an instruction got with one form.
struct FormTable::Attempt {
  SmallVector<std::pair<StringRef, StringRef>, 6> taken;
  /// Qualifiers that no item took.
  unsigned numRefused = 0;
  /// Items that nothing was left for.
  unsigned numMissing = 0;

  Attempt(const Instruction &instruction, const Row &row) {
    SmallVector<bool, 32> isTaken(row.items.size());
    // Flags may stand in any order, types may not: cvt.f16.bf16 is another
    // instruction than cvt.bf16.f16.
    size_t afterType = 0;
    for (StringRef qualifier : instruction.qualifiers) {
      bool isType = parseType(qualifier).has_value();
      size_t i = isType ? afterType : 0;
      while (i < row.items.size() &&
             (isTaken[i] || !row.items[i].takes(qualifier)))
        ++i;
      if (i == row.items.size()) {
        ++numRefused;
        continue;
      }
      if (isType)
        afterType = i + 1;
      isTaken[i] = true;
      taken.emplace_back(row.items[i].name, qualifier);
    }
    for (auto [item, has] : zip_equal(row.items, isTaken))
      numMissing += !has && !item.isOptional;
  }
};

static std::string spell(const Instruction &instruction) {
  std::string text = instruction.mnemonic.str();
  for (StringRef qualifier : instruction.qualifiers)
    text += "." + qualifier.str();
  return text;
}

static std::string spell(const Form &form) {
  std::string text = form.mnemonic.str();
  if (!form.qualifiers.empty())
    text += " " + form.qualifiers.str();
  if (!form.operands.empty())
    text += " " + form.operands.str();
  return text;
}

/// Says why none of the forms of the mnemonic will do.
Error FormTable::explain(const Instruction &instruction, ArrayRef<Row> rows) {
  std::string name = spell(instruction);
  if (rows.empty())
    return createStringError("unknown instruction " + quote(name));
  for (StringRef qualifier : instruction.qualifiers)
    if (none_of(rows, [&](const Row &row) {
          return any_of(row.items, [&](const Item &item) {
            return item.takes(qualifier);
          });
        }))
      return createStringError("unknown instruction " + quote(name) + ": no " +
                               quote(instruction.mnemonic) + " takes " +
                               quote(("." + qualifier).str()));
  const Form *nearest = nullptr;
  std::pair<unsigned, bool> leastDistance;
  for (const Row &row : rows) {
    Attempt attempt(instruction, row);
    std::pair<unsigned, bool> distance{
        attempt.numRefused + attempt.numMissing,
        !row.takesOperands(instruction.operands.size())};
    if (nearest && distance >= leastDistance)
      continue;
    nearest = row.form;
    leastDistance = distance;
  }
  if (leastDistance.first == 0) {
    std::string expected =
        nearest->operands.empty() ? "none" : quote(nearest->operands);
    return createStringError(quote(name) + " with " +
                             Twine(instruction.operands.size()) +
                             " operands: expected " + expected);
  }
  return createStringError("unknown instruction " + quote(name) +
                           ": the nearest is " + quote(spell(*nearest)));
}

FormTable::FormTable(ArrayRef<Form> forms) {
  for (const Form &form : forms)
    byMnemonic[form.mnemonic].emplace_back(form);
}

Expected<const Form *> FormTable::find(const Instruction &instruction,
                                       Match &match) const {
  auto rows = byMnemonic.find(instruction.mnemonic);
  if (rows == byMnemonic.end())
    return explain(instruction, {});
  for (const Row &row : rows->second) {
    if (!row.takesOperands(instruction.operands.size()))
      continue;
    Attempt attempt(instruction, row);
    if (attempt.numRefused + attempt.numMissing)
      continue;
    match.taken = std::move(attempt.taken);
    return row.form;
  }
  return explain(instruction, rows->second);
}
