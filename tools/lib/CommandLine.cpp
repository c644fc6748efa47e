//===- CommandLine.cpp - Flags, and how they are parsed -------------------===//

#include "tools/lib/CommandLine.h"

#include "lib/Support/NearestName.h"
#include "lib/Support/Version.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Allocator.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

//===----------------------------------------------------------------------===//
// Flags
//===----------------------------------------------------------------------===//

HelpText::HelpText(const Twine &text) {
  // So that a line of --help fits into 80 columns beside most flags.
  constexpr size_t kColumns = 48;
  std::string words = text.str();
  size_t column = 0;
  for (StringRef word : split(StringRef(words), ' ')) {
    if (column && column + 1 + word.size() > kColumns) {
      help += '\n';
      column = 0;
    } else if (column) {
      help += ' ';
      ++column;
    }
    help += word;
    column += word.size();
  }
}

Flag::Flag(CommandLine &line, StringRef name, StringRef valueName,
           const Twine &help, cl::ValueExpected valueExpected)
    : HelpText(help), opt(name, cl::desc(this->help), cl::value_desc(valueName),
                          cl::cat(line.getCategory()), valueExpected) {}
// LLVM's table of options must not keep what is gone.
Flag::~Flag() { removeArgument(); }

Error Flag::fail(const Twine &what) const {
  return createStringError("--" + ArgStr + " is " + what + ", found '" +
                           text() + "'");
}

Switch::Switch(CommandLine &line, StringRef name, const Twine &help)
    : HelpText(help), opt(name, cl::desc(this->help),
                          cl::cat(line.getCategory()), cl::ValueDisallowed) {}
Switch::~Switch() { removeArgument(); }

static std::string toString(const Limit &limit) {
  std::string text;
  raw_string_ostream(text) << limit;
  return text;
}

NumberFlag::NumberFlag(CommandLine &line, StringRef name, StringRef valueName,
                       StringRef what, Limit limit, StringRef rest)
    : Flag(line, name, valueName,
           what + ", " + toString(limit) +
               (rest.empty() || StringRef(",;").contains(rest[0]) ? "" : " ") +
               rest),
      limit(limit) {}

std::optional<uint64_t> NumberFlag::parse(StringRef text) const {
  uint64_t number;
  if (text.getAsInteger(10, number) || number < limit.least ||
      number > limit.most)
    return std::nullopt;
  return number;
}

Expected<std::optional<uint64_t>> NumberFlag::readNumber() const {
  if (!isGiven())
    return std::nullopt;
  std::optional<uint64_t> number = parse(text());
  if (!number)
    return fail("a number from " + toString(limit));
  return number;
}

Error NumberFlag::read(std::vector<int64_t> &numbers) const {
  if (!isGiven())
    return Error::success();
  numbers.clear();
  for (StringRef part : split(text(), ',')) {
    std::optional<uint64_t> number = parse(part);
    if (!number)
      return createStringError("--" + ArgStr + " takes numbers from " +
                               toString(limit) + ", found '" + part + "'");
    if (!is_contained(numbers, static_cast<int64_t>(*number)))
      numbers.push_back(static_cast<int64_t>(*number));
  }
  return Error::success();
}

std::string tool::joinNames(ArrayRef<StringRef> names, StringRef last) {
  std::string list;
  raw_string_ostream os(list);
  for (auto [i, name] : enumerate(names)) {
    if (i > 0 && i + 1 == names.size())
      os << ' ' << last << ' ';
    else if (i > 0)
      os << ", ";
    os << name;
  }
  return list;
}

Error tool::checkName(StringRef flag, StringRef text,
                      ArrayRef<StringRef> names) {
  if (is_contained(names, text))
    return Error::success();
  StringRef near = findNearestName(text, names);
  return createStringError(
      "--" + flag + " is " + joinNames(names) + ", found '" + text + "'" +
      (near.empty() ? Twine() : ", did you mean '" + near + "'?"));
}

Operands::Operands(CommandLine &line, StringRef what, size_t most)
    : list(cl::Positional, cl::desc(what), cl::cat(line.getCategory())),
      most(most) {
  line.add(*this);
}
Operands::~Operands() { removeArgument(); }

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

CommandLine::CommandLine(StringRef tool, StringRef overview)
    : tool(tool), overview(overview), title((tool + " options").str()) {
  cl::ResetCommandLineParser();
  setVersionPrinter();
  // Categories would be forgotten, too.
  category.emplace(title);
}

/// Says it as LLVM would not: in one line, with what may have been meant.
static Error failUnknown(StringRef flag,
                         const DenseMap<StringRef, cl::Option *> &known) {
  SmallVector<StringRef> names;
  for (const auto &[name, option] : known)
    if (option->getOptionHiddenFlag() == cl::NotHidden)
      names.push_back(name);
  // The table has no order.
  sort(names);
  StringRef name = flag.ltrim('-').split('=').first;
  StringRef near = findNearestName(name, names);
  return createStringError("unknown flag '" + flag.split('=').first + "'" +
                           (near.empty() ? Twine("; --help names them")
                                         : ", did you mean '--" + near + "'?"));
}

static std::string spell(const cl::Option &flag) {
  return ((flag.ArgStr.size() == 1 ? "-" : "--") + flag.ArgStr).str();
}

/// "--NAME=WHAT", "-o WHAT"
static std::string spellWithValue(const cl::Option &flag) {
  return (spell(flag) + Twine(flag.ArgStr.size() == 1 ? ' ' : '=') +
          flag.ValueStr)
      .str();
}

/// What `flag` is given as, if it is not as it takes values.
static Error checkValue(const cl::Option &flag, StringRef name,
                        std::optional<StringRef> value) {
  switch (flag.getValueExpectedFlag()) {
  case cl::ValueDisallowed:
    return value ? createStringError("--" + name + " takes no value, found '" +
                                     *value + "'")
                 : Error::success();
  case cl::ValueRequired:
    return value ? Error::success()
                 : createStringError(spell(flag) +
                                     " needs a value: " + spellWithValue(flag));
  default:
    return Error::success();
  }
}

/// No flag of ours means something by a value of no letters.
static Error checkNotEmpty(const cl::Option &flag) {
  if (flag.getValueExpectedFlag() == cl::ValueRequired)
    return createStringError(spell(flag) +
                             " needs a value: " + spellWithValue(flag));
  return createStringError("expected " + spell(flag) + " or " +
                           spellWithValue(flag) + ", found '" + spell(flag) +
                           "='");
}

static Error checkArguments(ArrayRef<const char *> arguments, bool mayBeEmpty) {
  const DenseMap<StringRef, cl::Option *> &known = cl::getRegisteredOptions();
  MapVector<const cl::Option *, unsigned> counts;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (argument == "--")
      break;
    if (!argument.starts_with("-") || argument == "-")
      continue;
    StringRef name = argument.ltrim('-').split('=').first;
    auto found = known.find(name);
    if (found == known.end())
      return failUnknown(argument, known);
    const cl::Option &flag = *found->second;
    ++counts[&flag];
    std::optional<StringRef> value;
    if (argument.contains('='))
      value = argument.split('=').second;
    else if (flag.getValueExpectedFlag() == cl::ValueRequired &&
             i + 1 < arguments.size())
      value = arguments[++i];
    if (Error error = checkValue(flag, name, value))
      return error;
    if (value && value->empty() && !mayBeEmpty)
      return checkNotEmpty(flag);
  }
  for (auto [flag, count] : counts) {
    bool isOnce = flag->getNumOccurrencesFlag() == cl::Optional ||
                  flag->getNumOccurrencesFlag() == cl::Required;
    if (isOnce && count > 1)
      return createStringError(spell(*flag) + " is given " + Twine(count) +
                               " times, expected once");
  }
  return Error::success();
}

/// The arguments behind the name of the program, with those of files.
static Expected<SmallVector<const char *>>
expand(int argc, const char *const *argv, BumpPtrAllocator &allocator) {
  SmallVector<const char *> arguments(argv + 1, argv + argc);
  cl::ExpansionContext expansion(allocator, cl::TokenizeGNUCommandLine);
  if (Error error = expansion.expandResponseFiles(arguments))
    return std::move(error);
  return arguments;
}

Error tool::checkArguments(int argc, const char *const *argv) {
  BumpPtrAllocator allocator;
  Expected<SmallVector<const char *>> arguments = expand(argc, argv, allocator);
  if (!arguments)
    return arguments.takeError();
  return ::checkArguments(*arguments, /*mayBeEmpty=*/true);
}

Error CommandLine::checkOperands() const {
  if (operands && operands->size() > operands->most)
    return createStringError("expected " + Twine(operands->most) + " " +
                             operands->HelpStr + ", found " +
                             Twine(operands->size()) + ": '" +
                             join(*operands, "', '") + "'");
  return Error::success();
}

Error CommandLine::parse(int argc, const char *const *argv) {
  BumpPtrAllocator allocator;
  Expected<SmallVector<const char *>> arguments = expand(argc, argv, allocator);
  if (!arguments)
    return arguments.takeError();
  cl::HideUnrelatedOptions(*category);
  if (Error error = ::checkArguments(*arguments, /*mayBeEmpty=*/false))
    return error;
  arguments->insert(arguments->begin(), argv[0]);
  std::string text;
  raw_string_ostream os(text);
  if (!cl::ParseCommandLineOptions(static_cast<int>(arguments->size()),
                                   arguments->data(), overview, &os)) {
    StringRef message = StringRef(text).trim();
    message.consume_front(tool + ": ");
    return createStringError(message);
  }
  return checkOperands();
}
