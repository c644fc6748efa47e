//===- StageCutPrinter.cpp - the cut in tables ----------------------------===//

#include "lib/Analysis/StageCut.h"
#include "mlir/IR/AsmState.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

std::string sluice::wy::describeShape(Value value) {
  std::string text;
  for (int64_t size : cast<RankedTensorType>(value.getType()).getShape())
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "1" : text;
}

namespace {
/// Columns as wide as their widest cell, two spaces apart.
class Table {
public:
  /// `alignment` has a letter a column: l, or r for numbers.
  Table(StringRef alignment, std::vector<std::string> header)
      : alignment(alignment) {
    add(std::move(header));
  }
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }

  void print(llvm::raw_ostream &os) const {
    SmallVector<size_t> widths(alignment.size());
    for (const auto &row : rows)
      for (auto [i, cell] : llvm::enumerate(row))
        widths[i] = std::max(widths[i], widthOf(cell));
    for (const auto &row : rows) {
      std::string line;
      for (auto [i, cell] : llvm::enumerate(row)) {
        std::string space(widths[i] - widthOf(cell), ' ');
        line += alignment[i] == 'r' ? space + cell : cell + space;
        line += "  ";
      }
      os << "  " << StringRef(line).rtrim() << '\n';
    }
    os << '\n';
  }

private:
  static size_t widthOf(StringRef cell) {
    int width = llvm::sys::unicode::columnWidthUTF8(cell);
    return width < 0 ? cell.size() : width;
  }

  StringRef alignment;
  std::vector<std::vector<std::string>> rows;
};
} // namespace

/// As few digits as say it: one after the point where there is a fraction.
static std::string toText(double number) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::format("%.1f", number);
  StringRef whole(text);
  return (whole.consume_back(".0") ? whole : StringRef(text)).str();
}

static std::string toText(Count count) { return std::to_string(count.get()); }

static std::string nameOf(Value value, AsmState &names) {
  std::string text;
  llvm::raw_string_ostream os(text);
  value.printAsOperand(os, names);
  return text;
}

/// Of a node: its results share it.
static std::string nameOf(Operation &op, AsmState &names) {
  if (op.getNumResults() == 0)
    return "-";
  return StringRef(nameOf(op.getResult(0), names)).split('#').first.str();
}

//===----------------------------------------------------------------------===//
// The tables
//===----------------------------------------------------------------------===//

static void printNodes(const StageCut &cut, AsmState &names,
                       llvm::raw_ostream &os) {
  Table table("lllrrl",
              {"node", "stage", "result", "FLOP", "exp", "operation"});
  for (Operation &op : cut.getScan().getGraph().without_terminator()) {
    Cost cost = cut.getCost(&op);
    auto operands = llvm::map_range(
        op.getOperands(), [&](Value value) { return nameOf(value, names); });
    std::string operation = op.getName().getStringRef().str();
    if (op.getNumOperands() > 0)
      operation += " " + llvm::join(operands, ", ");
    table.add(
        {nameOf(op, names), stringifyStage(cut.getStage(&op)).str(),
         llvm::join(llvm::map_range(op.getResults(), describeShape), ", "),
         toText(cost.flop), toText(cost.exp), operation});
  }
  table.print(os);
}

/// Where a value comes from: a stage, or outside.
static std::string sourceOf(const StageCut &cut, const Channel &channel) {
  if (channel.from)
    return stringifyStage(*channel.from).str();
  auto arg = cast<BlockArgument>(channel.value);
  bool isParam =
      cut.getScan().getArgKind(arg.getArgNumber()) == delta::ArgKind::Params;
  return isParam ? "param" : "input";
}

static void printChannels(const StageCut &cut, AsmState &names,
                          llvm::raw_ostream &os) {
  Table table("lllrl", {"value", "from", "to", "bytes", "tensor"});
  for (const Channel &channel : cut.getChannels()) {
    std::string to;
    for (Stage stage : {Stage::Pre, Stage::Scan, Stage::Post})
      if (channel.to[static_cast<unsigned>(stage)])
        to += (to.empty() ? "" : ", ") + stringifyStage(stage).str();
    if (channel.output)
      to = "output " + cut.getScan().getOutputName(*channel.output).str();
    table.add({nameOf(channel.value, names), sourceOf(cut, channel), to,
               toText(channel.bytes), describeShape(channel.value)});
  }
  table.print(os);
}

static void printStages(const StageCut &cut, llvm::raw_ostream &os) {
  double chunk = cut.getScan().getChunk();
  Table table("lrrrrrr", {"stage", "nodes", "FLOP", "a token", "exp",
                          "bytes read", "bytes written"});
  for (Stage stage : {Stage::Pre, Stage::Scan, Stage::Post}) {
    Cost cost = cut.getCost(stage);
    table.add({stringifyStage(stage).str(),
               std::to_string(cut.getNumNodes(stage)), toText(cost.flop),
               toText(cost.flop.asDouble() / chunk), toText(cost.exp),
               toText(cut.getBytesRead(stage)),
               toText(cut.getBytesWritten(stage))});
  }
  table.print(os);
}

static void printPlacements(const StageCut &cut, llvm::raw_ostream &os) {
  double chunk = cut.getScan().getChunk();
  Table table("lrrrrr",
              {"placement", "bytes", "a token", "FLOP", "a token", "exp"});
  for (const Placement &placement : cut.getPlacements())
    table.add({placement.name, toText(placement.bytes),
               toText(placement.bytes / chunk), toText(placement.flop),
               toText(placement.flop / chunk), toText(placement.exp)});
  table.print(os);
}

static void printSegment(const StageCut &cut, llvm::raw_ostream &os) {
  const Segment &segment = cut.getSegment();
  ScanOp scan = cut.getScan();
  os << "  transition of a segment: ";
  auto matrix = [&](uint64_t size) {
    os << size << 'x' << size;
    if (segment.pairs != 1)
      os << " for each of " << segment.pairs << " pairs of states";
  };
  switch (segment.kind) {
  case Segment::Kind::None:
    os << "none, " << segment.reason << '\n';
    return;
  case Segment::Kind::Decay:
    if (segment.elements == Count())
      os << "the identity";
    else
      os << "decays, " << segment.elements
         << (segment.elements == Count(1) ? " number" : " numbers");
    break;
  case Segment::Kind::Left:
    matrix(scan.getKeyDim());
    break;
  case Segment::Kind::Right:
    matrix(scan.getValueDim());
    break;
  }
  os << "; FLOP to form it: " << segment.perChunk.flop
     << " a chunk, to join: " << segment.joinFlop << " a segment\n";
}

void StageCut::print(llvm::raw_ostream &os) const {
  ScanOp op = scan;
  // Nodes are called after the values of the spec that they compute.
  AsmState names(op, OpPrintingFlags().printNameLocAsPrefix());
  os << "scan @" << op.getSymName() << ": chunk " << op.getChunk() << ", key "
     << op.getKeyDim() << ", value " << op.getValueDim()
     << ". For one chunk of one head; an element of inputs and outputs has "
     << options.ioBytes << " bytes, any other " << options.innerBytes
     << ".\n\n";
  printNodes(*this, names, os);
  printChannels(*this, names, os);
  printStages(*this, os);
  printPlacements(*this, os);
  printSegment(*this, os);
}
