//===- InstructionTableTest.cpp - the rows of Instructions.def ------------===//

#include "Parse.h"
#include "lib/PTX/Form.h"
#include "llvm/Support/StringSaver.h"
#include <map>
#include <set>

using namespace sluice::ptx;
using llvm::StringRef;

namespace {

/// An instruction with every item of the form, flags and all, each as its first
/// alternative. Operands are counted, not looked at: the most and the least
/// that a form takes are those of its text without and with what braces hold.
Instruction spellOut(const Form &form, llvm::StringSaver &saver) {
  Instruction instruction;
  instruction.mnemonic = form.mnemonic;
  llvm::SmallVector<StringRef> items;
  form.qualifiers.split(items, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef item : items) {
    item.consume_front("[");
    item.consume_back("]");
    if (!item.consume_front("."))
      item = item.split('=').second;
    instruction.qualifiers.push_back(saver.save(item.split('|').first));
  }
  return instruction;
}

/// The form found with some number of operands, or null.
const Form *findAny(Instruction instruction, const Form &wanted) {
  const Form *found = nullptr;
  for (size_t operands = 0; operands < 12; ++operands) {
    instruction.operands.resize(operands);
    Match match;
    llvm::Expected<const Form *> form = getFormTable().find(instruction, match);
    if (!form) {
      llvm::consumeError(form.takeError());
      continue;
    }
    if (*form == &wanted)
      return &wanted;
    found = *form;
  }
  return found;
}

std::string describe(const Form &form) {
  return (form.mnemonic + " " + form.qualifiers).str();
}

} // namespace

TEST(InstructionTable, EveryFormIsFound) {
  // No form stands so far behind another one that nothing is left for it.
  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver(allocator);
  for (const Form &form : getForms())
    EXPECT_EQ(findAny(spellOut(form, saver), form), &form) << describe(form);
}

TEST(InstructionTable, TypesKeepTheirOrder) {
  for (auto [to, from] : {std::pair("f16", "bf16"), {"bf16", "f16"}}) {
    Instruction instruction;
    instruction.mnemonic = "cvt";
    instruction.qualifiers = {"rn", to, from};
    instruction.operands.resize(2);
    Match match;
    ASSERT_TRUE(bool(getFormTable().find(instruction, match)));
    EXPECT_EQ(match.get("to"), to);
    EXPECT_EQ(match.get("from"), from);
  }
}

TEST(InstructionTable, MeaningsAreOfOneClassOfCosts) {
  // What computes is not an access, whatever types it is written with.
  std::map<Semantics, std::set<bool>> kinds;
  for (const Form &form : getForms()) {
    Role role = getRow(form.cost).role;
    bool isMath = role == Role::Math;
    if (role != Role::Free)
      kinds[form.semantics].insert(isMath);
  }
  for (const auto &[semantics, kind] : kinds)
    EXPECT_EQ(kind.size(), 1u) << getName(semantics).str();
}

TEST(InstructionTable, NamesAndCostsAreRows) {
  const CostRow &division = getRow(Cost::Division);
  EXPECT_EQ(division.role, Role::Math);
  EXPECT_EQ(division.order, CostRow::Chain);
  EXPECT_EQ(division.getCount(32), 20u);
  EXPECT_EQ(division.getCount(64), 70u);
  const CostRow &convert = getRow(Cost::Convert);
  EXPECT_EQ(convert.getUnit(32), Unit::Convert);
  EXPECT_EQ(convert.getUnit(64), Unit::ConvertWide);
  EXPECT_EQ(getRow(Cost::Branch).unit, Unit::Branch);
  EXPECT_EQ(getRow(Cost::WaitBulkReads).flags, CostRow::ForReads);
  EXPECT_EQ(getName(Semantics::AddInteger), "AddInteger");
  EXPECT_TRUE(getFormTable().knows("wgmma"));
  EXPECT_FALSE(getFormTable().knows("frobnicate"));
}
