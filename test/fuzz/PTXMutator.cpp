//===- PTXMutator.cpp - changes of PTX text that often parse --------------===//
//
// Lines come, go and move; tokens and numbers are exchanged; instructions are
// made from the rows of the instruction table. The rest is bytes.
//
//===----------------------------------------------------------------------===//

#include "lib/PTX/Form.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <random>
#include <string>

using namespace llvm;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace {
class Mutator {
public:
  Mutator(StringRef text, unsigned seed) : random(seed) {
    text.split(lines, '\n');
    for (size_t i = 0; i < text.size();) {
      size_t begin = i;
      while (i < text.size() && isTokenChar(text[i]))
        ++i;
      if (i > begin)
        tokens.push_back(text.slice(begin, i));
      else
        ++i;
    }
  }

  std::string run() {
    size_t at = draw(lines.size());
    std::string made;
    switch (draw(8)) {
    case 0:
      lines.erase(lines.begin() + at);
      break;
    case 1:
      lines.insert(lines.begin() + at, lines[draw(lines.size())]);
      break;
    case 2:
      std::swap(lines[at], lines[draw(lines.size())]);
      break;
    case 3:
    case 4:
      made = changeToken(lines[at]);
      lines[at] = made;
      break;
    default:
      made = makeInstruction();
      lines.insert(lines.begin() + at, made);
    }
    return join(lines, "\n");
  }

private:
  static bool isTokenChar(char c) {
    return isAlnum(c) || StringRef("_%$.:").contains(c);
  }

  size_t draw(size_t end) { return end ? random() % end : 0; }

  std::string makeNumber() {
    static const char *const numbers[] = {"0",
                                          "1",
                                          "2",
                                          "3",
                                          "7",
                                          "16",
                                          "31",
                                          "32",
                                          "63",
                                          "64",
                                          "65",
                                          "128",
                                          "255",
                                          "4095",
                                          "-1",
                                          "0x7fffffff",
                                          "0x80000000",
                                          "0xffffffff",
                                          "0x7fffffffffffffff",
                                          "0x8000000000000000",
                                          "0xffffffffffffffff",
                                          "0f7FC00000",
                                          "0fFF800000",
                                          "0d7FEFFFFFFFFFFFFF",
                                          "WARP_SZ",
                                          "%tid.x",
                                          "%laneid"};
    return numbers[draw(std::size(numbers))];
  }

  std::string makeToken() {
    return tokens.empty() ? makeNumber() : tokens[draw(tokens.size())].str();
  }

  std::string changeToken(StringRef line) {
    size_t begin = draw(line.size());
    while (begin > 0 && isTokenChar(line[begin - 1]))
      --begin;
    size_t end = begin;
    while (end < line.size() && isTokenChar(line[end]))
      ++end;
    return (line.take_front(begin) + (draw(2) ? makeToken() : makeNumber()) +
            line.drop_front(end))
        .str();
  }

  /// A name that begins with `first`, or a number.
  std::string makeNamed(char first) {
    for (unsigned i = 0; i < 8; ++i) {
      std::string token = makeToken();
      if ((token[0] == '%') == (first == '%') && !isDigit(token[0]) &&
          token[0] != '.')
        return token;
    }
    return makeNumber();
  }

  std::string makeOperand(StringRef pattern, bool isFirst) {
    pattern = pattern.trim();
    if (pattern.starts_with("[")) {
      std::string base = "[" + makeNamed(draw(2) ? '%' : 'a');
      if (draw(3) == 0)
        base += "+" + std::to_string(draw(300));
      if (pattern.contains(','))
        base += ", {" + makeNumber() + ", " + makeNumber() + "}";
      return base + "]";
    }
    if (pattern.contains('|'))
      return makeNamed('%') + "|" + makeNamed('%');
    switch (draw(6)) {
    case 0:
    case 1:
      return isFirst ? "_" : makeNumber();
    case 2: {
      std::string vector = "{" + makeNamed('%');
      for (size_t i = 0, n = size_t(1) << draw(4); i + 1 < n; ++i)
        vector += ", " + (draw(2) ? makeNumber() : makeNamed('%'));
      return vector + "}";
    }
    case 3:
      return makeNumber();
    default:
      return makeNamed('%');
    }
  }

  std::string makeInstruction() {
    static const ArrayRef<sluice::ptx::Form> forms = sluice::ptx::getForms();
    const auto &form = forms[draw(forms.size())];
    std::string text =
        draw(8) == 0 ? "@" + makeNamed('%') + " " : std::string();
    text += form.mnemonic;
    for (StringRef item : split(form.qualifiers, ' ')) {
      bool isOptional = item.consume_front("[");
      item.consume_back("]");
      if (item.empty() || (isOptional && draw(2)))
        continue;
      SmallVector<StringRef, 8> alternatives;
      (item.starts_with(".") ? item.drop_front() : item.split('=').second)
          .split(alternatives, '|');
      text += "." + alternatives[draw(alternatives.size())].str();
    }
    // Operands end at commas outside of brackets; braces may be left out.
    bool isFirst = true;
    unsigned depth = 0;
    std::string operand;
    auto end = [&] {
      if (StringRef(operand).trim().empty())
        return;
      text += (isFirst ? " " : ", ") + makeOperand(operand, isFirst);
      isFirst = false;
      operand.clear();
    };
    for (char c : form.operands) {
      depth += c == '[' || c == '(';
      depth -= depth && (c == ']' || c == ')');
      if (depth == 0 && c == '{' && draw(2))
        break;
      if (depth == 0 && (c == ',' || c == '{' || c == '}'))
        end();
      else
        operand += c;
    }
    end();
    return text + ";";
  }

  std::minstd_rand random;
  SmallVector<StringRef, 64> lines;
  SmallVector<StringRef, 256> tokens;
};
} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t maxSize, unsigned seed) {
  if (seed % 5 == 0)
    return LLVMFuzzerMutate(data, size, maxSize);
  StringRef text(reinterpret_cast<const char *>(data), size);
  std::string changed = Mutator(text, seed).run();
  size_t length = std::min(changed.size(), maxSize);
  std::copy_n(changed.begin(), length, data);
  return length;
}
