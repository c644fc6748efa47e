//===- Form.cpp - matching instructions to forms --------------------------===//

#include "lib/PTX/Form.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::ptx;

StringRef ptx::getName(Class which) {
  switch (which) {
  case Class::Move:
    return "move";
  case Class::Integer:
    return "integer";
  case Class::Float32:
    return "float32";
  case Class::Float64:
    return "float64";
  case Class::Half:
    return "half";
  case Class::Special:
    return "special";
  case Class::Convert:
    return "convert";
  case Class::Memory:
    return "memory";
  case Class::Atomic:
    return "atomic";
  case Class::Async:
    return "async";
  case Class::Matrix:
    return "matrix";
  case Class::Warp:
    return "warp";
  case Class::Barrier:
    return "barrier";
  case Class::Control:
    return "control";
  }
  llvm_unreachable("not a class");
}

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

namespace {

/// One item of Form::qualifiers.
struct Item {
  /// What Match::get and has call it.
  StringRef name;
  /// a|b|c
  StringRef alternatives;
  bool isOptional = false;
  bool isTaken = false;

  bool takes(StringRef qualifier) const {
    StringRef rest = alternatives;
    while (!rest.empty()) {
      StringRef alternative;
      std::tie(alternative, rest) = rest.split('|');
      if (alternative == qualifier)
        return true;
    }
    return false;
  }
};

} // namespace

static SmallVector<Item, 8> parseItems(StringRef text) {
  SmallVector<Item, 8> items;
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
  return items;
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
    // What follows a '|' within braces is no operand of its own.
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

namespace {

/// How far an instruction got with one form.
struct Attempt {
  SmallVector<Item, 8> items;
  SmallVector<std::pair<StringRef, StringRef>, 6> taken;
  /// Qualifiers that no item took.
  unsigned numRefused = 0;
  /// Items that nothing was left for.
  unsigned numMissing = 0;
  bool areOperandsGood = false;

  Attempt(const Instruction &instruction, const Form &form)
      : items(parseItems(form.qualifiers)) {
    for (StringRef qualifier : instruction.qualifiers) {
      auto item = find_if(items, [&](const Item &item) {
        return !item.isTaken && item.takes(qualifier);
      });
      if (item == items.end()) {
        ++numRefused;
        continue;
      }
      item->isTaken = true;
      taken.emplace_back(item->name, qualifier);
    }
    for (const Item &item : items)
      numMissing += !item.isTaken && !item.isOptional;
    StringRef operands = form.operands;
    size_t count = instruction.operands.size();
    areOperandsGood = count < 64 && (parseCounts(operands) >> count & 1);
  }

  bool areQualifiersGood() const { return numRefused + numMissing == 0; }
};

} // namespace

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
static Error explain(const Instruction &instruction,
                     ArrayRef<const Form *> forms) {
  std::string name = spell(instruction);
  if (forms.empty())
    return createStringError("unknown instruction '" + name + "'");
  for (StringRef qualifier : instruction.qualifiers)
    if (none_of(forms, [&](const Form *form) {
          return any_of(parseItems(form->qualifiers), [&](const Item &item) {
            return item.takes(qualifier);
          });
        }))
      return createStringError("unknown instruction '" + name + "': no '" +
                               instruction.mnemonic.str() + "' takes '." +
                               qualifier.str() + "'");
  const Form *nearest = nullptr;
  std::pair<unsigned, bool> leastDistance;
  for (const Form *form : forms) {
    Attempt attempt(instruction, *form);
    std::pair<unsigned, bool> distance{attempt.numRefused + attempt.numMissing,
                                       !attempt.areOperandsGood};
    if (nearest && distance >= leastDistance)
      continue;
    nearest = form;
    leastDistance = distance;
  }
  if (leastDistance.first == 0) {
    std::string expected = nearest->operands.empty()
                               ? "none"
                               : "'" + nearest->operands.str() + "'";
    return createStringError("'" + name + "' with " +
                             Twine(instruction.operands.size()) +
                             " operands: expected " + expected);
  }
  return createStringError("unknown instruction '" + name +
                           "': the nearest is '" + spell(*nearest) + "'");
}

Expected<const Form *> ptx::findForm(const Instruction &instruction,
                                     ArrayRef<Form> forms, Match &match) {
  SmallVector<const Form *, 16> candidates;
  for (const Form &form : forms)
    if (form.mnemonic == instruction.mnemonic)
      candidates.push_back(&form);
  for (const Form *form : candidates) {
    Attempt attempt(instruction, *form);
    if (!attempt.areQualifiersGood() || !attempt.areOperandsGood)
      continue;
    match.taken = std::move(attempt.taken);
    return form;
  }
  return explain(instruction, candidates);
}
