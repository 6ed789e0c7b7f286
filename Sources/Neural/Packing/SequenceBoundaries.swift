/// Where the sequences of a padded batch lie once the padding is left out: what `PackedAttention`
/// is told.
package struct SequenceBoundaries: Hashable, Sendable {
  /// Places of the tokens that count in the padded batch, row by row.
  package let indices: [Int]
  /// Tokens of each row; 0 for an empty one.
  package let lengths: [Int]

  /// - Parameter mask: `[rows, columns]`, whether a place holds a token; padding may stand on either
  ///   side.
  package init(mask: [[Bool]]) {
    var indices: [Int] = []
    var first = 0
    for row in mask {
      indices += row.indices.filter { row[$0] }.map { first + $0 }
      first += row.count
    }
    self.indices = indices
    lengths = mask.map { $0.count(where: { $0 }) }
  }

  /// - Parameter lengths: By padded row, the lengths of the sequences that stand in it one after the
  ///   other; 0 is none.
  package init(lengths: [[Int]]) {
    var indices: [Int] = []
    var first = 0
    for row in lengths {
      indices += first..<first + row.reduce(0, +)
      first += row.count
    }
    self.indices = indices
    self.lengths = lengths.flatMap { $0.filter { $0 > 0 } }
  }

  /// First token of each sequence and the number of all: `cu_seqlens`.
  package var boundaries: [Int] {
    lengths.reduce(into: [0]) { sums, length in sums.append((sums.last ?? 0) + length) }
  }

  package var longest: Int { lengths.max() ?? 0 }

  /// Every token's place in its own sequence.
  package var positions: [Int] { lengths.flatMap { Array(0..<$0) } }
}
