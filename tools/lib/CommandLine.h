//===- CommandLine.h - Flags, and how they are parsed -----------*- C++ -*-===//
//
// A tool declares its flags as the members of a class derived from CommandLine:
//
//   struct Flags : CommandLine {
//     Flags() : CommandLine("sluice-x", kOverview) {}
//     Operands spec{*this, "SPEC"};
//     Flag output{*this, "o", "OUT", "Where it goes"};
//     NumberFlag threads{*this, "threads", "N", "Threads to use", kThreads};
//     Switch timing{*this, "timing", "Prints the time of each stage on
//     stderr"};
//   };
//
// and none as a global: LLVM's shared library brings hundreds of options, some
// under our names, which the constructor of CommandLine makes it forget.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TOOLS_LIB_COMMANDLINE_H
#define SLUICE_TOOLS_LIB_COMMANDLINE_H

#include "tools/lib/Limits.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace sluice::tool {

class Operands;

/// The command line of one tool. One at a time is alive in a process.
class CommandLine {
public:
  /// `overview` begins the text of --help.
  CommandLine(llvm::StringRef tool, llvm::StringRef overview);
  CommandLine(const CommandLine &) = delete;
  CommandLine &operator=(const CommandLine &) = delete;

  /// Parses the arguments of main() into the flags. Files of arguments, as in
  /// @FILE, are read. --help and --version end the process. What a flag's text
  /// means is checked when the flag is read, not here.
  llvm::Error parse(int argc, const char *const *argv);

  llvm::cl::OptionCategory &getCategory() { return *category; }
  void add(const Operands &given) { operands = &given; }

private:
  llvm::Error checkOperands() const;

  std::string tool, overview, title;
  /// Of all flags: what --help shows.
  std::optional<llvm::cl::OptionCategory> category;
  const Operands *operands = nullptr;
};

/// An error where the arguments of main() have an unknown flag, one that lacks
/// a value or takes none, or one twice: in one line, which LLVM's parser would
/// not say, or in words of its own. For tools with more flags than ours; the
/// others have a CommandLine. All flags are registered, none is parsed.
llvm::Error checkArguments(int argc, const char *const *argv);

/// A text in lines, alive before the option that points at it.
struct HelpText {
  explicit HelpText(const llvm::Twine &text);
  std::string help;
};

/// A flag with a value, as a text: --NAME=VALUE or --NAME VALUE; at most once.
class Flag : private HelpText, public llvm::cl::opt<std::string> {
public:
  Flag(CommandLine &line, llvm::StringRef name, llvm::StringRef valueName,
       const llvm::Twine &help,
       llvm::cl::ValueExpected valueExpected = llvm::cl::ValueRequired);
  ~Flag() override;

  bool isGiven() const { return getNumOccurrences() > 0; }
  llvm::StringRef text() const { return getValue(); }
  llvm::StringRef name() const { return ArgStr; }
  /// "--NAME is WHAT, found 'TEXT'"
  llvm::Error fail(const llvm::Twine &what) const;
};

/// A flag without a value.
class Switch : private HelpText, public llvm::cl::opt<bool> {
public:
  Switch(CommandLine &line, llvm::StringRef name, const llvm::Twine &help);
  ~Switch() override;
};

/// A flag that takes a whole number, or several with commas between them.
/// --help names the numbers that it takes.
class NumberFlag : public Flag {
public:
  /// The text of --help is `what`, the limit, then `rest`.
  NumberFlag(CommandLine &line, llvm::StringRef name, llvm::StringRef valueName,
             llvm::StringRef what, Limit limit, llvm::StringRef rest = "");

  /// Makes `number`, a number or an optional one, what the flag says. Without
  /// the flag it stays as it is.
  template <typename Number> llvm::Error read(Number &number) const {
    llvm::Expected<std::optional<uint64_t>> read = readNumber();
    if (!read)
      return read.takeError();
    if (*read)
      number = **read;
    return llvm::Error::success();
  }
  /// Makes `numbers` what the flag says, in its order and each of them once.
  llvm::Error read(std::vector<int64_t> &numbers) const;

private:
  llvm::Expected<std::optional<uint64_t>> readNumber() const;
  std::optional<uint64_t> parse(llvm::StringRef text) const;

  Limit limit;
};

/// One of the names that a flag takes, and what it means.
template <typename T> struct Choice {
  llvm::StringLiteral name;
  T value;
};

/// "a, b or c"
std::string joinNames(llvm::ArrayRef<llvm::StringRef> names,
                      llvm::StringRef last = "or");
/// "--NAME is a, b or c, found 'TEXT'", with what may have been meant, unless
/// `text` is one of `names`.
llvm::Error checkName(llvm::StringRef flag, llvm::StringRef text,
                      llvm::ArrayRef<llvm::StringRef> names);

/// A flag that takes one of a few names.
template <typename T> class ChoiceFlag : public Flag {
public:
  ChoiceFlag(CommandLine &line, llvm::StringRef name, llvm::StringRef valueName,
             const llvm::Twine &help, llvm::ArrayRef<Choice<T>> choices)
      : Flag(line, name, valueName, help), choices(choices) {}

  /// Makes `value` what the flag says. Without the flag it stays as it is.
  llvm::Error read(T &value) const {
    if (!isGiven())
      return llvm::Error::success();
    llvm::SmallVector<llvm::StringRef> names;
    for (const Choice<T> &choice : choices) {
      names.push_back(choice.name);
      if (choice.name == text())
        value = choice.value;
    }
    return checkName(name(), text(), names);
  }

private:
  /// A constant table.
  llvm::ArrayRef<Choice<T>> choices;
};

/// What stands on the command line beside flags.
class Operands : public llvm::cl::list<std::string> {
public:
  /// At most `most` of them; --help calls them `what`.
  Operands(CommandLine &line, llvm::StringRef what, size_t most = 1);
  ~Operands() override;

  /// The first one; empty where there is none.
  llvm::StringRef text() const {
    return empty() ? llvm::StringRef() : llvm::StringRef(front());
  }

private:
  friend class CommandLine;
  size_t most;
};

} // namespace sluice::tool

#endif // SLUICE_TOOLS_LIB_COMMANDLINE_H
