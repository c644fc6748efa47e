//===- Reference.cpp - What the reference says of operations --------------===//

#include "tools/sluice-lsp-server/Reference.h"
#include <vector>

using namespace llvm;
using namespace sluice::lsp;

/// The pages as they are in docs/reference.
static constexpr StringLiteral kPages[] = {
#include "tools/Reference.inc"
};

/// Of the example, the line with the operation, from its name on.
static StringRef findUsage(StringRef description, StringRef name) {
  StringRef line = description.substr(description.find("```mlir"));
  line = line.substr(line.find(name)).split('\n').first;
  return line.split("//").first.rtrim();
}

/// Of one operation: heading, summary, syntax, description, then lists.
static Reference parseSection(StringRef section) {
  Reference reference;
  auto [name, text] = section.split('`');
  reference.name = name;
  text = text.split('\n').second.ltrim();
  if (text.starts_with("_")) {
    reference.summary = text.split('\n').first.trim('_');
    text = text.split('\n').second.ltrim();
  }
  if (text.starts_with("Syntax:"))
    text = text.split("```\n").second.split("```\n").second;
  for (StringRef end :
       {"\nTraits: ", "\nInterfaces: ", "\nEffects: ", "\n####"})
    text = text.take_front(text.find(end));
  reference.description = text.trim();
  reference.usage = findUsage(reference.description, name);
  return reference;
}

static std::vector<Reference> parsePages() {
  std::vector<Reference> references;
  for (StringRef page : kPages) {
    StringRef ops = page.split("\n## Operations\n").second;
    ops = ops.take_front(ops.find("\n## "));
    while (true) {
      ops = ops.split("\n### `").second;
      if (ops.empty())
        break;
      references.push_back(parseSection(ops.take_front(ops.find("\n### `"))));
    }
  }
  return references;
}

ArrayRef<Reference> sluice::lsp::getReferences() {
  static const std::vector<Reference> references = parsePages();
  return references;
}

const Reference *sluice::lsp::findReference(StringRef name) {
  for (const Reference &reference : getReferences())
    if (reference.name == name)
      return &reference;
  return nullptr;
}
