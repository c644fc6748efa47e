//===- StageCutDot.cpp - a chunk's graph as a picture ---------------------===//

#include "lib/Analysis/StageCutDot.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

/// A quoted string of the DOT language; a line break becomes one of the label.
static std::string quote(StringRef text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    if (c == '\n')
      quoted += "\\n";
    else
      quoted += llvm::isPrint(c) || (c & 0x80) ? c : '?';
  }
  return quoted + '"';
}

/// A name of a spec: it has one line.
static std::string oneLine(StringRef name) {
  std::string line = name.str();
  llvm::replace(line, '\n', '?');
  return line;
}

/// The values of the spec that a node computes, the first of many.
static std::string describeNames(Location loc) {
  constexpr size_t kShown = 4;
  llvm::SetVector<StringAttr> names;
  loc->walk([&](Location part) {
    if (auto named = dyn_cast<NameLoc>(part))
      names.insert(named.getName());
    return WalkResult::advance();
  });
  std::string text;
  for (StringAttr name : names.getArrayRef().take_front(kShown))
    text += (text.empty() ? "" : ", ") + oneLine(name.getValue());
  return names.size() > kShown ? text + ", …" : text;
}

/// Those of a node's results, each shape once: "3 of 64x128, 64".
static std::string describeShapes(ValueRange results) {
  llvm::MapVector<StringRef, unsigned> counts;
  SmallVector<std::string> shapes;
  for (Value result : results)
    shapes.push_back(describeShape(result));
  for (StringRef shape : shapes)
    ++counts[shape];
  std::string text;
  for (auto [shape, count] : counts) {
    text += text.empty() ? "" : ", ";
    if (count > 1)
      text += std::to_string(count) + " of ";
    text += shape;
  }
  return text;
}

static StringRef colourOf(Stage stage) {
  switch (stage) {
  case Stage::Pre:
    return "#cfe2f3";
  case Stage::Scan:
    return "#f4cccc";
  case Stage::Post:
    return "#d9ead3";
  }
  llvm_unreachable("unknown stage");
}

static std::string bytesText(Count bytes) {
  return std::to_string(bytes.get()) + " B";
}

namespace {
class DotPrinter {
public:
  DotPrinter(const StageCut &cut, llvm::raw_ostream &os)
      : cut(cut), scan(cut.getScan()), os(os) {}

  void print() {
    os << "digraph " << quote(oneLine(scan.getSymName())) << " {\n"
       << "  label="
       << quote("@" + oneLine(scan.getSymName()) + ": chunk " +
                std::to_string(scan.getChunk()) + ", key " +
                std::to_string(scan.getKeyDim()) + ", value " +
                std::to_string(scan.getValueDim()))
       << ";\n"
       << "  labelloc=t;\n"
       << "  node [style=filled, fillcolor=white, fontname=\"Helvetica\"];\n"
       << "  edge [fontname=\"Helvetica\", fontsize=10];\n";
    printArguments();
    printNodes();
    printResults();
    printLegend();
    os << "}\n";
  }

private:
  void printNode(StringRef id, const std::string &label, StringRef shape,
                 StringRef colour) {
    os << "  " << id << " [label=" << quote(label) << ", shape=" << shape;
    if (!colour.empty())
      os << ", fillcolor=\"" << colour << '"';
    os << "];\n";
  }

  /// From where `value` is made to `target`, which belongs to `stage`, or to
  /// no stage.
  void printEdge(Value value, StringRef target, std::optional<Stage> stage) {
    os << "  " << ids.lookup(value) << " -> " << target;
    std::optional<Stage> source = cut.getSource(value);
    if (source && stage && *source != *stage)
      os << " [label=" << quote(bytesText(cut.getBytes(value)))
         << ", style=bold]";
    os << ";\n";
  }

  void printArguments() {
    for (BlockArgument arg : scan.getGraph().getArguments()) {
      unsigned i = arg.getArgNumber();
      std::string id = "arg" + std::to_string(i);
      ids[arg] = id;
      std::string label =
          oneLine(scan.getArgName(i)) + "\n" + describeShape(arg);
      switch (scan.getArgKind(i)) {
      case delta::ArgKind::State:
        printNode(id, label, "cylinder", colourOf(Stage::Scan));
        break;
      case delta::ArgKind::Params:
        printNode(id, label + "\nparam", "invtrapezium", "");
        break;
      case delta::ArgKind::QKHeads:
      case delta::ArgKind::VHeads:
        printNode(id, label + "\n" + bytesText(cut.getBytes(arg)),
                  "invtrapezium", "");
        break;
      }
    }
  }

  void printNodes() {
    unsigned number = 0;
    for (Operation &op : scan.getGraph().without_terminator()) {
      std::string id = "node" + std::to_string(number++);
      Stage stage = cut.getStage(&op);
      for (Value result : op.getResults())
        ids[result] = id;
      std::string label = op.getName().getStringRef().str();
      if (std::string names = describeNames(op.getLoc()); !names.empty())
        label += "\n" + names;
      label += "\n" + describeShapes(op.getResults());
      printNode(id, label, "box", colourOf(stage));
      llvm::SetVector<Value> operands;
      operands.insert_range(op.getOperands());
      for (Value operand : operands)
        printEdge(operand, id, stage);
    }
  }

  void printResults() {
    for (auto [i, state, next] :
         llvm::enumerate(scan.getStates(), scan.getNextStates())) {
      std::string id = "next" + std::to_string(i);
      printNode(id,
                oneLine(scan.getArgName(state.getArgNumber())) +
                    " after the chunk\n" + describeShape(next),
                "cylinder", colourOf(Stage::Scan));
      printEdge(next, id, Stage::Scan);
    }
    for (const Channel &channel : cut.getChannels()) {
      if (!channel.output)
        continue;
      std::string id = "out" + std::to_string(*channel.output);
      printNode(id,
                oneLine(scan.getOutputName(*channel.output)) + "\n" +
                    describeShape(channel.value) + "\n" +
                    bytesText(channel.bytes),
                "house", "");
      printEdge(channel.value, id, std::nullopt);
    }
  }

  void printLegend() {
    os << "  subgraph cluster_legend {\n    label=\"stages\";\n";
    for (Stage stage : {Stage::Pre, Stage::Scan, Stage::Post}) {
      Cost cost = cut.getCost(stage);
      os << "    legend_" << stringifyStage(stage) << " [label="
         << quote(stringifyStage(stage).str() + "\n" +
                  std::to_string(cost.flop.get()) + " FLOP")
         << ", shape=box, fillcolor=\"" << colourOf(stage) << "\"];\n";
    }
    os << "    legend_pre -> legend_scan -> legend_post [style=invis];\n"
       << "  }\n";
  }

  const StageCut &cut;
  ScanOp scan;
  llvm::raw_ostream &os;
  llvm::DenseMap<Value, std::string> ids;
};
} // namespace

void sluice::wy::printDot(const StageCut &cut, llvm::raw_ostream &os) {
  DotPrinter(cut, os).print();
}
