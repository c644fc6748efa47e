//===- LayoutText.cpp - layouts for people and in files -------------------===//

#include "lib/Layout/LayoutText.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"

using namespace sluice;
using namespace sluice::layout;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

llvm::raw_ostream &layout::operator<<(llvm::raw_ostream &os,
                                      const LinearLayout &layout) {
  llvm::ListSeparator comma;
  for (const Axis &input : layout.getInputs()) {
    os << comma << input.name << " = [";
    llvm::ListSeparator inner;
    for (uint64_t basis : layout.getBases(input.name)) {
      os << inner << '[';
      llvm::ListSeparator innermost;
      for (const Axis &output : layout.getOutputs())
        os << innermost << layout.getOutputValue(basis, output.name);
      os << ']';
    }
    os << ']';
  }
  os << (layout.getInputs().empty() ? "over (" : " over (");
  llvm::ListSeparator outer;
  for (const Axis &output : layout.getOutputs())
    os << outer << output.name << ' ' << output.getSize();
  return os << ')';
}

namespace {
/// Reads the text from left to right.
class Parser {
public:
  explicit Parser(StringRef text) : text(text), rest(text) {}

  Expected<LinearLayout> parse();

private:
  struct Input {
    std::string name;
    size_t column;
    std::vector<llvm::SmallVector<uint64_t, 2>> bases;
  };

  Error fail(size_t column, const Twine &message) const {
    return llvm::createStringError("column " + Twine(column) + ": " + message);
  }
  size_t getColumn() {
    rest = rest.ltrim();
    return text.size() - rest.size() + 1;
  }
  Error expected(const Twine &what) {
    size_t column = getColumn();
    StringRef found = rest.take_until([](char c) { return llvm::isSpace(c); });
    return fail(column, "expected " + what + ", found " +
                            (found.empty() ? "the end" : quote(found, 20)));
  }
  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  Error parseName(std::string &name);
  Error parseNumber(uint64_t &number);
  Error parseInput(std::vector<Input> &inputs);
  Error parseOutputs(Axes &outputs);

  StringRef text, rest;
};
} // namespace

Error Parser::parseName(std::string &name) {
  rest = rest.ltrim();
  StringRef word =
      rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (word.empty() || llvm::isDigit(word[0]))
    return expected("the name of an axis");
  rest = rest.drop_front(word.size());
  name = word;
  return Error::success();
}

Error Parser::parseNumber(uint64_t &number) {
  rest = rest.ltrim();
  // A sign or a base of numbers is nothing that it prints.
  StringRef word = rest.take_while([](char c) { return llvm::isDigit(c); });
  if (word.empty() || word.getAsInteger(10, number))
    return expected("a number");
  rest = rest.drop_front(word.size());
  return Error::success();
}

Error Parser::parseInput(std::vector<Input> &inputs) {
  Input input;
  input.column = getColumn();
  if (Error error = parseName(input.name))
    return error;
  if (llvm::any_of(
          inputs, [&](const Input &other) { return other.name == input.name; }))
    return fail(input.column, "an input axis stands there once, found " +
                                  quote(input.name) + " again");
  if (!take("="))
    return expected("'='");
  if (!take("["))
    return expected("'[' and a list of places");
  if (!take("]")) {
    do {
      if (!take("["))
        return expected("'[' and the coordinates of a place");
      auto &basis = input.bases.emplace_back();
      if (take("]"))
        continue;
      do {
        if (Error error = parseNumber(basis.emplace_back()))
          return error;
      } while (take(","));
      if (!take("]"))
        return expected("',' or ']' behind a coordinate");
    } while (take(","));
    if (!take("]"))
      return expected("',' or ']' behind a place");
  }
  inputs.push_back(std::move(input));
  return Error::success();
}

Error Parser::parseOutputs(Axes &outputs) {
  if (!take("over"))
    return expected("',' or 'over'");
  if (!take("("))
    return expected("'(' and the output axes");
  if (take(")"))
    return Error::success();
  unsigned bits = 0;
  do {
    size_t column = getColumn();
    std::string name;
    uint64_t size = 0;
    if (Error error = parseName(name))
      return error;
    if (llvm::any_of(outputs,
                     [&](const Axis &other) { return other.name == name; }))
      return fail(column, "an output axis stands there once, found " +
                              quote(name) + " again");
    size_t sizeColumn = getColumn();
    if (Error error = parseNumber(size))
      return error;
    if (!llvm::has_single_bit(size))
      return fail(sizeColumn, "sizes are powers of two, found " + Twine(size));
    outputs.emplace_back(name, llvm::countr_zero(size));
    bits += outputs.back().bits;
    if (bits >= 64)
      return fail(sizeColumn,
                  "a layout has at most 63 bits of outputs, found " +
                      Twine(bits) + " up to " + quote(name));
  } while (take(","));
  if (!take(")"))
    return expected("',' or ')' behind a size");
  return Error::success();
}

Expected<LinearLayout> Parser::parse() {
  std::vector<Input> inputs;
  Axes outputs;
  if (!rest.ltrim().starts_with("over"))
    do {
      if (Error error = parseInput(inputs))
        return error;
    } while (take(","));
  if (Error error = parseOutputs(outputs))
    return error;
  if (getColumn() <= text.size())
    return expected("the end");
  Axes axes;
  Vectors bases;
  for (const Input &input : inputs) {
    axes.emplace_back(input.name, input.bases.size());
    for (auto [bit, place] : llvm::enumerate(input.bases)) {
      if (place.size() != outputs.size())
        return fail(input.column,
                    "a place has a coordinate for each output axis, " +
                        Twine(outputs.size()) + "; bit " + Twine(bit) + " of " +
                        quote(input.name) + " has " + Twine(place.size()));
      uint64_t point = 0;
      unsigned first = 0;
      for (auto [axis, value] : llvm::zip(outputs, place)) {
        if (value >= axis.getSize())
          return fail(input.column, "coordinates are below the axis's size; "
                                    "bit " +
                                        Twine(bit) + " of " +
                                        quote(input.name) + " is at " +
                                        axis.name + " " + Twine(value) +
                                        " of " + Twine(axis.getSize()));
        point |= value << first;
        first += axis.bits;
      }
      bases.push_back(point);
    }
  }
  if (bases.size() > 63)
    return fail(1, "a layout has at most 63 bits of inputs, found " +
                       Twine(bases.size()));
  return LinearLayout(axes, outputs, bases);
}

Expected<LinearLayout> layout::parseLayout(StringRef text) {
  return Parser(text).parse();
}

/// Three characters a bit, or the name.
static unsigned getMatrixWidth(const Axis &input) {
  return std::max<size_t>(3 * input.bits, input.name.size() + 1);
}

void layout::printMatrix(llvm::raw_ostream &os, const LinearLayout &layout) {
  size_t nameWidth = 0;
  for (const Axis &output : layout.getOutputs())
    nameWidth = std::max(nameWidth, output.name.size());
  std::string names, numbers;
  llvm::raw_string_ostream nameLine(names), numberLine(numbers);
  nameLine.indent(nameWidth + 4);
  numberLine.indent(nameWidth + 4);
  for (const Axis &input : layout.getInputs()) {
    unsigned width = getMatrixWidth(input);
    nameLine << "  " << llvm::right_justify(input.name, width);
    numberLine << "  ";
    numberLine.indent(width - 3 * input.bits);
    for (unsigned bit = 0; bit < input.bits; ++bit)
      numberLine << llvm::format("%3u", bit);
  }
  os << StringRef(names).rtrim() << '\n' << StringRef(numbers).rtrim() << '\n';
  for (const Axis &output : layout.getOutputs())
    for (unsigned row = 0; row < output.bits; ++row) {
      os << llvm::left_justify(row ? "" : output.name, nameWidth)
         << llvm::format("%4u", row);
      for (const Axis &input : layout.getInputs()) {
        os << "  ";
        os.indent(getMatrixWidth(input) - 3 * input.bits);
        for (uint64_t basis : layout.getBases(input.name))
          os << (layout.getOutputValue(basis, output.name) >> row & 1 ? "  1"
                                                                      : "  .");
      }
      os << '\n';
    }
}

/// Who holds an element: `5:3`, with warps `w1 5:3`.
static std::string describe(const LinearLayout &layout, uint64_t point) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (!layout.getInputBits(kLane)) {
    llvm::ListSeparator separator(":");
    for (const Axis &axis : layout.getInputs())
      if (axis.bits)
        os << separator << layout.getInputValue(point, axis.name);
    return text;
  }
  for (const Axis &axis : llvm::reverse(layout.getInputs()))
    if (axis.bits && axis.name != kLane && axis.name != kRegister)
      os << axis.name[0] << layout.getInputValue(point, axis.name) << ' ';
  os << layout.getInputValue(point, kLane);
  if (layout.getInputBits(kRegister))
    os << ':' << layout.getInputValue(point, kRegister);
  return text;
}

void layout::printPicture(llvm::raw_ostream &os, const LinearLayout &layout) {
  uint64_t rows =
      layout.getOutputs().empty() ? 1 : layout.getOutputs()[0].getSize();
  uint64_t columns = (uint64_t(1) << layout.getNumOutputBits()) / rows;
  Span span(layout.getBases());
  uint64_t others = (uint64_t(1) << layout.getKernel().size()) - 1;
  std::vector<std::string> entries;
  size_t width = 1;
  for (uint64_t row = 0; row < rows; ++row)
    for (uint64_t column = 0; column < columns; ++column) {
      std::optional<uint64_t> holder = span.solve(row + column * rows);
      std::string entry = holder ? describe(layout, *holder) : "-";
      if (holder && others)
        entry += ("+" + Twine(others)).str();
      width = std::max(width, entry.size());
      entries.push_back(std::move(entry));
    }
  size_t rowWidth = llvm::utostr(rows - 1).size();
  os << llvm::right_justify("", rowWidth) << " |";
  for (uint64_t column = 0; column < columns; ++column)
    os << ' ' << llvm::right_justify(llvm::utostr(column), width);
  os << '\n'
     << std::string(rowWidth, '-') << "-+"
     << std::string(columns * (width + 1), '-') << '\n';
  for (uint64_t row = 0; row < rows; ++row) {
    os << llvm::right_justify(llvm::utostr(row), rowWidth) << " |";
    for (uint64_t column = 0; column < columns; ++column)
      os << ' ' << llvm::right_justify(entries[row * columns + column], width);
    os << '\n';
  }
}
