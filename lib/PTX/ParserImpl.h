//===- ParserImpl.h - a recursive descent over PTX --------------*- C++ -*-===//
//
// Every method that parses returns false after an error, which is kept: the
// first one counts.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_PTX_PARSERIMPL_H
#define SLUICE_LIB_PTX_PARSERIMPL_H

#include "lib/PTX/Lexer.h"
#include "lib/PTX/Scopes.h"
#include "llvm/ADT/Twine.h"

namespace sluice::ptx {

/// Blocks, parentheses, braces of an initialiser and of vectors.
inline constexpr unsigned kNestingLimit = 64;
inline constexpr uint64_t kFunctionRegisterLimit = 1 << 20;
inline constexpr uint64_t kModuleRegisterLimit = 1 << 22;
/// Bytes of one variable.
inline constexpr uint64_t kVariableLimit = uint64_t(1) << 40;
/// Bytes of all initialisers of a module.
inline constexpr uint64_t kInitializerLimit = 1 << 26;
inline constexpr uint64_t kFileLimit = 1 << 16;

class Parser {
public:
  Parser(Module &module, llvm::StringRef fileName);
  bool parse();
  std::string error;

private:
  /// A constant expression's value.
  struct Constant {
    uint64_t bits = 0;
    /// 0 for an integer.
    unsigned floatBits = 0;
    bool isUnsigned = false;
  };
  struct Linkage {
    bool isExtern = false;
  };
  /// The place at which an initialiser is being filled in.
  struct Fill {
    /// Elements from the start.
    uint64_t element = 0;
    /// Elements of each level's sub-array: the last is 1.
    llvm::SmallVector<uint64_t, 4> strides;
    /// Elements that there is room for.
    uint64_t limit = 0;
    /// One past the last element written.
    uint64_t end = 0;
  };

  // Tokens.
  void advance();
  Token peek() const;
  bool fail(Place place, const llvm::Twine &message);
  /// Fails at the current token.
  bool failExpected(const llvm::Twine &what);
  bool expect(char punctuation, const llvm::Twine &where);
  bool consume(char punctuation);
  bool parseName(llvm::StringRef &name, const llvm::Twine &what);
  /// An integer literal of at most `limit`.
  bool parseCount(uint64_t &value, uint64_t limit, const llvm::Twine &what);
  class Nesting;
  bool enter(Nesting &nesting);

  // Parser.cpp: modules and functions.
  bool parseHeader();
  bool parseModuleStatement();
  bool parseTarget();
  bool parseFile();
  bool parseLoc();
  bool parseSection();
  bool parsePragma();
  bool parseAlias();
  bool parseFunction(Linkage linkage, bool isEntry);
  bool parseSignature(Function &parsed);
  bool parseFunctionDirectives(Function &parsed);
  bool parseExtents(uint32_t (&extents)[3]);
  bool parseBody();
  bool parseBlock();
  bool parseStatement();
  bool parseFunctionDirective();
  bool parseLabel();
  bool parseTableDirective(llvm::StringRef name, Place place);
  bool parseBranchTargets(llvm::StringRef name);
  bool parseCallTargets(llvm::StringRef name);
  bool parsePrototype();
  bool parseInstruction();
  bool resolveReferences();
  bool resolve(Operand &operand);
  bool checkModule();

  // ParserDeclarations.cpp: variables and registers.
  bool parseVariables(Linkage linkage, Space space);
  bool parseVariableType(Variable &variable, bool isParameter);
  bool parseDeclarator(Variable &variable, bool &isUnsized,
                       llvm::SmallVectorImpl<uint64_t> &extents);
  bool declareVariable(Linkage linkage, std::unique_ptr<Variable> variable,
                       Variable *&declared);
  bool parseParameters(std::vector<std::unique_ptr<Variable>> &parameters);
  bool
  declareParameters(const std::vector<std::unique_ptr<Variable>> &parameters);
  bool parseRegisters();
  bool addRegisters(llvm::StringRef name, Type type, uint64_t count,
                    bool isNumbered, Place place, unsigned &first);
  bool parseAttribute();
  bool parseInitializer(Variable &variable, Fill &fill);
  bool parseInitializerLevel(Variable &variable, Fill &fill, size_t level);
  bool parseInitializerElement(Variable &variable, Fill &fill);
  bool parseRelocation(Variable &variable, uint64_t offset, unsigned bytes);
  bool reserveInitializer(Variable &variable, uint64_t end, Place place);

  // ParserOperands.cpp: operands and constant expressions.
  bool parseOperands(Instruction &instruction);
  bool parseCallOperands(Instruction &instruction);
  bool parseCallList(Operand &operand);
  bool parseOperand(Operand &operand, bool isBranch = false);
  bool parseNamedOperand(Operand &operand, bool isBranch);
  bool parseVectorOperand(Operand &operand);
  bool parseAddressOperand(Operand &operand);
  bool parseOffset(uint64_t &offset);
  bool parseComponent(Operand &operand, const Name &name, Place place);
  bool parsePredicate(unsigned &reg);
  bool parseConstant(Constant &value);
  bool parseBinary(Constant &value, unsigned minimumPrecedence);
  bool parseUnary(Constant &value);
  bool parsePrimary(Constant &value);
  bool parseInteger(Constant &value);
  bool parseFloat(Constant &value);
  bool apply(llvm::StringRef op, Constant &left, const Constant &right,
             Place place);

  Module &module;
  llvm::StringRef fileName;
  Lexer lexer;
  Token token;
  unsigned nesting = 0;

  /// The one whose body is being parsed.
  Function *function = nullptr;
  Scopes scopes;
  SourceLine source;
  uint64_t usedBytes = 0;
  uint64_t moduleRegisters = 0, initializerBytes = 0;

  struct ModuleName {
    Variable *variable = nullptr;
    Function *function = nullptr;
  };
  llvm::StringMap<ModuleName> moduleNames;
  /// What was taken for the module's functions: checked at its end.
  struct Use {
    llvm::StringRef name;
    Place place;
    /// A variable will do.
    bool mayBeVariable;
  };
  std::vector<Use> uses;
};

/// Counts while it lives.
class Parser::Nesting {
public:
  explicit Nesting(unsigned &depth) : depth(depth) { ++depth; }
  ~Nesting() { --depth; }
  Nesting(const Nesting &) = delete;
  Nesting &operator=(const Nesting &) = delete;
  bool isTooDeep() const { return depth > kNestingLimit; }

private:
  unsigned &depth;
};

} // namespace sluice::ptx

#endif // SLUICE_LIB_PTX_PARSERIMPL_H
