//===- LayoutText.h - layouts for people and in files -----------*- C++ -*-===//
//
// A layout has three forms of text. What a file holds is the list of its bases,
//
//   register = [[0, 1], [8, 0]], lane = [[0, 2], …] over (row 16, column 8)
//
// where each input axis has the places of its bits 0, 1, 2, …, one number for
// each output axis. The matrix has a column for each input bit and a row for
// each output bit. The picture is the tensor, and at each element stands who
// holds it.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_LAYOUTTEXT_H
#define SLUICE_LIB_LAYOUT_LAYOUTTEXT_H

#include "lib/Layout/LinearLayout.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::layout {

/// `register = [[0, 1], [8, 0]] over (row 16, column 2)`.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os,
                              const LinearLayout &layout);

/// The layout of such a text; spaces and line breaks are free. Errors say in
/// which column what was expected.
llvm::Expected<LinearLayout> parseLayout(llvm::StringRef text);

/// The matrix, with dots for zeros.
void printMatrix(llvm::raw_ostream &os, const LinearLayout &layout);

/// A table of the first output axis (down) by the second (across; other axes
/// are across, too, and vary more slowly). An entry has the values of lane and
/// register, `5:3`, with more axes those, too, `w1 5:3`, or of other inputs
/// their values; `+n` says that so many others hold the element as well, and a
/// dash that nobody does.
void printPicture(llvm::raw_ostream &os, const LinearLayout &layout);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_LAYOUTTEXT_H
