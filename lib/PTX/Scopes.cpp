//===- Scopes.cpp - what names mean, block by block -----------------------===//

#include "lib/PTX/Scopes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice::ptx;

void Scopes::clear() {
  // Clearing a map takes as long as it ever was large: for each function after
  // a large one.
  *this = Scopes();
}

void Scopes::open() { blocks.emplace_back(); }

void Scopes::close() {
  Block block = std::move(blocks.back());
  blocks.pop_back();
  for (Meanings *meanings : block.declared)
    meanings->pop_back();
  for (unsigned index : block.waiting) {
    Reference &reference = references[index];
    auto found = block.targets.find(reference.name);
    if (found != block.targets.end()) {
      reference.isResolved = true;
      reference.target = found->second;
    } else if (!blocks.empty()) {
      blocks.back().waiting.push_back(index);
    }
  }
}

bool Scopes::declareIn(Map &map, StringRef name, Name what) {
  // Entries of a StringMap stay where they are.
  Meanings &meanings = map[name];
  if (!meanings.empty() && meanings.back().depth == depth())
    return false;
  what.depth = depth();
  meanings.push_back(what);
  blocks.back().declared.push_back(&meanings);
  return true;
}

bool Scopes::declare(StringRef name, Name what) {
  return declareIn(names, name, what);
}

bool Scopes::declareNumbered(StringRef name, Name what) {
  return declareIn(numbered, name, what);
}

bool Scopes::declareTarget(StringRef name, Target target) {
  return blocks.back().targets.try_emplace(name, target).second;
}

std::optional<Name> Scopes::find(StringRef name) const {
  std::optional<Name> best;
  auto exact = names.find(name);
  if (exact != names.end() && !exact->second.empty())
    best = exact->second.back();
  // %r12 is number 12 of %r<…>, or number 2 of %r1<…>.
  uint64_t number = 0, scale = 1;
  StringRef prefix = name;
  for (unsigned digits = 0; digits < 9 && prefix.size() > 1; ++digits) {
    char digit = prefix.back();
    if (!isDigit(digit))
      break;
    prefix = prefix.drop_back();
    number += scale * (digit - '0');
    scale *= 10;
    if (digit == '0' && prefix.size() + 1 != name.size())
      continue;
    auto found = numbered.find(prefix);
    if (found == numbered.end())
      continue;
    // %r<2> of an inner block does not hide %r5 of %r<10> around it.
    for (const Name &range : reverse(found->second)) {
      if (best && best->depth >= range.depth)
        break;
      if (number >= range.count)
        continue;
      best = range;
      best->reg += static_cast<unsigned>(number);
      best->count = 1;
      break;
    }
  }
  return best;
}

unsigned Scopes::refer(StringRef name, Place place, bool isBranch) {
  unsigned index = static_cast<unsigned>(references.size());
  references.push_back({name, place, isBranch, false, {}});
  blocks.back().waiting.push_back(index);
  return index;
}
