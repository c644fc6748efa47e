//===- VariantsTest.cpp - the embedded recurrences ------------------------===//

#include "lib/Variants/Variants.h"
#include "dialects/Delta/DeltaDialect.h"
#include "dialects/Delta/DeltaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;

TEST(Variants, AreTheFilesOfTheFolder) {
  StringSet<> files;
  std::error_code error;
  for (sys::fs::directory_iterator it(SLUICE_VARIANTS_DIR, error), end;
       it != end && !error; it.increment(error))
    if (sys::path::extension(it->path()) == ".mlir")
      files.insert(sys::path::stem(it->path()));
  ASSERT_FALSE(error) << error.message();
  EXPECT_EQ(files.size(), getVariants().size());
  for (const Variant &variant : getVariants())
    EXPECT_TRUE(files.contains(variant.name)) << variant.name.str();
}

TEST(Variants, AreEmbeddedByteForByte) {
  for (const Variant &variant : getVariants()) {
    std::string path =
        (Twine(SLUICE_VARIANTS_DIR "/") + variant.name + ".mlir").str();
    auto file = MemoryBuffer::getFile(path);
    ASSERT_TRUE(file) << path;
    EXPECT_EQ((*file)->getBuffer(), variant.source) << path;
  }
}

TEST(Variants, DefineOneRecurrenceOfTheirName) {
  mlir::MLIRContext context;
  context.loadDialect<delta::DeltaDialect>();
  for (const Variant &variant : getVariants()) {
    mlir::OwningOpRef<mlir::ModuleOp> module =
        mlir::parseSourceString<mlir::ModuleOp>(variant.source, &context);
    ASSERT_TRUE(module) << variant.name.str();
    auto recurrences = module->getOps<delta::RecurrenceOp>();
    ASSERT_TRUE(llvm::hasSingleElement(recurrences)) << variant.name.str();
    EXPECT_EQ((*recurrences.begin()).getSymName(), variant.name);
    EXPECT_TRUE(variant.source.starts_with("//")) << variant.name.str();
    EXPECT_LT(variant.source.count('\n'), 45u) << variant.name.str();
  }
}

TEST(Variants, AreFoundByName) {
  for (const Variant &variant : getVariants())
    EXPECT_EQ(findVariant(variant.name), &variant);
  EXPECT_EQ(findVariant(""), nullptr);
  EXPECT_EQ(findVariant("KDA"), nullptr);
  EXPECT_EQ(findVariant("kda.mlir"), nullptr);
}

TEST(Variants, NearNamesAreSuggested) {
  EXPECT_EQ(nearestVariant("kda"), "kda");
  EXPECT_EQ(nearestVariant("KDA"), "kda");
  EXPECT_EQ(nearestVariant("gal"), "");
  EXPECT_EQ(nearestVariant("glaa"), "gla");
  EXPECT_EQ(nearestVariant("rwkv5"), "rwkv6");
  EXPECT_EQ(nearestVariant("mamba"), "mamba2");
  EXPECT_EQ(nearestVariant("gated-delta-rule"), "gated_delta_rule");
  EXPECT_EQ(nearestVariant("gated_delta_rul"), "gated_delta_rule");
  EXPECT_EQ(nearestVariant("transformer"), "");
  EXPECT_EQ(nearestVariant(""), "");
}
